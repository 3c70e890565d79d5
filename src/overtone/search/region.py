"""The part of a space that a search has narrowed itself to.

Notation
    alternative  intervals of codes for some parameters: one of the t best assignments of a stage
    region       for each stage that pinned something, its alternatives; a configuration follows one of each
    pinned       said of a parameter with finitely many values that some alternative sets to one of them

A later stage may cut the cell of a real or a wide integer parameter again, so its interval goes before
those of earlier stages.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from overtone.space import (
    Interval,
    Parameter,
    draw,
)
from overtone.space.streams import stream

Alternative: TypeAlias = Mapping[str, Interval]
Alternatives: TypeAlias = tuple[Alternative, ...]


@final
@dataclass(frozen=True)
class Region:
    """The alternatives of the stages that pinned something, first stage first."""

    stages: tuple[Alternatives, ...] = ()

    @property
    def digest(self) -> str:
        """A short name of the region's content: equal regions have equal names, on every machine."""
        content = [[{k: list(v) for k, v in sorted(a.items())} for a in s] for s in self.stages]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

    def narrowed(self, alternatives: Alternatives) -> "Region":
        """The region behind one more stage; itself if the stage pinned nothing."""
        return Region((*self.stages, alternatives)) if any(alternatives) else self

    def intervals(self, seed: int, stage: int, trial: int) -> dict[str, Interval]:
        """The intervals that one trial keeps to: one alternative of each stage, drawn for it alone."""
        kept: dict[str, Interval] = {}
        for k, alternatives in enumerate(self.stages):
            rng = stream("alternative", seed, stage, trial, k)
            kept.update(alternatives[rng.integers(len(alternatives))])
        return kept

    def decided(self, k: int) -> Alternatives:
        """The alternatives of one stage, less what later stages decided again."""
        later = {name for stage in self.stages[k + 1 :] for a in stage for name in a}
        return tuple(
            {name: interval for name, interval in a.items() if name not in later}
            for a in self.stages[k]
        )

    def possible(self, name: str) -> tuple[Interval, ...]:
        """The intervals that the latest stage to restrict a parameter left open, without repeats."""
        for alternatives in reversed(self.stages):
            found = sorted({a[name] for a in alternatives if name in a})
            if found:
                return tuple(found)
        return ()


def draw_code(
    parameter: Parameter, within: Interval | None, *, seed: int, stage: int, trial: int
) -> float:
    """A uniform code of one parameter in one trial.

    The stream depends on the parameter's name, never on its place, on other parameters or on other trials.
    """
    return draw(parameter, stream("parameter", seed, stage, trial, parameter.name), within)
