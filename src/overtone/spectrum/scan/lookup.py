"""The strongest products of signs by table lookup: the same answers as `blocked`, much faster.

Notation
    F      (N, n)   every entry -1 or +1: one column, an atom, for each parameter
    r      (N,)     a residual
    S               samples in a group; G groups
    slots  (G, S)   the residual's entries, 0 where a group has fewer
    c               the 2^S codes of a group: bit s is set where the product of columns is -1 in slot s
    T      (G, 2^S) sum_s (1 - 2 c_s) slots[g, s]
    u               round(T / step + 31.5), 0 .. 63, for the common step max |T| / 31.5
    error           sum_g max_c |step (u - 31.5) - T| and some rounding: the correlation of any group of
                    columns with r is `base + step sum_g (u - 31.5)` within it
    base            the sum over at most MOST_FAR samples, by code, that would make the step coarse

A group of columns whose quantised strength plus error reaches the floor, the least strength of interest,
is computed from T in float64; the answer is made of these alone, so that quantisation never shows.
The floor starts where random signs would leave a few more groups than wanted, and rises to the
weakest of the groups wanted once so many are found. If fewer are found, the scan is repeated from 0.

The work is cut into parts by the size of the problem alone, each with its own floor, so that nothing
depends on the number of threads.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, final

import numba
import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Values
from overtone.spectrum.scan.arrays import (
    COLUMN_BITS,
    DEGREE_SHIFT,
    Array,
    Packed,
    Strongest,
    aligned,
    chunk_for,
    strongest_of,
)
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.instructions import BLOCKS, Instructions
from overtone.spectrum.scan.loops import merge, scan_part, sort
from overtone.spectrum.scan.packing import count_far, far_sums, pack
from overtone.spectrum.scan.scanner import GroupRows, Scan, Scanner

# Random signs leave this many times as many groups above the first floor as are wanted, and a few. What a
# fit leaves has fewer strong ones: where a second scan would be long, more are asked for at once.
SURPLUS: Final = 1.5
SURPLUS_OF_LONG_SCANS: Final = 4.0
FEW: Final = 8.0
# Where more than this share of all groups must be computed exactly, the blocked scan is as fast.
MOST_CONFIRMED: Final = 0.25
ALWAYS_CONFIRMED: Final = 50_000
# Multiplications that are worth a second thread: about two milliseconds.
WORTH_A_THREAD: Final = 1e9
MOST_PARTS: Final = 32


@final
@dataclass(frozen=True, eq=False)
class LookupScanner(Scanner):
    """Scans the products of signs: every entry of F is -1 or +1, and a parameter has at most one function.

    Attributes:
        instructions: those to use, which the processor has.
    """

    instructions: Instructions

    def __call__(self, residuals: Values, *, keep: int) -> list[Scan]:
        """The `keep` strongest groups for each residual."""
        found = [self._strongest(residual, keep + 1) for residual in residuals]
        return [
            self._blocked(residuals[[k]], keep=keep)[0]
            if strongest is None
            else _scan(strongest, keep, self.degree)
            for k, strongest in enumerate(found)
        ]

    def largest(self, residuals: Values) -> Values:
        """The strength of the strongest group for each residual, shape `(R,)`."""
        largest = np.zeros(len(residuals))
        for k, residual in enumerate(residuals):
            strongest = self._strongest(residual, 1)
            if strongest is None:
                largest[k] = self._blocked.largest(residuals[[k]])[0]
            elif strongest.counts[0]:
                largest[k] = strongest.strengths[0]
        return largest

    @cached_property
    def _blocked(self) -> BlockedScanner:
        return BlockedScanner(self.atoms, self.columns, self.weights)

    @cached_property
    def _signs(self) -> NDArray[np.uint8]:
        """255 where a column is -1, 0 elsewhere."""
        return np.ascontiguousarray(np.where(self.columns < 0, np.uint8(255), np.uint8(0)))

    @cached_property
    def _degrees(self) -> tuple[tuple[float, int], ...]:
        """Weight and number of the groups of each degree."""
        n = self.columns.shape[1]
        return tuple((float(w), math.comb(n, k)) for k, w in enumerate(self.weights, start=1))

    @property
    def _is_long(self) -> bool:
        """Whether a scan is worth two threads."""
        groups = sum(count for _, count in self._degrees)
        return groups * len(self.columns) > 2 * WORTH_A_THREAD

    def _strongest(self, residual: Values, wanted: int) -> Strongest | None:
        """The strongest groups, sorted; none where quantisation is too coarse to tell them apart."""
        r = np.ascontiguousarray(residual, dtype=np.float64)
        packed = self._pack(r)
        groups = sum(count for _, count in self._degrees)
        wanted = min(wanted, groups)
        surplus = SURPLUS_OF_LONG_SCANS if self._is_long else SURPLUS
        floor = _first_floor(self._degrees, surplus * wanted + FEW) * math.sqrt(float(r @ r))
        found = self._scan_all(packed, wanted, floor)
        if found is not None and found.counts[0] < wanted and floor > 0.0:
            found = self._scan_all(packed, wanted, 0.0)
        if found is not None:
            sort(found)
        return found

    def _scan_all(self, packed: Packed, wanted: int, floor: float) -> Strongest | None:
        groups = sum(count for _, count in self._degrees)
        chunks = -(-math.comb(self.columns.shape[1], 2) // (BLOCKS * self.instructions.lanes))
        parts = min(chunks, MOST_PARTS) if self._is_long else 1
        allowed = int(MOST_CONFIRMED * groups / parts) + ALWAYS_CONFIRMED

        def scan(part: int) -> Strongest | None:
            strongest = strongest_of(wanted, floor, allowed)
            chunk = chunk_for(packed)
            return strongest if scan_part(packed, chunk, strongest, part, parts) else None

        if parts == 1:
            return scan(0)
        with ThreadPoolExecutor(threads()) as pool:
            found = list(pool.map(scan, range(parts)))
        total = found[0]
        for other in found[1:]:
            if total is None or other is None:
                return None
            merge(total, other)
        return total

    def _pack(self, r: Values) -> Packed:
        samples, columns = self.columns.shape
        per_group, lanes = self.instructions.samples, self.instructions.lanes
        groups = 4 * -(-samples // (4 * per_group))
        order = np.argsort(-np.abs(r), kind="stable")
        base = far_sums(r[order[: count_far(r[order])]])
        packed = Packed(
            **aligned(
                table=((groups, lanes), self.instructions.table_type),
                codes=((groups, columns + 64), np.uint8),
                rows=((columns + 1, 64 * -(-groups // 64)), np.uint8),
                exact=((groups, 2**per_group), np.float64),
                far=((columns + 1,), np.uint8),
            ),
            base=base,
            scale=np.empty(2),
            weights=np.ascontiguousarray(self.weights, dtype=np.float64),
        )
        pack(r, order, self._signs, packed)
        return packed


def threads() -> int:
    """The number of threads: numba's and OpenMP's settings, and at most that of the cores."""
    cores = os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    config: Any = numba.config  # its attributes are made when it is imported
    limit = int(asked) if asked.isdigit() else cores
    return max(min(cores, int(config.NUMBA_NUM_THREADS), limit), 1)


@lru_cache
def _first_floor(degrees: tuple[tuple[float, int], ...], few: float) -> float:
    """The strength, as a share of |r|_2, that a few groups of random signs exceed."""
    low, high = 0.0, 40.0 / min(weight for weight, _ in degrees)
    if sum(count for _, count in degrees) <= few:
        return 0.0
    for _ in range(30):
        middle = (low + high) / 2
        # Correlations with random signs are nearly normal with deviation |r|_2.
        above = sum(count * math.erfc(middle * weight / math.sqrt(2)) for weight, count in degrees)
        low, high = (middle, high) if above > few else (low, middle)
    return low


def _scan(strongest: Strongest, keep: int, degree: int) -> Scan:
    held = int(strongest.counts[0])
    listed = min(held, keep)
    cutoff = float(strongest.strengths[keep]) if held > keep else 0.0
    return Scan(
        _atoms(strongest.keys[:listed], degree), strongest.strengths[:listed].copy(), cutoff
    )


def _atoms(keys: Array, degree: int) -> GroupRows:
    """The atoms behind the keys of groups of at most `degree` columns."""
    places = np.arange(degree)
    words, shifts = places // 3, np.array([2, 1, 0, 1, 0])[:degree] * COLUMN_BITS
    atoms: GroupRows = keys[:, words] >> shifts & (2**COLUMN_BITS - 1)
    atoms[places >= keys[:, :1] >> DEGREE_SHIFT] = -1
    return atoms
