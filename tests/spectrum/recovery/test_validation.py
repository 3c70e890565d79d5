"""Held-out errors are those of the exact Lasso without the fold, and choose what predicts."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso
from strategies import every_group

from overtone.errors import RecoveryError
from overtone.spectrum.basis import binary_basis
from overtone.spectrum.lasso.path import proved_path
from overtone.spectrum.recovery.validation import cross_validate
from overtone.spectrum.scan.blocked import BlockedScanner


def sample(seed, *, n=8, samples=100, noise=0.5):
    rng = np.random.default_rng(seed)
    F = rng.choice([-1.0, 1.0], (samples, n))
    y = 2 * F[:, 0] - F[:, 1] * F[:, 2] + 5.0 + noise * rng.normal(size=samples)
    return F, y, np.arange(samples) % 5


def scanner_of(F, degree=2):
    return lambda rows: BlockedScanner(binary_basis(F.shape[1]).atoms, F[rows], np.ones(degree))


def test_errors_are_those_of_scikit_learn_fitted_without_the_fold():
    F, y, folds = sample(0)
    validation = cross_validate(scanner_of(F), y, folds)
    groups = every_group(binary_basis(8).atoms, 2)
    Z = np.array([F[:, list(group)].prod(axis=1) for group in groups]).T
    for fold in range(5):
        inside = folds != fold
        last = proved_path(scanner_of(F)(np.flatnonzero(inside)), y[inside]).penalties[-1]
        for k, penalty in enumerate(validation.path.penalties):
            model = Lasso(alpha=max(penalty, last), tol=1e-12, max_iter=100_000)
            model.fit(Z[inside], y[inside])
            expected = ((y[~inside] - model.predict(Z[~inside])) ** 2).mean()
            assert validation.by_penalty[fold, k] == pytest.approx(expected, rel=1e-6)


def test_the_fit_of_least_error_contains_what_was_planted():
    F, y, folds = sample(2)
    validation = cross_validate(scanner_of(F), y, folds)
    path = validation.path
    best = path.at(path.penalties[int(validation.by_penalty.mean(axis=0).argmin())])
    assert {(0,), (1, 2)} <= set(best.groups)


def test_scaling_and_shifting_y_changes_no_choice():
    F, y, folds = sample(3)
    one = cross_validate(scanner_of(F), y, folds)
    other = cross_validate(scanner_of(F), 1e-3 * y - 7.0, folds)
    np.testing.assert_allclose(other.by_penalty, 1e-6 * one.by_penalty, rtol=1e-6)


def test_all_paths_are_counted():
    F, y, folds = sample(4)
    validation = cross_validate(scanner_of(F), y, folds)
    assert validation.scans >= 6
    assert validation.by_penalty.shape == (5, len(validation.path.penalties))


@pytest.mark.parametrize("folds", [np.zeros(100, np.int64), np.arange(100) % 3 * 2])
def test_folds_that_hold_nothing_out_are_refused(folds):
    F, y, _ = sample(5)
    with pytest.raises(RecoveryError, match="at least two folds"):
        cross_validate(scanner_of(F), y, folds)
