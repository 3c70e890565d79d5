"""Features have the distances, the orthogonality and the zeros that their notation says."""

import itertools

import numpy as np
import pytest

from overtone.spectrum.posterior.features import MOST_LEVELS, WIDE, Features, products
from overtone.spectrum.posterior.posterior import condition
from overtone.spectrum.posterior.prior import MarginalLikelihood, Prior, squared_distances


def test_a_parameter_that_is_inactive_on_both_sides_puts_no_distance_between_them():
    features = Features(np.array([2, 3, 0]))
    units = np.array([[0.0, 2.0, 0.9], [1.0, 0.0, 0.1]])
    nothing = features.smooth(units, np.zeros((2, 3), dtype=bool))
    assert squared_distances(nothing, nothing).max() == 0.0


def test_the_distances_are_those_of_the_notation():
    features = Features(np.array([2, 4, 0]))
    units = np.array([[0.0, 1.0, 0.25], [1.0, 3.0, 0.75]])
    everything = features.smooth(units, np.ones((2, 3), dtype=bool))
    for j, expected in enumerate((1.0, 1.0, 1.0)):
        column = everything[:, features.owners == j]
        assert squared_distances(column, column)[0, 1] == pytest.approx(expected)
    absent = features.smooth(units, np.array([[True] * 3, [False] * 3]))
    for j, expected in enumerate((0.25, 0.5, 0.25)):
        column = absent[:, features.owners == j]
        assert squared_distances(column, column)[0, 1] == pytest.approx(expected)


def test_curves_are_orthonormal_functions_of_numbers_but_for_their_decay():
    places = (np.arange(20_000) + 0.5) / 20_000
    columns = Features(np.array([0])).curves(places[:, None], np.ones((20_000, 1), dtype=bool))
    decay = 1.0 / np.arange(1, 6)
    np.testing.assert_allclose(columns.T @ columns / 20_000, np.diag(decay**2), atol=1e-6)
    np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-6)


def test_without_numbers_there_are_no_curves_and_an_inactive_parameter_has_none():
    assert Features(np.array([2, 3])).curve_owners.size == 0
    assert Features(np.array([2, 3])).curves(
        np.zeros((4, 2)), np.ones((4, 2), dtype=bool)
    ).shape == (4, 0)
    rng = np.random.default_rng(0)
    units = np.column_stack([rng.integers(0, k, 30) for k in (2, 2, 4)] + [rng.random(30)])
    active = rng.random((30, 4)) < 0.7
    mixed = Features(np.array([2, 2, 4, 0]))
    columns = mixed.curves(units, active)
    assert mixed.curve_owners.tolist() == [0, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3]
    assert not columns[:, mixed.curve_owners == 3][~active[:, 3]].any()
    assert columns[:, mixed.curve_owners == 3][active[:, 3]].all()


