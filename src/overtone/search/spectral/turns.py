"""When a trial does something else than to climb the expected improvement."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Values


class Turn(Enum):
    """What a trial does."""

    CLIMB = "climb"  # it is where the expected improvement is largest, as far as a walk finds it
    UNIFORM = "uniform"  # it is drawn uniformly
    NEAR = "near"  # it stays next to the best
    REDRAW = "redraw"  # it keeps what matters of the best, and draws the rest again


@final
@dataclass(frozen=True)
class Turns:
    """Which trials do something else, by number and by the trials without an improvement, the stall.

    A model that never saw a region cannot miss it, so a few trials are uniform. A search that stalls believes
    in the wrong region or cannot see the last improvements: the longer it stalls, the more trials do without
    the model, and in the end it begins anew: late, since all that it knows but failures is lost then.

        stall of       of the trials                                             do
        any            one in uniform_every, or uniform_seldom                   UNIFORM
        local_after    one in local_every, later in local_often: the local ones  NEAR
        local_after    one in elsewhere_every, where parameters have conditions  another branch
        redraw_after   every second of the local ones                            REDRAW
        uniform_after  every uniform_turn-th of the local ones                   UNIFORM
        anew_after     all                                                       begin anew

    Attributes:
        uniform_every, uniform_first: one trial in so many, the first of them.
        uniform_seldom: the same, once the model predicts values that are left out with an R^2 of `trusted`.
        trusted: see above.
        noticeable: an improvement counts if it is this share of what was reached from the median of the first
            trials on: a search that polishes the last digits stalls.
        local_after, local_every: trials of a stall after which one in so many stays near the best.
        local_often_after, local_often: the same, later.
        redraw_after, uniform_after, uniform_turn, anew_after: see above.
        elsewhere_every, elsewhere_first: one trial in so many, the first of them.
    """

    uniform_every: int = 12
    uniform_seldom: int = 48
    uniform_first: int = 5
    trusted: float = 0.3
    noticeable: float = 0.002
    local_after: int = 10
    local_every: int = 4
    local_often_after: int = 60
    local_often: int = 2
    redraw_after: int = 25
    uniform_after: int = 30
    uniform_turn: int = 3
    anew_after: int = 200
    elsewhere_every: int = 4
    elsewhere_first: int = 2

    def of(self, number: int, *, stall: int, score: float) -> Turn:
        """What a trial does.

        Args:
            number: of the trial.
            stall: trials since the last improvement.
            score: R^2 of the values that the model is not told.
        """
        every = self.uniform_every if score < self.trusted else self.uniform_seldom
        if number % every == self.uniform_first:
            return Turn.UNIFORM
        every = self.local_every if stall < self.local_often_after else self.local_often
        if stall < self.local_after or number % every:
            return Turn.CLIMB
        turn = number // every
        if stall >= self.uniform_after and turn % self.uniform_turn == 1:
            return Turn.UNIFORM
        return Turn.REDRAW if turn % 2 == 0 and stall >= self.redraw_after else Turn.NEAR

    def is_elsewhere(self, number: int, *, stall: int) -> bool:
        """Whether a trial looks at another branch, where parameters depend on others."""
        return stall >= self.local_after and number % self.elsewhere_every == self.elsewhere_first


USUAL: Final = Turns()


@final
@dataclass(frozen=True)
class Epoch:
    """Where a search began anew, and what it has reached since.

    Attributes:
        start: trials before it.
        stall: trials since the last noticeable improvement in it.
    """

    start: int
    stall: int


def epoch_of(y: Values, turns: Turns, *, first_rows: int) -> Epoch:
    """The epoch that a search is in after some values, NaN for failures.

    Args:
        y: shape `(N,)`, in the order in which the trials ended.
        turns: when it begins anew.
        first_rows: the values whose median says how much an improvement is.
    """
    start = improved = 0
    level = marked = np.inf
    first: list[float] = []
    for ended, value in enumerate(y.tolist(), start=1):
        if len(first) < first_rows and not np.isnan(value):
            first.append(value)
            level = float(np.median(first))
        gained = marked - value
        if value < marked and (marked == np.inf or gained > turns.noticeable * (level - value)):
            marked, improved = value, ended
        if ended - improved >= turns.anew_after:
            start, improved, marked, first = ended, ended, np.inf, []
    return Epoch(start, len(y) - improved)
