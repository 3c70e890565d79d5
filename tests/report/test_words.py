"""Numbers, values and lines as a person reads them."""

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overtone.report.words import (
    LONGEST,
    WIDTH,
    cut,
    filled,
    interval,
    listed,
    number,
    percent,
    short,
    table,
    value,
    visible,
)
from overtone.search.conclusions.estimate import Estimate, exactly

FINITE = st.floats(-1e12, 1e12, allow_nan=False)
NAMES = st.text(min_size=1, max_size=200)


@given(FINITE, st.floats(1e-9, 1e9))
def test_a_number_is_rounded_by_less_than_its_uncertainty(x, width):
    assert abs(float(number(x, like=width)) - x) <= 0.051 * width + 1e-11 * abs(x)


@given(FINITE)
def test_a_number_by_itself_has_four_digits(x):
    # Below the least normal number there are fewer digits than four.
    assume(x == 0.0 or abs(x) > 1e-300)
    assert float(number(x)) == pytest.approx(x, rel=5.1e-4)
    assert len(number(x).lstrip("-").replace(".", "").partition("e")[0].strip("0")) <= 4


@given(FINITE)
def test_a_signed_number_has_its_sign_unless_it_is_zero(x):
    text = number(x, signed=True)
    assert text[0] == ("+" if x > 0 else "-" if x < 0 else "0")
    assert float(text) == float(number(x))


def test_there_is_no_negative_zero():
    assert short(-0.0) == number(-0.0) == number(-1e-9, like=1.0) == "0"


@pytest.mark.parametrize(("x", "text"), [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")])
def test_what_is_no_number_is_named(x, text):
    assert number(x) == number(x, like=1.0) == text


@given(FINITE, st.floats(1e-6, 1e6))
def test_an_interval_holds_its_number(mean, half):
    text = interval(Estimate(mean, mean - half, mean + half))
    parts = text.replace("(", "").replace(")", "").replace(" to", "").split()
    middle, *ends = map(float, parts)
    if ends:
        assert ends[0] <= middle <= ends[1]
    else:  # it is known all but exactly
        assert 2 * half <= 1.1e-4 * abs(mean)


def test_what_is_known_has_no_ends():
    assert interval(exactly(0.25)) == "0.25"
    assert interval(exactly(0.25), signed=True) == "+0.25"
    assert interval(exactly(0.0)) == "0"
    assert interval(Estimate(1.234, 1.0, 1.5)) == "1.23 (1 to 1.5)"


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (None, "null"), (True, "true"), (False, "false"), (1, "1"), ("1", "1"), (0.1 + 0.2, "0.3"),
        (1e-5, "1e-05"), (2.0, "2"), ("a b", "a b"), (12345678, "12345678"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_in_a_study_file(choice, text):
    assert value(choice) == text


@given(st.none() | st.booleans() | st.integers())
def test_a_value_that_is_no_text_and_no_float_is_json(choice):
    assert json.loads(value(choice)) == choice


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (0.001, "<1 %"), (0.006, "1 %"), (0.5, "50 %"), (1.0, "100 %"), (-0.2, "-20 %")],
)
def test_a_share_is_in_whole_percents(share, text):
    assert percent(share) == text


@given(NAMES, st.integers(4, 60))
def test_a_text_is_cut_in_the_middle_only_where_it_is_too_long(text, longest):
    found = cut(text, longest)
    assert len(found) == min(len(text), longest)
    if len(text) > longest:
        before, _, after = (
            found.partition("..") if ".." not in text else (found[:1], "", found[-1:])
        )
        assert text.startswith(before)
        assert text.endswith(after)
    else:
        assert found == text


@given(st.text(max_size=100))
def test_what_is_shown_is_on_one_line_and_loses_nothing(text):
    found = visible(text)
    assert len(found.splitlines()) <= 1
    assert "\x1b" not in found
    assert (
        "\\" in text or found.encode("ascii", "backslashreplace").decode("unicode_escape") == text
    )


@given(st.lists(NAMES, max_size=12), st.sampled_from(["", "  ", "    "]))
def test_a_filled_text_is_narrow_and_keeps_all_letters(words, indent):
    lines = filled(" ".join(words), indent)
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line.startswith(indent) for line in lines)
    assert "".join("".join(lines).split()) == "".join(visible(" ".join(words)).split())


def test_a_name_with_hyphens_stays_in_one_piece():
    names = [f"a-rather-long-name-of-a-setting-{k}" for k in range(9)]
    lines = filled(", ".join(names))
    assert sum(name in line for line in lines for name in names) == 9


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=5))
def test_a_table_is_narrow_and_shows_every_cell(rows):
    short_cells = [(cut(a), cut(b, 16), c) for a, b, c in rows]
    lines = table(short_cells)
    assert all(len(line) <= WIDTH for line in lines)
    assert not any(line != line.rstrip() for line in lines)
    shown = "".join("".join(lines).split())
    for cell in (cell for row in short_cells for cell in row):
        assert "".join(visible(cell).split()) in shown


def test_columns_begin_at_the_same_place():
    lines = table([("a", "1"), ("long", "22"), ("mid", "x" * 200)])
    assert lines[:2] == ["  a     1", "  long  22"]
    assert lines[2] == "  mid"
    assert table([]) == []


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_listed_as_in_a_sentence(names, text):
    assert listed(names) == text


def test_a_column_has_room_for_a_name_that_is_cut():
    assert LONGEST * 2 < WIDTH
