"""The Gaussian posterior over all terms at once.

Independent priors alpha_S ~ N(0, v prod_{i in S} rho_i) on the coefficients of all products make the
covariance of the function a product over parameters, which is, up to a constant, exp(-sum_i l_i d_i(x, x'))
with d = 1[x != x'] for a choice (rho = tanh(l / 2) for two of them) and a squared distance for a number:
all 2^n terms at the cost of one Gaussian process.

Notation
    D    (G, N, N)  distances, summed over the parameters of G blocks
    l    (G,)       one rate a block: what a block's parameters share
    F    (N, m)     values of known terms, each with a prior variance of TERM_VARIANCE
    K               s exp(-sum_g l_g D_g) + TERM_VARIANCE F F' + noise * identity
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.linalg import LinAlgError
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from overtone.space import Categorical, Codes, SearchSpace, to_unit
from overtone.spectrum.basis import Values

# log-normal priors of rate, scale and noise (in units of the variance of y): without evidence of noise the
# function is taken to be nearly exact, and smooth.
PRIOR_MEAN: Final = (-2.5, 0.0, -3.9)
PRIOR_DEVIATION: Final = (1.5, 1.0, 1.5)
# A rate above e^-1 makes neighbours nearly independent: such a function cannot be told from noise.
BOUNDS: Final = ((-9.0, -1.0), (-3.0, 4.0), (-9.0, 1.0))
JITTER: Final = 1e-6
TERM_VARIANCE: Final = 1.0


@final
@dataclass(frozen=True, eq=False)
class Posterior:
    """The posterior at the points that it was fitted to.

    Attributes:
        means: of the function, in units of y, shape `(N,)`.
        noise: standard deviation of y around the function.
    """

    means: Values
    noise: float


def distances(space: SearchSpace, codes: Codes, members: list[int]) -> Values:
    """Pairwise distances summed over some parameters, shape `(N, N)`.

    A choice counts 1 where it differs, a number the square of twice the difference of its places in its
    range; a parameter that is inactive on one side counts 1/2, on both sides nothing.
    """
    total = np.zeros((len(codes), len(codes)))
    for i in members:
        parameter, column = space.parameters[i], codes[:, i]
        if isinstance(parameter, Categorical):
            apart = (column[:, None] != column[None]).astype(np.float64)
        else:
            place = 2 * to_unit(parameter, column)
            apart = (place[:, None] - place[None]) ** 2
        absent = np.isnan(column)
        apart[absent[:, None] != absent[None]] = 0.5
        apart[absent[:, None] & absent[None]] = 0.0
        total += apart
    return total


def fit_posterior(blocks: Values, terms: Values, y: Values) -> Posterior:
    """The posterior under the most probable rates, scale and noise.

    Args:
        blocks: D, shape `(G, N, N)`.
        terms: F, shape `(N, m)`.
        y: values, shape `(N,)`.
    """
    spread = float(y.std())
    # The deviation of equal values may be a rounding error.
    if spread == 0.0 or (y == y[0]).all():
        return Posterior(np.array(y), 0.0)
    z = (y - y.mean()) / spread
    g = len(blocks)
    known = TERM_VARIANCE * terms @ terms.T
    mean = np.array([PRIOR_MEAN[0]] * g + list(PRIOR_MEAN[1:]))
    deviation = np.array([PRIOR_DEVIATION[0]] * g + list(PRIOR_DEVIATION[1:]))
    bounds = [BOUNDS[0]] * g + list(BOUNDS[1:])

    def loss(theta: Values) -> float:
        prior = 0.5 * float((((theta - mean) / deviation) ** 2).sum())
        try:
            factor = cho_factor(_covariance(blocks, known, theta), lower=True, check_finite=False)
        except LinAlgError:
            return 1e10
        fit = 0.5 * float(z @ cho_solve(factor, z, check_finite=False))
        return fit + float(np.log(np.diag(factor[0])).sum()) + prior

    theta = minimize(loss, mean, method="L-BFGS-B", bounds=bounds, options={"maxiter": 40}).x
    weights = np.linalg.solve(_covariance(blocks, known, theta), z)
    variance = float(np.exp(theta[-1]))
    # K a = z, so the mean of the function is z - noise * a.
    return Posterior(y - spread * (variance + JITTER) * weights, spread * float(np.sqrt(variance)))


def _covariance(blocks: Values, known: Values, theta: Values) -> Values:
    rates, scale, noise = np.exp(theta[:-2]), np.exp(theta[-2]), np.exp(theta[-1])
    kernel = scale * np.exp(-np.tensordot(rates, blocks, axes=1)) + known
    kernel[np.diag_indices_from(kernel)] += noise + JITTER
    covariance: Values = kernel
    return covariance
