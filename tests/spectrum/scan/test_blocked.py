"""The scan finds what the plain definition finds on the explicit design matrix, in little memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bases, every_group

from overtone.spectrum.basis import (
    Basis,
    Family,
    binary_basis,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.scan import blocked as scan
from overtone.spectrum.scan.blocked import BlockedScanner

FAMILIES = (
    Family("a", contrasts(4), True, ("?",) * 4),
    Family("b", orthonormal_polynomials(np.full(4, 0.25)), False, ("?",) * 4),
    Family("c", contrasts(3), True, ("?",) * 3),
    Family("d", orthonormal_polynomials(np.array([0.2, 0.3, 0.5])), False, ("?",) * 3),
)


def random_levels(basis, samples, rng, *, inactive=0.0):
    columns = [rng.integers(family.levels, size=samples) for family in basis.families]
    levels = np.array(columns, dtype=np.int64).T.reshape(samples, len(basis))
    return np.where(rng.random(levels.shape) < inactive, -1, levels)


def centred(rng, count, samples):
    residuals = rng.normal(size=(count, samples))
    return residuals - residuals.mean(axis=1, keepdims=True)


def strengths_by_definition(scanner, residual):
    """|Z_g' r| / (weight sqrt(q)) of every group, from the explicit design matrix of its terms."""
    strengths = {}
    for group in every_group(scanner.atoms, scanner.degree):
        Z = scanner.atoms.group_columns(scanner.columns, group)
        weight = scanner.weights[len(group) - 1]
        strengths[group] = np.linalg.norm(Z.T @ residual) / (weight * np.sqrt(Z.shape[1]))
    return strengths


def assert_is_the_scan(found, expected, keep):
    ranked = sorted(expected.values(), reverse=True)
    above = [s for s in ranked[:keep] if s > 1e-9]
    assert len(set(found.groups)) == len(found.groups) <= keep
    # A strength of 0 may be listed or not.
    assert len(found.groups) >= len(above)
    for group, strength in zip(found.groups, found.strengths, strict=True):
        assert strength == pytest.approx(expected[group], rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(found.strengths[: len(above)], above, rtol=1e-9)
    assert (np.diff(found.strengths) <= 0).all()
    unlisted = [s for group, s in expected.items() if group not in set(found.groups)]
    assert max(unlisted, default=0.0) <= found.cutoff * (1 + 1e-9) + 1e-9
    assert found.cutoff <= found.strengths.min(initial=np.inf)


@given(bases(least=1, most=5), st.integers(1, 5), st.integers(1, 8), st.integers(0, 2**32))
def test_the_scan_agrees_with_the_design_matrix(basis, degree, keep, seed):
    rng = np.random.default_rng(seed)
    columns = basis.columns(random_levels(basis, 12, rng, inactive=0.1))
    scanner = BlockedScanner(basis.atoms, columns, rng.uniform(0.5, 2.0, degree))
    residuals = centred(rng, 3, 12)
    for residual, found in zip(residuals, scanner(residuals, keep=keep), strict=True):
        assert_is_the_scan(found, strengths_by_definition(scanner, residual), keep)


@pytest.mark.parametrize("cells", [1, 7, 40, 300])
@pytest.mark.parametrize("degree", [2, 3, 4, 5])
def test_the_scan_does_not_depend_on_its_tiles(monkeypatch, cells, degree):
    rng = np.random.default_rng(degree)
    basis = Basis((*FAMILIES[:2], *binary_basis(2).families, *FAMILIES[2:]))
    columns = basis.columns(random_levels(basis, 15, rng))
    scanner = BlockedScanner(basis.atoms, columns, np.linspace(1.0, 1.5, degree))
    residuals = centred(rng, 2, 15)
    whole = scanner(residuals, keep=10_000)
    monkeypatch.setattr(scan, "TILE_CELLS", cells)
    for residual, before, after in zip(
        residuals, whole, scanner(residuals, keep=10_000), strict=True
    ):
        assert set(before.groups) == set(after.groups)
        assert_is_the_scan(after, strengths_by_definition(scanner, residual), 10_000)
    for residual, found in zip(residuals, scanner(residuals, keep=5), strict=True):
        assert_is_the_scan(found, strengths_by_definition(scanner, residual), 5)


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_the_largest_strength_is_that_of_the_full_scan(degree):
    rng = np.random.default_rng(0)
    basis = Basis((*binary_basis(3).families, *FAMILIES))
    columns = basis.columns(random_levels(basis, 20, rng))
    scanner = BlockedScanner(basis.atoms, columns, np.ones(degree))
    residuals = centred(rng, 4, 20)
    expected = [max(strengths_by_definition(scanner, r).values()) for r in residuals]
    np.testing.assert_allclose(scanner.largest(residuals), expected, rtol=1e-12)


def test_many_residuals_are_scanned_as_one_at_a_time():
    rng = np.random.default_rng(1)
    basis = Basis((*binary_basis(3).families, *FAMILIES))
    scanner = BlockedScanner(basis.atoms, basis.columns(random_levels(basis, 20, rng)), np.ones(3))
    residuals = centred(rng, 6, 20)
    for residual, together in zip(residuals, scanner(residuals, keep=20), strict=True):
        alone = scanner(residual[None], keep=20)[0]
        assert together.groups == alone.groups
        np.testing.assert_allclose(together.strengths, alone.strengths, rtol=1e-12)


@given(bases(), st.integers(0, 2**32))
def test_a_groups_strength_does_not_depend_on_the_rotation_of_its_contrasts(basis, seed):
    rng = np.random.default_rng(seed)
    turned = []
    for family in basis.families:
        k = family.table.shape[1]
        rotation = np.linalg.qr(rng.normal(size=(k, k)))[0] if family.is_grouped else np.eye(k)
        turned.append(
            Family(family.name, family.table @ rotation, family.is_grouped, family.labels)
        )
    levels = random_levels(basis, 12, rng)
    residuals = centred(rng, 1, 12)
    scans = [
        BlockedScanner(b.atoms, b.columns(levels), np.ones(3))(residuals, keep=10_000)[0]
        for b in (basis, Basis(tuple(turned)))
    ]
    one, other = (dict(zip(s.groups, s.strengths, strict=True)) for s in scans)
    for group in one.keys() | other.keys():
        assert one.get(group, 0.0) == pytest.approx(other.get(group, 0.0), abs=1e-9)


def test_ties_are_listed_by_degree_and_then_by_place():
    """x2 = x0 x1 and whole-numbered residuals: the aliases tie exactly."""
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2, size=(16, 4))
    bits[:, 2] = bits[:, 0] == bits[:, 1]
    bits[:, 3] = bits[:, 0]
    basis = binary_basis(4)
    residual = rng.integers(-5, 6, 16) * 16.0
    residual -= residual.mean()
    found = BlockedScanner(basis.atoms, basis.columns(bits), np.ones(3))(residual[None], keep=1000)[
        0
    ]
    keys = [
        (-strength, len(group), group)
        for group, strength in zip(found.groups, found.strengths, strict=True)
    ]
    assert keys == sorted(keys)
    assert len({strength for strength, _, _ in keys}) < len(keys)


