"""Whole Optuna studies of either sampler, on a small problem of every kind of parameter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler

from overtone.space import Categorical, Configuration, Integer, Real, SearchSpace
from overtone.study.distributions import suggest
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.spectral.sampler import SpectralSampler

OTHERS = (
    Categorical("kind", ["u", "v", "w"]),
    Real("x", 0.0, 1.0),
    Integer("k", 1, 256, log=True),
)


def value_of(c: Configuration) -> float:
    """A bit, and more with a second; a three-level choice; an optimum of x near 0.6, and of k near 20.

    A whole number of 1024ths, so that it can be scaled and shifted without rounding.
    """
    value = (
        -4.0 * c["b0"]
        - 3.0 * (c["b0"] and c["b1"])
        + {"u": 1.0, "v": -3.0, "w": 2.0}[c["kind"]]
        + 4.0 * abs(c["x"] - 0.6)
        + 0.25 * abs(np.log(c["k"] / 20))
        + c.get("deep", 0.0)
    )
    return round(float(value) * 1024) / 1024


@dataclass(frozen=True)
class Studies:
    """The studies of one sampler.

    Attributes:
        sampler: its class.
        settings: what it is made with, unless a test says otherwise.
        hasty: with these it has done all that it does after twelve trials.
        space: of the problem.
        trials: of a study, unless a test says otherwise.
    """

    sampler: Callable[..., BaseSampler]
    settings: dict[str, Any]
    hasty: dict[str, Any]
    space: SearchSpace
    trials: int

    def make(self, **settings: Any) -> BaseSampler:
        return self.sampler(**{**self.settings, **settings})

    def objective(self, trial: optuna.Trial) -> float:
        return value_of(suggest(trial, self.space))

    def run(
        self,
        function: Callable[[optuna.Trial], float] | None = None,
        n: int | None = None,
        *,
        sampler: BaseSampler | None = None,
        study: optuna.Study | None = None,
        **keys: Any,
    ) -> optuna.Study:
        if study is None:
            study = optuna.create_study(sampler=sampler or self.make(), **keys)
        study.optimize(function or self.objective, n_trials=self.trials if n is None else n)
        return study


def proposed(study: optuna.Study, first: int | None = None) -> dict[int, dict[str, Any]]:
    """What each trial got, by number; of the first ones only, if there is a number."""
    return {t.number: t.params for t in study.trials[:first]}


HARMONICA = Studies(
    HarmonicaSampler,
    {"seed": 0, "samples": 36, "stages": 2},
    {"samples": 3, "stages": 1},
    SearchSpace([*(Categorical(f"b{i}", [False, True]) for i in range(5)), *OTHERS]),
    84,
)
SPECTRAL = Studies(
    SpectralSampler,
    {"seed": 0},
    {},
    SearchSpace(
        [
            *(Categorical(f"b{i}", [False, True]) for i in range(3)),
            *OTHERS,
            Real("deep", -1.0, 1.0, when={"kind": ["v"]}),
        ]
    ),
    36,
)


def spoilt(trial: optuna.Trial, value: float, place: int) -> float:
    """A trial's value, unless its place is one of the six at which something goes wrong."""
    match place:
        case 0:
            raise RuntimeError("the program crashed")
        case 1:
            return float("nan")
        case 2:
            return float("inf")
        case 3:
            return float("-inf")
        case 4:
            raise optuna.TrialPruned
        case 5:
            trial.report(value, 1)
            raise optuna.TrialPruned
        case _:
            return value
