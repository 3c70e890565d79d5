"""The trials of an Optuna study as the arrays that a search works on.

A trial may have a value that the space does not: it was enqueued outside a range, or ran before the range was
narrowed. Such a trial is data for nobody. It is named once, by a warning, and left out.
"""

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SpaceError, SpaceWarning
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
    """The history of some trials, ascending in number, with a warning of those that are left out."""
    trials, codes, left_out = coded(trials, space)
    history = History(
        np.array([trial.number for trial in trials], dtype=np.int64),
        np.array(codes).reshape(len(trials), len(space)),
        np.array([_value(trial, sign) for trial in trials]),
        tuple(_STATES[trial.state] for trial in trials),
        tuple(drawn_region(trial) for trial in trials),
    )
    warn_of_left_out(list(left_out.values()))
    return history


def coded(
    trials: Sequence[FrozenTrial], space: SearchSpace
) -> tuple[list[FrozenTrial], list[Values], dict[int, SpaceError]]:
    """The trials that a space can code, their codes, and why each other one, by number, is left out."""
    kept: list[FrozenTrial] = []
    codes: list[Values] = []
    left_out: dict[int, SpaceError] = {}
    for trial in trials:
        try:
            codes.append(codes_of(trial, space))
        except SpaceError as error:
            left_out[trial.number] = error
        else:
            kept.append(trial)
    return kept, codes, left_out


def is_of(trial: FrozenTrial, space: SearchSpace) -> bool:
    """Whether a trial's values are those of a space."""
    return not coded([trial], space)[2]


def warn_of_left_out(reasons: Sequence[SpaceError]) -> None:
    """Name a trial that is left out, and count the others; the caller is done by then.

    A filter may turn the warning into an error.
    """
    if reasons:
        more = len(reasons) - 1
        others = f", like {more} other{'s' if more > 1 else ''} of its kind" if more else ""
        warnings.warn(
            f"{reasons[0]} The trial is left out of what is learnt{others}.",
            SpaceWarning,
            stacklevel=3,
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
