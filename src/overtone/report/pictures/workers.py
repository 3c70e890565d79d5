"""When and where the trials ran."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from overtone.report.course import Slot
from overtone.report.pictures.marks import Axis, Bar, Bars, Panel, Picture, Tone, names_axis
from overtone.report.words import duration

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

ROW: Final = 26
MOST_ROWS: Final = 40
LOOKS: Final[tuple[tuple[str, Tone, str], ...]] = (
    ("complete", "main", "with a value"),
    ("pruned", "fourth", "stopped early"),
    ("failed", "bad", "failed"),
)
UNITS: Final = ((1.0, "seconds", 300.0), (60.0, "minutes", 18_000.0), (3600.0, "hours", np.inf))
LEAST: Final = 2
# More bars are merged where no more than this share of the whole time lies between them.
MOST_BARS: Final = 1500
FINEST: Final = 1 / 500


def workers_picture(explanation: "Explanation") -> Picture | None:
    """A row for each trial that a worker runs at a time; None where times were not recorded."""
    slots = explanation.slots
    rows = sorted({(slot.worker, slot.slot) for slot in slots})
    if len(slots) < LEAST or len(rows) > MOST_ROWS or not _span(slots):
        return None
    size, unit = next((size, unit) for size, unit, most in UNITS if _span(slots) <= most)
    marks = []
    for state, tone, label in LOOKS:
        own = [slot for slot in slots if slot.state == state]
        bars = [_bar(slot, rows, size) for slot in own]
        if len(bars) > MOST_BARS:
            bars = _merged(bars, FINEST * _span(slots) / size)
        if bars:
            marks.append(Bars(tuple(bars), tone, label, thickness=0.7))
    names = [_name(row, rows) for row in rows]
    end = max(slot.ended for slot in slots) / size
    panel = Panel(
        Axis(f"{unit} since the start", 0.0, end),
        names_axis(names),
        tuple(marks),
        height=100 + ROW * len(rows),
    )
    return Picture("workers", "When and where trials ran", _sentence(slots, rows), (panel,))


def _span(slots: tuple[Slot, ...]) -> float:
    return max(slot.ended for slot in slots)


def _name(row: tuple[int, int], rows: list[tuple[int, int]]) -> str:
    worker, slot = row
    if len({one for one, _ in rows}) == 1:
        return f"slot {slot}"
    return f"worker {worker}" if (worker, 2) not in rows else f"worker {worker}.{slot}"


def _bar(slot: Slot, rows: list[tuple[int, int]], size: float) -> Bar:
    row = rows.index((slot.worker, slot.slot))
    text = f"trial {slot.trial}: {duration(slot.ended - slot.begun)}, {slot.state}"
    return Bar(row, slot.begun / size, slot.ended / size, text)


def _merged(bars: list[Bar], gap: float) -> list[Bar]:
    """Bars of a row that are nearer to each other than can be seen, as one."""
    found: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.y, bar.start)):
        last = found[-1] if found else None
        if last is not None and last.y == bar.y and bar.start - last.end <= gap:
            found[-1] = replace(last, end=max(last.end, bar.end), text="several trials")
        else:
            found.append(bar)
    return found


def _sentence(slots: tuple[Slot, ...], rows: list[tuple[int, int]]) -> str:
    each = np.array([slot.ended - slot.begun for slot in slots])
    busy = float(each.sum()) / (len(rows) * _span(slots))
    workers = len({worker for worker, _ in rows})
    who = "One worker" if workers == 1 else f"{workers} workers"
    beside = f", up to {len(rows)} at a time," if len(rows) > 1 else ""
    return (
        f"{who} ran {len(slots)} trials{beside} in {duration(_span(slots))}; a trial took "
        f"{duration(float(np.median(each)))} (the middle one) and {duration(float(each.max()))} at most, and "
        f"places to run one were taken {busy:.0%} of the time.".replace("%", " %")
    )
