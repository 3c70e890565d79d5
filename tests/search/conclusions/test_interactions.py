"""Pairs of settings that do together what they do not do one by one."""

import numpy as np
import pytest
from search.trials import MIXED, additive, beliefs, drawn

from overtone.search.conclusions.interactions import MOST_SHOWN, interactions_at
from overtone.search.conclusions.settings import settings_at
from overtone.space import Categorical, Real, SearchSpace

FLAGS = SearchSpace([*(Categorical(f"b{i}", [0, 1]) for i in range(6)), Real("x", 0.0, 1.0)])


def at_best(space, codes, y, start=None):
    asked = beliefs(space, codes, y)
    best, gain = codes[int(np.argmin(y))], asked.gain_at_most
    settings = settings_at(asked, best, gain=gain)
    default = np.zeros(len(space)) if start is None else start
    return best, interactions_at(asked, best, settings, default, gain=gain)


def beyond_the_sum(codes):
    """Away from 1, b0 alone costs 1, b1 alone 1, and both 2.5."""
    a, b = 1 - codes[:, 0], 1 - codes[:, 1]
    return a + b + 0.5 * a * b + 0.2 * codes[:, 6]


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_pair_is_found_with_what_each_does_alone_and_both_together(seed):
    codes = drawn(FLAGS, 60, seed)
    best, found = at_best(FLAGS, codes, beyond_the_sum(codes))
    assert best[:2].tolist() == [1.0, 1.0]
    assert sorted(found[0].parameters) == [0, 1]
    assert (found[0].before, found[0].after) == ((1.0, 1.0), (0.0, 0.0))
    assert found[0].alone[0].mean == pytest.approx(1.0, abs=0.15)
    assert found[0].alone[1].mean == pytest.approx(1.0, abs=0.15)
    assert found[0].together.mean == pytest.approx(2.5, abs=0.25)
    assert found[0].beyond.mean == pytest.approx(0.5, abs=0.15)
    assert found[0].beyond.low <= 0.5 <= found[0].beyond.high


def test_a_product_is_nothing_but_an_interaction():
    """At the best, a = b = 1, either alone costs all there is, and both no more."""
    codes = drawn(FLAGS, 60)
    _, found = at_best(FLAGS, codes, -3.0 * codes[:, 0] * codes[:, 1] + codes[:, 6])
    assert sorted(found[0].parameters) == [0, 1]
    assert found[0].together.mean == pytest.approx(3.0, abs=0.3)
    assert found[0].beyond.mean == pytest.approx(-3.0, abs=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_of_an_additive_function_no_pair_is_found(seed):
    """Negative control; none in 20 other seeds either."""
    codes = drawn(MIXED, 60, seed)
    assert at_best(MIXED, codes, additive(codes))[1] == ()


def test_beyond_is_what_both_do_less_what_each_does():
    codes = drawn(FLAGS, 80)
    y = beyond_the_sum(codes) + 2.0 * codes[:, 2] * codes[:, 3]
    _, found = at_best(FLAGS, codes, y)
    assert len(found) <= MOST_SHOWN
    for pair in found:
        alone = pair.alone[0].mean + pair.alone[1].mean
        assert pair.together.mean - alone == pytest.approx(pair.beyond.mean, abs=0.05)
    sizes = [abs(pair.beyond.mean) for pair in found]
    assert sizes == sorted(sizes, reverse=True)


def test_what_differs_from_the_default_is_changed_back_to_it():
    codes = drawn(FLAGS, 60)
    start = np.array([0.0] * 6 + [0.75])
    _, found = at_best(FLAGS, codes, beyond_the_sum(codes), start)
    assert found[0].after == (0.0, 0.0)


def test_few_settings_have_no_pairs():
    space = SearchSpace([Real("x", 0.0, 1.0)])
    codes = drawn(space, 30)
    assert at_best(space, codes, codes[:, 0])[1] == ()
    assert at_best(MIXED, drawn(MIXED, 3), np.arange(3.0))[1] == ()
