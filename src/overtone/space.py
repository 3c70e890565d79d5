"""Parameters, conditions, and the coding of configurations into arrays and back.

Notation
    configuration   a dict from names to values, active parameters only
    code            a float: the index of a choice, the number itself of an Integer or a Real, NaN if inactive
    X    (N, n)     codes of N configurations of n parameters, columns in the order of the space
    level           the index of the cell that a code falls into; INACTIVE (-1) for NaN

A parameter is sampled uniformly: over its choices, over the grid of an Integer, over the interval of a
Real; on the logarithm if ``log``. A grid value v owns [v - step/2, v + step/2] (as in Optuna), so a
logarithmic integer has probability proportional to log((v + 1/2) / (v - 1/2)).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.errors import SpaceError

Choice: TypeAlias = bool | int | float | str | None
Configuration: TypeAlias = dict[str, Choice]
When: TypeAlias = Mapping[str, Choice | Sequence[Choice]]
Codes: TypeAlias = NDArray[np.float64]  # (N, n)
Levels: TypeAlias = NDArray[np.int64]  # (N, n)

INACTIVE: Final = -1

# A finite parameter with at most this many values keeps each value as a level of its own.
FINEST_GRID: Final = 8
# A wider one, and every real interval, is cut into this many cells of equal probability; a stage that
# pins it keeps one cell, and the next stage cuts that cell again.
CELLS: Final = 4
# Integers beyond this are not exact as float64.
LARGEST_INTEGER: Final = 2**53


class Interval(NamedTuple):
    """A closed interval of codes; a single choice i is (i, i)."""

    low: float
    high: float


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
        if isinstance(self.choices, str | bytes) or not isinstance(self.choices, Iterable):
            raise SpaceError(
                f"{self.name!r}: choices are {self.choices!r}, but a list is expected. "
                f"Write [{self.choices!r}] for a single choice."
            )
        choices = tuple(_plain(self.name, choice) for choice in self.choices)
        if not choices:
            raise SpaceError(f"{self.name!r} has no choices: give at least one.")
        for i, choice in enumerate(choices):
            # 1, 1.0 and True are equal to every storage that looks a choice up, so they cannot coexist.
            for other in choices[:i]:
                if other == choice:
                    raise SpaceError(
                        f"{self.name!r}: the choices {other!r} and {choice!r} are equal. "
                        "Give each choice once, or write one of them as text."
                    )
        object.__setattr__(self, "choices", choices)
        object.__setattr__(self, "when", _condition(self.name, self.when))

    def index(self, value: object) -> int:
        """The index of a choice.

        Raises:
            SpaceError: if `value` is not one of the choices.
        """
        for i, choice in enumerate(self.choices):
            if choice == value and isinstance(choice, bool) == isinstance(value, bool):
                return i
        raise SpaceError(
            f"{self.name!r} is {value!r}, which is not one of its choices {tuple(self.choices)!r}. "
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
        _check_bounds(self.name, self.low, self.high)
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
        _check_bounds(self.name, self.low, self.high)
        if self.log and self.low <= 0:
            raise SpaceError(
                f"{self.name!r}: low is {self.low}, but a logarithmic range must start above 0."
            )
        if self.step is not None:
            self._check_step(_finite(self.name, "step", self.step))
        object.__setattr__(self, "when", _condition(self.name, self.when))

    def _check_step(self, step: float) -> None:
        object.__setattr__(self, "step", step)
        if step <= 0:
            raise SpaceError(f"{self.name!r}: step is {step}, but must be above 0.")
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


@dataclass(frozen=True, eq=False)
class Partition:
    """A parameter's range, cut into the levels that functions on it are defined on."""

    cells: tuple[Interval, ...]
    probabilities: NDArray[np.float64]  # (L,), of the uniform measure on the range

    def levels(self, codes: NDArray[np.float64]) -> NDArray[np.int64]:
        """The level of each code, shape `(N,)`; INACTIVE for NaN."""
        pairs = zip(self.cells[:-1], self.cells[1:], strict=True)
        # Halfway between two grid values, so that the rounding of low + k * step does not matter.
        borders = np.array([(a.high + b.low) / 2 for a, b in pairs])
        found = np.searchsorted(borders, codes, side="right")
        return np.where(np.isnan(codes), INACTIVE, found)


