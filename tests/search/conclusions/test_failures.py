"""Which settings make trials fail: planted rules are found, and failures at random have none."""

import itertools
import math

import numpy as np
import pytest
from search.trials import BRANCHES, MIXED, drawn, findings, history

from overtone.search.conclusions.failures import failures_of
from overtone.search.conclusions.known import known_of
from overtone.search.history import State
from overtone.space import Categorical, Real, SearchSpace


def told(space, codes, fails, reasons=None):
    states = [State.FAILED if failed else State.COMPLETE for failed in fails]
    y = np.where(fails, np.nan, np.arange(float(len(fails))))
    return failures_of(space, known_of(history(codes, y, states=states), reasons))


def chance_of(failed, met):
    """P(at least as many failures among the trials met), trials shuffled, by counting."""
    N, F, K, k = len(failed), int(failed.sum()), int(met.sum()), int((met & failed).sum())
    ways = sum(math.comb(K, j) * math.comb(N - K, F - j) for j in range(k, min(K, F) + 1))
    return ways / math.comb(N, F)


def test_a_value_that_fails_is_found():
    codes = drawn(MIXED, 60)
    fails = codes[:, 4] == 2
    found = told(MIXED, codes, fails)
    (rule,) = found.rules
    assert rule.where == ((4, (2.0, 2.0)),)
    assert rule.holds(codes).tolist() == fails.tolist()
    assert (rule.failed, rule.of, rule.trials) == (fails.sum(),) * 3
    assert (found.count, found.unexplained) == (fails.sum(), 0)


def test_a_pair_that_fails_is_found_as_a_pair():
    codes = drawn(MIXED, 120)
    fails = (codes[:, 0] == 1) & (codes[:, 4] == 2)
    found = told(MIXED, codes, fails)
    assert found.rules[0].where == ((0, (1.0, 1.0)), (4, (2.0, 2.0)))
    assert (found.rules[0].failed, found.rules[0].trials) == (fails.sum(), fails.sum())
    assert found.unexplained == 0


@pytest.mark.parametrize("side", [1, -1])
def test_a_threshold_of_a_number_is_found_at_a_border_near_it(side):
    codes = drawn(MIXED, 80)
    fails = side * codes[:, 5] > side * 0.7
    (rule,) = told(MIXED, codes, fails).rules[:1]
    ((parameter, interval),) = rule.where
    assert parameter == 5
    border = interval.low if side > 0 else interval.high
    assert border == pytest.approx(0.7, abs=0.15)
    assert (interval.high if side > 0 else interval.low) == (1.0 if side > 0 else 0.0)


