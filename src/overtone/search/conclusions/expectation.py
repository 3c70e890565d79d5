"""What random search would be expected to find, from uniform draws that were made anyway."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.special import gammaln

from overtone.space.streams import stream
from overtone.spectrum.basis import Values

RESAMPLES: Final = 400
# Numbers of draws at which a curve is drawn.
PLACES: Final = 16
# With fewer values there are no two doublings to go by.
LEAST_SEEN: Final = 8


@final
@dataclass(frozen=True)
class Expectation:
    """What random search would be expected to reach.

    Attributes:
        mean: the expected best value of `draws` uniform configurations.
        low, high: where it lies in nine of ten resamples of the observed draws.
        draws: how many.
        seen: uniform draws that the estimate rests on.
    """

    mean: float
    low: float
    high: float
    draws: int
    seen: int

    @property
    def exact(self) -> int:
        """Up to how many draws the mean is an exact one over subsets."""
        return _exact(self.seen)

    @property
    def is_extrapolated(self) -> bool:
        """Whether more draws are asked about than that."""
        return self.draws > self.exact


def random_search(y: Values, draws: int) -> Expectation:
    """The expected least value of `draws` uniform configurations, from values `(N,)` of N of them.

    Exact for up to N / 2 draws. Beyond, the gain of each further doubling is the last one seen times its
    ratio to the one before: constant for a tail like the normal's, ever smaller above a floor. Fewer than
    eight values show no two doublings: it is exact for up to N draws then, and stays.
    """
    rng = stream("resamples")
    resamples = [_expected_least(rng.choice(y, len(y)), draws) for _ in range(RESAMPLES)]
    low, high = np.quantile(resamples, [0.05, 0.95])
    return Expectation(_expected_least(y, draws), float(low), float(high), draws, len(y))


def random_searches(y: Values, most: int) -> tuple[Expectation, ...]:
    """The same for several numbers of draws from 1 to `most`, each about the same factor above the last."""
    counts = np.unique(np.geomspace(1, most, PLACES).round().astype(int))
    return tuple(random_search(y, int(count)) for count in counts)


def _expected_least(y: Values, draws: int) -> float:
    exact = _exact(len(y))
    if draws <= exact or len(y) < LEAST_SEEN:
        return _least_of(y, min(draws, exact))
    counts = [(exact + 2) // 4, (exact + 1) // 2, exact]
    start, middle, end = (_least_of(y, k) for k in counts)
    # Whole numbers are not always a doubling apart: gains a doubling, between the middles of two steps.
    before, last = np.diff(np.log2(counts))
    gain = (middle - end) / last
    if not start > middle > end:
        return end
    ratio = float(min((gain * before / (start - middle)) ** (2 / (before + last)), 1.0))
    doublings = float(np.log2(draws / exact))
    # The sum of gain * ratio^k over the whole doublings, and the part of one that is left.
    whole = int(doublings)
    total = sum(ratio**k for k in range(1, whole + 1)) + (doublings - whole) * ratio ** (whole + 1)
    return end - float(gain * ratio ** ((last - 1) / 2)) * total


def _exact(seen: int) -> int:
    """The most draws that need no extrapolation."""
    return seen // 2 if seen >= LEAST_SEEN else seen


def _least_of(y: Values, draws: int) -> float:
    """The mean over all subsets of `draws` values of their least.

    The i-th smallest of N values, from 0, is the least of C(N - 1 - i, draws - 1) subsets.
    """
    n = len(y)
    behind = n - 1 - np.arange(n - draws + 1.0)
    logs = _log_choose(behind, draws - 1) - _log_choose(np.array([float(n)]), draws)
    ordered = np.sort(y)[: n - draws + 1]
    # Weights of the differences, since the logarithms are not exact and the values may all be large.
    return float(ordered[0] + np.exp(logs) @ (ordered - ordered[0]))


def _log_choose(n: Values, k: int) -> Values:
    logs: Values = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return logs
