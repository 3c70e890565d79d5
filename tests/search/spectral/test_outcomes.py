"""Values are modelled on a scale that has no unit, no origin, and no room for outliers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.search.spectral.outcomes import DECIMALS, warped

# Quarters, so that a power of two and a shift by whole numbers are exact.
values = st.lists(st.integers(-400, 400).map(lambda k: k / 4), min_size=1, max_size=40).map(
    np.array
)
# Values that are not sums of powers of two; enough of them differ.
seeds = st.integers(0, 100_000)


@given(values, st.integers(-60, 60), st.integers(-1000, 1000))
def test_powers_of_two_and_shifts_change_nothing_at_all(y, exponent, shift):
    assert np.array_equal(warped(y), warped((y + shift) * 2.0**exponent))


@given(seeds, st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_other_factors_and_shifts_change_nothing_but_the_last_digit(seed, factor, shift):
    y = np.random.default_rng(seed).standard_normal(25)
    np.testing.assert_allclose(
        warped((y + shift) * factor), warped(y), rtol=0, atol=1.01 * 10.0**-DECIMALS
    )


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_the_values_does_not_matter(y, random):
    order = list(range(len(y)))
    random.shuffle(order)
    np.testing.assert_allclose(warped(y[order]), warped(y)[order], atol=1e-9, rtol=0)


@given(values)
def test_better_values_stay_better(y):
    z = warped(y)
    order = np.argsort(y, kind="stable")
    assert (np.diff(z[order]) >= 0).all()
    assert z[order[0]] == z.min()


@given(values.filter(lambda y: len(set(y.tolist())) > 1))
def test_the_mean_is_0_and_the_deviation_1(y):
    z = warped(y)
    assert z.mean() == pytest.approx(0.0, abs=1e-8)
    assert z.std() == pytest.approx(1.0, abs=1e-7)


@given(st.floats(-1e90, 1e90), st.integers(1, 30))
def test_values_that_are_all_equal_say_nothing(value, count):
    assert not warped(np.full(count, value)).any()


@given(seeds)
def test_values_are_linear_up_to_as_far_above_the_median_as_the_best_is_below(seed):
    y = np.sort(np.random.default_rng(seed).standard_normal(31))
    z = warped(y)
    inside = y <= 2.0 * y[15] - y[0]
    slopes = np.diff(z[inside]) / np.diff(y[inside])
    assert slopes == pytest.approx(slopes[0], rel=1e-3)
    assert inside[:16].all()
    beyond = np.diff(z[~inside]) / np.diff(y[~inside])
    assert (beyond < slopes[0]).all()


@given(seeds)
def test_the_worse_half_is_compressed(seed):
    y = np.sort(np.random.default_rng(seed).exponential(size=31) ** 3)
    z = warped(y)
    better = (z[15] - z[0]) / (y[15] - y[0])
    worse = (z[30] - z[15]) / (y[30] - y[15])
    assert worse < better


@given(seeds, st.sampled_from([1e6, 1e12, 1e90]))
def test_an_outlier_does_not_flatten_the_others(seed, outlier):
    """The others keep a third of the spread that they have without it; unwarped they would have none."""
    y = np.random.default_rng(seed).standard_normal(30)
    spread = np.ptp(warped(np.append(y, outlier))[:-1])
    assert spread > np.ptp(warped(y)) / 3
    plain = np.append(y, outlier)
    assert np.ptp(plain[:-1] / plain.std()) < 1e-4


def test_a_better_half_that_is_all_equal_still_has_a_scale():
    """The median is the best: a plateau with some worse values on it."""
    z = warped(np.array([0.0] * 8 + [1.0, 2.0, 5.0]))
    assert np.isfinite(z).all()
    assert len(np.unique(z)) == 4