@pytest.mark.parametrize("share", [0.2, pytest.param(0.4, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_failures_at_random_have_no_rule(share):
    """40 samples; of 200 others at either share one was mistaken: 4 or more once in 20,000."""
    alarms = 0
    for seed in range(40):
        fails = np.random.default_rng([seed, 7]).random(60) < share
        alarms += bool(told(MIXED, drawn(MIXED, 60, seed), fails).rules)
    assert alarms <= 3


def test_a_rule_is_improbable_by_chance_as_counting_says():
    """The first rule of many samples, against the number of conditions that there are."""
    rng = np.random.default_rng(3)
    for _ in range(8):
        codes = drawn(MIXED, 60, int(rng.integers(1000)))
        fails = (rng.random(60) < 0.1) | ((codes[:, 4] == 1) & (rng.random(60) < 0.8))
        for rule in told(MIXED, codes, fails).rules[:1]:
            met = np.ones(60, dtype=bool)
            for i, (low, high) in rule.where:
                met &= (codes[:, i] >= low) & (codes[:, i] <= high)
            assert (rule.failed, rule.trials) == (int((met & fails).sum()), int(met.sum()))
            assert chance_of(fails, met) < 0.01


def test_a_search_that_avoids_what_fails_still_tells():
    """Failures are rare where it looks: 5 of the first 20, and one more when it looked again."""
    codes = drawn(MIXED, 100)
    codes[:20, 4] = np.tile([0, 1, 2, 0], 5)
    codes[20:, 4] = np.where(np.arange(80) % 2, 0.0, 1.0)
    codes[60, 4] = 2.0
    found = told(MIXED, codes, codes[:, 4] == 2)
    assert found.rules[0].where == ((4, (2.0, 2.0)),)
    assert (found.rules[0].failed, found.rules[0].trials) == (6, 6)


def test_reasons_are_counted_the_most_frequent_first():
    codes = drawn(MIXED, 60)
    fails = codes[:, 4] == 2
    numbers = np.flatnonzero(fails)
    reasons = {int(k): "out of memory" for k in numbers[2:]} | {int(numbers[0]): "killed"}
    found = told(MIXED, codes, fails, reasons)
    assert found.rules[0].reasons == (("out of memory", len(numbers) - 2), ("killed", 1))
    assert found.reasons == ()
    shuffled = np.random.default_rng(1).permutation(60)
    scattered = told(MIXED, codes[shuffled], fails, reasons)
    assert scattered.unexplained == len(numbers)
    assert scattered.reasons == found.rules[0].reasons


def test_where_all_failed_or_none_did_there_is_no_rule():
    codes = drawn(MIXED, 30)
    everything = told(MIXED, codes, np.ones(30, dtype=bool))
    assert (everything.rules, everything.count, everything.unexplained) == ((), 30, 30)
    nothing = told(MIXED, codes, np.zeros(30, dtype=bool))
    assert (nothing.rules, nothing.count, nothing.unexplained) == ((), 0, 0)
    empty = told(MIXED, codes[:0], np.zeros(0, dtype=bool))
    assert (empty.rules, empty.count) == ((), 0)


def test_two_failures_are_too_few_to_tell():
    codes = drawn(MIXED, 60)
    codes[:, 4] = 0.0
    codes[:2, 4] = 2.0
    assert told(MIXED, codes, codes[:, 4] == 2).rules == ()


def test_two_causes_are_two_rules_and_none_covers_a_trial_twice():
    codes = drawn(MIXED, 150)
    fails = (codes[:, 4] == 2) | (codes[:, 5] > 0.8)
    found = told(MIXED, codes, fails)
    parameters = [{i for i, _ in rule.where} for rule in found.rules]
    assert {4} in parameters
    assert {5} in parameters
    assert found.unexplained <= 3


def test_the_order_of_parameters_and_of_trials_does_not_matter():
    codes = drawn(MIXED, 80)
    fails = (codes[:, 0] == 1) & (codes[:, 4] == 2)
    order = np.random.default_rng(1).permutation(len(MIXED))
    rows = np.random.default_rng(2).permutation(80)
    turned = SearchSpace([MIXED.parameters[i] for i in order])
    one = told(MIXED, codes, fails).rules[0]
    other = told(turned, codes[rows][:, order], fails[rows]).rules[0]
    assert {(MIXED.names[i], c) for i, c in one.where} == {
        (turned.names[i], c) for i, c in other.where
    }
    assert (one.failed, one.trials) == (other.failed, other.trials)


def test_settings_that_are_sometimes_there_may_fail_where_they_are():
    codes = drawn(BRANCHES, 120)
    fails = np.nan_to_num(codes[:, 1]) > 0.5
    found = told(BRANCHES, codes, fails)
    assert {i for rule in found.rules for i, _ in rule.where} <= {0, 1}
    assert 1 in {i for i, _ in found.rules[0].where}


def test_penalties_have_rules_as_failures_have():
    codes = drawn(MIXED, 60)
    y = np.where(codes[:, 4] == 2, 1e9, np.random.default_rng(0).normal(size=60))
    found = findings(MIXED, codes, y).failures
    assert found.rules[0].where == ((4, (2.0, 2.0)),)
    assert found.rules[0].reasons == (("the value 1e+09", found.count),)


def test_settings_of_one_value_are_no_cause():
    space = SearchSpace([Categorical("only", ["a"]), Real("r", 2.0, 2.0), Real("x", 0.0, 1.0)])
    codes = drawn(space, 40)
    found = told(space, codes, codes[:, 2] > 0.6)
    causes = itertools.chain.from_iterable(rule.where for rule in found.rules)
    assert {i for i, _ in causes} == {2}


@pytest.mark.parametrize("first", [0, 3, 30])
def test_an_outage_is_no_setting_s_doing(first):
    """Twelve trials fail one after another, whatever they are; a search then avoids some value."""
    codes = drawn(MIXED, 80)
    fails = (np.arange(80) >= first) & (np.arange(80) < first + 12)
    codes[~fails, 0] = 0.0
    found = told(MIXED, codes, fails)
    assert found.bursts == ((first, first + 11),)
    assert (found.rules, found.unexplained) == ((), 0)


def test_what_fails_by_a_value_is_no_burst():
    """Even if the trials that have it come one after another."""
    codes = drawn(MIXED, 80)
    codes[:, 4] = np.where((np.arange(80) > 9) & (np.arange(80) < 20), 2.0, codes[:, 4] % 2)
    found = told(MIXED, codes, codes[:, 4] == 2)
    assert found.bursts == ()
    assert found.rules[0].where == ((4, (2.0, 2.0)),)


@pytest.mark.parametrize("seed", range(20))
def test_random_failures_make_no_burst(seed):
    fails = np.random.default_rng(seed).random(80) < 0.3
    assert told(MIXED, drawn(MIXED, 80, seed), fails).bursts == ()


def test_a_trial_that_succeeded_ends_a_burst_though_a_rule_covers_it():
    """What is told of trials one after another has to be so of all of them."""
    codes = drawn(MIXED, 80)
    fails = (np.arange(80) >= 20) & (np.arange(80) < 32)
    fails[26] = False
    for first, last in told(MIXED, codes, fails).bursts:
        assert fails[first : last + 1].all()
    codes[:, 4] = np.where(np.arange(80) < 60, codes[:, 4] % 2, 2.0)
    codes[26, 4] = 2.0
    fails[60:] = np.arange(60, 80) % 8 > 0
    found = told(MIXED, codes, fails)
    for first, last in found.bursts:
        assert fails[first : last + 1].all()
