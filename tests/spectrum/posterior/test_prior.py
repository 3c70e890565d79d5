"""The covariance sums all the terms it is said to, and its likelihood has the slope it says."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from overtone.spectrum.basis import contrasts
from overtone.spectrum.posterior.features import Features
from overtone.spectrum.posterior.prior import (
    TERM_VARIANCE,
    Hyperprior,
    MarginalLikelihood,
    default_prior,
    fit_prior,
    squared_distances,
)


def mixed_rows(rng, count):
    """Rows of two binary parameters, one of four choices and a number, the last two at times inactive."""
    units = np.column_stack([rng.integers(0, k, count) for k in (2, 2, 4)] + [rng.random(count)])
    active = np.ones((count, 4), dtype=bool)
    active[:, 2:] = rng.random((count, 2)) < 0.7
    return units.astype(float), active


MIXED = Features(np.array([2, 2, 4, 0]))


def share_of_term(level_count, relevance):
    """rho of the module's notation."""
    decay = np.exp(-relevance)
    return (1 - decay) / (1 + (level_count - 1) * decay)


@pytest.mark.parametrize("levels", [(2, 2, 2, 2), (2, 3, 4), (5, 2), (3,)])
def test_the_kernel_is_the_sum_over_every_term(levels):
    """exp(-D) is v * sum_S prod_{j in S} rho_j times the products of orthonormal functions of S."""
    relevance = np.linspace(0.2, 1.5, len(levels))
    points = np.array(list(itertools.product(*map(range, levels))), dtype=float)
    features = Features(np.array(levels))
    smooth = features.smooth(points, np.ones(points.shape, dtype=bool))
    scaled = smooth * np.sqrt(relevance)[features.owners]
    kernel = np.exp(-squared_distances(scaled, scaled))
    total = np.zeros_like(kernel)
    rho = [share_of_term(k, r) for k, r in zip(levels, relevance, strict=True)]
    tables = [contrasts(k) for k in levels]
    orders = [range(k) for k in levels]
    for term in itertools.product(*orders):
        values, variance = np.ones(len(points)), 1.0
        for j, order in enumerate(term):
            if order:
                values = values * tables[j][points[:, j].astype(int), order - 1]
                variance *= rho[j]
        total += variance * np.outer(values, values)
    # v is what makes the covariance of a point with itself 1.
    factors = [1 + (k - 1) * r for k, r in zip(levels, rho, strict=True)]
    np.testing.assert_allclose(kernel, total / np.prod(factors), atol=1e-12)


@pytest.mark.parametrize("expected", [Hyperprior(), Hyperprior((-0.9, 0.25), (-4.5, 0.5))])
@given(st.integers(0, 10_000))
def test_the_gradient_is_that_of_finite_differences(expected, seed):
    rng = np.random.default_rng(seed)
    units, active = mixed_rows(rng, 12)
    smooth, curves = MIXED.smooth(units, active), MIXED.curves(units, active)
    terms, z = rng.standard_normal((12, 2)), rng.standard_normal(12)
    likelihood = MarginalLikelihood(MIXED, smooth, curves, terms, z, expected)
    theta = rng.normal(-1.5, 0.8, 8)
    _, gradient = likelihood(theta)
    step = 1e-6
    numeric = approx_fprime(theta, lambda t: likelihood(t)[0], step)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-3, atol=1e-3)


def test_the_loss_is_the_density_of_the_values_and_of_the_prior():
    """Against scipy's own densities, up to the constant that the prior's normalisation is."""
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(3)
    units, active = mixed_rows(rng, 9)
    smooth, terms = MIXED.smooth(units, active), rng.standard_normal((9, 1))
    z = rng.standard_normal(9)
    curves = MIXED.curves(units, active)
    likelihood = MarginalLikelihood(MIXED, smooth, curves, terms, z)

    def expected(theta):
        relevance, (scale, noise, additive, tau) = np.exp(theta[:4]), np.exp(theta[4:])
        scaled = smooth * np.sqrt(relevance)[MIXED.owners]
        k = scale * np.exp(-squared_distances(scaled, scaled)) + TERM_VARIANCE * terms @ terms.T
        k += additive * curves * (relevance / (1 + relevance))[MIXED.curve_owners] @ curves.T
        k += (noise + 1e-6) * np.eye(9)
        loss = -multivariate_normal(np.zeros(9), k).logpdf(z)
        ratio = relevance / tau
        loss -= np.log(ratio / (1 + ratio**2)).sum()
        gaussian = (
            (theta[4], 0, 1),
            (theta[5], np.log(0.02), 1.5),
            (theta[6], -2, 2),
            (theta[7], -2.5, 1),
        )
        return loss + sum(0.5 * ((t - m) / s) ** 2 for t, m, s in gaussian)

    first, second = rng.normal(-1.5, 0.5, 8), rng.normal(-1.5, 0.5, 8)
    difference = likelihood(first)[0] - likelihood(second)[0]
    assert difference == pytest.approx(expected(first) - expected(second), rel=1e-6)


def test_a_fit_finds_the_parameters_that_matter():
    rng = np.random.default_rng(0)
    features = Features(np.full(20, 2))
    units = rng.integers(0, 2, (80, 20)).astype(float)
    signs = 2 * units - 1
    y = 2 * signs[:, 3] + signs[:, 7] * signs[:, 8]
    z = (y - y.mean()) / y.std()
    smooth = features.smooth(units, np.ones(units.shape, dtype=bool))
    likelihood = MarginalLikelihood(features, smooth, np.zeros((80, 0)), np.zeros((80, 0)), z)
    prior, loss = fit_prior(likelihood, default_prior(20), iterations=40)
    assert set(np.argsort(-prior.relevance)[:3]) == {3, 7, 8}
    assert loss < likelihood(default_prior(20).theta)[0]
    others = np.delete(prior.relevance, [3, 7, 8])
    assert prior.relevance[[3, 7, 8]].min() > 10 * others.max()


def test_a_covariance_that_cannot_be_factored_is_no_optimum():
    likelihood = MarginalLikelihood(
        Features(np.array([2])),
        np.zeros((3, 1)),
        np.zeros((3, 0)),
        np.full((3, 1), 1e12),
        np.zeros(3),
    )
    loss, gradient = likelihood(default_prior(1).theta)
    assert loss == pytest.approx(1e10)
    assert not gradient.any()
