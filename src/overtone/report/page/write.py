"""Writes the page of a study, and the part of it that a notebook shows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, final

from overtone.report.advice import comparison, promise, transferred
from overtone.report.page.tables import Table, joint_tables, numbers_of, stage_table
from overtone.report.pictures.gallery import pictures_of
from overtone.report.pictures.interactive import panel_figure
from overtone.report.pictures.marks import Panel, Picture
from overtone.report.pictures.svg import NARROW, WIDE, drawing
from overtone.report.sentences import (
    failure_sentences,
    free_sentence,
    how_few,
    progress_sentence,
    reasons_in_words,
    space_sentence,
    tied_sentences,
    unknown_sentences,
)
from overtone.report.words import (
    interval,
    legible,
    or_dash,
    percent,
    rough,
    unfilled,
    value,
    visible,
)
from overtone.space import Configuration

if TYPE_CHECKING:
    from jinja2 import Template

    from overtone.report.explanation import Explanation

# Of a text of the user's that stands in a sentence, a table or a list.
LONGEST: Final = 160
# A gain of more than this share of the default's value is not told as one.
MOST_SHARE: Final = 10.0
CLOSED: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)


@final
@dataclass(frozen=True)
class Drawn:
    """A panel with its drawings and its figure as JSON."""

    wide: str
    narrow: str
    figure: str
    height: int
    title: str


@final
@dataclass(frozen=True)
class Section:
    """A picture on the page."""

    key: str
    title: str
    sentence: str
    is_wide: bool
    panels: tuple[Drawn, ...]
    table: Table | None


def page_of(  # noqa: PLR0913  # each is a choice of its own
    explanation: "Explanation",
    *,
    name: str,
    trials: int,
    metric: str,
    command_line: Callable[[Configuration], str] | None = None,
    is_served: bool = False,
    is_live: bool = True,
) -> str:
    """The page as HTML, with all that it needs inside: no request leaves it.

    Args:
        explanation: of a study.
        name: of the study.
        trials: how many were planned.
        metric: what the values are called.
        command_line: writes the command that runs a configuration, if there is one.
        is_served: whether it asks the server that it comes from if there is something new.
        is_live: whether its pictures answer the mouse; otherwise they are drawings, and the page is less than
            a tenth as large.
    """
    from plotly.offline import get_plotlyjs

    found = explanation.recommended
    line = None if command_line is None or found is None else command_line(found.configuration)
    fewest = explanation.fewest
    few = None
    if command_line is not None and fewest is not None and fewest.changes and fewest.unneeded:
        few = command_line(fewest.configuration)
    policy = f"{CLOSED}; connect-src 'self'" if is_served else CLOSED
    return _template("page.html").render(
        **_context(explanation, metric),
        name="" if name.startswith("no-name-") else name,
        progress=progress_sentence(explanation.findings, trials),
        command=line,
        few_command=few,
        script=_text("page.js"),
        plotly=get_plotlyjs() if is_live else "",
        is_live=is_live,
        policy=policy,
        is_served=is_served,
        version=version("overtone"),
    )


def waiting_page(name: str) -> str:
    """The page of a study without a successful trial, which waits for one."""
    return _template("waiting.html").render(
        name=name,
        style=_text("page.css"),
        script=_text("page.js"),
        policy=f"{CLOSED}; connect-src 'self'",
    )


def fragment_of(explanation: "Explanation", *, metric: str) -> str:
    """What a notebook shows: the same without a script, and so without what can be asked by hand."""
    return _template("fragment.html").render(
        **_context(explanation, metric),
        progress="",
        command=None,
        few_command=None,
        is_live=False,
    )


def _context(explanation: "Explanation", metric: str) -> dict[str, Any]:
    tables = numbers_of(explanation)
    found, fewest = explanation.recommended, explanation.fewest
    return {
        "style": _text("page.css"),
        "metric": metric,
        "recommended": found,
        "rows": _configuration(explanation),
        "promise": "" if found is None else unfilled(promise(found, explanation.findings, metric)),
        "comparison": unfilled(comparison(explanation, metric)[1:]),
        "headline": _headline(explanation, metric),
        "gain_over": None if fewest is None or not fewest.is_default else "the default",
        "few": None if fewest is None else f"{how_few(explanation, fewest)}.",
        "sections": [_section(picture, tables) for picture in pictures_of(explanation, metric)],
        "free": free_sentence(explanation),
        "unknown": [*unknown_sentences(explanation), *tied_sentences(explanation)],
        "unknown_count": sum(s.verdict == "unknown" for s in explanation.settings),
        "failed": failure_sentences(explanation) if explanation.findings.failures.count else [],
        "reasons": reasons_in_words(explanation.findings.failures.reasons),
        "space": space_sentence(explanation),
        "transfer": unfilled(transferred(explanation.findings)[1:]),
        "stages": stage_table(explanation),
        "joint": joint_tables(explanation),
    }


def _headline(explanation: "Explanation", metric: str) -> tuple[str, str] | None:
    """What is reached, and what that is beside the default; None without a recommendation."""
    found, fewest = explanation.recommended, explanation.fewest
    if found is None:
        return None
    reached = found.observed if found.expected is None else found.expected.mean
    width = 0.0 if found.expected is None else found.expected.high - found.expected.low
    value_ = rough(found.observed if width == 0.0 else reached, width)
    if fewest is None or not fewest.is_default:
        return f"{metric} {value_}", ""
    before = reached + explanation.findings.sign * fewest.gain.mean
    share = fewest.gain.mean / abs(before) if before else 0.0
    less = "less" if explanation.findings.sign > 0 else "more"
    by = f"{percent(share)} {less}, " if 0 < share < MOST_SHARE else ""
    was = rough(before, fewest.gain.high - fewest.gain.low)
    return f"{metric} {was} → {value_}", f"{by}a gain of {interval(fewest.gain)} over the default"


def _configuration(explanation: "Explanation") -> list[tuple[str, str, str, bool]]:
    """Each setting of the recommendation: its value, that of the default, and whether it is a few change."""
    found, fewest = explanation.recommended, explanation.fewest
    if found is None:
        return []
    start = {} if fewest is None else fewest.start
    few = {change.setting for change in explanation.changes}
    few |= {name for change in explanation.changes for name in change.brings}
    return [
        (name, value(choice), or_dash(start.get(name)) if name in start else "-", name in few)
        for name, choice in found.configuration.items()
    ]


def _section(picture: Picture, tables: dict[str, Table]) -> Section:
    panels = tuple(_drawn(picture, panel) for panel in picture.panels)
    is_wide = all(panel.is_wide for panel in picture.panels)
    return Section(
        picture.key, picture.title, picture.sentence, is_wide, panels, tables.get(picture.key)
    )


def _drawn(picture: Picture, panel: Panel) -> Drawn:
    name = (
        f"{picture.title}: {panel.title}" if panel.title else f"{picture.title}. {picture.sentence}"
    )
    narrow = drawing(panel, name=name, width=NARROW)
    wide = drawing(panel, name=name, width=WIDE) if panel.is_wide else narrow
    # No text inside may end the element that holds it.
    figure = json.dumps(panel_figure(panel), ensure_ascii=False).replace("<", "\\u003c")
    return Drawn(wide, narrow, figure, panel.height, panel.title)


def _text(name: str) -> str:
    return files("overtone.report.page").joinpath(name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("overtone.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = _shown
    environment.filters["said"] = legible
    return environment.get_template(f"{name}.j2")


def _shown(text: str) -> str:
    """A text of the user's as it is shown: without control characters, and cut where nobody reads on."""
    text = visible(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
