"""A typed command falls into the words that a shell would make of it."""

import shlex
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overtone.errors import StudyFileError
from overtone.run.definition.writing.shell_words import shell_text

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(["", "it's", '"', "\\", "a b", "$x", "&&", "#", "~", "*"])
def test_quoted_words_come_back_and_need_no_shell(texts):
    found = shell_text(shlex.join(texts))
    assert [word.text for word in found.words] == texts
    assert not found.needs_shell


@pytest.mark.parametrize(
    "source",
    [
        "python train.py --lr=0.1",
        """a "b c" 'd "e"' f\\ g "h\\"i" "\\j" ''x""",
        "a \\\n  b",
        "a=1 b={x}",
    ],
)
def test_words_are_those_of_a_real_shell(source):
    shown = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {source}"], capture_output=True, text=True, check=True
    ).stdout
    found = shell_text(source)
    assert [word.text for word in found.words] == shown.split("\n")[:-1]
    assert not found.needs_shell


@pytest.mark.parametrize(
    "source",
    ["a && b", "a|b", "a > f", "a; b", "(a)", "a $X", 'a "$X"', "a `b`", 'a "`b`"', "a *.c", "a b?",
     "~/a", "a\nb", "a 2>&1"],
)  # fmt: skip
def test_what_only_a_shell_understands_is_seen(source):
    assert shell_text(source).needs_shell


def test_dollars_that_are_escaped_or_quoted_need_no_shell():
    found = shell_text('a \'$X\' \\$X "\\$X" "\\\\"')
    assert not found.needs_shell
    assert [word.text for word in found.words] == ["a", "$X", "$X", "$X", "\\"]


def test_words_know_their_places_and_operators_are_no_words():
    found = shell_text("  gcc -O2 'a b.c'&& ./a.out 2> err ")
    places = [(w.text, found.source[w.start : w.end], w.is_operator) for w in found.words]
    assert places == [
        ("gcc", "gcc", False),
        ("-O2", "-O2", False),
        ("a b.c", "'a b.c'", False),
        ("&&", "&&", True),
        ("./a.out", "./a.out", False),
        ("2>", "2>", True),
        ("err", "err", False),
    ]
    assert [word.is_plain for word in found.words[:3]] == [True, True, False]


@pytest.mark.parametrize(
    ("source", "expected"),
    [("", "empty"), ("  ", "empty"), ("&&", "empty"), ("a 'b", "partner"), ('a "b', "partner")],
)
def test_what_is_no_command_is_refused(source, expected):
    with pytest.raises(StudyFileError, match=expected):
        shell_text(source)
