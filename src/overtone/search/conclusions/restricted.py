"""How good what is left of the space is after each stage of Harmonica: the paper's figure 3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.search.conclusions.estimate import NINETY, Estimate
from overtone.search.course import Origin, Trial
from overtone.search.history import is_usable
from overtone.space.streams import stream
from overtone.spectrum.basis import Values

# Fewer values have no interval.
LEAST_SEEN: Final = 3
RESAMPLES: Final = 1000


@final
@dataclass(frozen=True)
class Restricted:
    """Uniform draws of one stage.

    Attributes:
        stage: from 0; the number of stages for those behind the last.
        mean: of what a uniform draw gives, to be minimised; from those with a value.
        trials: with a value.
        failed: without one.
    """

    stage: int
    mean: Estimate
    trials: int
    failed: int


def restricted_of(course: Sequence[Trial], stages: int) -> tuple[Restricted, ...]:
    """The mean of the space that each stage drew from, and of what the last one left.

    Args:
        course: the finished trials.
        stages: how many are closed.
    """
    found = []
    for stage in range(stages + 1):
        own = [t for t in course if t.origin is Origin.UNIFORM and _stage(t, stages) == stage]
        y = np.array([trial.y for trial in own])
        seen = y[is_usable(y)]
        if len(seen) >= LEAST_SEEN:
            found.append(Restricted(stage, _mean(seen), len(seen), len(own) - len(seen)))
    return tuple(found)


def _stage(trial: Trial, stages: int) -> int:
    return stages if trial.stage is None else trial.stage


def _mean(y: Values) -> Estimate:
    """The mean, and the interval of 90 % of a bootstrap."""
    draws = stream("mean of a stage").integers(len(y), size=(RESAMPLES, len(y)))
    deviation = float(y[draws].mean(axis=1).std()) * float(np.sqrt(len(y) / (len(y) - 1)))
    mean = float(y.mean())
    return Estimate(mean, mean - NINETY * deviation, mean + NINETY * deviation)
