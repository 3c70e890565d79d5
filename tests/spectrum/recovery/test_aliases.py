"""Parameters that a sample cannot tell apart are named together, and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.spectrum.basis import (
    Basis,
    Family,
    binary_basis,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.recovery.aliases import Aliases, distinct_parameters


def unordered(*sizes):
    return Basis(
        tuple(Family(f"x{i}", contrasts(k), k > 2, ("?",) * k) for i, k in enumerate(sizes))
    )


def ordered(*sizes):
    tables = [orthonormal_polynomials(np.full(k, 1 / k))[:, :3] for k in sizes]
    return Basis(tuple(Family(f"x{i}", t, False, ("?",) * len(t)) for i, t in enumerate(tables)))


def columns(*lists):
    return np.array(lists, dtype=np.int64).T


def spread(levels):
    """Levels seen through the contrasts of three choices: the centred columns' projector."""
    values = np.where(levels[:, None] == -1, 0.0, contrasts(3)[levels])
    values = values - values.mean(axis=0)
    return values @ np.linalg.pinv(values)


def test_parameters_that_vary_on_their_own_are_all_kept():
    levels = columns([0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1])
    assert distinct_parameters(binary_basis(3), levels) == Aliases((0, 1, 2), (), ())


def test_a_constant_parameter_is_named():
    levels = columns([1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0])
    assert distinct_parameters(binary_basis(3), levels) == Aliases((1,), (0, 2), ())


def test_copies_and_negatives_of_a_bit_are_merged():
    levels = columns([0, 1, 1, 0], [0, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1])
    assert distinct_parameters(binary_basis(4), levels) == Aliases((0, 1), (), ((0, 2, 3),))


def test_a_parameter_that_is_always_inactive_is_constant():
    levels = columns([-1, -1, -1], [0, 1, 0])
    assert distinct_parameters(binary_basis(2), levels).constant == (0,)


@given(st.permutations(range(4)), st.integers(0, 2**32))
def test_a_relabelled_choice_is_a_copy(relabelling, seed):
    own = np.random.default_rng(seed).integers(4, size=30)
    own[:4] = range(4)
    levels = np.stack([own, np.array(relabelling)[own]], axis=1)
    assert distinct_parameters(unordered(4, 4), levels).merged == ((0, 1),)


def test_relabelled_ordered_levels_are_no_copy():
    """A polynomial of low order on shuffled levels is another function."""
    own = np.random.default_rng(0).integers(5, size=30)
    shuffled = np.array([2, 0, 4, 1, 3])[own]
    levels = np.stack([own, shuffled, own], axis=1)
    assert distinct_parameters(ordered(5, 5, 5), levels) == Aliases((0, 1), (), ((0, 2),))


def test_a_coarser_parameter_is_no_copy_of_a_finer_one():
    levels = columns([0, 1, 2, 0, 1, 2], [0, 1, 1, 0, 1, 1])
    assert distinct_parameters(unordered(3, 3), levels).merged == ()


@given(
    st.lists(st.tuples(*[st.integers(-1, 2)] * 3), min_size=2, max_size=12),
    st.randoms(),
)
def test_merged_parameters_span_the_same_functions_and_kept_ones_do_not(rows, random):
    """The oracle compares projectors onto the functions of each parameter."""
    levels = np.array(rows, dtype=np.int64)
    aliases = distinct_parameters(unordered(3, 3, 3), levels)
    for i in range(3):
        assert (i in aliases.constant) == (np.linalg.norm(spread(levels[:, i])) < 1e-9)
    together = {pair for group in aliases.merged for pair in [(a, b) for a in group for b in group]}
    for a in range(3):
        for b in range(a):
            if a not in aliases.constant and b not in aliases.constant:
                same = np.allclose(spread(levels[:, a]), spread(levels[:, b]), atol=1e-9)
                assert ((a, b) in together) == same
    order = list(range(len(rows)))
    random.shuffle(order)
    assert distinct_parameters(unordered(3, 3, 3), levels[order]) == aliases


@given(st.integers(0, 2**32), st.integers(2, 20), st.integers(1, 8))
def test_every_parameter_is_kept_constant_or_merged_into_a_kept_one(seed, samples, n):
    levels = np.random.default_rng(seed).integers(2, size=(samples, n))
    aliases = distinct_parameters(binary_basis(n), levels)
    merged_away = [i for group in aliases.merged for i in group[1:]]
    assert sorted([*aliases.kept, *aliases.constant, *merged_away]) == list(range(n))
    assert list(aliases.kept) == sorted(aliases.kept)
    assert all(group[0] in aliases.kept and group[0] == min(group) for group in aliases.merged)


@pytest.mark.parametrize("samples", [2, 5])
def test_a_space_without_parameters_has_no_aliases(samples):
    levels = np.zeros((samples, 0), dtype=np.int64)
    assert distinct_parameters(Basis(()), levels) == Aliases((), (), ())


def test_parameters_that_are_inactive_at_different_times_are_told_apart():
    """Their functions are 0 in different samples, so their columns are not equal up to a sign."""
    levels = columns([0, 1, -1, 0, 1, -1], [-1, 1, 0, -1, 1, 0])
    assert distinct_parameters(binary_basis(2), levels).merged == ()
