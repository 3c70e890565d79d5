"""The panel that a terminal shows while a study runs: its lines, for any size of the terminal.

The parts stand in one order, and how much room each may take follows from the terminal's size and the study
alone, so that nothing jumps while the study goes on:

    digits   42 of 100 trials, 18 min 02 s so far, about 25 min left
    best     accuracy = 0.9722 in trial 37, 0.0411 better than the default (0.9311)

             ▁▁▂▃▃▅▅▅▅▆▆▆▆▆▇▇▇▇▇▇▇▇█                                0.8944 to 0.9722
             ━━━━━━━━━━━━━━━━━━━━━━━━───────────────────────────────

    running  trial 42   1 min 03 s
             trial 43   12 s
    failed   5 x crash: exit code 1: no GPU

    What seems to matter so far (after 40 trials; how accuracy would change)
      solver = lbfgs  -> saga   -0.031 (-0.042 to -0.021)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import ControlType, Segment
from rich.text import Text

from overtone.cli.live.state import Insight, State
from overtone.cli.live.words import (
    ASCII,
    BLOCKS,
    Glyphs,
    bar,
    curve,
    fitted,
    is_steep,
    left,
    number,
    padded,
    plain,
    reached,
    squeezed,
    took,
)

DOWN: Final = ((ControlType.CURSOR_DOWN, 1), (ControlType.ERASE_IN_LINE, 2))
UP: Final = ((ControlType.CURSOR_UP, 1),)

LABEL: Final = 9
# Columns of the curve: beyond, a line is hard to follow.
WIDEST: Final = 72
NARROWEST: Final = 8
# Cells behind the curve that most pairs of numbers fit into, so that its width stays.
ENDS: Final = 28
# Changes that are listed.
MOST_CHANGES: Final = 5
# Cells that a setting and its value have at least, or the ends of intervals are left out.
LEAST_NAMES: Final = 24


@final
@dataclass(frozen=True)
class Room:
    """How many lines each part may take.

    Attributes:
        running, failed, changes: lines of each.
        has_chart: whether there is a curve over a bar.
        is_spaced: whether blank lines stand between the parts.
    """

    running: int
    failed: int
    changes: int
    has_chart: bool
    is_spaced: bool

    def height(self, parallel: int) -> int:
        """Lines that the parts take at most: those of so many running trials among them."""
        always = 3  # the title, the best value, the paused trials
        chart = 2 if self.has_chart else 0
        changes = self.changes + 1 if self.changes else 0
        blank = 3 if self.is_spaced else 0
        return always + chart + min(self.running, parallel) + self.failed + changes + blank


# From the most to the least.
ROOMS: Final = (
    Room(12, 6, MOST_CHANGES, has_chart=True, is_spaced=True),
    Room(4, 3, MOST_CHANGES, has_chart=True, is_spaced=True),
    Room(3, 2, MOST_CHANGES, has_chart=True, is_spaced=False),
    Room(2, 1, 3, has_chart=True, is_spaced=False),
    Room(1, 1, 0, has_chart=True, is_spaced=False),
    Room(1, 1, 0, has_chart=False, is_spaced=False),
)


def room_for(height: int, parallel: int) -> Room:
    """The most room that a terminal of so many lines has."""
    return next((room for room in ROOMS if room.height(parallel) <= height), ROOMS[-1])


class Panel:
    """The panel as rich draws it, with what it drew last.

    Args:
        look: tells what is known now, and what time it is.

    Attributes:
        widths: cells of each line that was drawn last.
        width: of the terminal then.
        covers: lines that the next picture is drawn over; what is left of them is erased.
        is_final: whether the run has ended, so that nothing runs any more.
    """

    def __init__(self, look: Callable[[], tuple[State, float]]) -> None:
        self._look = look
        self.widths: tuple[int, ...] = ()
        self.width = 0
        self.covers = 0
        self.is_final = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as much as the terminal has room for."""
        del console
        lines = self._lines(options)
        self.width, self.widths = options.size.width, tuple(line.cell_len for line in lines)
        left_over = max(self.covers - len(lines), 0)
        for k, line in enumerate(lines):
            yield line
            yield Control((ControlType.ERASE_IN_LINE, 0))
            if k == len(lines) - 1:
                # What a person types is shown where the cursor is: behind a full line it would go on below.
                yield Control(*(DOWN * left_over), *(UP * left_over), ControlType.CARRIAGE_RETURN)
            yield Segment.line()

    def _lines(self, options: ConsoleOptions) -> list[Text]:
        state, now = self._look()
        # A full last column, or a full screen, would make some terminals go on to the next line.
        width, height = max(options.size.width - 1, 1), max(options.size.height - 1, 1)
        glyphs = ASCII if options.ascii_only else BLOCKS
        make = final_lines if self.is_final else panel_lines
        lines = list(islice(make(state, now, width, height, glyphs), height))
        for line in lines:
            if glyphs is ASCII:
                line.plain = line.plain.encode(options.encoding, "replace").decode(options.encoding)
            line.truncate(width, overflow="ellipsis" if glyphs is BLOCKS else "crop")
            line.rstrip()
            line.end = ""
        return lines


