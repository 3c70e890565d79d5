"""Importances for Optuna: its own tests, functions that are known, and which trials count."""

import math
from collections.abc import Callable

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.importance import BaseImportanceEvaluator, get_param_importances
from optuna.samplers import RandomSampler
from optuna.testing.pytest_importance import (
    BasicImportanceEvaluatorTestCase,
    ConditionalImportanceEvaluatorTestCase,
)
from optuna.trial import TrialState, create_trial

from overtone import HarmonicaSampler, SpectralImportanceEvaluator, SpectralSampler
from overtone.study.storage import store_end

SIGNS = CategoricalDistribution([-1, 1])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Argument ``normalize`` is an experimental feature")
class TestSpectralImportanceEvaluator(
    BasicImportanceEvaluatorTestCase, ConditionalImportanceEvaluatorTestCase
):
    @pytest.fixture
    def evaluator(self) -> Callable[..., BaseImportanceEvaluator]:
        return SpectralImportanceEvaluator


def evaluated(study: optuna.Study, **options: object) -> dict[str, float]:
    return SpectralImportanceEvaluator().evaluate(study, **options)


def run(objective, trials=32, *, direction="minimize", sampler=None):
    study = optuna.create_study(direction=direction, sampler=sampler or RandomSampler(seed=3))
    study.optimize(objective, n_trials=trials)
    return study


def product(trial: optuna.Trial) -> float:
    """Of variance 9 + 1 + 1, of which 10 need `a`, 2 need `b`, and none `idle`."""
    a, b, _ = (trial.suggest_categorical(name, [-1, 1]) for name in ("a", "b", "idle"))
    return 3.0 * a + b + a * b


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_total_shares_are_those_of_a_known_function(direction):
    found = evaluated(run(product, direction=direction))
    assert list(found) == ["a", "b", "idle"]
    assert found == pytest.approx({"a": 10 / 11, "b": 2 / 11, "idle": 0.0}, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sampler",
    [SpectralSampler(seed=0), HarmonicaSampler(seed=0, samples=16)],
    ids=["spectral", "harmonica"],
)
@pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")
def test_a_search_that_has_left_the_bad_half_of_the_space_tells_nearly_the_same(sampler):
    found = evaluated(run(product, sampler=sampler))
    assert list(found) == ["a", "b", "idle"]
    assert found == pytest.approx({"a": 10 / 11, "b": 2 / 11, "idle": 0.0}, abs=0.2)


@pytest.mark.slow
def test_total_shares_are_those_of_ishigamis_function():
    """Its total effects, by Saltelli et al. (2008), eq. 4.36, at 7 and 0.1: 0.558, 0.442 and 0.244."""

    def ishigami(trial: optuna.Trial) -> float:
        a, b, c = (trial.suggest_float(name, -math.pi, math.pi) for name in "abc")
        return math.sin(a) + 7 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a)

    found = evaluated(run(ishigami, 200, sampler=RandomSampler(seed=1)))
    assert list(found) == ["a", "b", "c"]
    assert found == pytest.approx({"a": 0.558, "b": 0.442, "c": 0.244}, abs=0.1)


def test_names_change_no_importance():
    def renamed(trial: optuna.Trial) -> float:
        z, y, _ = (trial.suggest_categorical(name, [-1, 1]) for name in ("z", "y", "x"))
        return 3.0 * z + y + z * y

    by_a, by_z = (evaluated(run(objective)) for objective in (product, renamed))
    assert list(by_z.values()) == pytest.approx(list(by_a.values()))
    assert list(by_z) == ["z", "y", "x"]


def test_trials_that_failed_were_pruned_or_are_infinite_change_nothing():
    study = run(product)
    before = evaluated(study)
    chosen = {"a": 1, "b": 1, "idle": 1}
    for more in (
        {"state": TrialState.FAIL},
        {"state": TrialState.PRUNED, "intermediate_values": {0: 70.0}},
        {"value": math.inf},
    ):
        study.add_trial(
            create_trial(params=chosen, distributions=dict.fromkeys(chosen, SIGNS), **more)
        )
    assert evaluated(study) == before


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1), ("maximize", -1)])
def test_a_value_that_stands_for_a_failure_is_none(direction, sign):
    def objective(trial: optuna.Trial) -> float:
        a = trial.suggest_categorical("a", [-1, 1])
        crashes = trial.suggest_categorical("crashes", [True, False])
        return sign * (1e9 if crashes else a + trial.number / 1000)

    found = evaluated(run(objective, 40, direction=direction))
    assert found["a"] > 0.9
    assert found["crashes"] < 0.1


