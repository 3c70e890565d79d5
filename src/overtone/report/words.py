"""Numbers, values and lines as a person reads them: as short as they can be, and 80 columns wide."""

import json
import math
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Final

from overtone.search.conclusions.estimate import Estimate
from overtone.space import Choice

WIDTH: Final = 80
# A name or a value in a table is cut in the middle beyond this.
LONGEST: Final = 28
# So is a word of a sentence beside a picture.
LONGEST_WORD: Final = 60
# An interval that is a smaller share of its number is not written.
SURE: Final = 1e-4
# Digits behind the first that an interval's width leaves a meaning.
DIGITS: Final = 2
# Control characters, ends of lines and paragraphs, and halves of pairs that no output can encode.
UNSEEN: Final = ("Cc", "Zl", "Zp", "Cs")


def number(value: float, *, like: float | None = None, signed: bool = False) -> str:
    """A number with as many digits as a second one, such as its uncertainty, leaves a meaning.

    Args:
        value: the number.
        like: to whose second digit it is rounded; at four digits without it.
        signed: whether a plus sign is written.
    """
    plus = "+" if signed and value > 0 else ""
    if not math.isfinite(value):
        return f"{plus}{value:g}"
    if like is None or not math.isfinite(like) or like == 0:
        return plus + brief(value, 4)
    place = DIGITS - 1 - math.floor(math.log10(abs(like)))
    return plus + short(round(value, place))


def short(value: float) -> str:
    """A float in its shortest form: 0.3, 12, 1e-05."""
    text = f"{value:.12g}"
    return "0" if text == "-0" else text


def brief(value: float, digits: int = 6) -> str:
    """A float in its shortest form, with so many digits at most."""
    return short(float(f"{value:.{digits}g}"))


def interval(known: Estimate, *, signed: bool = False) -> str:
    """An estimate with the ends of its interval; just the number where it is known."""
    width = known.high - known.low
    if width <= SURE * abs(known.mean):
        return rough(known.mean, width, signed=signed)
    ends = f"{number(known.low, like=width)} to {number(known.high, like=width)}"
    return f"{rough(known.mean, width, signed=signed)} ({ends})"


def rough(mean: float, width: float, *, signed: bool = False) -> str:
    """A number with the digits that the width of its interval leaves a meaning, at four if it is known."""
    return number(mean, like=None if width <= SURE * abs(mean) else width, signed=signed)


def value(choice: Choice) -> str:
    """A setting's value: a text as it is, everything else as JSON; a dash where there is none."""
    if choice is None:
        return "null"
    if isinstance(choice, float):
        return brief(choice)
    return choice if isinstance(choice, str) else json.dumps(choice)


def or_dash(choice: Choice) -> str:
    """A value, or a dash where there is none."""
    return "-" if choice is None else value(choice)


def percent(share: float) -> str:
    """A share in whole percents, with a word for what rounds to nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def cut(text: str, longest: int = LONGEST) -> str:
    """A text that fits a column: cut in the middle, where names of settings differ least."""
    if len(text) <= longest:
        return text
    half = (longest - 2) // 2
    return f"{text[:half]}..{text[-(longest - 2 - half) :]}"


def visible(text: str) -> str:
    r"""A text without line breaks and other control characters: those are written as `\n` or `\x1b`."""
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in UNSEEN else c for c in text)


def legible(text: str) -> str:
    """A text without control characters, and without words that are longer than anybody reads."""
    return re.sub(
        rf"\S{{{LONGEST_WORD + 1},}}", lambda word: cut(word[0], LONGEST_WORD), visible(text)
    )


def filled(text: str, indent: str = "  ", others: str | None = None) -> list[str]:
    """A text in lines of at most WIDTH columns."""
    # A name with hyphens stays in one piece, to be searched for.
    return textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if others is None else others,
        break_on_hyphens=False,
    )


def unfilled(lines: Sequence[str]) -> str:
    """The text that was filled into some lines."""
    return " ".join(line.strip() for line in lines)


def duration(seconds: float) -> str:
    """A time with a unit that suits it: 0.25 s, 41 s, 3 min, 2 h 5 min."""
    if seconds < 100:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h" if not minutes or hours >= 10 else f"{hours} h {minutes} min"


def table(rows: Sequence[Sequence[str]], *, indent: str = "  ") -> list[str]:
    """Rows of cells in columns; the last cell is filled on lines of its own where it is too long.

    Args:
        rows: of equally many cells.
        indent: before each line.
    """
    if not rows:
        return []
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        head = indent + "  ".join(cells)
        line = f"{head}  {row[-1]}".rstrip()
        if len(line) <= WIDTH:
            lines.append(line)
        else:
            first = head[: len(head) - len(head.lstrip())]
            lines += filled(head.strip(), first, first + "  ")
            lines += filled(row[-1], indent + "    ")
    return lines


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names in a sentence: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
