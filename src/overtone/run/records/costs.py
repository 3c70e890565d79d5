"""The seconds that the commands of a study have taken, all together: a cost that any two samplers share."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial

# Of a trial: the seconds of each of its runs, by budget; and those of all trials when its last run ended.
SECONDS: Final = "overtone:seconds"
BY_THEN: Final = "overtone:seconds-by-then"


def note(study: optuna.Study, trial: optuna.Trial, seconds: float, budget: int | None) -> None:
    """Store what a run has taken; noted twice, it counts once."""
    trials = study.get_trials(deepcopy=False)
    own = next(t.user_attrs.get(SECONDS, {}) for t in trials if t.number == trial.number)
    if str(budget) in own:
        return
    # Someone else, such as a heartbeat of the storage, may have ended the trial.
    with suppress(UpdateFinishedTrialError):
        trial.set_user_attr(BY_THEN, seconds_of(trials) + seconds)
        trial.set_user_attr(SECONDS, {**own, str(budget): seconds})


def seconds_of(trials: Sequence[FrozenTrial]) -> float:
    """What all runs have taken."""
    return sum(sum(trial.user_attrs.get(SECONDS, {}).values()) for trial in trials)
