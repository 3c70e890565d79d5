"""What a run is told of the trials that were finished before it, and of each that it finishes."""

import optuna
from optuna.trial import FrozenTrial, TrialState

from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.events import Finished, Past
from overtone.run.records.costs import is_paused, seconds_of
from overtone.run.records.standing import UNKNOWN_FAILURE
from overtone.run.records.trial_folder import Outcome
from overtone.space import Configuration
from overtone.study.history import is_of
from overtone.study.storage import FAILURE, is_at


def past_of(study: optuna.Study, study_file: StudyFile, taken_up: int) -> Past:
    """What lies behind a run of a study that takes up so many trials."""
    trials = study.get_trials(deepcopy=False)
    return Past(
        finished=tuple(_finished(t, study_file) for t in trials if t.state.is_finished()),
        paused=tuple(t.number for t in trials if is_paused(t, study_file.budget)),
        taken_up=taken_up,
        seconds=seconds_of(trials),
    )


def finished_trial(
    trial: FrozenTrial | optuna.Trial, outcome: Outcome | None, study_file: StudyFile
) -> Finished:
    """A trial that is over, of the study's own space."""
    end = {} if study_file.fidelity is None else study_file.fidelity.end
    is_default = trial.params == first_configuration(study_file)
    return Finished(trial.number, outcome, is_default, is_at(trial, end))


def first_configuration(study_file: StudyFile) -> Configuration | None:
    """The default configuration as it is run: at the fidelity of the end."""
    if study_file.default is None or study_file.fidelity is None:
        return study_file.default
    return {**study_file.default, **study_file.fidelity.end}


def _finished(trial: FrozenTrial, study_file: StudyFile) -> Finished:
    seconds = seconds_of([trial])
    outcome: Outcome | None = None
    if trial.state is TrialState.FAIL:
        reason = str(trial.user_attrs.get(FAILURE, UNKNOWN_FAILURE))
        outcome = Outcome(None, reason, seconds)
    elif trial.state is TrialState.COMPLETE:
        outcome = Outcome(trial.value, None, seconds)
    known = finished_trial(trial, outcome, study_file)
    return Finished(
        known.number, outcome, known.is_default, known.counts and is_of(trial, study_file.space)
    )
