"""Which rule finds the terms of a sparse polynomial: exact supports and held-out R^2, beside rivals.

    uv run --group bench --with abess python -m benchmarks.recovering.supports --records support.jsonl \\
        --out benchmarks/results/support_recovery.md

Every finished fit is one line of the records, so an interrupted run goes on where it stopped, and the number
of seeds may be raised later. Rivals that are not installed, or whose matrix of all terms would not fit, are
left out; what takes seconds a fit comes last, and has as many seeds as the time allowed.

The functions: s products of 1 to 3 of n signs, the degree and the signs drawn uniformly, with coefficients of
+-U(0.5, 1.5), values with Gaussian noise of 0.5. A tail of 0.3 adds 200 small products, which together have
0.3 of the standard deviation of the s large ones; only those s count as the support.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.reporting import interval, machine
from overtone.spectrum.recovery.lasso_rules import AdaptiveLasso, CrossValidatedLasso, FixedPenalty
from overtone.spectrum.recovery.pursuit import Pursuit
from overtone.spectrum.recovery.recovery import recover

NOISE, TAIL_TERMS, FRESH = 0.5, 200, 2000
# A matrix of all terms of more signs than this is too large for most rivals.
DENSE = 100

Support = set[tuple[int, ...]]


@dataclass(frozen=True)
class Cell:
    n: int
    s: int
    tail: float
    samples: int


CELLS = [
    Cell(n, s, tail, samples)
    for n in (60, 200)
    for s in (5, 10)
    for tail in (0.0, 0.3)
    for samples in (100, 200, 400)
]


@dataclass(frozen=True)
class Problem:
    """Samples of a function, fresh points with its values, and its large terms."""

    X: np.ndarray
    y: np.ndarray
    fresh: np.ndarray
    values: np.ndarray
    support: Support
    coefficients: dict[tuple[int, ...], float]  # of all terms, those of the tail included


def problem(cell: Cell, seed: int) -> Problem:
    rng = np.random.default_rng([seed, cell.n, cell.s, cell.samples, int(10 * cell.tail)])
    points = rng.choice(np.array([-1, 1]), (cell.samples + FRESH, cell.n))
    support: Support = set()
    while len(support) < cell.s:
        support.add(product(rng, cell.n))
    weights = rng.choice([-1, 1], cell.s) * rng.uniform(0.5, 1.5, cell.s)
    coefficients = dict(zip(sorted(support), weights.tolist(), strict=True))
    if cell.tail:
        small = rng.standard_normal(TAIL_TERMS)
        small *= cell.tail * np.linalg.norm(weights) / np.linalg.norm(small)
        for weight in small.tolist():
            term = product(rng, cell.n)
            coefficients[term] = coefficients.get(term, 0.0) + weight
    y = 3.0 + NOISE * rng.standard_normal(len(points))
    for term, weight in coefficients.items():
        y += weight * points[:, list(term)].prod(axis=1)
    N = cell.samples
    return Problem(points[:N], y[:N], points[N:], y[N:], support, coefficients)


def product(rng: np.random.Generator, n: int) -> tuple[int, ...]:
    return tuple(sorted(int(i) for i in rng.choice(n, rng.integers(1, 4), replace=False)))


# A fit gives the support found and the values at the fresh points.
Fit = Callable[[Problem, Cell], tuple[Support, np.ndarray]]


def by_rule(**options: object) -> Fit:
    def fit(p: Problem, cell: Cell) -> tuple[Support, np.ndarray]:
        polynomial = recover(p.X, p.y, **options).polynomial
        found = {tuple(i for i, _ in term) for term in polynomial.terms} - {()}
        return found, polynomial((p.fresh > 0).astype(np.int64))

    return fit


def by_penalty(penalty: Callable[[Problem, Cell], float]) -> Fit:
    """The paper's rule, told the true number of terms."""

    def fit(p: Problem, cell: Cell) -> tuple[Support, np.ndarray]:
        rule = FixedPenalty(penalty(p, cell))
        return by_rule(degree=3, sparsity=cell.s, rule=rule)(p, cell)

    return fit


def products(cell: Cell) -> list[tuple[int, ...]]:
    return [g for k in (1, 2, 3) for g in itertools.combinations(range(cell.n), k)]


