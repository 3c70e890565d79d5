"""A panel as a drawing that needs no script: for paper, and where scripts are off.

Colours are the classes `t-TONE` of the page's style, so that one drawing serves light, dark and paper.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, final

from overtone.report.pictures.marks import (
    Axis,
    Band,
    Bars,
    Dot,
    Dots,
    Hull,
    Mark,
    Notes,
    Panel,
    Path,
    Rule,
    Shade,
)
from overtone.report.pictures.scales import columns, share_of, ticks_of
from overtone.report.words import cut, legible

WIDE: Final = 720
NARROW: Final = 340
# A column of text of 12 pixels, on average.
COLUMN: Final = 6.6
LINE: Final = 16
# Of words at a point.
NOTE: Final = 20
# More marks of a kind are one line, and cannot be asked one by one.
MOST_ASKED: Final = 150
# Of the width, at most, for the names beside the y axis.
MOST_NAMES: Final = 0.4


@final
@dataclass(frozen=True)
class _Frame:
    """Where a panel's axes stand in the drawing."""

    panel: Panel
    width: int
    left: float
    right: float
    top: float
    bottom: float

    def x(self, value: float) -> float:
        return self.left + share_of(self.panel.x, value) * (self.right - self.left)

    def y(self, value: float) -> float:
        return self.bottom - share_of(self.panel.y, value) * (self.bottom - self.top)


def drawing(panel: Panel, *, name: str, width: int = WIDE) -> str:
    """A panel as one SVG element.

    Args:
        panel: what to draw.
        name: what it is called where it is not seen.
        width: in pixels.
    """
    legend = [mark for mark in panel.marks if getattr(mark, "label", "")]
    rows = _legend_rows(legend, width)
    frame = _frame(panel, width, rows=len(rows))
    parts = [*_axes(frame), *(part for mark in panel.marks for part in _mark(frame, mark))]
    parts += _legend(rows)
    body = "".join(parts)
    return (
        f'<svg class="drawing" viewBox="0 0 {width} {panel.height}" width="{width}" '
        f'height="{panel.height}" role="img"><title>{_text(name)}</title>{body}</svg>'
    )


def _frame(panel: Panel, width: int, *, rows: int) -> _Frame:
    ticks = ticks_of(panel.y, _count(panel.height)) if panel.y.is_shown else ()
    longest = max((columns(tick.text) for tick in ticks), default=0)
    left = min(longest * COLUMN, MOST_NAMES * width) + (12 if ticks else 4)
    left += LINE + 2 if panel.y.label and panel.y.is_shown else 0
    below = 8 if not panel.x.is_shown else LINE + 8 + (LINE + 4 if panel.x.label else 0)
    notes = [bar.note for mark in panel.marks if isinstance(mark, Bars) for bar in mark.bars]
    behind = max((columns(note) for note in notes), default=0) * COLUMN
    right = width - 14 - min(behind, 0.35 * width)
    return _Frame(panel, width, left, right, 10 + rows * (LINE + 2), panel.height - below)


def _count(pixels: float) -> int:
    """About how many numbers an axis of this length has room for."""
    return max(int(pixels / 70), 2)


def _axes(frame: _Frame) -> Iterator[str]:
    x, y = frame.panel.x, frame.panel.y
    if y.is_shown:
        room = int((frame.left - 10 - (LINE + 2 if y.label else 0)) / COLUMN)
        for tick in ticks_of(y, _count(frame.bottom - frame.top)):
            at = frame.y(tick.at)
            yield f'<path class="grid" d="M{frame.left:.1f} {at:.1f}H{frame.right:.1f}"/>'
            text = _text(cut(tick.text, max(room, 4)))
            yield f'<text x="{frame.left - 6:.1f}" y="{at + 4:.1f}" text-anchor="end">{text}</text>'
        if y.label:
            middle = (frame.top + frame.bottom) / 2
            yield (
                f'<text class="label" transform="translate(12 {middle:.1f}) rotate(-90)" '
                f'text-anchor="middle">{_text(y.label)}</text>'
            )
    if x.is_shown:
        yield from _x_axis(frame, x)


def _x_axis(frame: _Frame, x: Axis) -> Iterator[str]:
    ticks = ticks_of(x, _count(frame.right - frame.left))
    room = max(int((frame.right - frame.left) / max(len(ticks), 1) / COLUMN) - 1, 3)
    for tick in ticks:
        at = frame.x(tick.at)
        yield f'<path class="grid" d="M{at:.1f} {frame.top:.1f}V{frame.bottom:.1f}"/>'
        text = _text(cut(tick.text, room)) if x.ticks is not None else _text(tick.text)
        yield f'<text x="{at:.1f}" y="{frame.bottom + LINE:.1f}" text-anchor="middle">{text}</text>'
    if x.label:
        middle, low = (frame.left + frame.right) / 2, frame.bottom + 2 * LINE + 4
        room = int(frame.width / COLUMN)
        yield (
            f'<text class="label" x="{middle:.1f}" y="{low:.1f}" text-anchor="middle">'
            f"{_text(cut(x.label, room))}</text>"
        )


