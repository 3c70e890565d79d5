"""A panel as plotly has it, to be zoomed and asked.

A colour is written as `tone:main`, or `tone:main:0.2` with its opacity: whoever shows it puts in what that
is on paper, on a light or on a dark screen.
"""

from collections.abc import Callable
from html import escape
from math import log10
from typing import Any, Final

from overtone.report.pictures.marks import (
    Axis,
    Band,
    Bars,
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
from overtone.report.words import LONGEST, cut, legible

Json = dict[str, Any]
SYMBOLS: Final = {
    "circle": "circle",
    "open": "circle-open",
    "cross": "x-thin-open",
    "diamond": "diamond",
    "square": "square",
}
# Written along a logarithmic axis.
DECADES: Final = 5
# Opacity of an area.
AREA: Final = 0.18
# A column of text in pixels, on average, and of words behind a bar at most so many.
COLUMN: Final = 6.6
NOTE: Final = 20
# Of the words along an axis.
LABEL: Final = 44
# Of a name beside a wide panel.
LONG: Final = 42
# The same, and names, on a narrow screen.
NARROW_LABEL: Final = 24
NARROW: Final = 14
# Texts nearer to an edge than this share begin or end there.
EDGE: Final = 0.2


def panel_figure(panel: Panel, *, axis: str = "") -> Json:
    """A panel's traces and layout, with tones instead of colours.

    Its `meta` is for whoever shows it: so many pixels at the right are for what stands behind bars, and where
    the screen is narrow the texts are shorter ones.

    Args:
        panel: what to draw.
        axis: the number behind the names of its axes, from "2" on where a figure has several.
    """
    names = f"x{axis}", f"y{axis}"
    traces: list[Json] = []
    shapes: list[Json] = []
    notes: list[Json] = []
    for mark in panel.marks:
        draw: Callable[..., tuple[list[Json], list[Json], list[Json]]] = _DRAWN[type(mark)]
        for found, kept in zip(draw(panel, mark, names), (traces, shapes, notes), strict=True):
            kept.extend(found)
    for trace in traces:
        trace.update(xaxis=names[0], yaxis=names[1])
    layout: Json = {
        f"xaxis{axis}": _axis(panel.x, f"y{axis}", LONGEST),
        f"yaxis{axis}": _axis(panel.y, f"x{axis}", LONG if panel.is_wide else LONGEST),
        "shapes": shapes,
        "annotations": notes,
        "showlegend": any(trace["showlegend"] for trace in traces),
        "height": panel.height,
        "meta": {"room": _room(panel), "narrow": _narrow(panel)},
    }
    return {"data": traces, "layout": layout}


def _room(panel: Panel) -> float:
    bars = [bar for mark in panel.marks if isinstance(mark, Bars) for bar in mark.bars]
    return 12 + COLUMN * max((columns(cut(bar.note, NOTE)) for bar in bars if bar.note), default=0)


def _narrow(panel: Panel) -> Json:
    """The texts of a panel on a narrow screen."""
    found: Json = {}
    for name, axis in (("xaxis", panel.x), ("yaxis", panel.y)):
        found[name] = {"title": {"text": plain(cut(axis.label, NARROW_LABEL))}}
        if axis.ticks is not None:
            found[name]["ticktext"] = [plain(cut(tick.text, NARROW)) for tick in axis.ticks]
    texts = [text for mark in panel.marks for text in _notes_of(mark)]
    found["annotations"] = [plain(cut(text, NARROW)) for text in texts]
    return found


def _notes_of(mark: Mark) -> list[str]:
    """The annotations of a mark, in the order in which they are drawn."""
    if isinstance(mark, Notes):
        return [text for _, _, text in mark.notes]
    if isinstance(mark, Bars):
        return [bar.note for bar in mark.bars if bar.note]
    return [mark.text] if isinstance(mark, Rule | Shade) and mark.text else []


def _axis(axis: Axis, other: str, longest: int) -> Json:
    found: Json = {
        "anchor": other,
        "title": {"text": plain(cut(axis.label, LABEL))},
        "type": "log" if axis.is_log else "linear",
        "range": _range(axis),
        "visible": axis.is_shown,
        "automargin": True,
        "zeroline": False,
        "gridcolor": "tone:faint",
        "linecolor": "tone:soft",
        "fixedrange": axis.ticks is not None,
    }
    if axis.ticks is not None or axis.is_log:
        ticks = ticks_of(axis, DECADES)
        found["tickvals"] = [tick.at for tick in ticks]
        found["ticktext"] = [plain(cut(tick.text, longest)) for tick in ticks]
    return found


def _range(axis: Axis) -> list[float]:
    ends = [axis.low, axis.high]
    return [log10(end) for end in ends] if axis.is_log else ends


def _scatter(mode: str, x: list[float | None], y: list[float | None], **more: object) -> Json:
    return {
        "type": "scatter",
        "mode": mode,
        "x": x,
        "y": y,
        "hoverinfo": "text",
        "showlegend": bool(more.get("name")),
        **more,
    }


_Drawn = tuple[list[Json], list[Json], list[Json]]


def _dots(panel: Panel, mark: Dots, names: tuple[str, str]) -> _Drawn:
    del panel, names
    dots = mark.dots
    trace = _scatter(
        "markers",
        [dot.x for dot in dots],
        [dot.y for dot in dots],
        name=plain(mark.label),
        text=[plain(dot.text) for dot in dots],
        marker={
            "symbol": SYMBOLS[mark.symbol],
            "size": mark.size,
            "color": f"tone:{mark.tone}",
            "line": {"width": 2 if mark.symbol in ("cross", "open") else 0},
        },
    )
    if any(dot.link for dot in dots):
        trace["customdata"] = [dot.link for dot in dots]
    if any(dot.low is not None for dot in dots):
        own = [dot.x if mark.along == "x" else dot.y for dot in dots]
        trace[f"error_{mark.along}"] = {
            "type": "data",
            "symmetric": False,
            "array": [
                0.0 if d.high is None else d.high - v for d, v in zip(dots, own, strict=True)
            ],
            "arrayminus": [
                0.0 if d.low is None else v - d.low for d, v in zip(dots, own, strict=True)
            ],
            "color": f"tone:{mark.tone}",
            "thickness": 1.5,
            "width": 0,
        }
    return [trace], [], []


def _path(panel: Panel, mark: Path, names: tuple[str, str]) -> _Drawn:
    del panel, names
    line = {
        "color": f"tone:{mark.tone}",
        "width": mark.width,
        "shape": "hv" if mark.is_stepped else "linear",
        "dash": "dash" if mark.is_dashed else "solid",
    }
    trace = _scatter(
        "lines",
        list(mark.x),
        list(mark.y),
        name=plain(mark.label),
        text=plain(mark.text),
        line=line,
        opacity=mark.opacity,
    )
    if not mark.text:
        trace["hoverinfo"] = "x+y"
    return [trace], [], []


def _band(panel: Panel, mark: Band, names: tuple[str, str]) -> _Drawn:
    del panel, names
    x, y = [*mark.x, *reversed(mark.x)], [*mark.low, *reversed(mark.high)]
    return [_area(x, y, mark.tone, mark.label, "")], [], []


def _area(x: list[float], y: list[float], tone: str, label: str, text: str) -> Json:
    return _scatter(
        "lines",
        list(x),
        list(y),
        name=plain(label),
        fill="toself",
        fillcolor=f"tone:{tone}:{AREA}",
        line={"width": 0, "color": f"tone:{tone}:{AREA}"},
        text=plain(text),
        hoverinfo="text" if text else "skip",
    )


def _bars(panel: Panel, mark: Bars, names: tuple[str, str]) -> _Drawn:
    del panel
    bars = mark.bars
    trace: Json = {
        "type": "bar",
        "orientation": "h",
        "y": [bar.y for bar in bars],
        "base": [bar.start for bar in bars],
        "x": [bar.end - bar.start for bar in bars],
        "width": mark.thickness,
        "marker": {"color": f"tone:{mark.tone}"},
        "name": plain(mark.label),
        "showlegend": bool(mark.label),
        "text": [plain(bar.text) for bar in bars],
        "textposition": "none",
        "hoverinfo": "text",
    }
    if any(bar.low is not None for bar in bars):
        trace["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [0.0 if b.high is None else b.high - b.end for b in bars],
            "arrayminus": [0.0 if b.low is None else b.end - b.low for b in bars],
            "color": "tone:ink",
            "thickness": 1.5,
            "width": 0,
        }
    notes = [
        {
            "x": max(b.end, b.start, b.end if b.high is None else b.high),
            "y": b.y,
            "text": plain(cut(b.note, NOTE)),
            "xanchor": "left",
            "xshift": 6,
            **_placed(names),
        }
        for b in bars
        if b.note
    ]
    return [trace], [], notes


def _rule(panel: Panel, mark: Rule, names: tuple[str, str]) -> _Drawn:
    along, across = mark.along, "y" if mark.along == "x" else "x"
    axis, domain = (names[0], names[1]) if along == "x" else (names[1], names[0])
    shape = {
        "type": "line",
        f"{along}ref": axis,
        f"{across}ref": f"{domain} domain",
        f"{along}0": mark.at,
        f"{along}1": mark.at,
        f"{across}0": 0,
        f"{across}1": 1,
        "line": {"color": f"tone:{mark.tone}", "width": 1.5, "dash": "dot"},
        "layer": "below",
    }
    at = _on(panel.x if along == "x" else panel.y, mark.at)
    note = {
        "text": plain(cut(mark.text)),
        "xanchor": "left",
        "yanchor": "top" if along == "x" else "bottom",
        **_placed(names),
        f"{along}": at,
        f"{across}": 1 if along == "x" else 0,
        f"{across}ref": f"{domain} domain",
    }
    return [], [shape], [note] if mark.text else []


def _shade(panel: Panel, mark: Shade, names: tuple[str, str]) -> _Drawn:
    del panel
    shape = {
        "type": "rect",
        "xref": names[0],
        "yref": f"{names[1]} domain",
        "x0": mark.start,
        "x1": mark.end,
        "y0": 0,
        "y1": 1,
        "fillcolor": "tone:faint:0.35",
        "line": {"width": 0},
        "layer": "below",
    }
    note = {
        "text": plain(mark.text),
        **_placed(names),
        "x": mark.start,
        "y": 0,
        "yref": f"{names[1]} domain",
        "xanchor": "left",
        "yanchor": "bottom",
    }
    return [], [shape], [note] if mark.text else []


def _hull(panel: Panel, mark: Hull, names: tuple[str, str]) -> _Drawn:
    del panel, names
    closed = [*mark.x, mark.x[0]], [*mark.y, mark.y[0]]
    trace = _area(*closed, mark.tone, "", mark.text)
    trace["hoveron"] = "fills"
    trace["name"] = plain(mark.text)  # what is shown of a fill
    trace["showlegend"] = False
    return [trace], [], []


def _notes(panel: Panel, mark: Notes, names: tuple[str, str]) -> _Drawn:
    notes = [
        {
            "x": x,
            "y": y,
            "text": plain(cut(text)),
            "yshift": 16,
            "xanchor": _anchor(share_of(panel.x, x)),
            **_placed(names),
        }
        for x, y, text in mark.notes
    ]
    return [], [], notes


def _anchor(share: float) -> str:
    """From which of its ends a text reaches into the panel."""
    return "left" if share < EDGE else "right" if share > 1 - EDGE else "center"


def _placed(names: tuple[str, str]) -> Json:
    return {"xref": names[0], "yref": names[1], "showarrow": False, "font": {"size": 12}}


def _on(axis: Axis, value: float) -> float:
    """Where an annotation stands: on a logarithmic axis plotly has it in decades."""
    return log10(value) if axis.is_log else value


_DRAWN: Final[dict[type[Mark], Callable[..., _Drawn]]] = {
    Dots: _dots,
    Path: _path,
    Band: _band,
    Bars: _bars,
    Rule: _rule,
    Shade: _shade,
    Hull: _hull,
    Notes: _notes,
}


def plain(text: str) -> str:
    """A text as plotly shows it: none of its characters is markup."""
    return escape(legible(text), quote=False)
