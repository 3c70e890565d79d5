"""The scale is increasing, loses nothing, and is not moved by where a search converges."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overtone.search.conclusions.scale import Scale, scales

values = st.lists(st.integers(-(10**6), 10**6).map(lambda k: k / 64), min_size=2, max_size=30)
knees = st.sampled_from([np.inf, 1.0, 0.25])


def made(y):
    y = np.array(y)
    assume(y.min() < y.max())
    return y, scales(y, y[:5])


@given(values)
def test_the_scale_is_increasing_and_has_an_inverse(listed):
    y, both = made(listed)
    for scale in both:
        z = scale.of(y)
        order = np.argsort(y, kind="stable")
        assert (np.diff(z[order])[np.diff(y[order]) > 0] > 0).all()
        np.testing.assert_allclose(scale.back(z), y, rtol=1e-9, atol=1e-9 * np.ptp(y))
        if not scale.is_odd:
            assert z.min() == 0.0


@given(values, st.sampled_from([2.0**-900, 2.0**-30, 2.0, 2.0**200]))
def test_no_unit_changes_a_place(listed, factor):
    y, both = made(listed)
    for one, other in zip(both, scales(factor * y, factor * y[:5]), strict=True):
        assert other.of(factor * y).tolist() == one.of(y).tolist()
        assert other.log_slopes(factor * y) == one.log_slopes(y)


@given(values, st.integers(-(10**6), 10**6).map(float))
def test_no_shift_changes_a_place(listed, shift):
    """But for the logarithm, which has a zero."""
    y, both = made(listed)
    for one, other in zip(both[:2], scales(y + shift, y[:5] + shift)[:2], strict=True):
        np.testing.assert_allclose(other.of(y + shift), one.of(y), rtol=1e-9, atol=1e-9)


@given(values, st.integers(1, 5000))
def test_a_plateau_where_a_search_converges_changes_no_other_place(listed, count):
    """Values near the best that a model chose: the median of all would move to them."""
    y, both = made(listed)
    assume(np.median(y[:5]) > y.min())
    plateau = y.min() + 1e-9 * np.ptp(y) * np.arange(count)
    after = scales(np.concatenate([y, plateau]), y[:5])
    for one, other in zip(both, after, strict=True):
        assert other.of(y).tolist() == one.of(y).tolist()


@given(knees, st.floats(1e-3, 1e6), st.booleans())
def test_the_slope_is_the_derivative(knee, u, is_odd):
    assume(abs(u - knee) > 1e-3 * u)
    scale = Scale(3.0, 2.0, knee, is_odd)
    y, step = 3.0 + 2.0 * (-u if is_odd else u), 1e-5 * u
    ends = scale.of(np.array([y - step, y + step]))
    slope = 2.0 * (ends[1] - ends[0]) / (2 * step)  # by the unit
    assert scale.log_slopes(np.array([y])) == pytest.approx(np.log(slope), abs=1e-5)


def test_values_over_orders_of_magnitude_stay_apart():
    y = 10.0 ** np.arange(-8.0, 9.0)
    bent = scales(y, y)[1]
    steps = np.diff(bent.of(y)[9:])
    np.testing.assert_allclose(steps, np.log(10), rtol=1e-6)
    np.testing.assert_allclose(bent.back(bent.of(y)), y, rtol=1e-6)


@given(st.lists(st.floats(-6, 6), min_size=3, max_size=30), st.floats(-9, 9))
def test_values_above_zero_that_are_far_apart_may_be_on_their_logarithm(exponents, unit):
    """A product is a sum there."""
    y = 10.0 ** np.array(exponents) * 10.0**unit
    assume(y.max() > 11 * y.min())
    for sign in (1.0, -1.0):  # costs that are to be small, and gains that are to be large
        logarithm = scales(sign * y, sign * y)[2]
        assert logarithm.origin == 0.0
        z = sign * logarithm.of(sign * y) / logarithm.knee
        np.testing.assert_allclose(z, 1 + np.log(y / y.min()), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(logarithm.back(logarithm.of(sign * y)), sign * y, rtol=1e-9)


@pytest.mark.parametrize("y", [[0.0, 1.0, 100.0], [-1.0, 1.0, 100.0], [20.0, 30.0, 199.0]])
def test_other_values_are_not(y):
    assert {scale.origin for scale in scales(np.array(y), np.array(y))} <= {min(y), np.median(y)}


def test_a_best_that_is_far_from_the_middle_may_be_on_a_scale_that_is_odd_there():
    y = np.append(np.arange(20.0), -1e6)
    *_, odd = scales(y, y)
    assert odd.origin == np.median(y)
    z = odd.of(y)
    assert (np.diff(z[:20]) > 0).all()
    # The best no longer flattens the others.
    assert np.ptp(z[:20]) / np.ptp(z) > 0.2
    assert len(scales(y[:20], y[:20])) == 2


def test_where_the_first_trials_have_the_best_value_all_of_them_give_the_unit():
    y = np.array([1.0, 1.0, 1.0, 1.0, 3.0])
    for scale in scales(y, y[:4]):
        assert scale.unit == pytest.approx(y.std())
        assert (np.diff(scale.of(np.unique(y))) > 0).all()


def test_what_is_far_beyond_all_values_is_still_a_number():
    scale = Scale(0.0, 1.0, 1.0)
    assert np.isfinite(scale.back(np.array([-1e6, 1e3, 1e6, 1e300]))).all()
