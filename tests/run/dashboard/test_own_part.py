"""Our part of a note is renewed in its place, and not a word of the user's is lost."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from overtone.run.dashboard.own_part import FIRST, LAST, with_own_part

WORDS = st.text("ab\n ", max_size=20)
# What a user may have made of a note: words and pieces of our part in any order.
NOTES = st.lists(WORDS | st.sampled_from([FIRST, LAST, "\n"]), max_size=8).map("\n".join)


def test_without_a_note_there_is_our_part_alone():
    assert with_own_part("", "new") == f"{FIRST}\n\nnew\n\n{LAST}"
    assert with_own_part(" \n", "new") == f"{FIRST}\n\nnew\n\n{LAST}"


@given(WORDS, WORDS)
def test_what_stands_above_and_below_stays_as_it_is(above, below):
    old = f"{above}\n{with_own_part('', 'old')}\n{below}"
    assert with_own_part(old, "new") == f"{above}\n{with_own_part('', 'new')}\n{below}"


def test_a_users_own_note_stays_above():
    assert with_own_part("mine\n", "new") == f"mine\n\n{FIRST}\n\nnew\n\n{LAST}"


@given(NOTES)
def test_writing_twice_is_writing_once(note):
    once = with_own_part(note, "new")
    assert with_own_part(once, "new") == once
    assert "new" in once


@given(NOTES)
def test_a_part_that_is_not_whole_is_the_users(note):
    first, last = note.find(f"{FIRST}\n"), note.rfind(f"\n{LAST}")
    if first == -1 or last < first:
        assert with_own_part(note, "new").startswith(note.rstrip())


def test_the_marks_are_not_shown():
    shown = MarkdownIt().render(f"mine\n\n{with_own_part('', 'new')}\n\nbelow")
    assert shown == "<p>mine</p>\n<p>new</p>\n<p>below</p>\n"
