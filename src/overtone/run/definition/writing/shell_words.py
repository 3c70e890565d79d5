"""The words of a command that was typed for a shell, each with its place, and whether it takes a shell."""

import re
from dataclasses import dataclass
from typing import Final

from overtone.errors import StudyFileError

# Between words; digits before an arrow belong to it.
_OPERATOR: Final = re.compile(r"\d*[<>]+&?\d*|[;&|()\n]+")
_BLANK: Final = re.compile(r"(?:[ \t]|\\\n)+")
_SPECIAL: Final = frozenset("$`*?[")


@dataclass(frozen=True)
class ShellWord:
    """A word, or an operator such as `&&` that only a shell understands.

    Attributes:
        text: what the program is given; of an operator, itself.
        start, end: where it stands.
        is_plain: whether it stands there as the program is given it, without quotes or expansions.
        is_operator: whether it is no word.
    """

    text: str
    start: int
    end: int
    is_plain: bool = True
    is_operator: bool = False


@dataclass(frozen=True)
class ShellText:
    """A typed command.

    Attributes:
        source: as it was typed.
        words: with the operators between them.
        needs_shell: whether anything in it is for a shell to do.
    """

    source: str
    words: tuple[ShellWord, ...]
    needs_shell: bool


def shell_text(source: str) -> ShellText:
    """The words of a typed command.

    Raises:
        StudyFileError: if it has none, or a quote has no partner.
    """
    source = source.strip()
    words: list[ShellWord] = []
    needs_shell, place = False, 0
    while place < len(source):
        if blank := _BLANK.match(source, place):
            place = blank.end()
        elif found := _OPERATOR.match(source, place):
            words.append(ShellWord(found[0], place, found.end(), is_operator=True))
            needs_shell, place = True, found.end()
        else:
            word, is_expanded = _word(source, place)
            words.append(word)
            needs_shell, place = needs_shell or is_expanded, word.end
    if not any(not word.is_operator for word in words):
        raise StudyFileError(
            "the command is empty: type it as in a shell, such as: python train.py --lr 0.1"
        )
    return ShellText(source, tuple(words), needs_shell)


def _word(source: str, start: int) -> tuple[ShellWord, bool]:
    """The word that begins here, and whether a shell would expand it."""
    letters: list[str] = []
    place, is_expanded = start, source[start] in "~#"
    while place < len(source) and source[place] not in " \t\n;&|<>()":
        letter = source[place]
        if letter == "'":
            end = _partner(source, place, "'")
            letters.append(source[place + 1 : end])
        elif letter == '"':
            end = _partner(source, place, '"')
            inner = source[place + 1 : end]
            is_expanded |= bool(re.search(r"(?<!\\)(?:\\\\)*[$`]", inner))
            letters.append(re.sub(r'\\([\\"$`\n])', lambda kept: kept[1].strip("\n"), inner))
        elif letter == "\\":
            end = place + 1
            letters.append(source[end : end + 1].strip("\n"))
        else:
            end = place
            is_expanded |= letter in _SPECIAL
            letters.append(letter)
        place = end + 1
    place = min(place, len(source))
    text = "".join(letters)
    is_plain = not is_expanded and source[start:place] == text
    return ShellWord(text, start, place, is_plain), is_expanded


def _partner(source: str, place: int, quote: str) -> int:
    """Where the quote that begins at a place ends."""
    end = place + 1
    while end < len(source) and source[end] != quote:
        end += 2 if quote == '"' and source[end] == "\\" else 1
    if end >= len(source):
        raise StudyFileError(
            f"the command has a {quote} without its partner, after: {source[:place][-40:]!r}. "
            "Type the command as in a shell."
        )
    return end
