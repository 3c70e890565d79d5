"""Whatever a program prints does nothing to the terminal on which it is shown."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.run.records.visible import visible, without_escapes

TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("größe 研究 नमस्ते ١٢ 👩\u200d🔬", "größe 研究 नमस्ते ١٢ 👩\u200d🔬"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred\x9b0m", "red"),
        ("\x1b[38:2::1:2:3mred\x1b[m", "red"),
        ("clear\x1b[2J\x1b[H\x1b[?25lme", "clearme"),
        ("\x1b]0;a title\x07words", "words"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9d0;a title\x9cwords", "words"),
        ("\x1bPq#0\x1b\\sixel\x1b_app\x1b\\ \x1b^private\x1b\\", "sixel "),
        ("\x1b(0lines\x1b(B\x1bc\x1b7\x1b#8", "lines"),
        ("\x1b]52;c;no end", "52;c;no end"),
        ("\x1b[31", "31"),
        ("\x1b", "\\x1b"),
        ("\x1b\x1b[31m[2J", "\\x1b[2J"),
        ("ding\x07 \x08\x00\x7f\r", "ding\\x07 \\x08\\x00\\x7f\\r"),
        ("\x85\x84\x9c", "\\x85\\x84\\x9c"),
        ("\u202egnp.exe \u2066x\u2069 \u200f", "\\u202egnp.exe \\u2066x\\u2069 \\u200f"),
        ("a\u2028b\ufeff\u200b", "a\\u2028b\\ufeff\\u200b"),
        ("\ud800 \udce9", "\\ud800 \\udce9"),
        ("[red]:100:{x}%s", "[red]:100:{x}%s"),
    ],
)
def test_escape_sequences_vanish_and_other_unseen_characters_are_spelt(printed, shown):
    assert visible(printed) == shown


hostile = st.text(
    st.sampled_from("\x1b\x9b\x9d\x90\x9c\x07[]P\\;0m?!(A b")
    | st.characters(exclude_categories=[])  # surrogates too
)


@given(hostile)
def test_nothing_is_left_that_could_move_a_cursor_or_turn_the_text(text):
    shown = visible(text)
    for character in shown:
        assert character in "\n\t" or unicodedata.category(character) not in {
            "Cc",
            "Cs",
            "Zl",
            "Zp",
        }
        assert unicodedata.bidirectional(character) not in TURNING
    shown.encode()
    assert visible(shown) == shown


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_stays_as_it_is(text):
    assert visible(text) == without_escapes(text) == text


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["\x1b]", "\x1b[", "\x9d", "\x9b0", "\x1b ", "\x1b]0;", "0"])
def test_a_long_text_takes_no_longer_than_its_length(piece):
    begin = time.perf_counter()
    visible("\x1b]" + piece * (2**20 // len(piece)))
    assert (
        time.perf_counter() - begin < 5
    )  # a second at most, unless the time grows with the square
