"""A terminal shows what was said, and the panel below it; whatever is no terminal gets lines."""

import errno
import io
import re
import sys
import time
from dataclasses import replace

import pytest
from live_runs import INSIGHT, after, begun, failed, gave
from rich.console import Console
from tiny_terminal import TinyTerminal

from overtone.cli.live import screen
from overtone.cli.live.panel import Panel
from overtone.cli.live.screen import Lines, Silent, Terminal, fitting_screen


class Sent(io.StringIO):
    """A terminal's file, which hands on what it is sent."""

    def __init__(self, terminal: TinyTerminal) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.terminal.send(text)
        return len(text)


class Show:
    """A screen on a tiny terminal, which is drawn when the test says so."""

    def __init__(self, *, leaves_panel=True, width=80, height=24, state=None):
        self.tty = TinyTerminal(width, height)
        self.console = Console(
            file=Sent(self.tty),
            force_terminal=True,
            legacy_windows=False,
            width=width,
            height=height,
        )
        self.state = state or begun()
        self.screen = Terminal(self.console, leaves_panel=leaves_panel)

    def open(self, first=None):
        self.screen.open(lambda: (self.state, 20.0), first)
        return self

    def draw(self):
        self.screen._drawn(self.screen._live.refresh)

    def resize(self, width):
        self.tty.resize(width)
        self.console.width = width

    @property
    def panel(self):
        """What the panel alone would be."""
        tty = TinyTerminal(self.console.width, self.console.height)
        panel = Panel(lambda: (self.state, 20.0))
        panel.is_final = self.screen._panel.is_final
        Console(
            file=Sent(tty), force_terminal=True, legacy_windows=False,
            width=self.console.width, height=self.console.height,
        ).print(panel)  # fmt: skip
        return tty.shown


@pytest.fixture(autouse=True)
def drawn_by_hand(monkeypatch):
    """No picture between two that the test draws."""
    monkeypatch.setattr(screen, "PAUSE", 3600.0)
    monkeypatch.setattr(Terminal, "_paint", lambda self: self._is_closed.wait())


TALL = replace(after(begun(), gave(0, 1.0), *map(failed, range(1, 4))), insight=INSIGHT)


def test_what_is_said_stands_above_the_panel_whatever_its_height():
    show = Show().open("digits: going on")
    said = ["digits: going on"]
    for k, state in enumerate([begun(), TALL, begun(), TALL, TALL, begun()]):
        show.state = state
        show.draw()
        assert show.tty.shown == [*said, *show.panel]
        show.draw()
        assert show.tty.shown == [*said, *show.panel]
        show.screen.say(f"warning: number {k}")
        said.append(f"warning: number {k}")
        assert show.tty.shown == [*said, *show.panel]
    assert not show.tty.has_cursor
    show.screen.close()
    assert show.tty.shown == [*said, *show.panel]
    assert show.tty.has_cursor
    assert show.tty.column == 0
    assert show.tty.row == len(show.tty.shown)


def test_a_screen_that_is_full_scrolls_what_was_said_and_keeps_the_panel_whole():
    show = Show(height=14).open()
    said = []
    for k in range(40):
        show.state = TALL if k % 3 else begun()
        show.screen.say(f"warning: number {k}")
        said.append(f"warning: number {k}")
        show.draw()
    assert show.tty.shown == [*said, *show.panel]


@pytest.mark.parametrize("widths", [[79, 40, 31, 60], [20, 80, 33], [12, 11, 10, 80]])
def test_a_terminal_that_changes_its_width_keeps_one_panel(widths):
    show = Show(height=60, state=TALL).open("digits: going on")
    show.draw()
    for width in widths:
        show.resize(width)
        show.draw()
        said = "".join(show.tty.shown[: -len(show.panel)])
        assert show.tty.shown[-len(show.panel) :] == show.panel
        assert said == "digits: going on"


def test_what_is_typed_moves_nothing():
    wide = replace(TALL, failures={"x" * 80: 1}, insight=None)
    show = Show(state=wide).open()
    show.draw()
    assert len(show.tty.shown[-1]) == 79
    show.tty.send("^C^C")
    show.draw()
    assert show.tty.shown == show.panel


def test_a_run_among_several_leaves_no_panel():
    show = Show(leaves_panel=False, state=TALL).open("digits: going on")
    show.draw()
    show.screen.close()
    show.screen.say("digits: 4 of 100 trials")
    assert show.tty.shown == ["digits: going on", "digits: 4 of 100 trials"]
    assert show.tty.has_cursor


def test_no_picture_erases_before_it_draws():
    show = Show(state=TALL).open()
    show.draw()
    sent = []
    show.tty.send = sent.append
    show.draw()
    assert "\x1b[2K" not in "".join(sent)
    assert "\x1b[2J" not in "".join(sent)
    assert len([piece for piece in sent if piece]) == 1  # in one piece, so that no half is shown


def test_a_terminal_that_is_gone_is_drawn_to_no_more():
    standard, show = sys.stderr, Show(state=TALL).open()

    def gone(text):
        raise OSError(errno.EIO, "Input/output error")

    show.tty.send = gone
    show.draw()
    show.screen.say("warning: nobody reads this")
    show.screen.close()
    assert sys.stderr is standard


def test_a_terminal_that_was_never_opened_is_left_as_it_is():
    show = Show()
    show.screen.close()
    show.screen.say("error")
    assert show.tty.shown == ["error"]


def test_colours_stay_away_where_they_are_not_wanted(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    show = Show(state=TALL)
    sent = []
    show.tty.send = sent.append
    show.open()
    show.draw()
    show.screen.close()
    codes = {
        code
        for found in re.findall(r"\x1b\[([0-9;]*)m", "".join(sent))
        for code in found.split(";")
    }
    assert codes <= {"", "0", "1", "2"}  # plain, bold, dim


@pytest.mark.parametrize(
    ("is_quiet", "environment", "is_terminal", "expected"),
    [
        (False, {"TERM": "xterm"}, True, Terminal),
        (True, {"TERM": "xterm"}, True, Silent),
        (False, {"TERM": "dumb"}, True, Lines),
        (False, {"TERM": "xterm"}, False, Lines),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, False, Lines),
        (True, {"TERM": "xterm"}, False, Silent),
    ],
)
def test_the_screen_fits_standard_error(monkeypatch, is_quiet, environment, is_terminal, expected):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    standard = io.StringIO()
    standard.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", standard)
    assert type(fitting_screen(is_quiet=is_quiet)) is expected


def test_lines_are_told_and_silence_is_not_but_either_warns(capsys):
    for shown in (Lines(), Silent()):
        shown.open(lambda: (begun(), 0.0), "digits: going on")
        shown.tell("1 of 100")
        shown.say("warning: \x1b[2Jx")
        shown.close()
    assert capsys.readouterr().err.splitlines() == [
        "digits: going on", "1 of 100", "warning: x", "warning: x",
    ]  # fmt: skip


def test_the_panel_is_drawn_now_and_then(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(screen, "PAUSE", 0.001)
    show = Show().open()
    show.state = TALL
    end = time.monotonic() + 30
    while show.tty.shown != show.panel and time.monotonic() < end:
        time.sleep(0.005)
    assert show.tty.shown == show.panel
    show.screen.close()
