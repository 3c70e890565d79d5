"""What the other trials say of each, against what it gave: whether the fit is to be believed."""

from typing import TYPE_CHECKING, Final

from overtone.report.details import Predicted
from overtone.report.pictures.marks import Axis, Dot, Dots, Mark, Panel, Path, Picture, reach
from overtone.report.words import brief, interval, percent

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

LEAST: Final = 8
# An interval of 90 % that holds fewer values than this was too narrow.
TOO_FEW: Final = 0.8


def predictions_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """Predicted against observed values; None before there are a few."""
    found = explanation.predictions
    if len(found) < LEAST:
        return None
    observed = [one.observed for one in found]
    ends = reach([*observed, *(one.predicted.mean for one in found)])
    inside = [_dot(one, ends) for one in found if one.is_inside]
    outside = [_dot(one, ends) for one in found if not one.is_inside]
    marks: list[Mark] = [
        Path(ends, ends, "soft", label="equal", is_dashed=True, width=1.5),
        Dots(tuple(inside), "main", label="inside its interval", along="x", size=6),
        Dots(tuple(outside), "bad", "open", label="outside", along="x", size=7),
    ]
    panel = Panel(
        Axis(f"{metric} predicted by the others", *ends),
        Axis(f"{metric} observed", *ends),
        tuple(mark for mark in marks if not isinstance(mark, Dots) or mark.dots),
        height=400,
    )
    return Picture("predictions", "How well it is known", _sentence(explanation, metric), (panel,))


def _dot(one: Predicted, ends: tuple[float, float]) -> Dot:
    low, mean, high = (
        min(max(v, ends[0]), ends[1])
        for v in (one.predicted.low, one.predicted.mean, one.predicted.high)
    )
    gave = brief(one.observed)
    text = f"trial {one.trial}: {gave}, predicted {interval(one.predicted)}"
    return Dot(mean, one.observed, text, low, high)


def _sentence(explanation: "Explanation", metric: str) -> str:
    found = explanation.predictions
    held = sum(one.is_inside for one in found)
    share = held / len(found)
    text = (
        f"The {metric} of each trial was predicted from the other trials: {held} of {len(found)} "
        f"({percent(share)}) lie inside the interval of 90 %"
    )
    if explanation.noise.repeats:
        text += ". Configurations that were run more than once are left out"
    if share < TOO_FEW:
        return f"{text}. That is fewer than there should be: take the intervals of this page as too narrow."
    return f"{text}."
