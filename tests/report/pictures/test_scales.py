"""Where numbers stand along an axis, and which are written there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.report.pictures.marks import Axis, Tick, names_axis, reach
from overtone.report.pictures.scales import columns, share_of, ticks_of

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


@given(NUMBERS, st.floats(1e-3, 1e9), st.integers(1, 12))
def test_ticks_lie_on_the_axis_at_equal_steps_and_are_not_too_many(low, width, most):
    axis = Axis("x", low, low + width)
    ticks = ticks_of(axis, most)
    slack = 1e-6 * (abs(low) + width)
    assert all(axis.low - slack <= tick.at <= axis.high + slack for tick in ticks)
    assert len(ticks) <= most + 1
    for tick in ticks:
        assert float(tick.text) == pytest.approx(tick.at, rel=1e-5, abs=1e-9 * width)


@given(st.floats(1e-12, 1e12), st.floats(1.01, 1e20), st.integers(2, 8))
def test_ticks_of_a_logarithmic_axis_lie_on_it(low, factor, most):
    axis = Axis("x", low, low * factor, is_log=True)
    for tick in ticks_of(axis, most):
        assert -1e-6 <= share_of(axis, tick.at) <= 1 + 1e-6


def test_easy_numbers_are_chosen():
    assert [tick.text for tick in ticks_of(Axis("", 0.0, 1.0), 5)] == [
        "0",
        "0.2",
        "0.4",
        "0.6",
        "0.8",
        "1",
    ]
    assert [t.text for t in ticks_of(Axis("", 1e-4, 1.0, is_log=True), 5)] == [
        "0.0001", "0.001", "0.01", "0.1", "1",
    ]  # fmt: skip
    assert [tick.text for tick in ticks_of(Axis("", 10.0, -10.0), 4)] == [
        "-10",
        "-5",
        "0",
        "5",
        "10",
    ]


def test_names_stand_from_the_top_down():
    axis = names_axis(["a", "b"])
    assert axis.ticks == (Tick(0.0, "a"), Tick(1.0, "b"))
    assert share_of(axis, 0.0) > share_of(axis, 1.0)


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_an_axis_reaches_beyond_its_values(values):
    low, high = reach(values)
    assert low < min(values) or low == min(values) == high - 1.0 or low < high
    assert low <= min(values) <= max(values) <= high
    assert low < high


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert columns("ab") == 2
    assert columns("学習") == 4
    assert columns("e\u0301") == 1
