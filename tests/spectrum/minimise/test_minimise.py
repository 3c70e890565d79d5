"""The best assignments are those of enumeration: values, distinctness and ties."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bases, every_point, polynomials, value_at

from overtone.spectrum.basis import (
    Basis,
    Family,
    binary_basis,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.minimise import minimise as module
from overtone.spectrum.minimise.minimise import Activity, minimise
from overtone.spectrum.polynomial import SparsePolynomial, connected


def enumerate_values(p, activities, parameters):
    """Every possible assignment of some parameters, -1 for inactive, with its value by definition."""
    families = p.basis.families
    ranges = [[*range(families[i].levels), *([-1] if i in activities else [])] for i in parameters]
    found = {}
    for assignment in itertools.product(*ranges):
        level = dict(zip(parameters, assignment, strict=True))
        possible = all(
            # An inactive parent is the last entry of the table, which is what -1 is to numpy too.
            bool(activities[i].is_active[tuple(level[j] for j in activities[i].parents)])
            == (level[i] != -1)
            for i in parameters
            if i in activities
        )
        if possible:
            point = [level.get(i, 0) for i in range(len(families))]
            found[assignment] = value_at(p, point)
    return found


def assert_is_the_best(p, minimum, count, activities=None):
    found = enumerate_values(p, activities or {}, minimum.parameters)
    ranked = sorted(found.values())
    scale = 1e-10 * np.abs(p.coefficients).sum()
    assert minimum.is_proved
    assert len(minimum.values) == min(count, len(found))
    np.testing.assert_allclose(minimum.values, ranked[:count], atol=scale)
    assert minimum.ties == sum(value <= ranked[0] + scale for value in ranked)
    rows = [tuple(int(level) for level in row) for row in minimum.assignments]
    assert len(set(rows)) == len(rows)
    np.testing.assert_allclose([found[row] for row in rows], minimum.values, atol=scale)


def bit_polynomial(rng, n, terms, degree=3, *, whole=True):
    """A polynomial of bits; whole coefficients tie often, and are summed exactly."""
    chosen = set()
    while len(chosen) < terms:
        size = rng.integers(1, degree + 1)
        chosen.add(tuple((int(i), 1) for i in sorted(rng.choice(n, size, replace=False))))
    ordered = tuple(sorted(chosen))
    numbers = rng.integers(-3, 4, terms) if whole else rng.normal(size=terms)
    return SparsePolynomial(binary_basis(n), ordered, numbers.astype(float))


def cube(p):
    """A polynomial of bits on the whole cube of its parameters, fast enough for 16 of them."""
    points = np.zeros((2 ** len(p.parameters), len(p.basis)), dtype=np.int64)
    points[:, list(p.parameters)] = list(itertools.product([0, 1], repeat=len(p.parameters)))
    signs = 2.0 * points - 1
    return sum(
        c * np.prod(signs[:, [i for i, _ in term]], axis=1)
        for c, term in zip(p.coefficients, p.terms, strict=True)
    )


@given(polynomials(most_terms=8), st.integers(1, 12))
def test_the_best_assignments_of_mixed_parameters_are_those_of_enumeration(p, count):
    assert_is_the_best(p, minimise(p, count=count), count)


@pytest.mark.parametrize("n", [4, 8, 12, 16])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_assignments_of_bits_are_those_of_the_cube(n, seed):
    rng = np.random.default_rng([n, seed])
    p = bit_polynomial(rng, n, n)
    values = np.sort(cube(p))
    minimum = minimise(p, count=20)
    assert minimum.values.tolist() == values[:20].tolist()
    assert minimum.ties == (values == values[0]).sum()
    assert len(np.unique(minimum.assignments, axis=0)) == len(minimum.values)
    points = np.zeros((len(minimum.values), n), dtype=np.int64)
    points[:, minimum.parameters] = minimum.assignments
    np.testing.assert_allclose(p(points), minimum.values)


@st.composite
def activities(draw, basis):
    """For some parameters, a table over parents before them, which may be inactive themselves."""
    activities = {}
    for child in range(1, len(basis)):
        if draw(st.booleans()):
            parents = draw(st.lists(st.integers(0, child - 1), min_size=1, max_size=2, unique=True))
            shape = tuple(basis.families[i].levels + (i in activities) for i in parents)
            cells = math.prod(shape)
            bits = draw(st.lists(st.booleans(), min_size=cells, max_size=cells))
            activities[child] = Activity(tuple(parents), np.array(bits).reshape(shape))
    return activities


@given(st.data(), st.integers(1, 10))
def test_conditional_parameters_are_enumerated_where_they_are_active(data, count):
    basis = data.draw(bases(least=2, most=4, most_levels=3))
    p = data.draw(polynomials(basis))
    drawn = data.draw(activities(basis))
    minimum = minimise(p, count=count, activity=drawn)
    assert set(p.parameters) <= set(minimum.parameters)
    assert_is_the_best(p, minimum, count, drawn)


@given(st.data(), st.integers(1, 10))
def test_branch_and_bound_agrees_with_enumeration(data, count):
    basis = data.draw(bases(least=2, most=4, most_levels=3))
    p = data.draw(polynomials(basis, most_terms=8))
    drawn = data.draw(activities(basis))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_CELLS", 1)
        patch.setattr(module, "BOUND_CELLS", 4)
        minimum = minimise(p, count=count, activity=drawn)
    assert_is_the_best(p, minimum, count, drawn)


@pytest.mark.parametrize("cells", [2, 16, 64])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_branch_and_bound_equals_elimination(monkeypatch, cells, whole, seed):
    rng = np.random.default_rng(seed)
    p = bit_polynomial(rng, 12, 24, whole=whole)
    eliminated = minimise(p, count=6)
    monkeypatch.setattr(module, "MOST_CELLS", cells)
    monkeypatch.setattr(module, "BOUND_CELLS", 8)
    branched = minimise(p, count=6)
    np.testing.assert_allclose(branched.values, eliminated.values, atol=1e-12)
    assert branched.ties == eliminated.ties
    assert branched.is_proved
    assert len(np.unique(branched.assignments, axis=0)) == len(branched.values)


def test_an_interrupted_search_says_that_it_proved_nothing(monkeypatch):
    p = bit_polynomial(np.random.default_rng(0), 12, 40, whole=False)
    best = minimise(p, count=1).values[0]
    monkeypatch.setattr(module, "MOST_CELLS", 4)
    monkeypatch.setattr(module, "BOUND_CELLS", 2)
    monkeypatch.setattr(module, "MOST_BRANCHES", 5)
    minimum = minimise(p, count=1)
    assert not minimum.is_proved
    assert minimum.values[0] >= best - 1e-12
    points = np.zeros((1, 12), dtype=np.int64)
    points[:, minimum.parameters] = minimum.assignments
    np.testing.assert_allclose(p(points), minimum.values)


def twelve_components(rng):
    """40 bits in components of 3 and 4, each held together by its highest term."""
    sizes = [4] * 4 + [3] * 8
    ends = np.cumsum([0, *sizes])
    parts = []
    for start, stop in itertools.pairwise(ends):
        inside = [
            tuple((int(i), 1) for i in subset)
            for k in (1, 2, 3)
            for subset in itertools.combinations(range(start, stop), k)
        ]
        parts.append((inside, rng.integers(-9, 10, len(inside)) + 0.5))
    terms = tuple(term for inside, _ in parts for term in inside)
    p = SparsePolynomial(binary_basis(40), terms, np.concatenate([c for _, c in parts]))
    alone = [SparsePolynomial(binary_basis(40), tuple(inside), c) for inside, c in parts]
    return p, alone


def test_forty_variables_in_twelve_components_are_minimised_in_50_ms():
    p, alone = twelve_components(np.random.default_rng(0))
    assert len(connected([[i for i, _ in term] for term in p.terms])) == 12
    minimum = minimise(p)
    # The sums of the components' four lowest values hold the four lowest of all.
    lists = [np.sort(cube(part))[:4] for part in alone]
    sums = np.zeros(1)
    for values in lists:
        sums = np.sort((sums[:, None] + values).ravel())[:4]
    np.testing.assert_allclose(minimum.values, sums)
    assert minimum.ties == np.prod([(v == v[0]).sum() for v in map(np.sort, map(cube, alone))])
    assert minimum.is_proved
    times = []
    for _ in range(5):
        started = time.perf_counter()
        minimise(p)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.05


@pytest.mark.parametrize("seed", range(10))
def test_flipping_a_bit_flips_it_in_the_minimisers_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    p = bit_polynomial(rng, 7, 10, whole=False)
    flipped = int(rng.choice(p.parameters))
    signs = np.array([-1.0 if (flipped, 1) in term else 1.0 for term in p.terms])
    q = SparsePolynomial(p.basis, p.terms, p.coefficients * signs)
    one, other = minimise(p), minimise(q)
    np.testing.assert_allclose(other.values, one.values)
    expected = np.array(one.assignments)
    place = one.parameters.index(flipped)
    expected[:, place] = 1 - expected[:, place]
    np.testing.assert_array_equal(other.assignments, expected)


@given(polynomials(most_terms=8), st.randoms())
def test_permuting_the_parameters_leaves_the_values_and_the_ties(p, random):
    place = list(range(len(p.basis)))
    random.shuffle(place)
    families = [None] * len(place)
    for i, new in enumerate(place):
        families[new] = p.basis.families[i]
    terms = tuple(tuple(sorted((place[i], a) for i, a in term)) for term in p.terms)
    q = SparsePolynomial(Basis(tuple(families)), terms, p.coefficients)
    one, other = minimise(p, count=6), minimise(q, count=6)
    np.testing.assert_allclose(other.values, one.values, atol=1e-9)
    assert other.ties == one.ties
    assert other.parameters == tuple(sorted(place[i] for i in one.parameters))


@pytest.mark.parametrize("constant", [-1e12, 1.0, 1e12])
def test_adding_a_constant_moves_the_values_and_no_tie(constant):
    p = bit_polynomial(np.random.default_rng(1), 6, 8)
    q = SparsePolynomial(p.basis, ((), *p.terms), np.array([constant, *p.coefficients]))
    one, other = minimise(p, count=9), minimise(q, count=9)
    np.testing.assert_array_equal(other.assignments, one.assignments)
    np.testing.assert_array_equal(other.values, one.values + constant)
    assert other.ties == one.ties


@pytest.mark.parametrize("factor", [1e-100, 1e-9, 2.0, 1e100])
def test_scaling_the_coefficients_scales_the_values_and_leaves_the_ties(factor):
    p = bit_polynomial(np.random.default_rng(2), 8, 10)
    q = SparsePolynomial(p.basis, p.terms, p.coefficients * factor)
    one, other = minimise(p, count=9), minimise(q, count=9)
    np.testing.assert_allclose(other.values, one.values * factor, atol=1e-12 * factor)
    assert other.ties == one.ties


@given(polynomials(), st.integers(0, 2**32))
def test_no_random_point_lies_below_the_minimum(p, seed):
    rng = np.random.default_rng(seed)
    lowest = minimise(p, count=1).values[0]
    points = every_point(p.basis)
    some = points[rng.integers(len(points), size=10)]
    assert p(some).min() >= lowest - 1e-9


def test_all_assignments_are_returned_where_more_are_asked_for():
    p = SparsePolynomial(binary_basis(3), (((0, 1),), ((1, 1), (2, 1))), np.array([2.0, 1.0]))
    minimum = minimise(p, count=10**6)
    assert minimum.values.tolist() == [-3, -3, -1, -1, 1, 1, 3, 3]
    assert minimum.ties == 2
    assert len(np.unique(minimum.assignments, axis=0)) == 8


@pytest.mark.parametrize(("terms", "value"), [((), 0.0), (((),), 4.0)])
def test_a_polynomial_of_no_parameters_has_one_assignment(terms, value):
    p = SparsePolynomial(binary_basis(2), terms, np.full(len(terms), 4.0))
    minimum = minimise(p)
    assert minimum.parameters == ()
    assert minimum.assignments.shape == (1, 0)
    assert minimum.values.tolist() == [value]
    assert minimum.ties == 1
    assert minimum.is_proved


def test_terms_that_cancel_tie_everywhere():
    p = SparsePolynomial(binary_basis(2), (((0, 1),), ((1, 1),)), np.zeros(2))
    minimum = minimise(p)
    assert minimum.ties == 4
    assert minimum.values.tolist() == [0.0] * 4


@pytest.mark.parametrize("count", [0, -1])
def test_at_least_one_assignment_must_be_asked_for(count):
    with pytest.raises(ValueError, match=f"count is {count}"):
        minimise(SparsePolynomial(binary_basis(1), (), np.zeros(0)), count=count)


def test_a_conditional_chain_may_be_left_inactive():
    """c needs b = 1, b needs a = 1; b = 1 gains much, and b = 0 costs as much."""
    basis = binary_basis(3)
    p = SparsePolynomial(basis, (((0, 1),), ((1, 1),), ((2, 1),)), np.array([1.0, -5.0, 1.0]))
    activities = {
        1: Activity((0,), np.array([False, True])),
        2: Activity((1,), np.array([False, True, False])),
    }
    minimum = minimise(p, count=10, activity=activities)
    # a=1, b=1, c in {0, 1}: 1 - 5 -+ 1; a=0: -1; a=1, b=0: 1 + 5.
    assert minimum.assignments.tolist() == [[1, 1, 0], [1, 1, 1], [0, -1, -1], [1, 0, -1]]
    assert minimum.values.tolist() == [-5.0, -3.0, -1.0, 6.0]


def test_a_parent_outside_the_polynomial_is_decided_too():
    p = SparsePolynomial(binary_basis(2), (((1, 1),),), np.array([-1.0]))
    minimum = minimise(p, activity={1: Activity((0,), np.array([True, False]))})
    assert minimum.parameters == (0, 1)
    assert minimum.assignments.tolist() == [[0, 1], [1, -1], [0, 0]]


@pytest.mark.slow
def test_a_wide_component_is_answered_with_proof():
    """Nine variables of four levels, all pairs touching: a table of 4^9 cells is too large."""
    rng = np.random.default_rng(0)
    table = orthonormal_polynomials(np.full(4, 0.25))
    families = [
        Family(f"x{i}", contrasts(4) if i % 2 else table, bool(i % 2), ("?",) * 4) for i in range(9)
    ]
    terms = [((i, 1), (j, 2)) for i, j in itertools.combinations(range(9), 2)]
    terms += [((i, 3),) for i in range(9)]
    p = SparsePolynomial(Basis(tuple(families)), tuple(terms), rng.normal(size=len(terms)))
    minimum = minimise(p, count=3)
    values = p(every_point(p.basis))
    np.testing.assert_allclose(minimum.values, np.sort(values)[:3], atol=1e-9)
    assert minimum.is_proved
