"""Points that were plainly not drawn uniformly are warned of, by name, and no others are."""

import time
import warnings

import numpy as np
import pytest

from overtone.errors import SampleWarning
from overtone.spectrum.basis import Basis, Family, binary_basis, contrasts
from overtone.spectrum.recovery.recovery import recover, recover_levels
from overtone.spectrum.recovery.sample import sample_of
from overtone.spectrum.recovery.uncertainty import uncertainty
from overtone.spectrum.recovery.uniformity import faults_of, warn_of


def fair(seed, *, n=20, samples=200):
    return np.random.default_rng(seed).choice([-1, 1], (samples, n))


def unbalanced(seed, *, share=0.9, column=3):
    X = fair(seed)
    X[:, column] = np.where(np.random.default_rng([seed, 1]).random(len(X)) < share, 1, -1)
    return X


def dependent(seed, *, sign=1, copied=0.75):
    X = fair(seed)
    is_copy = np.random.default_rng([seed, 2]).random(len(X)) < copied
    X[is_copy, 5] = sign * X[is_copy, 2]
    return X


def faults(X):
    X = np.asarray(X)
    return faults_of(sample_of(binary_basis(X.shape[1]), (X + 1) // 2, np.arange(len(X)) * 1.0))


@pytest.mark.statistical
@pytest.mark.parametrize("samples", [5, 20, 100, 1000, 5000])
@pytest.mark.parametrize("n", [1, 7, 60])
def test_uniform_points_are_not_warned_of(samples, n):
    """Each of 15 times 20 samples is with a probability of 1e-5 at most, so any is with 3e-3."""
    assert not any(faults(fair([seed, 9], n=n, samples=samples)) for seed in range(20))


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("samples", [5, 30, 500])
def test_uniform_points_of_a_thousand_columns_are_not_warned_of(samples):
    """Each of 3 times 10 samples is with a probability of 1e-5 at most, so any is with 3e-4."""
    assert not any(faults(fair([seed, 8], n=1000, samples=samples)) for seed in range(10))


@pytest.mark.parametrize("seed", range(5))
def test_an_unbalanced_column_is_found_and_nothing_else(seed):
    """Negative control of the tests above."""
    X = unbalanced(seed)
    found = faults(X)
    assert found.unbalanced == ((3, X[:, 3].mean()),)
    assert found.dependent == ()


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", range(5))
def test_a_dependent_pair_is_found_and_nothing_else(seed, sign):
    X = dependent(seed, sign=sign)
    found = faults(X)
    assert found.dependent == ((2, 5, (X[:, 2] * X[:, 5]).mean()),)
    assert found.unbalanced == ()


def test_the_worst_come_first():
    X = unbalanced(0, share=0.8)
    X[:, 7] = unbalanced(1, share=0.95)[:, 3]
    assert [i for i, _ in faults(X).unbalanced] == [7, 3]


def test_permuting_columns_renames_faults_and_flipping_turns_them():
    X = dependent(3)
    X[:, 9] = unbalanced(3)[:, 3]
    order = np.random.default_rng(0).permutation(20)
    ((i, mean),), ((j, k, correlation),) = faults(X).unbalanced, faults(X).dependent
    moved = faults(X[:, order])
    assert [order[m] for m, _ in moved.unbalanced] == [i]
    assert [{order[a], order[b]} for a, b, _ in moved.dependent] == [{j, k}]
    X[:, [9, 5]] *= -1
    assert faults(X).unbalanced == ((i, -mean),)
    assert faults(X).dependent == ((j, k, -correlation),)


def test_what_is_small_is_not_warned_of_however_certain():
    rng = np.random.default_rng(0)
    assert not faults(np.where(rng.random((50_000, 3)) < 0.55, 1, -1))


def test_what_may_be_chance_is_not_warned_of_however_large():
    assert not faults(np.array([[1, 1, -1], [1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]]))


def test_constant_and_copied_columns_are_aliases_and_no_faults():
    X = fair(0)
    more = np.column_stack([X, np.ones(200, dtype=int), X[:, 2], -X[:, 4]])
    assert not faults(more)


def test_a_copied_unbalanced_column_is_told_once():
    X = unbalanced(0)
    assert len(faults(np.column_stack([X, X[:, 3]])).unbalanced) == 1


def test_choices_and_inactive_parameters_are_not_judged():
    rng = np.random.default_rng(0)
    basis = Basis((*binary_basis(2).families, Family("c", contrasts(3), True, ("a", "b", "c"))))
    levels = np.column_stack([rng.integers(2, size=(300, 2)), 2 * (rng.random(300) < 0.9)])
    levels[:, 1] = np.where(levels[:, 0] == 1, 1, -1)
    assert not faults_of(sample_of(basis, levels, rng.normal(size=300)))


def values(X):
    return X[:, 0] + 0.1 * np.random.default_rng(0).normal(size=len(X))


@pytest.mark.parametrize("fit", [recover, uncertainty])
def test_the_warning_names_the_column_and_points_at_the_caller(fit):
    X = unbalanced(0)
    said = (
        rf"Column 3 is \+1 in {(X[:, 3] == 1).mean():.0%} of the points, but points drawn uniformly"
    )
    with pytest.warns(SampleWarning, match=said) as caught:
        fit(X, values(X), degree=1)
    assert [w.filename for w in caught] == [__file__]


def test_the_warning_names_the_pair_and_counts_the_others():
    """Columns 5 and 11 both follow column 2, and so each other."""
    X = dependent(0, sign=-1)
    X[:, 11] = X[:, 2] * np.where(np.random.default_rng(5).random(200) < 0.8, 1, -1)
    correlation = (X[:, 2] * X[:, 5]).mean()
    said = rf"Column 2 and column 5 have a correlation of {correlation:+.2f} \(2 more pairs are plainly"
    with pytest.warns(SampleWarning, match=said):
        recover(X, values(X), degree=1)


def test_both_kinds_are_told_in_one_warning():
    X = dependent(0)
    X[:, 9] = unbalanced(0)[:, 3]
    with pytest.warns(
        SampleWarning, match="Column 9 is .* and column 2 and column 5 have"
    ) as caught:
        recover(X, values(X), degree=1)
    assert len(caught) == 1


def test_the_stages_of_a_search_are_not_warned_of():
    X = unbalanced(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recover_levels(binary_basis(20), (X + 1) // 2, values(X))
        warn_of(faults(fair(0)), names=["?"] * 20, highs=["?"] * 20, stacklevel=1)


@pytest.mark.parametrize("law", [unbalanced, dependent])
def test_a_warned_of_recovery_is_the_same_as_ever(law):
    X = law(1)
    silent = recover_levels(binary_basis(20), (X + 1) // 2, values(X))
    with pytest.warns(SampleWarning):
        warned = recover(X, values(X))
    assert warned.polynomial.terms == silent.polynomial.terms
    np.testing.assert_array_equal(warned.polynomial.coefficients, silent.polynomial.coefficients)


def test_a_thousand_columns_take_a_quarter_of_a_second():
    X = fair(0, n=1000, samples=500)
    drawn = sample_of(binary_basis(1000), (X + 1) // 2, np.arange(500) * 1.0)
    started = time.process_time()
    faults_of(drawn)
    assert time.process_time() - started < 0.25
