"""What the other trials say of each, beside what it gave."""

import numpy as np
import pytest
from search.trials import MIXED, additive, drawn, findings


def noisy(seed, count=80):
    rng = np.random.default_rng(seed)
    codes = drawn(MIXED, count, seed)
    return codes, additive(codes) + rng.normal(scale=0.5, size=count)


@pytest.mark.parametrize("seed", range(3))
def test_about_nine_of_ten_values_lie_in_their_intervals(seed):
    codes, y = noisy(seed)
    found = findings(MIXED, codes, y).predictions
    assert len(found) == len(y)
    share = np.mean([one.is_inside for one in found])
    assert 0.8 <= share <= 0.99


def test_each_is_beside_the_trial_that_it_is_of():
    codes, y = noisy(0)
    for one in findings(MIXED, codes, y, first=7).predictions:
        assert one.y == y[one.number - 7]
        assert one.is_inside == (one.predicted.low <= one.y <= one.predicted.high)


def test_a_value_that_is_changed_changes_its_prediction_hardly_and_its_place_much():
    """What is left out does not predict itself."""
    codes, y = noisy(1)
    before = {p.number: p for p in findings(MIXED, codes, y).predictions}
    y[10] += 6.0
    after = {p.number: p for p in findings(MIXED, codes, y).predictions}
    assert abs(after[10].predicted.mean - before[10].predicted.mean) < 1.0
    assert not after[10].is_inside


def test_a_configuration_that_was_run_twice_is_left_out():
    codes, y = noisy(2)
    codes, y = np.concatenate([codes, codes[:2]]), np.concatenate([y, y[:2] + 0.1])
    numbers = {p.number for p in findings(MIXED, codes, y).predictions}
    assert numbers == set(range(2, 80))