def test_ties_at_the_cutoff_are_cut_the_same_way_every_time():
    rng = np.random.default_rng(3)
    bits = np.repeat(rng.integers(0, 2, size=(20, 3)), 4, axis=1)
    basis = binary_basis(12)
    residual = centred(rng, 1, 20)
    scanner = BlockedScanner(basis.atoms, basis.columns(bits), np.ones(3))
    assert len({scanner(residual, keep=7)[0].groups for _ in range(5)}) == 1


def test_a_residual_of_zeros_correlates_with_nothing():
    basis = binary_basis(4)
    columns = basis.columns(np.random.default_rng(0).integers(0, 2, (8, 4)))
    found = BlockedScanner(basis.atoms, columns, np.ones(3))(np.zeros((1, 8)), keep=5)[0]
    assert found.strengths.max(initial=0.0) == 0.0
    assert found.cutoff == 0.0


@pytest.mark.parametrize("degree", [1, 3])
def test_no_parameters_have_no_groups(degree):
    scanner = BlockedScanner(Basis(()).atoms, np.zeros((6, 0)), np.ones(degree))
    found = scanner(np.ones((2, 6)), keep=5)
    assert [scan.groups for scan in found] == [(), ()]
    assert scanner.largest(np.ones((2, 6))).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_more_degrees_than_parameters_add_nothing(n):
    rng = np.random.default_rng(n)
    basis = binary_basis(n)
    columns = basis.columns(rng.integers(0, 2, (10, n)))
    residual = centred(rng, 1, 10)
    found = BlockedScanner(basis.atoms, columns, np.ones(5))(residual, keep=1000)[0]
    assert_is_the_scan(
        found,
        strengths_by_definition(BlockedScanner(basis.atoms, columns, np.ones(n)), residual[0]),
        1000,
    )


def peak_of_a_scan(n, degree):
    rng = np.random.default_rng(0)
    basis = binary_basis(n)
    scanner = BlockedScanner(
        basis.atoms, basis.columns(rng.integers(0, 2, (100, n))), np.ones(degree)
    )
    residual = centred(rng, 1, 100)
    scanner(residual, keep=256)
    tracemalloc.start()
    try:
        scanner(residual, keep=256)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_terms():
    """120 bits have 7,260 terms of degree 2 and 288,100 of degree 3, whose matrix would take 230 MB."""
    pairs, triples = peak_of_a_scan(120, 2), peak_of_a_scan(120, 3)
    assert triples < 1.5 * pairs
    assert triples < 4e6
