"""A posterior is what the textbook formula says, however its points arrived."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.spectrum.posterior.features import Features
from overtone.spectrum.posterior.posterior import condition, is_same
from overtone.spectrum.posterior.prior import (
    JITTER,
    TERM_VARIANCE,
    Prior,
    squared_distances,
)

FEATURES = Features(np.array([2, 3, 0, 2]))
PRIOR = Prior(np.array([0.5, 0.3, 1.2, 0.05]), 0.8, 0.05, 0.1, 0.1)


def design(rng, count):
    units = np.column_stack(
        [
            rng.integers(0, 2, count),
            rng.integers(0, 3, count),
            rng.random(count),
            rng.integers(0, 2, count),
        ]
    ).astype(float)
    active = rng.random(units.shape) < 0.9
    return FEATURES.smooth(units, active), rng.standard_normal((count, 1))


def covariance(a, p, b, q):
    rates = np.sqrt(PRIOR.relevance)[FEATURES.owners]
    kernel = PRIOR.scale * np.exp(-squared_distances(a * rates, b * rates))
    return kernel + TERM_VARIANCE * p @ q.T


def textbook(smooth, terms, z, at):
    """Rasmussen and Williams 2006, eq. 2.25 and 2.26."""
    k = covariance(smooth, terms, smooth, terms) + (PRIOR.noise + JITTER) * np.eye(len(z))
    cross = covariance(*at, smooth, terms)
    mean = cross @ np.linalg.solve(k, z)
    variance = np.diag(covariance(*at, *at) - cross @ np.linalg.solve(k, cross.T))
    return mean, np.sqrt(variance)


@given(st.integers(0, 1000))
def test_predictions_are_the_textbook_ones(seed):
    rng = np.random.default_rng(seed)
    known, at, z = design(rng, 15), design(rng, 6), rng.standard_normal(15)
    mean, deviation = condition(FEATURES, PRIOR, *known, z).predict(*at)
    expected_mean, expected_deviation = textbook(*known, z, at)
    np.testing.assert_allclose(mean, expected_mean, atol=2e-4)
    np.testing.assert_allclose(deviation, expected_deviation, atol=2e-3)


@given(st.integers(0, 1000), st.integers(1, 14))
def test_points_may_arrive_one_by_one_or_together(seed, first):
    rng = np.random.default_rng(seed)
    (smooth, terms), z = design(rng, 15), rng.standard_normal(15)
    whole = condition(FEATURES, PRIOR, smooth, terms, z)
    grown = condition(FEATURES, PRIOR, smooth[:first], terms[:first], z[:first])
    for k in range(first, 15):
        grown = grown.extended(smooth[[k]], terms[[k]], z[: k + 1])
    np.testing.assert_allclose(grown.inverse, whole.inverse, atol=1e-8)
    np.testing.assert_allclose(grown.weights, whole.weights, atol=1e-8)


def test_means_at_the_points_are_predictions_there():
    rng = np.random.default_rng(5)
    (smooth, terms), z = design(rng, 20), rng.standard_normal(20)
    posterior = condition(FEATURES, PRIOR, smooth, terms, z)
    np.testing.assert_allclose(posterior.means, posterior.predict(smooth, terms)[0], atol=1e-4)


def test_a_point_told_twice_without_noise_is_no_error():
    rng = np.random.default_rng(6)
    smooth, terms = design(rng, 5)
    exact = Prior(PRIOR.relevance, 1.0, 0.0, 0.1, 0.1)
    doubled = np.concatenate([smooth, smooth]), np.concatenate([terms, terms])
    posterior = condition(FEATURES, exact, *doubled, np.tile(rng.standard_normal(5), 2))
    assert np.isfinite(posterior.predict(smooth, terms)[0]).all()


def test_more_points_never_make_a_prediction_less_certain():
    rng = np.random.default_rng(7)
    (smooth, terms), z, at = design(rng, 30), rng.standard_normal(30), design(rng, 10)
    few = condition(FEATURES, PRIOR, smooth[:10], terms[:10], z[:10])
    many = few.extended(smooth[10:], terms[10:], z)
    assert (many.predict(*at)[1] <= few.predict(*at)[1] + 1e-3).all()


def test_without_points_the_prior_is_predicted():
    rng = np.random.default_rng(8)
    smooth, terms = design(rng, 4)
    nothing = condition(FEATURES, PRIOR, smooth[:0], terms[:0], np.zeros(0))
    mean, deviation = nothing.predict(smooth, terms)
    assert not mean.any()
    assert deviation**2 == pytest.approx(PRIOR.scale + TERM_VARIANCE * terms[:, 0] ** 2, rel=1e-5)


@given(st.integers(0, 1000))
def test_the_joint_posterior_is_the_textbook_one_and_agrees_with_predictions(seed):
    rng = np.random.default_rng(seed)
    known, at, z = design(rng, 15), design(rng, 6), rng.standard_normal(15)
    posterior = condition(FEATURES, PRIOR, *known, z)
    means, joint = posterior.joint(*at, exact=False)
    expected_mean, expected_deviation = textbook(*known, z, at)
    np.testing.assert_allclose(means, expected_mean, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(joint)), expected_deviation, atol=1e-9)
    np.testing.assert_allclose(joint, joint.T, atol=1e-12)
    assert np.linalg.eigvalsh(joint).min() > -1e-9
    mean, deviation = posterior.predict(*at)
    np.testing.assert_allclose(means, mean, atol=2e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(joint)), deviation, atol=2e-3)


def distinct(rng, count):
    """Points none of which is another."""
    smooth, terms = design(rng, count)
    _, first = np.unique(smooth, axis=0, return_index=True)
    return smooth[np.sort(first)], terms[np.sort(first)]


@given(st.integers(0, 1000))
def test_where_runs_do_not_vary_observed_values_are_reproduced(seed):
    rng = np.random.default_rng(seed)
    smooth, terms = distinct(rng, 15)
    z = rng.standard_normal(len(smooth))
    posterior = condition(FEATURES, PRIOR, smooth, terms, z)
    means, joint = posterior.joint(smooth, terms, exact=True)
    np.testing.assert_allclose(means, z, atol=1e-7)
    np.testing.assert_allclose(joint, 0.0, atol=1e-7)
    # Negative control: where they vary they are not.
    assert np.abs(posterior.joint(smooth, terms, exact=False)[0] - z).max() > 1e-3


def test_a_point_of_its_own_is_no_better_known_where_runs_do_not_vary():
    """The same mean, and the variance of what it has for itself on top."""
    rng = np.random.default_rng(3)
    (smooth, terms), at = distinct(rng, 12), design(rng, 1)
    posterior = condition(FEATURES, PRIOR, smooth, terms, rng.standard_normal(len(smooth)))
    varying, exact = (posterior.joint(*at, exact=is_exact) for is_exact in (False, True))
    assert exact[0][0] == pytest.approx(varying[0][0], abs=1e-12)
    assert exact[1][0, 0] == pytest.approx(varying[1][0, 0] + posterior.noise, abs=1e-12)


def test_what_is_left_out_is_predicted_by_the_others_alone():
    """By leaving each out in turn."""
    rng = np.random.default_rng(4)
    (smooth, terms), z = design(rng, 12), rng.standard_normal(12)
    posterior = condition(FEATURES, PRIOR, smooth, terms, z)
    errors = []
    for i in range(12):
        others = np.arange(12) != i
        less = condition(FEATURES, PRIOR, smooth[others], terms[others], z[others])
        errors.append(z[i] - less.joint(smooth[[i]], terms[[i]], exact=False)[0][0])
    score = 1.0 - np.sum(np.square(errors)) / ((z - z.mean()) ** 2).sum()
    assert posterior.left_out_score == pytest.approx(score, abs=1e-9)


@given(st.lists(st.lists(st.integers(-1, 1), min_size=2, max_size=2), min_size=1, max_size=8))
def test_rows_are_the_same_exactly_if_all_their_columns_are(listed):
    rows = np.array(listed, dtype=float) * -1.0  # zeros of either sign are one
    expected = [[a == b for b in listed] for a in listed]
    assert is_same(rows, np.array(listed) * -1.0 + 0.0).tolist() == expected
