"""Variable elimination finds the best sums of tables that enumeration finds, and bounds them from below."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.spectrum.minimise.elimination import (
    Factor,
    best_assignments,
    count_minima,
    lower_bound,
    order,
)


@st.composite
def problems(draw, *, infinite=False):
    """One connected component of factors with small whole entries, so that sums are exact and tie."""
    n = draw(st.integers(1, 6))
    sizes = {v: draw(st.integers(1, 3)) for v in range(n)}
    scopes = [(v, v + 1) for v in range(n - 1)] or [(0,)]
    scopes += draw(
        st.lists(
            st.lists(st.integers(0, n - 1), min_size=1, max_size=min(3, n), unique=True).map(tuple),
            max_size=4,
        )
    )
    entries = st.integers(-3, 3).map(float)
    if infinite:
        entries = entries | st.just(np.inf)
    factors = []
    for scope in scopes:
        shape = tuple(sizes[v] for v in scope)
        cells = math.prod(shape)
        table = draw(st.lists(entries, min_size=cells, max_size=cells))
        factors.append(Factor(scope, np.array(table).reshape(shape)))
    return factors, sizes


def every_sum(factors, sizes):
    sums = {}
    for values in itertools.product(*(range(sizes[v]) for v in sorted(sizes))):
        point = dict(zip(sorted(sizes), values, strict=True))
        sums[values] = sum(f.table[tuple(point[v] for v in f.scope)] for f in factors)
    return sums


@given(problems(), st.integers(1, 9))
def test_the_best_sums_are_those_of_enumeration(problem, count):
    factors, sizes = problem
    sequence, _ = order([f.scope for f in factors], sizes)
    found = best_assignments(factors, sequence, sizes, count)
    sums = every_sum(factors, sizes)
    assert [value for value, _ in found] == sorted(sums.values())[:count]
    points = [tuple(point[v] for v in sorted(sizes)) for _, point in found]
    assert len(set(points)) == len(points)
    assert [sums[point] for point in points] == [value for value, _ in found]


@given(problems(infinite=True), st.integers(1, 9))
def test_forbidden_assignments_are_never_returned(problem, count):
    factors, sizes = problem
    sequence, _ = order([f.scope for f in factors], sizes)
    found = best_assignments(factors, sequence, sizes, count)
    allowed = sorted(value for value in every_sum(factors, sizes).values() if np.isfinite(value))
    assert [value for value, _ in found] == allowed[:count]


@given(problems(), st.randoms())
def test_any_order_of_elimination_gives_the_same_sums(problem, random):
    factors, sizes = problem
    sequence = list(sizes)
    random.shuffle(sequence)
    best, _ = order([f.scope for f in factors], sizes)
    assert [v for v, _ in best_assignments(factors, sequence, sizes, 5)] == [
        v for v, _ in best_assignments(factors, best, sizes, 5)
    ]


@given(problems(infinite=True))
def test_minima_are_counted_as_enumeration_counts_them(problem):
    factors, sizes = problem
    sums = np.array(list(every_sum(factors, sizes).values()))
    if np.isfinite(sums.min()):
        sequence, _ = order([f.scope for f in factors], sizes)
        assert count_minima(factors, sequence, sizes, 1.0) == (
            sums.min(),
            (sums == sums.min()).sum(),
        )


def test_more_minima_are_counted_than_an_integer_of_64_bits_holds():
    factors = [Factor((v, v + 1), np.zeros((2, 2))) for v in range(99)]
    sizes = dict.fromkeys(range(100), 2)
    sequence, _ = order([f.scope for f in factors], sizes)
    assert count_minima(factors, sequence, sizes, 1.0) == (0.0, 2**100)


@given(problems(infinite=True), st.sampled_from([1.0, 4.0, 9.0, 1000.0]))
def test_no_sum_lies_below_the_bound(problem, cells):
    factors, sizes = problem
    assert lower_bound(factors, sizes, cells) <= min(every_sum(factors, sizes).values())


@given(problems())
def test_the_bound_with_room_for_every_table_is_the_minimum(problem):
    factors, sizes = problem
    assert lower_bound(factors, sizes, 1e9) == min(every_sum(factors, sizes).values())


def test_a_bound_with_little_room_may_be_loose():
    """Negative control: x = y and x != y cannot both hold, but apart each costs nothing."""
    factors = [
        Factor((0, 1), np.array([[0.0, 1.0], [1.0, 0.0]])),
        Factor((0, 1), np.array([[1.0, 0.0], [0.0, 1.0]])),
        Factor((0, 2), np.zeros((2, 2))),
    ]
    sizes = {0: 2, 1: 2, 2: 2}
    assert lower_bound(factors, sizes, 2.0) == 0.0
    assert lower_bound(factors, sizes, 8.0) == 1.0


@given(problems())
def test_the_order_holds_every_variable_once_and_knows_its_largest_table(problem):
    factors, sizes = problem
    sequence, largest = order([f.scope for f in factors], sizes)
    assert sorted(sequence) == sorted(sizes)
    scopes = [set(f.scope) for f in factors]
    cells = []
    for variable in sequence:
        joined = set().union({variable}, *(s for s in scopes if variable in s))
        cells.append(np.prod([sizes[v] for v in joined]))
        scopes = [s for s in scopes if variable not in s] + [joined - {variable}]
    assert largest == max(cells)


@pytest.mark.parametrize("n", [3, 10, 60])
def test_a_chain_is_eliminated_in_tables_of_two_variables(n):
    _, largest = order([(v, v + 1) for v in range(n - 1)], dict.fromkeys(range(n), 3))
    assert largest == 9


def test_a_ring_is_eliminated_in_tables_of_three_variables():
    _, largest = order([(v, (v + 1) % 20) for v in range(20)], dict.fromkeys(range(20), 2))
    assert largest == 8
