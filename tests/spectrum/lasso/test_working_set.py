"""The working set's fit is the Lasso's optimum over every term, also over those it never built."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso
from strategies import every_group

from overtone.spectrum.basis import (
    Basis,
    Family,
    binary_basis,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.lasso import working_set
from overtone.spectrum.lasso.working_set import MOST_ACTIVE, SETTLED, WorkingSet
from overtone.spectrum.scan.blocked import BlockedScanner

PROMISED_GAP = 1e-10


class Explicit:
    """Every group's centred columns, built from the definition."""

    def __init__(self, scanner, y):
        self.y = y
        self.groups = list(every_group(scanner.atoms, scanner.degree))
        raw = [scanner.atoms.group_columns(scanner.columns, group) for group in self.groups]
        self.blocks = [block - block.mean(axis=0) for block in raw]
        self.weights = [
            scanner.weights[len(group) - 1] * np.sqrt(block.shape[1])
            for group, block in zip(self.groups, raw, strict=True)
        ]

    def objective(self, coefficients, penalty):
        """P of a dictionary from groups to coefficients, and its duality gap over all groups."""
        n, residual, norm = len(self.y), np.array(self.y), 0.0
        for group, Z, u in zip(self.groups, self.blocks, self.weights, strict=True):
            b = coefficients.get(group, np.zeros(Z.shape[1]))
            residual -= Z @ b
            norm += u * np.linalg.norm(b)
        primal = residual @ residual / (2 * n) + penalty * norm
        strongest = max(
            np.linalg.norm(Z.T @ residual) / (n * u)
            for Z, u in zip(self.blocks, self.weights, strict=True)
        )
        theta = residual / n * min(1.0, penalty / max(strongest, 1e-300))
        dual = (self.y @ self.y - (self.y - n * theta) @ (self.y - n * theta)) / (2 * n)
        return primal, (primal - dual) / (self.y @ self.y / (2 * n))

    def largest_penalty(self):
        return max(
            np.linalg.norm(Z.T @ self.y) / (len(self.y) * u)
            for Z, u in zip(self.blocks, self.weights, strict=True)
        )


def coefficients_of(fit):
    return dict(zip(fit.groups, fit.coefficients, strict=True))


def bit_problem(seed):
    """Bits, some constant and some copies of others, and a sparse function of them with noise."""
    rng = np.random.default_rng(seed)
    n, degree = int(rng.integers(1, 8)), int(rng.integers(1, 4))
    samples = int(rng.integers(4, 45))
    bits = rng.integers(0, 2, (samples, n))
    if seed % 2:
        bits[:, rng.integers(n)] = 1
        bits[:, rng.integers(n)] = bits[:, rng.integers(n)]
    basis = binary_basis(n)
    scanner = BlockedScanner(basis.atoms, basis.columns(bits), np.ones(degree))
    groups = list(every_group(basis.atoms, degree))
    chosen = [groups[k] for k in rng.integers(len(groups), size=4)]
    y = sum(
        basis.atoms.group_columns(scanner.columns, group)[:, 0] * rng.normal() for group in chosen
    ) + rng.choice([0.0, 0.1, 1.0]) * rng.normal(size=samples)
    if np.ptp(y) < 1e-9:
        y = rng.normal(size=samples)
    return scanner, y - y.mean(), rng


@pytest.mark.parametrize("seed", range(200))
@pytest.mark.filterwarnings("ignore:Objective did not converge")
def test_the_fit_is_the_lasso_of_scikit_learn_on_all_terms(seed):
    scanner, y, rng = bit_problem(seed)
    explicit = Explicit(scanner, y)
    penalty = explicit.largest_penalty() * rng.choice([0.8, 0.3, 0.1, 0.02]) or 0.1
    fit = WorkingSet(scanner, y).fit(penalty)
    ours, gap = explicit.objective(coefficients_of(fit), penalty)
    rival = Lasso(alpha=penalty, fit_intercept=False, tol=1e-14, max_iter=100_000)
    rival.fit(np.concatenate(explicit.blocks, axis=1), y)
    found = dict(zip(explicit.groups, rival.coef_[:, None], strict=True))
    assert ours == pytest.approx(explicit.objective(found, penalty)[0], rel=1e-9)
    assert gap <= PROMISED_GAP
    assert fit.gap <= PROMISED_GAP
    assert fit.gap == pytest.approx(gap, abs=1e-12)


def mixed_problem(seed):
    """Parameters of several kinds, with inactive ones, and groups of one to nine terms."""
    rng = np.random.default_rng(seed)
    families = [
        Family("a", contrasts(4), True, ("?",) * 4),
        Family("b", orthonormal_polynomials(np.array([0.1, 0.2, 0.3, 0.4])), False, ("?",) * 4),
        Family("c", contrasts(3), True, ("?",) * 3),
        *binary_basis(2).families,
    ]
    basis = Basis(tuple(families))
    samples = int(rng.integers(20, 80))
    levels = np.array([rng.integers(f.levels, size=samples) for f in families]).T
    levels[rng.random(levels.shape) < 0.1] = -1
    degree = int(rng.integers(1, 4))
    scanner = BlockedScanner(basis.atoms, basis.columns(levels), rng.uniform(0.6, 1.5, degree))
    y = scanner.columns @ (rng.normal(size=scanner.columns.shape[1]) * (rng.random() < 0.7))
    y = y + rng.normal(size=samples)
    return scanner, y - y.mean(), rng


