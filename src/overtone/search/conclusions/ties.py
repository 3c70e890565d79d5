"""Settings that the trials cannot tell apart: whenever one had another value, so had the others."""

from typing import Final

import numpy as np

from overtone.search.conclusions.known import Known
from overtone.space import Categorical, SearchSpace
from overtone.spectrum.basis import Values

# Fewer trials are alike by chance.
LEAST_ROWS: Final = 8


def ties_of(space: SearchSpace, known: Known) -> tuple[tuple[int, ...], ...]:
    """Groups of parameters that say each other's value in all trials; constant ones are in none.

    Choices up to their names; numbers up to their order, or its reverse: of values that all differ any two
    numbers would say each other's.
    """
    if len(known.y) < LEAST_ROWS:
        return ()
    groups: dict[tuple[bool, bytes], list[int]] = {}
    for i, parameter in enumerate(space.parameters):
        is_choice = isinstance(parameter, Categorical)
        column = np.nan_to_num(known.codes[:, i], nan=np.inf)
        pattern = _appearance(column) if is_choice else _order(column)
        if (pattern != pattern[0]).any():
            groups.setdefault((is_choice, pattern.tobytes()), []).append(i)
    return tuple(tuple(members) for members in groups.values() if len(members) > 1)


def _appearance(column: Values) -> Values:
    """The number of each value in the order of appearance."""
    _, first, numbers = np.unique(column, return_index=True, return_inverse=True)
    ranks = np.argsort(np.argsort(first))
    return np.asarray(ranks[numbers.reshape(-1)], dtype=np.float64)


def _order(column: Values) -> Values:
    """The number of each value in the order of size, from the end that makes the first one smaller."""
    _, numbers = np.unique(column, return_inverse=True)
    up = numbers.reshape(-1).astype(np.float64)
    down = up.max() - up
    differing = np.flatnonzero(up != down)
    return down if len(differing) and down[differing[0]] < up[differing[0]] else up
