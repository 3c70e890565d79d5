"""The report as plain text."""

import math
import re
import warnings

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler

from overtone.report.effects import Effect, StageFinding
from overtone.report.lines import stage_lines
from overtone.report.text import report
from overtone.search.harmonica.fidelity import Fidelities
from overtone.space import Categorical, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.findings import findings_of
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.spectral.sampler import SpectralSampler
from overtone.study.storage import DEFAULT

pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


LONG = "a-rather-long-name-of-an-option"
SPACE = SearchSpace(
    [
        Categorical("kind", ["u", "v", "w"]),
        *(Categorical(name, [False, True]) for name in ("flag", LONG, f"{LONG}-2", f"{LONG}-3")),
        Real("x", 0.0, 1.0),
    ]
)
DEFAULTS = {"kind": "u", "flag": False, LONG: False, f"{LONG}-2": True, f"{LONG}-3": True, "x": 0.5}


def score(c):
    """The more the better: kind w, flag, two long names that differ, small x."""
    return (
        {"u": 0.0, "v": 1.0, "w": 4.0}[c["kind"]]
        + 3.0 * c["flag"]
        + 2.0 * (c[LONG] != c[f"{LONG}-2"])
        - c["x"]
    )


def run(function=score, n=100, *, direction="maximize", default=False, sampler=None):
    sign = 1 if direction == "maximize" else -1
    study = optuna.create_study(
        study_name="tiny",
        sampler=sampler or HarmonicaSampler(seed=0, samples=60, stages=1, space=SPACE),
        direction=direction,
    )
    if default:
        study.enqueue_trial(DEFAULTS, user_attrs={DEFAULT: True})
    study.optimize(lambda trial: sign * function(suggest(trial, SPACE)), n_trials=n)
    return study


