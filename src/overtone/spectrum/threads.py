"""How many threads the linear algebra of a fit may use.

The matrices of a fit are small: BLAS threads gain little on them when the machine is idle, and wait for each
other at every call when it is not, which is the usual state of a machine that runs trials. Under load a
fit took ten times as long with all threads as with one.
"""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[object]:
    """A context in which BLAS uses one thread."""
    limit: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    # Made at first use, when numpy and scipy have loaded their libraries; the look takes milliseconds.
    return ThreadpoolController()
