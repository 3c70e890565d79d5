"""Trials become the arrays that a search reads, each once and in the order in which they ended."""

import datetime

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.study.spectral.ledger import Ledger
from overtone.study.storage import FIXED, GIVEN

NOON = datetime.datetime.fromisoformat("2026-01-01T12:00:00")
KIND = CategoricalDistribution(["u", "v"])
X = FloatDistribution(0.0, 1.0)
DEPTH = IntDistribution(1, 8)
SPACE = SearchSpace([Categorical("kind", ["u", "v"]), Real("x", 0.0, 1.0)])


def trial(
    number, params, distributions, *, value=0.0, ended=None, state=TrialState.COMPLETE, **attributes
):
    """A trial that ended some seconds after noon, after its number's seconds if nothing else is said."""
    made = create_trial(
        params=params,
        distributions=distributions,
        state=state,
        value=None if state in (TrialState.FAIL, TrialState.RUNNING) else value,
        system_attrs=attributes,
    )
    made.number = number
    if made.state.is_finished():
        made.datetime_complete = NOON + datetime.timedelta(
            seconds=number if ended is None else ended
        )
    return made


def simple(number, x=0.5, kind="u", **rest):
    return trial(number, {"kind": kind, "x": x}, {"kind": KIND, "x": X}, **rest)


def same(one, other):
    return (
        one.space == other.space
        and np.array_equal(one.outcomes.codes, other.outcomes.codes, equal_nan=True)
        and np.array_equal(one.outcomes.y, other.outcomes.y, equal_nan=True)
        and np.array_equal(one.outcomes.is_pruned, other.outcomes.is_pruned)
    )


def read(trials, *, space=None, sign=1.0):
    ledger = Ledger(space, sign)
    ledger.update(trials)
    return ledger


def test_a_ledger_of_nothing_is_empty():
    assert len(Ledger(None, 1.0).space) == 0
    assert len(Ledger(None, 1.0).outcomes) == 0
    assert Ledger(SPACE, 1.0).distributions == {"kind": KIND, "x": X}
    assert Ledger(SPACE, 1.0).outcomes.codes.shape == (0, 2)


def test_trials_are_in_the_order_in_which_they_ended():
    trials = [simple(0, 0.1, ended=9), simple(1, 0.2, ended=3), simple(2, 0.3, ended=5)]
    assert read(trials).outcomes.codes[:, 1].tolist() == [0.2, 0.3, 0.1]


def test_trials_that_ended_together_are_in_the_order_of_their_numbers():
    trials = [simple(number, number / 10, ended=1) for number in range(5)]
    assert read(trials[::-1]).outcomes.codes[:, 1].tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize("space", [None, SPACE])
def test_trials_may_be_read_in_any_groups(space):
    """One that ended earlier may be seen later, from another worker; then its place is among the others."""
    ended = [5, 1, 9, 9, 2, 7, 3, 8]
    trials = [
        simple(number, number / 10, kind="uv"[number % 2], value=number, ended=e)
        for number, e in enumerate(ended)
    ]
    whole = read(trials, space=space)
    for groups in ([[0], [2, 3], [1, 5], [4, 6, 7]], [[7], [6], [5], [4], [3], [2], [1], [0]]):
        ledger, seen = Ledger(space, 1.0), []
        for group in groups:
            seen += [trials[number] for number in group]
            ledger.update(seen)
        assert same(ledger, whole)


def test_a_trial_is_read_once():
    trials = [simple(0), simple(1)]
    ledger = read(trials)
    before = ledger.outcomes
    ledger.update(trials)
    assert ledger.outcomes is before


def test_running_and_waiting_trials_are_not_outcomes():
    trials = [simple(0), simple(1, state=TrialState.RUNNING)]
    waiting = create_trial(state=TrialState.WAITING)
    waiting.number = 2
    assert len(read([*trials, waiting]).outcomes) == 1


def test_values_are_to_be_minimised_and_failures_have_none():
    trials = [
        simple(0, value=2.0),
        simple(1, state=TrialState.FAIL),
        simple(2, value=float("inf")),
        simple(3, value=float("-inf")),
        simple(4, value=1e200),
        simple(5, value=3.0, state=TrialState.PRUNED),
        simple(6, value=None, state=TrialState.PRUNED),
    ]
    for sign in (1.0, -1.0):
        outcomes = read(trials, sign=sign).outcomes
        assert np.isnan(outcomes.y).tolist() == [False, True, True, True, True, False, True]
        assert outcomes.y[[0, 5]].tolist() == [2.0 * sign, 3.0 * sign]
        assert outcomes.is_pruned.tolist() == [False] * 5 + [True, True]


