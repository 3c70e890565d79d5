"""Intervals hold what they promise where the terms are given, and scale with the values."""

import numpy as np
import pytest

from benchmarks.recovering.rival_intervals import DebiasedLasso, LeastSquares, PairsBootstrap
from overtone.spectrum.basis import binary_basis
from overtone.spectrum.recovery.intervals import Bounds
from overtone.spectrum.recovery.pursuit import Pursuit
from overtone.spectrum.recovery.rivals import RivalChoices
from overtone.spectrum.recovery.rule import RecoverySettings, Selection
from overtone.spectrum.recovery.sample import sample_of

KINDS = [RivalChoices(3), LeastSquares(), DebiasedLasso(), PairsBootstrap()]
TRUTH = np.array([1.0, -0.6])


def planted(seed, *, samples=120, scale=1.0):
    """Two terms of eight parameters, chosen by the default rule and, whatever it did, these two kept."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(2, size=(samples, 8))
    X = 2.0 * levels - 1
    y = X[:, 0] - 0.6 * X[:, 1] * X[:, 2] + 3.0 + 0.5 * rng.normal(size=samples)
    sample = sample_of(binary_basis(8), levels, scale * y)
    shrunk = Pursuit().choose(sample, RecoverySettings()).shrunk
    kept = (np.ones(1), np.ones(1))  # of the right shape; no interval starts from them
    return sample, Selection(((0,), (1, 2)), kept, 0.0, shrunk)


def bounds(kind, seed, *, level=0.95, **options):
    sample, choice = planted(seed, **options)
    found = kind.bounds(sample, choice, level=level, rng=np.random.default_rng(seed))
    return Bounds(sample.in_own_units(found.low), sample.in_own_units(found.high))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_nine_of_ten_intervals_of_ninety_percent_hold_the_truth(kind):
    """Of 160 intervals with a coverage of 90 % fewer than 129 hold it with a probability of 1e-4."""
    found = [bounds(kind, seed, level=0.9) for seed in range(80)]
    held = sum(((b.low <= TRUTH) & (b.high >= TRUTH)).sum() for b in found)
    assert 129 <= held <= 158


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.slow
def test_the_intervals_do_not_hold_another_coefficient(kind):
    """Negative control: nearly none holds a coefficient that is five errors off."""
    found = [bounds(kind, seed, level=0.9) for seed in range(40)]
    assert sum(((b.low <= TRUTH + 0.25) & (b.high >= TRUTH + 0.25)).sum() for b in found) <= 4


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_intervals_scale_with_the_values_and_turn_with_their_sign(kind):
    plain, turned = bounds(kind, 0), bounds(kind, 0, scale=-2.0)
    np.testing.assert_allclose(turned.low, -2 * plain.high, rtol=1e-6)
    np.testing.assert_allclose(turned.high, -2 * plain.low, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_higher_level_gives_wider_intervals_and_more_samples_narrower_ones(kind):
    usual, wide = bounds(kind, 0), bounds(kind, 0, level=0.99)
    assert (wide.low < usual.low).all()
    assert (wide.high > usual.high).all()
    narrow = bounds(kind, 0, samples=1200)
    np.testing.assert_allclose(
        (narrow.high - narrow.low) / (usual.high - usual.low), 1 / np.sqrt(10), rtol=0.25
    )


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_choice_of_nothing_has_no_intervals(kind):
    sample, choice = planted(0)
    nothing = Selection((), (), 3.0, choice.shrunk)
    found = kind.bounds(sample, nothing, level=0.95, rng=np.random.default_rng(0))
    assert found.low.shape == found.high.shape == (0,)
