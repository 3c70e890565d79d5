"""SpectralSampler in whole Optuna studies."""

import pickle
import subprocess
import sys

import numpy as np
import optuna
import pytest
from optuna.pruners import HyperbandPruner, MedianPruner
from optuna.samplers import PartialFixedSampler, RandomSampler
from optuna.storages import InMemoryStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from overtone.errors import OvertoneError, SearchError, SpaceError
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.ledger import GIVEN
from overtone.study.spectral import SpectralSampler


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [False, True]) for i in range(3)),
        Categorical("kind", ["u", "v", "w"]),
        Real("x", 0.0, 1.0),
        Integer("k", 1, 256, log=True),
        Real("deep", -1.0, 1.0, when={"kind": ["v"]}),
    ]
)


def value_of(c):
    """A whole number of 1024ths, so that it can be scaled and shifted without rounding."""
    value = (
        -4.0 * c["b0"]
        - 3.0 * (c["b0"] and c["b1"])
        + {"u": 1.0, "v": -3.0, "w": 2.0}[c["kind"]]
        + 4.0 * abs(c["x"] - 0.6)
        + 0.25 * abs(np.log(c["k"] / 20))
        + c.get("deep", 0.0)
    )
    return round(float(value) * 1024) / 1024


def objective(trial):
    return value_of(suggest(trial, SPACE))


def spectral(**keys):
    return SpectralSampler(**{"seed": 0, **keys})


def run(function=objective, n=36, *, sampler=None, study=None, **keys):
    if study is None:
        study = optuna.create_study(sampler=sampler or spectral(), **keys)
    study.optimize(function, n_trials=n)
    return study


def proposed(study):
    """What each trial got, by number."""
    return {t.number: t.params for t in study.trials}


@pytest.fixture(scope="module")
def plain():
    """The study that the laws compare with."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return run()


# Laws


def test_seeds_and_values_decide(plain):
    """What the laws below rest on."""
    assert proposed(run(sampler=spectral(seed=1), n=5)) != proposed(run(n=5))
    other = run(lambda trial: -objective(trial))
    assert proposed(other) != proposed(plain)
    unseeded = [proposed(run(n=3, sampler=spectral(seed=None))) for _ in range(2)]
    assert unseeded[0] != unseeded[1]


@pytest.mark.parametrize(("factor", "shift"), [(2.0**-30, 0.0), (1.0, 512.0), (3.7, -5.0)])
def test_scaling_and_shifting_the_values_changes_no_proposal(plain, factor, shift):
    assert proposed(run(lambda trial: (objective(trial) + shift) * factor)) == proposed(plain)


def test_maximising_is_minimising_the_negative(plain):
    turned = run(lambda trial: -objective(trial), direction="maximize")
    assert proposed(turned) == proposed(plain)
    assert turned.best_trial.number == plain.best_trial.number


def test_the_order_of_suggestion_changes_no_proposal(plain):
    backwards = SearchSpace(SPACE.parameters[::-1])
    assert proposed(run(lambda trial: value_of(suggest(trial, backwards)))) == proposed(plain)


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


def test_a_new_sampler_goes_on_where_another_stopped(plain):
    study = run(n=17)
    study.sampler = spectral()
    run(study=study, n=19)
    assert proposed(study) == proposed(plain)


def test_a_new_sampler_for_every_trial_makes_the_same_study(plain):
    study = run(n=1)
    for _ in range(24):
        study.sampler = spectral()
        run(study=study, n=1)
    assert proposed(study) == {n: p for n, p in proposed(plain).items() if n < 25}


def test_a_pickled_copy_goes_on_where_the_original_stopped(plain):
    study = run(n=17)
    study.sampler = pickle.loads(pickle.dumps(study.sampler))
    run(study=study, n=19)
    assert proposed(study) == proposed(plain)


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


def test_another_process_goes_on_where_the_first_stopped(plain, tmp_path):
    path = str(tmp_path / "journal.log")
    code = f"""
import sys, warnings
sys.path.insert(0, {str(__file__).rsplit("/", 1)[0]!r})
warnings.simplefilter("ignore")
import test_spectral as t
study = t.optuna.create_study(
    study_name="s", storage=t.JournalStorage(t.JournalFileBackend({path!r})), sampler=t.spectral()
)
t.run(study=study, n=17)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    study = optuna.load_study(
        study_name="s", storage=JournalStorage(JournalFileBackend(path)), sampler=spectral()
    )
    run(study=study, n=19)
    assert proposed(study) == proposed(plain)


def test_one_sampler_serves_several_studies_and_confuses_none(plain):
    """Studies in memory have the same ids, each in its own storage."""
    shared = spectral()
    studies = [optuna.create_study(sampler=shared) for _ in range(2)]
    for _ in range(4):
        run(study=studies[0], n=5)
        run(lambda trial: -objective(trial), study=studies[1], n=5)
    assert proposed(studies[0]) == {n: p for n, p in proposed(plain).items() if n < 20}
    assert proposed(studies[1]) == proposed(run(lambda trial: -objective(trial), 20))


def test_one_sampler_serves_two_studies_of_one_storage():
    storage, shared = InMemoryStorage(), spectral()
    studies = [
        optuna.create_study(storage=storage, sampler=shared, direction=direction)
        for direction in ("minimize", "maximize")
    ]
    for study in studies * 2:
        run(study=study, n=10)
    for study, direction in zip(studies, ("minimize", "maximize"), strict=True):
        assert proposed(study) == proposed(run(n=20, direction=direction))


def test_a_study_of_the_same_name_begun_anew_begins_anew():
    storage, sampler, found = RDBStorage("sqlite:///:memory:"), spectral(), []
    for _ in range(2):
        study = optuna.create_study(study_name="s", storage=storage, sampler=sampler)
        run(study=study, n=12)
        found.append(proposed(study))
        optuna.delete_study(study_name="s", storage=storage)
    assert found[0] == found[1]


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
    value = objective(trial)
    match trial.number % 12:
        case 0:
            raise RuntimeError("the program crashed")
        case 1:
            return float("nan")
        case 2:
            return float("inf")
        case 3:
            return float("-inf")
        case 4:
            raise optuna.TrialPruned
        case 5:
            trial.report(value, 1)
            raise optuna.TrialPruned
        case 6:
            return 1e300
        case _:
            return value


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


def test_trials_that_a_given_space_does_not_hold_are_refused():
    study = optuna.create_study(sampler=spectral(space=SearchSpace([Integer("k", 1, 4)])))
    study.enqueue_trial({"k": 9})
    run(lambda trial: trial.suggest_int("k", 1, 9), 1, study=study)
    with pytest.raises(SpaceError, match=r"Trial 0: .*'k' is 9"):
        run(lambda trial: trial.suggest_int("k", 1, 9), 1, study=study)


# What it is for


@pytest.mark.statistical
def test_it_finds_better_values_than_random_search():
    """Of eight pairs with 40 trials each, it wins each: by chance with a probability of 1 in 256."""
    for seed in range(8):
        found = run(sampler=spectral(seed=seed), n=40).best_value
        assert found < run(sampler=RandomSampler(seed=seed), n=40).best_value
