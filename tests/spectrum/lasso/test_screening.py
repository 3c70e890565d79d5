"""What scans tell about unlisted terms is true of every one of them, and as sharp as the lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import every_group

from overtone.spectrum.basis import (
    Basis,
    Family,
    binary_basis,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.lasso.screening import Screen
from overtone.spectrum.scan.blocked import BlockedScanner

PARITY = Family("x", contrasts(2), False, ("-1", "+1"))
ORDERED = Family("x", orthonormal_polynomials(np.full(4, 0.25)), False, ("?",) * 4)


def scanner_of(seed, families, samples=40, degree=3):
    rng = np.random.default_rng(seed)
    basis = Basis(families)
    levels = np.array([rng.integers(f.levels, size=samples) for f in families]).T
    weights = rng.uniform(0.5, 2.0, degree)
    return rng, BlockedScanner(basis.atoms, basis.columns(levels), weights)


def centred(rng, samples):
    r = rng.normal(size=samples)
    return r - r.mean()


def screen_of(scanner, keep):
    screen = Screen(scanner)
    screen._keep = keep
    return screen


def strongest_unlisted(scanner, screen, r):
    listed = set(screen.groups)
    return max(
        abs(scanner.atoms.group_columns(scanner.columns, group)[:, 0] @ r)
        / scanner.weights[len(group) - 1]
        for group in every_group(scanner.atoms, len(scanner.weights))
        if group not in listed
    )


@pytest.mark.parametrize("families", [(PARITY,) * 9, (PARITY, ORDERED) * 2, (ORDERED,) * 4])
@pytest.mark.parametrize("seed", range(8))
def test_no_unlisted_term_is_above_its_bound(families, seed):
    rng, scanner = scanner_of(seed, families)
    screen = screen_of(scanner, keep=5)
    scanned = [centred(rng, 40) for _ in range(3)]
    for q in scanned:
        screen.scan(q)
    # Combinations, which cost no more than their cut-offs, and others near them and far from them.
    mixed = [a * scanned[0] + b * scanned[1] for a, b in ((1, 0), (0.5, 0.5), (0.2, -0.7))]
    residuals = np.array([*mixed, mixed[1] + 0.05 * centred(rng, 40), centred(rng, 40)])
    bounds = np.full(len(residuals), np.inf)
    screen.tighten(bounds, residuals, np.zeros(len(residuals)))
    for r, bound in zip(residuals, bounds, strict=True):
        assert strongest_unlisted(scanner, screen, r) <= bound * (1 + 1e-12)


@given(st.integers(0, 2**32), st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_a_combination_of_scanned_residuals_costs_its_share_of_their_cutoffs(seed, a, b):
    rng, scanner = scanner_of(seed, (PARITY,) * 8)
    screen = screen_of(scanner, keep=20)
    one, two = centred(rng, 40), centred(rng, 40)
    cutoffs = [screen.scan(one).cutoff, screen.scan(two).cutoff]
    bounds = np.full(1, np.inf)
    screen.tighten(bounds, np.array([a * one + b * two]), np.zeros(1))
    expected = abs(a) * cutoffs[0] + abs(b) * cutoffs[1]
    assert bounds[0] == pytest.approx(expected, rel=0.02, abs=1e-9)


@pytest.mark.parametrize("families", [(PARITY,) * 6, (PARITY, ORDERED, ORDERED), (ORDERED,) * 3])
def test_no_term_is_longer_than_the_reach(families):
    _, scanner = scanner_of(0, families)
    reach = Screen(scanner).reach
    lengths = [
        np.linalg.norm(scanner.atoms.group_columns(scanner.columns, group))
        / scanner.weights[len(group) - 1]
        for group in every_group(scanner.atoms, 3)
    ]
    assert max(lengths) <= reach * (1 + 1e-12)


def test_parities_are_as_long_as_the_reach():
    _, scanner = scanner_of(1, (PARITY,) * 6)
    assert Screen(scanner).reach == pytest.approx(np.sqrt(40) / scanner.weights.min())


def test_listed_columns_are_centred_terms_over_their_weights():
    rng, scanner = scanner_of(2, (PARITY, ORDERED, ORDERED))
    screen = Screen(scanner)
    screen.scan(centred(rng, 40))
    for group, column, mean in zip(screen.groups, screen.listed, screen.means, strict=True):
        term = scanner.atoms.group_columns(scanner.columns, group)[:, 0]
        weight = scanner.weights[len(group) - 1]
        np.testing.assert_allclose(column, (term - term.mean()) / weight, atol=1e-14)
        assert mean == pytest.approx(term.mean())


def test_once_all_terms_are_listed_nothing_is_left_to_bound():
    rng = np.random.default_rng(0)
    scanner = BlockedScanner(binary_basis(5).atoms, rng.choice([-1.0, 1.0], (30, 5)), np.ones(2))
    screen = Screen(scanner)
    screen.scan(centred(rng, 30))
    bounds = np.full(1, np.inf)
    screen.tighten(bounds, centred(rng, 30)[None], np.zeros(1))
    assert bounds[0] == 0.0
