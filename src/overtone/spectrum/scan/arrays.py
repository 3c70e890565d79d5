"""The arrays that the compiled loops of the lookup scan work on; `loops` has the notation.

A change here calls for one in `loops`, as one in `instructions` does.
"""

import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numba import njit
from numpy.typing import DTypeLike, NDArray

from overtone.spectrum.scan.instructions import BLOCKS

Array: TypeAlias = NDArray[Any]
Function = TypeVar("Function", bound=Callable[..., Any])

# A key holds the degree and three columns, and two columns, of so many bits.
COLUMN_BITS: Final = 20
DEGREE_SHIFT: Final = 3 * COLUMN_BITS
HIGHEST_DEGREE: Final = 5


def inner(function: Function) -> Function:
    """Compile a function that only compiled ones call; no way in from Python saves a third of the time."""
    compile_it: Any = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
    compiled: Function = compile_it(function)
    return compiled


def entry(function: Function) -> Function:
    """Compile a function that Python calls, without holding the interpreter's lock."""
    compile_it: Any = njit(cache=True, nogil=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
    compiled: Function = compile_it(function)
    return compiled


class Packed(NamedTuple):
    """A sample and a residual in groups of S samples.

    Attributes:
        table: entries below 64, shape `(G, lanes)`; uint8 for 64 lanes, int8 for 32.
        codes: of each column, shape `(G, n + padding)`.
        rows: the same by column, shape `(n, G + padding)`.
        exact: the signed sums, shape `(G, 2^S)`.
        far: bits of each column at the samples outside all groups, shape `(n,)`.
        base: the signed sums over those samples, by code.
        scale: step and error.
        weights: of a group of degree 1, 2, ...
    """

    table: Array
    codes: Array
    rows: Array
    exact: Array
    far: Array
    base: Array
    scale: Array
    weights: Array


class Strongest(NamedTuple):
    """A heap of the strongest groups, the weakest at its root.

    Attributes:
        strengths: theirs.
        keys: degree and columns, shape `(capacity, 2)`; of equally strong groups the greater key is weaker.
        floor: one number.
        counts: groups held, groups computed exactly, the most of those, groups taken since the renewal.
    """

    strengths: Array
    keys: Array
    floor: Array
    counts: Array


class Chunk(NamedTuple):
    """Pairs side by side, and room to work on them.

    Attributes:
        codes: of the pairs, shape `(G * pairs + padding,)`.
        pairs: the columns of each, and its bits in `far`, shape `(3, pairs)`; column -1 behind the last.
        last: the greatest first column in each block.
        limits: least q and least -q of interest, by degree, code of the prefix in `far`, sign and place.
        sums: q by place: in each block the even lanes come before the odd ones.
        totals: the same over more than MOST_GROUPS groups of samples.
        masks: lanes at or beyond a limit, by block and half.
        stack: XOR of the codes of the first 0, 1, ... columns of the prefix, and room for one product.
        columns: of the prefix, and behind it room for the pair.
        patterns: XOR of the bits in `far` of the first 0, 1, ... columns of the prefix.
        place: the length of the prefix, blocks done with it, how many of them were looked up last; the
            most columns of a prefix, blocks in the chunk, bytes of a row of `stack`, codes of `base`.
    """

    codes: Array
    pairs: Array
    last: Array
    limits: Array
    sums: Array
    totals: Array
    masks: Array
    stack: Array
    columns: Array
    patterns: Array
    place: Array


def aligned(**layout: tuple[tuple[int, ...], DTypeLike]) -> dict[str, Array]:
    """Zeros of several shapes and types that begin at multiples of 64 bytes, with 64 more behind each.

    Threads that write to neighbouring arrays would pass their common cache line to and fro. One allocation
    for all takes a third of the time.
    """
    sizes = [math.prod(shape) * np.dtype(kind).itemsize for shape, kind in layout.values()]
    starts = [0, *accumulate(64 * -(-size // 64) + 64 for size in sizes)]
    room = np.zeros(starts[-1] + 64, np.uint8)
    first = -int(room.__array_interface__["data"][0]) % 64
    return {
        name: np.ndarray(shape, kind, room, first + start)
        for (name, (shape, kind)), start in zip(layout.items(), starts, strict=False)
    }


def strongest_of(wanted: int, floor: float, allowed: int) -> Strongest:
    """An empty heap of `wanted` groups no weaker than the floor, of `allowed` that are computed exactly."""
    strongest = Strongest(
        **aligned(
            strengths=((wanted + 1,), np.float64),
            keys=((wanted + 1, 2), np.int64),
            floor=((1,), np.float64),
            counts=((4,), np.int64),
        )
    )
    strongest.floor[0] = floor
    strongest.counts[2] = allowed
    return strongest


def chunk_for(packed: Packed) -> Chunk:
    """Room for one chunk."""
    groups, lanes = packed.table.shape
    width = BLOCKS * lanes
    return Chunk(
        **aligned(
            codes=((groups * width,), np.uint8),
            pairs=((3, width), np.int32),
            last=((BLOCKS,), np.int64),
            limits=((HIGHEST_DEGREE - 1, len(packed.base), 2, width), np.int16),
            sums=((width,), np.int16),
            totals=((width,), np.int64),
            masks=((2 * BLOCKS,), np.int64),
            stack=((HIGHEST_DEGREE, packed.rows.shape[1]), np.uint8),
            columns=((HIGHEST_DEGREE,), np.int64),
            patterns=((HIGHEST_DEGREE,), np.int64),
            place=((7,), np.int64),
        )
    )
