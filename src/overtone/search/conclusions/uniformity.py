"""Whether trials look like uniform draws of their space, so that a plain fit to them describes it."""

from typing import Final

import numpy as np
from scipy.special import chdtrc

from overtone.search.conclusions.known import Known
from overtone.space import INACTIVE, SearchSpace, cut
from overtone.spectrum.basis import Values

# That uniform draws do not look so.
CHANCE: Final = 1e-4
# Fewer values of a parameter than this for each of its levels tell nothing.
LEAST_EACH: Final = 3


def looks_uniform(space: SearchSpace, known: Known) -> bool:
    """Whether no parameter's levels are spread as uniform draws hardly ever are.

    By Pearson's chi-squared statistic, each parameter with its share of CHANCE.
    """
    codes = np.concatenate([known.codes, known.failed_codes])
    return all(
        _chance(codes[:, i], i, space) >= CHANCE / max(len(space), 1) for i in range(len(space))
    )


def _chance(column: Values, i: int, space: SearchSpace) -> float:
    partition = cut(space.parameters[i])
    levels = partition.levels(column)
    levels = levels[levels != INACTIVE]
    expected = len(levels) * partition.probabilities
    if len(expected) < 2 or len(levels) < LEAST_EACH * len(expected):
        return 1.0
    counts = np.bincount(levels, minlength=len(expected))
    return float(chdtrc(len(expected) - 1, float(((counts - expected) ** 2 / expected).sum())))
