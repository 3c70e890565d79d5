"""Configurations that would likely fail, beside the definition."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.trials import BRANCHES, MIXED, beliefs, drawn, findings, known

from overtone.search.conclusions.failing import CHANCE, LEAST_FAILED, Failing
from overtone.search.conclusions.failures import Failures
from overtone.search.history import State
from overtone.space import Categorical, Real, SearchSpace

CHOICES = SearchSpace([Categorical(f"c{i}", [0, 1, 2]) for i in range(4)])


NONE = Failures((), 0, 0, ())


def told(space, codes, fails, failures=NONE):
    states = [State.FAILED if failed else State.COMPLETE for failed in fails]
    y = np.where(fails, np.nan, np.arange(float(len(fails))))
    return Failing(space, known(codes, y, states=states), failures)


def by_definition(codes, fails, row, parameter=None):
    """The most failures of a value, or of two, of a row that no trial with a value had."""
    most = int((fails & (codes == row).all(axis=1)).sum() > 0)
    most *= not (~fails & (codes == row).all(axis=1)).any()
    places = range(len(row))
    for pair in [*((i, i) for i in places), *combinations(places, 2)]:
        if parameter is None or parameter in pair:
            here = (codes[:, pair] == row[list(pair)]).all(axis=1)
            count = int((here & fails).sum())
            if count >= LEAST_FAILED and not (here & ~fails).any():
                most = max(most, count)
    return most


@given(
    st.lists(st.tuples(*[st.integers(0, 2)] * 4, st.booleans()), min_size=1, max_size=30),
    st.tuples(*[st.integers(0, 2)] * 4),
    st.sampled_from([None, 0, 1, 2, 3]),
)
def test_values_and_pairs_that_only_failed_trials_had_are_counted(rows, row, parameter):
    codes = np.array([r[:4] for r in rows], dtype=float)
    fails = np.array([r[4] for r in rows])
    found = told(CHOICES, codes, fails).of(np.array(row, dtype=float), parameter)
    assert found == by_definition(codes, fails, np.array(row, dtype=float), parameter)


def test_without_failures_nothing_fails():
    codes = drawn(MIXED, 20)
    assert told(MIXED, codes, np.zeros(20, dtype=bool)).of(codes[0]) == 0


def test_numbers_count_by_the_cells_of_their_range():
    space = SearchSpace([Real("x", 0.0, 1.0), Categorical("c", [0, 1])])
    codes = np.array([[0.05, 0.0], [0.15, 0.0], [0.4, 0.0], [0.6, 1.0]])
    found = told(space, codes, np.array([True, True, False, False]))
    assert found.of(np.array([0.2, 1.0])) == 2
    assert found.of(np.array([0.3, 1.0])) == 0


def test_a_setting_that_is_not_there_is_no_cause():
    codes = drawn(BRANCHES, 60)
    fails = codes[:, 0] == 0
    found = told(BRANCHES, codes, fails)
    working = codes[~fails][0]
    assert np.isnan(working[1])
    assert found.of(working) == 0
    assert found.of(codes[fails][0]) == fails.sum()


def test_failures_that_a_rule_explains_tell_nothing_of_what_lacks_its_values():
    """All trials with b = 1 failed, but all of them had the choice that makes trials fail."""
    codes = drawn(MIXED, 80)
    fails = codes[:, 4] == 2
    codes[~fails, 0] = 0.0
    asked = beliefs(
        MIXED,
        codes,
        np.where(fails, np.nan, 1.0),
        states=[State.FAILED if failed else State.COMPLETE for failed in fails],
    )
    assert {rule.where for rule in asked.failures.rules} == {((4, (2.0, 2.0)),)}
    row = codes[~fails][0]
    with_b, with_choice = np.array(row), np.array(row)
    with_b[0], with_choice[4] = 1.0, 2.0
    assert asked.failing.of(with_b) == 0
    assert asked.failing.of(with_choice) == fails.sum()
    unexplained = Failing(MIXED, asked.known, NONE)
    assert unexplained.of(with_b) > 0


def test_the_more_fail_for_no_reason_the_more_have_to_fail_together():
    """Of trials that fail at random, half of them, some pair of values has failed twice or thrice."""
    codes = drawn(MIXED, 60)
    fails = np.random.default_rng(0).random(60) < 0.5
    some = Failures((), int(fails.sum()), int(fails.sum()), ())
    often, never = told(MIXED, codes, fails, some), told(MIXED, codes, fails)
    others = drawn(MIXED, 200, seed=1)
    assert sum(never.of(row) > 0 for row in others) > 2 * sum(often.of(row) > 0 for row in others)
    found = [often.of(row) for row in others if often.of(row)]
    assert all(fails.mean() ** count <= CHANCE for count in found if count > 1)


def test_failures_in_a_burst_say_nothing_of_others():
    codes = drawn(MIXED, 40)
    fails = np.arange(40) < 12
    codes[~fails, 0] = 0.0
    with_b = np.array(codes[20])
    with_b[0] = 1.0
    assert told(MIXED, codes, fails).of(with_b) > 0
    burst = Failures((), 12, 0, (), bursts=((0, 11),))
    states = [State.FAILED if failed else State.COMPLETE for failed in fails]
    trials = known(codes, np.where(fails, np.nan, 1.0), states=states)
    assert Failing(MIXED, trials, burst).of(with_b) == 0


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_what_always_fails_is_avoided_in_every_answer(seed):
    """Of x + (c == "a"), c == "z" fails, and so does flag with c == "b"."""
    space = SearchSpace(
        [
            Real("x", 0.0, 4.0),
            Categorical("c", ["a", "b", "z"]),
            Categorical("flag", [False, True]),
            Categorical("idle", [0, 1]),
        ]
    )
    codes = drawn(space, 60, seed)
    fails = (codes[:, 1] == 2) | ((codes[:, 1] == 1) & (codes[:, 2] == 1))
    y = np.where(fails, np.nan, codes[:, 0] + (codes[:, 1] == 0))
    states = [State.FAILED if failed else State.COMPLETE for failed in fails]
    found = findings(space, codes, y, states=states, default=np.array([3.9, 0.0, 1.0, 0.0]))
    by_name = {space.names[s.parameter]: s for s in found.settings}
    assert found.recommended[1] == 1.0
    assert {a.code for a in by_name["c"].avoided} == {2.0}
    assert {level.code for level in by_name["c"].levels} == {0.0}
    assert {a.code for a in by_name["flag"].avoided} == {1.0}
    assert by_name["flag"].levels == ()
    assert not by_name["idle"].avoided
    # The flag has to be turned off before c can be b, and it is worth that.
    needed = {space.names[c.parameter]: c for c in found.fewest.changes}
    assert set(needed) == {"x", "c", "flag"}
    assert needed["flag"].fails_without
    assert not needed["c"].fails_without
    for pair in found.interactions:
        assert {space.names[i] for i in pair.parameters} != {"c", "flag"}
