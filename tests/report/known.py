"""Studies whose truth is known, for the tests of what is said of them."""

import functools
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

import overtone
from overtone.report.text import report_of
from overtone.space import Categorical, Configuration, Integer, Real, SearchSpace

PENALTY = 1e9


@dataclass(frozen=True, eq=False)
class Truth:
    """A study, and the function that its values come from.

    Attributes:
        tuning: what the search found.
        mean: the function.
        fails: why a configuration has no value, or None.
        noise: standard deviation of a run.
        default: where the search began, if anywhere.
    """

    tuning: overtone.Tuning
    mean: Callable[[Configuration], float]
    fails: Callable[[Configuration], str | None]
    noise: float
    default: Configuration | None

    @property
    def study(self) -> optuna.Study:
        return self.tuning.study

    @functools.cached_property
    def report(self) -> str:
        """What is said of it."""
        explanation, planned = self.tuning.explanation, self.tuning.trials
        return report_of(
            explanation, name="known", trials=planned, metric="value", command_line=None
        )

    @property
    def space(self) -> SearchSpace:
        return self.tuning.space


PIPELINE = SearchSpace(
    [
        Categorical("reduction", ["none", "pca", "lda"]),
        Categorical("scaler", ["standard", "minmax", "none"]),
        Real("rate", 1e-4, 1.0, log=True),
        Integer("depth", 1, 8),
        Categorical("whiten", [False, True]),
        Categorical("log_every", [1, 10, 100]),
        Categorical("progress", [False, True]),
        Real("io_buffer", 0.0, 1.0),
    ]
)
DEFAULT = {
    "reduction": "pca", "scaler": "none", "rate": 0.5, "depth": 1, "whiten": True,
    "log_every": 10, "progress": True, "io_buffer": 0.5,
}  # fmt: skip


def pipeline(c: Configuration) -> float:
    """The less the better; whitening matters with a scaler only, the last three settings never."""
    return (
        2.0
        + {"none": 0.0, "pca": 2.0, "lda": 1.2}[c["reduction"]]
        + {"standard": 0.0, "minmax": 0.3, "none": 1.5}[c["scaler"]]
        + 0.4 * abs(math.log10(c["rate"]) + 2)
        + 0.2 * abs(c["depth"] - 5)
        + (0.9 if c["whiten"] and c["scaler"] != "none" else 0.0)
    )


def never(_: Configuration) -> None:
    return None


def tuned(
    mean: Callable[[Configuration], float],
    space: SearchSpace,
    *,
    trials: int,
    noise: float = 0.0,
    fails: Callable[[Configuration], str | None] = never,
    default: Configuration | None = None,
    **keys: Any,
) -> Truth:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rng = np.random.default_rng(7)

    def observed(c: Configuration) -> float:
        reason = fails(c)
        if reason == "penalty":
            return PENALTY
        if reason is not None:
            raise ValueError(reason)
        return mean(c) + noise * rng.normal()

    keys.setdefault("sampler", overtone.SpectralSampler(seed=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tuning = overtone.tune(
            observed, space, trials=trials, name="known", default=default, **keys
        )
    return Truth(tuning, mean, fails, noise, default)


@functools.cache
def clean() -> Truth:
    """Without noise, with a default and idle settings."""
    return tuned(pipeline, PIPELINE, trials=50, default=DEFAULT)


@functools.cache
def noisy() -> Truth:
    """With noise, and a tenth of repeats; the more the better."""
    return tuned(
        lambda c: -pipeline(c),
        PIPELINE,
        trials=70,
        noise=0.15,
        default=DEFAULT,
        direction="maximize",
    )


FORGE = SearchSpace(
    [
        Categorical("metal", ["iron", "tin", "zinc"]),
        Real("heat", 0.0, 1.0),
        Integer("blows", 1, 6),
        Categorical("cooled", [False, True]),
        Categorical("song", ["a", "b"]),
        Real("quench", 0.0, 1.0, when={"cooled": True}),
    ]
)


def forge(c: Configuration) -> float:
    return (
        {"iron": 0.0, "tin": 1.0, "zinc": 2.0}[c["metal"]]
        + 3.0 * (c["heat"] - 0.4) ** 2
        + 0.3 * abs(c["blows"] - 4)
        + (abs(c["quench"] - 0.3) if c["cooled"] else 0.8)
    )


def melts(c: Configuration) -> str | None:
    """Hot tin melts, and very many blows make a penalty of zinc."""
    if c["metal"] == "tin":
        return "it melts"
    return "penalty" if c["metal"] == "zinc" and c["blows"] == 6 else None


@functools.cache
def failing() -> Truth:
    """With a planted rule of failures, penalties, a condition, and a stage of Harmonica."""
    return tuned(
        forge,
        FORGE,
        trials=80,
        fails=melts,
        sampler=overtone.HarmonicaSampler(seed=0, samples=40, stages=1),
    )
