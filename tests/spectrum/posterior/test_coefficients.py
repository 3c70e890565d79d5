"""A coefficient of the posterior is the projection of its mean, and its deviation that of its draws."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from overtone.spectrum.basis import Basis, Family, contrasts
from overtone.spectrum.posterior.coefficients import Axis, Coefficients
from overtone.spectrum.posterior.features import Features, products
from overtone.spectrum.posterior.posterior import condition
from overtone.spectrum.posterior.prior import TERM_VARIANCE, Prior, squared_distances

LEVELS = np.array([2, 3, 2])
PRIOR = Prior(np.array([0.7, 0.4, 0.2]), 1.3, 0.1, 0.1, 0.1)


def basis_of(levels):
    return Basis(
        tuple(
            Family(f"p{j}", contrasts(k), k > 2, tuple(map(str, range(k))))
            for j, k in enumerate(levels)
        )
    )


BASIS = basis_of(LEVELS)
EVERYWHERE = np.array(list(itertools.product(*map(range, LEVELS))), dtype=float)


def axes_of(levels):
    return [
        Axis(
            j,
            np.arange(k, dtype=float),
            np.full(k, 1 / k),
            np.concatenate([np.ones((k, 1)), contrasts(k)], axis=1),
        )
        for j, k in enumerate(levels)
    ]


def fitted(terms, seed=0, count=9):
    rng = np.random.default_rng(seed)
    units = np.column_stack([rng.integers(0, k, count) for k in LEVELS]).astype(float)
    active = np.ones(units.shape, dtype=bool)
    features = Features(LEVELS)
    known = products(features.factors(units, active), terms)
    posterior = condition(
        features, PRIOR, features.smooth(units, active), known, rng.standard_normal(count)
    )
    return Coefficients(BASIS, axes_of(LEVELS), posterior, units, active, terms), posterior


ALL_TERMS = [
    tuple((j, a) for j, a in enumerate(orders) if a)
    for orders in itertools.product(*(range(k) for k in LEVELS))
]


@pytest.mark.parametrize("terms", [(), ((0, 4),)])
def test_the_coefficients_are_the_projections_of_the_mean_on_every_term(terms):
    coefficients, posterior = fitted(terms)
    active = np.ones(EVERYWHERE.shape, dtype=bool)
    features = posterior.features
    known = products(features.factors(EVERYWHERE, active), terms)
    mean, _ = posterior.predict(features.smooth(EVERYWHERE, active), known)
    design = BASIS.design(EVERYWHERE.astype(int), ALL_TERMS)
    expected = design.T @ mean / len(EVERYWHERE)
    np.testing.assert_allclose(coefficients.of(ALL_TERMS)[0], expected, atol=1e-5)


@pytest.mark.parametrize("terms", [(), ((0, 4),)])
def test_the_deviations_are_those_of_the_projected_posterior_covariance(terms):
    coefficients, posterior = fitted(terms)
    active = np.ones(EVERYWHERE.shape, dtype=bool)
    features, rates = posterior.features, posterior.rates
    everywhere = features.smooth(EVERYWHERE, active) * rates
    known = products(features.factors(EVERYWHERE, active), terms)
    own = posterior.smooth * rates
    k = PRIOR.scale * np.exp(-squared_distances(everywhere, everywhere))
    k += TERM_VARIANCE * known @ known.T
    cross = PRIOR.scale * np.exp(-squared_distances(everywhere, own))
    cross += TERM_VARIANCE * known @ posterior.terms.T
    reduced = posterior.inverse @ cross.T
    covariance = k - reduced.T @ reduced
    design = BASIS.design(EVERYWHERE.astype(int), ALL_TERMS) / len(EVERYWHERE)
    expected = np.sqrt(np.maximum(np.diag(design.T @ covariance @ design), 0))
    np.testing.assert_allclose(coefficients.of(ALL_TERMS)[1], expected, atol=1e-6)


def test_the_largest_terms_are_among_the_largest_groups():
    coefficients, _ = fitted(((0, 4),), seed=3, count=12)
    means, _ = coefficients.of(ALL_TERMS)
    best = ALL_TERMS[1 + int(np.argmax(np.abs(means[1:])))]
    listed = [term for group in coefficients.largest(5) for term in BASIS.atoms.terms_of(group)]
    assert best in listed


@pytest.mark.parametrize("decades", [0.0, 2.0, 6.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_largest_groups_are_those_of_a_look_at_all(decades, seed, monkeypatch):
    """Whether few parameters matter, so that most are never looked at, or all do alike."""
    rng = np.random.default_rng(seed)
    levels = np.array([2, 3, 2, 4, 2] * 4)
    prior = Prior(10.0 ** rng.uniform(-decades, 0.0, len(levels)), 1.3, 0.1, 0.1, 0.1)
    units = np.column_stack([rng.integers(0, k, 40) for k in levels]).astype(float)
    active = np.ones(units.shape, dtype=bool)
    features, none = Features(levels), np.zeros((40, 0))
    posterior = condition(
        features, prior, features.smooth(units, active), none, rng.standard_normal(40)
    )
    asked = Coefficients(basis_of(levels), axes_of(levels), posterior, units, active, ())
    counts = (25, 2000)
    of_all = [asked.largest(count) for count in counts]
    assert [len(groups) for groups in of_all] == [25, 1350]
    monkeypatch.setattr("overtone.spectrum.posterior.coefficients.LOOKED_AT", 3)
    assert [asked.largest(count) for count in counts] == of_all


def test_a_function_that_is_0_everywhere_has_no_largest_groups():
    coefficients, posterior = fitted((), seed=1)
    flat = replace(coefficients, posterior=posterior.with_values(np.zeros(len(posterior))))
    assert flat.largest(5) == []


# With curves: numbers beside choices.
MIXED = np.array([0, 3, 0])
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2


def polynomials(places):
    orders = np.arange(5)
    return np.polynomial.legendre.legvander(2 * places - 1, 4) * np.sqrt(2 * orders + 1)


def with_curves(seed=0, count=14):
    """Coefficients of a posterior whose further columns are curves, and everything at a grid of nodes."""
    rng = np.random.default_rng(seed)
    units = np.column_stack([rng.random(count), rng.integers(0, 3, count), rng.random(count)])
    active, features = np.ones(units.shape, dtype=bool), Features(MIXED)
    scales = np.sqrt(PRIOR.additive * PRIOR.shares[features.curve_owners] / TERM_VARIANCE)
    terms = ((0, 2),)
    design = [features.smooth(units, active), _known(features, units, terms, scales)]
    posterior = condition(features, PRIOR, *design, rng.standard_normal(count))
    number = Axis(0, NODES, WEIGHTS, polynomials(NODES))
    axes = [number, axes_of(MIXED + 3 * (MIXED == 0))[1], replace(number, column=2)]
    families = tuple(
        Family(f"p{j}", axis.functions[:, 1:], j == 1, ("",) * len(axis.units))
        for j, axis in enumerate(axes)
    )
    asked = Coefficients(Basis(families), axes, posterior, units, active, terms)
    grid = np.array(list(itertools.product(NODES, range(3), NODES)), dtype=float)
    at = (
        features.smooth(grid, np.ones(grid.shape, dtype=bool)),
        _known(features, grid, terms, scales),
    )
    weights = np.array([a * b / 3 for a, b in itertools.product(np.repeat(WEIGHTS, 3), WEIGHTS)])
    return asked, posterior, grid, at, weights


def _known(features, units, terms, scales):
    active = np.ones(units.shape, dtype=bool)
    columns = products(features.factors(units, active), terms)
    return np.concatenate([columns, features.curves(units, active) * scales], axis=1)


SOME_TERMS = [(), ((0, 1),), ((0, 3),), ((1, 1),), ((2, 2),), ((0, 1), (1, 2)), ((0, 1), (2, 1))]


def term_values(grid, term):
    values = np.ones(len(grid))
    for j, order in term:
        if j == 1:
            table = np.concatenate([np.ones((3, 1)), contrasts(3)], axis=1)
            values = values * table[grid[:, 1].astype(int), order]
        else:
            values = values * polynomials(grid[:, j])[:, order]
    return values


@pytest.mark.parametrize("seed", range(3))
def test_with_curves_too_the_coefficients_are_the_projections_of_the_posterior(seed):
    """Means and deviations, by quadrature over a grid of all nodes."""
    asked, posterior, grid, at, weights = with_curves(seed)
    mean, covariance = posterior.joint(*at, exact=False)
    means, deviations = asked.of(SOME_TERMS)
    for k, term in enumerate(SOME_TERMS):
        projection = weights * term_values(grid, term)
        assert means[k] == pytest.approx(projection @ mean, abs=1e-7)
        variance = projection @ covariance @ projection
        assert deviations[k] == pytest.approx(np.sqrt(max(variance, 0.0)), abs=1e-6)


def test_what_terms_predict_for_a_point_is_what_the_others_say():
    """By leaving each point out in turn."""
    asked, posterior, *_ = with_curves()
    units = asked.units
    values = np.stack([term_values(units, term) for term in SOME_TERMS], axis=1)
    found = asked.left_out(SOME_TERMS, values)
    for i in (0, 5, 13):
        others = np.arange(len(units)) != i
        p = posterior
        less = condition(p.features, p.prior, p.smooth[others], p.terms[others], p.z[others])
        fewer = replace(asked, posterior=less, units=units[others], active=asked.active[others])
        assert found[i] == pytest.approx(values[i] @ fewer.of(SOME_TERMS)[0], abs=1e-8)


def test_what_has_curves_is_among_the_largest_groups():
    asked, *_ = with_curves()
    atoms = asked.basis.atoms
    supports = {tuple(int(atoms.parameters[a]) for a in group) for group in asked.largest(1)}
    assert {(0,), (1,), (2,)} <= supports
