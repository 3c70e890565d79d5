"""The lookup scan gives the answers of the plain definition, whatever the processor has."""

import itertools
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.errors import RecoveryError
from overtone.spectrum.basis import Basis, Family, binary_basis, contrasts
from overtone.spectrum.scan import arrays, fastest, lookup, loops, packing
from overtone.spectrum.scan.blocked import BlockedScanner
from overtone.spectrum.scan.fastest import available_instructions, chosen_instructions, scanner_for
from overtone.spectrum.scan.lookup import LookupScanner

KERNELS = [instructions.name for instructions in available_instructions()]


@pytest.fixture(params=KERNELS)
def kernel(request, monkeypatch):
    """Each kernel that this machine has, forced."""
    monkeypatch.setenv("OVERTONE_KERNEL", request.param)
    return request.param


def sample(samples, n, *, seed=0, residuals=1):
    rng = np.random.default_rng(seed)
    r = rng.normal(size=(residuals, samples))
    return rng.choice([-1.0, 1.0], (samples, n)), r - r.mean(axis=1, keepdims=True)


def lookup_scanner(columns, weights):
    scanner = scanner_for(binary_basis(columns.shape[1]).atoms, columns, np.asarray(weights, float))
    assert isinstance(scanner, LookupScanner)
    return scanner


def by_definition(columns, residual, weights):
    """The strength of every group, from the explicit products of columns."""
    return {
        group: abs(columns[:, group].prod(axis=1) @ residual) / weights[degree - 1]
        for degree in range(1, len(weights) + 1)
        for group in itertools.combinations(range(columns.shape[1]), degree)
    }


def assert_is_the_scan(found, expected, keep):
    ranked = np.array(sorted(expected.values(), reverse=True))
    noise = 1e-12 * ranked[0]
    above = ranked[:keep][ranked[:keep] > noise]
    assert len(set(found.groups)) == len(found.groups) <= keep
    assert len(found.groups) >= len(above)
    np.testing.assert_allclose(
        found.strengths, [expected[group] for group in found.groups], rtol=1e-12, atol=noise
    )
    np.testing.assert_allclose(found.strengths[: len(above)], above, rtol=1e-12, atol=noise)
    keys = [(-s, len(g), g) for s, g in zip(found.strengths, found.groups, strict=True)]
    assert keys == sorted(keys)
    unlisted = [s for group, s in expected.items() if group not in set(found.groups)]
    assert max(unlisted, default=0.0) <= found.cutoff + noise
    assert found.cutoff <= found.strengths.min(initial=np.inf)


def check(columns, residuals, weights, keep):
    scanner = lookup_scanner(columns, weights)
    plain = BlockedScanner(scanner.atoms, columns, scanner.weights)
    largest = scanner.largest(residuals)
    found = scanner(residuals, keep=keep)
    for k, scan in enumerate(plain(residuals, keep=keep)):
        expected = by_definition(columns, residuals[k], weights)
        assert_is_the_scan(found[k], expected, keep)
        top = max(expected.values())
        assert largest[k] == pytest.approx(top, rel=1e-12)
        assert found[k].cutoff == pytest.approx(scan.cutoff, rel=1e-12, abs=1e-12 * top)


@pytest.mark.parametrize("samples", [2, 3, 5, 6, 7, 23, 24, 25, 100])
@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5])
def test_the_lookup_scan_agrees_with_the_definition(kernel, samples, degree):
    columns, residuals = sample(samples, 11, seed=samples + degree, residuals=2)
    check(columns, residuals, np.linspace(1.0, 1.5, degree), keep=20)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 33, 65])
def test_any_number_of_columns_may_be_scanned(kernel, n):
    columns, residuals = sample(40, n, seed=n)
    check(columns, residuals, [1.0, 0.8, 1.2], keep=30)


@pytest.mark.parametrize("samples", [4161, 6241, 13_000])
def test_more_samples_than_a_word_can_sum(kernel, samples):
    columns, residuals = sample(samples, 9)
    residuals[0, 7] += 300.0
    check(columns, residuals, [1.0, 1.0, 1.0], keep=10)


