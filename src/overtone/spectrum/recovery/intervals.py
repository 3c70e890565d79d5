"""Confidence intervals of the coefficients of chosen terms.

Notation
    Z    (N, m)  centred values of the chosen terms
    y    (N,)    centred values
    b    (m,)    coefficients
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtri

from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.recovery.rule import Selection
from overtone.spectrum.recovery.sample import Sample


@final
@dataclass(frozen=True, eq=False)
class Bounds:
    """Lower and upper ends of intervals, shape `(m,)` each."""

    low: Values
    high: Values


class ConfidenceIntervals(ABC):
    """How intervals are made for the terms of a choice."""

    @abstractmethod
    def bounds(
        self, sample: Sample, choice: Selection, *, level: float, rng: np.random.Generator
    ) -> Bounds:
        """Intervals that hold each coefficient with probability `level`, were the terms not chosen.

        They are in the units of the sample's values.
        """


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


def centred(sample: Sample, groups: tuple[Group, ...]) -> Columns:
    """Z of some groups, shape `(N, m)`."""
    columns = sample.columns_of(groups)
    centred: Columns = columns - columns.mean(axis=0)
    return centred


def around(middle: Values, errors: Values, factor: float) -> Bounds:
    """Intervals of so many errors on both sides."""
    return Bounds(middle - factor * errors, middle + factor * errors)
