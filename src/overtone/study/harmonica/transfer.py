"""The transfer check of a study: do the values at the stages' fidelity tell of those at the end's?

A trial of the check repeats one of the last stage at the end's fidelity, and has its number in its tag. The
finished check is a system attribute of the study.
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import TransferWarning
from overtone.search.harmonica.fidelity import Fidelities, Transfer, picks, transfer
from overtone.search.harmonica.stage import Stage
from overtone.study.harmonica.records import Json, transfer_from_json, transfer_to_json
from overtone.study.storage import TAG, TRANSFER, facts_of, sign_of, store_fact, trials_of


def repetitions(
    study: Study, stages: Sequence[Stage], fidelities: Fidelities, *, seed: int
) -> Mapping[int, FrozenTrial | None]:
    """The numbers of the trials that the check repeats, each with its repetition, or None so far."""
    stage = stages[-1]
    if fidelities.check == 0 or fidelities.at(stage.index, len(stages)) == fidelities.end:
        return {}
    trials = trials_of(study)
    members = [trial for trial in trials if trial.number in set(stage.cohort)]
    y = np.array([_value(trial, sign_of(study)) for trial in members])
    picked = picks([t.number for t in members], y, fidelities.check, seed=seed)
    again: dict[int, FrozenTrial | None] = dict.fromkeys(picked)
    for trial in reversed(trials):
        origin = trial.system_attrs.get(TAG, {}).get("check")
        if origin in again:
            again[origin] = trial
    return again


def is_checking(again: Mapping[int, FrozenTrial | None]) -> bool:
    """Whether every repetition has begun, and one of them still runs."""
    begun = [trial for trial in again.values() if trial is not None]
    return len(begun) == len(again) and not all(trial.state.is_finished() for trial in begun)


def conclude(study: Study, again: Mapping[int, FrozenTrial | None], fidelities: Fidelities) -> None:
    """Store how well the stages' fidelity tells of the end's, and warn if it does not.

    Nothing happens if it is stored already, or a repetition has not ended.
    """
    ended = [t for t in again.values() if t is not None and t.state.is_finished()]
    if not again or len(ended) < len(again) or TRANSFER in facts_of(study):
        return
    sign, first = sign_of(study), {trial.number: trial for trial in trials_of(study)}
    found = transfer(
        [(origin, trial.number) for origin, trial in zip(again, ended, strict=True)],
        np.array([_value(first[origin], sign) for origin in again]),
        np.array([_value(trial, sign) for trial in ended]),
        threshold=fidelities.threshold,
    )
    store_fact(study, TRANSFER, transfer_to_json(found))
    if found.is_doubtful:
        # Last, since a filter may turn it into an error.
        warnings.warn(
            f"The stages say little of the end: over {len(ended)} configurations evaluated at both "
            f"fidelities, Spearman's rank correlation is {found.correlation:.2f} (95 % interval "
            f"{found.low:.2f} to {found.high:.2f}), below the threshold of {found.threshold:g}. What the "
            "stages pinned may be wrong at the end: use a fidelity for the stages that is closer to it.",
            TransferWarning,
            stacklevel=2,
        )


def transfer_of(study: Study) -> Transfer | None:
    """The finished check of a study, if there is one."""
    record: Json | None = facts_of(study).get(TRANSFER)
    return None if record is None else transfer_from_json(record)


def _value(trial: FrozenTrial, sign: float) -> float:
    is_complete = trial.state is TrialState.COMPLETE and trial.values is not None
    return sign * trial.values[0] if is_complete else np.nan