def test_a_target_decides_what_importances_are_of():
    study = run(product)
    found = evaluated(study, target=lambda trial: trial.params["b"] + 0.1 * trial.params["idle"])
    assert list(found) == ["b", "idle", "a"]
    assert found["b"] == pytest.approx(1 / 1.01, abs=0.05)
    found = evaluated(study, target=lambda trial: 7.0)
    assert found == {"a": 0.0, "b": 0.0, "idle": 0.0}


def test_a_study_of_several_objectives_needs_a_target():
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=RandomSampler(seed=0))
    study.optimize(lambda trial: (product(trial), float(trial.params["b"])), n_trials=32)
    with pytest.raises(ValueError, match=r"2 objectives.*target=lambda trial: trial.values\[0\]"):
        get_param_importances(study, evaluator=SpectralImportanceEvaluator())
    first, second = (
        next(iter(evaluated(study, target=lambda trial, k=k: trial.values[k]))) for k in (0, 1)
    )
    assert (first, second) == ("a", "b")


@pytest.mark.slow
def test_a_branch_and_what_chooses_it_both_have_an_importance():
    def objective(trial: optuna.Trial) -> float:
        kind = trial.suggest_categorical("kind", ["plain", "tuned"])
        if kind == "plain":
            return 1.0 + trial.suggest_float("idle", 0, 1) * 1e-3
        return 3.0 * trial.suggest_float("strength", 0, 1)

    found = evaluated(run(objective, 60))
    # Of the variance 0.4375, 0.375 are within "tuned"; the mean of each kind makes 0.0625.
    assert found["strength"] == pytest.approx(0.375 / 0.4375, abs=0.15)
    assert found["idle"] < 0.02
    assert found["kind"] > 0.1


def test_asked_for_some_parameters_all_others_still_take_part():
    study = run(product)
    whole = evaluated(study)
    assert evaluated(study, params=["b", "a"]) == {name: whole[name] for name in ("a", "b")}
    assert evaluated(study, params=("idle", "idle")) == {"idle": whole["idle"]}


def test_what_is_asked_for_must_be_names_that_trials_have():
    study = run(product, 1)
    with pytest.raises(
        ValueError, match=r"'idel', so nothing is known of it. Did you mean 'idle'\?"
    ):
        evaluated(study, params=["idel"])
    with pytest.raises(TypeError, match="params is 'a', but a list of names"):
        evaluated(study, params="a")
    with pytest.raises(TypeError, match="params has 3, but each of its items must be a name"):
        evaluated(study, params=["a", 3])


@pytest.mark.parametrize("trials", [2, 3])
def test_two_or_three_values_tell_of_each_parameter_by_itself(trials):
    study = optuna.create_study()
    ranges = {"x": FloatDistribution(0, 1), "kind": CategoricalDistribution(["p", "q"])}
    ranges["fixed"] = FloatDistribution(2, 2)
    rows = [(0.0, "p", 0.0), (1.0, "p", 2.0), (0.5, "q", 1.0)]
    for x, kind, value in rows[:trials]:
        params = {"x": x, "kind": kind, "fixed": 2.0}
        study.add_trial(create_trial(params=params, distributions=ranges, value=value))
    # The value is twice `x`; the means of both kinds are equal.
    assert evaluated(study) == pytest.approx({"x": 1.0, "kind": 0.0, "fixed": 0.0}, abs=1e-12)


def test_trials_at_a_cheaper_fidelity_count_only_until_the_end_has_some():
    study = optuna.create_study()
    layers = {"layers": FloatDistribution(1, 9), "a": SIGNS, "b": SIGNS}

    def add(at: float, effect_of: str) -> None:
        for k in range(16):
            params = {"layers": at, "a": 1 - 2 * (k % 2), "b": 1 - 2 * (k // 2 % 2)}
            study.add_trial(
                create_trial(
                    params=params, distributions=layers, value=params[effect_of] + k / 1000
                )
            )

    store_end(study, {"layers": 9.0})
    add(1.0, "a")
    assert next(iter(evaluated(study))) == "a"
    add(9.0, "b")
    found = evaluated(study)
    assert next(iter(found)) == "b"
    assert found["layers"] == 0.0
