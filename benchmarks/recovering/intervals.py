"""Coverage of three kinds of intervals after a choice of terms, and false discoveries by stability.

    uv run --group bench python -m benchmarks.recovering.intervals --records intervals.jsonl \\
        --out benchmarks/results/intervals.md

The functions are those of `support_recovery.py`; what is covered, or false, is judged by their true
coefficients, those of the tail included. Every recovery is one line of the records, so an interrupted run
goes on where it stopped.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.recovering.rival_intervals import LeastSquares, PairsBootstrap
from benchmarks.recovering.supports import Cell, key, problem, read
from benchmarks.reporting import machine
from overtone.spectrum.basis import binary_basis
from overtone.spectrum.recovery.intervals import DebiasedLasso
from overtone.spectrum.recovery.recovery import checked_sample, judged_choice
from overtone.spectrum.recovery.rule import RecoverySettings
from overtone.spectrum.recovery.uncertainty import stability
from overtone.spectrum.threads import one_blas_thread

KINDS = {
    "least squares": LeastSquares(),
    "debiased Lasso": DebiasedLasso(),
    "bootstrap of pairs": PairsBootstrap(),
}
CELLS = [
    Cell(60, s, tail, samples) for samples in (100, 200) for s in (5, 10) for tail in (0.0, 0.3)
]
LEVEL = 0.95
LEFT_OUT = {"half": 2, "a fifth": 5}
THRESHOLDS = (0.0, 0.3, 0.5, 0.7, 0.9)


def fitted(cell: Cell, seed: int) -> dict:
    """Each kept term: true coefficient, stability, and the ends of its intervals."""
    p = problem(cell, seed)
    levels = (p.X > 0).astype(np.int64)
    sample = checked_sample(binary_basis(cell.n), levels, p.y)
    rng = np.random.default_rng(seed)
    with one_blas_thread():
        choice, _ = judged_choice(sample, RecoverySettings())
        bounds = {
            name: kind.bounds(sample, choice, level=LEVEL, rng=rng) for name, kind in KINDS.items()
        }
        shares = {
            name: stability(sample, RecoverySettings(), choice.groups, rng, parts=parts).tolist()
            for name, parts in LEFT_OUT.items()
        }
    kept = [tuple(sample.aliases.kept[a] for a in group) for group in choice.groups]
    return {
        "truth": [p.coefficients.get(group, 0.0) for group in kept],
        **shares,
        **{
            name: [sample.in_own_units(end).tolist() for end in (b.low, b.high)]
            for name, b in bounds.items()
        },
    }


def page(rows: list[dict]) -> str:
    lines = [
        "# Intervals and false discoveries",
        "",
        f"`benchmarks/recovering/intervals.py`, {machine()}.",
        "",
        f"Intervals of {LEVEL:.0%} for the terms that the default rule kept, n = 60, noise 0.5.",
        "Each figure: the share of kept terms whose interval holds the true coefficient / median width.",
        "",
        "| N | s | tail | seeds | terms | " + " | ".join(KINDS) + " |",
        "|---|---|---|---|---|" + "---|" * len(KINDS),
    ]
    cells = list(dict.fromkeys(row["key"].split(" ", 1)[1] for row in rows))
    groups = {cell: [r for r in rows if r["key"].split(" ", 1)[1] == cell] for cell in cells}
    for cell, members in groups.items():
        _, s, tail, samples, _ = cell.split(" ")
        head = f"| {samples} | {s} | {tail} | {len(members)} | {len(joined(members, 'truth'))} | "
        lines.append(head + " | ".join(coverage(members, name) for name in KINDS) + " |")
    head = f"| all | | | {len(rows)} | {len(joined(rows, 'truth'))} | "
    lines.append(head + " | ".join(coverage(rows, name) for name in KINDS) + " |")
    lines += [
        "",
        "## False discoveries by stability",
        "",
        "Of the kept terms whose least-squares interval leaves out 0 and whose stability is at least the",
        "threshold: the share with a true coefficient of 0 (all cells; per recovery, then averaged, an",
        "empty one counting as 0), and how many of the large terms are among them.",
        "",
        "| left out | threshold | terms | false of all | false per recovery | power |",
        "|---|---|---|---|---|---|",
    ]
    lines += [discoveries(rows, name, least) for name in LEFT_OUT for least in THRESHOLDS]
    return "\n".join([*lines, ""])


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
        for seed, cell in [(seed, cell) for seed in range(options.seeds) for cell in CELLS]:
            name = key(seed, cell, "intervals")
            if name in done or time.monotonic() > end:
                continue
            file.write(json.dumps({"key": name, **fitted(cell, seed)}) + "\n")
            file.flush()
    text = page(read(options.records))
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
