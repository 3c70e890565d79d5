"""Different tags or keys have different streams, however they are spelt."""

import itertools
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.space.streams import stream

KEYS = st.lists(st.integers(-(2**80), 2**80) | st.text(max_size=5), max_size=4)


def first(tag, *keys):
    return tuple(stream(tag, *keys).integers(2**63, size=2).tolist())


@given(KEYS, KEYS)
def test_equal_keys_have_equal_streams_and_others_others(one, other):
    assert (first("a", *one) == first("a", *other)) == (one == other)


@pytest.mark.parametrize(
    "alike",
    [
        [
            ("a", 1, 2),
            ("a", 1, 2, 0),
            ("a", 1, 2, 0, 0),
            ("a", 1, "2"),
            ("a", 12),
            ("a", 1 + 2**32 * 2),
        ],
        [("a", "b", "c"), ("a", "bc"), ("ab", "c"), ("a", 'b", "c'), ("a", "b,c")],
        [("a",), ("a", ""), ("a", 0), ("", "a")],
        [("a", "plumless"), ("a", "buckeroo"), ("a", zlib.crc32(b"plumless"))],
        [("a", "é"), ("a", "e\u0301"), ("a", "\ud800")],
    ],
)
def test_what_looks_alike_has_streams_of_its_own(alike):
    for one, other in itertools.combinations(alike, 2):
        assert first(*one) != first(*other)


def test_a_number_of_numpy_is_the_number():
    assert first("a", np.int64(3)) == first("a", 3)


def test_a_stream_is_the_same_in_every_process():
    code = "from overtone.space.streams import stream; print(stream('a', 1, 'x').integers(2**63))"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert int(printed) == stream("a", 1, "x").integers(2**63) == 8338267953807497033
