"""From records to figures: regrets at budgets, paired intervals, ranks, evaluations to a target.

A table maps a problem and a sampler to the regrets `(seeds, trials)` of its runs, in the order of `seeds`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from reporting import interval

from .constants import Constants
from .runs import DOUBLED, Record

TWICE = f"{DOUBLED} x 2"
RESAMPLES = 10_000
# With fewer common seeds no difference is judged.
FEWEST_SEEDS = 3


@dataclass(frozen=True, eq=False)
class Runs:
    """The runs of one sampler on one problem, cut to the shortest."""

    seeds: tuple[int, ...]
    regrets: np.ndarray  # (seeds, trials)
    seconds: float  # the median over runs of the median trial's
    slowest: float

    @property
    def trials(self) -> int:
        return self.regrets.shape[1]

    @property
    def mean(self) -> np.ndarray:
        return self.regrets.mean(axis=0)

    def at(self, budget: int) -> np.ndarray:
        return self.regrets[:, budget - 1]


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
        trials = min(record.trials for record in group)
        regrets = np.array([constants[problem].regret(record.curve()[:trials]) for record in group])
        runs = Runs(
            seeds=tuple(record.seed for record in group),
            regrets=regrets,
            seconds=float(np.median([record.seconds[0] for record in group])),
            slowest=max(record.seconds[1] for record in group),
        )
        made.setdefault(problem, {})[sampler] = runs
        if sampler == DOUBLED:
            half = Runs(runs.seeds, regrets[:, 1::2], runs.seconds, runs.slowest)
            made[problem][TWICE] = half
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
    mine, theirs = by_sampler.get(ours), by_sampler.get(rival)
    if mine is None or theirs is None or min(mine.trials, theirs.trials) < budget:
        return None
    seeds = sorted(set(mine.seeds) & set(theirs.seeds))
    if len(seeds) < FEWEST_SEEDS:
        return None
    return tuple(
        side.at(budget)[[side.seeds.index(seed) for seed in seeds]] for side in (mine, theirs)
    )


def ranks(table: Table, samplers: Sequence[str], budget: int) -> tuple[dict[str, float], int]:
    """The mean rank by mean regret, over the problems that all of the samplers ran; and their number."""
    rows = [
        [by_sampler[sampler].at(budget).mean() for sampler in samplers]
        for by_sampler in table.values()
        if all(
            sampler in by_sampler and by_sampler[sampler].trials >= budget for sampler in samplers
        )
    ]
    if not rows:
        return {}, 0
    means = np.array(rows)[:, :, None]
    less = (means > means.transpose(0, 2, 1)).sum(axis=2)
    equal = (means == means.transpose(0, 2, 1)).sum(axis=2)
    placed = (less + (equal + 1) / 2).mean(axis=0)  # ties share the mean of their places
    return dict(zip(samplers, placed.tolist(), strict=True)), len(rows)


def evaluations_to_reach(table: Table, sampler: str, target: str, budget: int) -> dict[str, float]:
    """When a sampler's mean regret first is the target's after a budget, on each problem; else infinity."""
    reached = {}
    for problem, by_sampler in table.items():
        if sampler not in by_sampler or target not in by_sampler:
            continue
        if min(by_sampler[target].trials, by_sampler[sampler].trials) < budget:
            continue
        aim = by_sampler[target].mean[budget - 1]
        there = np.flatnonzero(by_sampler[sampler].mean <= aim)
        reached[problem] = float(there[0] + 1) if len(there) else math.inf
    return reached
