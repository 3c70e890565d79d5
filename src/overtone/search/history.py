"""What is known of the trials of a search, and what a fit is told of those that went wrong."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from overtone.space import Codes
from overtone.spectrum.basis import Values

# Tukey's far-out fence: a value further above the upper quartile than this many interquartile ranges is
# known to be bad, and no more.
FAR_OUT: Final = 3.0
# Squares of values beyond this are not finite. A program that returns such a number means "very bad".
LARGEST: Final = 1e100
# Fewer finite values than this say nothing about a spread.
LEAST_FINITE: Final = 2


# A gap of so many ranges of the values below it sets penalties apart, where the first of them was given
# twice, and where it was not.
REPEATED_GAP: Final = 1e3
GAP: Final = 1e5
LEAST_JUDGED: Final = 8
# A gap that sets penalties apart is at least this share of the values below it.
WIDE: Final = 0.5
# Values that differ by less than this share of their size are equal: a sum in another order.
ROUNDING: Final = 1e-12


class State(Enum):
    """How far a trial has come."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


@final
@dataclass(frozen=True, eq=False)
class History:
    """The trials of a search, by number.

    Attributes:
        numbers: ascending, shape `(N,)`.
        codes: configurations, shape `(N, n)`, NaN where inactive.
        y: values to be minimised, shape `(N,)`; NaN where there is none.
        states: shape `(N,)`, of State.
        regions: the digest of the region that a trial was drawn from uniformly, or "" if it was not.
    """

    numbers: NDArray[np.int64]
    codes: Codes
    y: Values
    states: tuple[State, ...]
    regions: tuple[str, ...]

    def rows(self, numbers: NDArray[np.int64]) -> "History":
        """The history of some trials only."""
        kept = np.flatnonzero(np.isin(self.numbers, numbers))
        return History(
            self.numbers[kept],
            self.codes[kept],
            self.y[kept],
            tuple(self.states[i] for i in kept),
            tuple(self.regions[i] for i in kept),
        )


def is_penalty(y: Values) -> NDArray[np.bool_]:
    """Which values stand for "no value" in the program's own way, such as 1e9, shape `(N,)`.

    They lie above a gap of which the range of all values below is a tiny part: a thousandth where they are a
    few values again and again, the least of them twice at least; otherwise a hundred thousandth, and they lie
    closer together than the gap is wide. Where a search has converged what it has left behind lies above such
    a gap, too: but the gap is small beside the values themselves, or what lies above it are many values. What
    lies below may hold another kind of penalty. Among fewer values than LEAST_JUDGED nothing is called one.
    """
    left, least = np.sort(y[is_usable(y)]), np.inf
    while (first := _first_penalty(left)) is not None:
        least, left = float(left[first]), left[:first]
    return np.asarray(is_usable(y) & (y >= least))


def _first_penalty(ordered: Values) -> int | None:
    """The place of the least penalty above the highest gap that there is; None if there is none."""
    if len(ordered) < LEAST_JUDGED:
        return None
    for k in range(len(ordered) - 1, LEAST_JUDGED // 2 - 1, -1):
        below = ordered[k - 1] - ordered[0]
        if below <= ROUNDING * np.abs(ordered[[0, k - 1]]).max():
            return None  # equal values, and no range
        gap, above = ordered[k] - ordered[k - 1], ordered[k:]
        if gap < WIDE * np.abs(ordered[[0, k - 1]]).max():
            continue
        is_repeated = len(above) > 1 and above[1] == above[0]
        is_repeated = is_repeated and 2 * len(np.unique(above)) <= len(above) + 1
        # Bad values of a search that has converged lie apart from one another, too.
        is_alike = ordered[-1] - ordered[k] <= gap
        if gap > REPEATED_GAP * below and (is_repeated or (is_alike and gap > GAP * below)):
            return k
    return None


def is_usable(y: Values) -> NDArray[np.bool_]:
    """Which values are numbers that can be calculated with, shape `(N,)`."""
    return np.abs(y) <= LARGEST


def fit_values(history: History) -> tuple[Values, int] | None:
    """Finite values for all finished trials, shape `(N,)`, and how many of them failed.

    A trial that failed, or whose value is infinite or beyond LARGEST, counts as the worst value of the
    others: it is known to be bad, not how bad. A pruned trial stopped below the full budget, so its last
    value is moved between the median and the worst. Values beyond the far-out fence are moved onto it.
    None if fewer than two trials have a finite value.
    """
    states = np.array(history.states, dtype=object)
    usable = is_usable(history.y)
    complete = (states == State.COMPLETE) & usable
    if complete.sum() < LEAST_FINITE:
        return None
    quarter, median, three = np.quantile(history.y[complete], [0.25, 0.5, 0.75])
    fence = three + FAR_OUT * (three - quarter) if three > quarter else np.inf
    worst = min(float(history.y[complete].max()), float(fence))
    y = np.where(complete, np.minimum(history.y, worst), worst)
    pruned = (states == State.PRUNED) & usable
    y[pruned] = np.clip(history.y[pruned], median, worst)
    return y, int((~complete & ~pruned).sum())


def normal_scores(y: Values) -> Values:
    """The normal quantiles of the values' ranks, `(N,)`: equal values have equal scores.

    What a setting does to an error of 0.01 is lost beside errors of 0.9; among the ranks it is not. Values
    that are normal already hardly change, and any increasing transformation of the values changes nothing.
    """
    scores: Values = ndtri((ranks(y) - 0.5) / len(y))
    return scores


def ranks(values: Values) -> Values:
    """The ranks of some values from 1 on, `(N,)`; equal ones share the mean of theirs."""
    # As scipy.stats has it, which takes half a second to import.
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared: Values = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return shared
