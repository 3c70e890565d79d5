"""Settings that the trials cannot tell apart: whenever one had another value, so had the others."""

from typing import Final

import numpy as np

from overtone.search.conclusions.known import Known
from overtone.spectrum.basis import Values

LEAST_ROWS: Final = 4


def ties_of(known: Known) -> tuple[tuple[int, ...], ...]:
    """Groups of parameters whose values say each other's in all trials; constant ones are in none."""
    if len(known.y) < LEAST_ROWS:
        return ()
    groups: dict[bytes, list[int]] = {}
    for i in range(known.codes.shape[1]):
        pattern = _pattern(known.codes[:, i])
        if pattern.any():
            groups.setdefault(pattern.tobytes(), []).append(i)
    return tuple(tuple(members) for members in groups.values() if len(members) > 1)


def _pattern(column: Values) -> Values:
    """The number of each value in the order of appearance."""
    _, first, numbers = np.unique(
        np.nan_to_num(column, nan=np.inf), return_index=True, return_inverse=True
    )
    ranks = np.argsort(np.argsort(first))
    return np.asarray(ranks[numbers.reshape(-1)], dtype=np.float64)
