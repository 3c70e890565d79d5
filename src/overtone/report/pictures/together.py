"""Which settings do together what they do not do one by one: a graph of them."""

import math
from typing import TYPE_CHECKING, Final

from overtone.report.answers import Interaction
from overtone.report.pictures.marks import (
    Axis,
    Dot,
    Dots,
    Hull,
    Mark,
    Notes,
    Panel,
    Path,
    Picture,
)
from overtone.report.sentences import joint_sentence
from overtone.report.words import interval

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

THICKEST: Final = 9.0
THINNEST: Final = 1.5


def together_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """Settings as points, pairs as lines, triples as shapes; None where none surely interact."""
    pairs = explanation.interactions
    if not pairs:
        return None
    names = list(dict.fromkeys(name for pair in pairs for name in pair.settings))
    places = _around(names)
    marks: list[Mark] = []
    for triple in explanation.triples:
        x, y = zip(*(places[name] for name in triple.settings), strict=True)
        text = f"{' x '.join(triple.settings)}: {interval(triple.beyond, signed=True)} beyond their pairs"
        marks.append(Hull(x, y, text))
    most = max(map(_size, pairs))
    middles = []
    for k, pair in enumerate(pairs):
        (x0, y0), (x1, y1) = (places[name] for name in pair.settings)
        width = max(THINNEST, THICKEST * _size(pair) / most)
        marks.append(
            Path((x0, x1), (y0, y1), "main", width=width, opacity=0.55, text=joint_sentence(pair))
        )
        middles.append(
            Dot((x0 + x1) / 2, (y0 + y1) / 2, joint_sentence(pair), link=f"joint-{k + 1}")
        )
    marks.append(Dots(tuple(middles), "main", "square", size=11))
    marks.append(Dots(tuple(Dot(x, y, name) for name, (x, y) in places.items()), "ink", size=13))
    marks.append(Notes(tuple((x, y, name) for name, (x, y) in places.items())))
    axis = Axis("", -1.5, 1.5, (), is_shown=False)
    is_line = len(names) == 2
    ends = (-0.5, 0.7) if is_line else (-1.25, 1.4)
    upright = Axis("", *ends, (), is_shown=False)
    panel = Panel(axis, upright, tuple(marks), height=130 if is_line else 360)
    return Picture(
        "together", "What settings do together", _sentence(explanation, metric), (panel,)
    )


def _around(names: list[str]) -> dict[str, tuple[float, float]]:
    """Places on a circle, the first at the left of two and at the top of more."""
    turn = math.pi if len(names) == 2 else math.pi / 2
    angles = [turn - 2 * math.pi * k / len(names) for k in range(len(names))]
    return {name: (math.cos(a), math.sin(a)) for name, a in zip(names, angles, strict=True)}


def _size(pair: Interaction) -> float:
    """How much the joint change differs from the sum of the single ones."""
    return abs(pair.together.mean - sum(alone.mean for alone in pair.alone))


def _sentence(explanation: "Explanation", metric: str) -> str:
    pairs, triples = explanation.interactions, explanation.triples
    many = "One pair of settings does" if len(pairs) == 1 else f"{len(pairs)} pairs of settings do"
    text = f"{many} together what they do not do one by one. {joint_sentence(pairs[0])}"
    if triples:
        names = " x ".join(triples[0].settings)
        text += (
            f" Three together, {names}, change {metric} by another "
            f"{interval(triples[0].beyond, signed=True)} beyond what their pairs add up to."
        )
    return text