# The space


def test_a_discovered_space_grows_with_its_trials():
    ledger = read([simple(0)])
    assert ledger.space.names == ("kind", "x")
    before = ledger.space
    ledger.update([simple(0), simple(1, 0.7, "v")])
    assert ledger.space is before
    wide = trial(2, {"kind": "u", "x": 4.0}, {"kind": KIND, "x": FloatDistribution(0.0, 8.0)})
    ledger.update([simple(0), simple(1, 0.7, "v"), wide])
    assert ledger.space["x"] == Real("x", 0.0, 8.0)
    assert ledger.outcomes.codes[:, 1].tolist() == [0.5, 0.7, 4.0]
    more = trial(3, {"kind": "u", "x": 0.5, "depth": 3}, {"kind": KIND, "x": X, "depth": DEPTH})
    ledger.update([simple(0), simple(1, 0.7, "v"), wide, more])
    assert ledger.space.names == ("depth", "kind", "x")
    assert np.isnan(ledger.outcomes.codes[:, 0]).tolist() == [True, True, True, False]


def conditional(number, kind):
    params = {"kind": kind, "x": 0.5} | ({"depth": 2} if kind == "v" else {})
    known = {"kind": KIND, "x": X, "depth": DEPTH}
    return trial(number, params, {name: known[name] for name in params})


def test_conditions_are_discovered():
    ledger = read([conditional(0, "u"), conditional(1, "v"), conditional(2, "u")])
    assert ledger.space["depth"] == Integer("depth", 1, 8, when={"kind": ["v"]})
    assert ledger.values(np.array([np.nan, 0.0, 0.25])) == {"kind": "u", "x": 0.25}


def mixed(number, kind, other):
    """Depth belongs to one kind; another choice may seem to decide it at first."""
    params = {"kind": kind, "other": other} | ({"depth": 2} if kind == "v" else {})
    known = {"kind": KIND, "other": KIND, "depth": DEPTH}
    return trial(number, params, {name: known[name] for name in params})


def test_a_condition_that_only_seemed_to_hold_is_given_up():
    """By one who saw every trial too: else it would disagree with one who starts late."""
    trials = [mixed(0, "u", "u"), mixed(1, "v", "v"), mixed(2, "u", "v"), mixed(3, "v", "u")]
    for order in (trials, [trials[n] for n in (0, 1, 3, 2)]):
        ledger, seen = Ledger(None, 1.0), []
        for ended in order:
            seen.append(ended)
            ledger.update(seen)
            assert same(ledger, read(seen))
        assert ledger.space["depth"].when == {"kind": ("v",)}


@given(st.lists(st.tuples(*[st.integers(0, 2)] * 4), min_size=1, max_size=14))
def test_the_space_does_not_depend_on_when_its_trials_were_seen(rows):
    """Trees of choices, some of which ask for what no choice decides."""
    three = CategoricalDistribution(["a", "b", "c"])
    trials = []
    for number, (root, left, right, loose) in enumerate(rows):
        asked = (
            {"root": root} | ({"left": left} if root else {}) | ({"right": right} if left else {})
        )
        asked |= {"loose": right} if loose else {}
        trials.append(
            trial(number, {n: "abc"[k] for n, k in asked.items()}, dict.fromkeys(asked, three))
        )
    ledger, seen = Ledger(None, 1.0), []
    for ended in trials:
        seen.append(ended)
        ledger.update(seen)
    assert same(ledger, read(trials))


def test_trials_that_ask_for_a_part_of_a_range_leave_the_space_as_it_is():
    """What was learnt belongs to the space, and would be lost with it."""
    trials = [simple(number) for number in range(3)]
    ledger = read(trials)
    before = ledger.space
    narrow = {"kind": KIND, "x": FloatDistribution(0.25, 0.75)}
    ledger.update([*trials, trial(3, {"kind": "v", "x": 0.3}, narrow)])
    assert ledger.space is before
    assert ledger.outcomes.codes[:, 1].tolist() == [0.5, 0.5, 0.5, 0.3]


def test_a_trial_that_asked_for_nothing_leaves_the_space_as_it_is():
    ledger = read([simple(0)])
    before = ledger.space
    ledger.update([simple(0), trial(1, {}, {}, state=TrialState.FAIL)])
    assert ledger.space is before
    assert len(ledger.outcomes) == 2


