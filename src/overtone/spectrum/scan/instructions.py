"""Vector instructions for the lookup scan, emitted through LLVM: no compiler is needed, only numba.

Notation
    lanes       bytes of a register: 64 with AVX-512 (`vpermb`), 32 with AVX2 (`vpshufb`)
    S           samples in a group: 6 with 64 lanes, 4 with 32
    code        S bits of a column in a group of samples; the code of a product is the XOR of its factors'
    table       (G, lanes) sums below 64, by code
    block       as many pairs of columns as there are lanes

The element type of `table` says which instructions are meant: uint8 64 lanes, int8 32. Nothing is emitted
before a function is first compiled for such a table, so that importing this is safe on any processor.
numba's cache of the functions in `loops` does not see a change here: change that file with this one.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from llvmlite import ir
from numba.core import cgutils as untyped_cgutils
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import DTypeLike

cgutils: Final[Any] = untyped_cgutils

# Blocks of a chunk: with 500 samples its codes and tables fit into 32 KB, the smallest first-level cache.
BLOCKS: Final = 4

BYTE: Final = ir.IntType(8)
WORD: Final = ir.IntType(16)
INDEX: Final = ir.IntType(32)
LONG: Final = ir.IntType(64)


@final
@dataclass(frozen=True)
class Instructions:
    """The vector instructions of a lookup scan.

    Attributes:
        name: as OVERTONE_KERNEL has it.
        features: what the processor must have.
        lanes: bytes of a register.
        samples: S.
    """

    name: str
    features: tuple[str, ...]
    lanes: int
    samples: int

    @property
    def table_type(self) -> DTypeLike:
        """The type by which compiled code tells the instructions apart."""
        return np.uint8 if self.lanes == 64 else np.int8


AVX512: Final = Instructions("avx512", ("avx512f", "avx512bw", "avx512vbmi"), 64, 6)
AVX2: Final = Instructions("avx2", ("avx2",), 32, 4)


def _lanes_of(table: Any) -> int:
    return 32 if table.dtype.signed else 64


def _load(builder: Any, vector: Any, address: Any) -> Any:
    loaded = builder.load(builder.inttoptr(address, vector.as_pointer()))
    loaded.align = 1
    return loaded


def _store(builder: Any, value: Any, address: Any) -> None:
    stored = builder.store(value, builder.inttoptr(address, value.type.as_pointer()))
    stored.align = 1


def _spread(builder: Any, scalar: Any, lanes: int) -> Any:
    """A vector with the same entry in every lane."""
    empty = ir.Constant(ir.VectorType(scalar.type, lanes), ir.Undefined)
    first = builder.insert_element(empty, scalar, INDEX(0))
    return builder.shuffle_vector(
        first, empty, ir.Constant(ir.VectorType(INDEX, lanes), [0] * lanes)
    )


class _Emitter:
    """Writes the instructions of one lookup function."""

    def __init__(self, builder: Any, lanes: int, blocks: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.blocks = blocks
        self.bytes = ir.VectorType(BYTE, lanes)
        self.words = ir.VectorType(WORD, lanes // 2)
        name = "llvm.x86.avx512.permvar.qi.512" if lanes == 64 else "llvm.x86.avx2.pshuf.b"
        kind = ir.FunctionType(self.bytes, [self.bytes, self.bytes])
        self._permute = cgutils.get_or_insert_function(builder.module, kind, name)
        zeros = ir.Constant(self.words, [0] * (lanes // 2))
        self.both, self.odd = (
            [cgutils.alloca_once_value(builder, zeros) for _ in range(blocks)] for _ in range(2)
        )
        self.eight = ir.Constant(self.words, [8] * (lanes // 2))

    def add_groups(self, table: Any, code: Any, prefix: Any, stride: Any) -> None:
        """Add four groups of samples to the sums of every block."""
        b, lanes = self.builder, self.lanes
        entry = ir.Constant(self.bytes, [i % 16 if lanes == 32 else i for i in range(lanes)])
        tables, flips = [], []
        for g in range(4):
            byte = _load(b, BYTE, b.add(prefix, LONG(g)))
            flips.append(_spread(b, byte, lanes))
            tables.append(_load(b, self.bytes, b.add(table, LONG(g * lanes))))
            if self.blocks > 2:  # otherwise flipping the codes is cheaper than permuting the table
                tables[g] = b.call(self._permute, [tables[g], b.xor(entry, flips[g])])
        for q in range(self.blocks):
            found = []
            for g in range(4):
                place = b.add(b.add(code, b.mul(stride, LONG(g))), LONG(lanes * q))
                codes = _load(b, self.bytes, place)
                codes = codes if self.blocks > 2 else b.xor(codes, flips[g])
                found.append(b.call(self._permute, [tables[g], codes]))
            sums = b.add(b.add(found[0], found[1]), b.add(found[2], found[3]))
            words = b.bitcast(sums, self.words)
            b.store(b.add(b.load(self.both[q]), words), self.both[q])
            b.store(b.add(b.load(self.odd[q]), b.lshr(words, self.eight)), self.odd[q])

    def compare(self, mean: Any, limits: Any, sums: Any, masks: Any) -> Any:
        """Store q and the lanes at or beyond the limits of each block; not 0 if there are any."""
        b, lanes, half = self.builder, self.lanes, self.lanes // 2
        bits = ir.IntType(half)
        below = b.add(limits, LONG(2 * BLOCKS * lanes))  # a word a lane
        centre = _spread(b, b.trunc(mean, WORD), half)
        any_lane = bits(0)
        for q in range(self.blocks):
            odd = b.load(self.odd[q])
            even = b.sub(b.load(self.both[q]), b.shl(odd, self.eight))
            for w, words in enumerate((even, odd)):
                centred = b.sub(words, centre)
                place = LONG((2 * q + w) * lanes)
                above = b.icmp_signed(">=", centred, _load(b, self.words, b.add(limits, place)))
                beneath = _load(b, self.words, b.add(below, place))
                under = b.icmp_signed(">=", b.neg(centred), beneath)
                mask = b.bitcast(b.or_(above, under), bits)
                any_lane = b.or_(any_lane, mask)
                _store(b, centred, b.add(sums, place))
                _store(b, b.zext(mask, LONG), b.add(masks, LONG((2 * q + w) * 8)))
        return b.zext(any_lane, LONG)


@intrinsic(prefer_literal=True)
def _look_up(
    typingctx: Any, table: Any, blocks: Any, groups: Any, inward: Any, outward: Any
) -> Any:
    """Look up `groups` groups, a multiple of 4, in `blocks` blocks of lanes.

    Args:
        typingctx: numba's.
        table: gives the instructions.
        blocks: a constant.
        groups: how many.
        inward: addresses of the table, of the pairs' codes and of the prefix's; bytes between codes.
        outward: addresses of limits, sums and masks.
    """
    del typingctx, groups
    if not isinstance(blocks, types.IntegerLiteral):
        return None
    lanes, count = _lanes_of(table), blocks.literal_value

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        groups, inward, outward = arguments[2:]
        tables, codes, prefix, stride = cgutils.unpack_tuple(builder, inward)
        emitter = _Emitter(builder, lanes, count)
        with cgutils.for_range_slice(builder, LONG(0), groups, LONG(4), LONG) as (g, _):
            emitter.add_groups(
                builder.add(tables, builder.mul(g, LONG(lanes))),
                builder.add(codes, builder.mul(g, stride)),
                builder.add(prefix, g),
                stride,
            )
        # The mean of 0 .. 63 is 63 / 2, and groups are even in number.
        mean = builder.lshr(builder.mul(groups, LONG(63)), LONG(1))
        return emitter.compare(mean, *cgutils.unpack_tuple(builder, outward))

    return types.int64(table, blocks, types.int64, inward, outward), generate


@intrinsic
def _address(typingctx: Any, array: Any) -> Any:
    """The address of an array's first element. The caller keeps the array alive."""
    del typingctx

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, LONG)

    return types.int64(array), generate


