"""The thread that renews a study's note and figures while its dashboard is shown."""

import threading
import time
from collections.abc import Callable
from typing import Final, final

import optuna

from overtone.run.dashboard.attachments import Attachments, attach, attachments_of, finished_in
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.store import STORE_ERRORS
from overtone.study.storage import storage_of

# A look asks the store for new trials.
LOOK_SECONDS: Final = 3.0
# Of the time that looking, explaining and writing may take: the rest is the tuner's.
SHARE: Final = 0.1
# An explanation may take longer; it is given up at the end, and half a note is not.
END_SECONDS: Final = 2.0
WRITE_SECONDS: Final = 10.0


@final
class Renewal:
    """Renews what is attached to a study as its trials end.

    Args:
        study: in the store.
        study_file: its file.
        warn: is told once if the store does not take what is written.
    """

    def __init__(
        self, study: optuna.Study, study_file: StudyFile, *, warn: Callable[[str], None]
    ) -> None:
        self.writing: Final = threading.Lock()  # held while a note or a figure is half written
        self._study = study
        self._study_file = study_file
        self._warn = warn
        self._ended = threading.Event()
        self._explained = 0
        self._new: Attachments | None = None
        self._written: Attachments | None = None
        self._has_warned = False
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)

    def __enter__(self) -> "Renewal":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join(END_SECONDS)
        if self.writing.acquire(timeout=WRITE_SECONDS):
            self.writing.release()

    def look(self) -> None:
        """Explain the study once more if trials have ended since, and write what has changed."""
        try:
            self._write()  # what an earlier look could not
            finished = finished_in(self._study)
            if finished != self._explained:
                is_first = self._new is None
                self._new = attachments_of(self._study, self._study_file, quiet=not is_first)
                self._explained = finished
            self._write()
        except (*STORE_ERRORS, OSError) as error:
            self._say(_cause_of(error))
        except KeyError:
            if self._study.study_name in optuna.get_all_study_names(storage_of(self._study)):
                raise
            self._say("it is not in the store any more")
            self._ended.set()

    def _write(self) -> None:
        if self._new is None or self._new is self._written:
            return
        with self.writing:
            if not self._ended.is_set():
                attach(self._study, self._new, self._written)
                self._written = self._new

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            began = time.monotonic()
            self.look()
            pause = pause_after(time.monotonic() - began)

    def _say(self, why: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(
                f"The note and the figures of {self._study.study_name!r} cannot be renewed: {why}. "
                "All else of the dashboard works."
            )


def _cause_of(error: BaseException) -> str:
    """What the database itself said first."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error) or type(error).__name__).splitlines()[0]


def pause_after(seconds: float) -> float:
    """How long nothing is done after a look that took so long."""
    return max(LOOK_SECONDS, seconds * (1.0 / SHARE - 1.0))
