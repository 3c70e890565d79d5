"""What a picture is made of, whoever draws it.

    Picture     a title, a sentence in the study's own numbers, and panels
    Panel       two axes and marks
    Mark        Dots | Path | Band | Bars | Rule | Shade | Hull | Notes

Places are in the units of the axes; names on an axis stand at whole numbers. A tone is a name, and whoever
draws knows its colour on paper, on a light and on a dark screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

Tone: TypeAlias = Literal["ink", "soft", "faint", "main", "good", "bad", "third", "fourth"]
Symbol: TypeAlias = Literal["circle", "open", "cross", "diamond", "square"]


@final
@dataclass(frozen=True)
class Tick:
    """A place on an axis that has a name of its own."""

    at: float
    text: str


@final
@dataclass(frozen=True)
class Axis:
    """One direction of a panel.

    Attributes:
        label: what it measures, with its unit; empty for names.
        low, high: its ends; `low` above `high` for one that runs downwards.
        ticks: names along it; None for numbers, which whoever draws places.
        is_log: whether equal ratios are equally far apart.
        is_shown: whether it is drawn at all.
    """

    label: str
    low: float
    high: float
    ticks: tuple[Tick, ...] | None = None
    is_log: bool = False
    is_shown: bool = True


@final
@dataclass(frozen=True)
class Dot:
    """A point, perhaps with an interval along x or y, what is said of it, and where more is said."""

    x: float
    y: float
    text: str
    low: float | None = None
    high: float | None = None
    link: str = ""


@final
@dataclass(frozen=True)
class Dots:
    """Points; their intervals lie along one axis."""

    dots: tuple[Dot, ...]
    tone: Tone
    symbol: Symbol = "circle"
    label: str = ""
    along: Literal["x", "y"] = "y"
    size: float = 7.0


@final
@dataclass(frozen=True)
class Path:
    """A line through points; in steps, a value holds until the next."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    tone: Tone
    label: str = ""
    text: str = ""
    is_stepped: bool = False
    is_dashed: bool = False
    width: float = 2.0
    opacity: float = 1.0


@final
@dataclass(frozen=True)
class Band:
    """What lies between two lines."""

    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    tone: Tone
    label: str = ""


@final
@dataclass(frozen=True)
class Bar:
    """A bar along x, at a place on y; perhaps with the interval of its end, and with words behind it."""

    y: float
    start: float
    end: float
    text: str
    low: float | None = None
    high: float | None = None
    note: str = ""


@final
@dataclass(frozen=True)
class Bars:
    """Bars along x."""

    bars: tuple[Bar, ...]
    tone: Tone
    label: str = ""
    thickness: float = 0.6


@final
@dataclass(frozen=True)
class Rule:
    """A line across the panel at a place on x, or on y."""

    at: float
    along: Literal["x", "y"]
    text: str = ""
    tone: Tone = "soft"


@final
@dataclass(frozen=True)
class Shade:
    """A part of the x axis that is set apart, with a name."""

    start: float
    end: float
    text: str


@final
@dataclass(frozen=True)
class Hull:
    """A shape around some points."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    text: str
    tone: Tone = "third"


@final
@dataclass(frozen=True)
class Notes:
    """Words at points, in the middle above them."""

    notes: tuple[tuple[float, float, str], ...]


Mark: TypeAlias = Dots | Path | Band | Bars | Rule | Shade | Hull | Notes


@final
@dataclass(frozen=True)
class Panel:
    """Two axes and what is drawn between them.

    Attributes:
        x, y: the axes.
        marks: the first at the back.
        title: above it; empty where the picture's is enough.
        height: in pixels.
        is_wide: whether it takes the whole width of a page.
    """

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    title: str = ""
    height: int = 320
    is_wide: bool = True


@final
@dataclass(frozen=True)
class Picture:
    """Something to look at.

    Attributes:
        key: its name in links, such as "changes".
        title: a few words.
        sentence: what it shows, in this study's own words and numbers.
        panels: one, or several of the same kind.
    """

    key: str
    title: str
    sentence: str
    panels: tuple[Panel, ...]


def reach(values: Sequence[float], *, share: float = 0.05) -> tuple[float, float]:
    """The ends of an axis that holds some values, with a little room."""
    low, high = min(values), max(values)
    room = share * (high - low) or abs(high) * share or 1.0
    return low - room, high + room


def names_axis(names: Sequence[str]) -> Axis:
    """An axis of names from the top down, at 0, 1, 2, ..."""
    ticks = tuple(Tick(float(k), name) for k, name in enumerate(names))
    return Axis("", len(names) - 0.5, -0.5, ticks)
