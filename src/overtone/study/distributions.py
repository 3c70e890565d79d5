"""Optuna's distributions and overtone's parameters, each from the other."""

import math
from copy import copy
from typing import Final

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from overtone.errors import SpaceError
from overtone.search.harmonica.fidelity import Fidelities
from overtone.space import (
    Categorical,
    Choice,
    Configuration,
    Integer,
    Interval,
    Parameter,
    Real,
    SearchSpace,
    When,
)

# Steps of a grid that differ by less than this are the same step.
ROUNDING: Final = 1e-6


def distribution_of(parameter: Parameter) -> BaseDistribution:
    """The Optuna distribution with the same values and the same uniform measure."""
    match parameter:
        case Categorical(choices=choices):
            return CategoricalDistribution(tuple(choices))
        case Integer(low=low, high=high, step=step, log=log):
            return IntDistribution(low, high, step=step, log=log)
        case Real(low=low, high=high, step=spacing, log=log):
            return FloatDistribution(low, high, step=spacing, log=log)


def parameter_of(name: str, distribution: BaseDistribution, when: When | None = None) -> Parameter:
    """The parameter with the values of an Optuna distribution.

    Choices that overtone does not know (any object passes through Optuna) are represented by their texts, in
    order; their codes are Optuna's internal ones all the same.

    Raises:
        SpaceError: on a distribution of an unknown kind.
    """
    condition = when or {}
    match distribution:
        case CategoricalDistribution(choices=choices):
            try:
                return Categorical(name, choices, condition)
            except SpaceError:
                return Categorical(name, [f"{i}: {c!r}" for i, c in enumerate(choices)], condition)
        case IntDistribution(low=low, high=high, step=step, log=log):
            return Integer(name, low, high, step, log, condition)
        case FloatDistribution(low=low, high=high, step=spacing, log=log):
            return Real(name, low, high, log, spacing, condition)
        case _:
            raise SpaceError(
                f"{name!r} has the distribution {distribution!r}, which is of no known kind."
            )


def suggest(trial: optuna.Trial, space: SearchSpace) -> Configuration:
    """Ask a trial for every active parameter, each after its parents; the configuration in order."""
    chosen: Configuration = {}
    for parameter in space.parents_first:
        if space.is_active(parameter, chosen):
            chosen[parameter.name] = _ask(trial, parameter)
    return {name: chosen[name] for name in space.names if name in chosen}


def _ask(trial: optuna.Trial, parameter: Parameter) -> Choice:
    match parameter:
        case Categorical(name=name, choices=choices):
            answer: Choice = trial.suggest_categorical(name, tuple(choices))
            return answer
        case Integer(name=name, low=low, high=high, step=step, log=log):
            return trial.suggest_int(name, low, high, step=step, log=log)
        case Real(name=name, low=low, high=high, step=spacing, log=log):
            return trial.suggest_float(name, low, high, step=spacing, log=log)


def suggest_fixed(trial: optuna.Trial, fidelities: Fidelities | None) -> Configuration:
    """Ask a trial for what its stage, or the end, fixes."""
    if fidelities is None:
        return {}
    return {
        name: trial.suggest_categorical(name, fidelities.values(name)) for name in fidelities.end
    }


def narrowed(distribution: BaseDistribution, interval: Interval) -> BaseDistribution:
    """A numeric distribution inside an interval of its codes; a categorical one as it is."""
    # Copied, since Optuna's constructor compares a range with its step in decimals, and warns of rounding.
    inner = copy(distribution)
    match inner:
        case IntDistribution():
            inner.low, inner.high = round(interval.low), round(interval.high)
        case FloatDistribution():
            inner.low, inner.high = interval.low, interval.high
    return inner


def inside(distribution: BaseDistribution, interval: Interval) -> Interval | None:
    """The part of an interval that a distribution allows, from one of its values to another, or None."""
    match distribution:
        case CategoricalDistribution(choices=choices):
            low, high, step = 0.0, float(len(choices) - 1), None
        case IntDistribution() | FloatDistribution():
            low, high, step = float(distribution.low), float(distribution.high), distribution.step
        case _:
            return None
    first, last = max(interval.low, low), min(interval.high, high)
    if step is not None:
        # A grid that the interval was not cut from may have its values elsewhere.
        first = low + step * math.ceil((first - low) / step - ROUNDING)
        last = min(low + step * math.floor((last - low) / step + ROUNDING), high)
    return Interval(first, last) if first <= last else None
