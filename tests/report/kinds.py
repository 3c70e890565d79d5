"""Explanations of studies of every kind: few trials, failures, penalties, stages, other fidelities."""

import functools
import math
import warnings

import optuna
import pytest
from report.known import clean, failing, noisy

import overtone
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.study.distributions import suggest

SPACE = SearchSpace(
    [
        Categorical("kind", [None, True, "1", 2.5, "true"]),
        Real("x", 0.0, 1.0),
        Integer("k", 1, 64, log=True),
        Real("deep", 0.0, 1.0, when={"kind": [True, "1"]}),
    ]
)


def score(c):
    return str(c["kind"]).__len__() + c["x"] + abs(c["k"] - 8) / 8 + c.get("deep", 0.5)


def study_of(function, n, sampler, direction="minimize"):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=sampler, direction=direction)
    study.optimize(lambda t: function(t, score(suggest(t, SPACE))), n_trials=n, catch=ValueError)
    return overtone.explain(study, space=SPACE)


def staged():
    """Harmonica's stages at few layers, and its end at many."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    fidelities = overtone.Fidelities(stages=({"layers": 8},), end={"layers": 56})
    sampler = overtone.HarmonicaSampler(seed=0, space=SPACE, samples=25, fidelities=fidelities)
    study = optuna.create_study(sampler=sampler)

    def objective(trial):
        layers = trial.suggest_categorical("layers", [8, 56])
        return score(suggest(trial, SPACE)) + 1 / layers

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study.optimize(objective, n_trials=80)
    return overtone.explain(study, space=SPACE)


def fail():
    raise ValueError("boom")


def prune():
    raise optuna.TrialPruned


RANDOM, SPECTRAL = optuna.samplers.RandomSampler, overtone.SpectralSampler
KINDS = {
    "one trial": lambda: study_of(lambda t, y: y, 1, RANDOM(seed=0)),
    "three trials": lambda: study_of(lambda t, y: y, 3, SPECTRAL(seed=0)),
    "random": lambda: study_of(lambda t, y: y, 40, RANDOM(seed=0)),
    "tpe": lambda: study_of(lambda t, y: y, 30, optuna.samplers.TPESampler(seed=0), "maximize"),
    "all failed": lambda: study_of(lambda t, y: fail(), 12, RANDOM(seed=0)),
    "all pruned": lambda: study_of(lambda t, y: prune(), 12, RANDOM(seed=0)),
    "all infinite": lambda: study_of(lambda t, y: math.inf, 12, RANDOM(seed=0)),
    "equal": lambda: study_of(lambda t, y: 1.0, 12, SPECTRAL(seed=0)),
    "some failed": lambda: study_of(
        lambda t, y: fail() if t.params["k"] > 8 else y, 40, RANDOM(seed=0)
    ),
    "penalties": lambda: study_of(lambda t, y: 1e9 if t.params["k"] > 8 else y, 40, RANDOM(seed=0)),
    "huge": lambda: study_of(lambda t, y: 1e150 * y, 20, RANDOM(seed=0)),
    "clean": lambda: clean().tuning.explanation,
    "noisy": lambda: noisy().tuning.explanation,
    "failing": lambda: failing().tuning.explanation,
    "staged": staged,
}


# The others are alike for whoever draws them.
DRAWN = {"one trial", "all failed", "clean", "noisy", "staged"}
PICTURED = [pytest.param(kind, marks=() if kind in DRAWN else pytest.mark.slow) for kind in KINDS]


@functools.cache
def explained(kind):
    """The explanation of a study of some kind, made once."""
    return KINDS[kind]()
