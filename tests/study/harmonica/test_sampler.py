from dataclasses import replace

"""HarmonicaSampler in whole Optuna studies."""

import threading
import time
import warnings

import numpy as np
import optuna
import pytest
from optuna.samplers import PartialFixedSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from sampler_studies import HARMONICA, proposed, spoilt, value_of

import overtone.study.harmonica.stages as stages_module
from overtone.errors import RecoveryError, SearchError, WeakSignalWarning
from overtone.search.harmonica.stage import region_after
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.storage import STAGE, TAG, drawn_region

# Whether a small study finds something is the point of some tests only; they expect the warning.
pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


SPACE, objective, run, harmonica = (
    HARMONICA.space,
    HARMONICA.objective,
    HARMONICA.run,
    HARMONICA.make,
)


def stages_of(study):
    return stages_in(study._storage.get_study_system_attrs(study._study_id))


def records_of(study):
    attributes = study._storage.get_study_system_attrs(study._study_id)
    return {name: record for name, record in attributes.items() if name.startswith(STAGE)}


@pytest.fixture(scope="module")
def plain():
    """The study that the laws compare with: 84 trials, two stages of 36."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        return run()


def test_the_study_of_the_laws_has_two_stages_that_found_something(plain):
    """What the laws below rest on: nothing would be equal to nothing."""
    assert [len(stage.cohort) for stage in stages_of(plain)] == [36, 36]
    assert all(any(stage.alternatives) for stage in stages_of(plain))


@pytest.mark.slow
def test_a_given_space_in_any_order_gives_what_a_discovered_one_gives(plain):
    shuffled = SearchSpace([SPACE.parameters[i] for i in (5, 2, 7, 0, 6, 1, 4, 3)])
    for space in (SPACE, shuffled):
        assert proposed(run(sampler=harmonica(space=space))) == proposed(plain)


def test_a_parameter_that_does_nothing_changes_no_proposal_of_the_first_stage(plain):
    """Streams belong to names: another parameter moves nobody's draws."""

    def wider(trial):
        trial.suggest_float("dummy", 0.0, 1.0)
        return objective(trial)

    wide = run(wider, 36)
    for number, params in proposed(wide).items():
        assert {n: v for n, v in params.items() if n != "dummy"} == proposed(plain)[number]


def test_relabelling_choices_changes_nothing_but_names(plain):
    labels = {"u": "alpha", "v": None, "w": 3.5}
    back = {label: name for name, label in labels.items()}
    relabelled = SearchSpace(
        [
            Categorical("kind", list(labels.values())) if p.name == "kind" else p
            for p in SPACE.parameters
        ]
    )

    def other(trial):
        chosen = suggest(trial, relabelled)
        return value_of({**chosen, "kind": back[chosen["kind"]]})

    translated = {n: {**p, "kind": back[p["kind"]]} for n, p in proposed(run(other)).items()}
    assert translated == proposed(plain)


def test_reversing_the_choices_of_a_bit_turns_every_proposal_of_it_around(plain):
    turned = SearchSpace(
        [Categorical("b0", [True, False]) if p.name == "b0" else p for p in SPACE.parameters]
    )

    def other(trial):
        chosen = suggest(trial, turned)
        return value_of({**chosen, "b0": not chosen["b0"]})

    turned_back = {n: {**p, "b0": not p["b0"]} for n, p in proposed(run(other)).items()}
    assert turned_back == proposed(plain)


def test_late_trials_change_no_closed_stage_and_no_later_proposal(plain):
    study = run(n=50)
    before = records_of(study)
    distributions = study.trials[0].distributions
    for value in (-1e9, 1e9, float("inf")):
        study.add_trial(
            optuna.create_trial(
                params=study.trials[3].params, distributions=distributions, value=value
            )
        )
    study.enqueue_trial(study.trials[0].params)
    study.enqueue_trial({"b0": False})
    run(study=study, n=1)
    study.tell(study.ask(), state=TrialState.FAIL)
    assert len(study.trials) == 55
    assert records_of(study) == before
    run(study=study, n=24)
    first, second = stages_of(study)
    assert records_of(study)[f"{STAGE}0"] == before[f"{STAGE}0"]
    assert first.cohort == tuple(range(36))
    assert second.cohort == (*range(36, 50), *range(55, 77))
    # Without the five, the second stage closes before trial 72.
    same = range(55, 72)
    assert [proposed(study)[n] for n in same] == [proposed(plain)[n] for n in same]


