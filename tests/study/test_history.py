"""What a search needs to know of an Optuna study."""

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from overtone.errors import SpaceWarning
from overtone.search.history import State
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.study.discovery import discovered_space
from overtone.study.distributions import distribution_of
from overtone.study.history import history_of
from overtone.study.storage import TAG, drawn_region, is_undecided, sign_of, trials_of


def trial_of(space, configuration, *, value=0.0, **keys):
    keys = {"state": TrialState.COMPLETE, **keys}
    if keys["state"] == TrialState.COMPLETE:
        keys["value"] = value
    distributions = {name: distribution_of(space[name]) for name in configuration}
    return create_trial(params=configuration, distributions=distributions, **keys)


def sampled(space, n, seed=0):
    rng = np.random.default_rng(seed)
    return [trial_of(space, space.sample(rng), value=float(k)) for k in range(n)]


FLAT = SearchSpace(
    [Categorical("a", ["u", "v"]), Integer("b", 1, 64, log=True), Real("c", 0.0, 1.0)]
)
TREE = SearchSpace(
    [
        Categorical("optimizer", ["sgd", "adam", "lion"]),
        Real("momentum", 0.0, 1.0, when={"optimizer": "sgd"}),
        Real("beta", 0.5, 1.0, when={"optimizer": ["adam", "lion"]}),
        Categorical("schedule", [None, "step", "cosine"]),
        Integer("period", 1, 9, when={"schedule": ["step", "cosine"]}),
        Categorical("restart", [False, True], when={"schedule": "cosine"}),
        Integer("restarts", 1, 4, when={"restart": True}),
        Categorical("plain", [0, 1]),
    ]
)


def by_name(space):
    """A space as a mapping: its order, and that of the values of a condition, mean nothing."""
    return {
        p.name: (distribution_of(p), {k: set(v) for k, v in p.when.items()})
        for p in space.parameters
    }


@pytest.mark.parametrize("space", [FLAT, TREE])
def test_the_space_behind_enough_trials_is_found_with_its_conditions(space):
    assert by_name(discovered_space(sampled(space, 200))) == by_name(space)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_a_discovered_space_explains_every_trial(seed, n):
    """Each trial has exactly the parameters that the found conditions call active, if they were found."""
    trials = sampled(TREE, n, seed)
    space = discovered_space(trials)
    codes = history_of(trials, space, 1.0).codes
    for trial, row in zip(trials, codes, strict=True):
        present = {name for name, code in zip(space.names, row, strict=True) if not np.isnan(code)}
        assert present == set(trial.params)
        assert space.encode(trial.params).tolist() == pytest.approx(row, nan_ok=True)


def test_the_order_of_suggestion_does_not_change_the_discovered_space():
    trials = sampled(TREE, 60)
    rng = np.random.default_rng(1)
    shuffled = []
    for trial in trials:
        names = list(trial.params)
        rng.shuffle(names)
        shuffled.append(trial_of(TREE, {name: trial.params[name] for name in names}))
    assert discovered_space(shuffled) == discovered_space(trials)


def test_what_no_single_parent_decides_has_no_condition():
    space = SearchSpace([Categorical("a", [0, 1]), Categorical("b", [0, 1]), Real("c", 0.0, 1.0)])
    rng = np.random.default_rng(0)
    trials = []
    for _ in range(60):
        chosen = space.sample(rng)
        if chosen["a"] == chosen["b"]:
            del chosen["c"]
        trials.append(trial_of(space, chosen))
    assert discovered_space(trials)["c"].when == {}


def test_no_trials_span_an_empty_space():
    assert len(discovered_space([])) == 0


def test_a_range_that_moved_during_the_study_is_covered_whole():
    asked = [IntDistribution(0, 8, step=2), IntDistribution(3, 11, step=2)]
    trials = [create_trial(params={"k": d.low}, distributions={"k": d}, value=0.0) for d in asked]
    assert discovered_space(trials)["k"] == Integer("k", 0, 11)