def whole_range(parameter: Parameter) -> Interval:
    """The interval of all codes of a parameter."""
    match parameter:
        case Categorical(choices=choices):
            return Interval(0.0, float(len(choices) - 1))
        case Integer(low=low, high=high) | Real(low=low, high=high):
            return Interval(float(low), float(high))


def draw(parameter: Parameter, rng: np.random.Generator, within: Interval | None = None) -> float:
    """A uniform code of a parameter, inside an interval of its codes."""
    interval = whole_range(parameter) if within is None else within
    start, end = _coordinates(parameter, interval)
    return _nearest_code(parameter, start + (end - start) * rng.random(), interval)


def cut(parameter: Parameter, within: Interval | None = None) -> Partition:
    """The levels of a parameter inside an interval of its codes.

    A choice, and each value of a grid of at most FINEST_GRID values, is a level of its own; a wider grid
    and a real interval fall into at most CELLS cells whose probabilities are as equal as the grid allows.
    """
    interval = whole_range(parameter) if within is None else within
    step = _step(parameter)
    if step is None:
        cells = _equal_cells(parameter, interval, step)
    elif round((interval.high - interval.low) / step) + 1 <= _finest(parameter):
        count = round((interval.high - interval.low) / step) + 1
        values = [min(interval.low + k * step, interval.high) for k in range(count)]
        cells = tuple(Interval(value, value) for value in values)
    else:
        cells = _equal_cells(parameter, interval, step)
    ends = np.array([_coordinates(parameter, cell) for cell in cells])
    widths = ends[:, 1] - ends[:, 0]
    total = widths.sum()
    # A range of one point has no width at all, and one level.
    return Partition(cells, widths / total if total > 0 else np.ones(1))


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
    """The code of a value.

    Raises:
        SpaceError: if the parameter cannot have this value.
    """
    if isinstance(parameter, Categorical):
        return float(parameter.index(value))
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise SpaceError(f"{parameter.name!r} is {value!r}, but a number is expected.")
    code = float(value)
    if not parameter.low <= code <= parameter.high:
        raise SpaceError(
            f"{parameter.name!r} is {value!r}, which is outside its range "
            f"[{parameter.low}, {parameter.high}]. A configuration of another study?"
        )
    if isinstance(parameter, Integer) and (code - parameter.low) % parameter.step:
        raise SpaceError(
            f"{parameter.name!r} is {value!r}, which is not on its grid: "
            f"{parameter.low}, {parameter.low + parameter.step}, ..., {parameter.high}."
        )
    return code


