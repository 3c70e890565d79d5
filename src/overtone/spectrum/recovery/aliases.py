"""Parameters that a sample cannot tell apart.

A parameter that has one level in the whole sample says nothing. Two parameters whose levels determine each
other are one: their terms are equal columns up to a rotation, and no fit can choose between them. The first
of them stands for all, and whoever reads the fit is told their names.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from overtone.space import INACTIVE, Levels
from overtone.spectrum.basis import Basis


@final
@dataclass(frozen=True)
class Aliases:
    """What a sample can tell apart.

    Attributes:
        kept: the parameters that stand for themselves and their aliases, in order.
        constant: the parameters that did not vary.
        merged: sets of parameters that vary together, the kept one first.
    """

    kept: tuple[int, ...]
    constant: tuple[int, ...]
    merged: tuple[tuple[int, ...], ...]


def distinct_parameters(basis: Basis, levels: Levels) -> Aliases:
    """Sort the parameters into those that vary on their own, constant ones and copies."""
    constant = np.flatnonzero((levels == levels[:1]).all(axis=0)).tolist()
    copies: dict[tuple[bytes, bytes, int], list[int]] = {}
    differs = np.ascontiguousarray((levels != levels[:1]).T)
    has_two = ((levels == levels.min(axis=0)) | (levels == levels.max(axis=0))).all(axis=0)
    for i in sorted(set(range(len(basis))) - set(constant)):
        family = basis.families[i]
        if family.levels == 2 and has_two[i]:
            # Two values by first appearance: the usual case, and fast.
            copies.setdefault((differs[i].tobytes(), b"", 2), []).append(i)
            continue
        column = levels[:, i]
        # Relabelled by first appearance: equal for any two columns that determine each other. The order of
        # levels matters to polynomials on them, so those are copies only level by level.
        free = family.is_grouped or family.levels == 2
        labels = _by_appearance(column) if free else column
        # With all levels and inactivity in the sample, a parameter has one value more than its functions can
        # tell apart at will, so it matters which one is the 0.
        is_full = len(np.unique(column)) > family.levels
        apart = (column == INACTIVE).tobytes() if is_full else b""
        copies.setdefault((labels.tobytes(), apart, family.levels), []).append(i)
    merged = sorted(tuple(members) for members in copies.values())
    return Aliases(
        tuple(members[0] for members in merged),
        tuple(constant),
        tuple(members for members in merged if len(members) > 1),
    )


def _by_appearance(column: Levels) -> Levels:
    _, first, inverse = np.unique(column, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)
