"""However fits overlap, BLAS has one thread while any of them runs, and afterwards as many as before."""

import os
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import ThreadpoolController

from overtone.spectrum import threads
from overtone.spectrum.threads import one_blas_thread


class Library:
    """Stands for the BLAS of the process, with its number of threads."""

    def __init__(self, count):
        self.count = count

    def limit(self, *, limits, user_api):
        assert user_api == "blas"
        before, self.count = self.count, limits
        library = self

        class Limit:
            def restore_original_limits(self):
                library.count = before

        return Limit()


def use(library, monkeypatch):
    """Make a library the only one of the process."""
    none = ThreadpoolController().select(filepath=[])
    monkeypatch.setattr(
        threads, "_libraries", lambda *, are_per_thread: none if are_per_thread else library
    )


@pytest.fixture
def library(monkeypatch):
    library = Library(7)
    use(library, monkeypatch)
    return library


class Worker(threading.Thread):
    """Enters and leaves when it is told to, in a thread of its own."""

    def __init__(self):
        super().__init__(daemon=True)
        self.orders, self.done = threading.Semaphore(0), threading.Semaphore(0)
        self.order, self.inside = None, []
        self.start()

    def run(self):
        while True:
            self.orders.acquire()
            if self.order == "end":
                return
            if self.order == "enter":
                self.inside.append(one_blas_thread())
                self.inside[-1].__enter__()
            else:
                self.inside.pop().__exit__(None, None, None)
            self.done.release()

    def told(self, order):
        self.order = order
        self.orders.release()
        if order == "end":
            self.join()
        else:
            self.done.acquire()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 3), max_size=40))
def test_any_interleaving_restores_what_was(turns):
    """Each turn, a thread enters if it is less than twice inside, else leaves; at the end all leave."""
    library = Library(7)
    with pytest.MonkeyPatch.context() as patch:
        use(library, patch)
        workers = [Worker() for _ in range(4)]
        for turn in turns:
            worker = workers[turn]
            worker.told("enter" if len(worker.inside) < 2 else "leave")
            assert library.count == (1 if any(w.inside for w in workers) else 7)
        for worker in workers:
            while worker.inside:
                worker.told("leave")
        assert library.count == 7
        for worker in workers:
            worker.told("end")


def test_an_error_inside_restores_what_was(library):
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        1 / (library.count - 1)
    assert library.count == 7


def test_a_number_that_was_changed_in_between_is_the_one_restored_next_time(library):
    with one_blas_thread():
        pass
    library.count = 3
    with one_blas_thread():
        assert library.count == 1
    assert library.count == 3


def test_a_library_whose_number_belongs_to_each_thread_is_held_in_each(monkeypatch):
    class PerThread(threading.local):
        count = 7
        limit = Library.limit

    libraries = {True: PerThread(), False: Library(5)}
    monkeypatch.setattr(threads, "_libraries", lambda *, are_per_thread: libraries[are_per_thread])
    seen = []

    def fit():
        seen.append(libraries[True].count)
        with one_blas_thread():
            seen.append(libraries[True].count)
        seen.append(libraries[True].count)

    with one_blas_thread():
        thread = threading.Thread(target=fit)
        thread.start()
        thread.join()
        assert (libraries[True].count, libraries[False].count) == (1, 1)
    assert seen == [7, 1, 7]
    assert (libraries[True].count, libraries[False].count) == (7, 5)


# Fits that overlap in threads, and a fork while another thread is inside.
OVERLAPPING = """
import os, threading
import numpy as np
from threadpoolctl import threadpool_info
import overtone
from overtone.spectrum.threads import one_blas_thread

def blas():
    return sorted({i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"})

rng = np.random.default_rng(0)
X = rng.choice([-1, 1], (120, 20))
y = X[:, 0] * X[:, 1] + X[:, 2] + 0.1 * rng.normal(size=120)
overtone.recover(X, y)
before = blas()
for _ in range(5):
    samples = [slice(90 + 10 * k) for k in range(3)]
    fits = [threading.Thread(target=overtone.recover, args=(X[s], y[s])) for s in samples]
    [fit.start() for fit in fits]
    [fit.join() for fit in fits]
    assert blas() == before, (before, blas())

# Whoever enters first need not be the last to leave.
for outer in (True, False):
    inside, out = threading.Event(), threading.Event()
    def other():
        with one_blas_thread():
            assert blas() == [1]
            inside.set()
            out.wait()
    thread = threading.Thread(target=other)
    if outer:
        with one_blas_thread():
            thread.start()
            inside.wait()
    else:
        thread.start()
        inside.wait()
        with one_blas_thread():
            assert blas() == [1]
        assert blas() == [1]
    out.set()
    thread.join()
    assert blas() == before, (outer, before, blas())

entered, go_on = threading.Event(), threading.Event()
def wait_inside():
    with one_blas_thread():
        entered.set()
        go_on.wait()
waiting = threading.Thread(target=wait_inside, daemon=True)
waiting.start()
entered.wait()
child = os.fork()
if child == 0:
    good = blas() == before
    with one_blas_thread():
        good = good and blas() == [1]
    os._exit(0 if good and blas() == before else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
go_on.set()
waiting.join()
assert blas() == before
print(before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.slow
def test_overlapping_fits_and_forks_leave_the_threads_of_blas_as_they_were():
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OVERLAPPING],
        env={**environment, "OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[2]"
