"""The trials of a search one by one: what each was for, what it gave, where and when it ran."""

from dataclasses import dataclass
from enum import Enum
from typing import final

from overtone.search.history import History, State


class Origin(Enum):
    """Why a configuration was run."""

    DEFAULT = "default"  # it is the user's own
    SEARCH = "search"  # a search proposed it
    UNIFORM = "uniform"  # it was drawn uniformly
    REPEAT = "repeat"  # to learn how much runs vary, or which configuration is best
    GIVEN = "given"  # the user gave it


@final
@dataclass(frozen=True)
class Trial:
    """A finished trial.

    Attributes:
        number: of the trial.
        y: its value, to be minimised; NaN without one.
        state: how it ended.
        origin: why it was run.
        stage: of Harmonica, from 0; None without stages, and behind the last of them.
        is_cheap: whether it was evaluated at another fidelity than the end's.
        reason: why it failed, where that was recorded.
        worker: whose it was, where that was recorded.
        begun, ended: seconds since the first trial began; None where that is not known.
    """

    number: int
    y: float
    state: State
    origin: Origin = Origin.SEARCH
    stage: int | None = None
    is_cheap: bool = False
    reason: str | None = None
    worker: str | None = None
    begun: float | None = None
    ended: float | None = None


def course_of(history: History) -> tuple[Trial, ...]:
    """The course of trials of which nothing else is known."""
    origins = (Origin.UNIFORM if region else Origin.SEARCH for region in history.regions)
    return tuple(
        Trial(int(number), float(y), state, origin)
        for number, y, state, origin in zip(
            history.numbers, history.y, history.states, origins, strict=True
        )
    )
