"""Which trials do something else than to climb, and when a search begins anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.search.spectral.turns import Turn, Turns, epoch_of

TURNS = Turns()


def epoch(y, turns=TURNS):
    return epoch_of(y, turns, first_rows=10)


def counted(stall, turns=TURNS, score=1.0):
    """How many of 240 trials do what."""
    done = [turns.of(number, stall=stall, score=score) for number in range(240)]
    return {turn: done.count(turn) for turn in Turn}


def test_an_epoch_ends_after_a_long_time_without_an_improvement():
    falling = np.arange(50, 0, -1.0)
    assert epoch(falling).start == 0
    assert epoch(falling).stall == 0
    still = np.concatenate([falling, np.full(TURNS.anew_after - 1, 7.0)])
    assert epoch(still).start == 0
    assert epoch(still).stall == TURNS.anew_after - 1
    over = np.append(still, 7.0)
    assert epoch(over).start == len(over)
    assert epoch(over).stall == 0
    # What is better than the values since then is an improvement, though the search has known better.
    assert epoch(np.concatenate([over, [30.0, 20.0, 25.0]])).stall == 1
    # A failure is none.
    assert epoch(np.append(falling, [np.nan, np.nan])).stall == 2


def test_polishing_the_last_digits_is_no_improvement_until_it_adds_up():
    reached = np.arange(50, 0, -1.0)
    polished = np.concatenate([reached, 1.0 - 0.005 * np.arange(1, 30)])
    # From the median of the first ten to the best are 44.5: one in 18 steps of 0.005 adds up to 0.2 percent.
    assert epoch(polished).stall == 29 % 18


@given(st.lists(st.integers(0, 5).map(float) | st.just(np.nan), max_size=60), st.integers(1, 9))
def test_epochs_do_not_depend_on_the_scale_of_the_values(values, factor):
    y = np.array(values)
    assert epoch(y) == epoch(3.0 * factor * y - 7.0)


def test_a_search_that_improves_climbs_but_for_a_few_uniform_trials():
    assert counted(0) == {Turn.CLIMB: 235, Turn.UNIFORM: 5, Turn.NEAR: 0, Turn.REDRAW: 0}


def test_a_model_that_predicts_little_is_trusted_less():
    assert counted(0, score=0.29)[Turn.UNIFORM] == 20
    assert counted(0, score=0.3)[Turn.UNIFORM] == 5


def test_the_longer_a_search_stalls_the_fewer_trials_climb():
    stalls = (0, 9, 10, 25, 30, 60)
    climbing = [counted(stall)[Turn.CLIMB] for stall in stalls]
    assert climbing == sorted(climbing, reverse=True)
    assert climbing[0] == climbing[1] > climbing[2]
    assert [counted(stall)[Turn.NEAR] > 0 for stall in stalls] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    assert [counted(stall)[Turn.REDRAW] > 0 for stall in stalls] == [False] * 3 + [True] * 3
    uniform = [counted(stall)[Turn.UNIFORM] for stall in (29, 30, 60)]
    assert uniform == sorted(set(uniform))


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"local_after": 10**9}, {Turn.NEAR, Turn.REDRAW}),
        ({"redraw_after": 10**9}, {Turn.REDRAW}),
        ({"uniform_every": 10**9, "uniform_seldom": 10**9, "uniform_after": 10**9}, {Turn.UNIFORM}),
    ],
)
def test_a_part_can_be_taken_out(change, gone):
    done = counted(100, replace(TURNS, **change))
    # The first uniform trial is the fifth of a period, however long that is.
    assert {turn for turn, count in done.items() if count <= 1} == gone


def test_one_trial_in_four_of_a_stall_looks_at_another_branch():
    elsewhere = [n for n in range(20) if TURNS.is_elsewhere(n, stall=10)]
    assert elsewhere == [2, 6, 10, 14, 18]
    assert not any(TURNS.is_elsewhere(n, stall=9) for n in range(20))
