"""Whatever is written as TOML is read back as it was, by Python's own reader."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overtone.errors import StudyFileError
from overtone.run.definition.writing.toml_text import WIDTH, comment_lines, key_text, value_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)


@given(VALUES)
@example("\"'\\ \x00\x1f\x7f\x85\u2028 \n\r\t é 😀 '''\"\"\"")
@example(["C:\\new", 'say "hi"', -0.0, 1e16, 5e-324, {"a b": {"": [True]}}])
def test_a_value_comes_back_as_it_was(value):
    text = value_text(value)
    assert "\n" not in text
    found = tomllib.loads(f"x = {text}")["x"]
    assert repr(found) == repr(value)


@given(TEXTS)
def test_a_key_comes_back_as_it_was(key):
    assert tomllib.loads(f"{key_text(key)} = 1") == {key: 1}


@pytest.mark.parametrize("value", [None, float("nan"), float("-inf"), [None], {"a": None}])
def test_what_toml_cannot_say_is_refused(value):
    with pytest.raises(StudyFileError, match="cannot be written"):
        value_text(value)


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(StudyFileError, match="surrogate"):
        value_text("\ud800")


@given(st.text())
@example("\x00\nlr = 1\r\n\u2028lr = 2")
def test_a_comment_is_never_more_than_a_comment(text):
    lines = comment_lines(text, indent="  ", hanging="      ")
    assert tomllib.loads("\n".join(lines)) == {}
    assert all(line.startswith("# ") for line in lines)


def test_a_long_comment_is_broken_between_words():
    lines = comment_lines("word " * 100)
    assert max(map(len, lines)) <= WIDTH
    assert " ".join(line[2:] for line in lines).split() == ["word"] * 100
