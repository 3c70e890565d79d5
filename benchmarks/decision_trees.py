"""Random decision trees, learned from uniform samples: the recovered spectrum beside the true one.

    uv run --group bench python benchmarks/decision_trees.py
    uv run --group bench python benchmarks/decision_trees.py --seeds 3 --out benchmarks/results/decision_trees.md

A decision tree with s leaves is a polynomial of its depth, whose coefficients sum to at most s in absolute
value: Hazan, Klivans and Yuan (arXiv 1706.00764) learn it from a number of uniform samples that grows with the
logarithm of the number of inputs. Here a tree decides on 100 inputs of -1 and +1, every leaf is -1 or +1, and
the fit is `overtone.recover` with every rule automatic and the tree's depth as the degree.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from reporting import interval, machine

import overtone

INPUTS = 100
# A node above the depth decides with this probability, and is a leaf otherwise.
DECIDES = 0.8
# The noise is normal, with this share of the tree's standard deviation.
NOISY = 0.5
HELD_OUT = 5000
# Rounding of sums of dyadic numbers is exact, so that what cancels is 0.
SAMPLES = {3: (100, 200, 400, 800), 4: (400, 800, 1600), 5: (800, 1600, 3200)}

Spectrum: TypeAlias = dict[tuple[int, ...], float]


@dataclass(frozen=True)
class Leaf:
    value: float


@dataclass(frozen=True)
class Decision:
    """Goes `low` where its input is -1 and `high` where it is +1."""

    variable: int
    low: "Tree"
    high: "Tree"


Tree: TypeAlias = Leaf | Decision
Path_: TypeAlias = tuple[tuple[int, int], ...]


def random_tree(rng: np.random.Generator, n: int, depth: int) -> Tree:
    """A tree of exactly this depth that is not constant under any of its decisions."""
    while True:
        tree = _grown(rng, n, depth, ())
        if depth_of(tree) == depth:
            return tree


def _grown(rng: np.random.Generator, n: int, room: int, used: tuple[int, ...]) -> Tree:
    if room == 0 or (used and rng.random() > DECIDES):
        return Leaf(float(rng.choice([-1.0, 1.0])))
    variable = int(rng.choice(np.setdiff1d(np.arange(n), used)))
    low, high = (_grown(rng, n, room - 1, (*used, variable)) for _ in range(2))
    if isinstance(low, Leaf) and isinstance(high, Leaf):
        # Equal leaves would make the decision idle.
        high = Leaf(-low.value)
    return Decision(variable, low, high)


def depth_of(tree: Tree) -> int:
    match tree:
        case Leaf():
            return 0
        case Decision(low=low, high=high):
            return 1 + max(depth_of(low), depth_of(high))


def leaves(tree: Tree, path: Path_ = ()) -> Iterator[tuple[Path_, float]]:
    """Each leaf's value with the (variable, sign) that lead to it."""
    match tree:
        case Leaf(value=value):
            yield path, value
        case Decision(variable=variable, low=low, high=high):
            yield from leaves(low, (*path, (variable, -1)))
            yield from leaves(high, (*path, (variable, 1)))


def values(tree: Tree, X: np.ndarray) -> np.ndarray:
    """The leaf that each point (N, n) reaches."""
    match tree:
        case Leaf(value=value):
            return np.full(len(X), value)
        case Decision(variable=variable, low=low, high=high):
            return np.where(X[:, variable] > 0, values(high, X), values(low, X))


def spectrum(tree: Tree) -> Spectrum:
    """The exact Fourier coefficients that are not 0.

    A leaf reached by signs b_i of k variables is value * prod_i (1 + b_i x_i) / 2.
    """
    found: Spectrum = {}
    for path, value in leaves(tree):
        for size in range(len(path) + 1):
            for subset in itertools.combinations(sorted(path), size):
                support = tuple(i for i, _ in subset)
                share = value * np.prod([b for _, b in subset]) / 2 ** len(path)
                found[support] = found.get(support, 0.0) + float(share)
    # Sums of multiples of 1 / 2^depth are exact.
    return {support: c for support, c in found.items() if c != 0.0}


def recovered(recovery: overtone.Recovery) -> Spectrum:
    polynomial = recovery.polynomial
    return {
        tuple(i for i, _ in term): float(c)
        for term, c in zip(polynomial.terms, polynomial.coefficients, strict=True)
    }


@dataclass(frozen=True)
class Score:
    is_exact: bool
    terms: int
    found: int
    spurious: int
    captured: float  # share of the variance in the terms that were found
    r2: float  # of the noiseless tree at new points
    seconds: float


def learned(
    tree: Tree, samples: int, noise: float, seed: int, degree: int
) -> tuple[overtone.Recovery, Score]:
    """The fit to some samples of a tree, and how close it is."""
    rng = np.random.default_rng([seed, samples])
    true = spectrum(tree)
    supports = true.keys() - {()}
    mass = {support: true[support] ** 2 for support in supports}
    X = rng.choice([-1, 1], size=(samples, INPUTS)).astype(np.int8)
    y = values(tree, X) + noise * np.sqrt(sum(mass.values())) * rng.normal(size=samples)
    start = time.perf_counter()
    recovery = overtone.recover(X, y, degree=degree)
    seconds = time.perf_counter() - start
    kept = recovered(recovery).keys() - {()}
    new = rng.choice([-1, 1], size=(HELD_OUT, INPUTS)).astype(np.int8)
    truth = values(tree, new)
    error = truth - recovery.polynomial((new > 0).astype(np.int64))
    score = Score(
        is_exact=kept == supports,
        terms=len(supports),
        found=len(kept & supports),
        spurious=len(kept - supports),
        captured=sum(mass[s] for s in kept & supports) / sum(mass.values()),
        r2=1 - float(error @ error) / float(((truth - truth.mean()) ** 2).sum()),
        seconds=seconds,
    )
    return recovery, score
