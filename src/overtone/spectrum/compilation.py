"""Whether compiled loops are ready, and a word to whoever waits until they are.

numba compiles a function when it is first called and keeps the result in a folder for later processes. The
first call after an installation therefore takes some seconds longer; nothing else says why. The word goes to
the logger "overtone" at level INFO, which a program shows if it wants to.
"""

import logging
from collections.abc import Iterable
from typing import Any, Final

LOGGER: Final = logging.getLogger("overtone")


def is_compiled(function: Any) -> bool:
    """Whether a function was compiled in this process, or by an earlier one for the source as it is.

    Args:
        function: made by `numba.njit(cache=True)`.
    """
    if function.signatures:
        return True
    # numba knows the stamp of the source, and which file holds what it compiled.
    kept: dict[object, object] = function._cache._cache_file._load_index()  # noqa: SLF001  # no public word for it
    return bool(kept)


def announce(what: str, functions: Iterable[Any]) -> None:
    """Say that functions are about to be compiled, unless they are ready."""
    if not all(map(is_compiled, functions)):
        LOGGER.info("Compiling %s: some seconds, once after an installation.", what)
