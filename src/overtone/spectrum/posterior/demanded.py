"""Terms that the values demand beside what the smooth part of a posterior explains.

A product of three settings has almost no mass under a prior that decays with the degree, while sparse
recovery finds it from a hundred samples. So terms found by recovery join the covariance, each with a wide
variance, if the evidence for them, inside the posterior, exceeds what the best of so many shows by chance.

Notation, beside that of `kernel`
    C    (N, q)  functions of one parameter at the points; terms are products of columns of different owners
    phi  (N,)    the values of a term
    Q            phi' K^-1 z, and s = phi' K^-1 phi
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from overtone.spectrum.basis import Basis, Columns, Family, Group, Values
from overtone.spectrum.posterior.prior import JITTER, TERM_VARIANCE, MarginalLikelihood, Prior
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.fastest import scanner_for

Terms: TypeAlias = tuple[Group, ...]

DEGREE: Final = 3
MOST_TERMS: Final = 15
ROWS_PER_TERM: Final = 4
LISTED: Final = 32
# Nats above the logarithm of the number of terms of a degree.
COST: Final = 1.0
# A choice of more values than this is left to the smooth part.
MOST_LEVELS: Final = 6
# Matrix products scan this many in milliseconds: no search should wait for compiled loops instead.
MOST_BLOCKED: Final = 300_000
# Products of columns that are not signs are scanned by matrix products: beyond this, pairs only.
MOST_REAL_COLUMNS: Final = 130


@final
@dataclass(frozen=True, eq=False)
class Functions:
    """The functions of one parameter that terms are made of: orthonormal, but for indicators.

    Attributes:
        levels: the number of unordered values of each parameter, 0 for a number, shape `(n,)`.
    """

    levels: NDArray[np.int64]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The functions of each parameter: two polynomials, a parity, or one indicator a value."""
        several = np.where(self.levels <= MOST_LEVELS, self.levels, 0)
        return np.where(self.levels == 0, 2, np.where(self.levels == 2, 1, several))

    @cached_property
    def basis(self) -> Basis:
        """The functions as columns that each are an atom of their own."""
        return Basis(tuple(Family("", np.zeros((1, count)), False, ("",)) for count in self.counts))

    def columns(self, units: Values, active: NDArray[np.bool_]) -> Columns:
        """C of shape `(N, q)`, 0 where a parameter is inactive."""
        owners, orders = self.basis.owners, self.basis.orders
        wide, levels = units[:, owners], self.levels[owners]
        place = 2.0 * wide - 1.0
        linear, bent = np.sqrt(3.0) * place, np.sqrt(5.0) * (1.5 * place**2 - 0.5)
        number = np.where(orders == 1, linear, bent)
        share = 1.0 / np.maximum(levels, 2)
        indicator = ((wide == orders - 1) - share) / np.sqrt(share * (1.0 - share))
        values = np.where(levels == 0, number, np.where(levels == 2, place, indicator))
        return np.asarray(values * active[:, owners])

    def terms(self, columns: Columns, terms: Terms) -> Columns:
        """P of shape `(N, m)`."""
        if not terms:
            return np.zeros((len(columns), 0))
        return np.stack([columns[:, list(term)].prod(axis=1) for term in terms], axis=1)


def demanded(
    functions: Functions, columns: Columns, likelihood: MarginalLikelihood, prior: Prior
) -> Terms:
    """The terms that the values demand, the strongest first.

    Greedy: the gain of a term is (r - 1 - log r) / 2 with r = Q^2 / s (the fast marginal likelihood of
    Tipping and Faul 2003), less the logarithm of the number of terms of its degree, as in the risk inflation
    criterion.

    Args:
        functions: of one parameter.
        columns: C, shape `(N, q)`.
        likelihood: of the values; its own terms do not count.
        prior: of what the terms are to explain more than.
    """
    z = likelihood.z
    covariance = likelihood.without_terms(prior)
    inverse = cho_solve(cho_factor(covariance, lower=True), np.eye(len(z)))
    is_signs = bool((np.abs(columns) == 1.0).all())
    degree = DEGREE if is_signs or columns.shape[1] <= MOST_REAL_COLUMNS else DEGREE - 1
    costs = np.log(np.maximum(functions.basis.count_groups(degree), 1)) + COST
    is_small = sum(functions.basis.count_groups(degree)) <= MOST_BLOCKED
    make = BlockedScanner if is_small else scanner_for
    scanner = make(functions.basis, columns, np.sqrt(costs))
    chosen: list[Group] = []
    most = min(MOST_TERMS, len(z) // ROWS_PER_TERM)
    while len(chosen) < most:
        before = len(chosen)
        listed = scanner((inverse @ z)[None], keep=LISTED)[0].groups
        candidates = [group for group in listed if group not in chosen]
        while candidates and len(chosen) < most:
            values = functions.terms(columns, tuple(candidates))
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
