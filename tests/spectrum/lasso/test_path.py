"""The path is the Lasso over every term of the explicit design, proved, from a bounded number of scans."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Lasso
from strategies import every_group

from overtone.errors import RecoveryError
from overtone.spectrum.basis import (
    Basis,
    Family,
    binary_basis,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.lasso.path import proved_path
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.scanner import Scan

PARITY = Family("x", contrasts(2), False, ("-1", "+1"))
ORDERED = Family("x", orthonormal_polynomials(np.full(4, 0.25)), False, ("?",) * 4)


class Counting:
    """A scanner that counts the residuals it scans."""

    def __init__(self, scanner):
        self.atoms, self.columns, self.weights = scanner.atoms, scanner.columns, scanner.weights
        self.scanner, self.residuals = scanner, 0

    def __call__(self, residuals, *, keep):
        self.residuals += len(residuals)
        return self.scanner(residuals, keep=keep)


class Coarse(Counting):
    """A scanner whose bounds on unlisted terms are loose, as those of rounded sums may be."""

    def __call__(self, residuals, *, keep):
        scans = super().__call__(residuals, keep=keep)
        return [
            Scan(s.atoms, s.strengths, s.cutoff + (0.05 * s.strengths[0] if s.cutoff else 0.0))
            for s in scans
        ]


def problem(seed):
    """Few or many samples; aliased, negated and constant parameters; weights; whole-numbered y."""
    rng = np.random.default_rng(seed)
    n, degree = int(rng.integers(1, 13)), int(rng.integers(1, 4))
    samples = int(rng.integers(5, 20)) if seed % 3 == 0 else int(rng.integers(5, 151))
    few = n < 6 and seed % 4 == 1
    basis = Basis(tuple(ORDERED if few and rng.random() < 0.5 else PARITY for _ in range(n)))
    levels = np.array([rng.integers(f.levels, size=samples) for f in basis.families]).T
    if seed % 2 == 0 and n >= 4:
        levels[:, 1], levels[:, 2], levels[:, 3] = 1 - levels[:, 0], 0, levels[:, 0]
    F = basis.columns(levels)
    y = F[:, 0] * F[:, -1] + 0.5 * F[:, n // 2] + 3.0
    noise = (0.7, 0.7, 0.7, 0.0, 2.0)[seed % 5]
    y = y + noise * rng.normal(size=samples)
    y = np.round(2 * y) if seed % 5 == 4 else y
    weights = rng.uniform(0.5, 2.0, degree) if seed % 2 else np.ones(degree)
    return BlockedScanner(basis.atoms, F, weights), y


def explicit(scanner):
    """Every group, its column and its weight."""
    groups = list(every_group(scanner.atoms, len(scanner.weights)))
    blocks = [scanner.atoms.group_columns(scanner.columns, group) for group in groups]
    weights = np.array([scanner.weights[len(group) - 1] for group in groups])
    return groups, np.concatenate(blocks, axis=1), weights


def gap_of(solution, design, y):
    """The relative duality gap by the definition, and the objective."""
    groups, Z, weights = design
    held = dict(zip(solution.groups, solution.coefficients, strict=True))
    b = np.array([held.get(group, 0.0) for group in groups])
    n, centred = len(y), y - y.mean()
    r = y - solution.constant - Z @ b
    strongest = np.abs(((Z - Z.mean(axis=0)) / weights).T @ r).max()
    primal = r @ r / (2 * n) + solution.penalty * np.abs(b) @ weights
    scale = min(1.0, n * solution.penalty / max(strongest, 1e-300))
    dual = scale * (centred @ r) / n - scale**2 * (r @ r) / (2 * n)
    return (primal - dual) / (centred @ centred / (2 * n)), primal


def along(path):
    """The penalties of all knots and of points between them."""
    knots = path.penalties
    return np.concatenate([knots, 0.3 * knots[1:] + 0.7 * knots[:-1]])


def is_trivial(y):
    return np.ptp(y) == 0.0


@pytest.mark.parametrize("block", range(10))
def test_every_point_of_the_path_is_optimal_over_all_terms(block):
    for seed in range(20 * block, 20 * block + 20):
        scanner, y = problem(seed)
        path = proved_path(scanner, y, ratio=(0.1, 0.01, 0.3)[seed % 3])
        if is_trivial(y) or path.penalties[0] < 1e-12:
            continue
        design = explicit(scanner)
        for penalty in along(path):
            gap, _ = gap_of(path.at(penalty), design, y)
            assert gap <= 1e-10
            # What the path says of itself is true, and as good.
            assert gap <= path.gap(penalty) + 1e-12
            assert path.gap(penalty) <= 1e-10


@pytest.mark.parametrize("block", range(10))
def test_the_objective_is_that_of_scikit_learn(block):
    for seed in range(20 * block, 20 * block + 20):
        scanner, y = problem(seed)
        path = proved_path(scanner, y)
        if is_trivial(y) or path.penalties[0] < 1e-12:
            continue
        design = explicit(scanner)
        _, Z, weights = design
        for share in (0.7, 0.3):
            penalty = max(share * path.penalties[0], path.penalties[-1])
            model = Lasso(alpha=penalty, tol=1e-12, max_iter=1_000_000).fit(Z / weights, y)
            errors = y - model.predict(Z / weights)
            expected = errors @ errors / (2 * len(y)) + penalty * np.abs(model.coef_).sum()
            assert gap_of(path.at(penalty), design, y)[1] == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 2**32))
def test_no_term_is_stronger_than_the_level_at_any_knot(seed):
    scanner, y = problem(seed)
    path = proved_path(scanner, y, ratio=0.05, most_terms=25)
    for penalty, residual in zip(path.penalties, path.proof.residuals, strict=True):
        strongest = scanner(residual[None], keep=1)[0].strengths.max(initial=0.0)
        assert strongest <= len(y) * penalty * (1 + 1e-9) + 1e-12 * np.abs(y).max()


@given(st.integers(0, 2**32), st.floats(0.5, 20.0), st.floats(-10.0, 10.0))
def test_scaling_and_shifting_y_scales_and_shifts_the_path(seed, factor, shift):
    scanner, y = problem(5 * seed)  # noisy: the supports are the same when nothing is tied
    path, other = proved_path(scanner, y), proved_path(scanner, factor * y + shift)
    for share in (0.8, 0.5, 0.2):
        penalty = max(share * path.penalties[0], path.penalties[-1], other.penalties[-1] / factor)
        one, two = path.at(penalty), other.at(factor * penalty)
        fit, fit_of_other = fitted(scanner, one), fitted(scanner, two)
        np.testing.assert_allclose(fit_of_other, factor * fit + shift, atol=1e-7 * factor)


def fitted(scanner, solution):
    fit = np.full(len(scanner.columns), solution.constant)
    for group, coefficient in zip(solution.groups, solution.coefficients, strict=True):
        fit += coefficient * scanner.atoms.group_columns(scanner.columns, group)[:, 0]
    return fit


@given(st.integers(0, 2**32))
def test_residuals_grow_with_the_penalty(seed):
    scanner, y = problem(seed)
    path = proved_path(scanner, y, ratio=0.02)
    lengths = np.linalg.norm(path.proof.residuals, axis=1)
    assert (np.diff(lengths) <= 1e-12 * np.linalg.norm(y)).all()
    assert (np.diff(path.penalties) < 0).all()


@given(st.integers(0, 2**32), st.integers(1, 12), st.sampled_from([0.5, 0.1, 0.01]))
def test_the_ratio_and_the_number_of_terms_are_respected(seed, most, ratio):
    scanner, y = problem(seed)
    path = proved_path(scanner, y, ratio=ratio, most_terms=most)
    assert path.counts.max() <= most
    assert path.penalties[-1] >= ratio * path.penalties[0] * (1 - 1e-12)
    is_early = path.penalties[-1] > ratio * path.penalties[0] * (1 + 1e-6)
    if is_early and path.counts.max() < min(most, len(y)) and path.penalties[0] > 1e-9:
        # Ties that would enter together are too many.
        assert proved_path(scanner, y, ratio=ratio, most_terms=len(y)).counts.max() > most


def wide_problem(seed, n=40, samples=200, degree=3):
    rng = np.random.default_rng(seed)
    F = rng.choice([-1.0, 1.0], (samples, n))
    y = sum(c * F[:, rng.choice(n, 3)].prod(axis=1) for c in rng.uniform(0.5, 1.5, 8))
    return BlockedScanner(binary_basis(n).atoms, F, np.ones(degree)), y + 0.5 * rng.normal(
        size=samples
    )


def test_a_path_over_ten_thousand_terms_takes_few_scans():
    """Enough lists of 256 for one scan a knot would be 40 scans; 11 is the promise, 4 the habit."""
    scans = []
    for seed in range(6):
        scanner, y = wide_problem(seed)
        counting = Counting(scanner)
        path = proved_path(counting, y)
        assert path.scans == counting.residuals <= 11
        assert max(path.gap(penalty) for penalty in along(path)) <= 1e-10
        scans.append(path.scans)
    assert np.median(scans) <= 5


def test_the_path_agrees_with_an_independent_scan_of_all_terms_between_its_knots():
    scanner, y = wide_problem(7)
    path = proved_path(scanner, y)
    for penalty in along(path):
        residual = y - fitted(scanner, path.at(penalty))
        strongest = float(scanner.largest(residual[None])[0])
        assert strongest <= len(y) * penalty * (1 + 1e-11)


def test_loose_bounds_cost_scans_and_change_nothing():
    for seed in range(3):
        scanner, y = wide_problem(seed, n=25, samples=150)
        exact, coarse = proved_path(scanner, y), proved_path(Coarse(scanner), y)
        np.testing.assert_allclose(coarse.penalties, exact.penalties, rtol=1e-9)
        assert exact.scans <= coarse.scans <= 30
        assert max(coarse.gap(penalty) for penalty in along(coarse)) <= 1e-10


def test_a_list_that_is_too_short_to_prove_anything_is_lengthened():
    """Bounds that are useless on short lists: no residual is scanned twice with the same length."""
    scanner, y = wide_problem(0, n=25, samples=150)
    asked = []

    class Useless(Counting):
        def __call__(self, residuals, *, keep):
            asked.append((residuals.tobytes(), keep))
            (scan,) = super().__call__(residuals, keep=keep)
            loose = scan.cutoff if keep >= 1000 else 2 * scan.strengths[0]
            return [Scan(scan.atoms, scan.strengths, loose)]

    path = proved_path(Useless(scanner), y)
    assert len(set(asked)) == len(asked)
    assert max(path.gap(penalty) for penalty in along(path)) <= 1e-10


def test_many_aliases_need_no_more_than_a_logarithm_of_scans():
    """With 8 samples and 1,350 terms, hundreds of terms are one column."""
    rng = np.random.default_rng(0)
    for _ in range(10):
        F = rng.choice([-1.0, 1.0], (8, 20))
        scanner = BlockedScanner(binary_basis(20).atoms, F, np.ones(3))
        path = proved_path(scanner, rng.normal(size=8), ratio=0.001)
        assert path.scans <= 4 + math.ceil(math.log2(1350 / 256)) + 1
        assert max(path.gap(penalty) for penalty in along(path)) <= 1e-10


def test_a_higher_weight_keeps_a_degree_out():
    rng = np.random.default_rng(0)
    F = rng.choice([-1.0, 1.0], (100, 8))
    y = F[:, 0] + F[:, 1] * F[:, 2] + 0.1 * rng.normal(size=100)
    heavy = proved_path(BlockedScanner(binary_basis(8).atoms, F, np.array([1.0, 50.0])), y)
    light = proved_path(BlockedScanner(binary_basis(8).atoms, F, np.array([1.0, 1.0])), y)
    assert set(light.with_terms(2).groups) == {(0,), (1, 2)}
    assert {len(group) for group in heavy.with_terms(2).groups} == {1}


def test_the_solution_with_a_number_of_terms_has_that_many():
    scanner, y = wide_problem(3)
    path = proved_path(scanner, y, ratio=0.01, most_terms=20)
    for count in range(21):
        assert len(path.with_terms(count).groups) == count
    with pytest.raises(RecoveryError, match="at most 20 terms, not 21"):
        path.with_terms(21)


@pytest.mark.parametrize("y", [np.zeros(9), np.full(9, 0.1), np.full(9, 1e300)])
def test_a_constant_y_has_no_terms(y):
    rng = np.random.default_rng(0)
    path = proved_path(
        BlockedScanner(binary_basis(4).atoms, rng.choice([-1.0, 1.0], (9, 4)), np.ones(2)), y
    )
    solution = path.at(0.5)
    assert solution.groups == ()
    assert solution.constant == pytest.approx(y[0])
    assert path.gap(0.5) == 0.0


def test_a_y_that_nothing_explains_has_no_terms():
    F = np.array([[1.0, 1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0]])
    path = proved_path(
        BlockedScanner(binary_basis(2).atoms, F, np.ones(2)), np.array([1.0, -1.0, 1.0, -1.0])
    )
    assert path.at(0.1).groups == ()
    assert path.gap(0.1) <= 1e-12


def test_no_parameters_have_a_path_without_terms():
    path = proved_path(
        BlockedScanner(Basis(()).atoms, np.zeros((5, 0)), np.ones(2)), np.arange(5.0)
    )
    assert path.at(1.0).groups == ()
    assert path.at(1.0).constant == 2.0


def test_an_exactly_sparse_y_is_followed_to_the_end():
    rng = np.random.default_rng(0)
    F = rng.choice([-1.0, 1.0], (200, 10))
    y = 2 * F[:, 0] - F[:, 3] * F[:, 4]
    path = proved_path(BlockedScanner(binary_basis(10).atoms, F, np.ones(2)), y, ratio=1e-6)
    last = path.at(path.penalties[-1])
    assert {(0,), (3, 4)} <= set(last.groups)
    found = dict(zip(last.groups, last.coefficients, strict=True))
    assert found[0,] == pytest.approx(2.0, abs=1e-4)
    assert path.gap(path.penalties[-1]) <= 1e-10


def test_a_penalty_below_the_last_knot_is_refused():
    scanner, y = wide_problem(1, n=10, degree=1)
    path = proved_path(scanner, y, ratio=0.5)
    assert path.at(2 * path.penalties[0]).groups == ()
    with pytest.raises(RecoveryError, match="the path ends at a penalty of"):
        path.at(0.49 * path.penalties[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": 0.0}, "ratio is 0.0"),
        ({"ratio": 1.0}, "ratio is 1.0"),
        ({"most_terms": 0}, "most_terms is 0"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    scanner, y = wide_problem(0, n=5, degree=1)
    with pytest.raises(RecoveryError, match=message):
        proved_path(scanner, y, **options)


def test_groups_of_several_terms_are_refused():
    basis = Basis((Family("kind", contrasts(3), True, ("a", "b", "c")),))
    columns = basis.columns(np.array([[0], [1], [2]]))
    with pytest.raises(RecoveryError, match="contrasts that are chosen together"):
        proved_path(BlockedScanner(basis.atoms, columns, np.ones(1)), np.arange(3.0))
