"""Settings that the trials cannot tell apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search.trials import known

from overtone.search.conclusions.ties import ties_of

columns = st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1, max_size=5).map(
    lambda rows: np.array(rows, dtype=float).T
)


def tied(codes):
    return ties_of(known(codes, np.arange(float(len(codes)))))


def say_each_other(a, b):
    """Whether equal values of one are equal values of the other, by the definition."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})


@given(columns)
def test_two_settings_are_tied_exactly_if_each_says_the_other(codes):
    groups = tied(codes)
    group_of = {i: k for k, members in enumerate(groups) for i in members}
    varied = [i for i in range(codes.shape[1]) if len(set(codes[:, i].tolist())) > 1]
    assert set(group_of) <= set(varied)
    for i in varied:
        for j in varied:
            if i < j:
                together = i in group_of and group_of[i] == group_of.get(j)
                assert together == say_each_other(codes[:, i], codes[:, j])


@given(columns, st.permutations(range(5)))
def test_the_order_of_the_settings_does_not_matter(codes, order):
    kept = [i for i in order if i < codes.shape[1]]
    moved = {frozenset(kept[i] for i in members) for members in tied(codes[:, kept])}
    assert moved == {frozenset(members) for members in tied(codes)}


def test_being_inactive_is_a_value():
    codes = np.array([[0.0, 5.0], [1.0, np.nan], [0.0, 5.0], [1.0, np.nan], [0.0, 5.0]])
    assert tied(codes) == ((0, 1),)
    codes[0, 1] = 6.0
    assert tied(codes) == ()


@pytest.mark.parametrize("count", range(4))
def test_a_few_trials_tie_nothing(count):
    assert tied(np.arange(2.0 * count).reshape(count, 2)) == ()
