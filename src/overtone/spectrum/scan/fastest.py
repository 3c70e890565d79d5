"""The choice among the implementations of the scan.

Products of signs are scanned by table lookup where the processor has AVX-512 VBMI or AVX2, everything else
and small problems by blocked matrix products. The environment variable OVERTONE_KERNEL names the one to use
for signs: "avx512", "avx2" or "blocked". All give the same answers.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import numba
import numpy as np
from llvmlite import binding

from overtone.errors import RecoveryError
from overtone.spectrum.basis import Atoms, Columns, Values
from overtone.spectrum.compilation import announce
from overtone.spectrum.scan.arrays import COLUMN_BITS, HIGHEST_DEGREE
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.instructions import AVX2, AVX512, Instructions
from overtone.spectrum.scan.lookup import LookupScanner
from overtone.spectrum.scan.loops import scan_part, sort
from overtone.spectrum.scan.packing import pack
from overtone.spectrum.scan.scanner import Scanner

VARIABLE: Final = "OVERTONE_KERNEL"
BLOCKED: Final = "blocked"
FASTEST_FIRST: Final = (AVX512, AVX2)
# Groups times samples below which matrix products take less than a few milliseconds: too little to make a
# first use wait some seconds for the compiled loops.
WORTH_COMPILING: Final = 2_000_000


def scanner_for(atoms: Atoms, columns: Columns, weights: Values) -> Scanner:
    """The fastest scanner for a sample, or the one that OVERTONE_KERNEL names.

    Args:
        atoms: which columns of F are whose.
        columns: F, shape `(N, M)`.
        weights: the weight of a group of degree 1, 2, ..., shape `(degree,)`.

    Raises:
        RecoveryError: if OVERTONE_KERNEL names no kernel, or one that the processor lacks.
    """
    is_free = not os.environ.get(VARIABLE)
    if is_free and sum(atoms.count_groups(len(weights))) * len(columns) < WORTH_COMPILING:
        return BlockedScanner(atoms, columns, weights)
    instructions = chosen_instructions()
    if instructions is None or not _are_signs(atoms, columns) or len(weights) > HIGHEST_DEGREE:
        return BlockedScanner(atoms, columns, weights)
    announce("the scan for this processor", (pack, scan_part, sort))
    return LookupScanner(atoms, columns, weights, instructions)


def chosen_instructions() -> Instructions | None:
    """The vector instructions to use; none for blocked matrix products.

    Raises:
        RecoveryError: if OVERTONE_KERNEL names no kernel, or one that the processor lacks.
    """
    available = available_instructions()
    name = os.environ.get(VARIABLE, "")
    if not name:
        return available[0] if available else None
    if name == BLOCKED:
        return None
    if name not in {known.name for known in FASTEST_FIRST}:
        raise RecoveryError(
            f"{VARIABLE} is {name!r}, but 'avx512', 'avx2' or 'blocked' is expected. Leave it unset for "
            "the fastest that this processor has."
        )
    for instructions in available:
        if instructions.name == name:
            return instructions
    having = ", ".join(repr(i.name) for i in available) or "neither 'avx512' nor 'avx2'"
    raise RecoveryError(
        f"{VARIABLE} is {name!r}, but this processor has {having} as numba is set up to use it. "
        f"Leave {VARIABLE} unset for the fastest that it has."
    )


def available_instructions() -> tuple[Instructions, ...]:
    """The instructions of a lookup scan that numba may emit for this processor, fastest first."""
    config: Any = numba.config  # its attributes are made when it is imported
    if config.DISABLE_JIT or config.CPU_NAME is not None or config.CPU_FEATURES is not None:
        # Code for another processor than this one: what that has is not known here.
        return ()
    try:
        features = _features(binding.get_host_cpu_features)
    except RuntimeError:  # LLVM knows no features of some processors
        return ()
    return tuple(
        instructions
        for instructions in FASTEST_FIRST
        if config.ENABLE_AVX and all(features.get(f, False) for f in instructions.features)
    )


@cache
def _features(ask: Callable[[], Mapping[str, bool]]) -> Mapping[str, bool]:
    """What the processor has, asked once."""
    return ask()


def _are_signs(atoms: Atoms, columns: Columns) -> bool:
    """Whether each parameter has at most one function, and that is -1 or +1 at every sample."""
    n = columns.shape[1]
    alone = len(atoms) == n == len(set(atoms.owners.tolist()))
    return alone and 0 < n < 2**COLUMN_BITS and bool((np.abs(columns) == 1.0).all())
