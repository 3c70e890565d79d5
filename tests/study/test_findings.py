"""What a study has shown, whoever ran it."""

import math

import numpy as np
import optuna
import pytest
from optuna.samplers import RandomSampler, TPESampler

from overtone.errors import SearchError
from overtone.search.conclusions.expectation import random_search
from overtone.space import Categorical, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.findings import findings_of
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.spectral.sampler import SpectralSampler
from overtone.study.storage import DEFAULT

pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


# Not in the order of the names, and of different numbers of functions.
SPACE = SearchSpace(
    [
        Real("x", 0.0, 1.0),
        Categorical("kind", ["u", "v", "w"]),
        *(Categorical(f"b{i}", [False, True]) for i in range(4)),
    ]
)


def cost(c):
    """The least is -6 at b0 and kind w, near x = 0; a whole number of 1024ths."""
    value = -4.0 * c["b0"] + {"u": 0, "v": 1, "w": -2}[c["kind"]] + 2.0 * c["x"]
    return round(value * 1024) / 1024


def harmonica(**keys):
    return HarmonicaSampler(**{"seed": 0, "samples": 36, "stages": 2, "space": SPACE, **keys})


def run(function=cost, n=84, *, sampler=None, direction="minimize"):
    sign = 1 if direction == "minimize" else -1
    study = optuna.create_study(sampler=sampler or harmonica(), direction=direction)
    study.optimize(lambda trial: sign * function(suggest(trial, SPACE)), n_trials=n)
    return study


@pytest.fixture(name="study", scope="module")
def _study():
    return run()


def test_the_stages_are_those_that_the_sampler_closed(study):
    found = findings_of(study)
    stored = stages_in(study._storage.get_study_system_attrs(study._study_id))
    assert found.is_staged
    assert [s.cohort for s in found.stages] == [s.cohort for s in stored]
    assert [len(s.cohort) for s in found.stages] == [36, 36]
    assert (found.finished, found.failed) == (84, 0)
    assert found.values == {t.number: t.value for t in study.trials}
    assert found.sign == 1
    assert found.default is None


def test_a_study_of_another_sampler_gets_one_fit_to_all_its_trials():
    found = findings_of(run(n=60, sampler=RandomSampler(seed=1)))
    assert not found.is_staged
    assert found.stages == ()
    stage = found.fit
    assert stage.cohort == tuple(range(60))
    names = {found.space.names[i] for i in stage.recovery.polynomial.parameters}
    assert {"b0", "kind"} <= names <= {"b0", "kind", "x"}
    # They may have been drawn in any way.
    assert found.expectation is None


@pytest.mark.slow
def test_what_a_search_proposed_gets_no_such_fit():
    """It crowds where values are good, and is no sample of the space."""
    for sampler in (SpectralSampler(seed=1), TPESampler(seed=1)):
        assert findings_of(run(n=60, sampler=sampler)).fit is None


def test_the_space_is_discovered_or_given_and_makes_no_difference(study):
    """Discovered parameters are sorted by name; a stage has the order of the sampler's own space."""
    given, discovered = findings_of(study, SPACE), findings_of(study)
    assert given.space == SPACE
    assert discovered.space.names == tuple(sorted(SPACE.names))
    assert given.recommendation.number == discovered.recommendation.number
    assert given.recommendation.mean == pytest.approx(discovered.recommendation.mean, abs=1e-4)
    assert given.expectation == discovered.expectation


def test_a_parameter_that_came_later_is_no_obstacle():
    """It moves all that stand behind it in the order of the names."""

    def function(trial):
        extra = trial.suggest_float("a", 0, 1) if trial.number >= 36 else 0.0
        return cost(suggest(trial, SPACE)) + extra

    study = optuna.create_study(sampler=harmonica(space=None, stages=1))
    study.optimize(function, n_trials=60)
    found = findings_of(study)
    assert found.space.names[0] == "a"
    best = min(study.trials, key=lambda t: t.value)
    assert found.recommendation.luckiest == best.number


def test_a_setting_that_the_given_space_lacks_is_left_out_of_what_is_known():
    study = run(lambda c: 3.0 * c["b0"] + c["x"], n=40, sampler=RandomSampler(seed=2))
    space = SearchSpace([p for p in SPACE.parameters if p.name != "kind"])
    assert findings_of(study, space).recommendation.luckiest == study.best_trial.number


def test_maximising_the_negative_finds_the_same(study):
    up, down = findings_of(run(direction="maximize")), findings_of(study)
    assert (up.sign, down.sign) == (-1, 1)
    assert up.recommendation == down.recommendation
    assert up.expectation == down.expectation
    assert up.values == down.values
    for one, other in zip(up.stages, down.stages, strict=True):
        assert one.alternatives == other.alternatives
        assert one.recovery.polynomial.terms == other.recovery.polynomial.terms


