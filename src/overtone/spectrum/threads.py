"""How many threads the linear algebra of a fit may use.

The matrices of a fit are small: BLAS threads gain little on them when the machine is idle, and wait for each
other at every call when it is not, which is the usual state of a machine that runs trials. Under load a
fit took ten times as long with all threads as with one.

The number of BLAS threads belongs to the process, while fits may overlap in its threads. So whoever enters
first sets it to one, and whoever leaves last restores what was: in between nobody sees it change. Where BLAS
runs on OpenMP the number belongs to each thread instead, and each thread does the same for itself.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from threadpoolctl import OpenBLASController, ThreadpoolController


class _Owner:
    """Holds BLAS at one thread while anybody is inside."""

    def __init__(self) -> None:
        # Held through a fork, so that a child finds all this whole; what a signal runs may enter again.
        self.lock = threading.RLock()
        self._inside: Counter[int] = Counter()  # how often each thread has entered
        self._limits: dict[int | None, Any] = {}  # of each thread, and under None of the process

    def enter(self) -> None:
        with self.lock:
            own = threading.get_ident()
            for whose in (None, own):
                if whose not in self._limits:
                    libraries = _libraries(are_per_thread=whose is not None)
                    self._limits[whose] = libraries.limit(limits=1, user_api="blas")
            _give_up_control()
            self._inside[own] += 1

    def leave(self) -> None:
        with self.lock:
            own = threading.get_ident()
            self._inside[own] -= 1
            self._inside += Counter()  # those who are outside are forgotten
            self._restore_where_empty()

    def _restore_where_empty(self) -> None:
        for whose in [
            w for w in self._limits if not (self._inside if w is None else w in self._inside)
        ]:
            self._limits.pop(whose).restore_original_limits()
        _give_up_control()

    def begin_in_child(self) -> None:
        """Go on in a forked process, in which only the thread that forked goes on."""
        own = threading.get_ident()
        self._inside = +Counter({own: self._inside[own]})
        self._limits = {w: limit for w, limit in self._limits.items() if w in (None, own)}
        self._restore_where_empty()
        self.lock.release()


def _give_up_control() -> None:
    # Else threadpoolctl obeys the thread that set a number first, and no other, without a word.
    OpenBLASController.clear_controlling_thread(force=True)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context in which BLAS uses one thread; any number may overlap, in any threads."""
    _OWNER.enter()
    try:
        yield
    finally:
        _OWNER.leave()


@cache
def _libraries(*, are_per_thread: bool) -> ThreadpoolController:
    # Made at first use, when numpy and scipy have loaded their libraries; the look takes milliseconds.
    found = ThreadpoolController()
    return found.select(
        filepath=[
            library.filepath
            for library in found.lib_controllers
            if _is_per_thread(library) is are_per_thread
        ]
    )


def _is_per_thread(library: Any) -> bool:
    return bool(library.internal_api == "openblas" and library.threading_layer == "openmp")


_OWNER: Final = _Owner()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_OWNER.lock.acquire,
        after_in_parent=_OWNER.lock.release,
        after_in_child=_OWNER.begin_in_child,
    )
