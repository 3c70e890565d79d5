"""The compiled loops of the lookup scan: the strongest products of signs, many at once.

Notation
    pair        two columns i < j; pairs are sorted, and 4 blocks of them, side by side, are a chunk
    prefix      columns below the first of a pair; prefix and pair are a group of 2 or more
    q           the sum of table[code] over groups of samples, less its mean: the correlation of a group
                with the residual is base + step q within `error`
    floor       no weaker group is wanted

The XOR with a prefix's code permutes a table. So one permutation a prefix and group of samples, and one
lookup a prefix, group of samples and block of pairs, are all the work. Groups that may reach the floor
are computed from exact tables, and only those strengths are compared.

The cache tells processors apart, but sees no change of `instructions` or `arrays`: change this file too.
"""

from typing import Final, TypeAlias

import numpy as np

from overtone.spectrum.scan.arrays import (
    COLUMN_BITS,
    DEGREE_SHIFT,
    Array,
    Chunk,
    Packed,
    Strongest,
    entry,
    inner,
)
from overtone.spectrum.scan.instructions import (
    address,
    look_up,
    lowest_bit,
    xor_byte,
    xor_bytes,
)

Operands: TypeAlias = tuple[int, ...]  # addresses, and bytes between rows

# A word sums at most 65535 / 63 groups of samples; a multiple of 4.
MOST_GROUPS: Final = 1040
SCRATCH: Final = 4  # the row of `stack` that no prefix uses
# The limits of a chunk are renewed after so many stronger groups.
RENEWAL: Final = 64


@inner
def _is_weaker(strengths: Array, keys: Array, a: int, b: int) -> bool:
    """Whether entry a of the heap is weaker than entry b: by strength, then degree, then place."""
    if strengths[a] != strengths[b]:
        return bool(strengths[a] < strengths[b])
    if keys[a, 0] != keys[b, 0]:
        return bool(keys[a, 0] > keys[b, 0])
    return bool(keys[a, 1] > keys[b, 1])


@inner
def _swap(strengths: Array, keys: Array, a: int, b: int) -> None:
    strengths[a], strengths[b] = strengths[b], strengths[a]
    for k in range(2):
        keys[a, k], keys[b, k] = keys[b, k], keys[a, k]


@inner
def _sink(strengths: Array, keys: Array, held: int) -> None:
    """Move the root of a heap of `held` entries to its place."""
    at = 0
    while True:
        weakest = at
        for child in range(2 * at + 1, min(2 * at + 3, held)):
            if _is_weaker(strengths, keys, child, weakest):
                weakest = child
        if weakest == at:
            return
        _swap(strengths, keys, at, weakest)
        at = weakest


