"""What a fit is told of trials that went wrong."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from overtone.search.history import LARGEST, History, State, fit_values, is_penalty, ranks


def history(y, states):
    n = len(y)
    return History(
        np.arange(n),
        np.zeros((n, 0)),
        np.array(y, dtype=np.float64),
        tuple(states),
        ("",) * n,
    )


def complete(y):
    return history(y, [State.COMPLETE] * len(y))


# Whole numbers and powers of two, so that scaling and shifting are exact.
WHOLE = st.integers(-1000, 1000).map(float)
BROKEN = st.sampled_from([np.inf, -np.inf, 1e250, -1e250])


@st.composite
def histories(draw):
    """At least two finite values, and some trials that failed, were pruned or returned nonsense."""
    rows = [(v, State.COMPLETE) for v in draw(st.lists(WHOLE, min_size=2, max_size=30))]
    rows += [(v, State.COMPLETE) for v in draw(st.lists(BROKEN, max_size=3))]
    rows += [(np.nan, State.FAILED) for _ in range(draw(st.integers(0, 3)))]
    rows += [(v, State.PRUNED) for v in draw(st.lists(WHOLE | st.just(np.nan), max_size=3))]
    rows = draw(st.permutations(rows))
    return history([v for v, _ in rows], [s for _, s in rows])


@given(st.lists(WHOLE | st.floats(allow_nan=False), max_size=30))
def test_ranks_are_those_of_scipy(values):
    assert ranks(np.array(values)).tolist() == rankdata(values).tolist()


@given(histories())
def test_every_value_of_a_fit_is_finite_and_none_is_above_the_worst_good_one(h):
    y, _ = fit_values(h)
    good = [
        v for v, s in zip(h.y, h.states, strict=True) if s is State.COMPLETE and abs(v) <= LARGEST
    ]
    assert y.shape == h.y.shape
    assert np.isfinite(y).all()
    assert min(good) <= y.min()
    assert y.max() <= max(good)


@given(histories())
def test_a_trial_without_a_usable_value_counts_as_the_worst_and_is_counted(h):
    y, failed = fit_values(h)
    without = [
        s is State.FAILED or not abs(v) <= LARGEST for v, s in zip(h.y, h.states, strict=True)
    ]
    assert failed == sum(without)
    assert all(v == y.max() for v, is_without in zip(y, without, strict=True) if is_without)


@given(histories())
def test_good_values_keep_their_order(h):
    y, _ = fit_values(h)
    good = [i for i, s in enumerate(h.states) if s is State.COMPLETE and abs(h.y[i]) <= LARGEST]
    ordered = sorted(good, key=lambda i: h.y[i])
    assert all(y[a] <= y[b] for a, b in pairwise(ordered))


@given(histories(), st.sampled_from([2.0**-30, 0.5, 2.0, 2.0**40]), WHOLE)
def test_scaling_and_shifting_the_values_scales_and_shifts_what_a_fit_is_told(h, factor, shift):
    moved = History(h.numbers, h.codes, (h.y + shift) * factor, h.states, h.regions)
    y, failed = fit_values(h)
    moved_y, moved_failed = fit_values(moved)
    assert moved_failed == failed
    # Quantiles between values may round.
    np.testing.assert_allclose(moved_y, (y + shift) * factor, rtol=1e-12, atol=1e-9 * factor)


def test_a_value_beyond_the_far_out_fence_is_moved_onto_it():
    # Quartiles 1.25 and 3.75, so the fence is 3.75 + 3 * 2.5.
    y, failed = fit_values(complete([0, 1, 2, 3, 4, 1000]))
    assert y.tolist() == [0, 1, 2, 3, 4, 11.25]
    assert failed == 0


def test_a_very_good_value_is_left_as_it_is():
    y, _ = fit_values(complete([0, 1, 2, 3, 4, -1000]))
    assert y.min() == -1000


def test_mostly_equal_values_have_no_fence():
    y, _ = fit_values(complete([5.0] * 9 + [7.0]))
    assert y.tolist() == [5.0] * 9 + [7.0]


def test_a_pruned_trial_is_moved_between_the_median_and_the_worst():
    good = [0.0, 1.0, 2.0, 3.0, 4.0]
    pruned = [-50.0, 2.5, 99.0]
    y, failed = fit_values(history(good + pruned, [State.COMPLETE] * 5 + [State.PRUNED] * 3))
    assert y.tolist() == [*good, 2.0, 2.5, 4.0]
    assert failed == 0


def test_a_trial_pruned_before_its_first_report_is_a_failure():
    y, failed = fit_values(history([0.0, 1.0, np.nan], [State.COMPLETE] * 2 + [State.PRUNED]))
    assert y.tolist() == [0.0, 1.0, 1.0]
    assert failed == 1


@pytest.mark.parametrize(
    "y", [[], [1.0], [1.0, np.nan, np.nan], [1.0, np.inf, -np.inf], [1e200, 2e200, 1.0]]
)
def test_fewer_than_two_usable_values_say_nothing(y):
    states = [State.FAILED if np.isnan(v) else State.COMPLETE for v in y]
    assert fit_values(history(y, states)) is None


def test_the_largest_float_as_a_penalty_does_not_overflow():
    """`return sys.float_info.max` is how many programs say "very bad"."""
    y, failed = fit_values(complete([0.0, 1.0, 2.0] + [np.finfo(float).max] * 3))
    assert y.tolist() == [0.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    assert failed == 3


def test_rows_are_those_asked_for_in_the_order_of_their_numbers():
    h = History(
        np.array([2, 3, 5, 8]),
        np.array([[0.0], [1.0], [2.0], [3.0]]),
        np.array([10.0, 11.0, 12.0, 13.0]),
        (State.COMPLETE, State.FAILED, State.PRUNED, State.RUNNING),
        ("a", "b", "c", "d"),
    )
    part = h.rows(np.array([8, 3, 99]))
    assert part.numbers.tolist() == [3, 8]
    assert part.codes.tolist() == [[1.0], [3.0]]
    assert part.y.tolist() == [11.0, 13.0]
    assert part.states == (State.FAILED, State.RUNNING)
    assert part.regions == ("b", "d")


ORDINARY = np.random.default_rng(0).normal(3.0, 1.0, 30)


@pytest.mark.parametrize(
    "penalties",
    [
        [1e9],
        [1e9] * 5,
        [1e9, 1e9, 1e10],
        [1e9 + k for k in range(4)],
        [1e6],
        [1e99] * 3,
        [1e4] * 2,
        [1e15] + [1e9] * 5,
    ],
    ids=str,
)
def test_what_lies_far_above_everything_is_a_penalty(penalties):
    y = np.concatenate([ORDINARY[:10], penalties, ORDINARY[10:]])
    expected = [False] * 10 + [True] * len(penalties) + [False] * 20
    assert is_penalty(y).tolist() == expected


@pytest.mark.parametrize("value", [100.0, 1000.0, -1e9, -1e50])
def test_a_value_that_is_only_bad_or_very_good_is_no_penalty(value):
    assert not is_penalty(np.append(ORDINARY, value)).any()


def test_what_is_no_number_is_no_penalty_and_hides_none():
    y = np.concatenate([ORDINARY, [np.nan, np.inf, -np.inf, 1e200, 1e9]])
    assert np.flatnonzero(is_penalty(y)).tolist() == [34]


@given(
    st.lists(st.integers(-1000, 1000).map(float), max_size=30),
    st.integers(0, 4),
    st.sampled_from([2.0**-300, 2.0**-20, 2.0**30, 2.0**200]),
)
def test_no_unit_and_no_order_makes_a_penalty(listed, count, factor):
    y = np.array(listed + [2.0**30] * count)
    found = is_penalty(y)
    assert is_penalty(factor * y).tolist() == found.tolist()
    assert is_penalty(y[::-1]).tolist() == found[::-1].tolist()
    # They are the worst: an increasing rule.
    assert not found.any() or y[found].min() > y[~found].max()


def test_heavy_tails_are_no_penalties():
    """The logarithms of values normal with a deviation of 2: none of 2000 other samples was mistaken."""
    samples = [np.random.default_rng(seed).lognormal(0.0, 2.0, 100) for seed in range(200)]
    assert sum(is_penalty(y).any() for y in samples) <= 1
    # Negative control: the same with a penalty.
    assert all(is_penalty(np.append(y, 1e9)).any() for y in samples)


def test_a_search_that_converges_has_no_penalties():
    """Ever closer to the best, from a few bad values on; and on a plateau, to rounding or exactly."""
    assert not is_penalty(10.0 ** -np.arange(0.0, 12.0, 0.25)).any()
    rng = np.random.default_rng(0)
    first = rng.random(10)
    assert not is_penalty(np.concatenate([first, 0.01 + 1e-6 * rng.random(90)])).any()
    for plateau in (np.zeros(50), np.append(np.full(50, 0.3), 0.1 + 0.2)):
        assert not is_penalty(np.concatenate([plateau, [0.9, 0.95, 1.0]])).any()


def test_what_a_search_has_left_behind_is_no_penalty_though_it_was_given_twice():
    """The best differ in the eighth digit; the others, of a few discrete settings, repeat their values."""
    best = 26.33 + 1e-8 * np.arange(40)
    behind = np.array([26.62, 26.62, 27.1, 28.0, 28.0, 31.0])
    assert not is_penalty(np.concatenate([best, behind])).any()
    # The same of a search for 0, of which the gap is all there is.
    best = 1e-10 * np.arange(40)
    behind = np.array([0.5, 0.5, 0.6, 0.75, 0.8, 0.95, 1.0, 1.0])
    assert not is_penalty(np.concatenate([best, behind])).any()
    # A penalty beside them is still one.
    found = is_penalty(np.concatenate([26.33 + best, [1e9] * 5]))
    assert np.flatnonzero(found).tolist() == list(range(40, 45))


@pytest.mark.parametrize("y", [[], [1e9], [0.0, 1.0, 1e9], [5.0] * 40, [5.0] * 40 + [1e9] * 2])
def test_a_few_values_and_values_without_a_range_have_no_penalties(y):
    assert not is_penalty(np.array(y)).any()
