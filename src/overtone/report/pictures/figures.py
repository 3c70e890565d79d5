"""A picture as a plotly figure, with the colours of paper: for notebooks, and beside Optuna's own."""

import textwrap
from typing import TYPE_CHECKING, Any, Final

from overtone.report.pictures.interactive import Json, panel_figure, plain
from overtone.report.pictures.marks import Picture
from overtone.report.words import cut, legible

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Of paper: Okabe and Ito's, darkened until they can be read on white.
PAPER: Final = {
    "ink": "#1b1f24",
    "soft": "#57606a",
    "faint": "#d0d7de",
    "main": "#0b62a4",
    "good": "#00704f",
    "bad": "#b3400a",
    "third": "#8a3b78",
    "fourth": "#7a5c00",
}
# Of a figure of several panels, in pixels and as a share.
COLUMNS: Final = 2
GAP: Final = 0.03
NAMES: Final = 0.1
HEADING: Final = 30
WORDS: Final = 62
ABOVE: Final = 140
BELOW: Final = 50
# Characters in a line of the sentence above, and lines.
LONGEST: Final = 100
LINES: Final = 3


def figure_of(picture: Picture) -> "go.Figure":
    """A picture as a figure, with the colours of paper.

    Several panels stand side by side, two in a row.
    """
    import plotly.graph_objects as go

    count = len(picture.panels)
    across = 1 if count == 1 else COLUMNS
    each = max(panel.height for panel in picture.panels)
    inner = each * -(-count // across)
    data: list[Json] = []
    layout: Json = {"shapes": [], "annotations": [], "showlegend": False}
    for k, panel in enumerate(picture.panels):
        axis = "" if k == 0 else str(k + 1)
        found = panel_figure(panel, axis=axis)
        data += found["data"]
        own = found["layout"]
        if count > 1:
            _place(own, axis, k, each=each, inner=inner)
            layout["annotations"] += _headed(panel.title, own, axis)
        layout["shapes"] += own.pop("shapes")
        layout["annotations"] += own.pop("annotations")
        layout["showlegend"] |= own.pop("showlegend")
        layout.update(own)
    layout |= {
        "height": ABOVE + inner + BELOW,
        "margin": {"t": ABOVE, "b": BELOW, "r": layout.pop("meta")["room"]},
        "title": {
            "text": plain(picture.title),
            "subtitle": {"text": _subtitle(picture.sentence)},
        },
        "legend": {"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"},
        "template": "plotly_white",
        "barmode": "overlay",
        "font": {"color": PAPER["ink"]},
    }
    return go.Figure(_coloured({"data": data, "layout": layout}))


def _subtitle(text: str) -> str:
    """The first sentence of a text, in lines."""
    sentence, dot, _ = legible(text).partition(". ")
    lines = textwrap.wrap(f"{sentence}." if dot else sentence, LONGEST)[:LINES]
    return "<br>".join(map(plain, lines))


def _place(own: Json, axis: str, k: int, *, each: int, inner: int) -> None:
    """Give the k-th panel its place, with room for its heading and the words along its axes."""
    left = (k % COLUMNS) / COLUMNS
    top = (k // COLUMNS) * each
    own[f"xaxis{axis}"]["domain"] = [left + NAMES * bool(left), left + 1 / COLUMNS - GAP]
    own[f"yaxis{axis}"]["domain"] = [1 - (top + each - WORDS) / inner, 1 - (top + HEADING) / inner]
    narrow = own["meta"]["narrow"]
    for name in ("xaxis", "yaxis"):
        own[f"{name}{axis}"].update(narrow[name])


def _headed(title: str, own: Json, axis: str) -> list[Json]:
    (left, _), (_, top) = (own[f"{name}{axis}"]["domain"] for name in ("xaxis", "yaxis"))
    return [_heading(title, left, top)] if title else []


def _heading(title: str, left: float, top: float) -> Json:
    return {
        "text": plain(cut(title)),
        "xref": "paper",
        "yref": "paper",
        "x": left,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


def _coloured(part: Any, key: str = "") -> Any:
    """A part of a figure with colours in the place of tones; only what is a colour may be one."""
    if isinstance(part, dict):
        return {name: _coloured(value, name) for name, value in part.items()}
    if isinstance(part, list):
        return [_coloured(value, key) for value in part]
    if not key.endswith("color") or not isinstance(part, str) or not part.startswith("tone:"):
        return part
    _, tone, *opacity = part.split(":")
    if not opacity:
        return PAPER[tone]
    r, g, b = (int(PAPER[tone][k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({r},{g},{b},{opacity[0]})"


def said(sentence: str) -> "go.Figure":
    """A figure of nothing but a sentence."""
    import plotly.graph_objects as go

    return go.Figure(
        layout={
            "title": {"text": plain(sentence)},
            "template": "plotly_white",
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
            "height": 120,
        }
    )