def matrix(points: np.ndarray, terms: list[tuple[int, ...]]) -> np.ndarray:
    return np.array([points[:, list(term)].prod(axis=1) for term in terms], dtype=np.float64).T


def by_regressor(make: Callable[[Cell], object]) -> Fit:
    """A regressor of other packages on the matrix of all terms."""

    def fit(p: Problem, cell: Cell) -> tuple[Support, np.ndarray]:
        terms = products(cell)
        model = make(cell)
        model.fit(matrix(p.X, terms), p.y)
        used = np.flatnonzero(model.coef_)
        found = {terms[j] for j in used}
        values = np.full(len(p.fresh), float(model.intercept_))
        for j in used:
            values += model.coef_[j] * p.fresh[:, list(terms[j])].prod(axis=1)
        return found, values

    return fit


def rivals() -> dict[str, Fit]:
    """What is installed."""
    found: dict[str, Fit] = {}
    try:
        from sklearn.linear_model import OrthogonalMatchingPursuitCV

        found["scikit-learn OrthogonalMatchingPursuitCV"] = by_regressor(
            lambda cell: OrthogonalMatchingPursuitCV(max_iter=20, cv=5)
        )
    except ImportError:
        pass
    try:
        from abess import LinearRegression

        found["abess (L0, extended BIC, at most 20 terms)"] = by_regressor(
            lambda cell: LinearRegression(support_size=range(21), ic_type="ebic")
        )
    except ImportError:
        pass
    return found


QUICK: dict[str, Fit] = {
    "Pursuit (default)": by_rule(rule=Pursuit()),
    "AdaptiveLasso": by_rule(rule=AdaptiveLasso()),
    "CrossValidatedLasso": by_rule(rule=CrossValidatedLasso()),
    "CrossValidatedLasso, told s": lambda p, cell: by_rule(
        rule=CrossValidatedLasso(), sparsity=cell.s
    )(p, cell),
    "FixedPenalty, 0.1 sd(y), told s": by_penalty(lambda p, cell: 0.1 * float(p.y.std())),
}
# The paper's constant is so small that nearly as many terms as samples are active before the cut.
SLOW: dict[str, Fit] = {
    "FixedPenalty, lambda = 3, told s": by_penalty(lambda p, cell: 3 / (2 * cell.samples)),
}


def jobs(seeds: int) -> Iterator[tuple[int, Cell, str, Fit]]:
    """All seeds of what is quick, and then of what takes seconds a fit."""
    for seed in range(seeds):
        for cell in CELLS:
            for name, fit in QUICK.items():
                yield seed, cell, name, fit
    others = rivals()
    for seed in range(seeds):
        for cell in CELLS:
            if cell.n <= DENSE:
                for name, fit in (SLOW | others).items():
                    yield seed, cell, name, fit


def key(seed: int, cell: Cell, name: str) -> str:
    return f"{seed} {cell.n} {cell.s} {cell.tail} {cell.samples} {name}"


def measure(records: Path, seeds: int, minutes: float) -> None:
    """Append what the records lack, until the time is over."""
    end = time.monotonic() + 60 * minutes
    done = {row["key"] for row in read(records)}
    with records.open("a", encoding="utf-8") as file:
        for seed, cell, name, fit in jobs(seeds):
            if key(seed, cell, name) in done:
                continue
            if time.monotonic() > end:
                return
            p = problem(cell, seed)
            start = time.process_time()
            found, values = fit(p, cell)
            row = {
                "key": key(seed, cell, name),
                "exact": found == p.support,
                "kept": len(found),
                "right": len(found & p.support),
                "r2": 1 - ((p.values - values) ** 2).mean() / p.values.var(),
                "seconds": time.process_time() - start,
            }
            file.write(json.dumps(row) + "\n")
            file.flush()


def read(records: Path) -> list[dict]:
    if not records.exists():
        return []
    return [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]


