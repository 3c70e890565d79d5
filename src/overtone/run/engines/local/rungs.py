"""The rungs of a study: to which budget a trial is run next, which trials are paused, what each run has cost.

A trial of a study with budgets keeps, as user attributes, the bracket that it began in and the budget of its
latest run, written before the run; and for each run what it cost, and what the study had cost by then. The
value of a run is the intermediate value at the step of its budget. Together they say how far the trial has
come, whoever asks. A paused trial is one that runs, for Optuna, and whose latest run has a value.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from overtone.run.definition.study_file import BudgetSettings
from overtone.run.proposals import Proposals
from overtone.run.records.costs import cost_of
from overtone.run.records.trial_folder import Outcome
from overtone.search.halving import Candidate, Schedule
from overtone.study.storage import COST, RUNG, SPENT, WORKER, sign_of, taken_up


class Rungs:
    """Which trial goes on, and to which budget."""

    def __init__(
        self,
        study: optuna.Study,
        settings: BudgetSettings,
        proposals: Proposals,
        worker: str | None,
    ) -> None:
        """Take up the rungs of a study.

        Args:
            study: whose trials they are.
            settings: the budgets.
            proposals: with or without a schedule; without one, every trial has the full budget.
            worker: whose checkpoints are here; None if everybody's are.
        """
        self._study = study
        self._settings = settings
        self._schedule: Schedule | None = proposals.schedule
        self._is_halved: Callable[[FrozenTrial], bool] = proposals.is_halved
        self._worker = worker

    def goal(self, trial: optuna.Trial) -> int:
        """The budget of a trial's latest run; decided now if it has none."""
        known = trial.user_attrs.get(RUNG)
        if known is None:
            known = {"bracket": None, "budget": self._settings.budgets.most}
            if self._schedule is not None and self._is_halved(self._latest(trial.number)):
                begin = self._schedule.place(self._position(trial.number))
                known = {"bracket": begin.bracket, "budget": begin.budget}
            trial.set_user_attr(RUNG, known)
        return int(known["budget"])

    def promote(self, *, may_begin: bool) -> optuna.Trial | None:
        """A paused trial that goes on, its new budget stored; None if none is due."""
        if self._schedule is None:
            return None
        may_begin = may_begin or self._is_one_unplaced()
        due = self._schedule.promotion(self._candidates(), may_begin=may_begin)
        if due is None:
            return None
        frozen = self._latest(due.number)
        trial = taken_up(self._study, frozen)
        trial.set_user_attr(RUNG, {**frozen.user_attrs[RUNG], "budget": due.budget})
        return trial

    def eliminate(self, *, may_begin: bool) -> list[int]:
        """End the paused trials that will not go on, those of this worker; their numbers."""
        if self._schedule is None:
            return []
        may_begin = may_begin or self._is_one_unplaced()
        gone = self._schedule.eliminated(self._candidates(), may_begin=may_begin)
        numbers = [candidate.number for candidate in gone if candidate.is_here]
        for number in numbers:
            self._study.tell(number, state=TrialState.PRUNED, skip_if_finished=True)
        return numbers

    def resumed_from(self, trial: optuna.Trial) -> int | None:
        """The budget whose checkpoint a trial goes on from; None if it starts from nothing."""
        done = self._latest(trial.number).intermediate_values
        return max(done) if done and self._settings.resume else None

    def record(self, trial: optuna.Trial, outcome: Outcome) -> bool:
        """Store the value of a run and what it cost; whether it was to the full budget."""
        assert outcome.budget is not None  # where there are rungs, every run has a budget
        assert outcome.value is not None  # a failed run has no value to be recorded
        latest = self._latest(trial.number)
        if outcome.budget not in latest.intermediate_values:
            key, done = str(outcome.budget), self.resumed_from(trial) or 0
            costs = {**latest.user_attrs.get(COST, {}), key: outcome.budget - done}
            trial.set_user_attr(COST, costs)
            spent = cost_of(self._study.get_trials(deepcopy=False))
            trial.set_user_attr(SPENT, {**latest.user_attrs.get(SPENT, {}), key: spent})
            trial.report(outcome.value, outcome.budget)
        return outcome.budget >= self._settings.budgets.most

    def holds_paused(self) -> bool:
        """Whether a trial of this worker waits to go on."""
        return self._schedule is not None and any(
            c.is_here and not c.is_over and c.goal in c.values for c in self._candidates()
        )

    def _position(self, number: int) -> int:
        """How many trials with smaller numbers have a place in a bracket, or will have one.

        All of them exist, but another worker may be about to give one its place.
        """
        earlier = [t for t in self._study.get_trials(deepcopy=False) if t.number < number]
        return sum(_bracket_of(t) is not None or self._is_unplaced(t) for t in earlier)

    def _is_one_unplaced(self) -> bool:
        """Whether a trial that has begun is still to get a place in a bracket, from another worker."""
        return any(map(self._is_unplaced, self._study.get_trials(deepcopy=False)))

    def _is_unplaced(self, trial: FrozenTrial) -> bool:
        is_begun = trial.state is TrialState.RUNNING and RUNG not in trial.user_attrs
        return is_begun and self._is_halved(trial)

    def _candidates(self) -> list[Candidate]:
        return candidates_of(
            self._study.get_trials(deepcopy=False), sign=sign_of(self._study), worker=self._worker
        )

    def _latest(self, number: int) -> FrozenTrial:
        trials = self._study.get_trials(deepcopy=False)
        return next(trial for trial in trials if trial.number == number)


def candidates_of(
    trials: Sequence[FrozenTrial], *, sign: float, worker: str | None
) -> list[Candidate]:
    """The trials that began in a bracket.

    Args:
        trials: of a study.
        sign: what turns its values into values to be minimised.
        worker: see `Rungs`.
    """
    return [
        _candidate(trial, trial.user_attrs[RUNG], sign, worker)
        for trial in trials
        if _bracket_of(trial) is not None
    ]


def _bracket_of(trial: FrozenTrial) -> int | None:
    """The bracket that a trial began in; None if it has none, or none yet."""
    bracket: int | None = trial.user_attrs.get(RUNG, {}).get("bracket")
    return bracket


def _candidate(
    trial: FrozenTrial, rung: dict[str, Any], sign: float, worker: str | None
) -> Candidate:
    values = {budget: sign * value for budget, value in trial.intermediate_values.items()}
    if trial.state is TrialState.FAIL:
        values.setdefault(rung["budget"], math.inf)
    return Candidate(
        number=trial.number,
        bracket=rung["bracket"],
        goal=rung["budget"],
        values=values,
        is_over=trial.state.is_finished(),
        is_here=worker is None or trial.user_attrs.get(WORKER) == worker,
    )
