"""How many threads the linear algebra of a fit may use.

The matrices of a fit are small: BLAS threads gain little on them when the machine is idle, and wait for each
other at every call when it is not, which is the usual state of a machine that runs trials. Under load a
fit took ten times as long with all threads as with one.

The number of BLAS threads belongs to the process, while fits may overlap in its threads. So whoever enters
first sets it to one, and whoever leaves last restores what was: in between nobody sees it change.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from threadpoolctl import ThreadpoolController


class _Owner:
    """Holds BLAS at one thread while anybody is inside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: Counter[int] = Counter()  # how often each thread has entered
        self._limit: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._limit is None:
                self._limit = _controller().limit(limits=1, user_api="blas")
            self._inside[threading.get_ident()] += 1

    def leave(self) -> None:
        with self._lock:
            self._inside[threading.get_ident()] -= 1
            self._inside += Counter()  # those who are outside are forgotten
            self._restore_if_empty()

    def _restore_if_empty(self) -> None:
        if not self._inside and self._limit is not None:
            self._limit.restore_original_limits()
            self._limit = None

    def begin_in_child(self) -> None:
        """Go on in a forked process, in which only the thread that forked goes on."""
        self._lock = threading.Lock()
        own = threading.get_ident()
        self._inside = +Counter({own: self._inside[own]})
        self._restore_if_empty()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A context in which BLAS uses one thread; any number may overlap, in any threads."""
    _OWNER.enter()
    try:
        yield
    finally:
        _OWNER.leave()


@cache
def _controller() -> ThreadpoolController:
    # Made at first use, when numpy and scipy have loaded their libraries; the look takes milliseconds.
    return ThreadpoolController()


_OWNER: Final = _Owner()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_OWNER.begin_in_child)