@pytest.mark.parametrize("listed", [3, 256])
@pytest.mark.parametrize("seed", range(25))
def test_the_gap_over_all_groups_of_mixed_parameters_is_as_promised(monkeypatch, seed, listed):
    """Also when a scan lists three groups only, so that many scans are needed."""
    monkeypatch.setattr(working_set, "LISTED", listed)
    scanner, y, rng = mixed_problem(seed)
    explicit = Explicit(scanner, y)
    penalty = explicit.largest_penalty() * rng.choice([0.7, 0.3, 0.1])
    fit = WorkingSet(scanner, y).fit(penalty)
    _, gap = explicit.objective(coefficients_of(fit), penalty)
    assert -1e-12 <= gap <= PROMISED_GAP
    assert fit.gap == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_the_largest_penalty_is_the_one_at_which_the_fit_becomes_empty(seed):
    scanner, y, _ = mixed_problem(seed)
    working = WorkingSet(scanner, y)
    assert working.largest_penalty == pytest.approx(Explicit(scanner, y).largest_penalty())
    assert not working.fit(working.largest_penalty * (1 + 1e-9)).flat.any()
    assert working.fit(working.largest_penalty * 0.99).flat.any()


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_penalties_does_not_matter(seed):
    scanner, y, _ = mixed_problem(seed)
    explicit = Explicit(scanner, y)
    path = explicit.largest_penalty() * np.array([0.8, 0.2, 0.5])
    warm = WorkingSet(scanner, y)
    for penalty in path:
        value, _ = explicit.objective(coefficients_of(warm.fit(penalty)), penalty)
        alone = WorkingSet(scanner, y).fit(penalty)
        assert value == pytest.approx(
            explicit.objective(coefficients_of(alone), penalty)[0], rel=1e-9
        )


@pytest.mark.parametrize("seed", range(20))
def test_a_pivotal_penalty_follows_its_own_residual(seed):
    scanner, y, _ = mixed_problem(seed)
    factor = 0.3
    fit = WorkingSet(scanner, y).fit_pivotal(factor)
    residual = y - fit.design.columns @ fit.flat
    spent = np.count_nonzero(fit.flat) > MOST_ACTIVE * len(y)
    settled = fit.penalty * (1 - 2 * SETTLED) <= factor * residual.std()
    assert settled or spent
    assert factor * residual.std() <= fit.penalty * (1 + 1e-9)
    assert fit.gap <= PROMISED_GAP


@pytest.mark.parametrize("factor", [1e-60, 1e-3, -1.0, 7.0, 1e60])
def test_scaling_the_values_scales_the_pivotal_fit(factor):
    scanner, y, _ = mixed_problem(3)
    plain = WorkingSet(scanner, y).fit_pivotal(0.3)
    scaled = WorkingSet(scanner, factor * y).fit_pivotal(0.3)
    assert scaled.penalty == pytest.approx(abs(factor) * plain.penalty, rel=1e-6)
    one, other = coefficients_of(plain), coefficients_of(scaled)
    top = max(np.abs(b).max() for b in one.values())
    for group in one.keys() | other.keys():
        difference = other.get(group, 0.0) / factor - one.get(group, 0.0)
        assert np.abs(difference).max() <= 1e-5 * top


def test_the_means_are_those_of_the_columns_before_centring():
    scanner, y, _ = mixed_problem(1)
    fit = WorkingSet(scanner, y).fit(0.1)
    raw = [scanner.atoms.group_columns(scanner.columns, group) for group in fit.groups]
    raw = np.concatenate(raw, axis=1)
    np.testing.assert_allclose(fit.means, raw.mean(axis=0), atol=1e-15)
    np.testing.assert_allclose(fit.design.columns, raw - raw.mean(axis=0), atol=1e-15)


def test_values_without_variation_give_an_empty_fit():
    scanner, y, _ = mixed_problem(2)
    fit = WorkingSet(scanner, np.zeros_like(y)).fit_pivotal(0.5)
    assert not fit.flat.any()
    assert fit.gap == 0.0


def test_a_space_of_constants_gives_an_empty_fit():
    scanner = BlockedScanner(Basis(()).atoms, np.zeros((5, 0)), np.ones(2))
    fit = WorkingSet(scanner, np.arange(5.0) - 2).fit(0.1)
    assert fit.groups == ()
    assert fit.flat.shape == (0,)
    assert fit.gap == 0.0
