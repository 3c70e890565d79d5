"""A value that the space cannot code is data for nobody: it is named once, and the study goes on."""

import warnings

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

import overtone
from overtone import Categorical, HarmonicaSampler, Integer, Real, SearchSpace, SpaceWarning
from overtone.space.table import space_from_table
from overtone.study.history import coded, history_of

SAMPLERS = {
    "spectral": lambda **keys: overtone.SpectralSampler(seed=0, **keys),
    "harmonica": lambda **keys: HarmonicaSampler(seed=0, samples=12, stages=1, **keys),
}
SPACE = SearchSpace(
    [
        Categorical("kind", ["u", "v"]),
        Integer("k", 0, 10, step=5),
        Real("x", -1.0, 1.0),
        Real("rate", 1e-3, 1.0, log=True),
    ]
)
UNIT = {"low": -1.0, "high": 1.0}
GOOD = {"kind": "u", "k": 5, "x": 0.5, "rate": 0.1}
# What no trial of the space has: far outside, hardly outside, on no grid.
ODD = {
    "far above": {"x": 5.0},
    "a rounding above": {"x": 1.0 + 1e-12},
    "a rounding below": {"rate": 1e-3 * (1 - 1e-12)},
    "off its step": {"k": 7},
    "below": {"k": -5},
    "infinite": {"x": float("inf")},
}


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        # Optuna's own word on an enqueued value, and a stage that finds nothing in a few trials.
        warnings.filterwarnings("ignore", message="Fixed parameter")
        warnings.filterwarnings("ignore", category=overtone.WeakSignalWarning)
        yield
    optuna.logging.set_verbosity(optuna.logging.INFO)


def objective(trial):
    kind = trial.suggest_categorical("kind", ["u", "v"])
    k = trial.suggest_int("k", 0, 10, step=5)
    x, rate = trial.suggest_float("x", -1, 1), trial.suggest_float("rate", 1e-3, 1, log=True)
    return (kind == "v") + min(max(x, -9), 9) ** 2 + k + abs(np.log10(rate) + 2)


def about(caught):
    return [str(w.message) for w in caught if issubclass(w.category, SpaceWarning)]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "space",
    [pytest.param(None, marks=pytest.mark.slow), SPACE],
    ids=["discovered", "given"],
)
def test_an_enqueued_value_costs_one_trial_and_one_warning(sampler, odd, space):
    study = optuna.create_study(sampler=SAMPLERS[sampler](space=space))
    study.enqueue_trial({**GOOD, **ODD[odd]})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study.optimize(objective, n_trials=16)
    assert len(study.trials) == 16
    (name,) = ODD[odd]
    if sampler == "spectral":
        (said,) = about(caught)
        assert "Trial 0" in said
        assert repr(name) in said
        assert "left out" in said
    for trial in study.trials[1:]:
        assert -1 <= trial.params["x"] <= 1
    with pytest.warns(SpaceWarning, match=f"Trial 0: '{name}' is"):
        explanation = overtone.explain(study, space=SPACE)
    assert explanation.findings.recommendation.number != 0
    assert 0 not in explanation.findings.values


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_pinned_value_leaves_every_trial_out_and_the_study_goes_on(sampler):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        pinned = optuna.samplers.PartialFixedSampler({"x": 4.0}, SAMPLERS[sampler](space=SPACE))
    study = optuna.create_study(sampler=pinned)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study.optimize(objective, n_trials=20)
    assert {trial.params["x"] for trial in study.trials} == {4.0}
    (said,) = about(caught)
    assert "'x' is 4.0" in said
    assert "left out" in said


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_stored_trials_of_a_wider_space_are_left_out_and_counted(sampler):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=15)
    narrow = SearchSpace([*SPACE.parameters[:2], Real("x", -1.0, 0.0), SPACE.parameters[3]])
    study.sampler = SAMPLERS[sampler](space=narrow)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study.optimize(objective, n_trials=15)
    assert len(study.trials) == 30
    if sampler == "spectral":
        (first,) = about(caught)
        others = sum(t.params["x"] > 0 for t in study.trials[:15]) - 1
        assert "outside its range [-1.0, 0.0]" in first
        assert f"like {others} others of its kind" in first


def test_a_range_that_grows_takes_back_what_was_left_out():
    """Define by run: what lay outside the first range lies inside the later one."""
    study = optuna.create_study(sampler=overtone.SpectralSampler(seed=0))
    study.enqueue_trial({"x": 3.0})
    with pytest.warns(SpaceWarning, match=r"Trial 0: 'x' is 3\.0"):
        study.optimize(lambda t: t.suggest_float("x", -1, 1) ** 2, n_trials=3)
    study.optimize(lambda t: t.suggest_float("x", -4, 4) ** 2, n_trials=12)
    ledger = study.sampler._updated(study, study.trials).ledger
    assert len(ledger.outcomes) == 15
    assert 3.0 in ledger.outcomes.codes[:, 0]


def test_a_running_trial_with_such_a_value_is_passed_over():
    study = optuna.create_study(sampler=overtone.SpectralSampler(seed=0, space=SPACE))
    study.optimize(objective, n_trials=12)
    study.enqueue_trial({**GOOD, "x": 7.0})
    running = study.ask()
    running.suggest_float("x", -1, 1)
    study.optimize(objective, n_trials=3)
    assert len(study.trials) == 16


