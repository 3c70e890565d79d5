"""How many trials of a budget may run a configuration again, when, and what for."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final, final

from overtone.errors import SearchError
from overtone.space.values import is_number, is_whole

# A budget of fewer trials has none to spare.
LEAST_TRIALS: Final = 20
# Of the budget, when the first configuration is run again; so many times in a hundred trials at most.
CHECKS: Final = (0.1, 0.5, 0.75)
CHECKS_PER_HUNDRED: Final = 3
# Not before the balanced first ten are done.
FIRST_CHECK: Final = 10


class Why(Enum):
    """What a run is for."""

    NOISE = "noise"  # whether runs vary
    FINALIST = "finalist"  # which configuration is the best
    FEWEST = "fewest"  # whether the few changes keep the gain
    PROBE = "probe"  # what the settings do at the recommendation


@final
@dataclass(frozen=True)
class Repeats:
    """How many trials of a budget may be spent on runs that are no search.

    Args:
        trials: the whole budget; below 20 nothing is run again.
        share: of it, at most, between 0 and 0.5.

    Raises:
        SearchError: if one of them is not of this kind.
    """

    trials: int
    share: float = 0.1

    def __post_init__(self) -> None:
        if not is_whole(self.trials) or self.trials < 1:
            raise SearchError(
                f"repeats: trials is {self.trials!r}, but the whole number of trials that the study is to "
                "have, from 1 on, is expected."
            )
        if not is_number(self.share) or not 0.0 <= self.share <= 0.5:
            raise SearchError(
                f"repeats: share is {self.share!r}, but a number from 0 to 0.5 is expected: the share of "
                "the trials that may be repeats."
            )

    @property
    def most(self) -> int:
        """How many runs that is."""
        return int(self.share * self.trials) if self.trials >= LEAST_TRIALS else 0

    def checks(self) -> tuple[int, ...]:
        """After how many trials the first configuration is run again."""
        count = min(len(CHECKS), math.ceil(CHECKS_PER_HUNDRED * self.trials / 100), self.most)
        return tuple(max(FIRST_CHECK, round(part * self.trials)) for part in CHECKS[:count])

    def may_be_due(self, begun: int, made: int) -> bool:
        """Whether the next trial may be a repeat, without a look at the values."""
        if not self.most or made >= self.most:
            return False
        checks = self.checks()
        is_check = made < len(checks) and begun >= checks[made]
        return is_check or begun >= self.trials - (self.most - made)
