"""What a further evaluation is worth."""

from typing import Final

import numpy as np
from scipy.special import log_ndtr, ndtr

from overtone.spectrum.basis import Values

LOG_ROOT_TAU: Final = 0.5 * float(np.log(2.0 * np.pi))
# Below this the ratio that the tail needs is 1 to all but a few digits, and the expansion is exact to 1e-6.
FAR: Final = -25.0
NEAR: Final = -1.0
# Whether trials succeed is never known better than this.
LEAST_DOUBT: Final = 0.025


def log_expected_improvement(means: Values, deviations: Values, best: float) -> Values:
    """The logarithm of E[max(best - f, 0)] for f ~ N(mean, deviation^2), shape `(C,)`.

    log(sd) + log h(u) with u = (best - mean) / sd and h(u) = phi(u) + u Phi(u) (Jones, Schonlau and Welch
    1998, eq. 15). The plain formula is exact to rounding for u > -1. Below, h is
    phi (1 - |u| Phi(u) / phi(u)), where log_ndtr keeps the ratio exact, down to u = -25; further down it is
    phi / u^2 (1 - 3 / u^2 + 15 / u^4).
    """
    u = (best - means) / deviations
    log_phi = -0.5 * u**2 - LOG_ROOT_TAU
    far, near = u < FAR, u > NEAR
    plain = np.where(near, u, 0.0)
    direct = np.log(np.exp(-0.5 * plain**2 - LOG_ROOT_TAU) + plain * ndtr(plain))
    middle = np.clip(u, FAR, NEAR)
    ratio = np.exp(log_ndtr(middle) + 0.5 * middle**2 + LOG_ROOT_TAU)
    tail = log_phi + np.log1p(-np.abs(middle) * ratio)
    square = np.where(far, u, FAR) ** 2
    expansion = log_phi - np.log(square) + np.log1p((15.0 / square - 3.0) / square)
    improvement = np.where(near, direct, np.where(far, expansion, tail))
    return np.asarray(np.log(deviations) + improvement)


def log_probability_of_success(means: Values, deviations: Values) -> Values:
    """The logarithm of the probability that a trial does not fail, shape `(C,)`.

    A function is 1 where trials succeed and -1 where they fail, and success is that it is positive. It counts
    as half as unsure as its posterior has it, since random failures draw the mean towards 0. What is known to
    fail has no chance at all then; a chance of some percent would be outweighed by an improvement that is not
    seen to be none, since a trial that fails has no value.
    """
    unsure = np.maximum(0.5 * deviations, LEAST_DOUBT)
    return np.asarray(log_ndtr(means / unsure))
