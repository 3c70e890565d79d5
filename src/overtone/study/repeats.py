"""Which trials of a study run a configuration again instead of trying a new one."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SpaceError
from overtone.search.next_run import next_run
from overtone.search.repeats import Repeats, Why
from overtone.space import Codes, Configuration, SearchSpace
from overtone.spectrum.basis import Values
from overtone.study.findings import findings_of
from overtone.study.history import coded
from overtone.study.storage import (
    FIXED,
    REPEAT,
    fix_trial,
    trials_of,
)


def due_repeat(
    study: Study, repeats: Repeats | None, space: SearchSpace | None, *, besides: int | None = None
) -> tuple[Configuration, Why] | None:
    """What the next trial of a study is to run again, and why; None for whatever is proposed.

    Args:
        study: with the trials so far.
        repeats: how many may be spent; None for none.
        space: the parameters; None for what the trials asked for.
        besides: the number of the trial that is asked about, where it has begun.
    """
    if repeats is None:
        return None
    trials = [t for t in trials_of(study) if t.number != besides]
    made = Counter(Why(t.user_attrs[REPEAT]) for t in trials if REPEAT in t.user_attrs)
    finished = sum(t.state == TrialState.COMPLETE and bool(t.params) for t in trials)
    if not finished or len(trials) >= repeats.trials:
        return None
    if not repeats.may_be_due(len(trials), sum(made.values())):
        return None
    # Who looks at the study at the end is warned of trials that are left out.
    findings = findings_of(study, space, quiet=True)
    pending = _pending(trials, findings.space)
    run = next_run(repeats, findings, begun=len(trials), made=made, pending=pending)
    return None if run is None else (findings.space.decode(run.codes), run.why)


def begin_repeat(
    study: Study, trial: FrozenTrial, repeats: Repeats | None, space: SearchSpace | None
) -> None:
    """Give a trial that begins the configuration that it is to run again, if it is to.

    It is marked as an enqueued trial is: its values were not drawn.
    """
    if repeats is None or FIXED in trial.system_attrs:
        return
    due = due_repeat(study, repeats, space, besides=trial.number)
    if due is not None:
        configuration, why = due
        fix_trial(study, trial, configuration, {REPEAT: why.value})


def _pending(trials: Sequence[FrozenTrial], space: SearchSpace) -> Codes:
    """The codes of the trials that run or wait, as far as they are known, shape `(b, n)`."""
    rows: list[Values] = []
    for trial in trials:
        if trial.state in (TrialState.RUNNING, TrialState.WAITING):
            given = trial.system_attrs.get(FIXED)
            if given is None:
                rows.extend(coded([trial], space)[1])
                continue
            with suppress(SpaceError):  # what was enqueued need not be a configuration
                rows.append(space.encode(given))
    return np.array(rows).reshape(len(rows), len(space))
