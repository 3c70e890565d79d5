"""What the benchmark calls the truth is one."""

import numpy as np
import pytest

from benchmarks.explaining.measures import active
from benchmarks.explaining.truths import Dense, Simple, Switches, family

FAMILIES = ("sparse", "mixed", "tail", "branches", "first")


@pytest.mark.parametrize("name", FAMILIES)
def test_idle_settings_change_nothing(name):
    truth = family(name, 0)
    rng = np.random.default_rng(0)
    idle = [n for n in truth.space.names if n not in truth.matter]
    assert idle
    for _ in range(20):
        c = truth.space.sample(rng)
        other = truth.space.sample(rng)
        changed = {**c, **{n: other[n] for n in idle if n in other and n in c}}
        assert truth(changed) == truth(c)


@pytest.mark.parametrize("name", FAMILIES)
def test_settings_that_matter_change_something(name):
    truth = family(name, 1)
    rng = np.random.default_rng(0)
    moved = set()
    for _ in range(60):
        c, other = truth.space.sample(rng), truth.space.sample(rng)
        for n in truth.matter:
            if (
                n in c
                and n in other
                and truth(active(truth.space, {**other, **c, n: other[n]})) != truth(c)
            ):
                moved.add(n)
    assert moved == truth.matter


def test_total_shares_of_a_sum_are_those_of_its_parts():
    shares = Simple().totals
    whole = 25 / 12 + 2 / 9
    assert shares["x"] == pytest.approx(25 / 12 / whole, abs=0.05)
    assert shares["c"] == pytest.approx(2 / 9 / whole, abs=0.02)


@pytest.mark.parametrize("make", [Switches, Dense])
@pytest.mark.slow
def test_the_functions_of_switches_have_a_deviation_of_one(make):
    """Of two functions; a pair that is drawn twice adds up, so it is about one."""
    for seed in range(2):
        assert make(seed).deviation == pytest.approx(1.0, abs=0.35)