def test_a_hundred_thousand_samples(kernel):
    columns, residuals = sample(100_000, 4)
    check(columns, residuals, [1.0, 1.0], keep=3)


@pytest.mark.parametrize("outliers", [1, 3, 4, 9])
def test_outliers_do_not_blur_the_rest(kernel, outliers):
    columns, residuals = sample(90, 14, seed=outliers)
    residuals[0, :outliers] += 1e6
    check(columns, residuals, [1.0, 1.0, 1.0], keep=25)


def test_few_outliers_leave_the_step_fine(kernel):
    columns, residuals = sample(300, 5)
    plain = lookup_scanner(columns, [1.0])._pack(residuals[0]).scale
    residuals[0, : packing.MOST_FAR] = 1e6
    wild = lookup_scanner(columns, [1.0])._pack(residuals[0]).scale
    assert wild[0] <= 1.1 * plain[0]
    assert wild[1] <= 1.1 * plain[1] + 1e-4


def test_constant_and_duplicated_columns_tie_as_in_the_definition(kernel):
    """Whole numbers: aliases tie exactly, and are listed by degree and then by place."""
    rng = np.random.default_rng(5)
    columns, _ = sample(64, 9)
    columns[:, 3], columns[:, 4], columns[:, 5] = 1.0, columns[:, 0], -columns[:, 1]
    residual = rng.integers(-9, 10, 64) * 64.0
    residual -= residual.mean()
    check(columns, residual[None], [1.0, 1.0, 1.0], keep=1000)
    check(columns, residual[None], [1.0, 1.0, 1.0], keep=12)


def test_ties_at_the_cutoff_go_to_the_lowest_degree_and_place(kernel):
    columns, residuals = sample(20, 1)
    wide = np.repeat(columns, 30, axis=1)
    found = lookup_scanner(wide, [1.0, 1.0, 1.0])(residuals, keep=7)[0]
    assert found.groups == tuple((i,) for i in range(7))


def test_irrational_aliases_tie_exactly(kernel):
    columns, residuals = sample(50, 6, seed=3)
    wide = np.concatenate([columns, columns, -columns], axis=1)
    found = lookup_scanner(wide, [1.0])(residuals, keep=18)[0]
    assert len(set(found.strengths.tolist())) == 6


def test_more_groups_may_be_asked_for_than_there_are(kernel):
    columns, residuals = sample(30, 6)
    check(columns, residuals, [1.0, 1.0], keep=10_000)


def test_a_residual_of_zeros_correlates_with_nothing(kernel):
    columns, _ = sample(30, 6)
    scanner = lookup_scanner(columns, [1.0, 1.0, 1.0])
    found = scanner(np.zeros((1, 30)), keep=5)[0]
    assert (found.groups, found.cutoff) == ((), 0.0)
    assert scanner.largest(np.zeros((1, 30))).tolist() == [0.0]


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e9, 1e150])
def test_the_scale_of_a_residual_scales_its_strengths(kernel, scale):
    columns, residuals = sample(60, 12)
    scanner = lookup_scanner(columns, [1.0, 1.0, 1.0])
    one, other = scanner(residuals, keep=9)[0], scanner(residuals * scale, keep=9)[0]
    assert one.groups == other.groups
    np.testing.assert_allclose(one.strengths * scale, other.strengths, rtol=1e-12)


@given(
    st.sampled_from(KERNELS or ["blocked"]),
    st.integers(2, 60),
    st.integers(2, 8),
    st.sampled_from(["normal", "heavy", "two values", "one large"]),
    st.integers(0, 2**32),
)
@settings(max_examples=60)
def test_no_correlation_is_farther_from_its_quantised_value_than_the_bound(
    name, samples, n, kind, seed
):
    instructions = {i.name: i for i in available_instructions()}.get(name)
    if instructions is None:
        return
    rng = np.random.default_rng(seed)
    residual = {
        "normal": rng.normal(size=samples),
        "heavy": rng.standard_cauchy(samples) ** 3,
        "two values": rng.choice([-1.0, 3.0], samples),
        "one large": rng.normal(size=samples) + 1e6 * (np.arange(samples) == 0),
    }[kind]
    columns = rng.choice([-1.0, 1.0], (samples, n))
    scanner = LookupScanner(binary_basis(n).atoms, columns, np.ones(2), instructions)
    packed = scanner._pack(residual)
    step, error = packed.scale
    groups = np.arange(len(packed.table))
    for one, other in itertools.combinations(range(n), 2):
        codes = packed.rows[one, groups] ^ packed.rows[other, groups]
        q = (packed.table[groups, codes] - packing.LEVELS / 2).sum()
        far = packed.base[packed.far[one] ^ packed.far[other]]
        exact = (columns[:, one] * columns[:, other]) @ residual
        assert abs(far + step * q - exact) <= error