@final
@dataclass(frozen=True)
class SearchSpace:
    """Parameters in order, with their conditions.

    A parameter with a condition is active when every parent is active and has one of the values named
    in `when`. A configuration holds active parameters only.

    Raises:
        SpaceError: on a name used twice, an unknown parent, a value that a parent cannot have, a real
            parent, or conditions in a circle.
    """

    parameters: Sequence[Parameter]

    def __post_init__(self) -> None:
        parameters = tuple(self.parameters)
        names = [parameter.name for parameter in parameters]
        for name in names:
            if names.count(name) > 1:
                raise SpaceError(f"Two parameters are named {name!r}: rename one of them.")
        object.__setattr__(self, "parameters", parameters)
        for parameter in parameters:
            _check_parents(parameter, {p.name: p for p in parameters})
        object.__setattr__(self, "_order", _parents_first(parameters))

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, name: str) -> Parameter:
        return self.parameters[self.index(name)]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def parents_first(self) -> tuple[Parameter, ...]:
        """The parameters, each after the parents that its condition names."""
        order: tuple[int, ...] = self._order  # type: ignore[attr-defined]  # set in __post_init__
        return tuple(self.parameters[i] for i in order)

    def index(self, name: str) -> int:
        """The column of a parameter.

        Raises:
            SpaceError: if there is no such parameter.
        """
        for i, parameter in enumerate(self.parameters):
            if parameter.name == name:
                return i
        raise SpaceError(f"There is no parameter {name!r}; there are {', '.join(self.names)}.")

    def is_active(self, parameter: Parameter, configuration: Mapping[str, Choice]) -> bool:
        """Whether a parameter's condition holds; its parents must have been decided before it."""
        return all(
            parent in configuration and _among(configuration[parent], values)
            for parent, values in conditions(parameter)
        )

    def sample(self, rng: np.random.Generator) -> Configuration:
        """A uniform configuration; every parameter is drawn, the inactive ones are left out."""
        codes = [draw(parameter, rng) for parameter in self.parameters]
        return self.decode(np.array(codes))

    def decode(self, codes: NDArray[np.float64]) -> Configuration:
        """The configuration of one row of codes, `(n,)`: inactive parameters are left out.

        A code of a parameter whose condition fails is ignored, so a row may hold a draw of everything.
        """
        chosen: Configuration = {}
        for parameter in self.parents_first:
            code = codes[self.index(parameter.name)]
            if self.is_active(parameter, chosen) and not np.isnan(code):
                chosen[parameter.name] = value_of(parameter, code)
        return {name: chosen[name] for name in self.names if name in chosen}

    def encode(self, configuration: Mapping[str, Choice]) -> NDArray[np.float64]:
        """The codes of a configuration, `(n,)`; NaN where a parameter is inactive.

        Raises:
            SpaceError: on an unknown name, a value out of range, a missing active parameter, or a value
                for an inactive one.
        """
        for name in configuration:
            self.index(name)
        codes = np.full(len(self), np.nan)
        for i, parameter in enumerate(self.parameters):
            active = self.is_active(parameter, configuration)
            if active and parameter.name not in configuration:
                raise SpaceError(f"{parameter.name!r} is active but has no value.")
            if not active and parameter.name in configuration:
                raise SpaceError(
                    f"{parameter.name!r} has the value {configuration[parameter.name]!r}, but it is only "
                    f"active when {describe_condition(parameter)}."
                )
            if active:
                codes[i] = code_of(parameter, configuration[parameter.name])
        return codes


def conditions(parameter: Parameter) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """The parents of a parameter, each with the values under which the parameter is active."""
    return tuple((parent, tuple(values)) for parent, values in parameter.when.items())  # type: ignore[arg-type]  # tuples since __post_init__


def describe_condition(parameter: Parameter) -> str:
    """A parameter's condition in words."""
    return " and ".join(
        f"{parent} is {' or '.join(repr(value) for value in values)}"
        for parent, values in conditions(parameter)
    )


def _among(value: Choice, values: Sequence[Choice]) -> bool:
    return any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in values)


def _step(parameter: Parameter) -> float | None:
    """The distance of neighbouring codes; None for a continuum."""
    match parameter:
        case Categorical():
            return 1.0
        case Integer(step=step):
            return float(step)
        case Real(step=spacing):
            return spacing


def _finest(parameter: Parameter) -> float:
    return math.inf if isinstance(parameter, Categorical) else FINEST_GRID


def _is_log(parameter: Parameter) -> bool:
    return not isinstance(parameter, Categorical) and parameter.log


def _coordinates(parameter: Parameter, interval: Interval) -> tuple[float, float]:
    """The ends of an interval on the axis where the parameter's measure is uniform."""
    half = (_step(parameter) or 0.0) / 2
    low, high = interval.low - half, interval.high + half
    return (math.log(low), math.log(high)) if _is_log(parameter) else (low, high)


def _nearest_code(parameter: Parameter, coordinate: float, interval: Interval) -> float:
    code = math.exp(coordinate) if _is_log(parameter) else coordinate
    step = _step(parameter)
    if step is not None:
        code = interval.low + step * round((code - interval.low) / step)
    return min(max(code, interval.low), interval.high)


