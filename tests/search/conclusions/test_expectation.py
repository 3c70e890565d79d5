"""What random search would be expected to find."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.search.conclusions.expectation import random_search

values = st.lists(st.integers(-1000, 1000).map(lambda k: k / 8), min_size=1, max_size=9)


def by_enumeration(y, draws):
    """The mean of the least value over all subsets, one by one."""
    return np.mean([min(subset) for subset in itertools.combinations(y, draws)])


def estimate(y, draws):
    """The mean alone, without the time that resamples take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("overtone.search.conclusions.expectation.RESAMPLES", 1)
        return random_search(y, draws).mean


@settings(max_examples=50)
@given(values, st.data())
@pytest.mark.slow
def test_up_to_half_of_the_values_the_mean_is_that_over_all_subsets(y, data):
    most = len(y) if len(y) < 8 else len(y) // 2
    draws = data.draw(st.integers(1, most))
    found = random_search(np.array(y), draws)
    assert found.mean == pytest.approx(by_enumeration(y, draws), rel=1e-10, abs=1e-9)
    assert (found.draws, found.seen, found.exact) == (draws, len(y), most)
    assert not found.is_extrapolated


@pytest.mark.parametrize("seen", [1, 2, 3, 7, 8, 9, 40])
def test_an_estimate_says_that_it_is_extrapolated_exactly_beyond_what_is_exact(seen):
    y = np.arange(float(seen))
    exact = random_search(y, 1).exact
    assert not random_search(y, exact).is_extrapolated
    assert random_search(y, exact + 1).is_extrapolated


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40))
def test_more_draws_are_never_expected_to_find_worse(y):
    found = [estimate(np.array(y), k) for k in (1, 2, 3, 5, 8, 13, 20, 21, 40, 200, 5000)]
    assert (np.diff(found) <= 1e-9).all()


@pytest.mark.parametrize("seen", [1, 2, 3, 8, 10, 37])
@pytest.mark.parametrize("value", [0.0, 0.1, -7.3e12, 1e-300])
def test_equal_values_are_expected_again(seen, value):
    found = random_search(np.full(seen, value), 100)
    assert (found.mean, found.low, found.high) == (value, value, value)


@pytest.mark.parametrize("y", [[3.0], [3.0, 1.0], [3.0, 1.0, 2.0]])
def test_of_a_few_values_more_draws_than_values_find_the_least(y):
    assert random_search(np.array(y), 1).mean == pytest.approx(np.mean(y))
    assert random_search(np.array(y), 100).mean == min(y)


@pytest.mark.slow
@settings(max_examples=30)
@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=30),
    st.integers(1, 200),
    st.sampled_from([-8, 0, 5]),
    st.integers(-40, 40),
)
def test_scaling_and_shifting_the_values_scales_and_shifts_the_estimate(y, draws, shift, power):
    """A power of two and a whole number: the inputs are exact, the estimate is but for rounding."""
    scale = 2.0**power
    base = random_search(np.array(y, dtype=float), draws)
    moved = random_search(scale * (np.array(y, dtype=float) + shift), draws)
    for name in ("mean", "low", "high"):
        expected = scale * (getattr(base, name) + shift)
        assert getattr(moved, name) == pytest.approx(expected, rel=1e-9, abs=1e-7 * scale)


def test_the_order_of_the_values_does_not_matter_to_the_mean():
    y = np.random.default_rng(0).normal(size=31)
    assert random_search(y[::-1], 60).mean == random_search(y, 60).mean


# The error that is allowed: the bias in deviations of a single draw. Its standard error here is about 0.04
# deviations up to the exact number of draws, where the bias is 0, and 0.06 beyond.
NORMAL = (lambda rng, shape: rng.normal(size=shape)), 1.0
UNIFORM = (lambda rng, shape: rng.random(shape)), 12**-0.5


def bias(kind, seen, draws, repeats=200):
    """Mean estimate less the simulated truth, in deviations of a draw."""
    draw, deviation = kind
    rng = np.random.default_rng([seen, draws])
    truth = draw(rng, (4000, draws)).min(axis=1).mean()
    found = [estimate(draw(rng, seen), draws) for _ in range(repeats)]
    return (np.mean(found) - truth) / deviation


@pytest.mark.parametrize("kind", [NORMAL, UNIFORM], ids=["normal", "uniform"])
@pytest.mark.parametrize(("seen", "draws"), [(10, 5), (40, 20), (41, 7)])
def test_within_half_of_the_values_the_estimate_is_unbiased(kind, seen, draws):
    """The seeds are fixed; other seeds exceed 5 standard errors once in a million."""
    assert abs(bias(kind, seen, draws)) < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("kind", [NORMAL, UNIFORM], ids=["normal", "uniform"])
@pytest.mark.parametrize("seen", [9, 10, 11, 12, 14, 15, 31, 60])
@pytest.mark.parametrize("times", [1, 4])
def test_beyond_them_the_estimate_is_off_by_less_than_half_a_deviation(kind, seen, times):
    """Also where half of the values cannot be halved twice: 5 is no two doublings of 1."""
    assert abs(bias(kind, seen, times * seen)) < 0.5


@pytest.mark.slow
def test_the_interval_covers_what_other_draws_would_estimate():
    """Nine of ten resamples: of 60 samples the truth lies inside for 45 or more, and not for all of them."""
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(20000, 10)).min(axis=1).mean()
    inside = 0
    for _ in range(60):
        found = random_search(rng.normal(size=60), 10)
        assert found.low <= found.mean <= found.high
        inside += found.low <= truth <= found.high
    assert 45 <= inside <= 59
