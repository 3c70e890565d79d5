"""What a person sees on a terminal while a study runs; nothing if there is no terminal."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.events import Past
from overtone.run.records.trial_folder import Outcome
from overtone.run.records.visible import visible
from overtone.space import Configuration


def progress_display(study_file: StudyFile) -> "ProgressDisplay":
    """The display of a study's run, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
    return ProgressDisplay(study_file, console)


class Displays:
    """The displays of several runs, one after the other."""

    def __init__(self) -> None:
        self.has_started = False

    @contextmanager
    def watch(self, study_file: StudyFile) -> Iterator["ProgressDisplay"]:
        """The display of one of the runs; each warning is a line above it."""
        display = progress_display(study_file)
        with warnings.catch_warnings(), display:
            warnings.showwarning = lambda message, *_, **__: display.say(f"warning: {message}")
            try:
                yield display
            finally:
                self.has_started = self.has_started or display.has_started


class ProgressDisplay:
    """An observer that draws a bar over the trials, their counts, and the best value so far."""

    def __init__(self, study_file: StudyFile, console: Console) -> None:
        self._file = study_file
        self._console = console
        self._is_shown = console.is_terminal
        self._running: set[int] = set()
        self._failed = 0
        self._paused: set[int] = set()
        self._best: float | None = None
        self.has_started = False
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
            TimeRemainingColumn(),
            console=console,
            disable=not self._is_shown,
        )
        self._task = self._progress.add_task(study_file.name, total=study_file.trials, counts="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._console.print(visible(line))

    def run_started(self, past: Past) -> None:
        """The study is open."""
        self.has_started = True
        self._failed, self._best = past.failed, past.best
        if past.finished or past.taken_up:
            again = f", {past.taken_up} cut off and taken up again" if past.taken_up else ""
            self.say(
                f"{self._file.name}: going on; {past.finished} of {self._file.trials} trials are "
                f"finished{again}."
            )
        # Restart the clock as well: trials of an earlier run say nothing of the time left.
        total = max(self._file.trials, past.finished)
        self._progress.reset(self._task, completed=past.finished, total=total)
        self._show()

    def trial_started(self, number: int, configuration: Configuration) -> None:
        """A command runs."""
        del configuration
        self._paused.discard(number)
        self._running.add(number)
        self._show()

    def trial_paused(self, number: int, outcome: Outcome) -> None:
        """A rung has ended."""
        del outcome
        self._running.discard(number)
        self._paused.add(number)
        self._show()

    def trial_eliminated(self, number: int) -> None:
        """A paused trial is over."""
        self._paused.discard(number)
        self._progress.advance(self._task)
        self._show()

    def trial_finished(self, number: int, outcome: Outcome) -> None:
        """A trial has ended."""
        self._running.discard(number)
        if outcome.value is None:
            self._failed += 1
            if self._is_shown:
                self.say(f"trial {number} failed: {outcome.failure}")
        elif self._best is None or self._is_better(outcome.value, self._best):
            self._best = outcome.value
        self._progress.advance(self._task)
        self._show()

    def _is_better(self, value: float, than: float) -> bool:
        return value > than if self._file.direction == "maximize" else value < than

    def _show(self) -> None:
        paused = f"{len(self._paused)} paused, " if self._paused else ""
        counts = f"{len(self._running)} running, {paused}{self._failed} failed"
        if self._best is not None:
            counts += f", best {self._file.metric} {self._best:g}"
        self._progress.update(self._task, counts=visible(counts))
