"""What is known of the trials of a search, and what a fit is told of those that went wrong."""

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from overtone.search.spectral.warping import warped
from overtone.space import Codes
from overtone.spectrum.basis import Values

# Tukey's far-out fence: a value further above the upper quartile than this many interquartile ranges is
# known to be bad, and no more.
FAR_OUT: Final = 3.0
# Squares of values beyond this are not finite. A program that returns such a number means "very bad".
LARGEST: Final = 1e100
# Fewer finite values than this say nothing about a spread.
LEAST_FINITE: Final = 2


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
    scores: Values = ndtri((rankdata(y) - 0.5) / len(y))
    return scores


@final
@dataclass(frozen=True, eq=False)
class Outcomes:
    """Finished trials in the order in which they ended.

    Attributes:
        codes: configurations, shape `(N, n)`, NaN where inactive.
        y: values to be minimised, NaN for a trial that failed, shape `(N,)`.
        is_pruned: whether a trial stopped below the full budget, shape `(N,)`.
        start: of the trials before this one it only counts whether they failed.
    """

    codes: Codes
    y: Values
    is_pruned: NDArray[np.bool_]
    start: int = 0

    def __len__(self) -> int:
        return len(self.y)

    def first(self, count: int) -> "Outcomes":
        """The trials that ended first."""
        return Outcomes(self.codes[:count], self.y[:count], self.is_pruned[:count], self.start)

    def followed_by(self, others: "Outcomes") -> "Outcomes":
        """These trials, and then others."""
        return Outcomes(
            np.concatenate([self.codes, others.codes]),
            np.concatenate([self.y, others.y]),
            np.concatenate([self.is_pruned, others.is_pruned]),
            self.start,
        )

    def beginning_at(self, start: int) -> "Outcomes":
        """The same trials for a search that begins anew after the first `start` of them."""
        return replace(self, start=start)

    def where(self, chosen: NDArray[np.bool_]) -> "Outcomes":
        """Some of the trials."""
        start = int(chosen[: self.start].sum())
        return Outcomes(self.codes[chosen], self.y[chosen], self.is_pruned[chosen], start)

    def begins_with(self, other: "Outcomes") -> bool:
        """Whether these are the other trials, and perhaps further ones."""
        head = self.first(len(other))
        return (
            self.start == other.start
            and np.array_equal(head.y, other.y, equal_nan=True)
            and np.array_equal(head.codes, other.codes, equal_nan=True)
        )

    @cached_property
    def usable(self) -> NDArray[np.int64]:
        """The trials that have a value that counts."""
        return self.start + np.flatnonzero(np.isfinite(self.y[self.start :]))

    @cached_property
    def z(self) -> Values:
        """The warped values of the usable trials.

        A pruned trial would hardly have been pruned if its full value were among the better half.
        """
        y, pruned = self.y[self.usable], self.is_pruned[self.usable]
        if pruned.any() and not pruned.all():
            y = np.where(pruned, np.maximum(y, np.median(y[~pruned])), y)
        return warped(y)

    @cached_property
    def labels(self) -> Values:
        """1 for a trial that has a value, -1 for one that failed, shape `(N,)`."""
        return np.where(np.isfinite(self.y), 1.0, -1.0)


def no_outcomes(n: int) -> Outcomes:
    """Of no trials, in a space of n parameters."""
    return Outcomes(np.zeros((0, n)), np.zeros(0), np.zeros(0, dtype=bool))