def _mark(frame: _Frame, mark: Mark) -> Iterator[str]:
    draw: Callable[..., Iterator[str]] = _DRAWN[type(mark)]
    return draw(frame, mark)


def _dots(frame: _Frame, mark: Dots) -> Iterator[str]:
    if len(mark.dots) > MOST_ASKED and not any(dot.low is not None for dot in mark.dots):
        yield _many_dots(frame, mark)
        return
    for dot in mark.dots:
        x, y = frame.x(dot.x), frame.y(dot.y)
        start, end = (f'<a href="#{escape(dot.link)}">', "</a>") if dot.link else ("", "")
        yield f'{start}<g class="t-{mark.tone}">{_title(dot.text)}'
        yield from _whisker(frame, mark, dot)
        yield f"{_symbol(mark.symbol, x, y, mark.size)}</g>{end}"


def _many_dots(frame: _Frame, mark: Dots) -> str:
    """All of them as one line of nothing but round ends, or of crosses."""
    places = [(frame.x(dot.x), frame.y(dot.y)) for dot in mark.dots]
    if mark.symbol == "cross":
        r = mark.size / 2
        arms = f"l{2 * r:g} {2 * r:g}m0-{2 * r:g}l-{2 * r:g} {2 * r:g}"
        line = "".join(f"M{x - r:.1f} {y - r:.1f}{arms}" for x, y in places)
        return f'<path class="t-{mark.tone} stroke" d="{line}"/>'
    line = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
    faint = ' opacity="0.6"' if mark.symbol == "open" else ""
    return (
        f'<path class="t-{mark.tone} stroke" stroke-linecap="round" stroke-width="{mark.size:g}"'
        f'{faint} d="{line}"/>'
    )


def _whisker(frame: _Frame, mark: Dots, dot: Dot) -> Iterator[str]:
    if dot.low is None or dot.high is None:
        return
    if mark.along == "y":
        low, high, x = frame.y(dot.low), frame.y(dot.high), frame.x(dot.x)
        yield f'<path class="whisker" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'
    else:
        low, high, y = frame.x(dot.low), frame.x(dot.high), frame.y(dot.y)
        yield f'<path class="whisker" d="M{low:.1f} {y:.1f}H{high:.1f}"/>'


def _symbol(symbol: str, x: float, y: float, size: float) -> str:
    r = size / 2
    if symbol == "cross":
        arms = f"M{x - r:.1f} {y - r:.1f}L{x + r:.1f} {y + r:.1f}M{x - r:.1f} {y + r:.1f}"
        return f'<path class="stroke" d="{arms}L{x + r:.1f} {y - r:.1f}"/>'
    if symbol == "diamond":
        r *= 1.3
        return (
            f'<path class="fill" d="M{x:.1f} {y - r:.1f}L{x + r:.1f} {y:.1f}L{x:.1f} {y + r:.1f}'
            f'L{x - r:.1f} {y:.1f}Z"/>'
        )
    if symbol == "square":
        return (
            f'<rect class="fill" x="{x - r:.1f}" y="{y - r:.1f}" width="{size}" height="{size}"/>'
        )
    kind = "hollow" if symbol == "open" else "fill"
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'


def _path(frame: _Frame, mark: Path) -> Iterator[str]:
    xs, ys = list(map(frame.x, mark.x)), list(map(frame.y, mark.y))
    line = f"M{xs[0]:.1f} {ys[0]:.1f}"
    for x, y in zip(xs[1:], ys[1:], strict=True):
        line += f"H{x:.1f}V{y:.1f}" if mark.is_stepped else f"L{x:.1f} {y:.1f}"
    dashes = ' stroke-dasharray="5 4"' if mark.is_dashed else ""
    faint = f' opacity="{mark.opacity:g}"' if mark.opacity < 1 else ""
    yield (
        f'<g class="t-{mark.tone}">{_title(mark.text)}<path class="stroke" stroke-width="{mark.width:g}"'
        f'{dashes}{faint} d="{line}"/></g>'
    )


def _band(frame: _Frame, mark: Band) -> Iterator[str]:
    there = [f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in zip(mark.x, mark.low, strict=True)]
    back = [f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in zip(mark.x, mark.high, strict=True)]
    outline = "L".join([*there, *reversed(back)])
    yield f'<path class="t-{mark.tone} area" d="M{outline}Z"/>'


