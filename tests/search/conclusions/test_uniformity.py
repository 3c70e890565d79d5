"""Uniform draws look uniform, and what a search proposes does not."""

import numpy as np
import pytest
from search.trials import BRANCHES, MIXED, drawn, known

from overtone.search.conclusions.uniformity import CHANCE, looks_uniform
from overtone.search.history import State
from overtone.space import Categorical, Integer, Real, SearchSpace

WIDE = SearchSpace(
    [*(Categorical(f"b{i}", [0, 1]) for i in range(40)), Real("x", 1e-4, 1.0, log=True)]
)


def is_uniform(space, codes, **how):
    return looks_uniform(space, known(codes, np.arange(float(len(codes))), **how))


@pytest.mark.parametrize("space", [MIXED, BRANCHES], ids=["mixed", "branches"])
def test_uniform_draws_look_uniform(space):
    """At CHANCE for each of 60 samples, other seeds fail once in 170."""
    assert CHANCE == 1e-4
    assert all(is_uniform(space, drawn(space, 60, seed)) for seed in range(60))


def test_a_search_that_crowds_in_one_setting_is_found():
    """As TPE's trials do: most of them have the value that did well."""
    codes = drawn(MIXED, 100)
    codes[20:, 0] = np.where(np.random.default_rng(1).random(80) < 0.85, 1.0, codes[20:, 0])
    assert not is_uniform(MIXED, codes)


def test_numbers_that_crowd_are_found():
    codes = drawn(MIXED, 100)
    codes[30:, 5] = np.clip(np.random.default_rng(1).normal(0.3, 0.05, 70), 0.0, 1.0)
    assert not is_uniform(MIXED, codes)


def test_failures_are_draws_too():
    """What is uniform only with the failures stays so: a search did not choose what fails."""
    codes = drawn(MIXED, 200)
    states = [State.FAILED if row[0] == 1.0 and row[5] < 0.7 else State.COMPLETE for row in codes]
    y = np.where([state is State.FAILED for state in states], np.nan, np.arange(200.0))
    assert looks_uniform(MIXED, known(codes, y, states=states))
    assert not looks_uniform(MIXED, known(codes[~np.isnan(y)], y[~np.isnan(y)]))


def test_a_few_trials_and_settings_of_one_value_tell_nothing():
    assert is_uniform(MIXED, drawn(MIXED, 0))
    assert is_uniform(MIXED, np.repeat(drawn(MIXED, 1), 3, axis=0))
    single = SearchSpace([Categorical("only", ["a"]), Integer("k", 3, 3), Real("r", 2.0, 2.0)])
    assert is_uniform(single, drawn(single, 50))
    assert is_uniform(SearchSpace([]), np.zeros((20, 0)))


@pytest.mark.statistical
def test_the_alarm_is_false_once_in_ten_thousand():
    """4,000 samples: 0.4 false alarms expected; more than 4 once in 16,000 seed ranges."""
    alarms = 0
    for seed in range(4000):
        rng = np.random.default_rng(seed)
        flags, places = rng.integers(0, 2, (40, 40)), 10.0 ** rng.uniform(-4.0, 0.0, 40)
        alarms += not is_uniform(WIDE, np.column_stack([flags, places]))
    assert alarms <= 4


@pytest.mark.statistical
def test_an_even_mixture_with_a_search_is_found():
    """Negative control: half of the trials from a search, 40 seeds."""
    found = 0
    for seed in range(40):
        codes = drawn(WIDE, 100, seed)
        codes[50:, :3] = 1.0
        found += not is_uniform(WIDE, codes)
    assert found == 40
