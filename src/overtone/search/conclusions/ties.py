"""Settings that the trials cannot tell apart: whenever one had another value, so had the others."""

from typing import Final

import numpy as np

from overtone.search.conclusions.known import Known
from overtone.space import Categorical, SearchSpace
from overtone.spectrum.basis import Values

# Fewer trials are alike by chance.
LEAST_ROWS: Final = 8
# A number whose values have so many trials each, in the mean, has few values.
EACH: Final = 4


def ties_of(space: SearchSpace, known: Known) -> tuple[tuple[int, ...], ...]:
    """Groups of parameters that say each other's value in all trials; constant ones are in none.

    Choices, and numbers of few values, up to the names of values; other numbers up to their order, or its
    reverse: of values that all differ any two would say each other's.
    """
    codes = np.concatenate([known.codes, known.failed_codes])
    if len(known.y) < LEAST_ROWS:
        return ()
    groups: dict[tuple[bool, bytes], list[int]] = {}
    for i, parameter in enumerate(space.parameters):
        column = np.nan_to_num(codes[:, i], nan=np.inf)
        few = isinstance(parameter, Categorical) or len(np.unique(column)) * EACH <= len(column)
        pattern = _appearance(column) if few else _order(column)
        if (pattern != pattern[0]).any():
            groups.setdefault((few, pattern.tobytes()), []).append(i)
    return tuple(tuple(members) for members in groups.values() if len(members) > 1)


def _appearance(column: Values) -> Values:
    """The number of each value in the order of appearance."""
    _, first, numbers = np.unique(column, return_index=True, return_inverse=True)
    ranks = np.argsort(np.argsort(first))
    return np.asarray(ranks[numbers.reshape(-1)], dtype=np.float64)


def _order(column: Values) -> Values:
    """The number of each value in the order of size, from the end that makes the first one smaller."""
    _, numbers = np.unique(column, return_inverse=True)
    up = numbers.reshape(-1).astype(np.float64)
    down = up.max() - up
    differing = np.flatnonzero(up != down)
    return down if len(differing) and down[differing[0]] < up[differing[0]] else up
