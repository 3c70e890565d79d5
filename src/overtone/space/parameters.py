"""Parameters: choices, whole numbers and real numbers, with the conditions under which they are active."""

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, final

from overtone.errors import SpaceError
from overtone.space.values import is_number, is_same, plain

Choice: TypeAlias = bool | int | float | str | None
Configuration: TypeAlias = dict[str, Choice]
When: TypeAlias = Mapping[str, Choice | Sequence[Choice]]

# Integers beyond this are not exact as float64.
LARGEST_INTEGER: Final = 2**53
# Choices that a message lists.
MOST_LISTED: Final = 20


@final
@dataclass(frozen=True)
class Categorical:
    """One of several unordered choices.

    Args:
        name: not empty.
        choices: at least one JSON value (text, number, true, false, null), none twice.
        when: parents' names and the values under which this parameter is active; all must hold.

    Raises:
        SpaceError: if any of this is not so.
    """

    name: str
    choices: Sequence[Choice]
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name(self.name)
        # The order of a set may differ between two runs, and codes are places in that order.
        if isinstance(self.choices, str | bytes | AbstractSet) or not isinstance(
            self.choices, Iterable
        ):
            raise SpaceError(
                f"{self.name!r}: choices are {self.choices!r}, but a list is expected. "
                "Write square brackets around a single choice too."
            )
        choices = tuple(_plain(self.name, choice) for choice in self.choices)
        if not choices:
            raise SpaceError(f"{self.name!r} has no choices: give at least one.")
        seen: dict[Choice, Choice] = {}
        for choice in choices:
            # 1, 1.0 and True are equal to every storage that looks a choice up, so they cannot coexist.
            if choice in seen:
                raise SpaceError(
                    f"{self.name!r}: the choices {seen[choice]!r} and {choice!r} are equal. "
                    "Give each choice once, or write one of them as text."
                )
            seen[choice] = choice
        object.__setattr__(self, "choices", choices)
        object.__setattr__(self, "when", _condition(self.name, self.when))

    def __hash__(self) -> int:
        return hash((self.name, self.choices, _named_conditions(self)))

    @cached_property
    def _places(self) -> dict[object, int]:
        return {choice: i for i, choice in enumerate(self.choices)}

    def index(self, value: object) -> int:
        """The index of a choice.

        Raises:
            SpaceError: if `value` is not one of the choices.
        """
        try:
            place = self._places.get(value)
        except TypeError:  # no choice is a list or a table
            place = None
        if place is not None and is_same(self.choices[place], value):
            return place
        raise SpaceError(
            f"{self.name!r} is {value!r}, which is not one of its choices {_listed(self.choices)}. "
            "A configuration of another study, or a choice since renamed?"
        )


@final
@dataclass(frozen=True)
class Integer:
    """A whole number between two bounds, both included.

    Args:
        name: not empty.
        low, high: the bounds.
        step: the distance of neighbouring values; `high` must be reached from `low`.
        log: sample the logarithm; needs low >= 1 and step 1.
        when: see `Categorical`.

    Raises:
        SpaceError: if any of this is not so.
    """

    name: str
    low: int
    high: int
    step: int = 1
    log: bool = False
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name(self.name)
        for what in ("low", "high", "step"):
            object.__setattr__(self, what, _whole(self.name, what, getattr(self, what)))
        _check_bounds(self.name, self.low, self.high, LARGEST_INTEGER)
        if self.step < 1:
            raise SpaceError(f"{self.name!r}: step is {self.step}, but must be at least 1.")
        if self.log and self.step != 1:
            raise SpaceError(
                f"{self.name!r}: step is {self.step}, but a logarithmic integer has step 1. "
                "Leave out step, or log."
            )
        if self.log and self.low < 1:
            raise SpaceError(
                f"{self.name!r}: low is {self.low}, but a logarithmic integer starts at 1 or above."
            )
        last = self.low + (self.high - self.low) // self.step * self.step
        if last != self.high:
            raise SpaceError(
                f"{self.name!r}: high={self.high} is not reached from low={self.low} in steps of "
                f"{self.step}; the last value is {last}. Write high={last}?"
            )
        object.__setattr__(self, "when", _condition(self.name, self.when))

    def __hash__(self) -> int:
        return hash((self.name, self.low, self.high, self.step, self.log, _named_conditions(self)))


@final
@dataclass(frozen=True)
class Real:
    """A real number between two bounds, both included.

    Args:
        name: not empty.
        low, high: the finite bounds.
        log: sample the logarithm; needs low > 0.
        step: if given, only low, low + step, ... are taken (not with `log`).
        when: see `Categorical`.

    Raises:
        SpaceError: if any of this is not so.
    """

    name: str
    low: float
    high: float
    log: bool = False
    step: float | None = None
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name(self.name)
        for what in ("low", "high"):
            object.__setattr__(self, what, _finite(self.name, what, getattr(self, what)))
        _check_bounds(self.name, self.low, self.high, sys.float_info.max)
        if self.log and self.low <= 0:
            raise SpaceError(
                f"{self.name!r}: low is {self.low}, but a logarithmic range must start above 0."
            )
        if self.step is not None:
            self._check_step(_finite(self.name, "step", self.step))
        object.__setattr__(self, "when", _condition(self.name, self.when))

    def __hash__(self) -> int:
        return hash((self.name, self.low, self.high, self.step, self.log, _named_conditions(self)))

    def _check_step(self, step: float) -> None:
        object.__setattr__(self, "step", step)
        if step <= 0:
            raise SpaceError(f"{self.name!r}: step is {step}, but must be above 0.")
        if (self.high - self.low) / step > LARGEST_INTEGER:
            raise SpaceError(
                f"{self.name!r}: step is {step}, too small to be told from no step. Leave it out?"
            )
        if self.log:
            raise SpaceError(f"{self.name!r} has a step and log: leave out one of them.")
        steps = (self.high - self.low) / step
        if abs(steps - round(steps)) > 1e-6:
            last = self.low + math.floor(steps) * step
            raise SpaceError(
                f"{self.name!r}: high={self.high} is not reached from low={self.low} in steps of "
                f"{step}; the last value is {last:g}. Write high={last:g}?"
            )


