"""Which evaluated configuration to use, and what to expect of it.

The best value observed is the luckiest of many draws where runs vary. So where they were seen to vary the
recommendation is the configuration of best posterior mean, and where they were seen not to, or where nobody
knows, the best one observed; in the last case what to expect of it is what the other trials say, never the
observation that chose it (`docs/theory.md`).
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from overtone.search.conclusions.beliefs import Beliefs
from overtone.search.conclusions.estimate import Estimate, exactly
from overtone.search.conclusions.known import Known
from overtone.search.conclusions.noise import Noise


@final
@dataclass(frozen=True)
class Recommendation:
    """The configuration to use; numbers of trials, values to be minimised.

    Attributes:
        number: the first trial of the configuration.
        observed: the mean of its values.
        runs: how often it was run.
        expected: the value to expect of another run, in the long run; None where too few trials tell. If
            nothing was run twice, its mean is what all other trials predict, and its interval holds the
            observed value, too, since runs may not vary at all.
        luckiest: the trial of the best value.
        measured: what runs of equal configurations have shown.
    """

    number: int
    observed: float
    runs: int
    expected: Estimate | None
    luckiest: int
    measured: Noise

    @property
    def mean(self) -> float:
        """The expected value; the observed one where too few trials tell."""
        return self.observed if self.expected is None else self.expected.mean

    @property
    def noise(self) -> float:
        """The deviation of a run; NaN where that is unknown."""
        known = self.measured.deviation
        return np.nan if known is None else known.mean


def chosen(known: Known, beliefs: Beliefs) -> int:
    """The place of the recommended trial among those with a value, of which there is one at least."""
    belief = beliefs.whole if beliefs.noise.is_seen else None
    if belief is None:
        return int(np.argmin(known.y))
    # Of equal configurations, which have equal means, the first.
    return int(np.argmin(np.round(belief.means(belief.coding.units(known.codes)), 12)))


def recommend(known: Known, beliefs: Beliefs) -> Recommendation | None:
    """The recommendation; None if no trial has a value.

    Args:
        known: the trials.
        beliefs: what they say.
    """
    if not len(known.y):
        return None
    noise, belief = beliefs.noise, beliefs.whole
    luckiest, place = int(np.argmin(known.y)), chosen(known, beliefs)
    expected = exactly(float(known.y[luckiest])) if noise.is_none else None
    if belief is not None and noise.is_seen:
        expected = belief.chosen(belief.row_of(known.codes[place]))
    elif belief is not None and noise.is_unknown:
        row = belief.row_of(known.codes[luckiest])
        apart = belief.left_out(int(np.flatnonzero((belief.units == row).all(axis=1))[0]))
        seen = float(known.y[luckiest])
        expected = Estimate(apart.mean, min(apart.low, seen), max(apart.high, seen))
    runs = known.runs_of(known.codes[place])
    return Recommendation(
        int(known.numbers[runs[0]]),
        float(known.y[runs].mean()),
        len(runs),
        expected,
        int(known.numbers[luckiest]),
        noise,
    )
