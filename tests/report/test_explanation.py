"""Which settings matter, in words that fit the direction of the study."""

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler

from overtone.errors import SearchError
from overtone.report.explanation import explain
from overtone.search.grid import grid
from overtone.search.region import Region
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.harmonica.sampler import HarmonicaSampler

pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


SPACE = SearchSpace(
    [
        Categorical("opt", ["sgd", "adam", "lion"]),
        Categorical("a", [False, True]),
        Categorical("b", [False, True]),
        Categorical("idle", [1, 2, 4]),
        Real("lr", 1e-4, 1.0, log=True),
        Integer("layers", 1, 6),
    ]
)


def score(c):
    """The best has opt adam (5 above lion), a unlike b (by 4), and lr in the second quarter (by 3)."""
    return (
        10.0
        + {"sgd": 0.0, "adam": 3.0, "lion": -2.0}[c["opt"]]
        + (2.0 if c["a"] != c["b"] else -2.0)
        - 3.0 * (not 1e-3 <= c["lr"] < 1e-2)
    )


def run(function=score, n=100, *, direction="maximize", sampler=None, space=SPACE):
    study = optuna.create_study(
        sampler=sampler or HarmonicaSampler(seed=0, samples=80, stages=2, space=SPACE),
        direction=direction,
    )
    study.optimize(lambda trial: function(suggest(trial, space)), n_trials=n)
    return study


@pytest.fixture(name="study", scope="module")
def _study():
    return run()


@pytest.fixture(name="explanation", scope="module")
def _explanation(study):
    return explain(study)


def by_names(effects):
    return {effect.names: effect for effect in effects}


def test_the_shares_of_a_stage_sum_to_one_and_are_sorted(explanation):
    for stage in explanation.stages:
        shares = [effect.share for effect in stage.effects]
        assert not shares or sum(shares) == pytest.approx(1.0)
        assert shares == sorted(shares, reverse=True)
        assert all(effect.gain > 0 and effect.error >= 0 for effect in stage.effects)


def test_the_best_level_has_the_highest_value_of_a_study_that_maximises(explanation):
    effect = by_names(explanation.effects)["opt",]
    assert (effect.best, effect.worst) == (("adam",), ("lion",))
    assert effect.gain == pytest.approx(5.0, abs=0.6)


def test_and_the_lowest_of_one_that_minimises():
    effect = by_names(explain(run(direction="minimize")).effects)["opt",]
    assert (effect.best, effect.worst) == (("lion",), ("adam",))
    assert effect.gain == pytest.approx(5.0, abs=0.6)


def test_minimising_the_negative_explains_the_same(explanation):
    turned = explain(run(lambda c: -score(c), direction="minimize"))
    assert str(turned) == str(explanation)
    assert turned.stages[0].effects == explanation.stages[0].effects
    assert (
        turned.polynomial.coefficients.tolist() == (-explanation.polynomial.coefficients).tolist()
    )


def test_an_interaction_names_both_settings_and_one_level_of_each(explanation):
    # Without noise there may be others whose coefficients are roundings.
    effect = explanation.interactions[0]
    assert all(other.gain < 1.0 for other in explanation.interactions[1:])
    assert effect.names == ("a", "b")
    levels = dict(zip(effect.names, effect.best, strict=True))
    assert {levels["a"], levels["b"]} == {"true", "false"}
    assert effect.worst[0] == effect.worst[1]
    assert effect.gain == pytest.approx(4.0, abs=0.6)


def test_a_real_setting_is_named_by_the_cell_that_did_best(explanation):
    effect = by_names(explanation.effects)["lr",]
    assert effect.best == ("0.001 .. 0.01",)


def test_scaling_the_objective_scales_gains_and_errors_only(explanation):
    scaled = explain(run(lambda c: 1024 * score(c)))
    for one, other in zip(scaled.effects, explanation.effects, strict=True):
        assert (one.names, one.best, one.worst) == (other.names, other.best, other.worst)
        assert one.share == pytest.approx(other.share)
        assert one.gain == pytest.approx(1024 * other.gain)
        assert one.error == pytest.approx(1024 * other.error, abs=1e-6)


