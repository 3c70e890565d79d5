"""The watchers of runs: what an engine tells becomes what is known, and that is shown."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self, final

from overtone.cli.live.asking import Learner
from overtone.cli.live.lines import ended_line, finished_line, going_on
from overtone.cli.live.screen import Screen, Terminal, fitting_screen
from overtone.cli.live.state import State, aim_of
from overtone.cli.saying import plain_warnings
from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.events import Finished, Past
from overtone.run.records.trial_folder import Outcome
from overtone.space import Configuration


def watcher_for(study_file: StudyFile, *, is_quiet: bool) -> "Watcher":
    """The watcher of a study's run, on standard error."""
    screen = fitting_screen(is_quiet=is_quiet)
    # What seems to matter is worked out for who can see it.
    learner = Learner(study_file) if isinstance(screen, Terminal) else None
    return Watcher(study_file, screen, learner)


@final
class Displays:
    """The watchers of several runs, one after the other."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self.has_started = False

    @contextmanager
    def watch(self, study_file: StudyFile) -> Iterator["Watcher"]:
        """The watcher of one of the runs; each warning is a line above it."""
        screen = fitting_screen(is_quiet=self._is_quiet, is_one_of_several=True)
        # Nothing is worked out beside them: what a run costs may be counted in seconds.
        watcher = Watcher(study_file, screen, None)
        try:
            with plain_warnings(watcher.say), watcher:
                yield watcher
        finally:
            self.has_started = self.has_started or watcher.has_started
        if not self._is_quiet:
            watcher.say_how_it_ended()


@final
class Watcher:
    """An observer that knows how a run stands, and has it shown.

    Args:
        study_file: of the run.
        screen: that shows it.
        learner: that works out what seems to matter; None if nothing does.

    Attributes:
        has_started: whether the study was opened.
    """

    def __init__(self, study_file: StudyFile, screen: Screen, learner: Learner | None) -> None:
        # Each event puts another value here, so whoever draws it meanwhile sees a whole one.
        self._state = State(aim_of(study_file), time.monotonic())
        self._screen = screen
        self._learner = learner
        self.has_started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._screen.close()
        finally:
            if self._learner is not None:
                self._learner.close()

    def say(self, line: str) -> None:
        """Show a message or a warning."""
        self._screen.say(line)

    def say_how_it_ended(self) -> None:
        """Show a line about the run, which is one of several."""
        self.say(ended_line(self._state, time.monotonic()))

    def run_started(self, past: Past) -> None:
        """The study is open."""
        self.has_started = True
        self._state = State.begun_after(past, self._state.aim, time.monotonic())
        self._screen.open(self._look, going_on(past, self._state))
        self._consider()

    def trial_started(self, number: int, configuration: Configuration) -> None:
        """A command runs."""
        del configuration
        self._state = self._state.started(number, time.monotonic())

    def trial_paused(self, number: int, outcome: Outcome) -> None:
        """A rung has ended."""
        self._state = self._state.with_pause(number, outcome.seconds)

    def trial_eliminated(self, number: int) -> None:
        """A paused trial is over."""
        self._state = self._state.with_elimination(number)
        self._screen.tell(finished_line(Finished(number, None), self._state))

    def trial_finished(self, trial: Finished, in_all: int) -> None:
        """A trial has ended."""
        self._state = self._state.with_finished(trial, in_all, time.monotonic())
        self._screen.tell(finished_line(trial, self._state))
        self._consider()

    def _look(self) -> tuple[State, float]:
        insight = None if self._learner is None else self._learner.latest
        return replace(self._state, insight=insight), time.monotonic()

    def _consider(self) -> None:
        if self._learner is not None and not self._state.is_over:
            self._learner.consider(self._state.finished)