@pytest.mark.slow
def test_reseeding_moves_the_base_sampler_and_nothing_else(plain):
    sampler = harmonica(base=RandomSampler(seed=0))
    sampler.reseed_rng()
    reseeded, straight = run(sampler=sampler), run(sampler=harmonica(base=RandomSampler(seed=0)))
    stages = range(72)
    assert [proposed(reseeded)[n] for n in stages] == [proposed(plain)[n] for n in stages]
    last = range(72, 84)
    assert [proposed(reseeded)[n] for n in last] != [proposed(straight)[n] for n in last]


def in_time(function, seconds=60):
    """Call a function that may wait for ever."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "waits for ever"


@pytest.mark.slow
@pytest.mark.parametrize("samples", [36, "auto"])
def test_parallel_runs_that_wait_repeat_the_sequential_one(samples):
    """Trials take longer or shorter, and begin to draw late, by their number."""

    def slow(trial):
        time.sleep(0.002 * (trial.number * 7 % 5))
        chosen = {}
        for parameter in SPACE.parameters:
            one = SearchSpace([parameter])
            chosen |= suggest(trial, one)
            time.sleep(0.001 * (trial.number % 3))
        return value_of(chosen)

    study = optuna.create_study(sampler=harmonica(samples=samples, wait=True))
    in_time(lambda: study.optimize(slow, n_trials=84, n_jobs=3))
    assert proposed(study) == proposed(run(sampler=harmonica(samples=samples)))


@pytest.mark.slow
def test_four_threads_close_each_stage_once_and_every_trial_is_told_its_stage(monkeypatch):
    closed = []
    real = stages_module.close

    def counted(space, settings, stages, history):
        closed.append(len(stages))
        return real(space, settings, stages, history)

    monkeypatch.setattr(stages_module, "close", counted)
    study = optuna.create_study(sampler=harmonica(samples=16, stages=3))
    in_time(lambda: study.optimize(objective, n_trials=80, n_jobs=4))
    stages = stages_of(study)
    assert closed == list(range(len(stages))) == [0, 1, 2]
    cohorts = [n for stage in stages for n in stage.cohort if any(stage.alternatives)]
    assert len(cohorts) == len(set(cohorts))
    for trial in study.trials:
        tag = trial.system_attrs[TAG]
        assert tag["region"] == region_after(stages[: tag["stage"]]).digest
    for stage in stages:
        assert {drawn_region(study.trials[n]) for n in stage.cohort} == {stage.region}


def test_enqueued_trials_enter_no_cohort():
    study = optuna.create_study(sampler=harmonica(samples=24))
    full = {p.name: "u" if p.name == "kind" else 1 for p in SPACE.parameters}
    full |= {f"b{i}": True for i in range(5)}
    study.enqueue_trial(full)
    study.enqueue_trial({"b2": True, "x": 0.25})
    run(study=study, n=40)
    assert proposed(study)[0] == full
    assert proposed(study)[1]["x"] == 0.25
    assert stages_of(study)[0].cohort == tuple(range(2, 26))


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_retried_trials_enter_no_cohort_and_repeat_the_trial():
    study = optuna.create_study(sampler=harmonica(samples=24))
    retry = optuna.storages.RetryHeartbeatStaleTrialCallback()
    for _ in range(5):
        dead = study.ask()
        suggest(dead, SPACE)
        study.tell(dead, state=TrialState.FAIL)
        retry(study, study.trials[dead.number])
        again = study.ask()
        study.tell(again, objective(again))
        assert again.params == dead.params
    run(study=study, n=40)
    (stage,) = stages_of(study)[:1]
    assert stage.cohort == (0, 2, 4, 6, 8, *range(10, 29))
    assert stage.failed == 5


def faulty(trial):
    return spoilt(trial, objective(trial), trial.number % 48)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_no_outcome_breaks_a_stage(direction):
    sign = 1 if direction == "minimize" else -1

    def turned(trial):
        return sign * faulty(trial)

    study = optuna.create_study(sampler=harmonica(samples=96, stages=1), direction=direction)
    study.optimize(turned, n_trials=100, catch=(RuntimeError,))
    (stage,) = stages_of(study)
    assert stage.cohort == tuple(range(96))
    # A crash, a NaN, two infinities and a prune without a report, twice each.
    assert stage.failed == 10
    assert any(stage.alternatives)


def test_a_choice_that_always_crashes_is_left():
    def crashing(trial):
        chosen = suggest(trial, SPACE)
        if chosen["kind"] == "v":
            raise RuntimeError("out of memory")
        return value_of(chosen) - 3.0 * chosen["b2"]

    study = optuna.create_study(sampler=harmonica(samples=60, stages=1, restriction=2))
    study.optimize(crashing, n_trials=80, catch=(RuntimeError,))
    assert {t.params["kind"] for t in study.trials[:60]} == {"u", "v", "w"}
    assert all(t.state == TrialState.COMPLETE for t in study.trials[60:])


def test_a_study_in_which_everything_fails_goes_on_and_warns():
    study = optuna.create_study(sampler=harmonica(samples=5, stages=2))
    with pytest.warns(WeakSignalWarning, match=r"Stage 1 .* in 5 trials \(5 of them failed\)"):
        study.optimize(
            lambda trial: 1 / (objective(trial) * 0), n_trials=20, catch=ZeroDivisionError
        )
    assert [stage.alternatives for stage in stages_of(study)] == [(), ()]


def test_a_warning_turned_into_an_error_leaves_the_stage_closed():
    study = optuna.create_study(sampler=harmonica(samples=5, stages=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study.optimize(lambda trial: 0.0 * objective(trial), n_trials=5)
        with pytest.raises(WeakSignalWarning):
            study.optimize(lambda trial: 0.0 * objective(trial), n_trials=1)
        study.optimize(lambda trial: 0.0 * objective(trial), n_trials=3)
    assert len(stages_of(study)) == 1


def test_a_straggler_holds_a_stage_up_for_ten_trials_only_and_never_changes_it():
    study = run(n=3, sampler=harmonica(samples=24))
    straggler = study.ask()
    value = objective(straggler)
    run(study=study, n=29)
    assert stages_of(study) == []
    run(study=study, n=2)
    (stage,) = stages_of(study)
    assert stage.cohort == (0, 1, 2, *range(4, 25))
    before = records_of(study)
    study.tell(straggler, value)
    run(study=study, n=2)
    assert records_of(study) == before


def test_a_cohort_is_the_first_trials_by_number_in_whatever_order_they_end():
    study = optuna.create_study(sampler=harmonica(samples=10, stages=1))
    asked = [study.ask() for _ in range(14)]
    values = [objective(trial) for trial in asked]
    for trial, value in reversed(list(zip(asked, values, strict=True))):
        study.tell(trial, value)
    run(study=study, n=1)
    assert stages_of(study)[0].cohort == tuple(range(10))


def test_a_stage_is_closing_while_its_last_trials_run():
    sampler = harmonica(samples=4, stages=1)
    study = optuna.create_study(sampler=sampler)
    assert not sampler.is_closing(study)
    asked = [study.ask() for _ in range(4)]
    for k, trial in enumerate(asked):
        assert not sampler.is_closing(study)
        suggest(trial, SPACE)
        study.tell(trial, float(k)) if k < 3 else None
    assert sampler.is_closing(study)
    study.tell(asked[3], 0.0)
    assert not sampler.is_closing(study)
    run(study=study, n=1)
    assert len(stages_of(study)) == 1
    assert not sampler.is_closing(study)


@pytest.mark.slow
def test_trials_keep_to_the_best_cell_and_the_next_stage_cuts_it_again():
    study = run(n=250, sampler=harmonica(samples=80, stages=3, restriction=1))
    first, second, third = stages_of(study)
    for trial in study.trials[80:]:
        for name, (low, high) in first.alternatives[0].items():
            code = trial.distributions[name].to_internal_repr(trial.params[name])
            assert low <= code <= high
    late = [t.params for t in study.trials[160:]]
    assert {(p["b0"], p["b1"], p["kind"]) for p in late} == {(True, True, "v")}
    for stage, width in ((first, 0.25), (second, 0.0625)):
        low, high = region_after([first, second][: stage.index + 1]).possible("x")[0]
        assert low <= 0.6 <= high
        assert high - low == pytest.approx(width)
    assert all(0.5625 <= p["x"] <= 0.625 for p in late)
    k = region_after([first, second, third]).possible("k")
    assert len(k) == 1
    assert 16 <= k[0].low <= k[0].high < 64
    means = [np.mean([t.value for t in study.trials[i : i + 80]]) for i in (0, 80, 160)]
    assert means[0] > means[1] > means[2]


def test_values_lie_inside_what_is_asked_although_the_range_moved():
    """The cell of x that the stage kept, and later half of it, are no longer asked for."""

    def moving(trial):
        shrunk = trial.number >= 60
        x = trial.suggest_float("x", 0.7 if trial.number >= 80 else 0.0, 1.0)
        y = trial.suggest_float("y", 0.0, 0.3 if shrunk else 1.0)
        k = trial.suggest_int(
            "k", 3 if shrunk else 0, 31 if shrunk else 32, step=2 if shrunk else 1
        )
        s = trial.suggest_float("s", 0.0, 0.5 if shrunk else 1.0, step=0.05)
        return abs(x - 0.6) + abs(y - 0.35) + abs(k - 11) / 32 + abs(s - 0.3)

    for base in (None, RandomSampler(seed=0), TPESampler(seed=0)):
        study = run(
            moving, 100, sampler=harmonica(seed=1, samples=60, stages=1, restriction=1, base=base)
        )
        assert any(stages_of(study)[0].alternatives)
        for trial in study.trials:
            for name, distribution in trial.distributions.items():
                assert distribution._contains(distribution.to_internal_repr(trial.params[name]))


def test_a_stepped_real_zooms_without_a_warning():
    """Cells of a grid of tenths end at numbers such as 0.30000000000000004."""

    def stepped(trial):
        s = trial.suggest_float("s", 0.0, 3.0, step=0.1)
        return abs(s - 0.4) + trial.suggest_categorical("c", [0, 1])

    for base in (None, RandomSampler(seed=0), TPESampler(seed=0)):
        study = run(stepped, 80, sampler=harmonica(samples=30, stages=2, restriction=1, base=base))
        assert {round(t.params["s"], 6) for t in study.trials[60:]} <= {
            0.0,
            0.1,
            0.2,
            0.3,
            0.4,
            0.5,
        }


TREE = SearchSpace(
    [
        Categorical("optimizer", ["sgd", "adam"]),
        Categorical("nesterov", [False, True], when={"optimizer": "sgd"}),
        Real("beta", 0.0, 1.0, when={"optimizer": "adam"}),
        Categorical("schedule", ["none", "step", "cosine"]),
        Integer("period", 1, 4, when={"schedule": ["step", "cosine"]}),
        Categorical("restart", [False, True], when={"schedule": "cosine"}),
        Categorical("plain", [0, 1]),
    ]
)


def tree_value(c):
    value = 3.0 if c["optimizer"] == "sgd" and not c["nesterov"] else 0.0
    value += 2.0 * abs(c["beta"] - 0.9) if c["optimizer"] == "adam" else 1.0
    value += {"none": 1.0, "step": 0.5, "cosine": 0.0}[c["schedule"]]
    value += 0.5 * c["period"] if c["schedule"] != "none" else 0.0
    value += 2.0 if c["schedule"] == "cosine" and not c["restart"] else 0.0
    return value


def tree(trial):
    return tree_value(suggest(trial, TREE))


def flat_tree(trial):
    """A program that always suggests everything, and uses what is active."""
    chosen = suggest(trial, SearchSpace([replace(p, when={}) for p in TREE.parameters]))
    return tree_value(chosen)


def active(params):
    return {p.name: params[p.name] for p in TREE.parameters if TREE.is_active(p, params)}


def test_conditions_that_are_discovered_do_as_well_as_those_that_are_given():
    given = run(tree, 180, sampler=harmonica(space=TREE, samples=60))
    discovered = run(tree, 180, sampler=harmonica(samples=60))
    assert any(stages_of(given)[0].alternatives)
    assert proposed(discovered) == proposed(given)


def test_always_suggesting_everything_agrees_with_suggesting_what_is_active():
    given = run(tree, 180, sampler=harmonica(space=TREE, samples=60))
    flat = run(flat_tree, 180, sampler=harmonica(space=TREE, samples=60))
    assert {n: active(p) for n, p in proposed(flat).items()} == proposed(given)


def test_a_parameter_is_pinned_only_where_it_can_be_active():
    study = run(tree, 180, sampler=harmonica(samples=60, stages=3, restriction=6))
    found = [a for stage in stages_of(study) for a in stage.alternatives]
    assert any("optimizer" in a for a in found)
    for alternative in found:
        for parameter in TREE.parameters:
            for parent, values in parameter.when.items():
                if parameter.name in alternative and parent in alternative:
                    low, high = alternative[parent]
                    allowed = [float(TREE[parent].index(value)) for value in values]
                    assert any(low <= code <= high for code in allowed)


def test_choices_of_any_kind_can_be_searched():
    def odd(trial):
        shape = trial.suggest_categorical("shape", [(3, 3), (5, 5), None])
        wide = trial.suggest_categorical("wide", [1, 2]) if shape == (5, 5) else 3
        return 3 * wide - 8 * (shape == (5, 5)) + trial.suggest_float("x", 0.0, 1.0)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Choices for a categorical distribution")
        study = run(odd, 80, sampler=harmonica(samples=60, stages=1, restriction=1))
    assert {t.params["shape"] for t in study.trials[60:]} == {(5, 5)}
    assert {t.params["wide"] for t in study.trials[60:]} == {1}


class Spy(RandomSampler):
    """A random sampler that notes what it is asked."""

    def __init__(self):
        super().__init__(seed=0)
        self.begun, self.ended, self.asked = [], [], {}

    def before_trial(self, study, trial):
        self.begun.append(trial.number)

    def after_trial(self, study, trial, state, values):
        self.ended.append((trial.number, state, values))

    def sample_independent(self, study, trial, param_name, param_distribution):
        self.asked.setdefault(trial.number, {})[param_name] = param_distribution
        return super().sample_independent(study, trial, param_name, param_distribution)


def test_a_base_sampler_is_told_of_all_trials_and_asked_for_what_is_left_in_the_last_ones():
    spy = Spy()
    study = run(n=100, sampler=harmonica(samples=80, stages=1, restriction=1, base=spy))
    assert spy.begun == list(range(100))
    assert spy.ended == [(t.number, t.state, [t.value]) for t in study.trials]
    assert set(spy.asked) == set(range(80, 100))
    (kept,) = stages_of(study)[0].alternatives
    pinned = {name for name, (low, high) in kept.items() if low == high}
    assert {"b0", "b1", "kind"} <= pinned
    for asked in spy.asked.values():
        assert set(asked) == set(SPACE.names) - pinned
        assert (asked["x"].low, asked["x"].high) == kept["x"]
    assert [drawn_region(t) for t in study.trials[80:]] == [""] * 20


BASES = {
    "random": lambda: RandomSampler(seed=0),
    "tpe": lambda: TPESampler(seed=0),
    "univariate tpe": lambda: TPESampler(seed=0, multivariate=False),
    "grouped tpe": lambda: TPESampler(seed=0, group=True, n_startup_trials=0),
}


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_base_samplers_draw_inside_the_restriction(base):
    study = run(n=110, sampler=harmonica(samples=80, stages=1, base=BASES[base]()))
    alternatives = stages_of(study)[0].alternatives
    for trial in study.trials[80:]:
        code = {n: d.to_internal_repr(trial.params[n]) for n, d in trial.distributions.items()}
        assert any(
            all(low <= code[name] <= high for name, (low, high) in a.items()) for a in alternatives
        )


def test_a_gaussian_process_draws_inside_the_restriction():
    pytest.importorskip("torch")
    base = optuna.samplers.GPSampler(seed=0, n_startup_trials=0)
    study = run(n=83, sampler=harmonica(samples=80, stages=1, restriction=1, base=base))
    (kept,) = stages_of(study)[0].alternatives
    for trial in study.trials[80:]:
        for name, (low, high) in kept.items():
            assert low <= trial.distributions[name].to_internal_repr(trial.params[name]) <= high


def test_no_stages_leave_everything_to_the_base_sampler():
    through = run(n=30, sampler=harmonica(stages=0, base=TPESampler(seed=3, n_startup_trials=0)))
    alone = run(n=30, sampler=TPESampler(seed=3, n_startup_trials=0))
    assert proposed(through) == proposed(alone)
    assert records_of(through) == {}


def reporting(trial):
    value = objective(trial)
    for step in range(9):
        trial.report(value + 3.0 / (step + 1), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return value


@pytest.mark.slow
@pytest.mark.parametrize(
    "pruner",
    [
        optuna.pruners.HyperbandPruner(min_resource=1, max_resource=9),
        optuna.pruners.MedianPruner(n_startup_trials=5),
    ],
    ids=["hyperband", "median"],
)
def test_stages_close_under_a_pruner(pruner):
    study = run(
        reporting, 110, sampler=harmonica(samples=40, base=TPESampler(seed=0)), pruner=pruner
    )
    assert any(t.state == TrialState.PRUNED for t in study.trials)
    first, second = stages_of(study)
    assert first.cohort == tuple(range(40))
    assert len(second.cohort) == 40


def test_a_pruner_of_brackets_changes_no_proposal(plain):
    """Hyperband shows a sampler the trials of one bracket; stages are made of all of them."""
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=9)
    assert proposed(run(pruner=pruner)) == proposed(plain)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_parameter_that_a_wrapper_fixes_stays_fixed_and_stages_close_around_it():
    sampler = PartialFixedSampler({"kind": "w", "x": 0.125}, harmonica(samples=40))
    study = run(
        reporting, 90, sampler=sampler, pruner=optuna.pruners.HyperbandPruner(max_resource=9)
    )
    assert {(p["kind"], p["x"]) for p in proposed(study).values()} == {("w", 0.125)}
    assert stages_of(study)[0].cohort == tuple(range(40))
    assert "kind" not in {name for s in stages_of(study) for a in s.alternatives for name in a}


@pytest.mark.parametrize("kind", ["memory", "sqlite", "journal"])
def test_every_storage_holds_the_same_study_of_built_in_values(kind, tmp_path):
    match kind:
        case "memory":
            storage = None
        case "sqlite":
            storage = RDBStorage("sqlite:///:memory:")
        case "journal":
            storage = JournalStorage(JournalFileBackend(str(tmp_path / "journal.log")))
    types = set()

    def noting(trial):
        chosen = suggest(trial, SPACE)
        types.update((name, type(value)) for name, value in chosen.items())
        return value_of(chosen)

    study = run(noting, 5, storage=storage, sampler=harmonica(samples=4, stages=1))
    expected = {(f"b{i}", bool) for i in range(5)} | {("kind", str), ("x", float), ("k", int)}
    assert types == expected
    assert len(stages_of(study)) == 1
    assert proposed(study) == proposed(run(n=5, sampler=harmonica(samples=4, stages=1)))


def test_automatic_samples_of_an_unknown_space_are_decided_on_its_first_thirty_trials():
    def many(trial):
        bits = [trial.suggest_categorical(f"b{i}", [0, 1]) for i in range(12)]
        return -3.0 * bits[0] * bits[1] - bits[2]

    study = run(many, 70, sampler=harmonica(samples="auto", stages=1))
    # 12 + 66 + 220 terms: ten times log 299 is 57.
    assert stages_of(study)[0].cohort == tuple(range(58))
    with_space = harmonica(
        samples="auto",
        stages=1,
        space=SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(12)]),
    )
    assert proposed(run(many, 70, sampler=with_space)) == proposed(study)


def noise(seed, effect=0.0, stages=2):
    """20 bits, stages of 40."""
    rng = np.random.default_rng(seed)

    def noisy(trial):
        bits = [trial.suggest_categorical(f"b{i}", [0, 1]) for i in range(20)]
        return 7.0 + effect * bits[3] + rng.normal()

    return run(noisy, 40 * stages + 2, sampler=harmonica(samples=40, stages=stages, seed=seed))


# A stage may pin noise in 1 of 40: three studies pin something in one of seven, these seeds do not.


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pure_noise_is_left_alone_with_a_warning_for_each_stage(seed):
    with pytest.warns(WeakSignalWarning, match="pinned nothing") as caught:
        study = noise(seed)
    assert [stage.alternatives for stage in stages_of(study)] == [(), ()]
    messages = [str(w.message) for w in caught if w.category is WeakSignalWarning]
    assert [message[:7] for message in messages] == ["Stage 1", "Stage 2"]
    assert "in 40 trials" in messages[0]
    assert "in 80 trials" in messages[1]


def test_a_strong_signal_is_pinned_without_a_warning():
    """Negative control: the same check must fail when there is something to find."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = noise(1, effect=5.0, stages=1)
    assert any("b3" in a for a in stages_of(study)[0].alternatives)