def test_where_the_bound_is_weak_the_blocked_scan_answers(kernel, monkeypatch):
    """Copies of one column tie all groups of odd degree, and no bound can tell them apart."""
    monkeypatch.setattr(lookup, "ALWAYS_CONFIRMED", 1000)
    columns, residuals = sample(50, 30, residuals=2)
    alike = np.repeat(columns[:, :1], 30, axis=1)
    weights = [1.0, 1.0, 1.0]
    assert lookup_scanner(columns, weights)._strongest(residuals[0], 26) is not None
    assert lookup_scanner(alike, weights)._strongest(residuals[0], 26) is None
    check(alike, residuals, weights, keep=25)


def test_the_blocked_scan_answers_for_single_residuals(kernel, monkeypatch):
    columns, residuals = sample(50, 20, residuals=4)
    find = LookupScanner._strongest

    def refuse_some(self, residual, wanted):
        return None if residual[0] in residuals[1:3, 0] else find(self, residual, wanted)

    monkeypatch.setattr(LookupScanner, "_strongest", refuse_some)
    check(columns, residuals, [1.0, 1.0, 1.0], keep=25)


def test_answers_do_not_depend_on_the_number_of_threads(kernel, monkeypatch):
    monkeypatch.setattr(lookup, "WORTH_A_THREAD", 1e5)
    columns, residuals = sample(70, 60)
    scanner = lookup_scanner(columns, [1.0, 0.9, 0.8])
    scans = []
    for count in (1, 2, 5):
        monkeypatch.setattr(lookup, "threads", lambda count=count: count)
        scans.append(scanner(residuals, keep=50)[0])
    for scan in scans[1:]:
        assert scan.groups == scans[0].groups
        assert scan.strengths.tolist() == scans[0].strengths.tolist()
        assert scan.cutoff == scans[0].cutoff
    check(columns, residuals, [1.0, 0.9, 0.8], keep=50)


@pytest.mark.slow
def test_a_long_scan_of_what_a_fit_left_is_not_repeated(kernel, monkeypatch):
    """The strongest groups are no longer there, so fewer than random signs would have are above a floor."""
    monkeypatch.setattr(lookup, "WORTH_A_THREAD", 1e5)
    columns, residuals = sample(200, 60)
    scanner = lookup_scanner(columns, [1.0, 1.0, 1.0])
    strong = scanner(residuals, keep=60)[0].groups
    explained = np.column_stack([columns[:, group].prod(axis=1) for group in strong])
    left = residuals[0] - explained @ np.linalg.lstsq(explained, residuals[0], rcond=None)[0]
    floors, scan_all = [], LookupScanner._scan_all

    def noted(self, packed, wanted, floor):
        floors.append(floor)
        return scan_all(self, packed, wanted, floor)

    monkeypatch.setattr(LookupScanner, "_scan_all", noted)
    scanner((left - left.mean())[None], keep=256)
    assert len(floors) == 1
    monkeypatch.setattr(lookup, "SURPLUS_OF_LONG_SCANS", 0.5)
    check(columns, (left - left.mean())[None], [1.0, 1.0, 1.0], keep=256)
    assert floors[-1] == 0.0


