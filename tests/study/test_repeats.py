"""A sampler that may repeat runs some configurations again, never more than it was given, and marks them."""

import warnings

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler
from optuna.trial import TrialState
from sampler_studies import HARMONICA, SPECTRAL, proposed

import overtone
from overtone.errors import SearchError, SpaceWarning
from overtone.search.harmonica.stage import Stage
from overtone.search.repeats import Repeats, Why
from overtone.space import Categorical, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.findings import findings_of
from overtone.study.harmonica.records import stages_in
from overtone.study.repeats import due_repeat
from overtone.study.storage import FIXED, REPEAT, TAG, may_repeat

pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")
BOTH = {"spectral": SPECTRAL, "harmonica": HARMONICA}
REPEATS = Repeats(trials=60)


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def noisy(studies, noise=0.3):
    """An objective with noise."""
    rng = np.random.default_rng(5)
    return lambda trial: studies.objective(trial) + noise * rng.normal()


def repeated(study):
    return [trial for trial in study.trials if REPEAT in trial.user_attrs]


@pytest.fixture(name="studies", scope="module", params=BOTH)
def _studies(request):
    return BOTH[request.param]


@pytest.fixture(name="study", scope="module")
def _study(studies):
    """Sixty trials of a metric that varies."""
    return studies.run(noisy(studies), 60, sampler=studies.make(repeats=REPEATS))


@pytest.fixture(name="still", scope="module")
def _still(studies):
    """Thirty trials of one that does not."""
    return studies.run(None, 30, sampler=studies.make(repeats=Repeats(trials=30)))


def test_a_tenth_of_the_trials_are_repeats_where_the_metric_varies(study):
    assert len(study.trials) == 60
    assert 1 <= len(repeated(study)) <= REPEATS.most == 6
    assert all(Why(trial.user_attrs[REPEAT]) for trial in repeated(study))
    # One early, and the rest at the end.
    numbers = [trial.number for trial in repeated(study)]
    assert numbers[0] < 20
    assert numbers[-1] >= 54


@pytest.mark.slow
def test_where_it_does_not_vary_fewer_are_needed(still):
    again = repeated(still)
    assert 1 <= len(again) <= 4
    whys = [trial.user_attrs[REPEAT] for trial in again]
    assert whys[0] == "noise"
    assert set(whys) <= {"noise", "fewest", "finalist"}  # the last confirms the recommendation
    assert whys.count("finalist") <= 2
    assert findings_of(still).noise.is_none


def test_what_is_run_again_is_the_same_to_the_last_bit(study):
    """Not a probe or the few changes, which need not have been run."""
    for trial in repeated(study):
        if trial.user_attrs[REPEAT] not in ("noise", "finalist"):
            continue
        earlier = [t.params for t in study.trials if t.number < trial.number]
        assert trial.params in earlier
        for name, value in trial.params.items():
            own = next(p for p in earlier if p == trial.params)[name]
            assert type(value) is type(own)
            assert value == own
    assert findings_of(study).noise.repeats >= 1


def test_the_first_that_is_repeated_is_the_first_configuration(study):
    first = repeated(study)[0]
    assert first.user_attrs[REPEAT] == "noise"
    assert first.params == study.trials[0].params


def test_a_default_is_repeated_before_anything_else(studies):
    rng = np.random.default_rng(0)
    default = studies.space.sample(rng)
    study = optuna.create_study(sampler=studies.make(repeats=Repeats(trials=30)))
    study.optimize(studies.objective, n_trials=2)
    study.enqueue_trial(default, user_attrs={"overtone:default": True})
    study.optimize(studies.objective, n_trials=14)
    assert repeated(study)[0].params == default == study.trials[2].params


def test_a_repeat_is_no_draw(study):
    """It is marked as an enqueued trial is, and has no tag of a stage."""
    for trial in repeated(study):
        assert trial.system_attrs[FIXED] == trial.params
    facts = study._storage.get_study_system_attrs(study._study_id)
    stages: tuple[Stage, ...] = tuple(stages_in(facts))
    numbers = {trial.number for trial in repeated(study)}
    for stage in stages:
        assert not numbers & set(stage.cohort)
        assert len(stage.cohort) == 36
    found = findings_of(study)
    if found.expectation is not None:
        draws = [
            t for t in study.trials if TAG in t.system_attrs and t.system_attrs[TAG]["stage"] == 0
        ]
        assert found.expectation.seen == len([t for t in draws if FIXED not in t.system_attrs])


@pytest.mark.slow
def test_a_sampler_without_repeats_proposes_what_it_did(studies):
    """And one with repeats does the same before the first of them."""
    plain = studies.run(None, 24)
    assert repeated(plain) == []
    none = studies.run(None, 24, sampler=studies.make(repeats=None))
    assert proposed(plain) == proposed(none)
    with_repeats = studies.run(None, 24, sampler=studies.make(repeats=REPEATS))
    first = repeated(with_repeats)[0].number
    assert 6 <= first < 24
    assert proposed(plain, first) == proposed(with_repeats, first)
    # Budgets that have none to spare, or a share of nothing, change nothing either.
    for nothing in (Repeats(trials=19), Repeats(trials=60, share=0.0)):
        few = studies.run(None, 12, sampler=studies.make(repeats=nothing))
        assert proposed(few) == proposed(plain, 12)


@pytest.mark.slow
def test_behind_the_last_trial_of_the_budget_nothing_is_repeated(studies):
    study = studies.run(noisy(studies), 34, sampler=studies.make(repeats=Repeats(trials=20)))
    assert 1 <= len(repeated(study)) <= 2
    assert max(trial.number for trial in repeated(study)) < 20
    assert not may_repeat(study, Repeats(trials=20))
    assert due_repeat(study, Repeats(trials=20), None) is None


