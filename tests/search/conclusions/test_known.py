"""Which trials have a value, which failed, and which no model chose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.trials import MIXED, drawn, history

from overtone.search.conclusions.known import known_of
from overtone.search.conclusions.scale import REFERENCE
from overtone.search.history import History, State
from overtone.search.region import Region

OUTCOMES = [
    (1.5, State.COMPLETE),
    (np.inf, State.COMPLETE),
    (-np.inf, State.COMPLETE),
    (1e200, State.COMPLETE),
    (np.nan, State.COMPLETE),
    (np.nan, State.FAILED),
    (2.5, State.PRUNED),
    (np.nan, State.PRUNED),
    (np.nan, State.RUNNING),
]
WITH_A_VALUE, FAILED = {0}, {1, 2, 3, 4, 5}


@given(st.lists(st.sampled_from(range(len(OUTCOMES))), max_size=30))
def test_a_trial_has_a_value_or_failed_or_neither(kinds):
    """A trial that was pruned did not fail, and its value is not one to compare."""
    codes = drawn(MIXED, len(kinds))
    y = [OUTCOMES[kind][0] for kind in kinds]
    found = known_of(history(codes, y, states=[OUTCOMES[kind][1] for kind in kinds], first=7))
    valued = [i for i, kind in enumerate(kinds) if kind in WITH_A_VALUE]
    failed = [i for i, kind in enumerate(kinds) if kind in FAILED]
    assert found.numbers.tolist() == [7 + i for i in valued]
    assert found.codes.tolist() == codes[valued].tolist()
    assert found.failed.tolist() == [7 + i for i in failed]
    assert found.failed_codes.tolist() == codes[failed].tolist()
    assert found.pruned == sum(kind in {6, 7} for kind in kinds)
    assert np.isfinite(found.y).all()


def test_penalties_are_failures_and_say_what_was_returned():
    codes = drawn(MIXED, 30)
    y = np.random.default_rng(0).normal(size=30)
    y[[3, 8, 20]] = 1e9
    found = known_of(history(codes, y))
    assert found.failed.tolist() == [3, 8, 20]
    assert dict(found.reasons) == dict.fromkeys([3, 8, 20], "the value 1e+09")
    assert len(found.y) == 27
    assert len(known_of(history(codes, np.minimum(y, 3.0))).failed) == 0  # negative control


def test_a_reason_that_was_told_stays():
    y = np.append(np.arange(10.0), [np.inf, np.nan])
    states = [State.COMPLETE] * 11 + [State.FAILED]
    found = known_of(history(drawn(MIXED, 12), y, states=states), {10: "out of memory"})
    assert dict(found.reasons) == {10: "out of memory"}
    assert known_of(history(drawn(MIXED, 12), y, states=states)).reasons == {10: "the value inf"}


@pytest.mark.parametrize("count", [0, 1, REFERENCE, REFERENCE + 20])
def test_the_first_different_configurations_are_unchosen(count):
    """Repeats of them are not counted: they are no further draws."""
    codes = np.repeat(drawn(MIXED, count), 2, axis=0)
    found = known_of(history(codes, np.arange(2.0 * count)))
    different = np.flatnonzero(found.unchosen)
    assert different.tolist() == list(range(0, 2 * min(count, REFERENCE), 2))


def test_uniform_draws_are_unchosen_wherever_they_are():
    count = 40
    uniform = np.random.default_rng(2).random(count) < 0.5
    assert uniform.sum() >= REFERENCE
    past = history(drawn(MIXED, count), np.arange(float(count)))
    regions = tuple(Region().digest if is_uniform else "" for is_uniform in uniform)
    found = known_of(History(past.numbers, past.codes, past.y, past.states, regions))
    assert found.unchosen.tolist() == uniform.tolist()


def test_a_configuration_only_failed_if_no_run_of_it_has_a_value():
    codes = drawn(MIXED, 3)
    rows = codes[[0, 0, 1, 2, 2]]
    states = [State.COMPLETE, State.FAILED, State.FAILED, State.COMPLETE, State.COMPLETE]
    found = known_of(history(rows, [1.0, np.nan, np.nan, 2.0, 3.0], states=states))
    assert [found.only_failed(row) for row in codes] == [False, True, False]
    assert [found.runs_of(row).tolist() for row in codes] == [[0], [], [1, 2]]
    assert found.groups.tolist() == [0, 1, 1]


def test_some_of_the_trials_keep_their_numbers():
    found = known_of(history(drawn(MIXED, 30), np.arange(30.0), first=4))
    part = found.where(found.y >= 20.0)
    assert part.numbers.tolist() == list(range(24, 34))
    assert part.y.tolist() == list(range(20, 30))
    assert not part.unchosen.any()
    assert not len(part.failed)
