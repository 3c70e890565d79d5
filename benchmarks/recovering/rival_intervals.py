"""Intervals that the package's are compared with: of least squares, the debiased Lasso, a bootstrap."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.special import ndtri

from overtone.spectrum.recovery.intervals import Bounds, ConfidenceIntervals, around, centred
from overtone.spectrum.recovery.rivals import student
from overtone.spectrum.recovery.rule import Selection
from overtone.spectrum.recovery.sample import Sample

RESAMPLES: Final = 400


@final
@dataclass(frozen=True)
class LeastSquares(ConfidenceIntervals):
    """Student's intervals of least squares on the chosen terms."""

    def bounds(
        self, sample: Sample, choice: Selection, *, level: float, rng: np.random.Generator
    ) -> Bounds:
        """The interval b +- t noise sqrt((Z'Z)^-1)."""
        del rng
        return student(centred(sample, choice.groups), sample.centred, level)


@final
@dataclass(frozen=True)
class DebiasedLasso(ConfidenceIntervals):
    """The Lasso, one step towards least squares in each coordinate.

    Under uniform sampling all terms are uncorrelated, so the inverse covariance that the step needs is known
    (Javanmard and Montanari 2014): with a Lasso of k coefficients and residual r,

        b_j + Z_j' r / (|Z_j|^2 (1 - k/N)),    with error |r| / (sqrt(N) (1 - k/N) |Z_j|)

    The error holds what the Lasso has not explained, noise or not.
    """

    def bounds(
        self, sample: Sample, choice: Selection, *, level: float, rng: np.random.Generator
    ) -> Bounds:
        """The interval about the corrected coefficients of the Lasso that the choice began with."""
        del rng
        shrunk = choice.shrunk
        flat = np.concatenate([np.zeros(0), *shrunk.coefficients])
        residual = sample.centred - centred(sample, shrunk.groups) @ flat
        n = len(residual)
        left = 1 - min(len(flat), n - 1) / n
        of_group = dict(zip(shrunk.groups, shrunk.coefficients, strict=True))
        lasso = np.concatenate(
            [
                np.zeros(0),
                *(
                    of_group.get(group, np.zeros(len(c)))
                    for group, c in zip(choice.groups, choice.coefficients, strict=True)
                ),
            ]
        )
        Z = centred(sample, choice.groups)
        energy = np.einsum("nm,nm->m", Z, Z)
        b = lasso + Z.T @ residual / (energy * left)
        errors = np.linalg.norm(residual) / (np.sqrt(n * energy) * left)
        return around(b, errors, float(ndtri((1 + level) / 2)))


@final
@dataclass(frozen=True)
class PairsBootstrap(ConfidenceIntervals):
    """Quantiles of least squares on the chosen terms over resampled rows."""

    def bounds(
        self, sample: Sample, choice: Selection, *, level: float, rng: np.random.Generator
    ) -> Bounds:
        """The quantiles of RESAMPLES fits."""
        n = len(sample.y)
        Z = np.column_stack([np.ones(n), sample.columns_of(choice.groups)])
        drawn = rng.integers(n, size=(RESAMPLES, n))
        fits = [np.linalg.lstsq(Z[rows], sample.y[rows], rcond=1e-10)[0][1:] for rows in drawn]
        low, high = np.quantile(fits, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return Bounds(low, high)
