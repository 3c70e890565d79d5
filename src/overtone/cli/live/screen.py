"""Where a run is shown: on a terminal as a panel, elsewhere as lines, or not at all."""

import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, final

import typer
from rich.console import Console, ConsoleRenderable
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType

from overtone.cli.live.panel import DOWN, UP, Panel
from overtone.cli.live.state import State
from overtone.run.records.visible import visible

# Seconds between two pictures: times are shown in whole seconds.
PAUSE: Final = 0.5

Look = Callable[[], tuple[State, float]]


class Screen(ABC):
    """Shows what happens in a run."""

    @abstractmethod
    def open(self, look: Look, first: str | None) -> None:
        """Begin to show a run, of which this tells what is known, after a first line if there is one."""

    @abstractmethod
    def say(self, line: str) -> None:
        """Show a message or a warning."""

    @abstractmethod
    def tell(self, line: str) -> None:
        """Show a line of news, where that is how a run is shown."""

    @abstractmethod
    def close(self) -> None:
        """Leave the end of the run, or nothing if it was not opened."""


def fitting_screen(*, is_quiet: bool, is_one_of_several: bool = False) -> Screen:
    """The screen for standard error as it is.

    Args:
        is_quiet: whether only messages and warnings are wanted.
        is_one_of_several: whether the run is one of several, and leaves a line instead of its panel.
    """
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if is_quiet:
        return Silent()
    # FORCE_COLOR makes rich take a file for a terminal, but a panel in a file is nothing to read.
    is_terminal = sys.stderr.isatty() and console.is_terminal and not console.is_dumb_terminal
    if not is_terminal:
        return Lines()
    return Terminal(console, leaves_panel=not is_one_of_several)


@final
class Silent(Screen):
    """Shows messages and warnings only."""

    def open(self, look: Look, first: str | None) -> None:
        """Show nothing."""
        del look, first

    def say(self, line: str) -> None:
        """Print the line."""
        typer.echo(visible(line), err=True)

    def tell(self, line: str) -> None:
        """Show nothing."""
        del line

    def close(self) -> None:
        """Show nothing."""


@final
class Lines(Screen):
    """Shows everything as a line."""

    def open(self, look: Look, first: str | None) -> None:
        """Print the first line."""
        del look
        if first is not None:
            self.say(first)

    def say(self, line: str) -> None:
        """Print the line."""
        typer.echo(visible(line), err=True)

    def tell(self, line: str) -> None:
        """Print the line."""
        self.say(line)

    def close(self) -> None:
        """Show nothing more."""


@final
class Terminal(Screen):
    """Draws the panel below everything that is said.

    A terminal that is gone is drawn to no more, and the run goes on without it.
    """

    def __init__(self, console: Console, *, leaves_panel: bool) -> None:
        self._console = console
        self._leaves_panel = leaves_panel
        self._panel: Panel | None = None
        self._live: _Live | None = None
        self._lock = threading.RLock()
        self._is_closed = threading.Event()
        self._painter: threading.Thread | None = None
        self._is_gone = False

    def open(self, look: Look, first: str | None) -> None:
        """Draw the panel from now on."""
        if first is not None:
            self.say(first)
        self._panel = Panel(look)
        self._live = _Live(self._console, self._panel, is_kept=self._leaves_panel)
        self._drawn(self._live.start)
        self._painter = threading.Thread(target=self._paint, daemon=True)
        self._painter.start()

    def say(self, line: str) -> None:
        """Print a line above the panel."""
        if not self._is_gone:
            self._drawn(lambda: self._console.print(visible(line), soft_wrap=True))

    def tell(self, line: str) -> None:
        """Show nothing: the panel does."""
        del line

    def close(self) -> None:
        """Leave the end of the run, and a cursor that can be seen."""
        self._is_closed.set()
        if self._live is None or self._panel is None or self._painter is None:
            return
        self._painter.join()
        self._panel.is_final = True
        self._drawn(self._live.stop)

    def _paint(self) -> None:
        assert self._live is not None  # the thread is started after it is made
        while not (self._is_closed.is_set() or self._is_gone):
            self._drawn(self._live.refresh)
            self._is_closed.wait(PAUSE)

    def _drawn(self, draw: Callable[[], None]) -> None:
        """Draw, one thing after the other."""
        with self._lock:
            try:
                if self._live is not None:
                    self._live.mend()
                draw()
            except OSError:
                self._is_gone = True


class _Live(Live):
    """A live display that draws over what it drew before, so that nothing flickers.

    It outlasts a terminal that becomes narrower, where lines of before take more rows.
    """

    def __init__(self, console: Console, panel: Panel, *, is_kept: bool) -> None:
        super().__init__(panel, console=console, auto_refresh=False, transient=not is_kept)
        self._panel = panel

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Erase the panel first only where something else is written in its place."""
        parts = super().process_renderables(renderables)
        drawn = len(self._panel.widths)
        is_alone = all(isinstance(part, Control) for part in renderables)
        self._panel.covers = drawn if is_alone else 0
        if is_alone and drawn:
            parts[0] = Control(ControlType.CARRIAGE_RETURN, *(UP * (drawn - 1)))
        return parts

    def mend(self) -> None:
        """Go up the rows that the lines drawn last have been wrapped into."""
        width = self.console.size.width
        if not self.is_started or not self._panel.widths or width >= self._panel.width:
            return
        wrapped = [max(cells - 1, 0) // width for cells in self._panel.widths]
        # The cursor stands where the last line begins.
        to_end, up = DOWN * wrapped[-1], ((ControlType.ERASE_IN_LINE, 2), *UP) * sum(wrapped)
        self.console.control(Control(ControlType.CARRIAGE_RETURN, *to_end, *up))
        self._panel.width = width