def _xor_vectors(builder: Any, target: Any, source: Any, other: Any, count: Any) -> None:
    """Store source ^ other, in steps of 64 bytes until `count` are covered; `other` gives each vector."""
    vector = ir.VectorType(BYTE, 64)
    with cgutils.for_range_slice(builder, LONG(0), count, LONG(64), LONG) as (at, _):
        loaded = _load(builder, vector, builder.add(source, at))
        _store(builder, builder.xor(loaded, other(at)), builder.add(target, at))


@intrinsic
def _xor_byte(typingctx: Any, target: Any, source: Any, byte: Any, count: Any) -> Any:
    """Write source ^ byte to target; both have room for 63 bytes more than `count`."""
    del typingctx, byte

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        target, source, byte, count = arguments
        spread = _spread(builder, byte, 64)
        _xor_vectors(builder, target, source, lambda _: spread, count)
        return context.get_dummy_value()

    return types.void(target, source, types.uint8, count), generate


@intrinsic
def _xor_bytes(typingctx: Any, target: Any, source: Any, other: Any, count: Any) -> Any:
    """Write source ^ other to target; all have room for 63 bytes more than `count`."""
    del typingctx

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        target, source, other, count = arguments
        vector = ir.VectorType(BYTE, 64)
        _xor_vectors(
            builder,
            target,
            source,
            lambda at: _load(builder, vector, builder.add(other, at)),
            count,
        )
        return context.get_dummy_value()

    return types.void(target, source, other, count), generate


@intrinsic
def _lowest_bit(typingctx: Any, mask: Any) -> Any:
    """The place of the lowest bit of a mask that is not 0."""
    del typingctx

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(mask), generate


# What the decorator makes of these has no useful type: in compiled code they are called without the context.
look_up: Final[Any] = _look_up
address: Final[Any] = _address
xor_byte: Final[Any] = _xor_byte
xor_bytes: Final[Any] = _xor_bytes
lowest_bit: Final[Any] = _lowest_bit
