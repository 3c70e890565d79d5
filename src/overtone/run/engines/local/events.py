"""What an engine tells the one who watches it, and how it is asked to stop."""

from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final, Protocol, TypeAlias

from overtone.run.records.trial_folder import Outcome
from overtone.space import Configuration


@dataclass(frozen=True)
class Finished:
    """A trial that is over.

    Attributes:
        number: of the trial.
        outcome: how it ended; None if it was eliminated.
        is_default: whether it ran the study's default configuration.
        counts: whether its value may be the best one, since it is one of this space at the end's fidelity.
    """

    number: int
    outcome: Outcome | None
    is_default: bool = False
    counts: bool = True


@dataclass(frozen=True)
class Past:
    """What lies behind a run that begins.

    Attributes:
        finished: the trials that are over, by number.
        paused: numbers of those that wait to be promoted or eliminated.
        taken_up: how many trials an earlier run left unfinished.
        seconds: that all runs of commands have taken.
    """

    finished: tuple[Finished, ...] = ()
    paused: tuple[int, ...] = ()
    taken_up: int = 0
    seconds: float = 0.0


class Observer(Protocol):
    """Is told what happens, in the thread that called the engine."""

    def run_started(self, past: Past) -> None:
        """The study is open."""

    def trial_started(self, number: int, configuration: Configuration) -> None:
        """The command of a trial runs; of a promoted one, once more."""

    def trial_paused(self, number: int, outcome: Outcome) -> None:
        """A trial has ended a rung, and waits to be promoted or eliminated."""

    def trial_eliminated(self, number: int) -> None:
        """A paused trial will not go on."""

    def trial_finished(self, trial: Finished, in_all: int) -> None:
        """A trial's outcome is in the store, where so many are over now, whoever ran them."""


@dataclass(frozen=True)
class Exited:
    """The command of a trial has ended."""

    number: int
    code: int  # negative: minus the signal that ended it


@dataclass(frozen=True)
class StopRequested:
    """Someone asks the engine to end in good order."""


Message: TypeAlias = Exited | StopRequested


class Mailbox:
    """Where messages for the engine arrive, from any thread and from signal handlers."""

    def __init__(self) -> None:
        # SimpleQueue.put may interrupt itself, so a signal handler may call it; Queue.put may not.
        self._messages: Final[SimpleQueue[Message]] = SimpleQueue()

    def put(self, message: Message) -> None:
        """Deliver a message."""
        self._messages.put(message)

    def stop(self) -> None:
        """Ask for an end in good order; asked twice, running commands get no time to clean up."""
        self.put(StopRequested())

    def get(self, *, timeout: float | None) -> Message | None:
        """The next message; None if none came in time."""
        try:
            return self._messages.get(timeout=timeout)
        except Empty:
            return None
