"""What random search would be expected to find, from uniform draws that were made anyway."""

from dataclasses import dataclass
from math import lgamma
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Values

RESAMPLES: Final = 400


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
    def is_extrapolated(self) -> bool:
        """Whether more draws are asked about than were seen."""
        return self.draws > self.seen


def random_search(y: Values, draws: int) -> Expectation:
    """The expected least value of `draws` uniform configurations, from values `(N,)` of N of them.

    Exact for up to N / 2 draws. Beyond, the gain of each further doubling is the last one seen times its
    ratio to the one before: constant for a tail like the normal's, ever smaller above a floor.
    """
    rng = np.random.default_rng(0)
    resamples = [_expected_least(rng.choice(y, len(y)), draws) for _ in range(RESAMPLES)]
    low, high = np.quantile(resamples, [0.05, 0.95])
    return Expectation(_expected_least(y, draws), float(low), float(high), draws, len(y))


def _expected_least(y: Values, draws: int) -> float:
    half = len(y) // 2
    if draws <= half or half < 4:  # two doublings to go by
        return _least_of(y, min(draws, len(y)))
    start, middle, end = (_least_of(y, k) for k in (half // 4, half // 2, half))
    gain = middle - end
    ratio = min(gain / (start - middle), 1.0) if start > middle else 0.0
    doublings = float(np.log2(draws / half))
    # The sum of gain * ratio^k over the whole doublings, and the part of one that is left.
    whole = int(doublings)
    total = sum(ratio**k for k in range(1, whole + 1)) + (doublings - whole) * ratio ** (whole + 1)
    return end - gain * total


def _least_of(y: Values, draws: int) -> float:
    """The mean over all subsets of `draws` values of their least.

    The i-th smallest of N values, from 0, is the least of C(N - 1 - i, draws - 1) subsets.
    """
    n = len(y)
    leaders = range(n - draws + 1)
    logs = [_log_choose(n - 1 - i, draws - 1) - _log_choose(n, draws) for i in leaders]
    return float(np.exp(logs) @ np.sort(y)[: n - draws + 1])


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
