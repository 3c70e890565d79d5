"""A function given some of its values: the Gaussian posterior over all terms at once.

Notation, beside that of `prior`
    L  (N, N)  lower factor of K; only its inverse is kept, so that new rows cost O(N^2)
    a  (N,)    K^-1 z
    C          points to predict
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.linalg.lapack import dtrtri

from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.posterior.features import Features
from overtone.spectrum.posterior.prior import (
    JITTER,
    TERM_VARIANCE,
    Prior,
    squared_distances,
)

Singles = NDArray[np.float32]

# The least variance of a prediction: what single precision leaves of a difference of equal numbers.
LEAST_VARIANCE: Final = 1e-6


@final
@dataclass(frozen=True, eq=False)
class Posterior:
    """A function given its values at some points.

    Attributes:
        features, prior: of the covariance.
        smooth: F, shape `(N, M)`.
        terms: P, shape `(N, m)`.
        inverse: L^-1, shape `(N, N)`.
        z: values, shape `(N,)`.
    """

    features: Features
    prior: Prior
    smooth: Columns
    terms: Columns
    inverse: Values
    z: Values

    def __len__(self) -> int:
        return len(self.z)

    @cached_property
    def rates(self) -> Values:
        """The square roots of the relevances, one for each feature, shape `(M,)`."""
        return self.features.rates(self.prior.relevance)

    @cached_property
    def weights(self) -> Values:
        """a, shape `(N,)`."""
        return np.asarray(self.inverse.T @ (self.inverse @ self.z))

    @property
    def noise(self) -> float:
        """The variance of an observation, with what keeps the covariance regular."""
        return self.prior.noise + JITTER

    @property
    def means(self) -> Values:
        """Of the function at the points, shape `(N,)`: K a = z, so they are z - noise a."""
        return np.asarray(self.z - self.noise * self.weights)

    @property
    def left_out_score(self) -> float:
        """R^2 of predictions of each value from all others; 0 if the values are all equal.

        Leaving out i moves its prediction to z_i - a_i / (K^-1)_ii (Rasmussen and Williams 2006, eq. 5.12).
        """
        left_out = self.weights / (self.inverse**2).sum(axis=0)
        spread = float(((self.z - self.z.mean()) ** 2).sum())
        return 1.0 - float((left_out**2).sum()) / spread if spread > 0.0 else 0.0

    def with_values(self, z: Values) -> "Posterior":
        """The same points with other values."""
        return Posterior(self.features, self.prior, self.smooth, self.terms, self.inverse, z)

    def extended(self, smooth: Columns, terms: Columns, z: Values) -> "Posterior":
        """With further points, in O(N^2) for each.

        With V = L^-1 k and S S' = K_new - V' V, the new rows of the inverse are (-S^-1 V' L^-1, S^-1).

        Args:
            smooth, terms: of the further points, shapes `(b, M)` and `(b, m)`.
            z: values of all points, shape `(N + b,)`.
        """
        old, new = len(self), len(smooth)
        cross = self.covariance(self.smooth, self.terms, smooth, terms)
        own = self.covariance(smooth, terms, smooth, terms)
        own[np.diag_indices(new)] += self.noise
        v = self.inverse @ cross
        corner = _inverse_factor(own - v.T @ v, self.noise)
        inverse = np.zeros((old + new, old + new))
        inverse[:old, :old] = self.inverse
        inverse[old:, :old] = -(corner @ v.T) @ self.inverse
        inverse[old:, old:] = corner
        return Posterior(
            self.features,
            self.prior,
            np.concatenate([self.smooth, smooth]),
            np.concatenate([self.terms, terms]),
            inverse,
            z,
        )

    def joint(self, smooth: Columns, terms: Columns, *, exact: bool) -> tuple[Values, Values]:
        """Means `(C,)` and covariance `(C, C)` of the function at C points, in double precision.

        Args:
            smooth, terms: of the points, shapes `(C, M)` and `(C, m)`.
            exact: whether runs do not vary: what the prior calls noise is then a part of the function that
                each point has for itself, known where the point was observed.
        """
        cross = self._cross(smooth, terms, exact=exact)
        own = self.covariance(smooth, terms, smooth, terms)
        if exact:
            own += self.noise * is_same(smooth, smooth)
        v = self.inverse @ cross
        return cross.T @ self.weights, own - v.T @ v

    def means_at(self, smooth: Columns, terms: Columns, *, exact: bool) -> Values:
        """The means alone, as `joint` has them, shape `(C,)`."""
        return np.asarray(self._cross(smooth, terms, exact=exact).T @ self.weights)

    def paired(
        self, first: tuple[Columns, Columns], others: Iterable[tuple[Columns, Columns]]
    ) -> Iterator[tuple[Values, Values]]:
        """Means and variances of f(other) - f(first), row by row, each of shape `(C,)`.

        Args:
            first: smooth features and terms of C points.
            others: of C points each.
        """
        start = self._cross(*first, exact=False)
        for other in others:
            step = self._cross(*other, exact=False) - start
            v = self.inverse @ step
            own = self._own_of_steps(first, other)
            variances = np.maximum(own - np.einsum("ij,ij->j", v, v), 0.0)
            yield np.asarray(step.T @ self.weights), np.asarray(variances)

    def _own_of_steps(
        self, first: tuple[Columns, Columns], second: tuple[Columns, Columns]
    ) -> Values:
        """The prior variances of f(second) - f(first), row by row, shape `(C,)`."""
        (a, p), (b, q) = first, second
        squares = (((a - b) * self.rates) ** 2).sum(axis=1)
        for column in self.features.wide:
            rate = float(self.prior.relevance[self.features.owners[column]])
            far = np.where((a[:, column] == 0) | (b[:, column] == 0), 0.5, 1.0)
            squares += rate * np.where(a[:, column] == b[:, column], 0.0, far)
        smooth = 2 * self.prior.scale * (1 - np.exp(-squares))
        return np.asarray(smooth + TERM_VARIANCE * ((p - q) ** 2).sum(1))

    def _cross(self, smooth: Columns, terms: Columns, *, exact: bool) -> Values:
        """The covariance of the function at the observed points and at others, `(N, C)`."""
        cross = self.covariance(self.smooth, self.terms, smooth, terms)
        return cross + self.noise * is_same(self.smooth, smooth) if exact else cross

    def covariance(self, a: Columns, p: Columns, b: Columns, q: Columns) -> Values:
        """The prior covariance of the function between two sets of points."""
        distances = squared_distances(a * self.rates, b * self.rates)
        distances += self.features.wide_distances(a, b, self.prior.relevance)
        k = np.exp(-distances) * self.prior.scale
        return np.asarray(k + TERM_VARIANCE * p @ q.T)

    @cached_property
    def _single(self) -> tuple[Singles, Singles, Singles, Singles]:
        """Scaled features, terms, weights and L^-T in single precision, which is four times as fast."""
        return (
            (self.smooth * self.rates).astype(np.float32),
            self.terms.astype(np.float32),
            self.weights.astype(np.float32),
            np.ascontiguousarray(self.inverse.T, dtype=np.float32),
        )

    def predict(self, smooth: Columns, terms: Columns) -> tuple[Values, Values]:
        """Mean and standard deviation of the function at C points, each of shape `(C,)`.

        Args:
            smooth, terms: of the points, shapes `(C, M)` and `(C, m)`.
        """
        own_features, own_terms, weights, inverse = self._single
        scaled, known = (smooth * self.rates).astype(np.float32), terms.astype(np.float32)
        cross = squared_distances(scaled, own_features)
        if self.features.wide:
            cross += self.features.wide_distances(smooth, self.smooth, self.prior.relevance)
        np.exp(np.negative(cross, out=cross), out=cross)
        cross *= np.float32(self.prior.scale)
        variance = np.full(len(smooth), self.prior.scale)
        if known.shape[1]:
            cross += np.float32(TERM_VARIANCE) * (known @ own_terms.T)
            variance += TERM_VARIANCE * (known * known).sum(1)
        reduced = cross @ inverse
        variance -= np.einsum("ij,ij->i", reduced, reduced)
        means = (cross @ weights).astype(np.float64)
        return means, np.sqrt(np.maximum(variance, LEAST_VARIANCE))


def is_same(a: Columns, b: Columns) -> NDArray[np.bool_]:
    """Which rows of two sets are equal, shape `(len(a), len(b))`."""
    numbers: dict[bytes, int] = {}
    own, other = (
        np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows + 0.0])
        for rows in (a, b)
    )
    return np.asarray(own[:, None] == other)


def condition(
    features: Features, prior: Prior, smooth: Columns, terms: Columns, z: Values
) -> Posterior:
    """A function given its values, in O(N^3)."""
    empty = Posterior(features, prior, smooth[:0], terms[:0], np.zeros((0, 0)), z[:0])
    return empty.extended(smooth, terms, z)


def _inverse_factor(covariance: Values, least: float) -> Values:
    """The inverse of the lower factor of a covariance matrix whose rounding may have cost its rank."""
    try:
        factor = cholesky(covariance, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        # Points told twice under a tiny noise: their variance is what the noise leaves at least.
        raised = covariance + least * np.eye(len(covariance))
        factor = cholesky(raised, lower=True, check_finite=False)
    return np.asarray(np.tril(dtrtri(factor, lower=1)[0]))
