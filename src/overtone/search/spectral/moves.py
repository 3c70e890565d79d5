"""Small changes of configurations, many at once: how a search walks through a space.

Notation, beside that of `coding`
    J  (K,)  the column that a change changes
    T  (K,)  how: a number of choices to go on by, or one of the steps below
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.spectral.coding import Coding, Units
from overtone.spectrum.basis import Values

Indices: TypeAlias = NDArray[np.int64]

# A choice of at most this many has a change to each other one, a wider one several random ones.
MOST_LISTED: Final = 7
RANDOM_CHOICES: Final = 5
ANY_CHOICE: Final = 0
# A number has two coarse steps, and one to either end: what is monotonic is best at an end, where no random
# step arrives.
FINE_STEP, COARSE_STEP, OTHER_COARSE_STEP, ANYWHERE, LOWEST, HIGHEST = -1, -2, -3, -4, -5, -6
NUMBER_STEPS: Final = (FINE_STEP, COARSE_STEP, OTHER_COARSE_STEP, ANYWHERE, LOWEST, HIGHEST)
# A fine step has a size of 0.03 of the range times 10^-U(0, 1.5): what is left to gain shrinks as a search
# closes in. A coarse one has a standard deviation of 0.15.
FINE: Final = 0.03
FINE_DECADES: Final = 1.5
COARSE: Final = 0.15
MOST_CHANGES: Final = 3
# Parameters that seem not to matter are changed too, now and then.
LEAST_WEIGHT: Final = 0.05
# Spaces of at most this many configurations are looked at as a whole.
MOST_ENUMERATED: Final = 4096


@final
@dataclass(frozen=True, eq=False)
class Moves:
    """The changes of a space's rows.

    Attributes:
        coding: of the rows.
        fixed: columns that are not to be changed, with their units.
    """

    coding: Coding
    fixed: Mapping[int, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns)

    @cached_property
    def _steps(self) -> list[Indices]:
        return [
            np.zeros(0, np.int64) if column in self.fixed else _steps_of(int(levels))
            for column, levels in enumerate(self.coding.levels)
        ]

    @cached_property
    def columns(self) -> Indices:
        """J of every single change."""
        return np.repeat(np.arange(len(self.coding)), [len(steps) for steps in self._steps])

    @cached_property
    def steps(self) -> Indices:
        """T of every single change."""
        return np.concatenate([np.zeros(0, np.int64), *self._steps])

    @cached_property
    def has_numbers(self) -> bool:
        """Whether a step of a number is random, so that trying again may find a better one."""
        return bool((self.steps < 0).any())

    def settled(self, rows: Units) -> Units:
        """The nearest rows that stand for configurations with the fixed values."""
        if self.fixed:
            rows = np.array(rows)
            rows[:, list(self.fixed)] = list(self.fixed.values())
        return self.coding.snapped(rows)

    def anywhere(self, count: int, rng: np.random.Generator) -> Units:
        """Uniform configurations, shape `(count, n)`."""
        return self.settled(self.coding.spread(rng.random((count, len(self.coding)))))

    def changed(self, rows: Units, changes: Indices, rng: np.random.Generator) -> Units:
        """Each row with one change, not yet settled, shape `(K, n)`.

        Args:
            rows: shape `(K, n)`.
            changes: places in the list of single changes, shape `(K,)`.
            rng: of the sizes.
        """
        coding, column, step = self.coding, self.columns[changes], self.steps[changes]
        place = np.arange(len(rows))
        old = rows[place, column]
        levels = np.maximum(coding.levels[column], 1)
        uniform, normal = rng.random(len(rows)), rng.standard_normal(len(rows))
        onward = np.where(step > 0, step, 1 + np.floor(uniform * (levels - 1)))
        size = np.where(step == FINE_STEP, FINE * 10.0 ** (-FINE_DECADES * uniform), COARSE)
        # At least to the next value of a grid.
        size = np.maximum(np.abs(size * normal), coding.cells[column])
        moved = np.clip(old + np.sign(normal) * size, 0.0, 1.0)
        moved = np.where(step == ANYWHERE, uniform, moved)
        moved = np.where(step == LOWEST, 0.0, np.where(step == HIGHEST, 1.0, moved))
        changed = np.array(rows)
        changed[place, column] = np.where(coding.is_number[column], moved, (old + onward) % levels)
        return changed

    def mutants(self, row: Units, count: int, weights: Values, rng: np.random.Generator) -> Units:
        """Copies of a row with one to three changes, shape `(count, n)`.

        Args:
            row: shape `(n,)`.
            count: of copies.
            weights: how readily each parameter is changed, shape `(n,)`.
            rng: of everything.
        """
        rows = np.repeat(row[None], count, axis=0)
        if len(self):
            share = weights[self.columns] + LEAST_WEIGHT * weights.max() + 1e-9
            upto = np.cumsum(share / share.sum())
            changes = rng.integers(1, MOST_CHANGES + 1, count)
            for k in range(MOST_CHANGES):
                picked = np.minimum(np.searchsorted(upto, rng.random(count)), len(self) - 1)
                rows = np.where((changes > k)[:, None], self.changed(rows, picked, rng), rows)
        return self.settled(rows)

    @cached_property
    def whole(self) -> Units | None:
        """Every configuration once, or None if there are too many."""
        sizes = [
            1 if column in self.fixed else size for column, size in enumerate(self.coding.sizes)
        ]
        if any(size is None for size in sizes) or not sizes:
            return None
        counts = np.array(sizes, dtype=np.float64)
        if counts.prod() > MOST_ENUMERATED:
            return None
        shape = tuple(int(count) for count in counts)
        grid = np.indices(shape).reshape(len(shape), -1).T.astype(np.float64)
        places = (grid + 0.5) / counts
        return np.unique(self.settled(np.where(self.coding.is_number, places, grid)), axis=0)


def _steps_of(levels: int) -> Indices:
    if levels == 0:
        return np.array(NUMBER_STEPS)
    if levels <= MOST_LISTED:
        return np.arange(1, levels)
    return np.full(RANDOM_CHOICES, ANY_CHOICE)