def test_threads_are_at_most_what_is_asked_for(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert lookup.threads() == 1


def test_memory_does_not_grow_with_the_number_of_groups(kernel):
    columns, residuals = sample(100, 200)
    scanner = lookup_scanner(columns, [1.0, 1.0, 1.0])
    scanner(residuals, keep=256)
    tracemalloc.start()
    try:
        scanner(residuals, keep=256)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000  # the groups are 1.3 million


def test_single_precision_is_taken(kernel):
    columns, residuals = sample(60, 10)
    scanner = lookup_scanner(columns.astype(np.float32), [1.0, 1.0])
    expected = by_definition(columns, residuals[0].astype(np.float32), [1.0, 1.0])
    found = scanner.largest(residuals.astype(np.float32))
    assert found[0] == pytest.approx(max(expected.values()), rel=1e-6)


@pytest.mark.parametrize("name", ["avx9", "AVX2", " "])
def test_an_unknown_kernel_is_an_error(monkeypatch, name):
    monkeypatch.setenv("OVERTONE_KERNEL", name)
    with pytest.raises(RecoveryError, match="'avx512', 'avx2' or 'blocked' is expected"):
        chosen_instructions()


@pytest.mark.parametrize("name", ["avx512", "avx2"])
def test_a_kernel_that_the_processor_lacks_is_an_error(monkeypatch, name):
    monkeypatch.setattr(fastest.binding, "get_host_cpu_features", lambda: {"neon": True})
    monkeypatch.setenv("OVERTONE_KERNEL", name)
    with pytest.raises(RecoveryError, match=f"is {name!r}, but this processor has neither"):
        chosen_instructions()


def no_features():
    raise RuntimeError


@pytest.mark.parametrize("features", [dict, no_features])
def test_other_processors_take_the_blocked_scan(monkeypatch, features):
    monkeypatch.delenv("OVERTONE_KERNEL", raising=False)
    monkeypatch.setattr(fastest.binding, "get_host_cpu_features", features)
    columns, _ = sample(10, 3)
    assert isinstance(scanner_for(binary_basis(3).atoms, columns, np.ones(2)), BlockedScanner)


def test_a_processor_with_avx2_alone_takes_it(monkeypatch):
    monkeypatch.delenv("OVERTONE_KERNEL", raising=False)
    monkeypatch.setattr(fastest.binding, "get_host_cpu_features", lambda: {"avx2": True})
    assert [i.name for i in available_instructions()] == ["avx2"]


def test_blocked_can_be_forced(monkeypatch):
    monkeypatch.setenv("OVERTONE_KERNEL", "blocked")
    columns, _ = sample(10, 3)
    assert isinstance(scanner_for(binary_basis(3).atoms, columns, np.ones(2)), BlockedScanner)


def test_only_signs_are_looked_up(kernel):
    columns, _ = sample(10, 3)
    levels = Basis((*binary_basis(1).families, Family("k", contrasts(3), True, ("?",) * 3)))
    inactive = columns * np.array([1.0, 1.0, 0.0])
    assert isinstance(scanner_for(levels, columns, np.ones(2)), BlockedScanner)
    assert isinstance(scanner_for(binary_basis(3).atoms, inactive, np.ones(2)), BlockedScanner)
    assert isinstance(scanner_for(Basis(()).atoms, np.zeros((10, 0)), np.ones(2)), BlockedScanner)


def test_importing_compiles_nothing():
    program = (
        "from overtone.spectrum.scan import fastest, lookup, loops, packing;"
        "print(len(loops.scan_part.signatures), len(packing.pack.signatures))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["0", "0"]


def test_what_a_thread_writes_shares_no_cache_line_with_another_array(kernel):
    columns, residuals = sample(100, 20)
    packed = lookup_scanner(columns, [1.0, 1.0, 1.0])._pack(residuals[0])
    written = [*arrays.strongest_of(5, 1.0, 10), *arrays.chunk_for(packed)]
    lines = [
        {array.ctypes.data // 64, (array.ctypes.data + array.nbytes - 1) // 64} for array in written
    ]
    assert all(array.ctypes.data % 64 == 0 for array in written)
    assert sum(map(len, lines)) == len(set().union(*lines))


def test_a_word_sums_the_most_groups_without_carrying():
    assert loops.MOST_GROUPS * packing.LEVELS < 2**16
    assert loops.MOST_GROUPS % 4 == 0
