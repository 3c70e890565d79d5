"""A real job: the flags under which gcc makes the smallest code of a small program.

The cost is the size of the object's code sections in bytes, which is the same at every repetition. It
depends on the version of gcc, so the problem's name holds it.
"""

import math
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.optimising.problems import Configuration, Parameter, Problem, categorical, integer

PROGRAM = Path(__file__).with_name("job.c")
# Each is known to gcc since version 8 at the latest.
FLAGS = Path(__file__).with_name("flags.txt").read_text().split()
LIMITS = {
    "max-inline-insns-auto": (1, 200),
    "max-unrolled-insns": (1, 400),
    "max-completely-peeled-insns": (1, 400),
    "inline-unit-growth": (1, 200),
}


@cache
def name() -> str | None:
    """The problem's name here; None where gcc or `size` is missing, or gcc is another compiler's alias."""
    gcc, size = shutil.which("gcc"), shutil.which("size")
    if gcc is None or size is None:
        return None
    printed = subprocess.run([gcc, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)\.\d+\.\d+", printed)
    is_gnu = "Free Software Foundation" in printed
    return f"gcc{version[1]}_size" if version and is_gnu else None


def problem() -> Problem:
    known = name()
    assert known
    parameters: tuple[Parameter, ...] = (
        categorical("level", ["-O1", "-O2", "-O3", "-Os"]),
        *(categorical(flag, [0, 1]) for flag in FLAGS),
        *(integer(limit, low, high, log=True) for limit, (low, high) in LIMITS.items()),
    )
    return Problem(
        name=known,
        family="a real job",
        parameters=parameters,
        truth=size_of_code,
        source=f"{len(FLAGS)} flags, {len(LIMITS)} limits and the level of {known.split('_')[0]}",
        is_logarithmic=True,
    )


def command(configuration: Configuration) -> list[str]:
    flags = [f"-f{'' if configuration[flag] else 'no-'}{flag}" for flag in FLAGS]
    limits = [f"--param={limit}={configuration[limit]}" for limit in LIMITS]
    return ["gcc", configuration["level"], *flags, *limits, "-c", str(PROGRAM), "-o"]


def size_of_code(configuration: Configuration) -> float:
    """Bytes of all code sections; nan where gcc refuses the flags."""
    with tempfile.TemporaryDirectory() as folder:
        made = str(Path(folder) / "job.o")
        gcc = subprocess.run([*command(configuration), made], capture_output=True, check=False)
        if gcc.returncode:
            return math.nan
        printed = subprocess.run(
            ["size", "-A", made], capture_output=True, text=True, check=True
        ).stdout
    return float(
        sum(int(size) for size in re.findall(r"^\.text\S*\s+(\d+)", printed, re.MULTILINE))
    )
