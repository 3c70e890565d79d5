"""What a search needs to know of an Optuna study.

A trial that overtone drew carries the system attribute TAG: the stage that it was drawn in, and the digest of
its region. An enqueued trial, and a copy of a trial that was retried, which copies the tag too, has a mark of
Optuna's beside it: it was not drawn uniformly, so it counts for the best value and not for a fit.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SpaceError
from overtone.search.history import History, State
from overtone.space import Choice, SearchSpace, code_of, value_of
from overtone.spectrum.basis import Values
from overtone.study.distributions import parameter_of
from overtone.study.storage import drawn_region

_STATES: Final = {
    TrialState.COMPLETE: State.COMPLETE,
    TrialState.PRUNED: State.PRUNED,
    TrialState.FAIL: State.FAILED,
    TrialState.RUNNING: State.RUNNING,
    TrialState.WAITING: State.RUNNING,
}


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