def test_random_search_is_estimated_from_the_draws_of_the_whole_space_only(study):
    found = findings_of(study)
    first = np.array([t.value for t in study.trials if t.number < 36])
    assert found.expectation == random_search(first, 84)
    # Negative control: the trials behind the first stage are better, and would tell another story.
    assert np.mean([t.value for t in study.trials if t.number >= 36]) < first.mean() - 2


def test_a_stage_that_pinned_nothing_leaves_its_draws_and_the_next_uniform():
    rng = np.random.default_rng(0)
    found = findings_of(
        run(lambda _: rng.normal(), n=84, sampler=harmonica(base=TPESampler(seed=0)))
    )
    assert not any(any(stage.alternatives) for stage in found.stages)
    assert found.expectation.seen == 72


def test_failed_pruned_and_infinite_trials_are_counted_and_never_recommended():
    def function(trial):
        value = cost(suggest(trial, SPACE))
        if trial.number % 5 == 1:
            raise ValueError
        if trial.number % 5 == 2:
            trial.report(value, 1)
            raise optuna.TrialPruned
        return math.inf if trial.number == 3 else value

    study = optuna.create_study(sampler=harmonica())
    study.optimize(function, n_trials=40, catch=ValueError)
    found = findings_of(study)
    complete = [n for n in range(40) if n % 5 not in (1, 2)]
    assert (found.finished, found.failed) == (40, 8)
    assert list(found.values) == complete
    assert found.values[3] == math.inf
    assert found.recommendation.number in set(complete) - {3}
    # Of its 36 trials: 1, 6, ..., 31, and the infinite value. Nothing was pinned, so the draws go on.
    assert found.stages[0].failed == 8
    assert found.expectation.seen == 40


def test_a_trial_under_way_is_no_finding(study):
    before = findings_of(study)
    study.ask()
    after = findings_of(study)
    assert after.finished == before.finished
    assert after.recommendation == before.recommendation


DEFAULTS = {"x": 0.5, "kind": "u", "b0": False, "b1": False, "b2": False, "b3": False}


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_default_is_the_newest_that_was_marked_whether_it_has_a_value_or_not(direction):
    study = optuna.create_study(sampler=RandomSampler(seed=0), direction=direction)
    values = iter([7.0, 8.0, None, 1.0, 2.0, 3.0])
    for kind in ("u", "v", "w"):
        study.enqueue_trial({**DEFAULTS, "kind": kind}, user_attrs={DEFAULT: True})

    def function(trial):
        suggest(trial, SPACE)
        value = next(values)
        if value is None:
            raise ValueError
        return value

    study.optimize(function, n_trials=6, catch=ValueError)
    found = findings_of(study)
    assert SPACE.decode(findings_of(study, SPACE).default) == {**DEFAULTS, "kind": "w"}
    assert found.space.decode(found.default) == {**DEFAULTS, "kind": "w"}


def test_an_enqueued_trial_is_no_uniform_draw():
    study = optuna.create_study(sampler=harmonica())
    study.enqueue_trial(DEFAULTS, user_attrs={DEFAULT: True})
    study.optimize(lambda trial: cost(suggest(trial, SPACE)), n_trials=20)
    found = findings_of(study)
    assert found.space.decode(found.default) == DEFAULTS
    (place,) = found.known.runs_of(found.default)
    assert found.known.y[place] == cost(DEFAULTS)
    assert found.expectation.seen == 19


def test_a_study_without_a_finished_trial_says_nothing():
    study = run(n=0, sampler=RandomSampler(seed=0))
    study.ask()
    with pytest.raises(SearchError, match="has 0 finished trials, but at least 1 is") as caught:
        findings_of(study)
    assert study.study_name in str(caught.value)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_finished_trials_recommend_the_best_and_expect_nothing(n):
    study = run(n=n, sampler=RandomSampler(seed=0))
    found = findings_of(study)
    assert found.recommendation.number == study.best_trial.number
    assert found.recommendation.observed == study.best_value
    assert (found.recommendation.expected, found.belief, found.fewest) == (None, None, None)
    assert found.settings == ()


def test_trials_without_a_finite_value_recommend_nothing():
    found = findings_of(run(lambda _: math.inf, n=3))
    assert found.recommendation is None
    assert found.recommended is None
    assert found.expectation is None
    assert found.fewest is None
    assert found.settings == found.interactions == ()
    assert (found.failures.count, found.failed) == (
        3,
        0,
    )  # Optuna calls an infinite value a success
    assert found.values == dict.fromkeys(range(3), math.inf)


def test_several_objectives_are_refused():
    study = optuna.create_study(directions=["minimize", "maximize"])
    with pytest.raises(ValueError, match="2 objectives"):
        findings_of(study)
