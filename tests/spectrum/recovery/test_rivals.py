"""An interval holds what least squares says, and what choices say that the sample does not tell apart."""

import numpy as np
import pytest

from overtone.spectrum.basis import Basis, Family, binary_basis, contrasts
from overtone.spectrum.recovery.pursuit import Pursuit
from overtone.spectrum.recovery.rivals import RivalChoices, student
from overtone.spectrum.recovery.rule import RecoverySettings, Selection
from overtone.spectrum.recovery.sample import sample_of

# Student's quantile of 97.5 % with 57 degrees of freedom, from tables.
QUANTILE = 2.0025


def drawn(seed=0, *, samples=120, n=8):
    rng = np.random.default_rng(seed)
    return 2 * rng.integers(2, size=(samples, n)) - 1, rng.normal(size=samples)


def choice_of(X, y, **options):
    sample = sample_of(binary_basis(X.shape[1]), (X + 1) // 2, y)
    return sample, Pursuit().choose(sample, RecoverySettings(**options))


def intervals(X, y, *, degree=3, **options):
    """The intervals of each chosen group, as (low, high)."""
    sample, choice = choice_of(X, y, **options)
    found = RivalChoices(degree).bounds(sample, choice, level=0.95, rng=np.random.default_rng(0))
    low, high = sample.in_own_units(found.low), sample.in_own_units(found.high)
    return {g: (a, b) for g, a, b in zip(choice.groups, low, high, strict=True)}


def test_students_intervals_are_those_of_the_normal_equations():
    rng = np.random.default_rng(0)
    A, y = np.column_stack([np.ones(60), rng.normal(size=(60, 2))]), rng.normal(size=60)
    inverse = np.linalg.inv(A.T @ A)
    b = inverse @ A.T @ y
    errors = np.sqrt(((y - A @ b) ** 2).sum() / 57 * np.diag(inverse))
    found = student(A[:, 1:] - A[:, 1:].mean(axis=0), y - y.mean(), 0.95)
    np.testing.assert_allclose(found.low, (b - QUANTILE * errors)[1:], rtol=1e-4)
    np.testing.assert_allclose(found.high, (b + QUANTILE * errors)[1:], rtol=1e-4)


def test_where_a_choice_has_no_rival_its_intervals_are_students():
    X, noise = drawn()
    y = X[:, 0] - 0.8 * X[:, 1] * X[:, 2] + 0.3 * noise
    Z = np.column_stack([X[:, 0], X[:, 1] * X[:, 2]]).astype(float)
    expected = student(Z - Z.mean(axis=0), y - y.mean(), 0.95)
    found = intervals(X, y)
    assert list(found) == [(0,), (1, 2)]
    np.testing.assert_allclose(list(found.values()), np.transpose([expected.low, expected.high]))


def test_a_term_that_another_one_may_stand_in_for_may_be_nothing():
    """Columns 0 and 5 differ in one of 120 points, so that the noise decides which of them is chosen."""
    X, noise = drawn(1)
    X[:, 5] = X[:, 0] * np.where(np.arange(120) < 1, -1, 1)
    found = intervals(X, X[:, 0] - X[:, 1] * X[:, 2] + noise)
    low, high = found.get((0,)) or found[(5,)]
    assert low == 0.0
    assert high > 1
    assert found[(1, 2)][1] < 0


def test_a_term_without_which_the_criterion_is_as_good_may_be_nothing():
    X, noise = drawn(5, samples=60)
    found = intervals(X, 1.5 * X[:, 0] + 0.35 * X[:, 3] + 0.9 * noise)
    assert found[(0,)][0] > 0
    assert found[(3,)][0] == 0.0


def test_a_told_number_of_terms_makes_no_term_doubtful():
    """Without a kept term the others that the number forbids would be chosen; they are no rivals."""
    X, noise = drawn(2)
    y = X[:, 0] + 0.9 * X[:, 1] + 0.8 * X[:, 2] + 0.2 * noise
    found = intervals(X, y, sparsity=1)
    assert list(found) == [(0,)]
    assert 0.5 < found[(0,)][0] < 1 < found[(0,)][1]


def test_no_rival_has_more_parameters_than_the_degree():
    X, noise = drawn(1)
    X[:, 5] = X[:, 0] * X[:, 3] * np.where(np.arange(120) < 1, -1, 1)
    y = X[:, 5] + noise
    assert intervals(X, y, degree=1)[(5,)][0] > 0
    assert intervals(X, y, degree=2)[(5,)][0] == 0.0


def test_permuting_columns_and_flipping_signs_changes_no_interval():
    X, noise = drawn(3)
    y = X[:, 0] - 0.8 * X[:, 1] * X[:, 2] + 0.5 * X[:, 4] + noise
    order, signs = np.random.default_rng(0).permutation(8), np.array([1, -1, 1, 1, -1, 1, 1, 1])
    plain = intervals(X, y)
    for group, (low, high) in intervals((X * signs)[:, order], y).items():
        own = tuple(sorted(int(order[i]) for i in group))
        turn = signs[list(own)].prod()
        np.testing.assert_allclose(sorted([turn * low, turn * high]), plain[own], atol=1e-9)


@pytest.mark.parametrize("factor", [-1e-30, 1e30, 7.0])
def test_intervals_are_in_the_units_of_the_values(factor):
    X, noise = drawn(3)
    y = X[:, 0] - 0.8 * X[:, 1] * X[:, 2] + noise
    plain, scaled = intervals(X, y), intervals(X, factor * y + factor)
    assert scaled.keys() == plain.keys()
    for group, ends in scaled.items():
        np.testing.assert_allclose(ends, np.sort(factor * np.array(plain[group])), rtol=1e-6)


def test_the_terms_of_a_choice_have_an_interval_each():
    rng = np.random.default_rng(0)
    basis = Basis((*binary_basis(4).families, Family("c", contrasts(3), True, ("a", "b", "c"))))
    levels = np.column_stack([rng.integers(2, size=(150, 4)), rng.integers(3, size=150)])
    effects = np.array([0.0, 1.0, -1.0])
    sample = sample_of(basis, levels, effects[levels[:, 4]] + 0.3 * rng.normal(size=150))
    choice = Pursuit().choose(sample, RecoverySettings())
    found = RivalChoices(3).bounds(sample, choice, level=0.9999, rng=rng)
    true = np.linalg.lstsq(contrasts(3), effects - effects.mean(), rcond=None)[0]
    assert (
        (sample.in_own_units(found.low) < true) & (true < sample.in_own_units(found.high))
    ).all()


def test_a_fit_without_noise_has_intervals_without_width():
    X, _ = drawn(0)
    for low, high in intervals(X, X[:, 0] - 2.0 * X[:, 1] * X[:, 2]).values():
        assert high - low < 1e-9


def test_groups_that_the_shortlist_does_not_have_get_intervals_too():
    X, noise = drawn(0)
    sample, choice = choice_of(X, X[:, 0] + 0.1 * noise)
    odd = Selection(((0,), (2, 6, 7)), (np.ones(1), np.ones(1)), 0.0, choice.shrunk)
    found = RivalChoices(3).bounds(sample, odd, level=0.95, rng=np.random.default_rng(0))
    assert found.low[0] > 0
    assert found.low[1] <= 0 <= found.high[1]
