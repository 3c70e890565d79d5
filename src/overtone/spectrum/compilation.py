"""Whether compiled loops are ready, and a word to whoever waits until they are.

numba compiles a function when it is first called and keeps the result in a folder for later processes. The
first call after an installation therefore takes some seconds longer; nothing else says why. The word goes to
the logger "overtone" at level INFO, which a program shows if it wants to.
"""

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

LOGGER: Final = logging.getLogger("overtone")


def is_compiled(function: Any) -> bool:
    """Whether a function was compiled in this process, or by an earlier one for the source as it is.

    Args:
        function: made by `numba.njit(cache=True)`.
    """
    if function.signatures:
        return True
    code = function.py_func.__code__
    source = Path(code.co_filename)
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    name = f"{source.stem}.{code.co_name}-{code.co_firstlineno}.{version}*.nbi"
    written = source.stat().st_mtime
    return any(
        index.stat().st_mtime >= written for index in Path(function.stats.cache_path).glob(name)
    )


def announce(what: str, functions: Iterable[Any]) -> None:
    """Say that functions are about to be compiled, unless they are ready."""
    if not all(map(is_compiled, functions)):
        LOGGER.info("Compiling %s: some seconds, once after an installation.", what)
