"""How fast one core can look up: loads, permutes and adds in its first-level cache, and nothing else.

uv run --group bench python -m benchmarks.recovering.lookup_limit
"""

import time
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from overtone.spectrum.scan.fastest import available_instructions

INSTRUCTIONS = {instructions.name: instructions for instructions in available_instructions()}
# Lookups side by side, whose sums stay in registers.
SIDE_BY_SIDE = 8
BYTES = 8192
PASSES = 20_000
RUNS = 9


@intrinsic
def look_up(typingctx: Any, table: Any, codes: Any, count: Any, out: Any) -> Any:
    """Add the entries of a table at `count` bytes of codes into a vector; the table tells the lanes."""
    lanes = 32 if table.dtype.signed else 64
    name = "llvm.x86.avx512.permvar.qi.512" if lanes == 64 else "llvm.x86.avx2.pshuf.b"
    vector, long = ir.VectorType(ir.IntType(8), lanes), ir.IntType(64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def start(k: int) -> Any:
            data = context.make_array(signature.args[k])(context, builder, arguments[k]).data
            return builder.ptrtoint(data, long)

        def load(address: Any) -> Any:
            loaded = builder.load(builder.inttoptr(address, vector.as_pointer()))
            loaded.align = 1
            return loaded

        permute = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector, vector]), name
        )
        entries, codes = load(start(0)), start(1)
        zeros = ir.Constant(vector, [0] * lanes)
        sums = [cgutils.alloca_once_value(builder, zeros) for _ in range(SIDE_BY_SIDE)]
        step = long(SIDE_BY_SIDE * lanes)
        with cgutils.for_range_slice(builder, long(0), arguments[2], step, long) as (at, _):
            for k, total in enumerate(sums):
                found = load(builder.add(builder.add(codes, at), long(k * lanes)))
                found = builder.call(permute, [entries, found])
                builder.store(builder.add(builder.load(total), found), total)
        total = zeros
        for part in sums:
            total = builder.add(total, builder.load(part))
        stored = builder.store(total, builder.inttoptr(start(3), vector.as_pointer()))
        stored.align = 1
        return context.get_dummy_value()

    return types.void(table, codes, types.int64, out), generate


@numba.njit
def repeat(table: np.ndarray, codes: np.ndarray, out: np.ndarray, passes: int) -> None:
    for _ in range(passes):
        look_up(table, codes, len(codes), out)
        codes[0] = out[0] & 15  # so that no pass can be left out


def rate(kernel: str) -> float:
    """Samples times products that the lookups of one core stand for in a second."""
    instructions = INSTRUCTIONS[kernel]
    rng = np.random.default_rng(0)
    table = rng.integers(0, 64, instructions.lanes).astype(instructions.table_type)
    codes = rng.integers(0, 2**instructions.samples, BYTES).astype(np.uint8)
    out = np.zeros(instructions.lanes, np.uint8)
    repeat(table, codes, out, 1)
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        repeat(table, codes, out, PASSES)
        seconds.append(time.perf_counter() - start)
    return PASSES * BYTES * instructions.samples / min(seconds)


if __name__ == "__main__":
    for name in INSTRUCTIONS:
        print(f"{name}: {rate(name) / 1e9:.0f} GMAC/s")