@pytest.fixture(scope="module")
def plain():
    """The study of 100 trials without noise, which no test changes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run()


def text(study, *, trials=100, metric="score", command_line=None):
    return report(study, SPACE, trials=trials, metric=metric, command_line=command_line)


def flat(written):
    """A text without its line breaks."""
    return " ".join(written.split())


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_the_numbers_are_those_of_the_study(direction):
    study = run(direction=direction, default=True)
    written = text(study, trials=120)
    found = findings_of(study, SPACE)
    assert written.startswith("tiny: 100 of 120 trials finished\n\n")
    best = study.trials[found.recommendation.number]
    assert f"Best configuration (trial {best.number}, score = {best.value:.6g})" in flat(written)
    for name, value in best.params.items():
        shown = value if isinstance(value, str) else str(value).lower()
        assert re.search(rf"^  {name} +{re.escape(shown)}$", written, re.MULTILINE)
    assert f"default configuration (trial 0) {study.trials[0].value:.6g}" in flat(written)
    sign = 1 if direction == "minimize" else -1
    expected = sign * found.expectation.mean
    assert f"random search with 100 trials about {expected:.6g} expected" in flat(written)
    # Not the enqueued default, and no draw of the narrowed space.
    assert "Estimated from the 60 uniform draws of the whole space" in flat(written)
    uniform = [t.value for t in study.trials[1:61]]
    assert (np.mean([sign * expected < sign * value for value in uniform])) > 0.9
    low, high = map(float, re.search(r"\((\S+) to (\S+) in nine of ten", flat(written)).groups())
    assert low <= expected <= high


def test_a_study_that_minimises_the_negative_says_the_same_of_every_setting():
    up, down = (text(run(direction=d)) for d in ("maximize", "minimize"))
    assert up[up.index("What mattered") :] == down[down.index("What mattered") :]
    assert "best w by" in up
    assert "over u" in up


def test_the_effects_are_listed_with_their_shares(plain):
    written = text(plain)
    shares = [int(s) for s in re.findall(r"^ +(\d+)% [# ]{10} ", written, re.MULTILINE)]
    assert shares == sorted(shares, reverse=True)
    assert 95 <= sum(shares) <= 105
    assert "What mattered in stage 1 (60 trials)" in written
    assert "kind = w" in flat(written).partition("Kept from here on:")[2]


def test_a_stage_that_found_nothing_says_so():
    rng = np.random.default_rng(0)
    written = text(run(lambda _: rng.normal()))
    assert "Nothing stood out from the noise, so nothing was pinned." in written
    assert "Kept from here on" not in written
    assert "100 uniform draws of the whole space" in flat(written)


def test_a_recommendation_that_was_not_the_best_observed_says_why(plain):
    rng = np.random.default_rng(1)
    study = run(lambda c: score(c) + rng.normal(0, 4.0))
    advice = findings_of(study, SPACE).recommendation
    assert advice.number != advice.luckiest == study.best_trial.number
    said = (
        f"Trial {advice.luckiest} was observed at {study.best_value:.6g}, but observations vary by"
    )
    assert said in flat(text(study))
    assert f"the best expected score, {-advice.mean:.6g}, given" in flat(text(study))
    # Negative control: without noise there is no luck.
    assert "luck" not in text(plain)


def test_equal_values_are_no_luck():
    written = text(run(lambda _: 0.1, n=30))
    assert "Best configuration (trial 0, score = 0.1)" in written
    assert "luck" not in written
    assert "0.1 expected" in written


def test_the_command_line_is_that_of_the_recommended_configuration(plain):
    best = plain.trials[findings_of(plain, SPACE).recommendation.number].params
    written = text(plain, command_line=lambda c: f"train --kind {c['kind']} {'z' * 100}")
    assert f"\n\nRun it with\n  train --kind {best['kind']} {'z' * 100}\n" in written
    assert "Run it with" not in text(plain)


def test_without_a_default_none_is_compared(plain):
    assert "default configuration" not in text(plain)


def test_a_study_without_stages_says_so_and_estimates_no_random_search():
    written = text(run(n=60, sampler=RandomSampler(seed=0)), trials=60)
    assert "This is one fit to all finished trials" in written
    assert "What mattered in all trials (60 trials)" in written
    assert "random search" not in written
    assert "How score" not in written
    assert "Kept from here on" not in written


def test_a_fit_without_stages_that_found_nothing_pinned_nothing_to_speak_of():
    rng = np.random.default_rng(0)
    written = text(run(lambda _: rng.normal(), n=40, sampler=RandomSampler(seed=0)))
    assert "Nothing stood out from the noise." in written
    assert "pinned" not in written


def test_failed_trials_are_counted():
    def function(trial):
        value = score(suggest(trial, SPACE))
        if trial.number < 4:
            raise ValueError
        return value

    study = optuna.create_study(sampler=RandomSampler(seed=0), study_name="tiny")
    study.optimize(function, n_trials=20, catch=ValueError)
    written = text(study)
    assert written.startswith("tiny: 20 of 100 trials finished, 4 of them failed\n")
    assert "What mattered in all trials (20 trials, 4 failed)" in written


def test_without_a_finite_value_there_is_nothing_to_recommend():
    written = text(run(lambda _: -math.inf, n=5))
    assert "No trial has a finite value so far." in written
    assert "compares" not in written
    assert "(5 trials, 5 failed)" in written


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_trials_make_a_short_report(n):
    written = text(run(n=n))
    trials = "1 finished trial" if n == 1 else f"{n} finished trials"
    assert flat(written) == (
        f"The study 'tiny' has {trials}, but at least 3 are needed to say anything."
    )


@pytest.mark.parametrize("n", [4, 7, 9, 30])
def test_an_estimate_for_more_draws_than_were_seen_is_said_to_be_one(n):
    study = run(n=n, default=True)
    written = flat(text(study))
    assert f"random search with {n} trials about" in written
    few = "they are too few to say what further draws would gain"
    grown = f"beyond {(n - 1) // 2} the gain of each doubling is extrapolated"
    assert (few in written, grown in written) == (n < 9, n >= 9)


def too_wide(written, besides=()):
    """Lines of more than 80 columns; those of values and of the command line may have them."""
    return [
        line for line in written.splitlines() if len(line) > 80 and not line.startswith(besides)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_no_line_is_wider_than_eighty_columns(direction):
    rng = np.random.default_rng(0)
    for function in (score, lambda c: 1e-9 * score(c), lambda c: score(c) + 3 * rng.normal()):
        study = run(function, direction=direction, default=True)
        written = text(study, metric="validation_accuracy_of_the_best_epoch")
        assert too_wide(written) == []
        assert all(name in written for name in SPACE.names)


def test_a_study_with_a_name_as_long_as_optunas_own_fits():
    def function(trial):
        suggest(trial, SPACE)
        raise ValueError

    study = optuna.create_study(sampler=RandomSampler(seed=0))
    study.optimize(function, n_trials=2, catch=ValueError)
    assert too_wide(text(study)) == []
    study.optimize(function, n_trials=98, catch=ValueError)
    assert too_wide(text(study)) == []
    assert flat(text(study)).startswith(f"{study.study_name}: 100 of 100 trials finished, 100 of")


def stage(effects, **keys):
    return StageFinding(
        **{
            "number": 1, "trials": 50, "failed": 0, "validated": 0.5, "noise": 0.25, "p_value": 0.02,
            "duality_gap": 0.0, "effects": effects, "aliases": (), "pinned": (), **keys,
        }
    )  # fmt: skip


def test_names_are_never_broken_and_never_too_wide():
    names = (LONG, f"{LONG}-2", f"{LONG}-3")
    effect = Effect(names, 1.0, ("a" * 30, "b" * 30, "c"), ("d" * 30, "e" * 30, "f"), 1.5, 0.1)
    lines = list(
        stage_lines(stage((effect,), aliases=(names,), pinned=tuple((n, ("x",)) for n in names)))
    )
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    assert words.count(LONG) == words.count(names[1]) == words.count(names[2]) == 3


def test_small_effects_are_counted_together():
    effects = tuple(
        Effect((name,), share, ("1",), ("0",), 1.0, 0.1)
        for name, share in (("big", 0.985), ("small", 0.009), ("smaller", 0.006))
    )
    lines = list(stage_lines(stage(effects)))
    assert any(" big " in line for line in lines)
    assert not any("small " in line or "smaller" in line for line in lines)
    assert lines[-1] == "  and 2 more below 1% each"


@pytest.mark.parametrize(
    ("validated", "said"),
    [
        (0.83, "predicts 83% of the ranks of held-out trials; what is left varies by 0.25."),
        (0.19, "predicts 19% of the ranks of held-out trials, so take this with caution; what"),
        (-0.4, "predicts 0% of the ranks of held-out trials, so take this with caution; what"),
        (math.nan, "Shares of the explained variance; what is left varies by 0.25."),
    ],
)
def test_shares_stand_beside_how_much_is_explained(validated, said):
    effect = Effect(("x",), 1.0, ("1",), ("0",), 1.0, 0.1)
    assert said in flat("\n".join(stage_lines(stage((effect,), validated=validated))))


@pytest.mark.filterwarnings("ignore::overtone.errors.TransferWarning")
@pytest.mark.parametrize("sign", [1, -1])
def test_the_check_between_cheap_stages_and_the_end_is_reported(sign):
    """With the sign turned at the end, the stages say the opposite of it."""
    fidelities = Fidelities(({"epochs": 1},), {"epochs": 9}, check=6)
    study = optuna.create_study(
        study_name="tiny",
        direction="maximize",
        sampler=HarmonicaSampler(seed=0, samples=40, stages=1, space=SPACE, fidelities=fidelities),
    )

    def objective(trial):
        value = score(suggest(trial, SPACE))
        return value if trial.suggest_int("epochs", 1, 9) == 1 else sign * value

    study.optimize(objective, n_trials=60)
    written = flat(text(study, trials=60))
    assert "60 of 60 trials finished, 40 at the stages' fidelity" in written
    assert "6 configurations were evaluated at both fidelities" in written
    assert f"Spearman's rank correlation is {sign:.2f}" in written
    assert ("may be wrong at the end" in written) == (sign < 0)


def test_a_search_without_stages_is_explained_by_its_posterior():
    study = run(sampler=SpectralSampler(seed=0, space=SPACE), n=60)
    written = flat(text(study, trials=60))
    assert "the largest terms of the posterior" in written
    assert "left out one at a time" in written
    assert "kind" in written.split("What mattered")[1]
    assert "Kept from here on" not in written
