"""The belief after some trials: the prior, the scale and the posterior that make them most probable."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.noise import Noise, alike, within
from overtone.search.conclusions.scale import Scale, scales
from overtone.search.spectral.coding import Coding, coding_of
from overtone.search.spectral.fitting import fit_at_once
from overtone.space import Codes, SearchSpace
from overtone.space.streams import stream
from overtone.spectrum.basis import Values
from overtone.spectrum.posterior.posterior import condition
from overtone.spectrum.posterior.prior import Hyperprior
from overtone.spectrum.threads import one_blas_thread
from overtone.spectrum.units import deviation_of

LEAST_ROWS: Final = 4
# The prior is fitted to the best rows and others drawn from the rest, and the posterior given more of them.
FIT_ROWS: Final = 200
MOST_ROWS: Final = 320
# A logarithmic scale is taken if it makes each value more probable by so many nats, an odd one if by twice as
# many. What is a sum in the metric's own units is one on no other scale: such sums were at most 0.6 nats a
# value more probable on the first and 1.1 on the second, values over orders of magnitude 3.6 to 17.
WORTH_BENDING: Final = 0.75
# With less than this, what a difference is on the metric's own scale is possible as well. Of a pipeline that
# is no product the logarithm of one branch made values more probable by 0.9 nats, and two settings that cost
# 0.18 and 0.02 make up for each other: they cost 0.26.
SURELY_BENT: Final = 1.5
# What is a product is predicted well on its logarithm; other values near 0 are spread there for no reason.
LEAST_ODD_SCORE: Final = 0.9
# Fewer values that no model chose do not bound the variance over the space.
LEAST_ANCHORS: Final = 8
# The least noise that is believed to be one, as a share of the variance of the values.
LEAST_NOISE: Final = 1e-6


def believe(
    space: SearchSpace, codes: Codes, y: Values, unchosen: NDArray[np.bool_], noise: Noise
) -> Belief | None:
    """The belief after some trials; None before there are LEAST_ROWS, or if all have one value.

    Args:
        space: the parameters.
        codes: configurations of the trials in the order of their numbers, shape `(N, n)`.
        y: their values, shape `(N,)`.
        unchosen: which of them no model chose, shape `(N,)`.
        noise: what equal configurations have shown, of these trials and perhaps of others.
    """
    if len(y) < LEAST_ROWS or deviation_of(y) == 0.0 or (y == y[0]).all():
        return None
    if noise.is_none:
        _, first = np.unique(alike(codes), return_index=True)
        codes, y, unchosen = codes[first], y[first], unchosen[first]
    with one_blas_thread():
        coding = coding_of(space, codes)
        anchors = y[unchosen] if unchosen.any() else y
        linear, *others = (
            _believed(coding, codes, y, scale, noise) for scale in scales(y, anchors)
        )
        each = min(len(y), FIT_ROWS)
        worth = [
            (evidence, found)
            for evidence, found in others
            if _is_worth((evidence - linear[0]) / each, found)
        ]
        evidence, best = max(worth, key=lambda one: one[0], default=linear)
        is_sure = best is linear[1] or _is_sure((evidence - linear[0]) / each, best)
        if coding.is_number.any():
            rough = _believed(replace(coding, is_rough=True), codes, y, best.scale, noise)
            best = rough[1] if rough[0] > evidence else best
        return replace(
            best,
            most_variance=_most_variance(best.scale.of(anchors) / best.spread),
            rival=None if is_sure else linear[1],
        )


def _is_worth(nats: float, found: Belief) -> bool:
    """Whether a logarithmic scale that makes each value more probable by so many nats is taken."""
    if not found.scale.is_odd:
        return nats > WORTH_BENDING
    return nats > 2 * WORTH_BENDING and found.score > LEAST_ODD_SCORE


def _is_sure(nats: float, found: Belief) -> bool:
    """Whether nothing speaks for the metric's own scale any more, where a logarithmic one is taken."""
    return nats > SURELY_BENT * (2 if found.scale.is_odd else 1)


def _most_variance(z: Values) -> float:
    """The upper end of the chi-squared interval of 90 % of a variance, from draws that are about uniform."""
    if len(z) < LEAST_ANCHORS:
        return np.inf
    # chdtri(k, p) is exceeded with probability p.
    return float(((z - z.mean()) ** 2).sum() / chdtri(len(z) - 1, 0.95))


def _believed(
    coding: Coding, codes: Codes, y: Values, scale: Scale, noise: Noise
) -> tuple[float, Belief]:
    """How probable the values are on a scale, and the belief on it."""
    z = scale.of(y)
    centre, spread = float(z.mean()), deviation_of(z)
    z = (z - centre) / spread
    fitted, given = _rows(y, FIT_ROWS), _rows(y, MOST_ROWS)
    fit, loss = fit_at_once(coding, codes[fitted], z[fitted], _expected(codes, z, noise))
    evidence = scale.log_slopes(y[fitted]) - loss - len(fitted) * float(np.log(spread))
    units = coding.units(codes[given])
    posterior = condition(coding.features, fit.prior, *fit.design(units), z[given])
    return evidence, Belief(fit, posterior, scale, centre, spread, units, y[given], noise)


def _rows(y: Values, most: int) -> NDArray[np.int64]:
    """The rows of the best half of `most` values and of others drawn from the rest, in order."""
    if len(y) <= most:
        return np.arange(len(y))
    order = np.argsort(y, kind="stable")
    drawn = stream("rows of a belief", len(y)).permutation(order[most // 2 :])[: most - most // 2]
    return np.sort(np.concatenate([order[: most // 2], drawn]))


def _expected(codes: Codes, z: Values, noise: Noise) -> Hyperprior:
    """What repeats say of the noise, before a fit; what nobody expects is nothing."""
    if not noise.is_seen:
        return Hyperprior()
    squares, repeats = within(alike(codes), z)
    if not repeats:
        return Hyperprior()
    variance = max(squares / repeats, LEAST_NOISE)
    return Hyperprior(noise=(float(np.log(variance)), float(np.sqrt(2.0 / repeats))))
