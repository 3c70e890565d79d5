"""What mattered in the stages of Harmonica, as lines of text."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from overtone.report.effects import Effect, StageFinding
from overtone.report.words import WIDTH, filled, interval, number, percent, visible
from overtone.search.conclusions.estimate import Estimate

# Effects below this share are counted, not listed.
LEAST_SHARE: Final = 0.01
# A fit that predicts less than this is no more than a hint.
DOUBTFUL: Final = 0.3
BAR: Final = 10
FOLLOWED: Final = "assignment of stage"


def stage_lines(stage: StageFinding, *, is_staged: bool = True) -> Iterator[str]:
    """What one stage found, line by line."""
    failed = f", {stage.failed} failed" if stage.failed else ""
    title = f"stage {stage.number}" if is_staged else "all trials"
    yield f"What mattered in {title} ({stage.trials} trials{failed})"
    if not stage.effects:
        pinned = ", so nothing was pinned" if is_staged else ""
        yield from filled(f"Nothing stood out from the noise{pinned}.")
        return
    yield from filled(_quality(stage))
    shown = [effect for effect in stage.effects if effect.share >= LEAST_SHARE]
    yield from _effect_rows(shown)
    hidden = len(stage.effects) - len(shown)
    if hidden:
        yield f"  and {hidden} more below {LEAST_SHARE:.0%} each"
    for members in stage.aliases:
        yield from filled(f"The trials cannot tell {' and '.join(members)} apart.")
    if any(name.startswith(FOLLOWED) for effect in stage.effects for name in effect.names):
        yield from filled(
            f'"{FOLLOWED} 1" stands for which of the combinations that stage 1 kept a trial has; they are '
            "numbered from the best on."
        )
    if stage.pinned:
        left = "; ".join(f"{name} = {' or '.join(values)}" for name, values in stage.pinned)
        yield from filled(f"Kept from here on: {left}.")


def _quality(stage: StageFinding) -> str:
    shares = "Shares of what is explained, and in brackets of everything."
    if np.isnan(stage.validated):
        return f"{shares} What is left varies by {number(stage.noise)}."
    quality = max(stage.validated, 0.0)
    caution = "; that is little, so take this as a hint only" if quality < DOUBTFUL else ""
    failures = " Failed trials count as the worst value." if stage.failed else ""
    return (
        f"{shares}{failures} The fit explains {percent(quality)} of how trials that it has not seen are "
        f"ordered{caution}; what is left varies by {number(stage.noise)}."
    )


def _effect_rows(effects: Sequence[Effect]) -> Iterator[str]:
    names = [visible(" x ".join(effect.names)) for effect in effects]
    width = min(max((len(name) for name in names), default=0), 32)
    for name, effect in zip(names, effects, strict=True):
        bar = ("#" * round(BAR * effect.share)).ljust(BAR)
        head = f"  {effect.share:4.0%} ({effect.whole:.0%}) {bar} {name:<{width}}"
        half = 2 * 1.6449 * effect.error
        gain = Estimate(effect.gain, effect.gain - half, effect.gain + half)
        tail = visible(
            f"best {', '.join(effect.best)} by {interval(gain)} over {', '.join(effect.worst)}"
        )
        if len(head) + 2 + len(tail) <= WIDTH:
            yield f"{head}  {tail}"
        else:
            yield from filled(head.strip(), "  ", " " * 18)
            yield from filled(tail, " " * 18, " " * 20)