def _bars(frame: _Frame, mark: Bars) -> Iterator[str]:
    each = abs(frame.y(1.0) - frame.y(0.0)) * mark.thickness
    if len(mark.bars) > MOST_ASKED:
        line = "".join(
            f"M{frame.x(bar.start):.1f} {frame.y(bar.y):.1f}H{frame.x(bar.end):.1f}"
            for bar in mark.bars
        )
        yield f'<path class="t-{mark.tone} stroke" stroke-width="{each:.1f}" d="{line}"/>'
        return
    for bar in mark.bars:
        left, right = sorted((frame.x(bar.start), frame.x(bar.end)))
        y = frame.y(bar.y)
        yield (
            f'<g class="t-{mark.tone}">{_title(bar.text)}<rect class="bar" x="{left:.1f}" '
            f'y="{y - each / 2:.1f}" width="{max(right - left, 1.0):.1f}" height="{each:.1f}"/></g>'
        )
        furthest = right
        if bar.low is not None and bar.high is not None:
            low, high = frame.x(bar.low), frame.x(bar.high)
            furthest = max(right, high)
            yield f'<path class="t-ink whisker" d="M{low:.1f} {y:.1f}H{high:.1f}"/>'
        if bar.note:
            room = max(int((frame.width - furthest - 8) / COLUMN), 3)
            yield f'<text x="{furthest + 6:.1f}" y="{y + 4:.1f}">{_text(cut(bar.note, room))}</text>'


def _rule(frame: _Frame, mark: Rule) -> Iterator[str]:
    if mark.along == "x":
        at = frame.x(mark.at)
        line, x, y = f"M{at:.1f} {frame.top:.1f}V{frame.bottom:.1f}", at + 4, frame.top + 10
    else:
        at = frame.y(mark.at)
        line, x, y = f"M{frame.left:.1f} {at:.1f}H{frame.right:.1f}", frame.left + 4, at - 4
    yield f'<path class="t-{mark.tone} stroke" stroke-dasharray="3 3" d="{line}"/>'
    if mark.text:
        yield f'<text class="note" x="{x:.1f}" y="{y:.1f}">{_text(cut(mark.text))}</text>'


def _shade(frame: _Frame, mark: Shade) -> Iterator[str]:
    left, right = frame.x(mark.start), frame.x(mark.end)
    yield (
        f'<rect class="shade" x="{left:.1f}" y="{frame.top:.1f}" width="{right - left:.1f}" '
        f'height="{frame.bottom - frame.top:.1f}"/>'
        f'<text class="note" x="{left + 4:.1f}" y="{frame.bottom - 6:.1f}">{_text(mark.text)}</text>'
    )


def _hull(frame: _Frame, mark: Hull) -> Iterator[str]:
    points = " ".join(
        f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in zip(mark.x, mark.y, strict=True)
    )
    yield f'<g class="t-{mark.tone}">{_title(mark.text)}<polygon class="area" points="{points}"/></g>'


def _notes(frame: _Frame, mark: Notes) -> Iterator[str]:
    for x, y, text in mark.notes:
        shown = cut(text, NOTE)
        half = columns(shown) * COLUMN / 2
        at = min(max(frame.x(x), half), frame.width - half)
        yield f'<text x="{at:.1f}" y="{frame.y(y) - 9:.1f}" text-anchor="middle">{_text(shown)}</text>'


_DRAWN: Final[dict[type, Callable[..., Iterator[str]]]] = {
    Dots: _dots,
    Path: _path,
    Band: _band,
    Bars: _bars,
    Rule: _rule,
    Shade: _shade,
    Hull: _hull,
    Notes: _notes,
}


def _legend_rows(marks: list[Mark], width: int) -> list[list[Mark]]:
    """The marks with a label, in rows that fit."""
    rows: list[list[Mark]] = []
    room = 0.0
    for mark in marks:
        needed = columns(_label(mark)) * COLUMN + 34
        if not rows or needed > room:
            rows.append([])
            room = width
        rows[-1].append(mark)
        room -= needed
    return rows


def _legend(rows: list[list[Mark]]) -> Iterator[str]:
    for k, row in enumerate(rows):
        x, y = 6.0, 12.0 + k * (LINE + 2)
        for mark in row:
            yield f'<g class="t-{getattr(mark, "tone", "ink")}">{_key(mark, x + 8, y - 4)}</g>'
            yield f'<text x="{x + 22:.1f}" y="{y:.1f}">{_text(_label(mark))}</text>'
            x += columns(_label(mark)) * COLUMN + 34


def _key(mark: Mark, x: float, y: float) -> str:
    if isinstance(mark, Dots):
        return _symbol(mark.symbol, x, y, 8)
    if isinstance(mark, Path):
        dashes = ' stroke-dasharray="4 3"' if mark.is_dashed else ""
        return f'<path class="stroke" stroke-width="2"{dashes} d="M{x - 8:.1f} {y:.1f}h16"/>'
    kind = "area" if isinstance(mark, Band) else "bar"
    return f'<rect class="{kind}" x="{x - 7:.1f}" y="{y - 5:.1f}" width="14" height="10"/>'


def _label(mark: Mark) -> str:
    return str(getattr(mark, "label", ""))


def _title(text: str) -> str:
    return f"<title>{_text(text)}</title>" if text else ""


def _text(text: str) -> str:
    return escape(legible(text))
