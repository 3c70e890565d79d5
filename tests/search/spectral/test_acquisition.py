"""The expected improvement is an integral, and stays one where formulas lose their digits."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from overtone.search.spectral.acquisition import (
    log_expected_improvement,
    log_probability_of_success,
)


def log_improvement(u):
    """The logarithm of the improvement at u deviations, for a deviation of 1."""
    u = np.atleast_1d(np.asarray(u, dtype=float))
    return log_expected_improvement(-u, np.ones(len(u)), 0.0)


def by_quadrature(u):
    """log of the integral of t phi(t - u) over t > 0, with phi(u) taken out for its digits.

    phi(t - u) = phi(u) exp(u t - t^2 / 2).
    """
    log_phi = -0.5 * u * u - 0.5 * math.log(2 * math.pi)
    # All of the mass lies within a few units of 1 / |u| for u far below 0, and around u above it.
    end = 60.0 / abs(u) if u < -2 else max(u, 0.0) + 12.0
    integral, _ = quad(lambda t: t * math.exp(u * t - 0.5 * t * t), 0.0, end, epsabs=0.0, limit=200)
    return log_phi + math.log(integral)


def by_continued_fraction(u):
    """log of phi(u) (1 - |u| R) where R, the Mills ratio, is 1 / (x + 1 / (x + 2 / (x + 3 / ...))), x = |u|.

    With x R = x / (x + c), c = 1 / (x + 2 / ...): 1 - x R = c / (x + c), without a difference.
    """
    x = abs(u)
    c = 0.0
    for k in range(200, 0, -1):
        c = k / (x + c)
    return -0.5 * u * u - 0.5 * math.log(2 * math.pi) + math.log(c / (x + c))


@pytest.mark.parametrize(
    "u", [-30.0, -25.001, -24.999, -10.0, -3.0, -1.001, -0.999, -0.1, 0.0, 0.5, 2.0, 8.0]
)
def test_the_improvement_is_the_integral(u):
    assert log_improvement(u)[0] == pytest.approx(by_quadrature(u), rel=1e-6, abs=1e-9)


@given(st.floats(-1e8, -2.0))
def test_the_tail_is_that_of_the_continued_fraction(u):
    expected = by_continued_fraction(u)
    assert log_improvement(u)[0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_the_two_oracles_agree_where_both_hold():
    for u in (-20.0, -5.0, -2.5):
        assert by_quadrature(u) == pytest.approx(by_continued_fraction(u), rel=1e-10)


@pytest.mark.parametrize("u", [-1.0, -25.0])
def test_the_branches_meet(u):
    """Across a branch point the function moves by its slope and no more.

    h' = Phi, so (log h)' = Phi / h, which at most is |u| + 1 / |u| below -1.
    """
    step = 1e-9
    below, above = log_improvement([u - step, u + step])
    slope = abs(u) + 2.0 / abs(u)
    assert abs(above - below) <= 2 * step * slope + 2e-6 * (u == -25.0) + 1e-12


def test_more_promise_is_worth_more():
    """In the mean everywhere; and in the deviation, since h(u) - u h'(u) = phi(u) > 0."""
    u = np.concatenate([np.linspace(-60, 20, 4001), -np.logspace(2, 7, 200)[::-1]])
    u.sort()
    assert (np.diff(log_improvement(u)) > 0).all()
    deviations = np.logspace(-8, 8, 400)
    for mean in (-1.0, 0.0, 1.0):
        worth = log_expected_improvement(np.full(400, mean), deviations, 0.0)
        grows = np.diff(worth)
        assert (grows > 0).all() if mean >= 0 else (grows >= -1e-12).all()


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-10, 10))
def test_only_the_distance_to_the_best_counts(mean, best, shift):
    plain = log_expected_improvement(np.array([mean]), np.ones(1), best)
    moved = log_expected_improvement(np.array([mean + shift]), np.ones(1), best + shift)
    np.testing.assert_allclose(moved, plain, rtol=1e-9, atol=1e-9)


@given(st.floats(-30, 30), st.floats(1e-3, 1e3))
def test_other_units_change_the_improvement_by_their_factor(u, factor):
    plain = log_expected_improvement(np.array([-u]), np.ones(1), 0.0)
    scaled = log_expected_improvement(np.array([-u * factor]), np.array([factor]), 0.0)
    np.testing.assert_allclose(scaled - math.log(factor), plain, rtol=1e-9, atol=2e-6)


def test_it_is_finite_over_a_hundred_orders_of_magnitude():
    """Of deviations, with means from none to many of them away."""
    deviations = np.logspace(-50, 50, 101)
    for u in (-1e60, -1e10, -1e3, -26.0, -25.0, -24.0, -1.0, 0.0, 1.0, 1e3, 1e60):
        worth = log_expected_improvement(-u * deviations, deviations, 0.0)
        assert np.isfinite(worth).all()
        assert (np.diff(worth) > 0).all() or abs(u) > 1e9
    means = np.array([m for m, _ in itertools.product((-1.0, 0.0, 1.0), deviations)])
    assert np.isfinite(log_expected_improvement(means, np.tile(deviations, 3), 0.0)).all()


@pytest.mark.parametrize(("mean", "deviation"), [(1.0, 0.6), (0.0, 1.0), (-0.7, 0.5), (-1.0, 1.3)])
def test_success_is_a_positive_value_of_a_function_half_as_unsure(mean, deviation):
    probability, _ = quad(stats.norm(mean, deviation / 2).pdf, 0.0, 20.0, points=[0.5], limit=200)
    found = math.exp(log_probability_of_success(np.array([mean]), np.array([deviation]))[0])
    assert found == pytest.approx(probability, rel=1e-6)


def test_what_is_known_to_fail_is_worth_nothing_and_what_is_known_to_succeed_all():
    """Against improvements that fall by some nats only from the best row to the others."""
    fails, succeeds = log_probability_of_success(np.array([-0.7, 0.7]), np.full(2, 0.1))
    assert fails < -50
    assert succeeds > -1e-6
    guessed, unknown = log_probability_of_success(np.full(2, -0.3), np.array([0.5, 2.0]))
    assert fails < guessed < unknown < 0


def test_success_is_more_likely_where_more_is_expected_and_stays_a_probability():
    means = np.linspace(-50, 50, 1001)
    worth = log_probability_of_success(means, np.full(1001, 0.5))
    assert (np.diff(worth) >= 0).all()
    assert np.isfinite(worth).all()
    assert worth.max() <= 0.0
    assert log_probability_of_success(np.zeros(1), np.ones(1))[0] == pytest.approx(math.log(0.5))
