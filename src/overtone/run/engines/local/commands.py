"""The commands that run: each with its deadline, and their ends as they arrive in the mailbox."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import optuna

from overtone.run.engines.local.child import GRACE, LAST_WAIT, Child, start
from overtone.run.engines.local.events import Exited, Mailbox, StopRequested
from overtone.run.records.trial_folder import TrialFolder


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    Attributes:
        trial, folder, budget: that it was run for.
        code: its exit code, or minus the signal that ended it.
        seconds: that it took.
        timeout: the seconds that it was given, if they ran out.
    """

    trial: optuna.Trial
    folder: TrialFolder
    budget: int | None
    code: int
    seconds: float
    timeout: float | None


@dataclass
class _Running:
    """A trial whose command runs."""

    trial: optuna.Trial
    folder: TrialFolder
    child: Child
    started: float
    budget: int | None
    deadline: float | None  # when the next signal is due
    timed_out: bool = False

    def hasten(self, now: float) -> None:
        """Ask a command that is over its time to end; if it was asked before, end it."""
        if self.timed_out:
            self.child.kill()
            self.deadline = None
        else:
            self.child.terminate()
            self.timed_out, self.deadline = True, now + GRACE


class Commands:
    """The commands of an engine.

    Args:
        mailbox: in which their ends, and requests to stop, arrive.
        timeout: seconds that each may take.

    Attributes:
        is_stopping: whether someone has asked for an end.
    """

    def __init__(self, mailbox: Mailbox, timeout: float | None) -> None:
        self._mailbox = mailbox
        self._timeout = timeout
        self._running: dict[int, _Running] = {}
        self.is_stopping = False

    def __len__(self) -> int:
        return len(self._running)

    def start(
        self,
        trial: optuna.Trial,
        folder: TrialFolder,
        argv: list[str],
        *,
        variables: Mapping[str, str],
        budget: int | None,
    ) -> None:
        """Start the command of a trial in its folder.

        Raises:
            StartError: if the operating system refuses.
        """
        child = start(argv, folder, number=trial.number, variables=variables, mailbox=self._mailbox)
        now = time.monotonic()
        deadline = None if self._timeout is None else now + self._timeout
        self._running[trial.number] = _Running(trial, folder, child, now, budget, deadline)

    def next_end(self, patience: float | None) -> Ended | None:
        """The next command that ends; None if none does within the seconds, or a request to stop comes first.

        A command whose deadline passes meanwhile is asked to end, and then ended; that ends the wait too.
        """
        deadlines = [r.deadline for r in self._running.values() if r.deadline is not None]
        if patience is not None:
            deadlines.append(time.monotonic() + patience)
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        ended = self._received(timeout)
        now = time.monotonic()
        for running in self._running.values():
            if running.deadline is not None and running.deadline <= now:
                running.hasten(now)
        return ended

    def ended_already(self) -> Iterator[Ended]:
        """The commands whose ends have arrived, until there is no further message or a request to stop."""
        while not self.is_stopping:
            ended = self._received(0.0)
            if ended is None:
                return
            yield ended

    def _received(self, timeout: float | None) -> Ended | None:
        match self._mailbox.get(timeout=timeout):
            case Exited(number=number, code=code) if number in self._running:
                return self._ended(self._running.pop(number), code)
            case StopRequested():
                self.is_stopping = True
            case _:
                pass
        return None

    def _ended(self, running: _Running, code: int) -> Ended:
        return Ended(
            running.trial,
            running.folder,
            running.budget,
            code,
            time.monotonic() - running.started,
            self._timeout if running.timed_out else None,
        )

    @contextmanager
    def none_left_running(self) -> Iterator[None]:
        """Whatever happens inside, no command runs afterwards, and a cut-off trial may start again."""
        try:
            yield
            if self._running:
                self._end_all(GRACE)
        finally:
            self._end_all(0.0)

    def _end_all(self, grace: float) -> None:
        self._signal_all(Child.terminate)
        self._await_ends(grace)
        self._signal_all(Child.kill)
        # The kernel ends them now; it only takes its time.
        self._await_ends(LAST_WAIT)
        for number in list(self._running):
            self._forget(number)

    def _signal_all(self, signal: Callable[[Child], None]) -> None:
        for running in self._running.values():
            signal(running.child)

    def _await_ends(self, seconds: float) -> None:
        """Wait until no command runs, the seconds are over, or someone asks to stop at once."""
        end = time.monotonic() + seconds
        while self._running and (left := end - time.monotonic()) > 0:
            match self._mailbox.get(timeout=left):
                case Exited(number=number):
                    self._forget(number)
                case StopRequested():
                    return
                case None:
                    pass

    def _forget(self, number: int) -> None:
        running = self._running.pop(number, None)
        if running is not None:
            running.folder.forget_attempts()
