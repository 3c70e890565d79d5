"""SpectralSampler in whole Optuna studies."""

import pickle

import numpy as np
import optuna
import pytest
from optuna.pruners import HyperbandPruner, MedianPruner
from optuna.samplers import PartialFixedSampler, RandomSampler
from optuna.trial import TrialState
from sampler_studies import SPECTRAL, proposed, spoilt

from overtone.errors import OvertoneError, SearchError
from overtone.space import Categorical, Integer, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.spectral.sampler import SpectralSampler
from overtone.study.storage import GIVEN


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


SPACE, objective, run, spectral = SPECTRAL.space, SPECTRAL.objective, SPECTRAL.run, SPECTRAL.make


@pytest.fixture(scope="module")
def plain():
    """The study that the laws compare with."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return run()


# Laws


@pytest.mark.slow
def test_a_given_space_may_list_its_parameters_in_any_order():
    shuffled = SearchSpace([SPACE.parameters[i] for i in (5, 2, 6, 0, 1, 4, 3)])
    one, other = (run(sampler=spectral(space=space)) for space in (SPACE, shuffled))
    assert proposed(one) == proposed(other)


def test_trials_of_the_past_decide_not_who_drew_them():
    """Proposals to the same forty random trials, in a study of its own each."""
    past = run(sampler=RandomSampler(seed=3), n=40)
    found = []
    for _ in range(2):
        study = optuna.create_study(sampler=spectral())
        study.add_trials(past.trials)
        found.append(proposed(run(study=study, n=3)))
    assert found[0] == found[1]


# Any process


@pytest.mark.slow
def test_a_new_sampler_for_every_trial_makes_the_same_study(plain):
    study = run(n=1)
    for _ in range(24):
        study.sampler = spectral()
        run(study=study, n=1)
    assert proposed(study) == {n: p for n, p in proposed(plain).items() if n < 25}


def test_an_unseeded_copy_goes_on_as_the_original_would():
    study = run(n=12, sampler=spectral(seed=None))
    copied = optuna.create_study(sampler=pickle.loads(pickle.dumps(study.sampler)))
    copied.add_trials(study.trials)
    run(study=study, n=3)
    run(study=copied, n=3)
    assert proposed(copied) == proposed(study)


def test_reseeding_changes_nothing(plain):
    sampler = spectral()
    sampler.reseed_rng()
    assert proposed(run(sampler=sampler, n=20)) == {
        n: p for n, p in proposed(plain).items() if n < 20
    }


# Running trials


def test_what_another_sampler_object_gave_is_not_given_again():
    """Ten begun at once by samplers that know of each other by the storage alone.

    Each has asked for one of its two parameters, so the other one is in no storage yet.
    """
    space = SearchSpace([Categorical("a", [0, 1, 2]), Integer("b", 1, 4)])
    study = optuna.create_study(sampler=spectral(space=space))
    run(lambda trial: sum(suggest(trial, space).values()), study=study, n=2)
    asked = []
    for _ in range(10):
        study.sampler = spectral(space=space)
        asked.append(study.ask())
        suggest(asked[-1], SearchSpace(space.parameters[:1]))
    for trial in study.trials[2:]:
        assert trial.params == {"a": trial.params["a"]}
        assert trial.system_attrs[GIVEN].keys() == {"a", "b"}
    drawn = [suggest(trial, space) for trial in asked]
    known = [t.params for t in study.trials[:2]]
    assert len({tuple(c.values()) for c in [*drawn, *known]}) == 12


@pytest.mark.slow
def test_a_batch_is_spread_out():
    """Eight asked at once after thirty trials: no two alike, and not one next to the other."""
    study = run(n=30)
    batch = [suggest(study.ask(), SPACE) for _ in range(8)]
    assert len({repr(c) for c in batch}) == 8
    # The next one would get the first of them, had that not been running.
    other = run(n=30)
    assert suggest(other.ask(), SPACE) == batch[0]


def test_four_threads_share_a_study():
    study = optuna.create_study(sampler=spectral())
    study.optimize(objective, n_trials=40, n_jobs=4)
    assert len(study.trials) == 40
    assert all(t.state == TrialState.COMPLETE for t in study.trials)
    later = [repr(sorted(t.params.items())) for t in study.trials[4:]]
    assert len(set(later)) == len(later)
    assert study.best_value < np.median([t.value for t in study.trials])


# Spaces of all kinds


def branching(trial):
    if trial.suggest_categorical("model", ["forest", "net"]) == "forest":
        return 1.0 / trial.suggest_int("trees", 1, 50) + 0.5
    rate = trial.suggest_float("rate", 1e-5, 1.0, log=True)
    if trial.suggest_categorical("decays", [False, True]):
        return abs(np.log10(rate) + 2) + trial.suggest_float("decay", 0.0, 1.0)
    return abs(np.log10(rate) + 2) + 0.3


def test_a_space_that_branches_is_discovered_and_searched():
    study = run(branching, 60)
    assert {t.params["model"] for t in study.trials} == {"forest", "net"}
    assert study.best_params["model"] == "net"
    assert study.best_value < 0.4
    # Once the conditions are known, a proposal has what its trial asks for and nothing else.
    for trial in study.trials[40:]:
        assert trial.system_attrs[GIVEN].keys() == trial.params.keys()


def test_a_given_space_with_conditions_is_used_from_the_first_trial():
    study = run(sampler=spectral(space=SPACE), n=25)
    for trial in study.trials:
        assert trial.system_attrs[GIVEN].keys() == trial.params.keys()


@pytest.mark.slow
def test_a_space_may_grow_and_its_ranges_may_widen():
    def growing(trial):
        value = (trial.suggest_float("x", 0.0, 1.0 if trial.number < 15 else 4.0) - 3.0) ** 2
        if trial.number >= 25:
            value += 0.1 * trial.suggest_int("late", 0, 5)
        return value

    study = run(growing, 45)
    assert max(t.params["x"] for t in study.trials[15:]) > 1.0
    assert study.best_value < 0.5
    assert min(t.params["late"] for t in study.trials[30:]) == 0
    again = optuna.create_study(sampler=spectral())
    again.add_trials(study.trials[:40])
    run(growing, 5, study=again)
    assert proposed(again) == proposed(study)


def test_a_parameter_that_narrows_stays_in_its_range():
    def narrowing(trial):
        return trial.suggest_int("k", 1, 64 if trial.number < 12 else 4)

    study = run(narrowing, 24)
    assert all(1 <= t.params["k"] <= 4 for t in study.trials[12:])


def test_choices_of_any_kind_are_searched():
    with pytest.warns(UserWarning, match="Choices for a categorical distribution"):
        study = run(
            lambda trial: float(len(trial.suggest_categorical("shape", [(1, 2), (3,), ()]))), 15
        )
    assert study.best_params == {"shape": ()}


def test_an_objective_without_parameters_is_no_error():
    study = run(lambda trial: 1.0, 12)
    assert len(study.trials) == 12


def test_a_space_of_one_configuration_is_tried_again_and_again():
    study = run(lambda trial: trial.suggest_int("k", 3, 3) + trial.suggest_float("x", 1.0, 1.0), 15)
    assert all(t.params == {"k": 3, "x": 1.0} for t in study.trials)


# What users do with studies


def test_enqueued_trials_are_run_and_learnt_from():
    known = {"b0": True, "b1": True, "b2": False, "kind": "v", "x": 0.6, "k": 20, "deep": -1.0}
    study = optuna.create_study(sampler=spectral())
    study.enqueue_trial(known)
    study.enqueue_trial({"b2": True, "x": 0.25})
    run(study=study, n=25)
    assert proposed(study)[0] == known
    assert proposed(study)[1]["x"] == 0.25
    # What is as good as can be is never far, once it has been told.
    later = [sum(t.params.get(n) == v for n, v in known.items()) for t in study.trials[10:]]
    early = [sum(t.params.get(n) == v for n, v in known.items()) for t in study.trials[1:10]]
    assert np.mean(later) > np.mean(early)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_fixed_parameters_stay_and_the_others_are_searched():
    fixed = {"b0": False, "kind": "w"}
    study = run(sampler=PartialFixedSampler(fixed, spectral()), n=40)
    assert all(t.params["b0"] is False and t.params["kind"] == "w" for t in study.trials)
    best = 2.0  # b0 is off and kind is w, x and k at their best
    assert study.best_value < best + 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    "pruner", [MedianPruner(n_startup_trials=3), HyperbandPruner(min_resource=1, max_resource=9)]
)
def test_pruned_trials_are_part_of_the_search(pruner):
    def gradual(trial):
        value = objective(trial)
        for step in range(1, 10):
            trial.report(value + 5.0 / step, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    studies = [
        run(
            gradual,
            40,
            study=optuna.create_study(sampler=spectral(), pruner=pruner, study_name="s"),
        )
        for _ in range(2)
    ]
    states = [t.state for t in studies[0].trials]
    assert states.count(TrialState.PRUNED) > 3
    assert states.count(TrialState.COMPLETE) > 3
    assert proposed(studies[0]) == proposed(studies[1])
    assert studies[0].best_value < -5.0


def faulty(trial):
    value, place = objective(trial), trial.number % 12
    return 1e300 if place == 6 else spoilt(trial, value, place)


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_no_outcome_breaks_a_search(direction):
    sign = 1 if direction == "minimize" else -1
    study = optuna.create_study(sampler=spectral(), direction=direction)
    study.optimize(lambda trial: sign * faulty(trial), n_trials=48, catch=(RuntimeError,))
    assert len(study.trials) == 48
    assert {t.state for t in study.trials} == {
        TrialState.COMPLETE,
        TrialState.FAIL,
        TrialState.PRUNED,
    }


def test_a_study_in_which_everything_fails_goes_on():
    study = optuna.create_study(sampler=spectral())
    study.optimize(lambda trial: 1 / (objective(trial) * 0), n_trials=25, catch=ZeroDivisionError)
    assert len({repr(t.params) for t in study.trials}) == 25


def test_values_that_are_all_equal_are_no_error():
    study = run(lambda trial: 0.0 * objective(trial), 25)
    assert len({repr(t.params) for t in study.trials}) == 25


# What is refused


def test_several_objectives_are_refused():
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=spectral())
    with pytest.raises(ValueError, match=r"2 objectives.*of\s+one"):
        study.optimize(lambda trial: (objective(trial), 0.0), n_trials=1)
    with pytest.raises(ValueError, match="2 objectives"):
        spectral().sample_independent(study, None, "x", None)


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(SearchError, match=r"seed is .* but a whole number from 0 on"):
        SpectralSampler(seed=seed)


@pytest.mark.parametrize("space", [[], {"x": optuna.distributions.FloatDistribution(0, 1)}, "x"])
def test_a_space_is_a_search_space(space):
    with pytest.raises(SearchError, match="but a SearchSpace is expected") as caught:
        SpectralSampler(space=space)
    assert isinstance(caught.value, OvertoneError)


# What it is for


@pytest.mark.statistical
def test_it_finds_better_values_than_random_search():
    """Of eight pairs with 40 trials each, it wins each: by chance with a probability of 1 in 256."""
    for seed in range(8):
        found = run(sampler=spectral(seed=seed), n=40).best_value
        assert found < run(sampler=RandomSampler(seed=seed), n=40).best_value