@pytest.mark.parametrize("k", range(2, MOST_LEVELS + 1))
def test_indicators_have_mean_0_and_variance_1_over_the_choices(k):
    features = Features(np.array([k]))
    columns = features.factors(np.arange(k, dtype=float)[:, None], np.ones((k, 1), dtype=bool))
    np.testing.assert_allclose(columns.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose((columns**2).mean(axis=0), 1.0, atol=1e-12)
    # Each tells its own choice from all others, so none is a copy of another: a parity has one column.
    assert columns.shape[1] == (1 if k == 2 else k)
    assert np.linalg.matrix_rank(columns) == k - 1


def test_the_functions_of_a_number_are_orthonormal_over_its_places():
    """By Gauss-Legendre quadrature, exact for these degrees."""
    points, weights = np.polynomial.legendre.leggauss(8)
    places, shares = (points + 1) / 2, weights / 2
    columns = Features(np.array([0])).factors(places[:, None], np.ones((8, 1), dtype=bool))
    gram = columns.T @ (shares[:, None] * columns)
    np.testing.assert_allclose(gram, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(shares @ columns, 0.0, atol=1e-12)


def test_products_of_columns_of_different_parameters_are_orthonormal():
    """Over all combinations of a parity, three choices and a number at quadrature points."""
    points, weights = np.polynomial.legendre.leggauss(6)
    grid = list(itertools.product((0.0, 1.0), (0.0, 1.0), range(6)))
    units = np.array([(a, b, (points[k] + 1) / 2) for a, b, k in grid])
    shares = np.array([weights[k] / 8 for *_, k in grid])
    features = Features(np.array([2, 2, 0]))
    columns = features.factors(units, np.ones(units.shape, dtype=bool))
    terms = ((0,), (1,), (0, 1), (2,), (3,), (0, 2), (1, 3), (0, 1, 2), (0, 1, 3))
    values = products(columns, terms)
    np.testing.assert_allclose(values.T @ (shares[:, None] * values), np.eye(9), atol=1e-12)


def test_what_is_inactive_has_no_part_in_a_term():
    features = Features(np.array([2, 3, 0, 9]))
    units = np.array([[1.0, 2.0, 0.8, 4.0]])
    columns = features.factors(units, np.array([[True, False, False, True]]))
    owners = features.atoms.owners
    assert columns[:, owners == 0].tolist() == [[1.0]]
    assert not columns[:, owners != 0].any()
    # A choice of many values is left to the smooth part of the posterior.
    assert not (owners == 3).any()


WIDE_LEVELS = np.array([2, WIDE + 1, 0, WIDE + 44])


def wide_rows(rng, count):
    units = np.column_stack(
        [
            rng.integers(0, 2, count),
            rng.choice([0, 3, WIDE], count),
            rng.random(count),
            rng.choice([1, WIDE + 43], count),
        ]
    ).astype(float)
    return units, rng.random(units.shape) < 0.8


def narrowed(units):
    """The same rows with few values, each with an indicator of its own."""
    few = np.array(units)
    few[:, 1] = np.searchsorted([0, 3, WIDE], units[:, 1])
    few[:, 3] = np.searchsorted([1, WIDE + 43], units[:, 3])
    return few


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_choice_has_the_distances_of_indicators_in_one_column(seed):
    rng = np.random.default_rng(seed)
    wide, narrow = Features(WIDE_LEVELS), Features(np.array([2, 3, 0, 5]))
    units, active = wide_rows(rng, 30)
    relevance = rng.random(4)
    F, few = wide.smooth(units, active), narrow.smooth(narrowed(units), active)
    assert F.shape == (30, 4)
    assert wide.curves(units, active).shape[1] == 1 + 5
    rates = wide.rates(relevance)
    found = squared_distances(F * rates, F * rates) + wide.wide_distances(F, F, relevance)
    scaled = few * narrow.rates(relevance)
    np.testing.assert_allclose(found, squared_distances(scaled, scaled), atol=1e-12)


def test_a_likelihood_and_a_posterior_of_wide_choices_are_those_of_indicators():
    """Without curves, which wide choices lack; and the slope is that of finite differences."""
    rng = np.random.default_rng(9)
    wide, narrow = Features(WIDE_LEVELS), Features(np.array([2, 3, 0, 5]))
    units, active = wide_rows(rng, 25)
    z, none = rng.standard_normal(25), np.zeros((25, 0))
    F, few = wide.smooth(units, active), narrow.smooth(narrowed(units), active)
    one = MarginalLikelihood(wide, F, none, none, z)
    other = MarginalLikelihood(narrow, few, none, none, z)
    theta = rng.normal(-1.5, 0.8, 8)
    loss, slope = one(theta)
    assert loss == pytest.approx(other(theta)[0])
    np.testing.assert_allclose(slope, other(theta)[1], rtol=1e-7, atol=1e-9)
    prior = Prior(np.exp(theta[:4]), 0.8, 0.05, 0.1, 0.1)
    known = condition(wide, prior, F[:15], none[:15], z[:15]).extended(F[15:], none[15:], z)
    expected = condition(narrow, prior, few, none, z)
    np.testing.assert_allclose(known.weights, expected.weights, atol=1e-7)
    for a, b in zip(known.predict(F, none), expected.predict(few, none), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