# fmt: off
@inner
def _offer(  # noqa: PLR0913, PLR0917  # loops take arrays: records would be copied at each call
    strengths: Array, keys: Array, floor: Array, counts: Array, strength: float, key: int,
    second_key: int,
) -> None:
    # fmt: on
    """Take a group if it is among the strongest; the last entry of the heap is room for it."""
    capacity, held = len(strengths) - 1, counts[0]
    if strength >= floor[0] and strength > 0.0:
        strengths[held], keys[held, 0], keys[held, 1] = strength, key, second_key
        counts[3] += 1
        if held < capacity:
            at = held
            while at > 0 and _is_weaker(strengths, keys, at, (at - 1) // 2):
                _swap(strengths, keys, at, (at - 1) // 2)
                at = (at - 1) // 2
            counts[0] = held + 1
        elif _is_weaker(strengths, keys, 0, capacity):
            _swap(strengths, keys, 0, capacity)
            _sink(strengths, keys, capacity)
        if counts[0] == capacity:
            floor[0] = max(floor[0], strengths[0])


@inner
def _signed_sum(
    exact: Array, rows: Array, stack: Array, depth: int, first: int, second: int
) -> float:
    """The residual's sum with the signs of a product, added in one order, so that aliases tie."""
    at, row, codes = address(stack), rows.shape[1], stack[SCRATCH]
    scratch = at + SCRATCH * row
    xor_bytes(scratch, address(rows) + first * row, address(rows) + second * row, row)
    xor_bytes(scratch, scratch, at + depth * row, row)
    a = b = c = d = 0.0
    for g in range(0, exact.shape[0], 4):
        a += exact[g, codes[g]]
        b += exact[g + 1, codes[g + 1]]
        c += exact[g + 2, codes[g + 2]]
        d += exact[g + 3, codes[g + 3]]
    return (a + b) + (c + d)


@inner
def _key(columns: Array, degree: int, start: int, stop: int, key: int) -> int:
    """A key that goes on with columns `start` .. `stop - 1` of a group, 0 where it has none."""
    for k in range(start, stop):
        key = (key << COLUMN_BITS) | (columns[k] if k < degree else 0)
    return key


# fmt: off
@inner
def _confirm(  # noqa: PLR0913, PLR0917  # the same
    exact: Array, rows: Array, base: Array, scale: Array, weights: Array, pairs: Array,
    sums: Array, totals: Array, masks: Array, stack: Array, columns: Array, patterns: Array,
    place: Array, strengths: Array, keys: Array, floor: Array, counts: Array, half: int,
) -> None:
    # fmt: on
    """Offer what the blocks looked up last have at or beyond the limits."""
    depth, start = place[0], place[1] - place[2]
    is_long, weight = exact.shape[0] > MOST_GROUPS, weights[depth + 1]
    for run in range(2 * place[2]):
        mask = masks[run]
        while mask != 0:
            bit = lowest_bit(mask)
            mask &= mask - 1
            lane = 2 * (start * half + bit) + run // 2 * 2 * half + run % 2
            first, second = pairs[0, lane], pairs[1, lane]
            if first < 0 or (depth > 0 and first <= columns[depth - 1]):
                continue
            q = totals[run * half + bit] if is_long else sums[run * half + bit]
            far = base[patterns[depth] ^ pairs[2, lane]]
            if abs(far + q * scale[0]) + scale[1] < floor[0] * weight:
                continue
            counts[1] += 1
            correlation = far + _signed_sum(exact, rows, stack, depth, first, second)
            columns[depth], columns[depth + 1] = first, second
            degree = depth + 2
            key, second_key = _key(columns, degree, 0, 3, degree), _key(columns, degree, 3, 5, 0)
            _offer(strengths, keys, floor, counts, abs(correlation) / weight, key, second_key)


@inner
def _offer_columns(packed: Packed, strongest: Strongest, stack: Array, nothing: int) -> None:
    """Offer the groups of one column. The last row of `rows` is that of no column."""
    exact, rows, base, far = packed.exact, packed.rows, packed.base, packed.far
    strengths, keys, floor, counts = strongest
    none, weight, degree = rows.shape[0] - 1, packed.weights[0], 1
    for i in range(none):
        correlation = base[far[i]] + _signed_sum(exact, rows, stack, nothing, i, none)
        key = (degree << DEGREE_SHIFT) | (i << (2 * COLUMN_BITS))
        _offer(strengths, keys, floor, counts, abs(correlation) / weight, key, 0 * i)


@inner
def _next_prefix(
    at: Operands, last: Array, far: Array, columns: Array, patterns: Array, place: Array
) -> bool:
    """Go to the next prefix, the longer ones behind each before the others; whether there is one."""
    depth, most, row = place[0], place[3], place[5]
    end = last[place[4] - 1]
    if depth < most:
        columns[depth] = columns[depth - 1] if depth > 0 else -1
        depth += 1
    while depth > 0:
        columns[depth - 1] += 1
        if columns[depth - 1] < end:
            break
        depth -= 1
    if depth == 0:
        return False
    i, above = columns[depth - 1], at[2] + (depth - 1) * row
    xor_bytes(above + row, above, at[3] + i * row, row)
    patterns[depth] = patterns[depth - 1] ^ far[i]
    block = 0
    while last[block] <= i:
        block += 1
    place[0], place[1] = depth, block
    return True


@inner
def _look_up_blocks(
    table: Array, inward: Operands, outward: Operands, groups: int, left: int
) -> int:
    """Look up as many of the blocks left as fit into registers: their number, or less 16 if none is found."""
    if left >= 4:
        return 4 if look_up(table, 4, groups, inward, outward) != 0 else 4 - 16
    if left >= 2:
        return 2 if look_up(table, 2, groups, inward, outward) != 0 else 2 - 16
    return 1 if look_up(table, 1, groups, inward, outward) != 0 else 1 - 16


@inner
def _look_up_long(  # noqa: PLR0913, PLR0917  # the same
    table: Array,
    inward: Operands,
    outward: Operands,
    sums: Array,
    totals: Array,
    masks: Array,
    left: int,
) -> int:
    """The same over more groups of samples than a word sums. Every lane is a find."""
    groups, lanes = table.shape
    tables, codes, prefix, width = inward
    blocks = 0
    for part in range(0, groups, MOST_GROUPS):
        count = min(groups - part, MOST_GROUPS)
        inside = (tables + part * lanes, codes + part * width, prefix + part, width)
        blocks = _look_up_blocks(table, inside, outward, count, left) % 16
        for k in range(blocks * lanes):
            totals[k] = sums[k] + (totals[k] if part > 0 else 0)
    masks[: 2 * blocks] = (1 << (lanes // 2)) - 1
    return blocks


# fmt: off
@inner
def _advance(  # noqa: PLR0913, PLR0917  # the same
    table: Array, at: Operands, sums: Array, totals: Array, masks: Array, last: Array, far: Array,
    columns: Array, patterns: Array, place: Array,
) -> bool:
    # fmt: on
    """Look up on from a place in a chunk until a lane is at or beyond its limit; whether one is."""
    groups, lanes = table.shape
    width = len(sums)
    while True:
        depth, block = place[0], place[1]
        kind = depth * place[6] + patterns[depth]
        while block < place[4]:
            inward = (at[0], at[1] + block * lanes, at[2] + depth * place[5], width)
            outward = (at[4] + kind * 4 * width + block * lanes * 2, at[5], at[6])
            left = place[4] - block
            if groups > MOST_GROUPS:
                blocks = _look_up_long(table, inward, outward, sums, totals, masks, left)
            else:
                blocks = _look_up_blocks(table, inward, outward, groups, left)
            block += blocks % 16
            if blocks > 0:
                place[1], place[2] = block, blocks
                return True
        if not _next_prefix(at, last, far, columns, patterns, place):
            return False


@inner
def _set_limits(limits: Array, pairs: Array, packed: Packed, floor: float, half: int) -> None:
    """The least q and -q at which a group may reach the floor, for every lane and kind of prefix."""
    base, weights = packed.base, packed.weights
    step, error = packed.scale[0], packed.scale[1]
    ends = np.empty((2, len(base)), np.int16)
    for depth in range(len(weights) - 1):
        least = floor * weights[depth + 1] - error
        for a in range(len(base)):
            ends[0, a] = min(max((least - base[a]) / step, -32768.0), 32767.0)
            ends[1, a] = min(max((least + base[a]) / step, -32768.0), 32767.0)
        for pattern in range(len(base)):
            for block in range(pairs.shape[1] // (2 * half)):
                for odd in range(2):
                    for k in range(half):
                        lane, place = block * 2 * half + 2 * k + odd, (2 * block + odd) * half + k
                        far = (pairs[2, lane] ^ pattern) & (len(base) - 1)
                        limits[depth, pattern, 0, place] = ends[0, far]
                        limits[depth, pattern, 1, place] = ends[1, far]


@inner
def _fill(chunk: Chunk, far: Array, lanes: int, first: int, second: int) -> None:
    """Put the pairs from (first, second) on into a chunk."""
    pairs, last, columns = chunk.pairs, chunk.last, len(far) - 1
    width, filled = pairs.shape[1], 0
    pairs[:] = -1
    while filled < width and first < columns - 1:
        run = min(width - filled, columns - second)
        for k in range(run):
            pairs[0, filled + k] = first
            pairs[1, filled + k] = second + k
            pairs[2, filled + k] = far[first] ^ far[second + k]
        for block in range(filled // lanes, (filled + run - 1) // lanes + 1):
            last[block] = first
        filled += run
        first, second = first + 1, first + 2
    chunk.place[4] = (filled + lanes - 1) // lanes


@inner
def _fill_codes(codes: Array, pairs: Array, target: int, groups: int, columns: int) -> None:
    """The codes of a chunk's pairs."""
    source, length, width = address(codes), codes.shape[1], pairs.shape[1]
    for g in range(groups):
        lane = 0
        # What a run writes beyond its end is written again by what follows it.
        while lane < width and pairs[0, lane] >= 0:
            first, second = pairs[0, lane], pairs[1, lane]
            run = min(width - lane, columns - second)
            row = source + g * length + second
            xor_byte(target + g * width + lane, row, codes[g, first], run)
            lane += run


@inner
def _scan_chunk(packed: Packed, chunk: Chunk, strongest: Strongest, at: Operands) -> None:
    """Offer every group whose last two columns are a pair of the chunk."""
    table, _, rows, exact, far, base, scale, weights = packed
    _, pairs, last, limits, sums, totals, masks, stack, columns, patterns, place = chunk
    strengths, keys, floor, counts = strongest
    half = table.shape[1] // 2
    _set_limits(limits, pairs, packed, floor[0], half)
    place[0] = place[1] = counts[3] = 0
    while _advance(table, at, sums, totals, masks, last, far, columns, patterns, place):
        _confirm(
            exact, rows, base, scale, weights, pairs, sums, totals, masks, stack, columns, patterns,
            place, strengths, keys, floor, counts, half,
        )  # fmt: skip
        if counts[1] > counts[2]:
            return
        if counts[3] >= RENEWAL:
            _set_limits(limits, pairs, packed, floor[0], half)
            counts[3] = 0


@entry
def scan_part(packed: Packed, chunk: Chunk, strongest: Strongest, part: int, parts: int) -> bool:
    """Offer the groups of every `parts`-th chunk, and of one column with the first part.

    Returns:
        Whether no more groups than allowed had to be computed exactly. If not, some were not offered.
    """
    groups, lanes = packed.table.shape
    width, columns = chunk.pairs.shape[1], packed.rows.shape[0] - 1
    if part == 0:
        _offer_columns(packed, strongest, chunk.stack, part)
    if len(packed.weights) < 2:
        return True
    at = (
        address(packed.table),
        address(chunk.codes),
        address(chunk.stack),
        address(packed.rows),
        address(chunk.limits),
        address(chunk.sums),
        address(chunk.masks),
    )
    chunk.place[3], chunk.place[5] = len(packed.weights) - 2, packed.rows.shape[1]
    chunk.place[6] = len(packed.base)
    first, before = 0, 0
    for start in range(part * width, columns * (columns - 1) // 2, parts * width):
        while start - before >= columns - 1 - first:
            before += columns - 1 - first
            first += 1
        _fill(chunk, packed.far, lanes, first, first + 1 + start - before)
        _fill_codes(packed.codes, chunk.pairs, at[1], groups, columns)
        _scan_chunk(packed, chunk, strongest, at)
        if strongest.counts[1] > strongest.counts[2]:
            return False
    return True


@entry
def merge(strongest: Strongest, other: Strongest) -> None:
    """Offer the groups of another heap."""
    strengths, keys, floor, counts = strongest
    for k in range(other.counts[0]):
        first_key, second_key = other.keys[k, 0], other.keys[k, 1]
        _offer(strengths, keys, floor, counts, other.strengths[k], first_key, second_key)


@entry
def sort(strongest: Strongest) -> None:
    """Turn a heap into a list, strongest first."""
    strengths, keys, _, counts = strongest
    for held in range(counts[0] - 1, 0, -1):
        _swap(strengths, keys, 0, held)
        _sink(strengths, keys, held)
