"""The optimisers compared, all asked and told one trial at a time.

An optimiser proposes a configuration with a token, and is told the token's observed value. Optuna's are
samplers, and see what a user's study shows them: parameters define-by-run, a failure as nan.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, final

import optuna
from optuna.samplers import BaseSampler

from benchmarks.optimising.ablations import PARTS, TURNS, ablated
from benchmarks.optimising.problems import Configuration, Parameter, Problem


class Optimiser(ABC):
    """One run of one optimiser on one problem."""

    @abstractmethod
    def propose(self) -> tuple[Any, Configuration]: ...

    @abstractmethod
    def tell(self, token: Any, observed: float) -> None: ...


@final
class OptunaStudy(Optimiser):
    """Any sampler of Optuna's, in a study in memory."""

    def __init__(self, problem: Problem, sampler: BaseSampler) -> None:
        self._problem = problem
        self._study = optuna.create_study(sampler=sampler)

    def propose(self) -> tuple[Any, Configuration]:
        trial = self._study.ask()
        return trial, self._problem.suggest(trial)

    def tell(self, token: Any, observed: float) -> None:
        if math.isfinite(observed):
            self._study.tell(token, observed)
        else:
            self._study.tell(token, state=optuna.trial.TrialState.FAIL)


@final
class Smac(Optimiser):
    """SMAC3's facade for hyperparameters with its defaults, told that a value is not repeated."""

    def __init__(self, problem: Problem, seed: int, trials: int, folder: str) -> None:
        from smac import HyperparameterOptimizationFacade, Scenario

        scenario = Scenario(
            _configuration_space(problem, seed),
            n_trials=trials,
            seed=seed,
            deterministic=True,
            output_directory=folder,
        )
        self._problem = problem
        # Its default for a crash is infinity, of which its own scaling makes nan: a crash is told with the
        # worst value seen, and waits until there is one.
        self._worst = -math.inf
        self._failures: list[Any] = []
        self._facade = HyperparameterOptimizationFacade(
            scenario, lambda config, seed: 0.0, logging_level=50, overwrite=True
        )

    def propose(self) -> tuple[Any, Configuration]:
        asked = self._facade.ask()
        chosen = dict(asked.config)
        return asked, {
            parameter.name: parameter.decode(_builtin(chosen[parameter.name]))
            for parameter in self._problem.parameters
            if parameter.name in chosen
        }

    def tell(self, token: Any, observed: float) -> None:
        from smac.runhistory.dataclasses import TrialValue
        from smac.runhistory.enumerations import StatusType

        if math.isfinite(observed):
            self._worst = max(self._worst, observed)
            self._facade.tell(token, TrialValue(cost=observed))
        else:
            self._failures.append(token)
        if math.isfinite(self._worst):
            for failed in self._failures:
                self._facade.tell(failed, TrialValue(cost=self._worst, status=StatusType.CRASHED))
            self._failures.clear()


def _builtin(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _configuration_space(problem: Problem, seed: int) -> Any:
    from ConfigSpace import AndConjunction, ConfigurationSpace, InCondition

    space = ConfigurationSpace(seed=seed)
    named = {parameter.name: parameter for parameter in problem.parameters}
    known = {name: _hyperparameter(parameter) for name, parameter in named.items()}
    space.add(list(known.values()))
    for name, parameter in named.items():
        conditions = [
            InCondition(known[name], known[parent], [named[parent].encode(v) for v in values])
            for parent, values in parameter.when
        ]
        if len(conditions) > 1:
            space.add(AndConjunction(*conditions))
        elif conditions:
            space.add(conditions[0])
    return space


def _hyperparameter(parameter: Parameter) -> Any:
    from ConfigSpace import (
        CategoricalHyperparameter,
        UniformFloatHyperparameter,
        UniformIntegerHyperparameter,
    )

    name, scale = parameter.name, parameter.distribution
    match scale:
        case optuna.distributions.CategoricalDistribution(choices=choices):
            return CategoricalHyperparameter(name, list(choices))
        case optuna.distributions.IntDistribution(low=low, high=high, log=log):
            return UniformIntegerHyperparameter(name, low, high, log=log)
        case optuna.distributions.FloatDistribution(low=low, high=high, log=log):
            return UniformFloatHyperparameter(name, low, high, log=log)
    raise TypeError(scale)


def _told(problem: Problem, seed: int) -> BaseSampler:
    """The anytime sampler, told of the conditions that it would have to infer."""
    import overtone
    from overtone.study.distributions import parameter_of

    named = {parameter.name: parameter for parameter in problem.parameters}
    known = []
    for name, parameter in named.items():
        when = {
            parent: tuple(named[parent].encode(value) for value in values)
            for parent, values in parameter.when
        }
        known.append(parameter_of(name, parameter.distribution, when))
    return overtone.SpectralSampler(space=overtone.SearchSpace(known), seed=seed)


def _spectral(seed: int) -> BaseSampler:
    import overtone

    return overtone.SpectralSampler(seed=seed)


def _harmonica(seed: int) -> BaseSampler:
    import overtone

    return overtone.HarmonicaSampler(samples=100, stages=3, seed=seed)


SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    "spectral": _spectral,
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
    "nsga2": lambda seed: optuna.samplers.NSGAIISampler(seed=seed),
    "harmonica": _harmonica,
    **{f"spectral:{part}": partial(ablated, part) for part in (*PARTS, *TURNS)},
}
SMAC = "smac3"
TOLD = "spectral:told"
# With several workers: "spectral@8" proposes while seven other trials run.
PARALLEL = ("spectral@8", "spectral@32", "tpe@8")
NAMES = (*SAMPLERS, TOLD, SMAC, *PARALLEL)


def optimiser(name: str, problem: Problem, seed: int, trials: int, folder: str) -> Optimiser:
    """The named optimiser at the start of a run; `folder` takes what it insists on writing."""
    if name == SMAC:
        return Smac(problem, seed, trials, folder)
    if name == TOLD:
        return OptunaStudy(problem, _told(problem, seed))
    return OptunaStudy(problem, SAMPLERS[name](seed))
