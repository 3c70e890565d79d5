"""What is known of a run follows from what it was told, whatever the order."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_runs import after, an_aim, begun, failed, gave

from overtone.cli.live.state import State
from overtone.run.engines.local.events import Finished, Past

values = st.floats(-1e300, 1e300)


@given(st.lists(st.none() | values, max_size=20), st.booleans())
def test_the_best_value_is_the_largest_or_the_least(found, is_maximised):
    state = begun(is_maximised=is_maximised)
    for number, value in enumerate(found):
        trial = failed(number) if value is None else gave(number, value)
        state = state.started(number, 0.0).with_finished(trial, number + 1, 1.0)
    known = [value for value in found if value is not None]
    pick = max if is_maximised else min
    best = state.best and (state.best.value, state.best.number)
    assert best == ((pick(known), found.index(pick(known))) if known else None)
    assert list(state.course) == [
        pick([v for v in found[: k + 1] if v is not None], default=None) for k in range(len(found))
    ]
    assert state.failed == found.count(None)
    assert state.finished == len(found)


@given(st.lists(st.none() | values, max_size=12), st.integers(0, 12))
def test_a_run_that_goes_on_knows_what_one_run_would(found, cut):
    told = [failed(k) if v is None else gave(k, v, is_default=not k) for k, v in enumerate(found)]
    whole = after(begun(), *told)
    continued = after(begun(told[:cut]), *told[cut:])
    for name in ("best", "course", "failures", "defaults", "finished"):
        assert getattr(continued, name) == getattr(whole, name)


def test_the_gain_is_over_the_mean_of_the_default_s_runs_in_the_direction_of_the_metric():
    trials = [gave(0, 3.0, is_default=True), gave(1, 7.0), gave(2, 5.0, is_default=True)]
    assert after(begun(), *trials).gain == 3.0
    assert after(begun(is_maximised=False), *trials).gain == 1.0
    assert after(begun(), trials[1]).gain is None
    assert after(begun(), failed(0)).gain is None


def test_a_value_that_does_not_count_is_never_the_best():
    state = after(begun(), gave(0, 1.0), gave(1, 9.0, counts=False))
    assert state.best.number == 0
    assert state.course == (1.0, 1.0)


def test_trials_start_pause_and_end():
    state = begun().started(4, 1.0).started(7, 2.0)
    assert [(trial.number, trial.since) for trial in state.running] == [(4, 1.0), (7, 2.0)]
    state = state.with_pause(4, 3.0)
    assert ([trial.number for trial in state.running], state.paused) == ([7], {4})
    assert state.started(4, 5.0).paused == frozenset()
    state = state.with_elimination(4)
    assert (state.paused, state.finished, state.course) == (frozenset(), 1, (None,))
    assert state.with_finished(gave(7, 1.0), 2, 9.0).running == ()


def test_trials_that_others_finish_are_counted():
    state = begun().started(0, 0.0).with_finished(gave(0, 1.0), 5, 1.0)
    assert state.finished == 5
    assert state.with_finished(gave(9, 1.0), 5, 2.0).finished == 6  # the store was read before


@pytest.mark.parametrize("parallel", [1, 3, 8])
@pytest.mark.parametrize("before", [0, 20])
def test_the_time_left_of_even_trials_is_what_they_will_take(parallel, before):
    past = [gave(k, 1.0) for k in range(before)]
    seconds, trials = 60.0, before + 80
    state = begun(past, parallel=parallel, trials=trials)
    number, running = before, {}
    for now in range(0, 80 * 60, 5):
        for one in [n for n, since in running.items() if now - since >= seconds]:
            del running[one]
            state = state.with_finished(gave(one, 1.0, seconds), state.finished + 1, float(now))
        while len(running) < parallel and number < trials:
            running[number] = now
            state = state.started(number, float(now))
            number += 1
        left = state.seconds_left(float(now))
        rounds = math.ceil(80 / parallel)
        truth = rounds * seconds - now
        if state.finished == before:
            assert left is None
        elif truth > 0:
            # Where the last round is not full, the rate tells of a part of it.
            assert abs(left - truth) <= seconds + 0.1 * truth


def test_the_time_left_is_no_more_than_the_seconds_that_commands_may_take():
    state = after(begun(seconds=100.0), gave(0, 1.0), gave(1, 1.0))
    assert state.seconds_left(20.0) == 80.0
    assert after(begun(), gave(0, 1.0), gave(1, 1.0)).seconds_left(20.0) == 980.0


def test_nothing_tells_the_time_left_where_trials_pause():
    state = after(begun(), gave(0, 1.0), gave(1, 1.0)).started(2, 20.0).with_pause(2, 5.0)
    assert state.seconds_left(30.0) is None
    eliminated = State.begun_after(Past((Finished(0, None),)), an_aim(), 0.0)
    assert after(eliminated, gave(1, 1.0)).seconds_left(20.0) is None


def test_a_clock_that_stands_still_tells_nothing():
    state = after(begun(), gave(0, 1.0, seconds=0.0), seconds=0.0)
    assert state.seconds_left(0.0) is None
