"""From records to figures: regrets at budgets, paired intervals, ranks, evaluations to a target.

A table maps a problem and a sampler to the curves of its runs.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.optimising.constants import Constants
from benchmarks.optimising.runs import DOUBLED, Record
from benchmarks.reporting import interval

TWICE = f"{DOUBLED} x 2"
RESAMPLES = 10_000
# With fewer common seeds no difference is judged.
FEWEST_SEEDS = 3


@dataclass(frozen=True, eq=False)
class Runs:
    """The runs of one sampler on one problem, some of them longer than others."""

    seeds: tuple[int, ...]
    curves: tuple[np.ndarray, ...]  # regrets after each trial, of each seed
    seconds: float  # the median over runs of the median trial's
    slowest: float

    def upto(self, budget: int) -> dict[int, np.ndarray]:
        """The curves of the seeds that were run that long."""
        return {
            seed: curve[:budget]
            for seed, curve in zip(self.seeds, self.curves, strict=True)
            if len(curve) >= budget
        }

    def mean(self, budget: int) -> np.ndarray:
        """The mean curve up to a budget; nothing where no run was that long."""
        curves = list(self.upto(budget).values())
        return np.mean(curves, axis=0) if curves else np.zeros(0)


Table = dict[str, dict[str, Runs]]


def table(records: Iterable[Record], constants: Mapping[str, Constants]) -> Table:
    """The records of problems with constants, and random search once more at twice each budget."""
    grouped: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record.problem in constants:
            grouped.setdefault((record.problem, record.sampler), []).append(record)
    made: Table = {}
    for (problem, sampler), group in sorted(grouped.items()):
        group.sort(key=lambda record: record.seed)
        runs = Runs(
            seeds=tuple(record.seed for record in group),
            curves=tuple(constants[problem].regret(record.curve()) for record in group),
            seconds=float(np.median([record.seconds[0] for record in group])),
            slowest=max(record.seconds[1] for record in group),
        )
        made.setdefault(problem, {})[sampler] = runs
        if sampler == DOUBLED:
            halved = tuple(curve[1::2] for curve in runs.curves)
            made[problem][TWICE] = replace(runs, curves=halved)
    return made


@dataclass(frozen=True)
class Difference:
    """Ours minus a rival's, with its 95 % bootstrap interval over common seeds."""

    problem: str
    rival: str
    budget: int
    ours: float
    theirs: float
    low: float
    high: float

    @property
    def is_loss(self) -> bool:
        return self.low > 0


def differences(table: Table, ours: str, rival: str, budget: int) -> list[Difference]:
    """On every problem where both have enough common seeds and trials."""
    made = []
    for problem, by_sampler in table.items():
        pair = _paired(by_sampler, ours, rival, budget)
        if pair is not None:
            mine, theirs = pair
            low, high = interval(mine - theirs, resamples=RESAMPLES)
            made.append(Difference(problem, rival, budget, mine.mean(), theirs.mean(), low, high))
    return made


def mean_difference(table: Table, ours: str, rival: str, budget: int) -> Difference | None:
    """The same for the mean over problems; seeds are resampled on each problem by itself."""
    rng = np.random.default_rng(0)
    pairs = [
        pair
        for by_sampler in table.values()
        if (pair := _paired(by_sampler, ours, rival, budget)) is not None
    ]
    if not pairs:
        return None
    total = np.zeros(RESAMPLES)
    for mine, theirs in pairs:
        picks = rng.integers(len(mine), size=(RESAMPLES, len(mine)))
        total += (mine - theirs)[picks].mean(axis=1)
    low, high = np.quantile(total / len(pairs), [0.025, 0.975])
    mine, theirs = (
        float(np.mean([side.mean() for side in sides])) for sides in zip(*pairs, strict=True)
    )
    return Difference(
        f"{len(pairs)} problems", rival, budget, mine, theirs, float(low), float(high)
    )


def _paired(
    by_sampler: Mapping[str, Runs], ours: str, rival: str, budget: int
) -> tuple[np.ndarray, np.ndarray] | None:
    if ours not in by_sampler or rival not in by_sampler:
        return None
    mine, theirs = (by_sampler[sampler].upto(budget) for sampler in (ours, rival))
    seeds = sorted(set(mine) & set(theirs))
    if len(seeds) < FEWEST_SEEDS:
        return None
    return tuple(np.array([side[seed][-1] for seed in seeds]) for side in (mine, theirs))


def ranks(table: Table, samplers: Sequence[str], budget: int) -> tuple[dict[str, float], int]:
    """The mean rank by mean regret, over the problems that all of the samplers ran; and their number."""
    rows = []
    for by_sampler in table.values():
        curves = [by_sampler[s].mean(budget) for s in samplers if s in by_sampler]
        if len(curves) == len(samplers) and all(len(curve) for curve in curves):
            rows.append([curve[-1] for curve in curves])
    if not rows:
        return {}, 0
    means = np.array(rows)[:, :, None]
    less = (means > means.transpose(0, 2, 1)).sum(axis=2)
    equal = (means == means.transpose(0, 2, 1)).sum(axis=2)
    placed = (less + (equal + 1) / 2).mean(axis=0)  # ties share the mean of their places
    return dict(zip(samplers, placed.tolist(), strict=True)), len(rows)


def evaluations_to_reach(table: Table, sampler: str, target: str, budget: int) -> dict[str, float]:
    """When within a budget a sampler's mean regret first is the target's at its end; else infinity."""
    reached = {}
    for problem, by_sampler in table.items():
        if sampler not in by_sampler or target not in by_sampler:
            continue
        curve, aim = by_sampler[sampler].mean(budget), by_sampler[target].mean(budget)
        if len(curve) and len(aim):
            there = np.flatnonzero(curve <= aim[-1])
            reached[problem] = float(there[0] + 1) if len(there) else math.inf
    return reached
