"""The mean of what uniform draws give in each stage."""

import numpy as np
import pytest

from overtone.search.conclusions.restricted import LEAST_SEEN, restricted_of
from overtone.search.course import Origin, Trial
from overtone.search.history import State


def draws(y, stage, first=0, origin=Origin.UNIFORM):
    return [
        Trial(first + k, float(v), State.FAILED if np.isnan(v) else State.COMPLETE, origin, stage)
        for k, v in enumerate(y)
    ]


def test_each_stage_has_the_mean_of_its_own_draws_and_the_last_what_it_left():
    rng = np.random.default_rng(0)
    parts = [rng.normal(mean, 1.0, 40) for mean in (5.0, 3.0, 1.0)]
    course = [
        *draws(parts[0], 0),
        *draws(parts[1], 1, 40),
        *draws(parts[2], None, 80),
        *draws([-100.0], 1, 120, Origin.REPEAT),
        *draws([-100.0], None, 121, Origin.SEARCH),
    ]
    found = restricted_of(course, 2)
    assert [one.stage for one in found] == [0, 1, 2]
    assert [one.mean.mean for one in found] == pytest.approx([p.mean() for p in parts])
    assert [(one.trials, one.failed) for one in found] == [(40, 0)] * 3


@pytest.mark.statistical
def test_nine_of_ten_intervals_hold_the_mean():
    """900 of 1,000 expected; below 850 by chance once in a million."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        [one] = restricted_of(draws(rng.exponential(1.0, 30), 0), 1)
        held += one.mean.low <= 1.0 <= one.mean.high
    assert 820 <= held <= 940


def test_failures_are_counted_and_few_values_say_nothing():
    [one] = restricted_of(draws([1.0, np.nan, 2.0, 3.0, np.nan], 0), 1)
    assert (one.trials, one.failed, one.mean.mean) == (3, 2, 2.0)
    assert restricted_of(draws([1.0] * (LEAST_SEEN - 1), 0), 1) == ()