def test_choices_that_changed_their_order_keep_the_conditions_that_they_decide():
    def asked(kinds, kind):
        params = {"kind": kind, **({"x": 0.5} if kind == "b" else {})}
        distributions = {"kind": CategoricalDistribution(kinds), "x": FloatDistribution(0.0, 1.0)}
        return create_trial(
            value=1.0, params=params, distributions={name: distributions[name] for name in params}
        )

    before = [asked(["a", "b"], kind) for kind in "abab"]
    for kinds in (["b", "a"], ["a", "b", "z"], ["z", "b", "a"], ["z", "b"]):
        trials = [*before, *(asked(kinds, kind) for kind in kinds)]
        space = discovered_space(trials)
        assert list(space["kind"].choices) == kinds
        assert space["x"].when == {"kind": ("b",)}
    # Nothing is left that could have decided it.
    assert discovered_space([*before, asked(["a", "z"], "a")])["x"].when == {}


def test_a_range_that_changed_its_scale_or_kind_is_the_last_one():
    def asked(value, distribution):
        return create_trial(value=1.0, params={"x": value}, distributions={"x": distribution})

    linear, log = FloatDistribution(-1.0, 1.0), FloatDistribution(0.01, 5.0, log=True)
    whole = IntDistribution(2, 9)
    for last, value, expected in (
        (log, 0.1, Real("x", 0.01, 5.0, log=True)),
        (whole, 3, Integer("x", 2, 9)),
        (linear, -0.5, Real("x", -1.0, 1.0)),
    ):
        before = [asked(0.5, linear), asked(0.5, log), asked(5, whole)]
        assert discovered_space([*before, asked(value, last)])["x"] == expected


def test_a_child_of_a_parent_with_unusual_choices_is_active_where_it_was_asked_for():
    """Optuna lets choices be any object; the space then names them by their texts."""
    with pytest.warns(UserWarning, match="Choices for a categorical distribution"):
        kinds = CategoricalDistribution(((3, 3), (5, 5)))
    trials = [
        create_trial(
            params={"kernel": k, "dilation": 2} if k == (5, 5) else {"kernel": k},
            distributions={"kernel": kinds, "dilation": IntDistribution(1, 4)}
            if k == (5, 5)
            else {"kernel": kinds},
            value=0.0,
        )
        for k in [(3, 3), (5, 5), (5, 5), (3, 3)]
    ]
    space = discovered_space(trials)
    assert dict(space["dilation"].when) == {"kernel": ("1: (5, 5)",)}
    codes = history_of(trials, space, 1.0).codes
    assert codes[:, space.index("kernel")].tolist() == [0, 1, 1, 0]
    assert np.isnan(codes[:, space.index("dilation")]).tolist() == [True, False, False, True]


def test_a_history_holds_codes_values_states_and_regions():
    configurations = [{"a": "u", "b": 4, "c": 0.5}, {"a": "v", "b": 64, "c": 0.0}]
    trials = [
        trial_of(
            FLAT, configurations[0], value=3.0, system_attrs={TAG: {"stage": 0, "region": "r"}}
        ),
        trial_of(FLAT, configurations[1], state=TrialState.FAIL),
    ]
    for number, trial in enumerate(trials):
        trial.number = number
    h = history_of(trials, FLAT, -1.0)
    assert h.codes.tolist() == [[0, 4, 0.5], [1, 64, 0.0]]
    assert h.y[0] == -3.0
    assert np.isnan(h.y[1])
    assert h.states == (State.COMPLETE, State.FAILED)
    assert h.regions == ("r", "")
    assert h.numbers.tolist() == [0, 1]


