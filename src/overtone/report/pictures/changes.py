"""The few changes as steps from the default to the recommendation."""

from typing import TYPE_CHECKING

from overtone.report.answers import Change, Fewest
from overtone.report.pictures.marks import Axis, Bar, Bars, Panel, Picture, Rule, names_axis, reach
from overtone.report.sentences import how_few, how_known, is_unsure
from overtone.report.words import interval, listed, or_dash, rough
from overtone.search.conclusions.estimate import Estimate

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

ROW = 34
# Of the whole gain.
FINEST = 1e-3


def changes_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """The steps; None where there are no changes to speak of."""
    fewest = explanation.fewest
    if fewest is None or not fewest.changes:
        return None
    changes = fewest.changes
    names = [_step(change) for change in changes]
    rows: dict[str, list[Bar]] = {"run": [], "predicted": [], "unsure": []}
    before = 0.0
    for k, change in enumerate(changes):
        rows[_known_by(change)].append(_bar(k, before, change, fewest.gain))
        before = change.reached.mean
    others = len(fewest.unneeded)
    marks = [
        Bars(tuple(rows["run"]), "good", label="run and compared"),
        Bars(tuple(rows["predicted"]), "main", label="predicted"),
        Bars(tuple(rows["unsure"]), "soft", label="unsure"),
    ]
    if others:
        names.append(f"the {others} others" if others > 1 else "the other change")
        width = max(fewest.gain.high - fewest.gain.low, FINEST * abs(fewest.gain.mean))
        rest = rough(fewest.gain.mean - before, width, signed=True)
        text = f"all changes that may stay as they were: {rest}"
        marks.append(Bars((Bar(len(changes), before, fewest.gain.mean, text, note=rest),), "soft"))
    names.append("the recommendation")
    marks.append(_whole(fewest, len(names) - 1))
    ends = [0.0, *(end for c in changes for end in (c.reached.low, c.reached.high))]
    x = Axis(f"gain in {metric}", *reach([*ends, fewest.gain.low, fewest.gain.high]))
    panel = Panel(
        x,
        names_axis(names),
        (*(mark for mark in marks if mark.bars), Rule(0.0, "x")),
        height=110 + ROW * len(names),
    )
    return Picture(
        "changes", "The few changes that make the gain", _sentence(explanation, fewest), (panel,)
    )


def _sentence(explanation: "Explanation", fewest: Fewest) -> str:
    first = fewest.changes[0]
    said = [f"{how_few(explanation, fewest)}."]
    if len(fewest.changes) == 1:
        said.append(f"It is {first.setting}, worth {interval(first.gain)}.")
    else:
        said.append(f"The most is {first.setting}, worth {interval(first.gain)} among the others.")
    unsure = [change.setting for change in fewest.changes if _known_by(change) == "unsure"]
    if unsure:
        said.append(f"That {listed(unsure)} helps is not sure.")
    befores = [0.0, *(change.reached.low for change in fewest.changes)]
    worse = [
        change.setting
        for before, change in zip(befores, fewest.changes[:-1], strict=False)
        if change.reached.high < before
    ]
    if worse:
        said.append(f"Before the changes below it are made, {listed(worse)} makes it worse.")
    return " ".join([*said, *([how_known(fewest)] if fewest.unneeded else [])])


def _known_by(change: Change) -> str:
    """How a change is known: by runs, by prediction, or hardly."""
    if is_unsure(change):
        return "unsure"
    return "run" if change.verified else "predicted"


def _step(change: Change) -> str:
    return f"{change.setting}: {or_dash(change.before)} → {or_dash(change.after)}"


def _bar(k: int, before: float, change: Change, gain: Estimate) -> Bar:
    reached = change.reached
    made = "run and compared" if change.verified else _known_by(change)
    text = (
        f"{_step(change)}: worth {interval(change.gain)} among the others; with those above, the gain is "
        f"{interval(reached)} ({made})"
    )
    return Bar(
        k, before, reached.mean, text, reached.low, reached.high, _gained(change, before, gain)
    )


def _gained(change: Change, before: float, gain: Estimate) -> str:
    """What a change adds to those above it; no finer than anybody could see beside the whole gain."""
    width = max(change.reached.high - change.reached.low, FINEST * abs(gain.mean))
    return rough(change.reached.mean - before, width, signed=True)


def _whole(fewest: Fewest, row: int) -> Bars:
    gain = fewest.gain
    text = f"with all changes: {interval(gain)}"
    bar = Bar(
        row,
        0.0,
        gain.mean,
        text,
        gain.low,
        gain.high,
        rough(gain.mean, gain.high - gain.low, signed=True),
    )
    return Bars((bar,), "third", label="all changes")
