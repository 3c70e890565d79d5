"""Studies of functions whose truth is known."""

import math
from collections.abc import Callable

import numpy as np
import optuna
from optuna.trial import TrialState

import overtone
from benchmarks.explaining.truths import Truth
from overtone.study.distributions import suggest


def sampler_of(name: str, seed: int, truth: Truth, repeats: int = 0) -> optuna.samplers.BaseSampler:
    match name:
        case "spectral":
            again = overtone.Repeats(repeats) if repeats else None
            return overtone.SpectralSampler(space=truth.space, seed=seed, repeats=again)
        case "tpe":
            return optuna.samplers.TPESampler(seed=seed)
        case "uniform":
            return optuna.samplers.RandomSampler(seed=seed)
    raise ValueError(name)


def study_of(
    truth: Truth, name: str, seed: int, count: int, *, noise: float, repeats: int = 0
) -> optuna.Study:
    """A study of so many trials; the noise is in deviations of the function."""
    rng = np.random.default_rng([9, seed])
    size = noise * truth.deviation if noise else 0.0
    study = optuna.create_study(sampler=sampler_of(name, seed, truth, repeats))
    study.optimize(
        lambda trial: truth(suggest(trial, truth.space)) + size * rng.normal(), n_trials=count
    )
    return study


def first_trials(study: optuna.Study, count: int) -> optuna.Study:
    """A study of its first trials: a search does not know how many will follow."""
    if count >= len(study.trials):
        return study
    part = optuna.create_study(direction=study.direction)
    part.add_trials(study.trials[:count])
    return part


def evaluated(
    suggest_to: Callable[[optuna.Trial], dict],
    evaluate: Callable[[dict], float],
    seed: int,
    count: int,
) -> optuna.Study:
    """A spectral study of a problem whose failures are nan."""
    study = optuna.create_study(sampler=overtone.SpectralSampler(seed=seed))
    for _ in range(count):
        trial = study.ask()
        value = evaluate(suggest_to(trial))
        if math.isnan(value):
            study.tell(trial, state=TrialState.FAIL)
        else:
            study.tell(trial, value)
    return study
