"""Differences between points, where it is uncertain how much a parameter matters.

The most probable relevance of a parameter is often nearly none when noise hides what it does: a posterior
under it alone is then sure that the parameter does nothing. So a difference between points that differ in one
parameter is averaged over that parameter's relevance, by its posterior on a grid with all else as it is.

Notation, beside that of `posterior`
    l     relevance of the parameter: its most probable one, and those of GRID
    w     weights of the relevances, p(z | l) p(l), where p is the half-Cauchy density of log l
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky, solve_triangular

from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.posterior.posterior import Posterior, is_same
from overtone.spectrum.posterior.prior import TERM_VARIANCE, relevance_loss

GRID: Final = (0.02, 0.06, 0.2, 0.6, 2.0, 6.0)
# Relevances that are less probable than the most probable one by this many nats count nothing.
IMPROBABLE: Final = 6.0
Moments: TypeAlias = tuple[Values, Values]


@final
@dataclass(frozen=True, eq=False)
class Differences:
    """Differences of a function between some points and the first of them.

    Attributes:
        posterior: of the function.
        smooth, terms: of the points, shapes `(C, M)` and `(C, m)`.
    """

    posterior: Posterior
    smooth: Columns
    terms: Columns

    def of(
        self, parameter: int, points: NDArray[np.int64], hypotheses: Sequence[bool]
    ) -> list[Moments]:
        """Means and variances of f(point) - f(first), of points that differ from it in one parameter.

        Args:
            parameter: that they differ in.
            points: their places, shape `(k,)`.
            hypotheses: whether runs are exact, as for `Posterior.joint`; the moments are under each.
        """
        p, features = self.posterior, self.posterior.features
        places = np.append(0, points)
        rows = self.smooth[places]
        between = features.distances(parameter, p.smooth, p.smooth)
        across = features.distances(parameter, p.smooth, rows)
        among = features.distances(parameter, rows, rows)
        own_terms = TERM_VARIANCE * self.terms[places] @ self.terms[places].T
        met, same = p.noise * self._met[:, places], p.noise * is_same(rows, rows)
        best = float(p.prior.relevance[parameter])
        losses: list[float] = []
        moments: list[list[Moments]] = [[] for _ in hypotheses]
        for relevance in (best, *(r for r in GRID if r > best)):
            further = relevance - best
            covariance = self._smooth * np.exp(-further * between) + self._known
            factor = _factor(covariance, p.noise)
            if factor is None:
                continue
            z = solve_triangular(factor, p.z, lower=True, check_finite=False)
            loss = 0.5 * float(z @ z) + float(np.log(np.diag(factor)).sum())
            loss += relevance_loss(relevance, p.prior.tau)
            if losses and loss > losses[0] + IMPROBABLE:
                break
            losses.append(loss)
            cross = self._smooth_cross[:, places] * np.exp(-further * across)
            cross += self._known_cross[:, places]
            own = self._smooth_own[np.ix_(places, places)] * np.exp(-further * among) + own_terms
            for found, exact in zip(moments, hypotheses, strict=True):
                v = solve_triangular(
                    factor, cross + met if exact else cross, lower=True, check_finite=False
                )
                found.append(_from_first(v.T @ z, (own + same if exact else own) - v.T @ v))
        return [_mixed(losses, found) for found in moments]

    @cached_property
    def _smooth(self) -> Values:
        """The smooth part of the covariance of the observed points, `(N, N)`."""
        p = self.posterior
        return p.covariance(p.smooth, p.terms[:, :0], p.smooth, p.terms[:, :0])

    @cached_property
    def _known(self) -> Values:
        """What the terms add to it."""
        return np.asarray(TERM_VARIANCE * self.posterior.terms @ self.posterior.terms.T)

    @cached_property
    def _smooth_cross(self) -> Values:
        p = self.posterior
        return p.covariance(p.smooth, p.terms[:, :0], self.smooth, self.terms[:, :0])

    @cached_property
    def _known_cross(self) -> Values:
        return np.asarray(TERM_VARIANCE * self.posterior.terms @ self.terms.T)

    @cached_property
    def _smooth_own(self) -> Values:
        none = self.terms[:, :0]
        return self.posterior.covariance(self.smooth, none, self.smooth, none)

    @cached_property
    def _met(self) -> Values:
        """1 where a point is one of the observed ones."""
        return is_same(self.posterior.smooth, self.smooth).astype(np.float64)


def _factor(covariance: Values, noise: float) -> Values | None:
    """The lower factor of a covariance with noise; None if rounding has cost it its rank."""
    covariance[np.diag_indices(len(covariance))] += noise
    try:
        return np.asarray(cholesky(covariance, lower=True, check_finite=False))
    except LinAlgError:
        return None


def _from_first(means: Values, covariance: Values) -> Moments:
    """Means and variances of the differences from the first."""
    variances = np.diag(covariance) + covariance[0, 0] - 2 * covariance[0]
    return means[1:] - means[0], np.maximum(variances[1:], 0.0)


def _mixed(losses: list[float], moments: list[Moments]) -> Moments:
    """Mean and variance of a mixture."""
    weights = np.exp(min(losses) - np.array(losses))
    weights /= weights.sum()
    means = np.array([mean for mean, _ in moments])
    variances = np.array([variance for _, variance in moments])
    mean = weights @ means
    return mean, weights @ (variances + (means - mean) ** 2)
