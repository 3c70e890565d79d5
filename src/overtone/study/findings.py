"""What an Optuna study has shown so far: fitted stages, what to recommend, what random search would reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from optuna.study import Study

from overtone.errors import SearchError
from overtone.search.expectation import Expectation, random_search
from overtone.search.harmonica import Settings, Stage, close, region_after
from overtone.search.outcomes import State, fit_values
from overtone.search.recommendation import Recommendation, recommend
from overtone.search.region import Grid, Region, grid
from overtone.space import SearchSpace
from overtone.spectrum.basis import Basis
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.rules import Rules
from overtone.study.history import discovered_space, history_of, sign_of, trials_of
from overtone.study.records import stages_in

# The mark of a trial that evaluates the user's own default configuration.
DEFAULT: Final = "overtone:default"
LEAST_TRIALS: Final = 3


@final
@dataclass(frozen=True, eq=False)
class Findings:
    """What a study has shown, in values to be minimised.

    Attributes:
        space: the parameters.
        sign: what turns the values into the study's own.
        stages: closed stages; without any, one fit to all trials.
        is_staged: whether they are Harmonica's.
        recommendation: None if no trial has a finite value.
        expectation: of random search with as many trials; None without uniform draws of the whole space.
        default: number and value of the newest trial of the user's default configuration, if there is one.
        values: of the trials that have one, by number.
        finished, failed: numbers of trials.
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
    known = discovered_space(trials) if space is None else space
    history = history_of(trials, known, sign)
    stages = stages_in(study._storage.get_study_system_attrs(study._study_id))  # noqa: SLF001  # see trials_of
    fitted = stages or [close(known, Settings(Rules()), [], history)]
    draws = [i for i, region in enumerate(history.regions) if region == Region().digest]
    uniform = fit_values(history.rows(history.numbers[draws]))
    values = {
        int(number): float(y)
        for number, y, state in zip(history.numbers, history.y, history.states, strict=True)
        if state is State.COMPLETE
    }
    marked = [t.number for t in trials if t.user_attrs.get(DEFAULT) and t.number in values]
    return Findings(
        known,
        sign,
        tuple(fitted),
        bool(stages),
        recommend(known, history, _polynomials(known, fitted)),
        None if uniform is None else random_search(uniform[0], len(trials)),
        (marked[-1], values[marked[-1]]) if marked else None,
        values,
        len(trials),
        sum(state is State.FAILED for state in history.states),
    )


def _polynomials(space: SearchSpace, stages: list[Stage]) -> list[tuple[Grid, SparsePolynomial]]:
    """What each stage found, on the levels of its region."""
    found: list[tuple[Grid, SparsePolynomial]] = []
    for k, stage in enumerate(stages):
        if stage.recovery is not None and not stage.recovery.is_empty:
            cells = grid(space, region_after(stages[:k]))
            found.append((cells, _on(cells.basis, stage.recovery.polynomial)))
    return found


def _on(basis: Basis, polynomial: SparsePolynomial) -> SparsePolynomial:
    """A polynomial with its parameters numbered as in another basis; terms that it cannot hold are left out.

    A stage was closed on the sampler's own space, or on what its trials asked for until then: another order,
    and perhaps other parameters.
    """
    places = {(f.name, f.table.shape): i for i, f in enumerate(basis.families)}
    moved = [places.get((f.name, f.table.shape)) for f in polynomial.basis.families]
    kept = {
        tuple(sorted((place, order) for i, order in term if (place := moved[i]) is not None)): c
        for term, c in zip(polynomial.terms, polynomial.coefficients, strict=True)
        if all(moved[i] is not None for i, _ in term)
    }
    return SparsePolynomial(basis, tuple(kept), np.array(list(kept.values())))
