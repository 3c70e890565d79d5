"""What a search needs to know of an Optuna study.

A trial that overtone drew carries the system attribute TAG: the stage that it was drawn in, and the digest of
its region. An enqueued trial, and a copy of a trial that was retried, which copies the tag too, has a mark of
Optuna's beside it: it was not drawn uniformly, so it counts for the best value and not for a fit.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SpaceError
from overtone.search.history import History, State
from overtone.space import INACTIVE, Choice, SearchSpace, code_of, value_of
from overtone.spectrum.basis import Values
from overtone.study.distributions import merged, parameter_of

TAG: Final = "overtone:drawn"
# Optuna's own marks: of an enqueued trial, and of a copy that `RetryHeartbeatStaleTrialCallback` made.
FIXED: Final = "fixed_params"
RETRIED: Final = "failed_trial"

_STATES: Final = {
    TrialState.COMPLETE: State.COMPLETE,
    TrialState.PRUNED: State.PRUNED,
    TrialState.FAIL: State.FAILED,
    TrialState.RUNNING: State.RUNNING,
    TrialState.WAITING: State.RUNNING,
}


def trials_of(study: Study) -> list[FrozenTrial]:
    """All trials of a study by number, those of other Hyperband brackets too; not to be changed."""
    # The storage is asked because a pruner may pass a proxy of the study that shows one bracket only.
    trials = study._storage.get_all_trials(study._study_id, deepcopy=False)  # noqa: SLF001
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


def drawn_region(trial: FrozenTrial) -> str:
    """The digest of the region that a trial was drawn from uniformly, or "" if it was not."""
    tag: Mapping[str, Any] = trial.system_attrs.get(TAG, {})
    return "" if _is_given(trial) else str(tag.get("region", ""))


def is_undecided(trial: FrozenTrial) -> bool:
    """Whether a trial runs, and may yet be drawn from a region."""
    is_tagged = TAG in trial.system_attrs
    return trial.state == TrialState.RUNNING and not is_tagged and not _is_given(trial)


def _is_given(trial: FrozenTrial) -> bool:
    return FIXED in trial.system_attrs or RETRIED in trial.system_attrs


def history_of(trials: Sequence[FrozenTrial], space: SearchSpace, sign: float) -> History:
    """The history of some trials, ascending in number.

    Raises:
        SpaceError: if a trial has a value that the space does not.
    """
    codes = [codes_of(trial, space) for trial in trials]
    return History(
        np.array([trial.number for trial in trials], dtype=np.int64),
        np.array(codes).reshape(len(trials), len(space)),
        np.array([_value(trial, sign) for trial in trials]),
        tuple(_STATES[trial.state] for trial in trials),
        tuple(drawn_region(trial) for trial in trials),
    )


def _value(trial: FrozenTrial, sign: float) -> float:
    return sign * trial.values[0] if trial.values else np.nan


def codes_of(trial: FrozenTrial, space: SearchSpace) -> Values:
    """The codes of a trial's parameters, `(n,)`, NaN where it has none or the space calls it inactive.

    Raises:
        SpaceError: if the trial has a value that the space does not.
    """
    codes = np.full(len(space), np.nan)
    chosen: dict[str, Choice] = {}
    for parameter in space.parents_first:
        name = parameter.name
        if name not in trial.params or not space.is_active(parameter, chosen):
            continue
        distribution = trial.distributions[name]
        try:
            codes[space.index(name)] = code_of(parameter, trial.params[name])
        except SpaceError as error:
            # A discovered space codes choices of any kind by their place.
            if isinstance(distribution, CategoricalDistribution) and parameter == parameter_of(
                name, distribution, parameter.when
            ):
                codes[space.index(name)] = distribution.to_internal_repr(trial.params[name])
            else:
                raise SpaceError(f"Trial {trial.number}: {error}") from None
        # Conditions name the space's own values.
        chosen[name] = value_of(parameter, codes[space.index(name)])
    return codes


def discovered_space(trials: Sequence[FrozenTrial]) -> SearchSpace:
    """The space that some trials were drawn from, conditions included.

    A parameter that some trials lack is taken to depend on a discrete parameter whose values decide, in these
    trials, whether it is there: the one with the fewest such values, the first of equals.
    """
    names = sorted({name for trial in trials for name in trial.params})
    asked: dict[str, BaseDistribution] = {
        name: merged(t.distributions[name] for t in trials if name in t.params) for name in names
    }
    flat = SearchSpace([parameter_of(name, d) for name, d in asked.items()])
    present = np.array([[name in t.params for name in names] for t in trials]).reshape(
        len(trials), len(names)
    )
    conditions: dict[str, dict[str, list[Choice]]] = {}
    for i, name in enumerate(names):
        if not present[:, i].all():
            conditions[name] = _condition(i, trials, flat, present)
    return SearchSpace([parameter_of(name, d, conditions.get(name)) for name, d in asked.items()])


def _condition(
    child: int,
    trials: Sequence[FrozenTrial],
    space: SearchSpace,
    present: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> dict[str, list[Choice]]:
    """The parent that decides whether a parameter is there, and its deciding values; none if none does."""
    found: list[tuple[int, int]] = []
    values: dict[int, list[Choice]] = {}
    for parent, parameter in enumerate(space.parameters):
        distribution = next(
            t.distributions[parameter.name] for t in trials if parameter.name in t.params
        )
        is_above = present[:, parent].sum() > present[:, child].sum()
        if not is_above or not isinstance(distribution, CategoricalDistribution):
            continue
        levels = np.array(
            [
                distribution.to_internal_repr(t.params[parameter.name]) if there else INACTIVE
                for t, there in zip(trials, present[:, parent], strict=True)
            ]
        )
        on, off = set(levels[present[:, child]]), set(levels[~present[:, child]])
        if not on & off and INACTIVE not in on:
            found.append((len(on), parent))
            values[parent] = [_choices(space, parent)[int(level)] for level in sorted(on)]
    if not found:
        return {}
    parent = min(found)[1]
    return {space.parameters[parent].name: values[parent]}


def _choices(space: SearchSpace, parent: int) -> Sequence[Choice]:
    choices: Sequence[Choice] = space.parameters[parent].choices  # type: ignore[union-attr]  # categorical by its distribution
    return choices
