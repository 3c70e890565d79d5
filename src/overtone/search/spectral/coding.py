"""Configurations as rows of numbers that do not depend on how a space is written down.

A search must not care in which order parameters and choices are listed, how they are named, or which end of
a range comes first. So it works in a frame that is read off its own trials: parameters ordered by their
columns, choices numbered as they first appeared, ranges turned so that the first trial lies in the lower
half. Permuted, renamed, relabelled or reflected, the same trials have the same rows, to the last bit.

Notation
    U  (N, n)  units: the number of a choice, or the place of a number in its range, from 0 to 1;
               columns in the order of the frame; a neutral value where a parameter is inactive
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.space import (
    Categorical,
    Codes,
    Integer,
    Parameter,
    SearchSpace,
    code_of,
    conditions,
    from_unit,
    grid_size,
    to_unit,
)
from overtone.spectrum.posterior.features import Features

Units: TypeAlias = NDArray[np.float64]  # (N, n)
Mask: TypeAlias = NDArray[np.bool_]  # (N, n)

# Places in a range that differ by less are one place: the rounding of a logarithm, or of a reflection.
DECIMALS: Final = 9
# Trials whose columns tell parameters apart.
FRAME_ROWS: Final = 64
NEUTRAL_PLACE: Final = 0.5


@final
@dataclass(frozen=True, eq=False)
class Coding:
    """A search space in the frame of some trials.

    Attributes:
        space: the parameters.
        order: the parameter of each column, shape `(n,)`.
        choices: of a categorical column, the number in the frame of each of its choices; else None.
        reflected: whether a number's range is turned, shape `(n,)`.
        is_rough: whether functions of the rows may have kinks in numbers.
    """

    space: SearchSpace
    order: NDArray[np.int64]
    choices: tuple[NDArray[np.int64] | None, ...]
    reflected: NDArray[np.bool_]
    is_rough: bool = False

    def __len__(self) -> int:
        return len(self.order)

    def agrees(self, other: "Coding") -> bool:
        """Whether a row means the same in both frames."""
        return (
            np.array_equal(self.order, other.order)
            and np.array_equal(self.reflected, other.reflected)
            and all(
                a is b or (a is not None and b is not None and np.array_equal(a, b))
                for a, b in zip(self.choices, other.choices, strict=True)
            )
        )

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameter of each column."""
        return tuple(self.space.parameters[i] for i in self.order)

    @cached_property
    def levels(self) -> NDArray[np.int64]:
        """The number of choices of each column, 0 for a number, shape `(n,)`."""
        return np.array(
            [len(p.choices) if isinstance(p, Categorical) else 0 for p in self.parameters],
            dtype=np.int64,
        )

    @cached_property
    def features(self) -> Features:
        """What functions of the rows are made of."""
        return Features(self.levels, self.is_rough)

    @cached_property
    def sizes(self) -> tuple[int | None, ...]:
        """The number of values of each column, None for a continuum."""
        return tuple(grid_size(p) for p in self.parameters)

    @cached_property
    def cells(self) -> Units:
        """The width of a number's grid in units, 0 for a continuum or a choice, shape `(n,)`."""
        grids = zip(self.sizes, self.is_number, strict=True)
        return np.array([1.0 / size if size and is_number else 0.0 for size, is_number in grids])

    @cached_property
    def is_number(self) -> NDArray[np.bool_]:
        """Which columns are numbers, shape `(n,)`."""
        return np.asarray(self.levels == 0)

    @cached_property
    def is_uneven(self) -> NDArray[np.bool_]:
        """Which columns are grids whose values are not equally far apart in units, shape `(n,)`."""
        uneven = [isinstance(p, Integer) and p.log for p in self.parameters]
        return np.array(uneven, dtype=bool)

    @cached_property
    def _conditions(self) -> tuple[tuple[int, tuple[tuple[int, NDArray[np.float64]], ...]], ...]:
        """Conditional columns, parents first: each with its parents' columns and the units they may have."""
        column = {p.name: i for i, p in enumerate(self.parameters)}
        found = []
        for parameter in self.space.parents_first:
            parents = tuple(
                (column[parent], self._allowed(column[parent], values))
                for parent, values in conditions(parameter)
            )
            if parents:
                found.append((column[parameter.name], parents))
        return tuple(found)

    @cached_property
    def parents(self) -> NDArray[np.int64]:
        """The columns on whose values others depend."""
        found = {parent for _, parents in self._conditions for parent, _ in parents}
        return np.array(sorted(found), dtype=np.int64)

    def _allowed(self, column: int, values: tuple[object, ...]) -> NDArray[np.float64]:
        parameter = self.parameters[column]
        codes = np.array([code_of(parameter, value) for value in values])
        return self.units_of(column, codes)

    def units_of(self, column: int, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """The units of some codes of one column; NaN for NaN."""
        numbers = self.choices[column]
        if numbers is not None:
            inactive = np.isnan(codes)
            return np.where(
                inactive, np.nan, numbers[np.where(inactive, 0, codes).astype(np.int64)]
            )
        place = to_unit(self.parameters[column], codes)
        return np.round(1.0 - place if self.reflected[column] else place, DECIMALS)

    def units(self, codes: Codes) -> Units:
        """The units of configurations given by their codes, `(N, n)`."""
        rows = codes[:, self.order]
        inactive = np.isnan(rows)
        columns, table = self._numbers
        chosen = np.where(inactive, 0.0, rows)[:, columns].astype(np.int64)
        rows[:, columns] = table[np.arange(len(columns)), chosen]
        for column in np.flatnonzero(self.is_number):
            rows[:, column] = self.units_of(int(column), rows[:, column])
        return np.where(inactive, self._neutral, rows)

    @cached_property
    def _numbers(self) -> tuple[NDArray[np.int64], Units]:
        """The columns of choices, and the number in the frame of each choice of each."""
        columns = np.flatnonzero(~self.is_number)
        table = np.zeros((len(columns), int(self.levels.max(initial=1))))
        for row, column in zip(table, columns, strict=True):
            row[: self.levels[column]] = self.choices[column]
        return columns, table

    @cached_property
    def _neutral(self) -> Units:
        return np.where(self.is_number, NEUTRAL_PLACE, 0.0)

    def codes(self, unit: Units) -> NDArray[np.float64]:
        """The codes of one row of units, `(n,)`; NaN where a parameter is inactive."""
        active = self.active(unit[None])[0]
        row = np.full(len(self), np.nan)
        for column, i in enumerate(self.order):
            if not active[column]:
                continue
            numbers = self.choices[column]
            if numbers is not None:
                row[i] = float(np.flatnonzero(numbers == round(float(unit[column])))[0])
            else:
                place = 1.0 - unit[column] if self.reflected[column] else unit[column]
                row[i] = from_unit(self.parameters[column], np.array([place]))[0]
        return row

    def columns_of(self, codes: Mapping[int, float]) -> dict[int, float]:
        """Codes of some parameters, by parameter, as units by column."""
        place = {int(parameter): column for column, parameter in enumerate(self.order)}
        return {
            place[i]: float(self.units_of(place[i], np.array([code]))[0])
            for i, code in codes.items()
        }

    def active(self, units: Units) -> Mask:
        """Which parameters are active, `(N, n)`."""
        mask = np.ones(units.shape, dtype=bool)
        for column, parents in self._conditions:
            for parent, allowed in parents:
                mask[:, column] &= mask[:, parent] & np.isin(units[:, parent], allowed)
        return mask

    def snapped(self, units: Units) -> Units:
        """The nearest rows that stand for configurations: on the grids, neutral where inactive.

        Two rows are equal exactly if their configurations are.
        """
        rows = np.array(units)
        even = (self.cells > 0) & ~self.is_uneven
        rows[:, self.is_number] = np.clip(rows[:, self.is_number], 0.0, 1.0)
        size = np.round(1.0 / self.cells[even])
        rows[:, even] = (np.minimum(np.floor(rows[:, even] * size), size - 1) + 0.5) / size
        for column in np.flatnonzero(self.is_uneven):
            place = 1.0 - rows[:, column] if self.reflected[column] else rows[:, column]
            rows[:, column] = self.units_of(int(column), from_unit(self.parameters[column], place))
        rows[:, self.is_number] = np.round(rows[:, self.is_number], DECIMALS)
        return np.where(self.active(rows), rows, self._neutral) if self._conditions else rows

    def spread(self, uniform: Units) -> Units:
        """The rows for uniform numbers in [0, 1), shape `(N, n)`: uniform in the space if these are."""
        return self.snapped(self.unsettled(uniform))

    def unsettled(self, uniform: Units) -> Units:
        """The same, on no grid yet, and with a place for what is inactive."""
        choices = np.minimum(np.floor(uniform * self.levels), np.maximum(self.levels - 1, 0))
        return np.where(self.is_number, uniform, choices)


def coding_of(space: SearchSpace, codes: Codes) -> Coding:
    """The frame that some trials give a space; what they leave open is as the space has it.

    Args:
        space: the parameters.
        codes: the trials in the order in which they ended, shape `(N, n)`.
    """
    rows = codes[:FRAME_ROWS]
    choices: list[NDArray[np.int64] | None] = []
    reflected: list[bool] = []
    keys: list[tuple[float, ...]] = []
    for i, parameter in enumerate(space.parameters):
        column = rows[:, i]
        seen = column[~np.isnan(column)]
        if isinstance(parameter, Categorical):
            first = list(dict.fromkeys(seen.astype(np.int64).tolist()))
            known = set(first)
            first += [k for k in range(len(parameter.choices)) if k not in known]
            numbers = np.argsort(np.array(first))
            choices.append(numbers)
            reflected.append(False)
            inactive = np.isnan(column)
            canonical = np.where(inactive, -1, numbers[np.where(inactive, 0, column).astype(int)])
            keys.append((0, len(parameter.choices), *canonical.tolist()))
        else:
            place = np.round(to_unit(parameter, column), DECIMALS)
            decided = place[~np.isnan(place) & (place != NEUTRAL_PLACE)]
            turned = bool(len(decided)) and bool(decided[0] > NEUTRAL_PLACE)
            choices.append(None)
            reflected.append(turned)
            canonical = np.round(1.0 - place if turned else place, DECIMALS)
            size = grid_size(parameter)
            keys.append((1, size or 0, *np.nan_to_num(canonical, nan=-1.0).tolist()))
    order = sorted(range(len(space)), key=lambda i: keys[i])
    return Coding(
        space,
        np.array(order, dtype=np.int64),
        tuple(choices[i] for i in order),
        np.array([reflected[i] for i in order], dtype=bool),
    )