@pytest.mark.parametrize("jobs", [pytest.param(2, marks=pytest.mark.slow), 4])
@pytest.mark.slow
def test_threads_repeat_no_more_than_one_does(studies, jobs):
    study = optuna.create_study(sampler=studies.make(repeats=Repeats(trials=30)))
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", overtone.WeakSignalWarning)
        study.optimize(
            lambda trial: studies.objective(trial) + rng.normal(), n_trials=30, n_jobs=jobs
        )
    assert len(study.trials) == 30
    assert 1 <= len(repeated(study)) <= 3
    whys = [trial.user_attrs[REPEAT] for trial in repeated(study)]
    assert whys.count("noise") <= len(Repeats(trials=30).checks())


BRANCHES = SearchSpace(
    [
        Categorical("kind", ["u", "v"]),
        Real("x", 0.0, 1.0, when={"kind": "u"}),
        Real("y", 0.0, 1.0, when={"kind": "v"}),
        Categorical("w", [None, True, "1"]),
    ]
)


@pytest.mark.parametrize(
    "space", [None, pytest.param(BRANCHES, marks=pytest.mark.slow)], ids=["discovered", "given"]
)
@pytest.mark.slow
def test_conditions_are_kept(studies, space):
    rng = np.random.default_rng(0)

    def objective(trial):
        c = suggest(trial, BRANCHES)
        return c.get("x", 0.7) + c.get("y", 0.2) + 0.2 * rng.normal()

    study = optuna.create_study(sampler=studies.make(space=space, repeats=Repeats(trials=40)))
    study.optimize(objective, n_trials=40)
    assert len(repeated(study)) >= 2
    for trial in repeated(study):
        BRANCHES.encode(trial.params)
        assert ("x" in trial.params) == (trial.params["kind"] == "u")
        assert trial.system_attrs[FIXED] == trial.params
    assert findings_of(study, BRANCHES).noise.repeats >= 1


@pytest.mark.slow
def test_studies_whose_first_trials_fail_repeat_what_has_a_value(studies):
    rng = np.random.default_rng(0)

    def objective(trial):
        value = studies.objective(trial)
        if trial.number < 12 or trial.number % 3 == 0:
            raise ValueError
        return value + rng.normal()

    study = optuna.create_study(sampler=studies.make(repeats=Repeats(trials=40)))
    study.optimize(objective, n_trials=40, catch=ValueError)
    again = repeated(study)
    assert 1 <= len(again) <= 4
    for trial in again:
        if trial.user_attrs[REPEAT] == "noise":
            earlier = [t for t in study.trials if t.number < trial.number and t.value is not None]
            assert trial.params in [t.params for t in earlier]


def test_a_study_in_which_all_fail_repeats_nothing():
    def objective(trial):
        SPECTRAL.objective(trial)
        raise ValueError

    study = optuna.create_study(sampler=SPECTRAL.make(repeats=Repeats(trials=24)))
    study.optimize(objective, n_trials=24, catch=ValueError)
    assert repeated(study) == []
    assert {trial.state for trial in study.trials} == {TrialState.FAIL}


def test_an_enqueued_trial_is_left_as_it_is():
    rng = np.random.default_rng(0)
    study = optuna.create_study(sampler=SPECTRAL.make(repeats=Repeats(trials=30)))
    study.optimize(SPECTRAL.objective, n_trials=10)
    given = [SPECTRAL.space.sample(rng) for _ in range(4)]
    for configuration in given:
        study.enqueue_trial(configuration)
    study.optimize(SPECTRAL.objective, n_trials=4)
    assert [t.params for t in study.trials[10:14]] == given
    assert not any(REPEAT in t.user_attrs for t in study.trials[10:14])


def test_what_the_space_cannot_code_is_no_obstacle_and_warned_of_by_the_search_alone():
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    study.enqueue_trial({"x": 9.0})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study.optimize(lambda t: t.suggest_float("x", -1, 10), n_trials=1)
    narrow = SearchSpace([Real("x", -1.0, 1.0)])
    study.sampler = overtone.SpectralSampler(seed=0, space=narrow, repeats=Repeats(trials=24))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study.optimize(lambda t: t.suggest_float("x", -1, 1) ** 2, n_trials=23)
    assert len([w for w in caught if issubclass(w.category, SpaceWarning)]) == 1
    assert all(-1 <= trial.params["x"] <= 1 for trial in repeated(study))
    assert repeated(study)


@pytest.mark.parametrize("wrong", [True, 0.1, 10, "yes", {"trials": 60}, (60, 0.1)])
def test_what_is_no_repeats_is_refused(studies, wrong):
    with pytest.raises(SearchError, match=r"repeats is .*overtone\.Repeats"):
        studies.make(repeats=wrong)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"trials": 0}, "trials is 0"),
        ({"trials": 2.5}, r"trials is 2\.5"),
        ({"trials": True}, "trials is True"),
        ({"trials": "60"}, "trials is '60'"),
        ({"trials": 60, "share": 0.6}, r"share is 0\.6"),
        ({"trials": 60, "share": -0.1}, r"share is -0\.1"),
        ({"trials": 60, "share": float("nan")}, "share is nan"),
        ({"trials": 60, "share": "a tenth"}, "share is 'a tenth'"),
        ({"trials": 60, "share": True}, "share is True"),
    ],
)
def test_repeats_that_are_none_are_refused(keys, words):
    with pytest.raises(SearchError, match=words):
        overtone.Repeats(**keys)
