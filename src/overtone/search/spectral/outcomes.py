"""The finished trials of a search in the order in which they ended, and the scale of their values."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.space import Codes
from overtone.spectrum.basis import Values
from overtone.spectrum.units import deviation_of

# The worst value counts no more than this many distances from the median to the best above the median.
WARP_CAP: Final = 4.0
# Digits that scaling or shifting the values leaves alone.
DECIMALS: Final = 9


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


def warped(y: Values) -> Values:
    """Values of mean 0 and deviation 1, linear as far above the median as the best lies below it.

    With u = (y - median) / (median - best): u up to 1, min(1 + log u, WARP_CAP) above. How much worse than
    most a configuration is matters little, and one outlier must not flatten the others; but bad values tell
    of a sparse polynomial what good ones do. Unchanged by positive multiples and shifts of y.
    """
    median = float(np.median(y))
    unit = median - float(y.min())
    if unit <= 0.0:
        low, high = np.quantile(y, [0.25, 0.75])
        unit = float(high - low) or deviation_of(y) or 1.0
    u = (y - median) / unit
    z = np.minimum(np.where(u > 1.0, 1.0 + np.log(np.maximum(u, 1.0)), u), WARP_CAP)
    deviation = float(z.std())
    # Values that are all equal deviate from each other by rounding only.
    z = (z - z.mean()) / (deviation if deviation > 1e-12 else 1.0)
    return np.asarray(np.round(z, DECIMALS))