def panel_lines(
    state: State, now: float, width: int, height: int, glyphs: Glyphs
) -> Iterator[Text]:
    """The lines of a run that goes on."""
    room = room_for(height, state.aim.parallel)
    passed = f"{took(now - state.begun)} so far"
    seconds = state.seconds_left(now)
    ahead = [] if seconds is None else [left(seconds)]
    yield _title(state, (passed, *ahead), width, glyphs)
    yield _best(state, width)
    yield from _chart(state, room, width, glyphs)
    yield from _blank(room)
    yield from _running(state, now, room)
    if state.has_paused:
        count = len(state.paused)
        yield _line(
            "paused", f"{count} trial{'' if count == 1 else 's'}, to be promoted or eliminated"
        )
    yield from _failures(state, room)
    yield from _insight(state, room, width, glyphs)


def final_lines(
    state: State, now: float, width: int, height: int, glyphs: Glyphs
) -> Iterator[Text]:
    """The lines that stay when a run has ended."""
    room = room_for(height, 0)
    yield _title(state, (f"took {took(now - state.begun)}",), width, glyphs)
    yield _best(state, width)
    yield from _chart(state, room, width, glyphs)
    if state.failures:
        yield from _blank(room)
    yield from _failures(state, room)
    if state.is_over:
        yield Text("")  # the report is next, and says what matters
    else:
        yield from _insight(state, room, width, glyphs)