def test_a_pruned_trial_has_its_last_intermediate_value():
    study = optuna.create_study(direction="maximize")
    trial = study.ask({"c": FloatDistribution(0.0, 1.0)})
    trial.report(0.25, 1)
    trial.report(0.75, 2)
    study.tell(trial, state=TrialState.PRUNED)
    without = study.ask({"c": FloatDistribution(0.0, 1.0)})
    study.tell(without, state=TrialState.PRUNED)
    h = history_of(trials_of(study), SearchSpace([Real("c", 0.0, 1.0)]), sign_of(study))
    assert h.states == (State.PRUNED, State.PRUNED)
    assert h.y[0] == -0.75
    assert np.isnan(h.y[1])


def test_a_space_that_knows_its_conditions_ignores_values_of_inactive_parameters():
    """Programs that always suggest everything and those that suggest what is active agree."""
    active = {"optimizer": "adam", "beta": 0.75, "schedule": None, "plain": 1}
    flat = {**active, "momentum": 0.5, "period": 3, "restart": True, "restarts": 2}
    rows = history_of([trial_of(TREE, active), trial_of(TREE, flat)], TREE, 1.0).codes
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0], TREE.encode(active))


def test_parameters_that_the_space_does_not_know_are_left_out():
    wide = SearchSpace([*FLAT.parameters, Real("extra", 0.0, 1.0)])
    trial = trial_of(wide, {"a": "u", "b": 4, "c": 0.5, "extra": 0.1})
    assert history_of([trial], FLAT, 1.0).codes.tolist() == [[0, 4, 0.5]]


def test_a_value_that_the_space_does_not_have_is_named_with_trial_and_parameter():
    other = SearchSpace([Categorical("a", ["u", "w"])])
    trial = trial_of(other, {"a": "w"})
    trial.number = 7
    with pytest.warns(SpaceWarning, match=r"Trial 7: 'a' is 'w', which is not one of its choices"):
        assert len(history_of([trial], FLAT, 1.0).y) == 0


DRAWN = {TAG: {"stage": 1, "region": "abc"}}


@pytest.mark.parametrize(
    ("attrs", "region"),
    [
        (DRAWN, "abc"),
        ({}, ""),
        ({TAG: {"stage": 2, "region": ""}}, ""),
        ({**DRAWN, "fixed_params": {"a": 1}}, ""),
        ({**DRAWN, "fixed_params": {}}, ""),
        ({**DRAWN, "failed_trial": 3, "retry_history": [3]}, ""),
    ],
)
def test_enqueued_and_retried_trials_are_not_drawn(attrs, region):
    assert drawn_region(trial_of(FLAT, {"c": 0.5}, system_attrs=attrs)) == region


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_copy_by_optunas_own_retry_callback_is_not_drawn():
    study = optuna.create_study()
    study.add_trial(trial_of(FLAT, {"c": 0.5}, state=TrialState.FAIL, system_attrs=DRAWN))
    optuna.storages.RetryHeartbeatStaleTrialCallback()(study, study.trials[0])
    assert [drawn_region(trial) for trial in trials_of(study)] == ["abc", ""]
    assert study.trials[1].params == {"c": 0.5}


def test_a_running_trial_is_undecided_until_it_is_tagged():
    study = optuna.create_study()
    study.enqueue_trial({"c": 0.5})
    study.ask()
    study.ask()
    study.ask()
    study._storage.set_trial_system_attr(
        study.trials[1]._trial_id, TAG, {"stage": 0, "region": "r"}
    )
    study.tell(study.ask(), 1.0)
    assert [is_undecided(trial) for trial in study.trials] == [False, False, True, False]


def test_trials_come_by_number():
    study = optuna.create_study()
    for _ in range(12):
        study.tell(study.ask(), 0.0)
    assert [trial.number for trial in trials_of(study)] == list(range(12))


@pytest.mark.parametrize(("direction", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_values_to_be_maximised_are_turned_around(direction, sign):
    assert sign_of(optuna.create_study(direction=direction)) == sign


def test_several_objectives_are_refused_with_a_way_out():
    study = optuna.create_study(directions=["minimize", "maximize", "minimize"])
    with pytest.raises(ValueError, match=r"has 3 objectives, .*best of one.*Combine them"):
        sign_of(study)
