"""Times, lines of cells and curves of one row, as a terminal shows them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from rich.cells import cell_len, set_cell_size

from overtone.run.records.visible import visible

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
# A curve over so many times its least value is drawn by the logarithm, where all else would be flat.
STEEP: Final = 100.0


@final
@dataclass(frozen=True)
class Glyphs:
    """The signs that things are drawn with.

    Attributes:
        levels: of a curve, from low to high.
        done, left: of a bar.
        more: where a text was cut.
    """

    levels: str
    done: str
    left: str
    more: str


BLOCKS: Final = Glyphs("▁▂▃▄▅▆▇█", "━", "─", "…")
# For a terminal that cannot encode those.
ASCII: Final = Glyphs("_.-=+*#@", "=", "-", "~")


def plain(text: str) -> str:
    """A text in one line that does nothing to a terminal."""
    return visible(" ".join(text.split()))


def fitted(text: str, cells: int, more: str) -> str:
    """A text of at most so many cells, however wide its letters are; the end is cut."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(more)
    return set_cell_size(text, room).rstrip() + more if room > 0 else more[: max(cells, 0)]


def squeezed(text: str, cells: int, more: str) -> str:
    """A text of at most so many cells, cut in the middle, where names differ least."""
    room = cells - cell_len(more)
    if cell_len(text) <= cells or room < 2:
        return fitted(text, cells, more)
    end = text[len(text) - room // 2 :]
    while cell_len(end) > room // 2:
        end = end[1:]
    return set_cell_size(text, room - cell_len(end)).rstrip() + more + end


def padded(text: str, cells: int) -> str:
    """A text with blanks behind it that make it so many cells."""
    return text + " " * (cells - cell_len(text))


def number(value: float) -> str:
    """A value of the metric."""
    return f"{value:g}"


def took(seconds: float) -> str:
    """A time that has passed."""
    whole = math.floor(max(seconds, 0.0))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
    return f"{whole // DAY} d {whole % DAY // HOUR:02} h"


def left(seconds: float) -> str:
    """About how long something will go on."""
    if seconds < 55:
        return f"about {max(10 * math.ceil(seconds / 10), 10)} s left"
    if seconds < 90 * MINUTE:
        return f"about {round(seconds / MINUTE)} min left"
    if seconds < 2 * DAY:
        return f"about {round(seconds / HOUR)} h left"
    return f"about {round(seconds / DAY)} days left"


def bar(done: int, total: int, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """The two parts of a bar of this width: what is done, and what is left."""
    cells = reached(done, total, width)
    return glyphs.done * cells, glyphs.left * (width - cells)


def reached(done: int, total: int, width: int) -> int:
    """How many of these columns are done."""
    return width * done // total if total else width


def curve(values: Sequence[float | None], width: int, glyphs: Glyphs) -> str:
    """Values in their order as a curve of this width, from the least to the largest; None is a gap."""
    count = len(values)
    # Each column shows what was known at its end.
    shown = [values[-(-(k + 1) * count // width) - 1] for k in range(width)] if count else []
    is_log = is_steep(values)
    heights = [None if value is None else _height(value, is_log=is_log) for value in shown]
    known = [height for height in heights if height is not None]
    if not known:
        return " " * len(shown)
    low, high = min(known), max(known)
    top = len(glyphs.levels) - 1
    return "".join(
        " "
        if height is None
        else glyphs.levels[round(top * (height - low) / (high - low)) if high > low else 0]
        for height in heights
    )


def is_steep(values: Sequence[float | None]) -> bool:
    """Whether a curve of the values is drawn by the logarithm."""
    known = [value for value in values if value is not None]
    return bool(known) and min(known) > 0 and max(known) > STEEP * min(known)


def _height(value: float, *, is_log: bool) -> float:
    # A tenth of the value, or the difference of the largest floats would have no end.
    return math.log(value) if is_log else value / 10
