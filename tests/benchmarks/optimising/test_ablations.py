"""Every ablation takes out a part that is there."""

import pkgutil

import optuna
import pytest

from benchmarks.optimising.ablations import PARTS, TURNS, ablated
from overtone.search.spectral.turns import USUAL


@pytest.mark.parametrize("part", PARTS)
def test_what_is_replaced_exists(part):
    target, value = PARTS[part]
    assert pkgutil.resolve_name(f"overtone.{target}") is not value


@pytest.mark.slow
@pytest.mark.parametrize("part", [*PARTS, *TURNS])
def test_an_ablated_sampler_runs(part):
    study = optuna.create_study(sampler=ablated(part, 0))
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_int("k", 0, 3), n_trials=14)
    assert len(study.trials) == 14
    assert TURNS.get(part) != USUAL
