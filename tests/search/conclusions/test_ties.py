"""Settings that the trials cannot tell apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.trials import known

from overtone.search.conclusions.ties import ties_of
from overtone.search.history import State
from overtone.space import Categorical, Integer, Real, SearchSpace


def columns(most):
    """Columns of nine values each."""
    column = st.lists(st.integers(0, most).map(float), min_size=9, max_size=9)
    return st.lists(column, min_size=1, max_size=5).map(lambda rows: np.array(rows).T)


def choices(count):
    return SearchSpace([Categorical(f"c{i}", [0, 1, 2]) for i in range(count)])


def numbers(count):
    return SearchSpace([Real(f"x{i}", 0.0, 20.0) for i in range(count)])


def tied(codes, space=choices):
    return ties_of(space(codes.shape[1]), known(codes, np.arange(float(len(codes)))))


def say_each_other(a, b):
    """Whether equal values of one are equal values of the other, by the definition."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})


def rise_together(a, b):
    """Whether each pair of trials has the same order in both, or the opposite one, by the definition."""
    signs = np.sign(np.subtract.outer(a, a)), np.sign(np.subtract.outer(b, b))
    return bool((signs[0] == signs[1]).all() or (signs[0] == -signs[1]).all())


KINDS = st.sampled_from([(choices, say_each_other, 2), (numbers, rise_together, 20)])


@given(st.data(), KINDS)
def test_two_settings_are_tied_exactly_if_each_says_the_other(data, kind):
    space, are_tied, most = kind
    codes = data.draw(columns(most))
    if most > 2:  # numbers of many values
        codes[:3] = np.arange(3.0)[:, None] + codes[:1]
    groups = tied(codes, space)
    group_of = {i: k for k, members in enumerate(groups) for i in members}
    varied = [i for i in range(codes.shape[1]) if len(set(codes[:, i].tolist())) > 1]
    assert set(group_of) <= set(varied)
    for i in varied:
        for j in varied:
            if i < j:
                together = i in group_of and group_of[i] == group_of.get(j)
                assert together == are_tied(codes[:, i], codes[:, j])


@given(columns(2), st.permutations(range(5)), st.sampled_from([choices, numbers]))
def test_the_order_of_the_settings_does_not_matter(codes, order, space):
    kept = [i for i in order if i < codes.shape[1]]
    moved = {frozenset(kept[i] for i in members) for members in tied(codes[:, kept], space)}
    assert moved == {frozenset(members) for members in tied(codes, space)}


def test_numbers_that_all_differ_are_not_tied_by_that():
    """Of any two of them each value stands beside one value of the other."""
    codes = np.random.default_rng(0).random((40, 5))
    assert tied(codes, numbers) == ()
    codes[:, 3] = 1.0 - codes[:, 1] ** 2
    assert tied(codes, numbers) == ((1, 3),)


def test_a_choice_and_a_number_of_few_values_may_be_tied():
    space = SearchSpace([Categorical("c", [0, 1, 2]), Integer("k", 0, 2)])
    codes = np.repeat(np.arange(12.0)[:, None] % 3, 2, axis=1)
    assert ties_of(space, known(codes, np.arange(12.0))) == ((0, 1),)
    many = np.repeat(np.arange(12.0)[:, None], 2, axis=1)
    assert ties_of(space, known(many, np.arange(12.0))) == ()


def test_failed_trials_may_tell_settings_apart():
    codes = np.repeat(np.arange(12.0)[:, None] % 3, 2, axis=1)
    codes[11, 1] = 1.0
    states = [State.COMPLETE] * 11 + [State.FAILED]
    assert ties_of(choices(2), known(codes, np.arange(12.0), states=states)) == ()
    assert ties_of(choices(2), known(codes[:11], np.arange(11.0))) == ((0, 1),)


def test_being_inactive_is_a_value():
    codes = np.array([[0.0, 2.0], [1.0, np.nan]] * 5)
    assert tied(codes) == ((0, 1),)
    codes[0, 1] = 1.0
    assert tied(codes) == ()


@pytest.mark.parametrize("count", range(8))
def test_a_few_trials_tie_nothing(count):
    assert tied(np.repeat(np.arange(float(count))[:, None] % 3, 2, axis=1)) == ()
