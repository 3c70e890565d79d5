"""A difference over uncertain relevances is the mixture that Bayes' rule says."""

import numpy as np
import pytest

from overtone.spectrum.posterior.features import Features
from overtone.spectrum.posterior.posterior import condition
from overtone.spectrum.posterior.prior import JITTER, TERM_VARIANCE, Prior
from overtone.spectrum.posterior.relevances import GRID, IMPROBABLE, Differences

LEVELS = np.array([2, 3, 0])
FEATURES = Features(LEVELS)
PRIOR = Prior(np.array([0.05, 0.4, 0.3]), 1.1, 0.1, 0.1, 0.1)


def made(seed, count=8, prior=PRIOR):
    rng = np.random.default_rng(seed)
    units = np.column_stack(
        [rng.integers(0, 2, count), rng.integers(0, 3, count), rng.random(count)]
    )
    everywhere = np.ones(units.shape, dtype=bool)
    smooth, terms = FEATURES.smooth(units, everywhere), rng.standard_normal((count, 1))
    return units, condition(FEATURES, prior, smooth, terms, rng.standard_normal(count))


def points(units, parameter):
    """The first observed row, and others that differ from it in one parameter."""
    values = {0: [0.0, 1.0], 1: [0.0, 1.0, 2.0], 2: [0.0, 0.4, 1.0]}[parameter]
    rows = np.repeat(units[:1], 1 + len(values), axis=0)
    rows[1:, parameter] = values
    smooth = FEATURES.smooth(rows, np.ones(rows.shape, dtype=bool))
    terms = np.zeros((len(rows), 1))
    terms[1:, 0] = np.arange(len(values))
    return rows, smooth, terms


def kernel(relevance, a, p, b, q):
    """The covariance by its definition, one pair of rows at a time."""
    found = np.empty((len(a), len(b)))
    for i in range(len(a)):
        for k in range(len(b)):
            d0 = float(a[i, 0] != b[k, 0])
            d1 = float(a[i, 1] != b[k, 1])
            d2 = (2 * a[i, 2] - 2 * b[k, 2]) ** 2
            found[i, k] = PRIOR.scale * np.exp(-np.dot(relevance, [d0, d1, d2]))
            found[i, k] += TERM_VARIANCE * float(p[i] @ q[k])
    return found


def by_hand(posterior, units, rows, terms, relevance, *, exact):
    """Means and variances of the differences, and log p(z | l), under one set of relevances."""
    noise = PRIOR.noise + JITTER
    K = kernel(relevance, units, posterior.terms, units, posterior.terms) + noise * np.eye(
        len(units)
    )
    cross = kernel(relevance, units, posterior.terms, rows, terms)
    own = kernel(relevance, rows, terms, rows, terms)
    if exact:
        # A configuration is the same only where its terms are, too: those of the tests differ on purpose.
        cross += noise * (units[:, None] == rows[None]).all(axis=2)
        own += noise * (rows[:, None] == rows[None]).all(axis=2)
    solved = np.linalg.solve(K, cross)
    mean, covariance = solved.T @ posterior.z, own - cross.T @ solved
    contrast = np.eye(len(rows))[1:] - np.eye(len(rows))[0]
    variances = np.diag(contrast @ covariance @ contrast.T)
    likelihood = (
        -0.5 * posterior.z @ np.linalg.solve(K, posterior.z) - 0.5 * np.linalg.slogdet(K)[1]
    )
    return contrast @ mean, variances, float(likelihood)


@pytest.mark.parametrize("parameter", [0, 1, 2])
@pytest.mark.parametrize("exact", [False, True])
def test_with_a_single_relevance_the_differences_are_those_of_the_joint_posterior(parameter, exact):
    """Where the most probable relevance is above the whole grid there is no other."""
    relevance = np.array(PRIOR.relevance)
    relevance[parameter] = max(GRID) + 1.0
    prior = Prior(relevance, PRIOR.scale, PRIOR.noise, PRIOR.additive, PRIOR.tau)
    for seed in range(5):
        units, posterior = made(seed, prior=prior)
        rows, smooth, terms = points(units, parameter)
        means, covariance = posterior.joint(smooth, terms, exact=exact)
        places = np.arange(1, len(rows))
        found = Differences(posterior, smooth, terms).of(parameter, places, [exact])[0]
        np.testing.assert_allclose(found[0], means[1:] - means[0], atol=1e-9)
        expected = np.diag(covariance) + covariance[0, 0] - 2 * covariance[0]
        np.testing.assert_allclose(found[1], np.maximum(expected[1:], 0.0), atol=1e-9)


@pytest.mark.parametrize("parameter", [0, 1, 2])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_mixture_is_that_of_bayes_rule(parameter, exact, seed):
    """Half-Cauchy density of log l, times the likelihood, over the most probable one and the grid above."""
    units, posterior = made(seed)
    rows, smooth, terms = points(units, parameter)
    best = PRIOR.relevance[parameter]
    logs, means, variances = [], [], []
    for value in (best, *(r for r in GRID if r > best)):
        relevance = np.array(PRIOR.relevance)
        relevance[parameter] = value
        mean, variance, likelihood = by_hand(posterior, units, rows, terms, relevance, exact=exact)
        ratio = value / PRIOR.tau
        logs.append(likelihood + np.log(ratio / (1.0 + ratio**2)))
        means.append(mean)
        variances.append(variance)
        assert logs[-1] > logs[0] - IMPROBABLE  # so that none is left out here
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    means, variances = np.array(means), np.array(variances)
    mean = weights @ means
    variance = weights @ (variances + means**2) - mean**2
    found = Differences(posterior, smooth, terms).of(parameter, np.arange(1, len(rows)), [exact])[0]
    np.testing.assert_allclose(found[0], mean, atol=1e-8)
    np.testing.assert_allclose(found[1], variance, atol=1e-8)


def test_an_uncertain_relevance_leaves_a_difference_more_open_than_the_most_probable_one():
    units, posterior = made(1)
    _, smooth, terms = points(units, 0)
    flat = np.zeros_like(terms)
    means, covariance = posterior.joint(smooth, flat, exact=False)
    plain = covariance[2, 2] + covariance[0, 0] - 2 * covariance[0, 2]
    assert means.shape == (3,)
    found = Differences(posterior, smooth, flat).of(0, np.array([1, 2]), [False])[0]
    assert found[1].max() > plain


def test_a_point_that_is_the_first_one_differs_by_nothing():
    for seed in range(3):
        units, posterior = made(seed)
        smooth = np.repeat(FEATURES.smooth(units[:1], np.ones((1, 3), dtype=bool)), 2, axis=0)
        for exact in (False, True):
            found = Differences(posterior, smooth, np.ones((2, 1))).of(1, np.array([1]), [exact])[0]
            np.testing.assert_allclose(found, 0.0, atol=1e-10)
