"""The uniform measure on a parameter's range, and the cells that the range is cut into.

A parameter is sampled uniformly: over its choices, over the grid of an Integer, over the interval of a
Real; on the logarithm if ``log``. A grid value v owns [v - step/2, v + step/2] (as in Optuna), so a
logarithmic integer has probability proportional to log((v + 1/2) / (v - 1/2)).
"""

import math
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overtone.space.parameters import Categorical, Integer, Parameter, Real

INACTIVE: Final = -1

# A finite parameter with at most this many values keeps each value as a level of its own.
FINEST_GRID: Final = 8
# A wider one, and every real interval, is cut into this many cells of equal probability; a stage that
# pins it keeps one cell, and the next stage cuts that cell again.
CELLS: Final = 4


class Interval(NamedTuple):
    """A closed interval of codes; a single choice i is (i, i)."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Partition:
    """A parameter's range, cut into the levels that functions on it are defined on."""

    cells: tuple[Interval, ...]
    probabilities: NDArray[np.float64]  # (L,), of the uniform measure on the range

    def levels(self, codes: NDArray[np.float64]) -> NDArray[np.int64]:
        """The level of each code, shape `(N,)`; INACTIVE for NaN."""
        # Halfway between two grid values, so that the rounding of low + k * step does not matter.
        borders = np.array([a.high + (b.low - a.high) / 2 for a, b in pairwise(self.cells)])
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


def to_unit(parameter: Parameter, codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where codes lie in the parameter's range, from 0 to 1, on the axis where its measure is uniform."""
    start, end = _coordinates(parameter, whole_range(parameter))
    if start == end:
        return np.where(np.isnan(codes), np.nan, 0.5)
    coordinates = np.log(codes) if _is_log(parameter) else codes
    return (coordinates - start) / (end - start)


def from_unit(parameter: Parameter, units: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest codes to places in the parameter's range, the inverse of `to_unit`."""
    interval = whole_range(parameter)
    start, end = _coordinates(parameter, interval)
    coordinates = start + (end - start) * units
    codes = np.exp(coordinates) if _is_log(parameter) else coordinates
    step = _step(parameter)
    if step is not None:
        codes = interval.low + step * np.round((codes - interval.low) / step)
    nearest: NDArray[np.float64] = np.clip(codes, interval.low, interval.high)
    return nearest


def grid_size(parameter: Parameter) -> int | None:
    """The number of values that a parameter can have; None for a continuum."""
    step, interval = _step(parameter), whole_range(parameter)
    if interval.low == interval.high:
        return 1
    if step is None:
        return None
    return round((interval.high - interval.low) / step) + 1


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
    inner = [start + (end - start) * k / CELLS for k in range(1, CELLS)]
    cuts = [math.exp(u) if _is_log(parameter) else u for u in inner]
    if step is None:
        cells = tuple(starmap(Interval, pairwise([interval.low, *cuts, interval.high])))
        widths = [b - a for a, b in (_coordinates(parameter, cell) for cell in cells)]
        # An interval of a few roundings cannot be cut.
        return cells if min(widths) > 0 else (interval,)
    # A cell of a grid starts at the first value above the cut.
    count = round((interval.high - interval.low) / step) + 1
    first = sorted({0, *(math.ceil((c - interval.low) / step) for c in cuts)} - {count})
    last = [*(k - 1 for k in first[1:]), count - 1]
    return tuple(
        Interval(interval.low + a * step, min(interval.low + b * step, interval.high))
        for a, b in zip(first, last, strict=True)
    )
