"""Terms that the values demand beside what the smooth part of a posterior explains.

A product of three settings has almost no mass under a prior that decays with the degree, while sparse
recovery finds it from a hundred samples. So terms found by recovery join the covariance, each with a wide
variance, if the evidence for them, inside the posterior, exceeds what the best of so many shows by chance.

Notation, beside that of `prior`
    C    (N, r)  factors of terms, see `features`
    phi  (N,)    the values of a term
    Q            phi' K^-1 z, and s = phi' K^-1 phi
"""

from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from overtone.spectrum.basis import Columns, Group
from overtone.spectrum.posterior.features import Terms, products
from overtone.spectrum.posterior.prior import JITTER, TERM_VARIANCE, MarginalLikelihood, Prior
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.fastest import scanner_for

DEGREE: Final = 3
MOST_TERMS: Final = 15
ROWS_PER_TERM: Final = 4
LISTED: Final = 32
# Nats above the logarithm of the number of terms of a degree.
COST: Final = 1.0
# Matrix products scan this many in milliseconds: no search should wait for compiled loops instead.
MOST_BLOCKED: Final = 300_000
# Products of columns that are not signs are scanned by matrix products: beyond this, pairs only.
MOST_REAL_COLUMNS: Final = 130


def demanded(factors: Columns, likelihood: MarginalLikelihood, prior: Prior) -> Terms:
    """The terms that the values demand, the strongest first.

    Greedy: the gain of a term is (r - 1 - log r) / 2 with r = Q^2 / s (the fast marginal likelihood of
    Tipping and Faul 2003), less the logarithm of the number of terms of its degree, as in the risk inflation
    criterion.

    Args:
        factors: C, shape `(N, r)`.
        likelihood: of the values; its own terms do not count.
        prior: of what the terms are to explain more than.
    """
    z, atoms = likelihood.z, likelihood.features.atoms
    covariance = likelihood.without_terms(prior)
    inverse = cho_solve(cho_factor(covariance, lower=True), np.eye(len(z)))
    is_signs = bool((np.abs(factors) == 1.0).all())
    degree = DEGREE if is_signs or factors.shape[1] <= MOST_REAL_COLUMNS else DEGREE - 1
    costs = np.log(np.maximum(atoms.count_groups(degree), 1)) + COST
    is_small = sum(atoms.count_groups(degree)) <= MOST_BLOCKED
    make = BlockedScanner if is_small else scanner_for
    scanner = make(atoms, factors, np.sqrt(costs))
    chosen: list[Group] = []
    most = min(MOST_TERMS, len(z) // ROWS_PER_TERM)
    while len(chosen) < most:
        before = len(chosen)
        listed = scanner((inverse @ z)[None], keep=LISTED)[0].groups
        candidates = [group for group in listed if group not in chosen]
        while candidates and len(chosen) < most:
            values = products(factors, tuple(candidates))
            solved = inverse @ values
            s = np.maximum((values * solved).sum(0), JITTER)
            ratio = np.maximum((solved.T @ z) ** 2 / s, 1.0)
            gain = 0.5 * (ratio - 1.0 - np.log(ratio)) - costs[[len(c) - 1 for c in candidates]]
            best = int(np.argmax(gain))
            if gain[best] <= 0.0:
                break
            chosen.append(candidates.pop(best))
            step = TERM_VARIANCE / (1.0 + TERM_VARIANCE * s[best])
            inverse -= step * np.outer(solved[:, best], solved[:, best])
        if len(chosen) == before:
            break
    return tuple(chosen)
