"""What an Optuna study has shown so far: fitted stages, what to recommend, what random search would reach."""

from collections.abc import Sequence
from dataclasses import replace

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.search.conclusions.findings import Findings, concluded, refuse_too_few
from overtone.space import SearchSpace
from overtone.spectrum.basis import Values
from overtone.study.course import course_of_study
from overtone.study.discovery import discovered_space
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.stages import without
from overtone.study.harmonica.transfer import transfer_of
from overtone.study.history import coded, history_of
from overtone.study.storage import (
    DEFAULT,
    FAILURE,
    GIVEN,
    end_of,
    facts_of,
    is_at,
    sign_of,
    trials_of,
)


def findings_of(study: Study, space: SearchSpace | None = None, *, quiet: bool = False) -> Findings:
    """What a study has shown.

    Args:
        study: run by any sampler.
        space: its parameters; by default what its trials asked for.
        quiet: whether trials that the space cannot code are left out without a warning.

    Raises:
        SearchError: if no trial is finished.
    """
    sign = sign_of(study)
    trials = [trial for trial in trials_of(study) if trial.params and trial.state.is_finished()]
    refuse_too_few(len(trials), f"The study {study.study_name!r}")
    end = end_of(study)
    known = without(discovered_space(trials), end) if space is None else space
    full = [trial for trial in trials if is_at(trial, end)]
    stages = stages_in(facts_of(study))
    found = concluded(
        known,
        history_of(full, known, sign, whole=space is not None, quiet=quiet),
        sign=sign,
        stages=stages,
        default=_default(full, known),
        reasons={t.number: str(t.user_attrs[FAILURE]) for t in full if FAILURE in t.user_attrs},
        is_adaptive=any(GIVEN in trial.system_attrs for trial in full),
    )
    return replace(
        found,
        finished=len(trials),
        failed=sum(trial.state is TrialState.FAIL for trial in trials),
        cheap=len(trials) - len(full),
        transfer=transfer_of(study),
        course=course_of_study(trials, sign=sign, end=end, stages=len(stages)),
    )


def _default(trials: Sequence[FrozenTrial], space: SearchSpace) -> Values | None:
    """The codes of the newest default configuration that a space has."""
    marked = [trial for trial in trials if trial.user_attrs.get(DEFAULT)]
    _, codes, _ = coded(marked, space, whole=True)
    return codes[-1] if codes else None
