"""The stages of Harmonica: how good what is left after each is, and whether they tell of the end."""

from typing import TYPE_CHECKING, Final

from overtone.report.advice import transferred
from overtone.report.pictures.marks import Axis, Dot, Dots, Panel, Path, Picture, Tick, reach
from overtone.report.words import brief, interval, unfilled

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

LEAST: Final = 2


def restricted_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """The mean of uniform draws in each stage, the paper's figure 3; None without two stages to compare."""
    found = explanation.restricted
    if len(found) < LEAST:
        return None
    x = tuple(float(k) for k in range(len(found)))
    names = ["whole space", *(f"after stage {one.stage - 1}" for one in found[1:])]
    if found[0].stage > 1:
        names[0] = f"after stage {found[0].stage - 1}"
    dots = tuple(
        Dot(
            at,
            one.mean.mean,
            f"{name}: {interval(one.mean)}, from {one.trials} draws",
            one.mean.low,
            one.mean.high,
        )
        for at, one, name in zip(x, found, names, strict=True)
    )
    means = tuple(one.mean.mean for one in found)
    ends = [end for one in found for end in (one.mean.low, one.mean.high)]
    panel = Panel(
        Axis(
            "",
            -0.5,
            len(found) - 0.5,
            tuple(Tick(at, name) for at, name in zip(x, names, strict=True)),
        ),
        Axis(f"mean {metric} of a random draw", *reach(ends)),
        (Path(x, means, "main"), Dots(dots, "main", size=9)),
        height=300,
    )
    steps = " to ".join(interval(one.mean) for one in found)
    sentence = (
        f"A configuration drawn at random gave a mean {metric} of {steps}: in the {names[0]} first, then in "
        "what each stage left."
    )
    return Picture("restricted", "What is left after each stage", sentence, (panel,))


def transfer_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """The values at both fidelities; None without a check."""
    found = [
        (one, one.at_stages, one.at_end)
        for one in explanation.at_both
        if one.at_stages is not None and one.at_end is not None
    ]
    if len(found) < LEAST:
        return None
    dots = tuple(
        Dot(x, y, f"trial {one.trial}: {brief(x)}; trial {one.again} at the end's: {brief(y)}")
        for one, x, y in found
    )
    panel = Panel(
        Axis(f"{metric} at the fidelity of the stages", *reach([x for _, x, _ in found])),
        Axis(f"{metric} at the end's", *reach([y for _, _, y in found])),
        (Dots(dots, "main", size=9),),
        height=340,
    )
    sentence = unfilled(transferred(explanation.findings)[1:])
    return Picture("transfer", "Whether the stages tell of the end", sentence, (panel,))
