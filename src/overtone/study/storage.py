"""What is written into a user's database, and every word of Optuna that has no public name.

These names stay as they are: a study that an earlier version began goes on under a later one.

    of a study, as user attributes
        STUDY     what it was started with, and must go on with
        SAMPLES   how many trials a stage has, if that was chosen for it
    of a study, as system attributes
        STAGE     a closed stage, with its number behind the name
        END       what is fixed at its end
        TRANSFER  how well the stages tell of the end
    of a trial, as user attributes
        WORKER    whose it is
        DEFAULT   that it evaluates the user's own default configuration
        FAILURE   why it has no value
        REPEAT    what for it runs a configuration again, or one next to it, instead of a new one
        SECONDS   that each of its runs took, by budget
        BY_THEN   the seconds of all trials when its last run ended
        RUNG      the bracket that it began in, and the budget of its latest run
        COST      of each of its runs, in units of the budget
        SPENT     what the study had cost when each of its runs ended
    of a trial, as system attributes
        TAG       the stage that it was drawn in, the digest of its region, and the trial that it repeats
        GIVEN     what it was given, by name, in Optuna's internal representation

An enqueued trial, and a copy of a trial that was retried, which copies the tag too, has a mark of Optuna's
beside it: it was not drawn uniformly, so it counts for the best value and not for a fit.
"""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Final

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from overtone.search.repeats import Repeats
from overtone.space import Configuration

STUDY: Final = "overtone:study"
SAMPLES: Final = "overtone:samples"
STAGE: Final = "overtone:stage:"
END: Final = "overtone:end"
TRANSFER: Final = "overtone:transfer"
WORKER: Final = "overtone:worker"
DEFAULT: Final = "overtone:default"
FAILURE: Final = "overtone:failure"
REPEAT: Final = "overtone:repeat"
SECONDS: Final = "overtone:seconds"
BY_THEN: Final = "overtone:seconds-by-then"
RUNG: Final = "overtone:rung"
COST: Final = "overtone:cost"
SPENT: Final = "overtone:spent"
TAG: Final = "overtone:drawn"
# Parameters reach the storage one by one, as the objective asks for them: without GIVEN, other workers would
# take a trial that has just begun for another one.
GIVEN: Final = "overtone:given"
# Optuna's own marks: of an enqueued trial, and of a copy that `RetryHeartbeatStaleTrialCallback` made.
FIXED: Final = "fixed_params"
RETRIED: Final = "failed_trial"

FINISHED: Final = (TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED)


def trials_of(study: Study) -> list[FrozenTrial]:
    """All trials of a study by number, those of other Hyperband brackets too; not to be changed."""
    # The storage is asked because a pruner may pass a proxy of the study that shows one bracket only.
    trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
    return sorted(trials, key=lambda trial: trial.number)


def sign_of(study: Study) -> float:
    """What turns the study's values into values to be minimised.

    Raises:
        ValueError: if the study has several objectives.
    """
    if len(study.directions) > 1:
        raise ValueError(
            f"The study has {len(study.directions)} objectives, but overtone's samplers search for the best "
            "of one. Combine them into one value, or use a multi-objective sampler of Optuna."
        )
    return -1.0 if study.directions[0] == StudyDirection.MAXIMIZE else 1.0


def storage_of(study: Study) -> BaseStorage:
    """The storage that holds a study."""
    return study._storage


def key_of(study: Study) -> int:
    """What a study is called in its storage; other storages use the same keys."""
    return study._study_id


def key_of_trial(trial: FrozenTrial) -> int:
    """What a trial is called in its storage; other storages use the same keys."""
    return trial._trial_id


def begun_trial(
    study: Study, marks: Mapping[str, Any], given: Configuration | None = None
) -> optuna.Trial:
    """A new trial that runs, with its user attributes, and what it is given, from the start.

    `Study.ask` would create it and mark it in two steps, and whoever died between them would leave a trial
    that nobody takes up.
    """
    facts = {} if given is None else {FIXED: dict(given)}
    begun = create_trial(state=TrialState.RUNNING, user_attrs=dict(marks), system_attrs=facts)
    return optuna.Trial(study, study._storage.create_new_trial(study._study_id, begun))


def taken_up(study: Study, trial: FrozenTrial) -> optuna.Trial:
    """A running trial, to go on with."""
    return optuna.Trial(study, trial._trial_id)


def facts_of(study: Study) -> Mapping[str, Any]:
    """What the samplers have stored of a study."""
    return study._storage.get_study_system_attrs(study._study_id)


def store_fact(study: Study, name: str, value: Any) -> None:
    """Store something of a study, as JSON."""
    study._storage.set_study_system_attr(study._study_id, name, value)