Parameter: TypeAlias = Categorical | Integer | Real


def value_of(parameter: Parameter, code: float) -> Choice:
    """The value, a built-in Python object, that a code stands for."""
    match parameter:
        case Categorical(choices=choices):
            return choices[round(code)]
        case Integer():
            return round(code)
        case Real():
            return float(code)


def code_of(parameter: Parameter, value: object) -> float:
    """The code of a value; a number between the steps of a Real stands for itself.

    Raises:
        SpaceError: if the parameter cannot have this value.
    """
    if isinstance(parameter, Categorical):
        return float(parameter.index(value))
    if not is_number(value):
        raise SpaceError(f"{parameter.name!r} is {value!r}, but a number is expected.")
    if not parameter.low <= value <= parameter.high:
        raise SpaceError(
            f"{parameter.name!r} is {value!r}, which is outside its range "
            f"[{parameter.low}, {parameter.high}]. A configuration of another study?"
        )
    code = float(value)
    if isinstance(parameter, Integer) and (code - parameter.low) % parameter.step:
        raise SpaceError(
            f"{parameter.name!r} is {value!r}, which is not on its grid: "
            f"{parameter.low}, {parameter.low + parameter.step}, ..., {parameter.high}."
        )
    return code


def conditions(parameter: Parameter) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """The parents of a parameter, each with the values under which the parameter is active."""
    return tuple((parent, tuple(values)) for parent, values in parameter.when.items())  # type: ignore[arg-type]  # tuples since __post_init__


def _named_conditions(parameter: Parameter) -> frozenset[tuple[str, tuple[Choice, ...]]]:
    """The conditions in no order: parameters that differ in it are equal."""
    return frozenset(conditions(parameter))


def _listed(choices: Sequence[Choice]) -> str:
    """Choices as a tuple is written; of very many, the first."""
    if len(choices) <= MOST_LISTED:
        return repr(tuple(choices))
    first = ", ".join(repr(choice) for choice in choices[:MOST_LISTED])
    return f"({first}, and {len(choices) - MOST_LISTED} more)"


def describe_condition(parameter: Parameter) -> str:
    """A parameter's condition in words."""
    return " and ".join(
        f"{parent} is {' or '.join(repr(value) for value in values)}"
        for parent, values in conditions(parameter)
    )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise SpaceError(
            f"A parameter's name is {name!r}, but text of at least one letter is expected."
        )


def _plain(name: str, choice: object) -> Choice:
    """A choice as the built-in JSON value that it is."""
    choice = plain(choice)
    if not isinstance(choice, bool | int | float | str | None):
        raise SpaceError(
            f"{name!r}: the choice {choice!r} is a {type(choice).__name__}, but a choice is text, a number, "
            "true, false or null. Give it a short name and translate it in your program."
        )
    if isinstance(choice, float) and not math.isfinite(choice):
        raise SpaceError(f"{name!r}: the choice {choice!r} is not a finite number.")
    return choice


def _finite(name: str, what: str, number: object) -> float:
    if not is_number(number):
        raise SpaceError(f"{name!r}: {what} is {number!r}, but a number is expected.")
    try:
        value = float(number)
    except OverflowError:
        raise SpaceError(f"{name!r}: {what} has too many digits for a number.") from None
    if not math.isfinite(value):
        raise SpaceError(f"{name!r}: {what} is {number!r}, but must be finite.")
    return value


def _whole(name: str, what: str, number: object) -> int:
    value = _finite(name, what, number)
    if value != number or value != int(value) or abs(value) > LARGEST_INTEGER:
        raise SpaceError(
            f"{name!r}: {what} is {number!r}, but a whole number of at most 2^53 is expected. "
            "Is this a Real?"
        )
    return int(value)


def _check_bounds(name: str, low: float, high: float, widest: float) -> None:
    if low > high:
        raise SpaceError(f"{name!r}: low={low} is above high={high}. Were they swapped?")
    if not high - low <= widest:
        raise SpaceError(
            f"{name!r}: low={low} and high={high} are more than {widest:.3g} apart. Is the range meant to be "
            "so wide?"
        )


def _condition(name: str, when: object) -> dict[str, tuple[Choice, ...]]:
    """A condition with every parent's values as a tuple."""
    if not isinstance(when, Mapping):
        raise SpaceError(
            f'{name!r}: when is {when!r}, but a table such as {{optimizer = "sgd"}} is expected.'
        )
    condition: dict[str, tuple[Choice, ...]] = {}
    for parent, values in when.items():
        several = isinstance(values, Sequence) and not isinstance(values, str)
        condition[str(parent)] = tuple(
            _plain(name, value) for value in (values if several else [values])
        )
        if not condition[str(parent)]:
            raise SpaceError(f"{name!r} is never active: when names no value of {parent!r}.")
    return condition
