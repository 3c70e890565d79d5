"""Configurations that would likely fail: they have a value, or a pair of values, that only failed trials had.

A rule says what makes trials fail, and is sure of it. Whoever proposes a configuration that nobody has run,
or says what it would give, has to be more careful: if both trials that had these two values failed, nobody
knows what a third would give. Failures that a rule explains tell nothing of what lacks its values.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.failures import Failures
from overtone.search.conclusions.known import Known
from overtone.space import INACTIVE, Codes, Levels, Partition, SearchSpace, cut
from overtone.spectrum.basis import Values

# Failures of a value or a pair, none of whose trials has succeeded, that make it one to avoid.
LEAST_FAILED: Final = 2
# That so many trials with two values fail by chance.
CHANCE: Final = 0.02


@final
@dataclass(frozen=True, eq=False)
class Failing:
    """Which values, and pairs of values, only failed trials had. Numbers count by the cells of their range.

    Attributes:
        space: the parameters.
        known: the trials.
        failures: what is known of them: those that a rule explains, or that came in a burst, say nothing of
            others.
    """

    space: SearchSpace
    known: Known
    failures: Failures

    def of(self, codes: Values, parameter: int | None = None) -> int:
        """How many trials share a value or a pair of values with a configuration, and all failed; 0 for none.

        Args:
            codes: of the configuration, shape `(n,)`.
            parameter: that a value has to be of, or one of a pair; any if None.
        """
        if not len(self.known.failed):
            return 0
        own = self._levels(codes[None])[0]
        has = own != INACTIVE
        failed, valued = ((levels == own) & has for levels in (self._failed, self._valued))
        failed[self._in_bursts] = False
        for rule, explained in zip(self.failures.rules, self._explained, strict=True):
            if not rule.holds(codes[None])[0]:
                failed[explained] = False
        chosen = slice(None) if parameter is None else slice(parameter, parameter + 1)
        # The diagonal counts single values.
        fails, succeeds = (_together(rows, rows[:, chosen]) for rows in (failed, valued))
        worst = int(np.where(succeeds == 0, fails, 0).max(initial=0))
        is_known = self.known.only_failed(codes)
        return max(worst if worst >= self._least else 0, int(is_known))

    @cached_property
    def _least(self) -> int:
        """So many failures, and no success, that this is no chance at the rate of those without a cause."""
        unexplained = self.failures.unexplained
        rate = unexplained / max(unexplained + len(self.known.y), 1)
        return max(LEAST_FAILED, math.ceil(np.log(CHANCE) / np.log(rate)) if 0 < rate < 1 else 0)

    @cached_property
    def _in_bursts(self) -> NDArray[np.bool_]:
        numbers = self.known.failed
        within = [(numbers >= low) & (numbers <= high) for low, high in self.failures.bursts]
        return np.asarray(np.any([np.zeros(len(numbers), dtype=bool), *within], axis=0))

    @cached_property
    def _failed(self) -> Levels:
        return self._levels(self.known.failed_codes)

    @cached_property
    def _valued(self) -> Levels:
        return self._levels(self.known.codes)

    @cached_property
    def _explained(self) -> list[NDArray[np.bool_]]:
        return [rule.holds(self.known.failed_codes) for rule in self.failures.rules]

    def _levels(self, codes: Codes) -> Levels:
        columns = [part.levels(codes[:, i]) for i, part in enumerate(self._partitions)]
        return np.array(columns, dtype=np.int64).T.reshape(len(codes), len(columns))

    @cached_property
    def _partitions(self) -> list[Partition]:
        return [cut(parameter) for parameter in self.space.parameters]


def _together(rows: NDArray[np.bool_], others: NDArray[np.bool_]) -> Values:
    """In how many rows two columns are true, for each pair."""
    return np.asarray(rows.T.astype(np.float64) @ others.astype(np.float64))
