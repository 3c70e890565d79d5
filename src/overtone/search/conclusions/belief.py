"""What the finished trials say of any configuration, in the metric's own units, with intervals.

The trials of a search are no sample of the space: they crowd where values are good. What they tell best is
how configurations near them differ, since what those share (the constant, all that is far away) cancels. So a
belief is asked for values, and for differences between configurations, by the joint posterior of the two; see
`docs/theory.md`.

Notation
    U  (C, n)  rows of units, in the frame of the trials
    z          values on the scale, of mean 0 and deviation 1 over the trials
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.estimate import NINETY, Estimate
from overtone.search.conclusions.noise import Noise
from overtone.search.conclusions.scale import Scale
from overtone.search.spectral.coding import Coding, Units
from overtone.search.spectral.fitting import Fit
from overtone.space.streams import stream
from overtone.spectrum.basis import Values
from overtone.spectrum.posterior.posterior import Posterior
from overtone.spectrum.posterior.relevances import Differences, Moments

# Without repeats, less than this is taken for what the function does, in the mean.
LITTLE_NOISE: Final = 0.03
# No residual of a value that is left out counts more than this many deviations in the width of intervals.
MOST_RESIDUAL: Final = 3.0
# A value that is known exactly, but outside the interval of 90 % that all others give it, may be no matter of
# its own configuration alone: its neighbours may share it.
SURPRISING: Final = NINETY
# Draws of the posterior behind an interval of a sum.
DRAWS: Final = 1000
OPTIMISMS: Final = 400
# Rows that are looked at side by side.
BLOCK: Final = 4096


@final
@dataclass(frozen=True, eq=False)
class Belief:
    """The posterior of some trials.

    Attributes:
        fit: the prior.
        posterior: of z.
        scale: of the values.
        centre, spread: mean and deviation of the values on the scale.
        units: of the trials that the posterior is given, `(N, n)`.
        y: their values.
        noise: what equal configurations have shown.
        most_variance: of z over the space, that values which no model chose allow.
        rival: the same on the metric's own scale, where the values do not tell which of the two is right: an
            interval of a difference covers both.
    """

    fit: Fit
    posterior: Posterior
    scale: Scale
    centre: float
    spread: float
    units: Units
    y: Values
    noise: Noise
    most_variance: float = np.inf
    rival: "Belief | None" = None

    @property
    def coding(self) -> Coding:
        """The frame."""
        return self.fit.coding

    @property
    def score(self) -> float:
        """R^2 of the values that are left out one at a time."""
        return self.posterior.left_out_score

    @cached_property
    def _hypotheses(self) -> tuple[bool, ...]:
        """Whether runs of one configuration are equal; both, the likelier first, where that is unknown."""
        if not self.noise.is_unknown:
            return (self.noise.is_none,)
        return (True, False) if self.posterior.prior.noise < LITTLE_NOISE else (False, True)

    @cached_property
    def _residuals(self) -> Values:
        """How far each value is from what all others say of it, in deviations, shape `(N,)`.

        The residual of a value, z - mean = a / (K^-1)_ii, has the variance 1 / (K^-1)_ii (Rasmussen and
        Williams 2006, eq. 5.12).
        """
        p = self.posterior
        return np.asarray(np.abs(p.weights) / np.sqrt((p.inverse**2).sum(axis=0)))

    @cached_property
    def _width(self) -> float:
        """How much wider intervals are than the posterior has them, by the values that are left out."""
        mean_square = float(np.mean(np.minimum(self._residuals, MOST_RESIDUAL) ** 2))
        return max(1.0, float(np.sqrt(mean_square)))

    @cached_property
    def _places(self) -> dict[bytes, int]:
        """The place of each row that was observed."""
        return {row.tobytes(): place for place, row in enumerate(self.units)}

    def _known(self, rows: Units) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows have a value that is known exactly, and which of those are surprising."""
        places = [self._places.get(row.tobytes(), -1) for row in np.ascontiguousarray(rows)]
        known = np.array([place >= 0 for place in places]) & self.noise.is_none
        return known, known & (self._residuals[places] > SURPRISING)

    def row_of(self, codes: Values) -> Units:
        """The row of one configuration, `(n,)`."""
        return np.asarray(self.coding.units(codes[None])[0])

    def means(self, rows: Units) -> Values:
        """Expected values on the scale, the likelier hypothesis, shape `(C,)`."""
        return self.posterior.means_at(*self.fit.design(rows), exact=self._hypotheses[0])

    def values(self, rows: Units) -> list[Estimate]:
        """What the function is expected to be at some rows."""
        moments = [_marginal(*self._joint(rows, exact=exact)) for exact in self._hypotheses]
        return self._estimates(moments)

    def chosen(self, row: Units) -> Estimate:
        """What the function is expected to be at the row that was chosen as the best of those observed.

        If what is not surely there is nothing, choosing made it look better than it is; if the prior is
        right, it did not. The interval covers both, and the mean lies between.
        """
        means, variances = _marginal(*self._joint(row[None], exact=False))
        mean, deviation = float(means[0]), self._width * float(np.sqrt(variances[0]))
        z = (
            mean
            + self.optimism * np.array([0.5, 0.0, 1.0])
            + NINETY * deviation * np.array([0, -1, 1])
        )
        return Estimate(*(float(v) for v in self.back(z)))

    @cached_property
    def optimism(self) -> float:
        """How much better the best posterior mean is than its truth, on the scale, where the means are true.

        A parametric bootstrap (Efron 2011, Tweedie's formula and selection bias): values are drawn around
        the means with the noise of the prior, new means are found, and the best of them is compared.
        """
        p = self.posterior
        smoother = p.prior.noise * (p.inverse.T @ p.inverse)
        means = p.z - smoother @ p.z
        half = stream("draws of values").standard_normal((OPTIMISMS // 2, len(means)))
        drawn = means + np.sqrt(p.prior.noise) * np.concatenate([half, -half])
        again = drawn - drawn @ smoother
        best = again.argmin(axis=1)
        return max(float((means[best] - again.min(axis=1)).mean()), 0.0)

    def left_out(self, place: int) -> Estimate:
        """What a run like one of the trials would be expected to give, had it not been seen itself."""
        p = self.posterior
        precision = float((p.inverse[:, place] ** 2).sum())
        mean = p.z[place] - p.weights[place] / precision
        deviation = self._width / np.sqrt(precision)
        z = self.centre + self.spread * np.array([mean, *_ends(mean, deviation)])
        return Estimate(*(float(v) for v in self.scale.back(z)))

    def contrasts(self, rows: Units, weights: Values) -> list[Estimate]:
        """Weighted sums of the function at some rows, such as differences, from draws of its posterior.

        Args:
            rows: shape `(C, n)`.
            weights: of each sum, shape `(k, C)`.
        """
        hypotheses, used = self._hypotheses, weights != 0
        known, surprising = self._known(rows)
        is_shared = (used & surprising).any(axis=1) & (used & ~known).any(axis=1)
        if is_shared.any():
            hypotheses = (True, False)
        moments = [self._joint(rows, exact=exact) for exact in hypotheses]
        drawn = [self._drawn(means, covariance) @ weights.T for means, covariance in moments]
        sums = np.array([weights @ self.back(mean) for mean, _ in moments])
        lows, highs = (np.array([np.quantile(d, q, axis=0) for d in drawn]) for q in (0.05, 0.95))
        if self.noise.is_none:
            alone = np.where(is_shared, np.arange(len(sums))[:, None], 0)
            lows, highs = (np.take_along_axis(ends, alone, axis=0) for ends in (lows, highs))
            sums = sums[:1]
        low, high = lows.min(axis=0), highs.max(axis=0)
        # Where both are possible a sum takes neither side: one of them believes in the luck of the best.
        means = np.clip(sums.mean(axis=0), low, high)
        found = [Estimate(*map(float, ends)) for ends in zip(means, low, high, strict=True)]
        return found if self.rival is None else _hulls(found, self.rival.contrasts(rows, weights))

    def draws(self, rows: Units, count: int) -> Values:
        """The function on the scale in draws of its posterior, the likelier hypothesis, `(count, C)`."""
        means, covariance = self._joint(rows, exact=self._hypotheses[0])
        return self._steps(len(means), covariance, count) + means

    def expected(self, rows: Units) -> Values:
        """Expected values in the metric's units of many rows, in single precision, shape `(C,)`."""
        blocks = [rows[k : k + BLOCK] for k in range(0, len(rows), BLOCK)]
        means = [self.posterior.predict(*self.fit.design(block))[0] for block in blocks]
        return self.back(np.concatenate(means))

    def averages(self, rows: Units) -> tuple[float, float]:
        """Mean and deviation, on the scale, of the mean over some rows less that over others.

        Args:
            rows: shape `(2, C, n)`; the second less the first.
        """
        flat = self.coding.snapped(rows.reshape(-1, rows.shape[2]))
        means, covariance = self._joint(flat, exact=False)
        weights = np.repeat([-1.0, 1.0], rows.shape[1]) / rows.shape[1]
        variance = max(float(weights @ covariance @ weights), 0.0)
        return float(weights @ means), self._width * float(np.sqrt(variance))

    def pairs(self, rows: Units, others: Iterable[Units]) -> Iterator[Moments]:
        """Means and deviations, on the scale, of f(other) - f(row) for each row and its other.

        Args:
            rows: shape `(C, n)`.
            others: several of that shape.
        """
        designs = (self.fit.design(other) for other in others)
        for means, variances in self.posterior.paired(self.fit.design(rows), designs):
            yield means, self._width * np.sqrt(variances)

    def _drawn(self, means: Values, covariance: Values) -> Values:
        """Values of the function in draws of its posterior, shape `(DRAWS, C)`."""
        return self.back(means + self._steps(len(means), covariance, DRAWS))

    def _steps(self, size: int, covariance: Values, count: int) -> Values:
        """Draws of a normal vector of mean 0, each beside its opposite, shape `(count, size)`."""
        sizes, directions = np.linalg.eigh(covariance)
        half = stream("posterior draws").standard_normal((count // 2, size))
        steps = (half * np.sqrt(np.maximum(sizes, 0.0)) * self._width) @ directions.T
        return np.concatenate([steps, -steps])

    def changes(
        self, rows: Units, places: Mapping[int, NDArray[np.int64]]
    ) -> dict[int, list[Estimate]]:
        """f(row) - f(first row), of rows that differ from the first in one column each.

        On the scale, and back through it: an interval's ends are carried back, not a slope.

        Args:
            rows: shape `(C, n)`.
            places: the rows that differ in a column, by column.
        """
        known, surprising = self._known(rows)
        is_shared = bool(surprising[0])
        hypotheses = (True, False) if is_shared else self._hypotheses
        bases = [float(self._joint(rows[:1], exact=exact)[0][0]) for exact in hypotheses]
        if is_shared:
            bases[1] = bases[0]  # the first row's value is known
        differences = Differences(self.posterior, *self.fit.design(rows))
        found = {}
        for column, points in places.items():
            moments = differences.of(column, points, hypotheses)
            if is_shared:
                # And so is the difference from another that is.
                moments[1] = tuple(
                    np.where(known[points], one, other) for one, other in zip(*moments, strict=True)
                )
            found[column] = self._estimates(moments, bases)
        if self.rival is None:
            return found
        others = self.rival.changes(rows, places)
        return {column: _hulls(own, others[column]) for column, own in found.items()}

    def _joint(self, rows: Units, *, exact: bool) -> Moments:
        return self.posterior.joint(*self.fit.design(rows), exact=exact)

    def _estimates(
        self, moments: Sequence[Moments], bases: Sequence[float] | None = None
    ) -> list[Estimate]:
        """Estimates in the metric's units of what has these moments on the scale, under every hypothesis.

        Args:
            moments: of values, or of differences from a base.
            bases: of each hypothesis.
        """
        means, lows, highs = [], [], []
        for k, (mean, variance) in enumerate(moments):
            base, start = 0.0, 0.0
            if bases is not None:
                base = bases[k]
                start = float(self.back(np.array(base)))
            low, high = _ends(mean, self._width * np.sqrt(variance))
            means.append(self.back(base + mean) - start)
            lows.append(self.back(base + low) - start)
            highs.append(self.back(base + high) - start)
        ends = zip(means[0], np.min(lows, axis=0), np.max(highs, axis=0), strict=True)
        return [Estimate(*map(float, three)) for three in ends]

    def part_of(self, gain: float, share: float, *, at: float) -> float:
        """A share of a gain as it is on the scale, in the metric's units.

        Args:
            gain: above 0.
            share: from 0 to 1.
            at: the value that the gain ends at.
        """
        if not self.scale.is_bent:
            return share * gain
        low, high = self.scale.of(np.array([at, at + gain]))
        return float(self.scale.back(low + share * (high - low)) - at)

    def back(self, z: Values) -> Values:
        """Values in the metric's units of places on the scale."""
        return self.scale.back(self.centre + self.spread * z)


def _hulls(found: Sequence[Estimate], others: Sequence[Estimate]) -> list[Estimate]:
    """Estimates with the ends of either."""
    return [
        Estimate(one.mean, min(one.low, other.low), max(one.high, other.high))
        for one, other in zip(found, others, strict=True)
    ]


def _ends(mean: Values, deviation: Values) -> tuple[Values, Values]:
    return mean - NINETY * deviation, mean + NINETY * deviation


def _marginal(means: Values, covariance: Values) -> Moments:
    return means, np.maximum(np.diag(covariance), 0.0)
