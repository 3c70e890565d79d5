"""The covariance of a function that has a Gaussian prior on every term at once.

Independent coefficients alpha_S ~ N(0, v prod_{j in S} rho_j) of all products make the covariance a product
over parameters, v prod_j (1 + rho_j kappa_j(x, x')), where kappa_j sums the products of the functions of one
parameter. For k unordered values kappa = k 1[x = x'] - 1, and up to a constant the covariance is
exp(-sum_j l_j d_j(x, x')) with d = 1[x != x'] and rho = (1 - e^-l) / (1 + (k - 1) e^-l); for numbers d is a
squared distance, whose functions decay with their order. All 2^n terms cost one matrix product.

Notation
    F, G       smooth features and curves of N points, see `features`
    l  (n,)    relevance of each parameter; 0 means that it does not matter
    D  (N, N)  sum_j l_j d_j
    P  (N, m)  values of recovered terms at the points, each with the prior variance TERM_VARIANCE
    share      l / (1 + l); additive * share is the prior variance of a column of G
    K          scale exp(-D) + additive G diag(share) G' + TERM_VARIANCE P P' + noise 1

A product of factors cannot be rough in one parameter and additive over all, as many systems are. The
functions G of one parameter can: they are there if some parameters are numbers; choices do without.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar, final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyr
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs
from scipy.optimize import minimize

from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.posterior.features import Features, differences

# The relevances are few large ones among many small: half-Cauchy around a global scale tau, which is learned.
# Each prior is of a logarithm; scale and noise are in units of the variance of the values.
TAU_PRIOR: Final = (-2.5, 1.0)
SCALE_PRIOR: Final = (0.0, 1.0)
NOISE_PRIOR: Final = (float(np.log(0.02)), 1.5)
ADDITIVE_PRIOR: Final = (-2.0, 2.0)
BOUNDS: Final = {
    "relevance": (-9.0, 4.0),
    "scale": (-3.0, 4.0),
    "noise": (-9.0, 1.0),
    "additive": (-9.0, 4.0),
    "tau": (-7.0, 1.0),
}
FIRST_NOISE: Final = 0.05
JITTER: Final = 1e-6
TERM_VARIANCE: Final = 1.0
Precision = TypeVar("Precision", np.float32, np.float64)
# What a loss is where the covariance cannot be factored: worse than any that can.
SINGULAR: Final = 1e10


@final
@dataclass(frozen=True)
class Hyperprior:
    """What is believed of a prior before a fit: of two of its logarithms a mean and a deviation.

    Attributes:
        noise, tau: of a prior's.
        first: the noise that a fit starts with.
    """

    noise: tuple[float, float] = NOISE_PRIOR
    tau: tuple[float, float] = TAU_PRIOR
    first: float = FIRST_NOISE


@final
@dataclass(frozen=True, eq=False)
class Prior:
    """What is believed of a function before its values are seen.

    Attributes:
        relevance: l, shape `(n,)`.
        scale: the variance of the function around its terms.
        noise: the variance of an observation around the function.
        additive: the variance of functions of one parameter, for a relevance that is large.
        tau: the global scale of the relevances.
    """

    relevance: Values
    scale: float
    noise: float
    additive: float
    tau: float

    @property
    def shares(self) -> Values:
        """L / (1 + l), shape `(n,)`."""
        return np.asarray(self.relevance / (1.0 + self.relevance))

    @property
    def theta(self) -> Values:
        """The logarithms of everything, shape `(n + 4,)`."""
        return np.asarray(
            np.log(np.append(self.relevance, [self.scale, self.noise, self.additive, self.tau]))
        )


def default_prior(n: int, expected: Hyperprior = Hyperprior()) -> Prior:
    """Where a fit of n parameters starts: all equally, and slightly, relevant."""
    tau = float(np.exp(expected.tau[0]))
    scale, additive = float(np.exp(SCALE_PRIOR[0])), float(np.exp(ADDITIVE_PRIOR[0]))
    return Prior(np.full(n, tau), scale, expected.first, additive, tau)


def squared_distances(a: NDArray[Precision], b: NDArray[Precision]) -> NDArray[Precision]:
    """|a_i - b_j|^2 for all rows, shape `(len(a), len(b))`, in the precision of the rows."""
    squares: NDArray[Precision] = (a * a).sum(1)[:, None] + (b * b).sum(1)
    squares -= 2 * (a @ b.T)
    np.maximum(squares, 0, out=squares)
    return squares


@final
@dataclass(frozen=True, eq=False)
class MarginalLikelihood:
    """How likely values are under a prior, times how likely the prior is.

    Attributes:
        features: of the space.
        smooth: F, shape `(N, M)`.
        curves: G, shape `(N, q)`; without columns, there are none.
        terms: P, shape `(N, m)`.
        z: values, of mean 0 and variance about 1, shape `(N,)`.
        expected: of the prior.
    """

    features: Features
    smooth: Columns
    curves: Columns
    terms: Columns
    z: Values
    expected: Hyperprior = Hyperprior()

    @cached_property
    def _curve_owners(self) -> NDArray[np.int64]:
        return self.features.curve_owners[: self.curves.shape[1]]

    @cached_property
    def _squares(self) -> Columns:
        return self.smooth**2

    @cached_property
    def _wide_differences(self) -> dict[int, Values]:
        """D_j / l_j of every wide choice, by its column."""
        return {c: differences(self.smooth[:, c], self.smooth[:, c]) for c in self.features.wide}

    def _wide_distances(self, relevance: Values) -> Values | float:
        owners = self.features.owners
        total: Values | float = 0.0
        for column, apart in self._wide_differences.items():
            total = total + float(relevance[owners[column]]) * apart
        return total

    def without_terms(self, prior: Prior) -> Values:
        """K but for P, shape `(N, N)`."""
        scaled = self.smooth * self.features.rates(prior.relevance)
        distances = squared_distances(scaled, scaled)
        distances += self._wide_distances(prior.relevance)
        covariance = prior.scale * np.exp(-distances)
        variances = prior.additive * prior.shares[self._curve_owners]
        covariance += self.curves * variances @ self.curves.T
        covariance[np.diag_indices_from(covariance)] += prior.noise + JITTER
        return covariance

    @cached_property
    def _known(self) -> Values:
        return TERM_VARIANCE * self.terms @ self.terms.T

    def __call__(self, theta: Values) -> tuple[float, Values]:
        """The negative logarithm of the posterior density of theta, and its gradient, shape `(n + 4,)`.

        With K = L L', a = K^-1 z, G = (K^-1 - a a') / 2 and W = G * scale exp(-D):
        -log N(z; 0, K) = a' z / 2 + sum log L_ii + const, its derivatives are sum W for the logarithm of the
        scale, noise tr G for the noise and -l_j sum W * d_j for a relevance (Rasmussen and Williams 2006,
        eq. 5.9). All d_j at once: sum_ii' W (F_i - F_i')^2 = 2 (W 1)' F^2 - 2 sum F * (W F). The share of a
        column g of curves has the slope additive g' ((K^-1 - a a') / 2) g.
        """
        n = len(self.features)
        relevance, scale, noise, additive = np.exp(theta[:n]), *np.exp(theta[n : n + 3])
        shares = relevance / (1.0 + relevance)
        scaled = self.smooth * self.features.rates(relevance)
        product = squared_distances(scaled, scaled)
        product += self._wide_distances(relevance)
        np.exp(-product, out=product)
        product *= scale
        weighted = self.curves * (additive * shares)[self._curve_owners]
        covariance = product + self._known + weighted @ self.curves.T
        covariance[np.diag_indices_from(covariance)] += noise + JITTER
        factor, failed = dpotrf(covariance, lower=1, overwrite_a=0)
        if failed:
            return SINGULAR, np.zeros_like(theta)
        weights = dpotrs(factor, self.z, lower=1)[0]
        loss = 0.5 * self.z @ weights + np.log(np.diag(factor)).sum()
        # The factor is zero above its diagonal, so this is too.
        lower = dsyr(-1.0, weights, a=dpotri(factor, lower=1)[0], lower=1, overwrite_a=1)
        half = 0.5 * (lower + lower.T)
        half[np.diag_indices_from(half)] *= 0.5
        noise_slope = noise * np.trace(half)
        by_curve = (weighted * (half @ self.curves)).sum(0)
        curve_slope = np.bincount(self._curve_owners, by_curve, minlength=n)
        half *= product
        spread = 2.0 * (half.sum(1) @ self._squares)
        spread -= 2.0 * (self.smooth * (half @ self.smooth)).sum(0)
        for column, apart in self._wide_differences.items():
            spread[column] = (half * apart).sum()
        gradient = np.empty_like(theta)
        gradient[:n] = -relevance * np.bincount(self.features.owners, spread, minlength=n)
        gradient[:n] += curve_slope * (1.0 - shares)
        gradient[n:] = half.sum(), noise_slope, curve_slope.sum(), 0.0
        prior, prior_slope = _prior_loss(theta, self.expected)
        return float(loss) + prior, gradient + prior_slope


def _prior_loss(theta: Values, expected: Hyperprior) -> tuple[float, Values]:
    """The negative log density of theta, up to a constant, and its gradient.

    l_j ~ half-Cauchy(tau): the density of log l_j is proportional to (l / tau) / (1 + (l / tau)^2).
    """
    n = len(theta) - 4
    ratio = np.exp(np.minimum(theta[:n] - theta[-1], 50.0))
    loss = (np.log1p(ratio**2) - theta[:n] + theta[-1]).sum()
    slope = np.zeros_like(theta)
    slope[:n] = 2.0 * ratio**2 / (1.0 + ratio**2) - 1.0
    slope[-1] = -slope[:n].sum()
    priors = (SCALE_PRIOR, expected.noise, ADDITIVE_PRIOR, expected.tau)
    for place, (mean, deviation) in enumerate(priors, start=n):
        loss += 0.5 * ((theta[place] - mean) / deviation) ** 2
        slope[place] += (theta[place] - mean) / deviation**2
    return float(loss), slope


def relevance_loss(relevance: float, tau: float) -> float:
    """The negative log density of log l for one relevance, up to a constant, as in the loss of a fit."""
    ratio = relevance / tau
    return float(np.log1p(ratio**2) - np.log(ratio))


def fit_prior(
    likelihood: MarginalLikelihood, start: Prior, *, iterations: int
) -> tuple[Prior, float]:
    """The most probable prior near a start, and its loss.

    Args:
        likelihood: of the values.
        start: where the search begins; fits after every few trials start from the last one.
        iterations: of L-BFGS-B.
    """
    n = len(likelihood.features)
    bounds = [BOUNDS["relevance"]] * n + [
        BOUNDS[name] for name in ("scale", "noise", "additive", "tau")
    ]
    lower, upper = np.array(bounds).T
    found = minimize(
        likelihood,
        np.clip(start.theta, lower, upper),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": iterations, "maxfun": 2 * iterations},
    )
    values = np.exp(found.x)
    scale, noise, additive, tau = (float(value) for value in values[n:])
    return Prior(values[:n], scale, noise, additive, tau), float(found.fun)
