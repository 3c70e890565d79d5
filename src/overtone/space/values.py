"""What counts as a number, and when two values are the same: True is no number, and it is not 1."""

import sys
from collections.abc import Iterable
from typing import Any, TypeGuard

import numpy as np


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number, of Python's or of numpy's."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is an integer, of Python's or of numpy's; 4.0 is not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_finite(value: object) -> TypeGuard[float]:
    """Whether a value is a number, and no larger than floats are."""
    return is_number(value) and abs(plain(value)) <= sys.float_info.max


def plain(value: Any) -> Any:
    """A value of numpy's as Python's own, which JSON holds; any other as it is."""
    return value.item() if isinstance(value, np.generic) else value


def is_same(one: object, other: object) -> bool:
    """Whether two choices are one: 1 and 1.0 are, 1 and True are not."""
    is_bool = isinstance(one, bool | np.bool_) == isinstance(other, bool | np.bool_)
    return bool(is_bool and one == other)


def is_among(value: object, values: Iterable[object]) -> bool:
    """Whether a value is one of some choices."""
    return any(is_same(value, other) for other in values)