def test_pinned_settings_are_named_with_the_values_that_are_left(explanation):
    pinned = dict(explanation.stages[0].pinned)
    assert list(pinned) == [name for name in sorted(SPACE.names) if name in pinned]
    assert pinned["opt"] == ("adam",)
    assert pinned["lr"] == ("0.001 .. 0.01",)
    assert set(pinned["a"]) <= {"false", "true"}
    assert "idle" not in pinned


def test_a_restriction_has_its_evidence_in_the_direction_of_the_objective(explanation):
    terms = {term: (c, error) for stage, term, c, error in explanation.evidence("a") if stage == 1}
    coefficient, error = terms["a * b"]
    assert abs(coefficient - -2.0) <= 4 * error  # a unlike b is worth +2, a like b -2
    assert explanation.evidence("idle") == ()


def test_what_later_trials_got_is_what_is_said_to_be_left(study, explanation):
    pinned = dict(explanation.stages[0].pinned)
    later = [t.params for t in study.trials if t.number >= 80]
    assert {p["opt"] for p in later} == set(pinned["opt"])
    assert all(0.001 <= p["lr"] <= 0.01 * (1 + 1e-9) for p in later)
    assert {str(p["a"]).lower() for p in later} <= set(pinned["a"])


def test_settings_that_the_trials_cannot_tell_apart_are_named_together():
    rng = np.random.default_rng(0)
    study = optuna.create_study(direction="maximize")
    twins = {name: optuna.distributions.CategoricalDistribution([0, 1]) for name in ("p", "q", "r")}
    for _ in range(60):
        p, r = (int(bit) for bit in rng.integers(2, size=2))
        trial = optuna.create_trial(
            params={"p": p, "q": 1 - p, "r": r},
            distributions=twins,
            value=3.0 * p + rng.normal() / 9,
        )
        study.add_trial(trial)
    (stage,) = explain(study).stages
    assert stage.aliases == (("p", "q"),)
    (effect,) = stage.effects
    assert (effect.names, effect.best, effect.worst) == (("p",), ("1",), ("0",))


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_polynomial_is_in_units_and_direction_of_the_objective(direction):
    study = run(direction=direction)
    polynomial = explain(study).polynomial
    trials = study.trials[:80]
    codes = np.array([SPACE.encode(t.params) for t in trials])
    y = np.array([t.value for t in trials])
    predicted = polynomial(grid(SPACE, Region()).levels(codes))
    assert np.corrcoef(predicted, y)[0, 1] > 0.9
    for kind in SPACE["opt"].choices:
        here = np.array([t.params["opt"] == kind for t in trials])
        assert predicted[here].mean() == pytest.approx(y[here].mean(), abs=0.5)
    assert polynomial.constant == pytest.approx(y.mean(), abs=1.0)


def test_a_study_without_stages_is_explained_by_one_fit(study):
    found = explain(run(n=100, sampler=RandomSampler(seed=3)), space=SPACE)
    (stage,) = found.stages
    assert (stage.number, stage.trials, stage.pinned) == (1, 100, ())
    assert by_names(found.effects)["opt",].best == ("adam",)
    assert found.polynomial is not None
    assert str(found).startswith("What mattered in all trials (100 trials)")


def test_a_study_of_noise_has_no_effects():
    rng = np.random.default_rng(1)
    found = explain(run(lambda _: rng.normal(), n=85))
    assert found.effects == found.interactions == ()
    assert found.polynomial is None
    assert "Nothing stood out from the noise, so nothing was pinned." in str(found)


def test_a_study_without_a_finite_value_is_explained_by_nothing():
    (stage,) = explain(run(lambda _: np.inf, n=5)).stages
    assert (stage.trials, stage.failed, stage.effects) == (5, 5, ())


def test_too_few_trials_are_an_error():
    with pytest.raises(SearchError, match="at least 3"):
        explain(run(n=2))


def test_an_explanation_reads_as_its_table(explanation):
    assert str(explanation) == explanation.table()
    lines = str(explanation).splitlines()
    assert lines[0] == "What mattered in stage 1 (80 trials)"
    row = next(line for line in lines if " opt " in line)
    assert "best adam by" in row
    assert "over lion" in row
    kept = " ".join(str(explanation).split()).partition("Kept from here on: ")[2]
    assert kept.startswith("a = ")
    assert "; lr = 0.001 .. 0.01; opt = adam." in kept
