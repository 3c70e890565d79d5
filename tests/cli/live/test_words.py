"""Times and curves are read as they are meant, in as many cells as there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from overtone.cli.live.words import (
    ASCII,
    BLOCKS,
    bar,
    curve,
    fitted,
    is_steep,
    left,
    padded,
    plain,
    squeezed,
    took,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"), (0.9, "0 s"), (59.99, "59 s"), (60, "1 min 00 s"), (754.2, "12 min 34 s"),
        (3600, "1 h 00 min"), (86399, "23 h 59 min"), (90000, "1 d 01 h"),
    ],
)  # fmt: skip
def test_a_time_that_has_passed(seconds, words):
    assert took(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about 10 s left"), (31, "about 40 s left"), (56, "about 1 min left"),
        (754, "about 13 min left"), (5399, "about 90 min left"), (5401, "about 2 h left"),
        (170000, "about 47 h left"), (300000, "about 3 days left"),
    ],
)  # fmt: skip
def test_a_time_that_is_left_has_its_label(seconds, words):
    assert left(seconds) == words


@given(st.text(max_size=40), st.integers(0, 30))
def test_a_fitted_text_has_no_more_cells_than_it_may(text, cells):
    shown = fitted(plain(text), cells, "…")
    assert cell_len(shown) <= cells
    assert shown == plain(text) or shown.endswith("…") or not cells
    assert cell_len(padded(shown, cells)) == cells


@given(st.text(max_size=40), st.integers(0, 30))
def test_a_squeezed_text_has_no_more_cells_and_keeps_both_ends(text, cells):
    whole = plain(text)
    shown = squeezed(whole, cells, "…")
    assert cell_len(shown) <= cells
    if shown != whole and cells > 2:
        start, _, end = shown.partition("…") if "…" not in whole else (shown[:0], "", shown[-1:])
        assert whole.startswith(start)
        assert whole.endswith(end)


def test_a_squeezed_text_is_cut_in_the_middle():
    assert squeezed("abcdefghij", 7, "…") == "abc…hij"
    assert squeezed("内存不足甲乙", 7, "…") == "内存…乙"
    assert squeezed("abc", 3, "…") == "abc"
    assert squeezed("abcd", 2, "…") == "a…"


def test_a_wide_letter_is_not_cut_in_half():
    assert fitted("内存不足", 6, "…") == "内存…"
    assert fitted("内存不足", 8, "…") == "内存不足"


def test_a_text_is_one_line_that_does_nothing_to_a_terminal():
    assert plain("a\tb\n\x1b[2Jc\x07") == "a b c\\x07"


def test_a_bar_is_full_when_all_is_done():
    assert bar(0, 7, 5, ASCII) == ("", "-----")
    assert bar(3, 7, 5, ASCII) == ("==", "---")
    assert bar(7, 7, 5, ASCII) == ("=====", "")
    assert bar(0, 0, 5, ASCII) == ("=====", "")


def test_a_curve_rises_from_the_least_to_the_largest():
    assert curve([0, 1, 2, 3, 4, 5, 6, 7], 8, BLOCKS) == "▁▂▃▄▅▆▇█"
    assert curve([7, 0], 4, BLOCKS) == "██▁▁"
    assert curve([None, None, 1, 2], 4, ASCII) == "  _@"
    assert curve([3, 3], 2, ASCII) == "__"
    assert curve([None], 2, ASCII) == "  "
    assert curve([], 5, ASCII) == ""


def test_a_curve_over_orders_of_magnitude_is_drawn_by_the_logarithm():
    assert is_steep([1.0, 101.0])
    assert not is_steep([1.0, 99.0])
    assert not is_steep([-1.0, 99.0])
    assert not is_steep([None])
    assert curve([10.0**k for k in range(8)], 8, BLOCKS) == "▁▂▃▄▅▆▇█"


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50),
    st.integers(0, 60),
)
def test_a_curve_has_its_width_and_ends_with_the_newest_value(values, width):
    drawn = curve(values, width, BLOCKS)
    assert len(drawn) == width
    if width:
        assert (drawn[-1] == " ") == (values[-1] is None)
