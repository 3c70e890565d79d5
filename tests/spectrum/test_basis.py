"""The functions of one parameter are orthonormal, and so are the products of different parameters' ones."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bases, every_group, every_point, parameters, probabilities

from overtone.space import INACTIVE, Categorical, Integer, Real, cut
from overtone.spectrum.basis import (
    CONSTANT,
    HIGHEST_ORDER,
    Basis,
    Family,
    binary_basis,
    contrasts,
    family_of,
    orthonormal_polynomials,
)

SIZES = range(2, 51)
ROUNDING = 1e-12


def assert_orthonormal(table, weights):
    """The functions and the constant 1 together are orthonormal under the weights."""
    functions = np.column_stack([np.ones(len(table)), table])
    gram = functions.T @ (weights[:, None] * functions)
    np.testing.assert_allclose(gram, np.eye(gram.shape[0]), atol=ROUNDING)


@pytest.mark.parametrize("k", SIZES)
def test_contrasts_are_orthonormal(k):
    table = contrasts(k)
    assert table.shape == (k, k - 1)
    assert_orthonormal(table, np.full(k, 1 / k))


@pytest.mark.parametrize("k", SIZES)
def test_polynomials_on_equal_levels_are_orthonormal(k):
    table = orthonormal_polynomials(np.full(k, 1 / k))
    assert table.shape == (k, k - 1)
    assert_orthonormal(table, np.full(k, 1 / k))


@pytest.mark.parametrize("k", SIZES)
def test_polynomials_on_unequal_levels_are_orthonormal(k):
    weights = np.random.default_rng(k).uniform(0.05, 1.0, k)
    weights /= weights.sum()
    assert_orthonormal(orthonormal_polynomials(weights), weights)


@given(st.integers(2, 12).flatmap(probabilities))
def test_the_polynomial_of_order_a_has_degree_a(weights):
    """Its (a + 1)-th difference is 0 and its a-th is a constant above 0."""
    table = orthonormal_polynomials(weights)
    for a in range(1, min(len(weights), 6)):
        differences = np.diff(table[:, a - 1], n=a)
        np.testing.assert_allclose(differences, differences[0], rtol=1e-6)
        assert differences[0] > 0


def test_polynomials_on_three_equal_levels_are_the_known_ones():
    table = orthonormal_polynomials(np.full(3, 1 / 3))
    expected = [
        [-math.sqrt(1.5), math.sqrt(0.5)],
        [0, -math.sqrt(2)],
        [math.sqrt(1.5), math.sqrt(0.5)],
    ]
    np.testing.assert_allclose(table, expected, atol=1e-15)


def test_two_levels_give_the_parity():
    assert contrasts(2).tolist() == [[-1.0], [1.0]]
    np.testing.assert_allclose(
        orthonormal_polynomials(np.full(2, 0.5)), [[-1.0], [1.0]], rtol=1e-15
    )


@pytest.mark.parametrize("make", [contrasts, lambda k: orthonormal_polynomials(np.ones(k))])
def test_a_single_level_has_no_function(make):
    assert make(1).shape == (1, 0)


@given(parameters())
def test_the_functions_of_any_parameter_are_orthonormal_under_its_measure(parameter):
    partition = cut(parameter)
    labels = [str(level) for level in range(len(partition.cells))]
    family = family_of(parameter, partition, labels)
    assert family.levels == len(partition.cells)
    assert_orthonormal(family.table, partition.probabilities)


@pytest.mark.parametrize(
    ("parameter", "functions", "grouped"),
    [
        (Categorical("x", ["a"]), 0, False),
        (Categorical("x", ["a", "b"]), 1, False),
        (Categorical("x", ["a", "b", "c", "d", "e", "f"]), 5, True),
        (Integer("x", 0, 1), 1, False),
        (Integer("x", 0, 7), HIGHEST_ORDER, False),
        (Integer("x", 0, 1000), 3, False),
        (Real("x", 0, 1), 3, False),
        (Real("x", 2, 2), 0, False),
    ],
    ids=str,
)
def test_unordered_levels_form_a_group_and_ordered_ones_low_orders(parameter, functions, grouped):
    partition = cut(parameter)
    family = family_of(parameter, partition, ["?"] * len(partition.cells))
    assert family.table.shape[1] == functions
    assert family.is_grouped == grouped


def test_a_family_owns_its_table():
    table = contrasts(3)
    family = Family("x", table, True, ("a", "b", "c"))
    table[:] = 0.0
    assert family.table.any()
    with pytest.raises(ValueError, match="read-only"):
        family.table[0, 0] = 1.0


def uniform_basis(*kinds):
    """A basis on equally likely levels: a number for contrasts, -k for polynomials on k levels."""
    made = []
    for i, k in enumerate(kinds):
        table = contrasts(k) if k > 0 else orthonormal_polynomials(np.full(-k, -1 / k))[:, :3]
        made.append(Family(f"x{i}", table, k > 2, ("?",) * abs(k)))
    return Basis(tuple(made))


@pytest.mark.parametrize("kinds", [(2, 2, 2, 2), (3, 2, -4), (4, 3, 2), (-5, -3, 2, 3), (1, 2, 3)])
def test_all_terms_together_are_orthonormal(kinds):
    basis = uniform_basis(*kinds)
    terms = [CONSTANT]
    for group in every_group(basis.atoms, len(kinds)):
        terms += basis.atoms.terms_of(group)
    design = basis.design(every_point(basis), terms)
    np.testing.assert_allclose(design.T @ design / len(design), np.eye(len(terms)), atol=1e-12)


def test_full_families_span_every_function():
    """3 * 2 * 4 points, and as many terms."""
    basis = uniform_basis(3, 2, -4)
    terms = [term for group in every_group(basis.atoms, 3) for term in basis.atoms.terms_of(group)]
    assert len(terms) + 1 == 24


@given(bases())
def test_a_groups_columns_are_its_terms(basis):
    points = every_point(basis)
    columns = basis.columns(points)
    for group in every_group(basis.atoms, 3):
        np.testing.assert_allclose(
            basis.atoms.group_columns(columns, group),
            basis.design(points, basis.atoms.terms_of(group)),
            rtol=1e-14,
        )


@given(bases())
def test_a_term_is_the_product_of_its_functions(basis):
    points = every_point(basis)
    for group in every_group(basis.atoms, 2):
        for term in basis.atoms.terms_of(group):
            assert term == tuple(sorted(term))
            expected = [
                math.prod(basis.families[i].table[point[i], a - 1] for i, a in term)
                for point in points
            ]
            np.testing.assert_allclose(basis.design(points, [term])[:, 0], expected, rtol=1e-14)


@given(bases(), st.integers(1, 5))
def test_groups_are_counted_without_listing_them(basis, degree):
    listed = [0] * degree
    for group in every_group(basis.atoms, degree):
        listed[len(group) - 1] += 1
    assert basis.atoms.count_groups(degree) == tuple(listed)


def test_sixty_bits_have_36050_terms_up_to_degree_three():
    assert sum(binary_basis(60).atoms.count_groups(3)) == 36_050


@given(bases())
def test_an_inactive_parameter_has_no_effect(basis):
    points = every_point(basis)
    points[:, 0] = INACTIVE
    columns = basis.columns(points)
    assert not columns[:, basis.atoms.owners == 0].any()
    np.testing.assert_array_equal(
        columns[:, basis.atoms.owners != 0],
        basis.columns(every_point(basis))[:, basis.atoms.owners != 0],
    )
    with_first = [
        t for g in every_group(basis.atoms, 2) for t in basis.atoms.terms_of(g) if t[0][0] == 0
    ]
    assert not basis.design(points, with_first).any()


def test_bits_are_minus_and_plus_one():
    basis = binary_basis(3)
    assert basis.columns(np.array([[0, 1, 1]])).tolist() == [[-1.0, 1.0, 1.0]]
    assert [family.name for family in basis.families] == ["x0", "x1", "x2"]


def test_no_parameters_have_no_functions():
    basis = Basis(())
    assert basis.columns(np.zeros((4, 0), dtype=np.int64)).shape == (4, 0)
    assert basis.atoms.count_groups(2) == (0, 0)
    assert len(basis.atoms.starts) == len(basis.atoms.widths) == 0
