"""An interval is that of the number it belongs to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from overtone.search.conclusions.estimate import NINETY, SURE, Estimate, exactly

numbers = st.integers(-1000, 1000).map(lambda k: k / 8)
estimates = st.tuples(numbers, numbers, numbers).map(
    lambda three: Estimate(float(np.median(three)), min(three), max(three))
)


@given(estimates)
def test_the_negative_of_a_number_has_the_mirrored_interval(found):
    other = found.signed(-1.0)
    assert (other.low, other.mean, other.high) == (-found.high, -found.mean, -found.low)
    assert other.signed(-1.0) == found == found.signed(1.0)


@given(estimates, st.integers(0, 1000).map(lambda k: k / 8))
def test_no_number_is_both_within_a_size_and_surely_beyond_it(found, size):
    assert not (found.is_within(size) and found.is_beyond(size))
    assert found.is_within(size) == found.signed(-1.0).is_within(size)
    assert found.is_beyond(size) == found.signed(-1.0).is_beyond(size)


@given(numbers, st.integers(0, 1000).map(lambda k: k / 8))
def test_what_is_known_is_either_within_a_size_or_beyond_it(number, size):
    assert exactly(number).is_within(size) == (abs(number) <= size)
    assert exactly(number).is_beyond(size) == (abs(number) > size)


@given(estimates, st.sampled_from([0.25, 2.0, 1024.0]))
def test_shares_and_sizes_scale_together(found, size):
    share = found.over(size)
    assert share.mean * size == found.mean
    assert share.is_within(1.0) == found.is_within(size)


def test_the_ends_are_those_of_a_normal_distribution():
    assert pytest.approx(norm.ppf(0.95), abs=1e-4) == NINETY
    assert pytest.approx(norm.ppf(0.99865), abs=1e-4) == SURE


def test_a_number_that_is_surely_beyond_is_so_by_three_deviations():
    for mean, is_beyond in ((2.4, False), (3.1, True)):
        assert Estimate(mean, mean - NINETY, mean + NINETY).is_beyond(0.0) is is_beyond
        assert Estimate(-mean, -mean - NINETY, -mean + NINETY).is_beyond(0.0) is is_beyond
    assert not Estimate(np.nan, np.nan, np.nan).is_beyond(0.0)
