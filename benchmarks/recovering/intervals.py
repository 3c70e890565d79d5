"""Coverage of intervals after a choice of terms, and false discoveries by stability.

    uv run --group bench python -m benchmarks.recovering.intervals --records intervals.jsonl \\
        --out benchmarks/results/intervals.md

The functions are those of `supports.py`; what is covered, or false, is judged by their true coefficients,
those of the tail included. What `overtone.uncertainty` assumes holds in the cells that are called uniform.
In the others either the columns are unbalanced (+1 in 90 % of the points), or each copies the one before it
with probability 1/2, or the noise is Student's with 2.5 degrees of freedom. Every recovery is one line of
the records, so an interrupted run goes on where it stopped.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.recovering.rival_intervals import DebiasedLasso, LeastSquares, PairsBootstrap
from benchmarks.recovering.supports import NOISE, Cell, key, problem, read
from benchmarks.reporting import machine
from overtone.spectrum.basis import binary_basis
from overtone.spectrum.recovery.recovery import checked_sample, judged_choice
from overtone.spectrum.recovery.rivals import RivalChoices
from overtone.spectrum.recovery.rule import AUTO_DEGREE, RecoverySettings
from overtone.spectrum.recovery.uncertainty import (
    STABLE,
    STABLE_IN_FAULTY_SAMPLES,
    stability,
    with_zero,
)
from overtone.spectrum.recovery.uniformity import faults_of
from overtone.spectrum.threads import one_blas_thread

REPORTED = "uncertainty"
KINDS = {
    "least squares": LeastSquares(),
    "debiased Lasso": DebiasedLasso(),
    "bootstrap of pairs": PairsBootstrap(),
    REPORTED: RivalChoices(AUTO_DEGREE),
}
LAWS = ("uniform", "90/10", "copied", "Student")
UNIFORM = [
    Cell(60, s, tail, samples) for samples in (100, 200) for s in (5, 10) for tail in (0.0, 0.3)
]
CELLS = [
    *(("uniform", cell) for cell in UNIFORM),
    *((law, cell) for law in LAWS[1:] for cell in UNIFORM if not cell.tail),
]
FREEDOM = 2.5
LEVEL = 0.95
LEFT_OUT = {"half": 2, "a fifth": 5}
THRESHOLDS = (0.0, 0.3, 0.5, 0.7, 0.9)


def drawn(law: str, cell: Cell, seed: int) -> tuple[np.ndarray, np.ndarray, dict]:
    """Points, values and true coefficients: those of `supports` if uniform, else the same function."""
    p = problem(cell, seed)
    if law == "uniform":
        return p.X, p.y, p.coefficients
    rng = np.random.default_rng([seed, cell.n, cell.s, cell.samples, LAWS.index(law)])
    X = rng.choice(np.array([-1, 1]), (cell.samples, cell.n))
    if law == "90/10":
        X = np.where(rng.random(X.shape) < 0.9, 1, -1)
    if law == "copied":
        is_copy = rng.random(X.shape) < 0.5
        for i in range(1, cell.n):
            X[:, i] = np.where(is_copy[:, i], X[:, i - 1], X[:, i])
    gaussian, heavy = rng.standard_normal(cell.samples), rng.standard_t(FREEDOM, cell.samples)
    y = 3.0 + NOISE * (heavy if law == "Student" else gaussian)
    for term, weight in p.coefficients.items():
        y += weight * X[:, list(term)].prod(axis=1)
    return X, y, p.coefficients


def fitted(law: str, cell: Cell, seed: int) -> dict:
    """Each kept term: true coefficient, stability, and the ends of its intervals."""
    X, y, coefficients = drawn(law, cell, seed)
    sample = checked_sample(binary_basis(cell.n), (X > 0).astype(np.int64), y)
    rng = np.random.default_rng(seed)
    with one_blas_thread():
        choice, _ = judged_choice(sample, RecoverySettings())
        bounds = {
            name: kind.bounds(sample, choice, level=LEVEL, rng=rng) for name, kind in KINDS.items()
        }
        shares = {
            name: stability(sample, RecoverySettings(), choice.groups, rng, parts=parts)
            for name, parts in LEFT_OUT.items()
        }
    faults = faults_of(sample)
    if faults:
        is_unstable = shares["a fifth"] < STABLE_IN_FAULTY_SAMPLES
        bounds[REPORTED] = with_zero(bounds[REPORTED], is_unstable)
    kept = [tuple(sample.aliases.kept[a] for a in group) for group in choice.groups]
    return {
        "truth": [coefficients.get(group, 0.0) for group in kept],
        "warned": bool(faults),
        **{name: found.tolist() for name, found in shares.items()},
        **{
            name: [sample.in_own_units(end).tolist() for end in (b.low, b.high)]
            for name, b in bounds.items()
        },
    }


def law_and_cell(row: dict) -> tuple[str, str]:
    """The law and the cell that a record is of."""
    *cell, law, _ = row["key"].split(" ")[1:]
    return law, " ".join(cell)


def page(rows: list[dict]) -> str:
    uniform = [row for row in rows if law_and_cell(row)[0] == "uniform"]
    return "\n".join(
        [
            "# Intervals and false discoveries",
            "",
            f"`benchmarks/recovering/intervals.py`, {machine()}.",
            "",
            f"Intervals of {LEVEL:.0%} for the terms that the default rule kept, n = 60, noise 0.5.",
            "Uniform: uniform columns and Gaussian noise. 90/10: columns that are +1 in 90 % of the points.",
            "Copied: columns that copy the one before with probability 1/2. Student: uniform columns and 0.5",
            f"times Student's t with {FREEDOM} degrees of freedom. The last column is what",
            "`overtone.uncertainty` gives.",
            "Each figure: the share of kept terms whose interval holds the true coefficient / median width.",
            "",
            *coverage_table(rows),
            "",
            "## What is called real",
            "",
            "Of the kept terms: how many are real by their stability and their intervals, those of the",
            "debiased Lasso or those of `overtone.uncertainty`. Power: the share of the terms with a",
            "coefficient of 0.5 or more that the latter calls real.",
            "Warned: in how many samples the columns were plainly not uniform.",
            "",
            *real_table(rows),
            "",
            "## False discoveries by stability",
            "",
            "Of the kept terms whose least-squares interval leaves out 0 and whose stability is at least the",
            "threshold: the share with a true coefficient of 0 (all uniform cells; per recovery, then",
            "averaged, an empty one counting as 0), and how many of the large terms are among them.",
            "",
            "| left out | threshold | terms | false of all | false per recovery | power |",
            "|---|---|---|---|---|---|",
            *(discoveries(uniform, name, least) for name in LEFT_OUT for least in THRESHOLDS),
            "",
        ]
    )


def coverage_table(rows: list[dict]) -> list[str]:
    lines = [
        "| points | N | s | tail | seeds | terms | " + " | ".join(KINDS) + " |",
        "|---|---|---|---|---|---|" + "---|" * len(KINDS),
    ]
    return [*lines, *by_cell(rows, coverage_line)]


def by_cell(rows: list[dict], line: Callable[[str, list[dict]], str]) -> Iterator[str]:
    """A line for each cell of each law of points, and one for all of a law's."""
    for law in LAWS:
        of_law = [row for row in rows if law_and_cell(row)[0] == law]
        for cell in dict.fromkeys(law_and_cell(row)[1] for row in of_law):
            members = [row for row in of_law if law_and_cell(row)[1] == cell]
            _, s, tail, samples = cell.split(" ")
            yield line(f"{law} | {samples} | {s} | {tail}", members)
        yield line(f"{law} | all | |", of_law)