def _title(state: State, times: Sequence[str], width: int, glyphs: Glyphs) -> Text:
    """The name, how far the study is, and times, the last of which matters most."""
    name = squeezed(plain(state.aim.name), max(width // 3, LABEL - 2), glyphs.more)
    name = padded(name, LABEL - 2)
    count = f"{state.finished} of {state.total}"
    texts = [", ".join((f"{count} trials", *times[k:])) for k in range(len(times) + 1)]
    texts.insert(-1, f"{count}, {times[-1]}")
    room = width - cell_len(name) - 2
    return Text.assemble((name, "bold"), "  ", _longest((*texts, count), room))


def _longest(texts: Sequence[str], cells: int) -> str:
    """The first of some texts that has room, or else the last."""
    return next((text for text in texts if cell_len(text) <= cells), texts[-1])


def _line(label: str, text: str | Text, style: str = "") -> Text:
    return Text.assemble(
        (label.ljust(LABEL), "cyan"), (text, style) if isinstance(text, str) else text
    )


def _best(state: State, width: int) -> Text:
    best = state.best
    if best is None:
        return _line("best", "no value so far", "dim")
    value, where = number(best.value), f" in trial {best.number}"
    named = f"{plain(state.aim.metric)} = {value}"
    tails = [where, ""]
    if best.is_default:
        tails = [f"{where}, the default", *tails]
    elif state.gain and state.default is not None:
        gain = f", {state.gain:.4g} better than the default"
        tails = [f"{where}{gain} ({number(state.default)})", f"{where}{gain}", gain, *tails]
    room = width - LABEL - cell_len(named)
    if room < 0:
        named, room = value, 0
    return _line("best", Text.assemble((named, "bold green"), _longest(tails, room)))


def _chart(state: State, room: Room, width: int, glyphs: Glyphs) -> Iterator[Text]:
    if not room.has_chart:
        return
    yield from _blank(room)
    known = [value for value in state.course if value is not None]
    ends = ""
    if known:
        low, high = number(min(known)), number(max(known))
        ends = low if low == high else f"{low} to {high}"
        ends = f"  {ends} (log)" if is_steep(known) else f"  {ends}"
    columns = min(width - LABEL - max(len(ends), ENDS), WIDEST)
    if columns < NARROWEST:
        ends, columns = "", min(max(width - LABEL, 1), WIDEST)
    done = reached(state.finished, state.total, columns)
    drawn = curve(state.course, done, glyphs)
    yield _line("", Text.assemble((padded(drawn, columns), "green"), (ends, "dim")))
    full, empty = bar(state.finished, state.total, columns, glyphs)
    yield _line("", Text.assemble((full, "cyan"), (empty, "dim")))


def _running(state: State, now: float, room: Room) -> Iterator[Text]:
    """As many lines as trials may run at a time, so that what stands below keeps its place."""
    most = min(room.running, max(state.aim.parallel, len(state.running)))
    shown = state.running if len(state.running) <= most else state.running[: most - 1]
    lines = [f"trial {trial.number:<5} {took(now - trial.since)}" for trial in shown]
    hidden = state.running[len(shown) :]
    if shown and hidden:
        lines.append(f"and {len(hidden)} more")
    elif hidden:
        lines.append(f"{len(hidden)} trials, the longest for {took(now - hidden[0].since)}")
    elif not shown:
        lines.append("none right now")
    for k in range(most):
        yield _line("" if k else "running", lines[k] if k < len(lines) else "")


def _failures(state: State, room: Room) -> Iterator[Text]:
    by_count = sorted(state.failures.items(), key=lambda failure: -failure[1])
    shown = by_count if len(by_count) <= room.failed else by_count[: max(room.failed - 1, 1)]
    lines = [f"{count} x {plain(reason)}" for reason, count in shown]
    hidden = state.failed - sum(count for _, count in shown)
    if hidden and room.failed > 1:
        lines.append(f"{hidden} for other reasons")
    for k, text in enumerate(lines):
        yield _line("" if k else "failed", text, "red" if k < len(shown) else "")


def _insight(state: State, room: Room, width: int, glyphs: Glyphs) -> Iterator[Text]:
    insight = state.insight
    if insight is None or not room.changes:
        return
    yield from _blank(room)
    heading, after = "What seems to matter so far", f"after {insight.trials} trials"
    what = f"; how {plain(state.aim.metric)} would change" if insight.changes else ""
    abouts = (f" ({after}{what})", f" ({after})", "")
    about = _longest(abouts, width - len(heading))
    yield Text.assemble((heading, "bold"), (about, "dim"))
    lines = [insight.note] if insight.note else []
    yield from (Text(f"  {plain(note)}") for note in lines)
    yield from _changes(insight, room.changes - len(lines), width, glyphs)


def _changes(insight: Insight, most: int, width: int, glyphs: Glyphs) -> Iterator[Text]:
    shown = insight.changes[: max(most, 0)]
    tails = [c.change if c.is_sure else f"{c.change}, unsure" for c in shown]
    if width - _widest(tails) - 6 < LEAST_NAMES:
        tails = [c.mean for c in shown]
    rows = [(plain(c.setting), f"-> {plain(c.to)}") for c in shown]
    # What a change does is not cut; its setting may take two thirds of what is left, its value the rest.
    free = max(width - _widest(tails) - 6, 0)
    to = _widest([row[1] for row in rows])
    first = min(_widest([row[0] for row in rows]), max(free - to, 2 * free // 3))
    to = min(to, free - first)
    for (setting, value), tail in zip(rows, tails, strict=True):
        subject = padded(squeezed(setting, first, glyphs.more), first)
        other = padded(fitted(value, to, glyphs.more), to)
        yield Text("  ".join(("", subject, other, plain(tail))))


def _widest(texts: Sequence[str]) -> int:
    return max(map(cell_len, texts), default=0)


def _blank(room: Room) -> Iterator[Text]:
    if room.is_spaced:
        yield Text("")