def test_the_history_holds_the_others_in_order():
    wide, whole = FloatDistribution(-9, 9), IntDistribution(0, 10)
    space = SearchSpace([Real("x", -1.0, 1.0), Integer("k", 0, 5)])
    rows = [(0.5, 3), (4.0, 3), (-0.5, 9), (1.0, 5)]
    trials = [
        create_trial(value=x, params={"x": x, "k": k}, distributions={"x": wide, "k": whole})
        for x, k in rows
    ]
    for number, trial in enumerate(trials):
        trial.number = number
    with pytest.warns(SpaceWarning, match=r"Trial 1: 'x' is 4\.0.*left out.*like 1 other of its"):
        found = history_of(trials, space, 1.0)
    assert found.numbers.tolist() == [0, 3]
    assert found.codes.tolist() == [[0.5, 3.0], [1.0, 5.0]]
    assert found.y.tolist() == [0.5, 1.0]
    kept, codes, reasons = coded(trials, space)
    assert [t.number for t in kept] == [0, 3]
    assert len(codes) == 2
    assert sorted(reasons) == [1, 2]


@pytest.mark.slow
def test_tuning_goes_on_in_a_narrowed_range(tmp_path):
    storage = f"sqlite:///{tmp_path / 'kept.db'}"
    wide = {"x": {"low": -9.0, "high": 9.0}, "kind": ["u", "v"]}
    narrow = {"x": {"low": -9.0, "high": 0.0}, "kind": ["u", "v"]}

    def loss(c):
        return (c["x"] - 3) ** 2 + (c["kind"] == "v")

    first = overtone.tune(loss, wide, trials=20, storage=storage, name="s")
    assert first.best_configuration["x"] > 0
    with pytest.warns(SpaceWarning, match="left out"):
        second = overtone.tune(loss, narrow, trials=40, storage=storage, name="s")
    states = [trial.state for trial in second.study.trials]
    assert states == [TrialState.COMPLETE] * 40
    # The best is one that the space has.
    assert -1.0 < second.best_configuration["x"] <= 0
    assert second.best_value == loss(second.best_configuration)
    with pytest.warns(SpaceWarning, match="left out"):
        assert "x     -" in second.report() or "x     0" in second.report()


CHANGES = {
    "a parameter more": (
        {"x": UNIT},
        {"x": UNIT, "y": UNIT},
        r"'y' is active in the space but has no",
    ),
    "a condition less": (
        {"c": ["a", "b"], "x": {**UNIT, "when": {"c": "a"}}},
        {"c": ["a", "b"], "x": UNIT},
        r"'x' is active in the space but has no",
    ),
    "a condition more": (
        {"c": ["a", "b"], "x": UNIT},
        {"c": ["a", "b"], "x": {**UNIT, "when": {"c": "a"}}},
        r"'x' has the value .*, but in the space it is only active when",
    ),
}


@pytest.mark.parametrize(
    "change",
    [pytest.param(c, marks=[] if c == "a parameter more" else pytest.mark.slow) for c in CHANGES],
)
def test_what_is_recommended_is_a_configuration_of_the_space(change, tmp_path):
    before, after, words = CHANGES[change]
    kept = {"storage": f"sqlite:///{tmp_path / 'kept.db'}", "name": "s"}

    def loss(worse):
        return lambda c: worse + sum(v**2 if isinstance(v, float) else v == "a" for v in c.values())

    # What ran before is better than all that is to come.
    overtone.tune(loss(0.0), before, trials=12, **kept)
    found = overtone.tune(loss(9.0), after, trials=20, **kept)
    space_from_table(after).encode(found.best_configuration)
    with pytest.warns(SpaceWarning, match=f"Trial .*{words}.*left out"):
        explained = overtone.explain(found.study, space=space_from_table(after)).findings
    if change == "a parameter more":
        assert found.best_value >= 9.0
        assert min(explained.values) == 12


def test_a_space_that_knows_less_than_the_program_lets_the_search_learn_all_the_same():
    flat = SearchSpace([Categorical("c", ["a", "b"]), Real("x", -1.0, 1.0)])
    study = optuna.create_study(sampler=overtone.SpectralSampler(seed=0, space=flat))

    def asks_by_a_rule_of_its_own(trial):
        if trial.suggest_categorical("c", ["a", "b"]) == "b":
            return 1.0
        return trial.suggest_float("x", -1, 1) ** 2

    with warnings.catch_warnings():
        warnings.simplefilter("error", SpaceWarning)
        study.optimize(asks_by_a_rule_of_its_own, n_trials=30)
    assert study.best_value < 0.01


def test_a_warning_that_is_made_an_error_stops_one_trial_and_no_more():
    study = optuna.create_study(sampler=overtone.SpectralSampler(seed=0))
    study.enqueue_trial({**GOOD, "x": 5.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error", SpaceWarning)
        with pytest.raises(SpaceWarning, match="Trial 0"):
            study.optimize(objective, n_trials=4)
    study.optimize(objective, n_trials=20)
    assert [t.state for t in study.trials[2:]] == [TrialState.COMPLETE] * 20


def test_stages_name_a_pinned_value_once():
    sampler = HarmonicaSampler(seed=0, samples=10, stages=3, space=SPACE)
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        pinned = optuna.samplers.PartialFixedSampler({"x": 3.0}, sampler)
    study = optuna.create_study(sampler=pinned)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study.optimize(objective, n_trials=40)
    assert len(about(caught)) == 1
    weak = [str(w.message) for w in caught if issubclass(w.category, overtone.WeakSignalWarning)]
    assert weak
    assert all("None of its trials has values of the space." in said for said in weak)