def coverage_line(head: str, rows: list[dict]) -> str:
    shown = " | ".join(coverage(rows, name) for name in KINDS)
    return f"| {head} | {len(rows)} | {len(joined(rows, 'truth'))} | {shown} |"


def real_table(rows: list[dict]) -> list[str]:
    lines = [
        (
            "| points | N | s | tail | warned | kept | false of them "
            "| real, debiased Lasso | false of them | real, uncertainty | false of them | power |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    return [*lines, *by_cell(rows, real_line)]


def real_line(head: str, rows: list[dict]) -> str:
    truth = joined(rows, "truth")
    known, reported = called_real(rows, "debiased Lasso"), called_real(rows, REPORTED)
    large = sum(int(row["key"].split(" ")[2]) for row in rows)
    return (
        f"| {head} | {sum(row['warned'] for row in rows)} of {len(rows)} | {len(truth)} "
        f"| {(truth == 0).sum()} | {len(known)} | {(known == 0).sum()} | {len(reported)} "
        f"| {(reported == 0).sum()} | {(np.abs(reported) >= 0.5).sum() / large:.2f} |"
    )


def called_real(rows: list[dict], name: str) -> np.ndarray:
    """True coefficients of the terms that are stable and whose intervals of one kind leave out 0."""
    low, high = (np.concatenate([row[name][end] for row in rows]) for end in (0, 1))
    is_real = (joined(rows, "a fifth") >= STABLE) & (np.sign(low) * np.sign(high) > 0)
    return joined(rows, "truth")[is_real]


def joined(rows: list[dict], name: str) -> np.ndarray:
    return np.concatenate([np.array(row[name]).reshape(-1) for row in rows])


def coverage(rows: list[dict], name: str) -> str:
    low, high = (np.concatenate([row[name][end] for row in rows]) for end in (0, 1))
    truth = joined(rows, "truth")
    if not len(truth):
        return "-"
    held = (low <= truth) & (truth <= high)
    return f"{held.mean():.3f} / {np.median(high - low):.3f}"


def discoveries(rows: list[dict], left_out: str, threshold: float) -> str:
    false, total, shares, found, large = 0, 0, [], 0, 0
    for row in rows:
        low, high = np.array(row["least squares"])
        real = (np.array(row[left_out]) >= threshold) & (low * high > 0)
        truth = np.array(row["truth"])[real]
        false += int((truth == 0).sum())
        total += len(truth)
        shares.append((truth == 0).mean() if len(truth) else 0.0)
        found += int((np.abs(truth) >= 0.5).sum())
        large += int(row["key"].split(" ")[2])
    return (
        f"| {left_out} | {threshold} | {total} | {false / max(total, 1):.3f} | {np.mean(shares):.3f} "
        f"| {found / large:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=Path, required=True, help="a file of finished fits")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--out", type=Path, help="a Markdown file to write the tables to")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    done = {row["key"] for row in read(options.records)}
    with options.records.open("a", encoding="utf-8") as file:
        for seed, (law, cell) in itertools.product(range(options.seeds), CELLS):
            name = key(seed, cell, f"{law} intervals")
            if name in done or time.monotonic() > end:
                continue
            file.write(json.dumps({"key": name, **fitted(law, cell, seed)}) + "\n")
            file.flush()
    text = page(read(options.records))
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