def page(rows: list[dict]) -> str:
    """One table a number of parameters and tail: exact rate and R^2 against N, intervals over seeds."""
    parsed = {}
    for row in rows:
        seed, n, s, tail, samples, name = row["key"].split(" ", 5)
        cell = Cell(int(n), int(s), float(tail), int(samples))
        parsed.setdefault((cell, name), {})[int(seed)] = row
    names = list(dict.fromkeys(name for _, name in parsed))
    lines = [
        "# Exact supports and held-out R^2",
        "",
        f"`benchmarks/recovering/supports.py`, {machine()}.",
        "",
        "Functions and noise are described at the head of the script.",
        "A cell is: the rate of exact supports (with the number of seeds); the mean R^2 on 2,000 fresh",
        "points with its 95 % bootstrap interval over seeds; terms kept and how many of them are among",
        "the large ones; the median processor time of a fit in ms, other work on the machine or not.",
        "The best exact rate of a column is bold.",
        "RecoverySettings told s know the number of terms, which the others do not.",
        "",
        *losses(parsed),
    ]
    for n, tail, s in itertools.product((60, 200), (0.0, 0.3), (5, 10)):
        lines += table(parsed, names, n, tail, s)
    lines += summary(parsed, names)
    return "\n".join(lines)


def losses(parsed: dict) -> list[str]:
    """Where the default finds the exact support less often than what is not told s, on the same seeds."""
    default = next(iter(QUICK))
    lines = ["## Where the default loses", ""]
    for (cell, name), rows in parsed.items():
        if name == default or name.endswith("told s"):
            continue
        ours = {seed: row for seed, row in parsed[cell, default].items() if seed in rows}
        if rate(ours) < rate(rows):
            lines.append(
                f"- n = {cell.n}, s = {cell.s}, tail = {cell.tail}, N = {cell.samples}: exact "
                f"{rate(ours):.2f}, {name} {rate(rows):.2f} ({len(rows)} seeds)."
            )
    return [*lines, ""]


def table(parsed: dict, names: list[str], n: int, tail: float, s: int) -> list[str]:
    columns = [Cell(n, s, tail, samples) for samples in (100, 200, 400)]
    best = {
        cell: max((rate(parsed[cell, name]) for name in names if (cell, name) in parsed), default=0)
        for cell in columns
    }
    lines = [f"## n = {n}, s = {s}, tail = {tail}", "", "| rule | N = 100 | N = 200 | N = 400 |"]
    lines.append("|---|---|---|---|")
    for name in names:
        if not any((cell, name) in parsed for cell in columns):
            continue
        cells = [shown(parsed.get((cell, name), {}), best[cell]) for cell in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def rate(rows: dict) -> float:
    return float(np.mean([row["exact"] for row in rows.values()]))


def shown(rows: dict, best: float) -> str:
    if not rows:
        return "-"
    r2 = np.array([row["r2"] for row in rows.values()])
    low, high = interval(r2)
    exact = f"{rate(rows):.2f} ({len(rows)})"
    exact = f"**{exact}**" if rate(rows) == best > 0 else exact
    kept, right = (np.mean([row[k] for row in rows.values()]) for k in ("kept", "right"))
    ms = 1e3 * np.median([row["seconds"] for row in rows.values()])
    return f"{exact}; {r2.mean():.2f} ({low:.2f}, {high:.2f}); {kept:.1f} / {right:.1f}; {ms:.0f}"


def summary(parsed: dict, names: list[str]) -> list[str]:
    """Means over n and s, of those seeds and cells that every rule of ours has."""
    lines = ["## Means over n and s", "", "Exact rate / R^2.", ""]
    lines += ["| rule | tail | N = 100 | N = 200 | N = 400 | fits |", "|---|---|---|---|---|---|"]
    for name, tail in itertools.product([n for n in names if n in QUICK], (0.0, 0.3)):
        cells, fits = [], 0
        for samples in (100, 200, 400):
            sets = [
                v for (c, m), v in parsed.items() if (m, c.tail, c.samples) == (name, tail, samples)
            ]
            fits += sum(map(len, sets))
            r2 = np.mean([np.mean([row["r2"] for row in rows.values()]) for rows in sets])
            cells.append(f"{np.mean([rate(rows) for rows in sets]):.2f} / {r2:.2f}")
        lines.append(f"| {name} | {tail} | " + " | ".join(cells) + f" | {fits} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=Path, required=True, help="a file of finished fits")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--out", type=Path, help="a Markdown file to write the tables to")
    options = parser.parse_args()
    measure(options.records, options.seeds, options.minutes)
    text = page(read(options.records))
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
