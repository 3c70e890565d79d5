"""Where numbers stand along an axis, and which of them are written there."""

import math
import unicodedata
from typing import Final

from overtone.report.pictures.marks import Axis, Tick
from overtone.report.words import brief

# Steps between numbers that are easy to read.
EASY: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


def ticks_of(axis: Axis, most: int) -> tuple[Tick, ...]:
    """The numbers or names that an axis shows, about so many of them at most."""
    if axis.ticks is not None:
        return axis.ticks
    low, high = sorted((axis.low, axis.high))
    if axis.is_log:
        return _decades(low, high, most)
    raw = (high - low) / max(most, 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * easy for easy in EASY if size * easy >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(Tick(k * step, brief(k * step)) for k in range(first, last + 1))


def _decades(low: float, high: float, most: int) -> tuple[Tick, ...]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    inside = [k for k in range(first, last + 1) if low * (1 - 1e-9) <= 10.0**k <= high * (1 + 1e-9)]
    if len(inside) < 2:  # less than a decade is shown
        return tuple(Tick(v, f"{v:.3g}") for v in (low, math.sqrt(low * high), high))
    step = math.ceil(len(inside) / max(most, 1))
    return tuple(Tick(10.0**k, f"{10.0**k:g}") for k in inside[::step])


def share_of(axis: Axis, value: float) -> float:
    """How far along an axis a value stands, 0 at its low end and 1 at its high end."""
    low, high = axis.low, axis.high
    if axis.is_log:
        low, high, value = (math.log10(max(v, 1e-300)) for v in (low, high, value))
    return (value - low) / (high - low)


def columns(text: str) -> int:
    """How many columns a text takes: two for each wide character, none for what combines."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
