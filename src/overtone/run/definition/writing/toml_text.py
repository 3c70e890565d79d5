"""Plain values as TOML, which is read back as the same values, whatever a text holds."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from overtone.errors import StudyFileError

WIDTH: Final = 100

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def value_text(value: object) -> str:
    """A value as TOML, on one line.

    Raises:
        StudyFileError: if TOML has no way to write it: null, a number that is not finite, half of a
            surrogate pair.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if value - value == 0:
            return repr(value)
        case str():
            return _string(value)
        case Mapping():
            entries = ", ".join(f"{key_text(k)} = {value_text(v)}" for k, v in value.items())
            return f"{{ {entries} }}" if entries else "{}"
        case Sequence():
            return f"[{', '.join(map(value_text, value))}]"
        case _:
            raise StudyFileError(
                f"{value!r} cannot be written into a study file, since TOML knows text, finite numbers, true "
                "and false only. Write it as text, and translate it in the program."
            )


def key_text(key: str) -> str:
    """A key as TOML: bare if it can be, quoted otherwise."""
    return key if _BARE_KEY.fullmatch(key) else _basic(key)


def comment_lines(text: str, *, indent: str = "", hanging: str = "") -> list[str]:
    """A text as comments of at most WIDTH letters; its first line is indented, the others hang."""
    return textwrap.wrap(
        seen(" ".join(text.split())),
        WIDTH,
        initial_indent=f"# {indent}",
        subsequent_indent=f"# {hanging}",
        break_on_hyphens=False,
        break_long_words=False,
    )


def seen(text: str) -> str:
    """A text as a comment may hold it: what cannot be seen is written as its code."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _string(text: str) -> str:
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return _basic(text)


def _basic(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    if letter.isprintable():
        return letter
    if "\ud800" <= letter <= "\udfff":
        raise StudyFileError(
            f"a text holds {letter!r}, half of a surrogate pair, which no file of UTF-8 can hold. "
            "Was it read with another encoding?"
        )
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
