"""The records of a scale, seed by seed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from experiments.cifar10.laboratory import Outcome, read, recorded_seeds, records_path, stages_path
from experiments.cifar10.scales import Scale
from experiments.cifar10.settings import DUMMIES

STAGED: Final = ("harmonica 1", "harmonica 2", "harmonica + random")
DUMMY_NAMES: Final = frozenset(setting.name for setting in DUMMIES)


@final
@dataclass(frozen=True)
class Seed:
    """The records of one seed, by method in the order of their ends; and what its stages found."""

    number: int
    outcomes: Mapping[str, tuple[Outcome, ...]]
    stages: tuple[dict[str, Any], ...]

    def of(self, method: str) -> tuple[Outcome, ...]:
        """What a method trained."""
        return self.outcomes.get(method, ())

    def numbered(self, method: str) -> list[Outcome]:
        """The same by number."""
        return sorted(self.of(method), key=lambda o: o.number)

    def answers(self, method: str) -> list[float]:
        """Test errors of a method's answer, which is trained several times."""
        name = method if method == "human" else f"{method} answer"
        return [outcome.test for outcome in self.of(name)]

    def spent(self, method: str) -> tuple[float, float]:
        """Cost and seconds of a method's search, Harmonica's stages included."""
        trained = self.numbered(method.removesuffix(" x2"))
        if method == "random search":
            trained = trained[: len(trained) // 2]
        if method in STAGED:
            trained = [*self.of("stages"), *trained]
        return sum(o.cost for o in trained), sum(o.seconds for o in trained)

    def means(self, scale: Scale) -> list[tuple[float, float, int]]:
        """Mean validation error of uniform draws before each stage and after the last, its error, draws."""
        staged = self.numbered("stages")
        cuts = [staged[k * scale.samples : (k + 1) * scale.samples] for k in range(scale.stages)]
        found = [[o.validation for o in part] for part in (*cuts, self.of("restricted"))]
        return [
            (float(np.mean(e)), float(np.std(e, ddof=1) / np.sqrt(len(e))), len(e))
            for e in found
            if len(e) > 1
        ]

    def pinned(self) -> set[str]:
        """The settings that some stage restricted."""
        return {name for stage in self.stages for a in stage["alternatives"] for name in a}


def seeds_in(folder: Path, scale: Scale) -> list[Seed]:
    """All seeds that have records."""
    found: list[Seed] = []
    for number in recorded_seeds(folder, scale):
        path = records_path(folder, scale, number)
        outcomes: dict[str, list[Outcome]] = {}
        for outcome in read(path):
            outcomes.setdefault(outcome.method, []).append(outcome)
        stages = stages_path(path)
        findings = json.loads(stages.read_text(encoding="utf-8")) if stages.exists() else []
        found.append(Seed(number, {k: tuple(v) for k, v in outcomes.items()}, tuple(findings)))
    return found
