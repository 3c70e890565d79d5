"""What the trials gave one after the other, and the best so far."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from overtone.report.course import Run
from overtone.report.pictures.marks import (
    Axis,
    Band,
    Dot,
    Dots,
    Mark,
    Panel,
    Path,
    Picture,
    Rule,
    Shade,
    Symbol,
    Tone,
    reach,
)
from overtone.report.words import brief, number

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# Values further from the best than this many times the one that most are better than are drawn at the edge.
FENCE: Final = 3.0
MOST: Final = 0.9
# Values of one sign, the largest so many times the least, are drawn on a logarithmic axis.
RATIO: Final = 20.0
# Of more trials of a kind only some are drawn.
MOST_DOTS: Final = 3000
LOOKS: Final[dict[str, tuple[str, Tone, Symbol]]] = {
    "search": ("proposed by the search", "soft", "circle"),
    "uniform": ("drawn at random", "soft", "open"),
    "given": ("given by you", "fourth", "diamond"),
    "repeat": ("run again", "third", "square"),
    "default": ("the default", "main", "diamond"),
}


def progress_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """The values of the trials, and the best so far; None if none has one."""
    runs = explanation.runs
    values = [run.value for run in runs if _is_plotted(run)]
    if not values:
        return None
    y = _y_axis([v for v in values if v is not None], metric, explanation.findings.sign)
    last = runs[-1].trial
    marks: list[Mark] = [*_stages(runs)]
    marks += _random_search(explanation, y)
    for origin, (label, tone, symbol) in LOOKS.items():
        own = [run for run in runs if run.origin == origin and _is_plotted(run)]
        every = -(-len(own) // MOST_DOTS)
        if own:
            some = f" (one of {every})" if every > 1 else ""
            dots = tuple(_dot(run, y) for run in own[::every])
            marks.append(Dots(dots, tone, symbol, label + some))
    marks += _cheap(runs, y)
    marks += _failed(runs, y, explanation.findings.sign)
    known = [(float(run.trial), run.best) for run in runs if run.best is not None]
    if known:
        x, best = zip(*known, strict=True)
        marks.append(
            Path(x, tuple(_inside(y, v) for v in best), "main", "best so far", is_stepped=True)
        )
    panel = Panel(Axis("trial", -0.02 * last - 0.5, 1.02 * last + 0.5), y, tuple(marks), height=380)
    return Picture("progress", "How it went", _sentence(explanation, metric), (panel,))


def _is_plotted(run: Run) -> bool:
    return (
        run.value is not None
        and isfinite(run.value)
        and run.state == "complete"
        and not run.is_cheap
    )


def _y_axis(values: Sequence[float], metric: str, sign: float) -> Axis:
    """An axis on which most values are seen, those near the best told apart where they are all above 0."""
    low, high = min(values), max(values)
    if low > 0 and high > RATIO * low:
        room = (high / low) ** 0.05
        return Axis(metric, low / room, high * room, is_log=True)
    y = sign * np.array(values)
    best, most = float(y.min()), float(np.quantile(y, MOST))
    # What is far out would leave no room for the rest.
    shown = y[y <= best + FENCE * (most - best)] if most > best else y
    low, high = sorted((sign * float(shown.min()), sign * float(shown.max())))
    return Axis(metric, *reach([low, high], share=0.08))


def _inside(axis: Axis, value: float) -> float:
    return min(max(value, axis.low), axis.high)


def _dot(run: Run, axis: Axis) -> Dot:
    assert run.value is not None  # asked before
    place = _inside(axis, run.value)
    beyond = "" if place == run.value else " (beyond the edge)"
    return Dot(run.trial, place, f"trial {run.trial}: {brief(run.value)}{beyond}")


def _cheap(runs: Sequence[Run], y: Axis) -> Iterator[Mark]:
    dots = tuple(
        _dot(run, y)
        for run in runs
        if run.is_cheap and run.value is not None and isfinite(run.value)
    )
    if dots:
        yield Dots(dots, "fourth", "open", "at the fidelity of the stages")
    dots = tuple(
        _dot(run, y)
        for run in runs
        if run.state == "pruned"
        and not run.is_cheap
        and run.value is not None
        and isfinite(run.value)
    )
    if dots:
        yield Dots(dots, "fourth", "cross", "stopped early")


def _failed(runs: Sequence[Run], y: Axis, sign: float) -> Iterator[Mark]:
    """Failures, at the edge where the worst values are."""
    edge = _along(y, 0.97 if sign > 0 else 0.03)
    dots = tuple(
        Dot(run.trial, edge, f"trial {run.trial} failed: {run.reason or 'no reason recorded'}")
        for run in runs
        if run.state == "failed"
    )
    if dots:
        yield Dots(dots, "bad", "cross", "failed")


def _along(axis: Axis, share: float) -> float:
    """The value at a share of an axis."""
    if axis.is_log:
        return float(axis.low * (axis.high / axis.low) ** share)
    return axis.low + share * (axis.high - axis.low)


def _stages(runs: Sequence[Run]) -> Iterator[Mark]:
    stages = sorted({run.stage for run in runs if run.stage is not None})
    for stage in stages:
        own = [run.trial for run in runs if run.stage == stage]
        if stage % 2:
            yield Shade(min(own) - 0.5, max(own) + 0.5, f"stage {stage}")
        else:
            yield Rule(min(own) - 0.5, "x", f"stage {stage}")
    last = [run.trial for run in runs if run.stage is not None]
    if stages and max(last) < runs[-1].trial:
        yield Rule(max(last) + 0.5, "x", "after the stages")


def _random_search(explanation: "Explanation", y: Axis) -> Iterator[Mark]:
    found = explanation.random_search
    if len(found) < 2:
        return
    x = tuple(float(one.trials - 1) for one in found)
    ends = [
        tuple(_inside(y, end) for end in one)
        for one in zip(*((f.expected.low, f.expected.high) for f in found), strict=True)
    ]
    yield Band(x, ends[0], ends[1], "fourth")
    means = tuple(_inside(y, one.expected.mean) for one in found)
    yield Path(x, means, "fourth", "random search, as expected", is_dashed=True)


def _sentence(explanation: "Explanation", metric: str) -> str:
    runs = explanation.runs
    bests = [run for run in runs if run.best is not None]
    if not bests:
        return "No trial at the fidelity of the end has a value so far."
    first, last = bests[0], bests[-1]
    assert first.best is not None  # they were chosen so
    assert last.best is not None
    newest = next(run for run in bests if run.best == last.best)
    if newest.trial == first.trial:
        text = f"The best {metric}, {number(last.best)}, is that of trial {newest.trial}"
    else:
        went = f"{number(first.best)} to {number(last.best)}"
        text = f"The best {metric} went from {went}, in trial {newest.trial}"
    since = sum(run.trial > newest.trial for run in runs)
    text += f"; {since} trials since then were not better." if since > 1 else "."
    failed = sum(run.state == "failed" for run in runs)
    if failed:
        text += f" {failed} of {len(runs)} trials failed."
    expectation = explanation.findings.expectation
    if expectation is not None:
        mean = number(explanation.findings.sign * expectation.mean)
        about = "about " if expectation.is_extrapolated else ""
        text += f" Random search would be expected to reach {about}{mean} in {expectation.draws} trials."
    return text
