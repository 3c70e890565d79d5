"""Random decision trees, learned from uniform samples: the recovered spectrum beside the true one.

    uv run --group bench python -m benchmarks.recovering.decision_trees
    uv run --group bench python -m benchmarks.recovering.decision_trees --depths 3 4 --seeds 10 3

A decision tree with s leaves is a polynomial of its depth, whose coefficients sum to at most s in absolute
value. Hazan, Klivans and Yuan (arXiv 1706.00764) recover such a polynomial from a number of uniform samples
that grows with the logarithm of the number of inputs. Here a tree decides on 100 inputs of -1 and +1, every
leaf is -1 or +1, and the fit is `overtone.recover` with the depth as its degree and all else automatic.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numba
import numpy as np

import overtone
from benchmarks.reporting import interval, machine

INPUTS = 100
# A node above the depth decides with this probability, and is a leaf otherwise.
DECIDES = 0.8
# The noise is normal, with this share of the tree's standard deviation.
NOISY = 0.5
HELD_OUT = 5000
SAMPLES = {3: (100, 150, 200, 300, 400), 4: (400, 800, 1200), 5: (1600,)}
COLUMNS = (
    "depth",
    "noise",
    "N",
    "trees",
    "exact support",
    "terms found",
    "spurious",
    "spectrum captured",
    "95 % interval",
    "held-out R²",
    "95 % interval",
    "seconds",
)

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
Branch: TypeAlias = tuple[tuple[int, int], ...]


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


def leaves(tree: Tree, path: Branch = ()) -> Iterator[tuple[Branch, float]]:
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


def learned(tree: Tree, samples: int, noise: float, seed: int) -> tuple[overtone.Recovery, Score]:
    """The fit to some samples of a tree, and how close it is."""
    rng = np.random.default_rng([seed, samples])
    true = spectrum(tree)
    supports = true.keys() - {()}
    mass = {support: true[support] ** 2 for support in supports}
    X = rng.choice([-1, 1], size=(samples, INPUTS)).astype(np.int8)
    y = values(tree, X) + noise * np.sqrt(sum(mass.values())) * rng.normal(size=samples)
    start = time.perf_counter()
    recovery = overtone.recover(X, y, degree=depth_of(tree))
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


def random_problem(depth: int, seed: int) -> Tree:
    return random_tree(np.random.default_rng([depth, seed]), INPUTS, depth)


def row(depth: int, samples: int, noise: float, seeds: int) -> str:
    """What several trees of one depth gave."""
    scores = [
        learned(random_problem(depth, seed), samples, noise, seed)[1] for seed in range(seeds)
    ]
    cells = [
        f"{depth}",
        f"{noise:g}",
        f"{samples}",
        f"{seeds}",
        f"{sum(s.is_exact for s in scores)} of {seeds}",
        f"{np.mean([s.found for s in scores]):.1f} of {np.mean([s.terms for s in scores]):.1f}",
        f"{np.mean([s.spurious for s in scores]):.1f}",
        *mean_and_interval(np.array([s.captured for s in scores])),
        *mean_and_interval(np.array([s.r2 for s in scores])),
        f"{np.median([s.seconds for s in scores]):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def mean_and_interval(of_trees: np.ndarray) -> tuple[str, str]:
    if len(of_trees) == 1:
        return f"{of_trees[0]:.3f}", "one tree"
    low, high = interval(of_trees)
    return f"{of_trees.mean():.3f}", f"{low:.3f} to {high:.3f}"


def spectra(tree: Tree, samples: int, noise: float) -> list[str]:
    """Every coefficient that is not 0 in the tree or in the fit, largest first."""
    true = spectrum(tree)
    found = recovered(learned(tree, samples, noise, seed=0)[0])
    ordered = sorted(true.keys() | found.keys(), key=lambda s: (-abs(true.get(s, 0.0)), len(s), s))
    rows = ["| product | true | recovered |", "|---|---|---|"]
    for support in ordered:
        name = " * ".join(f"x{i}" for i in support) or "constant"
        fitted = f"{found[support]:+.4f}" if support in found else "not found"
        rows.append(f"| {name} | {true.get(support, 0.0):+.4f} | {fitted} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depths", type=int, nargs="+", default=list(SAMPLES), choices=SAMPLES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[20], help="one, or one a depth")
    parser.add_argument("--out", type=Path, help="a Markdown file to write the page to")
    options = parser.parse_args()
    seeds = options.seeds * (len(options.depths) if len(options.seeds) == 1 else 1)

    command = (
        f"benchmarks/recovering/decision_trees.py --depths {' '.join(map(str, options.depths))} "
        f"--seeds {' '.join(map(str, options.seeds))}"
    )
    # Before the run, which would be lost if a version could not be found.
    setting = f"`{command}`, {machine()}."
    shown = random_problem(3, 0)
    pictures = [
        [f"## A tree of depth 3 from 400 samples, noise {noise:g}", "", *spectra(shown, 400, noise)]
        for noise in (0.0, NOISY)
    ]
    for picture in pictures:
        print("\n".join(picture), "\n", flush=True)
    rows = [
        f"| {' | '.join(COLUMNS)} |",
        "|" + "---|" * len(COLUMNS),
    ]
    for depth, count in zip(options.depths, seeds, strict=True):
        for noise, samples in itertools.product((0.0, NOISY), SAMPLES[depth]):
            rows.append(row(depth, samples, noise, count))
            print(rows[-1], flush=True)
    if options.out:
        options.out.write_text(page(setting, rows, pictures))


def page(setting: str, rows: list[str], pictures: list[list[str]]) -> str:
    explanation = (
        f"Random decision trees over {INPUTS} inputs of -1 and +1, every leaf -1 or +1, from N uniform "
        "samples; noise is normal, in standard deviations of the tree. `overtone.recover` with the tree's "
        "depth as the degree and all else automatic.\n"
        "Exact support: the fit has the terms of the tree's Fourier spectrum and no others. "
        "Spectrum captured: the share of the tree's variance in the true terms that were found. "
        f"Held-out R²: of the noiseless tree at {HELD_OUT} new points. Seconds: the median of a fit; "
        f"threads: {numba.get_num_threads()}. Means over trees, with bootstrap intervals."
    )
    sections = [line for picture in pictures for line in ["", *picture]]
    head = ["# Decision trees", "", setting, "", explanation, ""]
    return "\n".join([*head, *rows, *sections, ""])


if __name__ == "__main__":
    main()