def _equal_cells(
    parameter: Parameter, interval: Interval, step: float | None
) -> tuple[Interval, ...]:
    """At most CELLS cells that cover an interval, of equal probability up to the grid."""
    start, end = _coordinates(parameter, interval)
    if step is None and start == end:
        return (interval,)
    inner = [start + (end - start) * k / CELLS for k in range(1, CELLS)]
    cuts = [math.exp(u) if _is_log(parameter) else u for u in inner]
    if step is None:
        ends = [interval.low, *cuts, interval.high]
        return tuple(Interval(a, b) for a, b in zip(ends[:-1], ends[1:], strict=True))
    # A cell of a grid starts at the first value above the cut.
    count = round((interval.high - interval.low) / step) + 1
    first = sorted({0, *(math.ceil((c - interval.low) / step) for c in cuts)} - {count})
    last = [*(k - 1 for k in first[1:]), count - 1]
    return tuple(
        Interval(interval.low + a * step, min(interval.low + b * step, interval.high))
        for a, b in zip(first, last, strict=True)
    )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise SpaceError(f"A parameter's name is {name!r}, but text of at least one letter is expected.")


def _plain(name: str, choice: object) -> Choice:
    """A choice as the built-in JSON value that it is."""
    if isinstance(choice, np.generic):
        choice = choice.item()
    if not isinstance(choice, bool | int | float | str | None):
        raise SpaceError(
            f"{name!r}: the choice {choice!r} is a {type(choice).__name__}, but a choice is text, a number, "
            "true, false or null. Give it a short name and translate it in your program."
        )
    if isinstance(choice, float) and not math.isfinite(choice):
        raise SpaceError(f"{name!r}: the choice {choice!r} is not a finite number.")
    return choice


def _finite(name: str, what: str, number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float | np.number):
        raise SpaceError(f"{name!r}: {what} is {number!r}, but a number is expected.")
    if not math.isfinite(number):
        raise SpaceError(f"{name!r}: {what} is {number!r}, but must be finite.")
    return float(number)


def _whole(name: str, what: str, number: object) -> int:
    value = _finite(name, what, number)
    if value != int(value) or abs(value) > LARGEST_INTEGER:
        raise SpaceError(
            f"{name!r}: {what} is {number!r}, but a whole number of at most 2^53 is expected. "
            "Is this a Real?"
        )
    return int(value)


def _check_bounds(name: str, low: float, high: float) -> None:
    if low > high:
        raise SpaceError(f"{name!r}: low={low} is above high={high}. Were they swapped?")


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


def _check_parents(parameter: Parameter, by_name: Mapping[str, Parameter]) -> None:
    for parent, values in conditions(parameter):
        if parent not in by_name:
            raise SpaceError(
                f"{parameter.name!r} depends on {parent!r}, but there is no such parameter; "
                f"there are {', '.join(by_name)}."
            )
        if isinstance(by_name[parent], Real):
            raise SpaceError(
                f"{parameter.name!r} depends on {parent!r}, which is a real number. "
                "A condition needs a categorical or an integer parent."
            )
        for value in values:
            try:
                code_of(by_name[parent], value)
            except SpaceError as error:
                raise SpaceError(f"The condition of {parameter.name!r}: {error}") from None


def _parents_first(parameters: Sequence[Parameter]) -> tuple[int, ...]:
    """An order in which every parameter follows its parents."""
    index = {parameter.name: i for i, parameter in enumerate(parameters)}
    order: list[int] = []
    waiting = list(range(len(parameters)))
    while waiting:
        ready = [
            i
            for i in waiting
            if all(index[parent] in order for parent, _ in conditions(parameters[i]))
        ]
        if not ready:
            circle = ", ".join(repr(parameters[i].name) for i in waiting)
            raise SpaceError(f"The conditions of {circle} depend on each other in a circle.")
        order.extend(ready)
        waiting = [i for i in waiting if i not in ready]
    return tuple(order)