@pytest.mark.statistical
def test_in_200_studies_of_pure_noise_at_least_190_pin_nothing():
    """At the true rate of about 2.5 % of studies, a new range of seeds fails once in 70."""
    pinned = 0
    for seed in range(200):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            stages = stages_of(noise(seed))
        idle = sum(not any(stage.alternatives) for stage in stages)
        assert sum(w.category is WeakSignalWarning for w in caught) == idle
        pinned += idle < len(stages)
    assert pinned <= 10


def test_several_objectives_are_refused_at_the_first_parameter():
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=harmonica())
    with pytest.raises(ValueError, match=r"has 2 objectives, .*Combine them into one value"):
        study.optimize(lambda trial: (objective(trial), 0.0), n_trials=1)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("samples", "many", 'whole number from 2 on or "auto"'),
        ("samples", 1, 'whole number from 2 on or "auto"'),
        ("samples", 10.5, 'whole number from 2 on or "auto"'),
        ("samples", None, 'whole number from 2 on or "auto"'),
        ("stages", 1.5, "whole number from 0 on"),
        ("stages", -1, "whole number from 0 on"),
        ("stages", "2", "whole number from 0 on"),
        ("restriction", 0, "whole number from 1 on"),
        ("restriction", None, "whole number from 1 on"),
        ("seed", -1, "whole number from 0 on"),
        ("seed", 1.5, "whole number from 0 on"),
        ("seed", "0", "whole number from 0 on"),
        ("seed", True, "whole number from 0 on"),
        ("wait", "yes", "True or False"),
        ("wait", None, "True or False"),
        ("space", {"x": (0, 1)}, "a SearchSpace is expected"),
        ("space", [Real("x", 0.0, 1.0)], "a SearchSpace is expected"),
        ("base", TPESampler, "an Optuna sampler such as optuna.samplers.TPESampler()"),
        ("base", "tpe", "an Optuna sampler such as optuna.samplers.TPESampler()"),
    ],
)
def test_a_bad_argument_is_refused_with_its_name_and_what_is_expected(name, value, expected):
    with pytest.raises(SearchError) as caught:
        HarmonicaSampler(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} is ")
    assert expected in message
    assert type(value).__name__ in message or repr(value) in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("degree", "3"),
        ("degree", 0),
        ("degree", 6),
        ("sparsity", 0),
        ("penalty", 0.0),
        ("penalty", "x"),
    ],
)
def test_a_bad_rule_is_refused_with_its_name_and_what_is_expected(name, value):
    with pytest.raises(RecoveryError, match=rf"^{name} is {value!r}, but .* expected"):
        HarmonicaSampler(**{name: value})


def test_whole_numbers_of_numpy_do_as_well_as_built_in_ones(plain):
    sampler = HarmonicaSampler(
        seed=np.int64(0), samples=np.int32(36), stages=np.int8(2), restriction=np.uint8(4)
    )
    assert proposed(run(sampler=sampler)) == proposed(plain)
