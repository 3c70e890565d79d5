"""What a problem is: parameters with their conditions, a truth, and noise. Everything is minimised.

A configuration is a dictionary of the active parameters' values; a failure is the value nan.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

Configuration = dict[str, Any]

# A step of a search for reference values: how often it is a short one, and its length in shares of the range.
SHORT_STEPS = 0.7
STEP_POWERS = (-3.0, -0.5)


@dataclass(frozen=True)
class Parameter:
    """One parameter; with `levels`, the integer that is chosen is the place of a value among them."""

    name: str
    distribution: BaseDistribution
    when: tuple[
        tuple[str, tuple[Any, ...]], ...
    ] = ()  # (parent, values under which this is active)
    levels: tuple[Any, ...] | None = None

    def is_active(self, configuration: Mapping[str, Any]) -> bool:
        return all(
            parent in configuration and configuration[parent] in values
            for parent, values in self.when
        )

    def suggest(self, trial: optuna.Trial) -> Any:
        match self.distribution:
            case CategoricalDistribution(choices=choices):
                return trial.suggest_categorical(self.name, choices)
            case IntDistribution(low=low, high=high, log=log):
                return self.decode(trial.suggest_int(self.name, low, high, log=log))
            case FloatDistribution(low=low, high=high, log=log):
                return trial.suggest_float(self.name, low, high, log=log)
        raise TypeError(self.distribution)

    def decode(self, chosen: Any) -> Any:
        return chosen if self.levels is None else self.levels[chosen]

    def encode(self, value: Any) -> Any:
        return value if self.levels is None else self.levels.index(value)

    def sample(self, rng: np.random.Generator) -> Any:
        """Uniform over choices and levels, and over a range or its logarithm."""
        match self.distribution:
            case CategoricalDistribution(choices=choices):
                return choices[int(rng.integers(len(choices)))]
            case IntDistribution(low=low, high=high, log=True):
                drawn = math.exp(rng.uniform(math.log(low - 0.5), math.log(high + 0.5)))
                return self.decode(min(high, max(low, round(drawn))))
            case IntDistribution(low=low, high=high):
                return self.decode(int(rng.integers(low, high + 1)))
            case FloatDistribution(low=low, high=high, log=True):
                return min(high, max(low, math.exp(rng.uniform(math.log(low), math.log(high)))))
            case FloatDistribution(low=low, high=high):
                return float(rng.uniform(low, high))
        raise TypeError(self.distribution)

    def step(self, value: Any, rng: np.random.Generator) -> Any:
        """A neighbour of a value: any other draw, or a number not far away."""
        scale = self.distribution
        if (
            isinstance(scale, CategoricalDistribution)
            or self.levels is not None
            or rng.random() > SHORT_STEPS
        ):
            return self.sample(rng)
        low, high, here = float(scale.low), float(scale.high), float(value)
        if scale.log:
            low, high, here = math.log(low), math.log(high), math.log(here)
        there = here + rng.normal() * (high - low) * 10 ** rng.uniform(*STEP_POWERS)
        there = math.exp(there) if scale.log else there
        there = min(scale.high, max(scale.low, there))
        return round(there) if isinstance(scale, IntDistribution) else there


@dataclass(frozen=True, eq=False)
class Problem:
    """A function to minimise, with parents before children among the parameters."""

    name: str
    family: str
    parameters: tuple[Parameter, ...]
    truth: Callable[[Configuration], float]  # nan where a configuration fails
    source: str
    noise: Callable[[np.random.Generator], float] | None = None
    optimum: float | None = None
    is_logarithmic: bool = False  # times and losses, of which ratios count

    @property
    def is_conditional(self) -> bool:
        return any(parameter.when for parameter in self.parameters)

    def suggest(self, trial: optuna.Trial) -> Configuration:
        """Ask for the active parameters, one by one."""
        configuration: Configuration = {}
        for parameter in self.parameters:
            if parameter.is_active(configuration):
                configuration[parameter.name] = parameter.suggest(trial)
        return configuration

    def sample(self, rng: np.random.Generator) -> Configuration:
        configuration: Configuration = {}
        for parameter in self.parameters:
            if parameter.is_active(configuration):
                configuration[parameter.name] = parameter.sample(rng)
        return configuration

    def mutate(self, start: Configuration, rng: np.random.Generator, rate: float) -> Configuration:
        """A random neighbour: one parameter surely changed, every other at a rate."""
        forced = self.parameters[int(rng.integers(len(self.parameters)))].name
        configuration: Configuration = {}
        for parameter in self.parameters:
            if not parameter.is_active(configuration):
                continue
            name = parameter.name
            if name not in start:
                configuration[name] = parameter.sample(rng)
            elif name == forced or rng.random() < rate:
                configuration[name] = parameter.step(start[name], rng)
            else:
                configuration[name] = start[name]
        return configuration

    def observe(self, configuration: Configuration, seed: int, index: int) -> tuple[float, float]:
        """The observed value of a trial and the true one; the noise depends on (seed, index) alone."""
        true = float(self.truth(configuration))
        if self.noise is None or not math.isfinite(true):
            return true, true
        return true + float(self.noise(np.random.default_rng([977, seed, index]))), true


def binary(name: str) -> Parameter:
    return Parameter(name, CategoricalDistribution((0, 1)))


def bits(n: int) -> tuple[Parameter, ...]:
    return tuple(binary(f"x{i}") for i in range(n))


def categorical(name: str, choices: Sequence[Any], when: Any = ()) -> Parameter:
    return Parameter(name, CategoricalDistribution(tuple(choices)), tuple(when))


def ordinal(name: str, levels: Sequence[Any], when: Any = ()) -> Parameter:
    """Levels in order; two of them are two choices."""
    if len(levels) == 2:
        return categorical(name, levels, when)
    return Parameter(name, IntDistribution(0, len(levels) - 1), tuple(when), tuple(levels))


def integer(name: str, low: int, high: int, *, log: bool = False, when: Any = ()) -> Parameter:
    return Parameter(name, IntDistribution(low, high, log=log), tuple(when))


def real(name: str, low: float, high: float, *, log: bool = False, when: Any = ()) -> Parameter:
    return Parameter(name, FloatDistribution(low, high, log=log), tuple(when))


def vector(configuration: Configuration, n: int) -> np.ndarray:
    """The values of x0 to x(n-1)."""
    return np.fromiter((configuration[f"x{i}"] for i in range(n)), float, n)


def signs(configuration: Configuration, n: int) -> np.ndarray:
    """The bits 0 and 1 as -1 and +1."""
    return 2 * vector(configuration, n) - 1
