"""A sample and a residual packed into groups of samples, with the quantised table of each; see `lookup`."""

from typing import Final

import numpy as np

from overtone.spectrum.basis import Values
from overtone.spectrum.scan.arrays import Array, Packed, entry, inner

LEVELS: Final = 63
MOST_FAR: Final = 4
# Rounding of sums of |r| in float64, with room.
ROUNDING: Final = 1e-12


def count_far(descending: Values) -> int:
    """How many samples exceed the mean sum of |r| over a group of the others."""
    size = np.abs(descending[: MOST_FAR + 1])
    total = float(np.abs(descending).sum())
    for k in range(min(MOST_FAR, len(descending) - 1)):
        if size[k] * (len(descending) - k) <= 6 * total:
            return k
        total -= float(size[k])
    return min(MOST_FAR, len(descending) - 1)


def far_sums(far: Values) -> Values:
    """The signed sums over the samples outside all groups, by code."""
    codes = np.arange(2 ** len(far))[:, None]
    sums: Values = np.where(codes >> np.arange(len(far)) & 1, -far, far).sum(axis=1)
    return sums


@entry
def pack(r: Values, order: Array, signs: Array, packed: Packed) -> None:
    """Fill codes, rows, far, exact sums, table and scale.

    Samples are dealt to the groups in turn, largest |r| first and back and forth, which makes the
    groups' sums of |r| nearly equal: that makes the common step fine.
    """
    groups, far = len(packed.exact), int(np.log2(len(packed.base)) + 0.5)
    columns = signs.shape[1]
    slots = np.zeros((groups, 8))
    for k in range(len(order)):
        row = signs[order[k]]
        if k < far:
            for i in range(columns):
                packed.far[i] |= row[i] & np.uint8(1 << k)
            continue
        turn, g = divmod(k - far, groups)
        g = g if turn % 2 == 0 else groups - 1 - g
        slots[g, turn] = r[order[k]]
        bit, target = np.uint8(1 << turn), packed.codes[g]
        for i in range(columns):
            target[i] |= row[i] & bit
    for i in range(columns):
        for g in range(groups):
            packed.rows[i, g] = packed.codes[g, i]
    _tabulate(slots, packed)


@inner
def _tabulate(slots: Values, packed: Packed) -> None:
    """Fill the exact sums, their quantised table and its scale."""
    groups, codes = packed.exact.shape
    lanes = packed.table.shape[1]
    largest, total, error, far = 0.0, 0.0, 0.0, 0.0
    for g in range(groups):
        size = 0.0
        for s in range(6):
            size += abs(slots[g, s])
            # Always in this order, so that opposite codes have opposite sums.
            for c in range(codes):
                packed.exact[g, c] += slots[g, s] * (1 - 2 * ((c >> s) & 1))
        largest, total = max(largest, size), total + size
    for sums in packed.base:
        far = max(far, abs(sums))
    step = 2 * largest / LEVELS if largest > 0.0 else 1.0
    for g in range(groups):
        worst = 0.0
        for c in range(codes):
            level = min(max(np.rint(packed.exact[g, c] / step + LEVELS / 2), 0.0), LEVELS)
            worst = max(worst, abs((level - LEVELS / 2) * step - packed.exact[g, c]))
            packed.table[g, c] = level
        for c in range(codes, lanes):
            packed.table[g, c] = packed.table[g, c - codes]
        error += worst
    packed.scale[0] = step
    packed.scale[1] = error * (1 + ROUNDING) + ROUNDING * (total + far)
