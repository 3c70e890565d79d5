"""What each trial of a study was for, what it gave, where and when it ran."""

import datetime
import warnings

import optuna
import pytest

import overtone
from overtone.search.course import Origin
from overtone.search.history import State
from overtone.search.repeats import Repeats
from overtone.space import Categorical, Real, SearchSpace
from overtone.study.course import course_of_study
from overtone.study.distributions import suggest
from overtone.study.findings import findings_of
from overtone.study.storage import DEFAULT, FAILURE, WORKER

SPACE = SearchSpace([Categorical("kind", ["a", "b", "c"]), Real("x", 0.0, 1.0)])


def value(c):
    return (c["kind"] == "b") + (c["x"] - 0.4) ** 2


def origins(study):
    return [trial.origin for trial in findings_of(study, SPACE).course]


def test_trials_are_told_apart_by_what_they_were_for():
    sampler = overtone.SpectralSampler(seed=0, space=SPACE, repeats=Repeats(20))
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial({"kind": "c", "x": 0.5}, user_attrs={DEFAULT: True})
    study.enqueue_trial({"kind": "b", "x": 0.1})
    study.optimize(lambda trial: value(suggest(trial, SPACE)), n_trials=20)
    found = origins(study)
    assert found[:2] == [Origin.DEFAULT, Origin.GIVEN]
    repeats = [t.number for t in study.trials if "overtone:repeat" in t.user_attrs]
    assert [k for k, origin in enumerate(found) if origin is Origin.REPEAT] == repeats != []
    others = {origin for k, origin in enumerate(found) if k > 1 and k not in repeats}
    assert others == {Origin.SEARCH}


def test_uniform_draws_of_stages_are_told_with_their_stage():
    sampler = overtone.HarmonicaSampler(seed=0, space=SPACE, samples=12)
    study = optuna.create_study(sampler=sampler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study.optimize(lambda trial: value(suggest(trial, SPACE)), n_trials=40)
        course = findings_of(study, SPACE).course
    assert [t.stage for t in course[:12]] == [0] * 12
    assert {t.origin for t in course[:24]} == {Origin.UNIFORM}
    assert [t.stage for t in course[12:24]] == [1] * 12
    assert {t.stage for t in course[24:]} == {None}


def test_ends_reasons_workers_and_times_are_those_of_the_trials():
    study = optuna.create_study(direction="maximize")
    begun = datetime.datetime(2030, 1, 1)  # noqa: DTZ001  # as Optuna has them
    ends = [
        (optuna.trial.TrialState.COMPLETE, 2.0, {WORKER: "one"}),
        (optuna.trial.TrialState.FAIL, None, {FAILURE: "no memory", WORKER: "two"}),
        (optuna.trial.TrialState.PRUNED, None, {}),
    ]
    for k, (state, y, marks) in enumerate(ends):
        trial = optuna.trial.create_trial(
            state=state,
            value=y,
            params={"x": 0.5},
            distributions={"x": optuna.distributions.FloatDistribution(0.0, 1.0)},
            user_attrs=marks,
        )
        trial.datetime_start = begun + datetime.timedelta(seconds=10 * k)
        trial.datetime_complete = begun + datetime.timedelta(seconds=10 * k + 4)
        study.add_trial(trial)
    course = course_of_study(study.trials, sign=-1.0, end={}, stages=0)
    assert [t.state for t in course] == [State.COMPLETE, State.FAILED, State.PRUNED]
    assert course[0].y == -2.0
    assert [t.reason for t in course] == [None, "no memory", None]
    assert [t.worker for t in course] == ["one", "two", None]
    assert [(t.begun, t.ended) for t in course] == [(0.0, 4.0), (10.0, 14.0), (20.0, 24.0)]


def test_a_trial_at_another_fidelity_is_cheap():
    study = optuna.create_study()
    distribution = optuna.distributions.CategoricalDistribution([8, 56])
    for layers in (8, 56):
        study.add_trial(
            optuna.trial.create_trial(
                value=1.0, params={"layers": layers}, distributions={"layers": distribution}
            )
        )
    course = course_of_study(study.trials, sign=1.0, end={"layers": 56}, stages=1)
    assert [t.is_cheap for t in course] == [True, False]


@pytest.mark.parametrize("missing", ["datetime_start", "datetime_complete"])
def test_a_trial_without_times_has_none(missing):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    trials = study.get_trials()
    setattr(trials[0], missing, None)
    [told] = course_of_study(trials, sign=1.0, end={}, stages=0)
    assert (told.begun, told.ended) == (None, None)
