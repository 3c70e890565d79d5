"""One thread a process, one Hypothesis profile, and cheap SQLite stores, for all tests."""

import functools
import gc
import os
import sqlite3

# Two test processes with two threads each would wait for one another on two cores. It has to be said
# before numpy is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import alembic.util
import hypothesis
import pytest
import sqlalchemy

# No deadline: the first call of a kernel compiles it, and test machines are shared.
# Derandomised: a change is judged by the same examples everywhere; new ones come with new tests.
# 40 examples are what the default run can afford, and a law keeps at least 25 unless each one runs a search;
# `--hypothesis-profile=thorough` asks for 100, as CI does.
for name, examples in (("thorough", 100), ("overtone", 40)):
    hypothesis.settings.register_profile(
        name,
        deadline=None,
        derandomize=True,
        max_examples=examples,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile("overtone")


@pytest.fixture(scope="session", autouse=True)
def migrations_are_read_once():
    """Optuna runs its ten migration scripts thrice for every store that it makes, 60 ms in all."""
    read = alembic.util.load_python_file
    kept = functools.cache(read)

    def load(folder, name):
        # The environment acts when it is run; the migrations only define functions.
        return read(folder, name) if name == "env.py" else kept(folder, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alembic.util, "load_python_file", load)
        yield


@pytest.fixture(scope="session", autouse=True)
def stores_survive_processes_but_no_power_cut():
    """No test cuts the power, and waiting for the disk takes longer than most tests."""

    def hurry(connection, _):
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", hurry)
    yield
    sqlalchemy.event.remove(sqlalchemy.Engine, "connect", hurry)


def pytest_collection_finish():
    """What was imported and collected lives to the end: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