def test_a_given_space_does_not_grow_and_leaves_out_what_it_does_not_hold():
    ledger = read([conditional(0, "v")], space=SPACE)
    assert ledger.space is SPACE
    assert ledger.outcomes.codes.tolist() == [[1.0, 0.5]]
    wide = trial(1, {"kind": "u", "x": 4.0}, {"kind": KIND, "x": FloatDistribution(0.0, 8.0)})
    ledger = Ledger(SPACE, 1.0)
    (reason,) = ledger.update([wide]).values()
    assert str(reason).startswith("Trial 1: 'x' is 4.0")
    assert len(ledger.outcomes) == 0
    assert ledger.update([wide]) == {}


def test_any_object_may_be_a_choice():
    choices = ((1, 2), object, "plain")
    with pytest.warns(UserWarning, match="Choices for a categorical distribution"):
        odd = CategoricalDistribution(choices)
    trials = [trial(n, {"shape": choices[n]}, {"shape": odd}) for n in range(3)]
    ledger = read(trials)
    assert ledger.outcomes.codes.ravel().tolist() == [0.0, 1.0, 2.0]
    assert [ledger.values(row)["shape"] for row in ledger.outcomes.codes] == list(choices)


# Optuna's words


def test_codes_become_values_of_optuna_and_internal_ones_again():
    ledger = Ledger(SPACE, 1.0)
    assert ledger.values(np.array([1.0, 0.25])) == {"kind": "v", "x": 0.25}
    assert ledger.given({"kind": "v", "x": 0.25}) == {"kind": 1.0, "x": 0.25}
    assert ledger.given({}) == {}


# What runs


def test_what_a_running_trial_was_given_is_pending_though_it_has_asked_for_nothing_yet():
    ledger = read([simple(0)])
    begun = trial(1, {}, {}, state=TrialState.RUNNING, **{GIVEN: {"kind": 1.0, "x": 0.75}})
    assert ledger.pending([begun]).tolist() == [[1.0, 0.75]]


def test_an_inactive_parameter_of_a_running_trial_has_no_code():
    ledger = read([conditional(0, "u"), conditional(1, "v")])
    begun = trial(2, {}, {}, state=TrialState.RUNNING, **{GIVEN: {"kind": 0.0, "x": 0.75}})
    np.testing.assert_array_equal(ledger.pending([begun]), [[np.nan, 0.0, 0.75]])


def test_a_running_trial_of_another_sampler_counts_once_it_has_parameters():
    ledger = read([simple(0)])
    silent = trial(1, {}, {}, state=TrialState.RUNNING)
    assert ledger.pending([silent]).shape == (0, 2)
    assert ledger.pending([simple(2, 0.125, "v", state=TrialState.RUNNING)]).tolist() == [
        [1.0, 0.125]
    ]


def test_an_enqueued_trial_is_pending_where_it_was_enqueued():
    ledger = read([simple(0)])
    marks = {GIVEN: {"kind": 1.0, "x": 0.75}, FIXED: {"kind": "u", "x": 0.25}}
    queued = simple(1, 0.25, "u", state=TrialState.RUNNING, **marks)
    assert ledger.pending([queued]).tolist() == [[0.0, 0.25]]


def test_a_running_trial_outside_of_the_known_ranges_is_left_out():
    ledger = read([simple(0)])
    params, wide = {"kind": "u", "x": 4.0}, {"kind": KIND, "x": FloatDistribution(0.0, 8.0)}
    assert ledger.pending([trial(1, params, wide, state=TrialState.RUNNING)]).shape == (0, 2)


def test_the_latest_codes_are_the_last_known_ones():
    ledger = read([conditional(0, "u"), conditional(1, "v"), conditional(2, "u")])
    assert ledger.latest(["kind", "depth"]) == {1: 0.0, 0: 2.0}
    assert ledger.latest([]) == {}
    assert Ledger(SPACE, 1.0).latest(["kind"]) == {}


# Another study


def test_a_study_begun_anew_is_another_one():
    trials = [simple(0), simple(1), simple(2)]
    ledger = read(trials)
    assert Ledger(None, 1.0).continues([])
    assert ledger.continues(trials)
    assert ledger.continues([*trials, simple(3)])
    assert not ledger.continues(trials[:2])
    assert not ledger.continues([simple(n, ended=100 + n) for n in range(3)])


def test_trials_of_a_real_study_are_read():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_int("k", 1, 4), n_trials=5)
    ledger = read(study.trials)
    assert ledger.outcomes.y.tolist() == [t.value for t in study.trials]
    assert [ledger.values(row) for row in ledger.outcomes.codes] == [t.params for t in study.trials]
