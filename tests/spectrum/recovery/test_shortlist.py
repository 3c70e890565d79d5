"""What the Lasso proposes is listed in order, and its penalty is the pivotal one."""

from dataclasses import replace

import numpy as np
import pytest

from overtone.spectrum.basis import Basis, Family, binary_basis, contrasts
from overtone.spectrum.recovery.sample import sample_of
from overtone.spectrum.recovery.shortlist import PIVOT, degree_weights, extended, shortlist_of


def sample(seed, *, n=10, samples=120, noise=1.0):
    rng = np.random.default_rng(seed)
    levels = rng.integers(2, size=(samples, n))
    X = 2.0 * levels - 1
    y = 2.0 * X[:, 0] - 1.5 * X[:, 1] * X[:, 2] + 3.0 + noise * rng.normal(size=samples)
    return sample_of(binary_basis(n), levels, y)


def with_a_choice(seed, samples=120):
    rng = np.random.default_rng(seed)
    basis = Basis((*binary_basis(5).families, Family("c", contrasts(3), True, ("a", "b", "c"))))
    levels = np.column_stack([rng.integers(2, size=(samples, 5)), rng.integers(3, size=samples)])
    y = 2.0 * levels[:, 0] + np.array([0.0, 2.0, -1.0])[levels[:, 5]] + rng.normal(size=samples)
    return sample_of(basis, levels, y)


BOTH = pytest.mark.parametrize("make", [sample, with_a_choice])


@BOTH
def test_the_columns_are_those_of_the_listed_groups(make):
    drawn = make(0)
    shortlist = shortlist_of(drawn, 3)
    groups = shortlist.groups(range(len(shortlist.atoms)))
    assert len(set(groups)) == len(groups) == len(shortlist.active)
    columns = drawn.columns_of(groups)
    np.testing.assert_allclose(
        shortlist.design.columns, columns - columns.mean(axis=0), rtol=0, atol=1e-12
    )
    assert shortlist.degrees.tolist() == [len(group) for group in groups]


@pytest.mark.parametrize("make", [lambda seed: sample(seed, noise=3.0), with_a_choice])
@pytest.mark.parametrize("seed", range(4))
def test_the_penalty_is_half_the_universal_one_at_the_residuals_own_deviation(make, seed):
    drawn = make(seed)
    shrunk = shortlist_of(drawn, 1).shrunk
    fitted = shrunk.constant + drawn.columns_of(shrunk.groups) @ np.concatenate(shrunk.coefficients)
    p = drawn.counts(1).max()
    universal = np.sqrt(2 * np.log1p(p) / len(drawn.y))
    # The working set stops once the penalty moves by less than a hundredth.
    expected = PIVOT * universal * (drawn.y - fitted).std()
    assert shrunk.penalty == pytest.approx(expected, rel=0.02)
    assert shrunk.gap <= 1e-10


@BOTH
def test_the_support_is_the_lassos_the_largest_first(make):
    drawn = make(1)
    shortlist = shortlist_of(drawn, 2)
    sizes = {
        group: np.linalg.norm(c)
        for group, c in zip(shortlist.shrunk.groups, shortlist.shrunk.coefficients, strict=True)
    }
    found = [sizes[group] for group in shortlist.groups(shortlist.support)]
    assert len(found) == len(sizes) > 1
    assert found == sorted(found, reverse=True)


def test_a_group_is_active_where_all_its_parameters_are():
    levels = np.random.default_rng(0).integers(2, size=(60, 4))
    levels[:20, 1], levels[10:30, 2] = -1, -1
    y = np.random.default_rng(1).normal(size=60)
    shortlist = shortlist_of(sample_of(binary_basis(4), levels, y), 2)
    active = dict(zip(shortlist.groups(range(len(shortlist.atoms))), shortlist.active, strict=True))
    assert (active[0,], active[1,], active[2,], active[1, 2]) == (60, 40, 40, 30)


def test_higher_degrees_weigh_more():
    weights = degree_weights(sample(0), 3)
    assert (np.diff(weights) > 0).all()
    assert weights[-1] == 1.0


@BOTH
def test_a_shortlist_without_its_last_groups_is_extended_to_what_it_was(make):
    drawn = make(0)
    whole = shortlist_of(drawn, 3)
    size = len(whole.atoms) - 2
    cut = replace(
        whole,
        atoms=whole.atoms[:size],
        design=whole.design.select(np.arange(size)),
        active=whole.active[:size],
    )
    first, *last = whole.groups([0, size, size + 1])
    again = extended(cut, drawn, [*last, first, last[0]])
    np.testing.assert_array_equal(again.atoms, whole.atoms)
    np.testing.assert_array_equal(again.active, whole.active)
    np.testing.assert_array_equal(again.design.starts, whole.design.starts)
    np.testing.assert_allclose(again.design.columns, whole.design.columns, rtol=0, atol=1e-12)
    assert again.places([last[1], first]) == [0, size + 1]
