"""Confidence intervals of the coefficients of chosen terms.

Notation
    Z    (N, m)  centred values of the chosen terms
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

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


def centred(sample: Sample, groups: tuple[Group, ...]) -> Columns:
    """Z of some groups, shape `(N, m)`."""
    columns = sample.columns_of(groups)
    centred: Columns = columns - columns.mean(axis=0)
    return centred


def around(middle: Values, errors: Values, factor: float) -> Bounds:
    """Intervals of so many errors on both sides."""
    return Bounds(middle - factor * errors, middle + factor * errors)
