"""The two constants that normalise a problem's values, kept in a file because finding them takes a while.

A regret is 0 at the least value known and 1 at the median of those of 1,000 random configurations that do
not fail, on a logarithmic scale where ratios count. The least value known is the optimum where it is known,
and otherwise the least that a long search or any recorded run has seen: it can only fall.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.optimising.problems import Configuration, Problem

RANDOM_CONFIGURATIONS = 1000
# The search for reference values: an elite that is mutated, a child replacing the worst of it.
ELITE = 30
RESTARTS = 5
RATES = (0.01, 0.03, 0.1)
PATH = Path(__file__).with_name("constants.json")


@dataclass(frozen=True)
class Constants:
    """What is 0 and what is 1."""

    best: float
    median: float
    is_logarithmic: bool

    def regret(self, values: np.ndarray) -> np.ndarray:
        """Normalised; 1 where nothing has succeeded yet (nan)."""
        if self.is_logarithmic:
            scaled = np.log(values / self.best) / math.log(self.median / self.best)
        else:
            scaled = (values - self.best) / (self.median - self.best)
        return np.where(np.isnan(values), 1.0, scaled)


def measure(problem: Problem, *, evaluations: int, seconds: float, least: float) -> Constants:
    """The constants of a problem of which the value `least` has been seen (infinity: none)."""
    rng = np.random.default_rng(5)
    values = [problem.truth(problem.sample(rng)) for _ in range(RANDOM_CONFIGURATIONS)]
    best = problem.optimum
    if best is None:
        until = time.monotonic() + seconds
        found = [
            _search(problem, np.random.default_rng([6, i]), evaluations // RESTARTS, until)
            for i in range(RESTARTS)
        ]
        best = min(least, np.nanmin(values), *found)
    return Constants(float(best), float(np.nanmedian(values)), problem.is_logarithmic)


def _search(problem: Problem, rng: np.random.Generator, evaluations: int, until: float) -> float:
    """The least value met by a steady-state evolution from random configurations."""
    elite: list[tuple[Configuration, float]] = []
    least = math.inf
    for _ in range(evaluations):
        if time.monotonic() > until:
            break
        parent = int(rng.integers(ELITE))
        if len(elite) < ELITE:
            child = problem.sample(rng)
        else:
            child = problem.mutate(elite[parent][0], rng, float(rng.choice(RATES)))
        value = problem.truth(child)
        if not math.isfinite(value):
            continue
        least = min(least, value)
        if len(elite) < ELITE:
            elite.append((child, value))
            continue
        worst = max(range(ELITE), key=lambda i: elite[i][1])
        if value < elite[worst][1] and all(value != known for _, known in elite):
            elite[worst] = (child, value)
        elif value <= elite[parent][1]:  # a plateau is drifted over
            elite[parent] = (child, value)
    return least


def read(path: Path = PATH) -> dict[str, Constants]:
    if not path.exists():
        return {}
    return {name: Constants(**kept) for name, kept in json.loads(path.read_text()).items()}


def write(constants: Mapping[str, Constants], path: Path = PATH) -> None:
    kept = {name: asdict(constants[name]) for name in sorted(constants)}
    path.write_text(json.dumps(kept, indent=2) + "\n")
