"""The trials of an Optuna study as the arrays that a search works on.

A trial may have a value that the space does not: it was enqueued outside a range, or ran before the range was
narrowed. Such a trial is data for nobody. It is named once, by a warning, and left out.

A trial may also lack a parameter that the space calls active, or have one that it calls inactive: it ran
before the space was changed, or the program asks by other rules than the space has. A search learns what it
can from such a trial, but none is recommended, and no conclusion about the space is drawn from it.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SpaceError, SpaceWarning
from overtone.search.history import History, State
from overtone.space import Choice, SearchSpace, code_of, describe_condition, value_of
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


def history_of(
    trials: Sequence[FrozenTrial],
    space: SearchSpace,
    sign: float,
    *,
    whole: bool = False,
    named: set[str] | None = None,
    quiet: bool = False,
) -> History:
    """The history of some trials, ascending in number, with a warning of those that are left out.

    Args:
        trials: of one study.
        space: the parameters.
        sign: what turns the study's values into values to be minimised.
        whole: whether trials that succeeded are left out unless they have just the active parameters.
        named: the reasons that earlier warnings gave, which need no other; those given here are added.
        quiet: whether there is no warning, since someone else gives it.
    """
    trials, codes, left_out = coded(trials, space, whole=whole)
    history = History(
        np.array([trial.number for trial in trials], dtype=np.int64),
        np.array(codes).reshape(len(trials), len(space)),
        np.array([_value(trial, sign) for trial in trials]),
        tuple(_STATES[trial.state] for trial in trials),
        tuple(drawn_region(trial) for trial in trials),
    )
    if not quiet:
        warn_of_left_out(left_out, set() if named is None else named)
    return history


def coded(
    trials: Sequence[FrozenTrial], space: SearchSpace, *, whole: bool = False
) -> tuple[list[FrozenTrial], list[Values], dict[int, SpaceError]]:
    """The trials that a space can code, their codes, and why each other one, by number, is left out."""
    kept: list[FrozenTrial] = []
    codes: list[Values] = []
    left_out: dict[int, SpaceError] = {}
    for trial in trials:
        try:
            row = codes_of(trial, space)
            if whole and trial.state is TrialState.COMPLETE:
                _refuse_other_parameters(trial, space, row)
        except SpaceError as error:
            left_out[trial.number] = error
        else:
            kept.append(trial)
            codes.append(row)
    return kept, codes, left_out


def is_of(trial: FrozenTrial, space: SearchSpace) -> bool:
    """Whether a trial's parameters are those that a space calls active, with values that it has."""
    return not coded([trial], space, whole=True)[2]


def warn_of_left_out(left_out: Mapping[int, SpaceError], named: set[str]) -> None:
    """Name a trial that is left out, and count the others; the caller is done by then.

    A filter may turn the warning into an error. A reason that was named is not named again: a value that is
    pinned would be, with every trial.
    """
    why = {number: str(reason).partition(": ")[2] for number, reason in left_out.items()}
    reasons = [left_out[number] for number in sorted(why) if why[number] not in named]
    named.update(why.values())
    if reasons:
        more = len(reasons) - 1
        others = f", like {more} other{'s' if more > 1 else ''} of its kind" if more else ""
        warnings.warn(
            f"{reasons[0]} The trial is left out of what is learnt{others}.",
            SpaceWarning,
            stacklevel=3,
        )


def _refuse_other_parameters(trial: FrozenTrial, space: SearchSpace, codes: Values) -> None:
    chosen = space.decode(codes) if any(p.when for p in space.parameters) else {}
    for parameter in space.parents_first:
        name = parameter.name
        is_active, is_there = space.is_active(parameter, chosen), name in trial.params
        if is_active and not is_there:
            raise SpaceError(
                f"Trial {trial.number}: {name!r} is active in the space but has no value: the trial ran "
                "with another space, or its program did not ask for it."
            )
        if is_there and not is_active:
            raise SpaceError(
                f"Trial {trial.number}: {name!r} has the value {trial.params[name]!r}, but in the space it "
                f"is only active when {describe_condition(parameter)}."
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
