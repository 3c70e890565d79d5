"""The course of an Optuna study: its finished trials one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from overtone.search.course import Origin, Trial
from overtone.search.history import State
from overtone.study.storage import (
    DEFAULT,
    FAILURE,
    REPEAT,
    SECONDS,
    TAG,
    WORKER,
    drawn_region,
    is_at,
    is_given,
)

STATES: Final = {
    TrialState.COMPLETE: State.COMPLETE,
    TrialState.PRUNED: State.PRUNED,
    TrialState.FAIL: State.FAILED,
}


def course_of_study(
    trials: Sequence[FrozenTrial], *, sign: float, end: Mapping[str, Any], stages: int
) -> tuple[Trial, ...]:
    """The course of some finished trials.

    Args:
        trials: finished, by number.
        sign: what turns values into values to be minimised.
        end: what is fixed at the end of the study.
        stages: how many of Harmonica are closed.
    """
    starts = [trial.datetime_start for trial in trials if trial.datetime_start is not None]
    first = min(starts, default=None)

    def seconds(trial: FrozenTrial) -> tuple[float | None, float | None]:
        begun, ended = trial.datetime_start, trial.datetime_complete
        if first is None or begun is None or ended is None:
            return None, None
        start, runs = (begun - first).total_seconds(), trial.user_attrs.get(SECONDS, {})
        # The clock may have been set back meanwhile.
        end = max((ended - first).total_seconds(), start)
        # A trial that was cut off begins where it was taken up again.
        return max(start, end - sum(runs.values())) if len(runs) == 1 else start, end

    def trial_of(trial: FrozenTrial) -> Trial:
        begun, ended = seconds(trial)
        worker, reason = trial.user_attrs.get(WORKER), trial.user_attrs.get(FAILURE)
        stage = trial.system_attrs.get(TAG, {}).get("stage")
        return Trial(
            trial.number,
            sign * trial.values[0] if trial.values else np.nan,
            STATES[trial.state],
            _origin(trial),
            stage if stage is not None and stage < stages else None,
            is_cheap=not is_at(trial, end),
            reason=None if reason is None else str(reason),
            worker=None if worker is None else str(worker),
            begun=begun,
            ended=ended,
        )

    return tuple(map(trial_of, trials))


def _origin(trial: FrozenTrial) -> Origin:
    if trial.user_attrs.get(DEFAULT):
        return Origin.DEFAULT
    if REPEAT in trial.user_attrs or "check" in trial.system_attrs.get(TAG, {}):
        return Origin.REPEAT
    if is_given(trial):
        return Origin.GIVEN
    return Origin.UNIFORM if drawn_region(trial) else Origin.SEARCH
