"""The client of the learner: asks now and then, waits for nothing, and goes on without it if it is gone."""

import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from overtone.cli.live.state import Change, Insight
from overtone.run.definition.study_file import StudyFile

# Finished trials before anything can be said.
FIRST: Final = 10
# After so many further ones there is something new: at least so many, and this share of all.
LEAST_NEW: Final = 3
NEW_SHARE: Final = 0.1
# A longer answer is none.
LONGEST: Final = 1 << 16
# Seconds that a process which was killed, and the thread that talks to it, take to vanish, at most.
LAST_WAIT: Final = 2.0

LEARNER: Final = ("-P", "-W", "ignore", "-m", "overtone.cli.live.learner")
_ONE_THREAD: Final = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)


class Learner:
    """Knows what seems to matter in a study that is being run, as of a while ago.

    Args:
        study_file: of the study.
        call: what is run, behind the name of this Python.

    Attributes:
        latest: what the newest answer said; None before the first.
    """

    def __init__(self, study_file: StudyFile, call: tuple[str, ...] = LEARNER) -> None:
        self.latest: Insight | None = None
        self._file = study_file
        self._call = call
        self._questions: SimpleQueue[bool] = SimpleQueue()  # False is the end of them
        self._talk: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_closed = False
        self._is_asked = False
        self._known = 0

    def consider(self, finished: int) -> None:
        """Ask, if so many finished trials are worth it, and the last question is answered."""
        new = finished - self._known
        if finished < FIRST or self._is_asked or new < max(LEAST_NEW, NEW_SHARE * finished):
            return
        self._known, self._is_asked = finished, True
        self._questions.put(True)
        if self._talk is None:
            self._talk = threading.Thread(target=self._converse, daemon=True)
            self._talk.start()

    def close(self) -> None:
        """End it, whatever it is doing: it only reads."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()
        self._questions.put(False)
        if self._talk is not None:
            self._talk.join(LAST_WAIT)

    def _converse(self) -> None:
        # To start a process, to write and to read may each take a while: that is what this thread is for.
        with suppress(OSError):
            with self._lock:
                if self._is_closed:
                    return
                self._process = self._started()
            with self._process as process:
                self._ask(process)
                process.kill()

    def _ask(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018  # both are pipes
        pickled = pickle.dumps(self._file)
        process.stdin.write(b"%d\n%s" % (len(pickled), pickled))
        while self._questions.get():
            process.stdin.write(b"\n")
            process.stdin.flush()
            line = process.stdout.readline(LONGEST)
            try:
                answer = _Answer.model_validate_json(line) if line != b"null\n" else None
            except ValidationError:
                return  # and nothing is asked any more
            if answer is not None:
                self.latest = answer.insight
            self._is_asked = False

    def _started(self) -> "subprocess.Popen[bytes]":
        # In a session of its own, Ctrl-C does not reach it: it ends when this process says so, or ends.
        return subprocess.Popen(
            [sys.executable, *self._call],
            env={**os.environ, **_ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


class _Changed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    setting: str
    to: str
    mean: str
    change: str
    is_sure: bool


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    trials: int
    note: str
    changes: list[_Changed]

    @property
    def insight(self) -> Insight:
        """The answer as the panel takes it."""
        changes = tuple(Change(**c.model_dump()) for c in self.changes)
        return Insight(self.trials, self.note, changes)