def facts_of_trial(study: Study, trial: FrozenTrial) -> Mapping[str, Any]:
    """What the samplers have stored of a trial by now, perhaps in another process."""
    return study._storage.get_trial_system_attrs(trial._trial_id)


def store_fact_of_trial(study: Study, trial: FrozenTrial, name: str, value: Any) -> None:
    """Store something of a trial that runs, as JSON."""
    study._storage.set_trial_system_attr(trial._trial_id, name, value)


def fix_trial(
    study: Study, trial: FrozenTrial, given: Configuration, marks: Mapping[str, Any]
) -> None:
    """Give a trial that has just begun all its values, as an enqueued one has them, and mark it.

    Optuna reads what is fixed from this object once the sampler's `before_trial` is done.
    """
    study._storage.set_trial_system_attr(trial._trial_id, FIXED, dict(given))
    trial.system_attrs[FIXED] = dict(given)
    for name, value in marks.items():
        study._storage.set_trial_user_attr(trial._trial_id, name, value)
        trial.user_attrs[name] = value


def holds(distribution: BaseDistribution, value: object) -> bool:
    """Whether a distribution has a value."""
    return distribution._contains(distribution.to_internal_repr(value))


def is_given(trial: FrozenTrial) -> bool:
    """Whether a trial was enqueued or retried, not drawn."""
    return FIXED in trial.system_attrs or RETRIED in trial.system_attrs


def drawn_region(trial: FrozenTrial) -> str:
    """The digest of the region that a trial was drawn from uniformly, or "" if it was not."""
    tag: Mapping[str, Any] = trial.system_attrs.get(TAG, {})
    return "" if is_given(trial) else str(tag.get("region", ""))


def is_undecided(trial: FrozenTrial) -> bool:
    """Whether a trial runs, and may yet be drawn from a region."""
    is_tagged = TAG in trial.system_attrs
    return trial.state == TrialState.RUNNING and not is_tagged and not is_given(trial)


def holds_default(study: Study, default: Configuration) -> bool:
    """Whether a study has a trial of this default configuration, finished or not."""
    return any(
        trial.user_attrs.get(DEFAULT) and trial.system_attrs.get(FIXED) == default
        for trial in study.get_trials(deepcopy=False)
    )


def may_repeat(study: Study, repeats: Repeats | None) -> bool:
    """Whether the next trial of a study may be a repeat, without a look at its values."""
    if repeats is None:
        return False
    trials = study.get_trials(deepcopy=False)
    made = sum(REPEAT in trial.user_attrs for trial in trials)
    # Behind the last trial of the budget none is begun.
    return len(trials) < repeats.trials and repeats.may_be_due(len(trials), made)


def store_end(study: Study, end: Mapping[str, Any]) -> None:
    """Store what the end of a study fixes, for whoever looks at its trials."""
    if not end_of(study):
        store_fact(study, END, dict(end))


def end_of(study: Study) -> Mapping[str, Any]:
    """What is fixed at the end of a study; nothing if its stages have no fidelity of their own."""
    end: Mapping[str, Any] = facts_of(study).get(END, {})
    return end


def is_at(trial: FrozenTrial | optuna.Trial, end: Mapping[str, Any]) -> bool:
    """Whether a trial was evaluated with these values."""
    return all(trial.params.get(name) == value for name, value in end.items())


class EndOfStudy(Study):
    """A study as a base sampler may see it: without the trials at another fidelity than the end's."""

    def __init__(self, study: Study) -> None:
        """Share everything with a study."""
        self.__dict__.update(study.__dict__)
        views = _VIEWS.setdefault(study._storage, {})
        # A sampler may keep what it knows by storage, so one study always has the same view.
        view = views.setdefault(study._study_id, _EndStorage(study._storage, end_of(study)))
        self._storage: Any = view
        self._end = view.end

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Any = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        # The cache is the study's own, with all trials.
        return _at_end(super()._get_trials(deepcopy, states, use_cache), self._end)


class _EndStorage:
    """A storage whose list of trials is that of the end; everything else is the storage's."""

    def __init__(self, storage: BaseStorage, end: Mapping[str, Any]) -> None:
        # Weakly, or a view would keep alive the key that it is found by.
        self._whole = weakref.proxy(storage)
        self.end = end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Any = None
    ) -> list[FrozenTrial]:
        return _at_end(self._whole.get_all_trials(study_id, deepcopy, states), self.end)


_VIEWS: weakref.WeakKeyDictionary[BaseStorage, dict[int, _EndStorage]] = weakref.WeakKeyDictionary()


def _at_end(trials: Iterable[FrozenTrial], end: Mapping[str, Any]) -> list[FrozenTrial]:
    # A trial that has not been asked for what is fixed is at no other fidelity.
    return [t for t in trials if is_at(t, end) or not set(end) & set(t.params)]
