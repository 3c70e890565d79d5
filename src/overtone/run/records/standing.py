"""Where a study stands: what is finished, what runs, and what is best."""

import datetime
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import optuna
from optuna.trial import FrozenTrial, TrialState

from overtone.run.definition.command import as_json
from overtone.run.definition.study_file import BudgetSettings, StudyFile
from overtone.run.records.costs import cost_of, is_paused
from overtone.run.records.trial_folder import trial_folder
from overtone.space import Choice, Configuration, SearchSpace
from overtone.study.history import is_of
from overtone.study.storage import FAILURE, TAG, end_of, is_at, sign_of

if TYPE_CHECKING:
    from overtone.search.conclusions.recommendation import Recommendation

# After so many failures, and no success, what is tuned is likely wrong itself.
HOPELESS: Final = 5
UNKNOWN_FAILURE: Final = "no reason recorded"


@dataclass(frozen=True)
class Best:
    """The configuration to use: its first trial, the mean of its values, and how often it was run."""

    number: int
    value: float
    configuration: Configuration
    runs: int


@dataclass(frozen=True)
class Failure:
    """A reason why trials failed, and how many did for it."""

    reason: str
    trials: int


@dataclass(frozen=True)
class RunningTrial:
    """A trial without an end so far, and the seconds since it began."""

    number: int
    seconds: float


@dataclass(frozen=True)
class Standing:
    """Where a study stands."""

    complete: int
    eliminated: int  # by a schedule that gave the full budget to others
    failures: tuple[Failure, ...]  # the most frequent first
    running: tuple[RunningTrial, ...]
    paused: int
    cost: int  # of all runs that have a value, in units of the budget; 0 without budgets
    best: Best | None
    stage: (
        int | None
    )  # of the newest trial, from 1; after the last, the base sampler; None if the sampler has no stages

    @property
    def failed(self) -> int:
        """The number of failed trials."""
        return sum(failure.trials for failure in self.failures)

    @property
    def finished(self) -> int:
        """The number of trials that are over."""
        return self.complete + self.eliminated + self.failed


def standing_of(
    study: optuna.Study, space: SearchSpace, budget: BudgetSettings | None = None
) -> Standing:
    """Where a study stands now."""
    trials = study.get_trials(deepcopy=False)
    failures = Counter(
        str(trial.user_attrs.get(FAILURE, UNKNOWN_FAILURE))
        for trial in trials
        if trial.state is TrialState.FAIL
    )
    paused = [trial for trial in trials if is_paused(trial, budget)]
    return Standing(
        complete=sum(trial.state is TrialState.COMPLETE for trial in trials),
        eliminated=sum(trial.state is TrialState.PRUNED for trial in trials),
        failures=tuple(Failure(reason, count) for reason, count in failures.most_common()),
        running=tuple(
            _running(trial)
            for trial in trials
            if trial.state is TrialState.RUNNING and trial not in paused
        ),
        paused=len(paused),
        cost=cost_of(trials),
        best=best_of(study, space),
        stage=_stage(trials),
    )


def best_of(study: optuna.Study, space: SearchSpace) -> Best | None:
    """The configuration to use, at the end's fidelity; the earliest of equals, None if none succeeded.

    The best one observed, or, where runs of one configuration were seen to differ, the one of the best
    expected value.
    """
    end = end_of(study)
    sign = sign_of(study)
    complete = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if trial.value is not None and is_at(trial, end) and is_of(trial, space)
    ]
    if not complete:
        return None
    runs: dict[str, list[FrozenTrial]] = {}
    for trial in complete:
        runs.setdefault(as_json(configuration_of(trial, space)), []).append(trial)
    if any(_value(trial) != _value(own[0]) for own in runs.values() for trial in own):
        found = _expected_best(study, space)
        first = next((t for t in complete if found is not None and t.number == found.number), None)
        if found is not None and first is not None:
            value = sign * found.observed
            return Best(found.number, value, configuration_of(first, space), found.runs)
    first = min(complete, key=lambda trial: (sign * _value(trial), trial.number))
    own = runs[as_json(configuration_of(first, space))]
    value = sum(map(_value, own)) / len(own)
    return Best(own[0].number, value, configuration_of(first, space), len(own))


def _expected_best(study: optuna.Study, space: SearchSpace) -> "Recommendation | None":
    # Importing what tells takes a second, and only a metric that varies needs it.
    from overtone.study.findings import findings_of

    # The report names what is left out.
    return findings_of(study, space, quiet=True).recommendation


def _value(trial: FrozenTrial) -> float:
    assert trial.value is not None  # complete trials of one objective
    return trial.value


def configuration_of(trial: FrozenTrial, space: SearchSpace) -> Configuration:
    """The configuration of a trial, in the order of the space."""
    return _in_order(trial.params, space)


def command_line_of(study: optuna.Study, study_file: StudyFile) -> Callable[[Configuration], str]:
    """The function from a configuration to the line that a person can paste into a shell."""
    numbers = {
        as_json(configuration_of(trial, study_file.space)): trial.number
        for trial in reversed(study.get_trials(deepcopy=False))
        if is_at(trial, end_of(study))
    }

    budget = None if study_file.budget is None else study_file.budget.budgets.most
    fixed = {} if study_file.fidelity is None else study_file.fidelity.end

    def line(configuration: Configuration) -> str:
        number = numbers.get(as_json(_in_order(configuration, study_file.space)))
        folder = None if number is None else trial_folder(study_file.run_directory, number)
        return study_file.command.command_line(
            {**configuration, **fixed},
            study_dir=study_file.directory,
            parameters_file="parameters.json" if folder is None else str(folder.parameters),
            budget=budget,
        )

    return line


def _in_order(configuration: Mapping[str, Choice], space: SearchSpace) -> Configuration:
    return {name: configuration[name] for name in space.names if name in configuration}


def _running(trial: FrozenTrial) -> RunningTrial:
    # Optuna's times are local times without a zone.
    begun = trial.datetime_start or datetime.datetime.now()  # noqa: DTZ005
    elapsed = datetime.datetime.now() - begun  # noqa: DTZ005
    return RunningTrial(trial.number, elapsed.total_seconds())


def _stage(trials: list[FrozenTrial]) -> int | None:
    for trial in reversed(trials):
        if TAG in trial.system_attrs:
            return int(trial.system_attrs[TAG]["stage"]) + 1
    return None
