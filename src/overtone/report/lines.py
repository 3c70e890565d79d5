"""An explanation's lines of text, 80 columns wide."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from overtone.report.effects import Effect, StageFinding

WIDTH: Final = 80

# Effects below this share are counted, not listed.
LEAST_SHARE: Final = 0.01

BAR: Final = 10


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
    if stage.pinned:
        left = "; ".join(f"{name} = {' or '.join(values)}" for name, values in stage.pinned)
        yield from filled(f"Kept from here on: {left}.")


def _quality(stage: StageFinding) -> str:
    if np.isnan(stage.validated):
        return f"Shares of the explained variance; what is left varies by {stage.noise:.3g}."
    quality = max(stage.validated, 0.0)
    caution = ", so take this with caution" if quality < 0.2 else ""
    if stage.is_posterior:
        return (
            f"Shares of the variance explained. The posterior predicts {quality:.0%} of the variance of "
            f"trials left out one at a time{caution}; observations vary by {stage.noise:.3g}."
        )
    return (
        f"Shares of the variance explained. The fit predicts {quality:.0%} of the ranks of held-out "
        f"trials{caution}; what is left varies by {stage.noise:.3g}."
    )


def _effect_rows(effects: Sequence[Effect]) -> Iterator[str]:
    names = [" x ".join(effect.names) for effect in effects]
    width = min(max((len(name) for name in names), default=0), 36)
    for name, effect in zip(names, effects, strict=True):
        bar = ("#" * round(BAR * effect.share)).ljust(BAR)
        head = f"  {effect.share:4.0%} {bar} {name:<{width}}"
        tail = f"best {', '.join(effect.best)} by {effect.gain:.3g} over {', '.join(effect.worst)}"
        if len(head) + 2 + len(tail) <= WIDTH:
            yield f"{head}  {tail}"
        else:
            yield from _wrapped(head.rstrip(), "", " " * 18)
            yield from _wrapped(tail, " " * 18, " " * 20)


def filled(text: str, indent: str = "  ") -> list[str]:
    """A text in lines of at most WIDTH columns."""
    return _wrapped(text, indent, indent)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    # A name with hyphens stays in one piece, to be searched for.
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False
    )
