"""The trees of the benchmark have the Fourier coefficients that it says."""

import itertools

import numpy as np
import pytest

from benchmarks.recovering import decision_trees as trees


def cube(n):
    return np.array(list(itertools.product([-1, 1], repeat=n)))


@pytest.mark.parametrize("seed", range(10))
def test_the_spectrum_is_that_of_all_points(seed):
    """Each coefficient is the mean of the tree times the product, over the whole cube."""
    n, depth = 7, 2 + seed % 4
    tree = trees.random_tree(np.random.default_rng(seed), n, depth)
    points = cube(n)
    f, spectrum = trees.values(tree, points), trees.spectrum(tree)
    for size in range(n + 1):
        for support in itertools.combinations(range(n), size):
            coefficient = (f * points[:, list(support)].prod(axis=1)).mean()
            assert spectrum.get(support, 0.0) == coefficient


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_the_squares_of_the_spectrum_sum_to_those_of_the_leaves(depth):
    """Parseval: every leaf is -1 or +1, so the mean square is 1."""
    for seed in range(20):
        tree = trees.random_tree(np.random.default_rng(seed), 100, depth)
        spectrum = trees.spectrum(tree)
        assert sum(c**2 for c in spectrum.values()) == 1.0
        assert 0.0 not in spectrum.values()
        assert max(map(len, spectrum)) <= depth
        assert sum(map(abs, spectrum.values())) <= len(list(trees.leaves(tree)))


def test_a_tree_has_the_depth_that_was_asked_for():
    rng = np.random.default_rng(0)
    assert [trees.depth_of(trees.random_tree(rng, 100, d)) for d in (1, 3, 5)] == [1, 3, 5]


def test_a_small_tree_is_learned_exactly():
    _, score = trees.learned(trees.random_problem(2, 0), samples=120, noise=0.0, seed=0)
    assert score.is_exact
    assert score.captured == 1.0
    assert score.spurious == 0
    assert score.r2 == pytest.approx(1.0)


def test_pure_noise_shows_no_tree():
    """Negative control: the same score must be 0 where the tree is drowned."""
    _, score = trees.learned(trees.random_problem(2, 0), samples=120, noise=50.0, seed=0)
    assert (score.is_exact, score.captured) == (False, 0.0)
