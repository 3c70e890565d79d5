"""What each setting that matters does at the recommendation, side by side."""

from typing import TYPE_CHECKING, Final

from overtone.report.answers import Setting
from overtone.report.details import Curve
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
    Tone,
    names_axis,
    reach,
)
from overtone.report.words import interval, value
from overtone.search.conclusions.estimate import Estimate

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

MOST_SETTINGS: Final = 12
ROW: Final = 26


def effects_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """A panel for each setting that matters, the first ones; None if none surely does."""
    mattering = [s for s in explanation.settings if s.verdict == "matters" and s.levels]
    if not mattering:
        return None
    curves = {curve.setting: curve for curve in explanation.curves}
    panels = tuple(
        _curve_panel(explanation, setting, curves[setting.setting], metric)
        if setting.setting in curves
        else _levels_panel(explanation, setting, metric)
        for setting in mattering[:MOST_SETTINGS]
    )
    return Picture(
        "effects",
        "What each setting does at the recommendation",
        _sentence(mattering, metric),
        panels,
    )


def _sentence(mattering: list[Setting], metric: str) -> str:
    first = mattering[0]
    level = max(first.levels, key=lambda level: abs(level.change.mean))
    many = (
        "1 setting surely matters"
        if len(mattering) == 1
        else f"{len(mattering)} settings surely matter"
    )
    shown = f" (the first {MOST_SETTINGS} are drawn)" if len(mattering) > MOST_SETTINGS else ""
    return (
        f"{many}{shown}. {first.setting} the most: with {value(level.value)} instead of "
        f"{value(first.value)}, {metric} would change by {interval(level.change, signed=True)}. "
        "Each has a scale of its own."
    )


def _levels_panel(explanation: "Explanation", setting: Setting, metric: str) -> Panel:
    sign = explanation.findings.sign
    levels = [(level.value, level.change) for level in setting.levels]
    place = sum(_comes_before(explanation, setting, level.value) for level in setting.levels)
    names = [value(choice) for choice, _ in levels]
    names.insert(place, f"{value(setting.value)} (used)")
    by_tone: dict[Tone, list[Dot]] = {"bad": [], "good": [], "soft": []}
    for k, (choice, change) in enumerate(levels):
        text = f"{setting.setting} = {value(choice)}: {interval(change, signed=True)}"
        row = float(k + (k >= place))
        by_tone[_tone(change, sign)].append(Dot(change.mean, row, text, change.low, change.high))
    own = Dot(0.0, float(place), f"{setting.setting} = {value(setting.value)}, as recommended")
    marks: list[Mark] = [Rule(0.0, "x")]
    marks += [Dots(tuple(dots), tone, along="x") for tone, dots in by_tone.items() if dots]
    marks.append(Dots((own,), "main", "diamond", along="x"))
    ends = [0.0, *(end for _, change in levels for end in (change.low, change.high))]
    return Panel(
        Axis(f"change of {metric}", *reach(ends)),
        names_axis(names),
        tuple(marks),
        title=setting.setting,
        height=96 + ROW * len(names),
        is_wide=False,
    )


def _comes_before(explanation: "Explanation", setting: Setting, other: object) -> bool:
    """Whether another value of a setting is listed above its own."""
    space = explanation.findings.space
    parameter = space.parameters[space.index(setting.setting)]
    choices = getattr(parameter, "choices", None)
    if choices is not None:
        kinds = [(type(choice), choice) for choice in choices]
        own = (type(setting.value), setting.value)
        return kinds.index((type(other), other)) < kinds.index(own)
    return float(other) < float(setting.value)  # type: ignore[arg-type]  # both are numbers


def _tone(change: Estimate, sign: float) -> Tone:
    """Whether a change surely makes the metric worse, or better."""
    if change.low <= 0 <= change.high:
        return "soft"
    return "bad" if sign * change.mean > 0 else "good"


def _curve_panel(explanation: "Explanation", setting: Setting, curve: Curve, metric: str) -> Panel:
    space = explanation.findings.space
    parameter = space.parameters[space.index(setting.setting)]
    x = curve.values
    is_log = bool(getattr(parameter, "log", False))
    low, high = (tuple(getattr(c, end) for c in curve.changes) for end in ("low", "high"))
    means = tuple(change.mean for change in curve.changes)
    own = float(setting.value)  # type: ignore[arg-type]  # of a number
    dots = tuple(
        Dot(v, change.mean, f"{setting.setting} = {value(v)}: {interval(change, signed=True)}")
        for v, change in zip(x, curve.changes, strict=True)
    )
    ends = (x[0] / 1.15, x[-1] * 1.15) if is_log else reach(x)
    return Panel(
        Axis("", *ends, is_log=is_log),
        Axis(f"change of {metric}", *reach([0.0, *low, *high])),
        (
            Band(x, low, high, "main"),
            Rule(0.0, "y"),
            Path(x, means, "main"),
            Dots(dots, "main", size=3.0),
            Dots(
                (Dot(own, 0.0, f"{setting.setting} = {value(own)}, as recommended"),),
                "main",
                "diamond",
            ),
        ),
        title=setting.setting,
        height=230,
        is_wide=False,
    )
