"""The first configurations are balanced, and nobody's stream depends on another's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.search.spectral.coding import coding_of
from overtone.search.spectral.design import ROWS, stratified
from overtone.space import Categorical, Integer, SearchSpace

seeds = st.integers(0, 2**40)
keys = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=8, unique=True)


def block(number, *, seed, keys):
    """One block of the design, shape `(ROWS, len(keys))`."""
    rows = range(number * ROWS, (number + 1) * ROWS)
    return np.array([stratified(row, seed=seed, keys=keys) for row in rows])


@given(seeds, keys, st.integers(0, 5))
def test_each_stratum_is_met_once_in_every_block(seed, keys, number):
    drawn = block(number, seed=seed, keys=keys)
    assert ((drawn >= 0.0) & (drawn < 1.0)).all()
    assert (np.sort(np.floor(drawn * ROWS), axis=0) == np.arange(ROWS)[:, None]).all()


@given(seeds, keys, st.integers(0, 50), st.data())
def test_a_parameter_gets_what_it_would_have_got_alone(seed, keys, row, data):
    together = stratified(row, seed=seed, keys=keys)
    alone = [stratified(row, seed=seed, keys=[key])[0] for key in keys]
    assert together.tolist() == alone
    order = data.draw(st.permutations(range(len(keys))))
    shuffled = stratified(row, seed=seed, keys=[keys[i] for i in order])
    assert shuffled.tolist() == together[order].tolist()


@given(seeds, keys)
def test_blocks_seeds_and_keys_have_designs_of_their_own(seed, keys):
    first = block(0, seed=seed, keys=keys)
    assert not np.array_equal(first, block(1, seed=seed, keys=keys))
    assert not np.array_equal(first, block(0, seed=seed + 1, keys=keys))
    assert len({column.tobytes() for column in first.T}) == len(keys)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7, 9, 10])
def test_choices_come_as_evenly_as_a_block_allows(k):
    """Choice c owns [c/k, (c+1)/k): the strata inside of it are its own, the two that it shares may be."""
    space = SearchSpace([Categorical("x", list(range(k))), Integer("y", 1, k)])
    coding = coding_of(space, np.zeros((0, 2)))
    for seed in range(20):
        rows = coding.spread(block(0, seed=seed, keys=[0, 1]))
        for column in rows.T:
            _, counts = np.unique(column, return_counts=True)
            full = np.full(k - len(counts), 0)
            times = np.concatenate([counts, full])
            within = [np.floor((c + 1) * ROWS / k) - np.ceil(c * ROWS / k) for c in range(k)]
            assert times.min() >= min(within)
            assert times.max() <= max(within) + 2


@pytest.mark.parametrize("k", [2, 5, 10])
def test_choices_that_divide_a_block_come_equally_often(k):
    coding = coding_of(SearchSpace([Categorical("x", list(range(k)))]), np.zeros((0, 1)))
    for seed in range(20):
        rows = coding.spread(block(seed, seed=seed, keys=[7]))
        assert np.unique(rows, return_counts=True)[1].tolist() == [ROWS // k] * k
