"""The beliefs that a recommendation is explained by: of all trials, and of those of its branch.

Where some settings exist only under values of others, the trials of one branch are the only ones that tell of
its settings, and a model of the whole space, in which all branches are one function, is too sure of them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.failing import Failing
from overtone.search.conclusions.failures import Failures, failures_of
from overtone.search.conclusions.fitted import believe
from overtone.search.conclusions.known import Known
from overtone.search.conclusions.noise import Noise, noise_of
from overtone.search.spectral.coding import Units
from overtone.space import SearchSpace
from overtone.spectrum.basis import Values

# A branch with fewer trials is described by all of them.
LEAST_OF_BRANCH: Final = 8


@final
@dataclass(frozen=True, eq=False)
class Beliefs:
    """What trials say of the space, and of any branch of it.

    Attributes:
        space: the parameters.
        known: the trials.
    """

    space: SearchSpace
    known: Known

    @cached_property
    def noise(self) -> Noise:
        """What equal configurations have shown."""
        return noise_of(self.known.codes, self.known.y)

    @cached_property
    def whole(self) -> Belief | None:
        """The belief after all trials; None if there are too few."""
        known = self.known
        return believe(self.space, known.codes, known.y, known.unchosen, self.noise)

    @cached_property
    def failures(self) -> Failures:
        """Which values make trials fail."""
        return failures_of(self.space, self.known)

    @cached_property
    def failing(self) -> Failing:
        """Which configurations would likely fail."""
        return Failing(self.space, self.known, self.failures)

    def near(self, codes: Values) -> Belief | None:
        """The belief that describes what lies around a configuration."""
        inside = self.inside(codes)
        if inside.all() or inside.sum() < LEAST_OF_BRANCH:
            return self.whole
        trials = self.known.where(inside)
        found = believe(self.space, trials.codes, trials.y, trials.unchosen, self.noise)
        return self.whole if found is None else found

    def inside(self, codes: Values) -> NDArray[np.bool_]:
        """Which trials have the same settings active as a configuration."""
        return np.asarray((np.isnan(self.known.codes) == np.isnan(codes)).all(axis=1))

    @cached_property
    def gain_at_most(self) -> float:
        """From the middle of what no model chose to the best, in the metric's units; 0 without values."""
        known = self.known
        if not len(known.y):
            return 0.0
        anchors = known.y[known.unchosen] if known.unchosen.any() else known.y
        return float(np.median(anchors) - known.y.min())


def with_column(row: Units, column: int, values: Values) -> Units:
    """Copies of a row with other values in one column, shape `(k, n)`."""
    rows = np.repeat(row[None], len(values), axis=0)
    rows[:, column] = values
    return rows
