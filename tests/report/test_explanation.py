"""Which settings matter, in words that fit the direction of the study."""

import sys

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler
from report.known import clean

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
    assert turned.changes == explanation.changes
    for one, other in zip(turned.settings, explanation.settings, strict=True):
        assert (one.setting, one.value, one.verdict) == (other.setting, other.value, other.verdict)
        assert [level.change for level in one.levels] == [
            level.change.signed(-1.0) for level in other.levels
        ]
    assert turned.failures == explanation.failures
    assert [(s.settings, s.share, s.best, s.worst, s.gain) for s in turned.space] == [
        (s.settings, s.share, s.best, s.worst, s.gain) for s in explanation.space
    ]
    assert turned.recommended.observed == -explanation.recommended.observed
    assert turned.stages[0].effects == explanation.stages[0].effects
    assert (
        turned.polynomial.coefficients.tolist() == (-explanation.polynomial.coefficients).tolist()
    )


def test_an_interaction_names_both_settings_and_one_level_of_each(explanation):
    effect = by_names(explanation.effects)["a", "b"]
    levels = dict(zip(effect.names, effect.best, strict=True))
    assert {levels["a"], levels["b"]} == {"true", "false"}
    assert effect.worst[0] == effect.worst[1]
    assert effect.gain == pytest.approx(4.0, abs=0.6)


def test_two_switches_that_must_differ_are_told_together():
    """Either change alone costs 4; both together cost nothing."""
    found = explain(run(sampler=RandomSampler(seed=3)), space=SPACE)
    (pair,) = [p for p in found.interactions if set(p.settings) == {"a", "b"}]
    assert [alone.mean for alone in pair.alone] == pytest.approx([-4.0, -4.0], abs=0.8)
    assert pair.together.mean == pytest.approx(0.0, abs=0.8)
    best = found.recommended.configuration
    assert dict(zip(pair.settings, pair.before, strict=True)) == {"a": best["a"], "b": best["b"]}
    assert all(b is not a for b, a in zip(pair.before, pair.after, strict=True))


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
    # It is one fit to all trials, and the text says it by the shares of the space.
    assert "What mattered in" not in str(found)
    assert {share.settings for share in found.space} >= {("opt",), ("a", "b")}


def test_a_study_of_noise_has_no_effects():
    rng = np.random.default_rng(1)
    found = explain(run(lambda _: rng.normal(), n=85))
    assert found.effects == found.interactions == ()
    assert found.polynomial is None
    assert "Nothing stood out from the noise, so nothing was pinned." in str(found)


def test_a_study_without_a_finite_value_is_explained_by_nothing():
    found = explain(run(lambda _: np.inf, n=5))
    assert found.recommended is found.fewest is found.polynomial is None
    assert found.changes == found.settings == found.interactions == found.space == ()
    assert found.effects == ()
    assert found.findings.failures.count == 5


def test_no_finished_trial_is_an_error():
    with pytest.raises(SearchError, match="at least 1 is needed"):
        explain(run(n=0))


def test_a_study_of_several_objectives_is_refused():
    study = optuna.create_study(directions=["minimize", "maximize"])
    study.optimize(lambda t: (t.suggest_float("x", 0, 1), 0.0), n_trials=3)
    with pytest.raises(ValueError, match="2 objectives"):
        explain(study)


def test_the_answers_are_made_once(explanation):
    for part in ("recommended", "fewest", "settings", "interactions", "space", "stages"):
        assert getattr(explanation, part) is getattr(explanation, part)


def test_a_frame_has_a_row_for_each_other_value():
    found = clean().tuning.explanation
    frame = found.to_frame()
    assert list(frame.columns) == ["setting", "value", "verdict", "to", "change", "low", "high"]
    assert len(frame) == sum(len(setting.levels) for setting in found.settings)
    assert (frame["low"] <= frame["change"]).all()
    assert (frame["change"] <= frame["high"]).all()
    one = frame[(frame["setting"] == "scaler") & (frame["to"] == "none")]
    assert one["value"].item() == "standard"
    assert one["verdict"].item() == "matters"
    assert one["low"].item() < 1.5 < one["high"].item()


def test_without_pandas_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SearchError, match="pip install pandas"):
        clean().tuning.explanation.to_frame()


def test_an_explanation_reads_as_its_table(explanation):
    assert str(explanation) == explanation.table()
    lines = str(explanation).splitlines()
    assert "What mattered in stage 1 (80 trials)" in lines
    row = next(line for line in lines if "# " in line and " opt " in line)
    assert "best adam by" in row
    assert "over lion" in row
    kept = " ".join(str(explanation).split()).partition("Kept from here on: ")[2]
    assert kept.startswith("a = ")
    assert "; lr = 0.001 .. 0.01; opt = adam." in kept
