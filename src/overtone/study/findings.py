"""What an Optuna study has shown so far: fitted stages, what to recommend, what random search would reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from optuna.study import Study
from optuna.trial import TrialState

from overtone.errors import SearchError
from overtone.search.conclusions.expectation import Expectation, random_search
from overtone.search.conclusions.landscape import Landscape, landscape
from overtone.search.conclusions.recommendation import Recommendation, recommend
from overtone.search.harmonica.fidelity import Transfer
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import Stage, close
from overtone.search.history import State, fit_values
from overtone.search.region import Region
from overtone.space import SearchSpace
from overtone.study.discovery import discovered_space
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.stages import without
from overtone.study.harmonica.transfer import transfer_of
from overtone.study.history import history_of
from overtone.study.storage import DEFAULT, GIVEN, end_of, facts_of, is_at, sign_of, trials_of

LEAST_TRIALS: Final = 3


@final
@dataclass(frozen=True, eq=False)
class Findings:
    """What a study has shown, in values to be minimised.

    Attributes:
        space: the parameters.
        sign: what turns the values into the study's own.
        stages: closed stages; without any, one fit to all trials, unless there is a landscape.
        is_staged: whether they are Harmonica's.
        recommendation: None if no trial has a finite value.
        expectation: of random search with as many trials; None without uniform draws of the whole space.
        default: number and value of the newest trial of the user's default configuration, if there is one.
        values: of the trials that have one, by number.
        finished, failed: numbers of trials.
        cheap: how many of the finished ones were evaluated at another fidelity than the end's. They are in
            the stages, and nowhere else.
        transfer: how well their values tell of those at the end, if that was checked.
        landscape: what an adaptive search has learnt of the whole space; None for other searches.
    """

    space: SearchSpace
    sign: float
    stages: tuple[Stage, ...]
    is_staged: bool
    recommendation: Recommendation | None
    expectation: Expectation | None
    default: tuple[int, float] | None
    values: Mapping[int, float]
    finished: int
    failed: int
    cheap: int = 0
    transfer: Transfer | None = None
    landscape: Landscape | None = None


def findings_of(study: Study, space: SearchSpace | None = None) -> Findings:
    """What a study has shown.

    Args:
        study: run by any sampler.
        space: its parameters; by default what its trials asked for.

    Raises:
        SearchError: if fewer than three trials are finished.
    """
    sign = sign_of(study)
    trials = [trial for trial in trials_of(study) if trial.params and trial.state.is_finished()]
    if len(trials) < LEAST_TRIALS:
        raise SearchError(
            f"The study {study.study_name!r} has {len(trials)} finished trials, but at least "
            f"{LEAST_TRIALS} are needed to say anything."
        )
    end = end_of(study)
    known = without(discovered_space(trials), end) if space is None else space
    full = [trial for trial in trials if is_at(trial, end)]
    history = history_of(full, known, sign)
    stages = stages_in(facts_of(study))
    is_adaptive = not stages and any(GIVEN in trial.system_attrs for trial in full)
    seen = landscape(known, history) if is_adaptive else None
    fitted = stages or ([] if seen else [close(known, Settings(), [], history)])
    draws = [i for i, region in enumerate(history.regions) if region == Region().digest]
    uniform = fit_values(history.rows(history.numbers[draws]))
    values = {
        int(number): float(y)
        for number, y, state in zip(history.numbers, history.y, history.states, strict=True)
        if state is State.COMPLETE
    }
    marked = [t.number for t in full if t.user_attrs.get(DEFAULT) and t.number in values]
    return Findings(
        known,
        sign,
        tuple(fitted),
        bool(stages),
        recommend(known, history),
        None if uniform is None else random_search(uniform[0], len(full)),
        (marked[-1], values[marked[-1]]) if marked else None,
        values,
        len(trials),
        sum(trial.state is TrialState.FAIL for trial in trials),
        len(trials) - len(full),
        transfer_of(study),
        seen,
    )
