"""What the runs of a study have cost: in seconds, which any two samplers share, and in units of a budget."""

from collections.abc import Sequence
from contextlib import suppress

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from overtone.run.definition.study_file import BudgetSettings
from overtone.study.storage import BY_THEN, COST, RUNG, SECONDS


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


def cost_of(trials: Sequence[FrozenTrial]) -> int:
    """What all runs have cost, in units of the budget."""
    return sum(sum(trial.user_attrs.get(COST, {}).values()) for trial in trials)


def is_paused(trial: FrozenTrial, settings: BudgetSettings | None) -> bool:
    """Whether a trial has ended a rung below the full budget, and is neither promoted nor over."""
    if settings is None or trial.state is not TrialState.RUNNING or RUNG not in trial.user_attrs:
        return False
    budget = trial.user_attrs[RUNG]["budget"]
    return budget in trial.intermediate_values and bool(budget < settings.budgets.most)
