"""The lock on a run directory: one tuner at a time.

Only here is something imported that exists on Unix alone: who looks at a study, or tunes a function, does
without.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from overtone.errors import RunError
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.trial_folder import write_whole


@contextmanager
def locked(study_file: StudyFile) -> Iterator[None]:
    """Hold the run directory, so that no second tuner works in it.

    Raises:
        RunError: naming the tuner that holds it already.
    """
    run_directory = study_file.run_directory
    run_directory.mkdir(parents=True, exist_ok=True)
    _keep_out_of_git(run_directory.parent)
    # The kernel lets go of the lock however the tuner ends, kill -9 included.
    with (run_directory / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise RunError(
                f"{study_file.path}: the study {study_file.name!r} is being tuned already, by process "
                f"{lock.read().strip() or '(starting)'}. Wait for it, stop it, or give this study "
                "another name."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _keep_out_of_git(directory: Path) -> None:
    ignore = directory / ".gitignore"
    if not ignore.exists():
        write_whole(ignore, "*\n")
