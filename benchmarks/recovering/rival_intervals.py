"""Intervals that the package's are compared with: of least squares, and of a bootstrap."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy import stats

from overtone.spectrum.recovery.intervals import Bounds, ConfidenceIntervals, around, centred
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
        Z = centred(sample, choice.groups)
        gram = np.linalg.pinv(Z.T @ Z, hermitian=True)
        b = gram @ (Z.T @ sample.centred)
        residual = sample.centred - Z @ b
        free = max(len(Z) - 1 - len(b), 1)
        errors = np.sqrt(residual @ residual / free * np.diag(gram))
        return around(b, errors, float(stats.t.ppf((1 + level) / 2, free)))


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
