"""As much of a terminal as a panel needs: what it shows after what it was sent."""

import re
from dataclasses import dataclass, field

_PIECE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]")


@dataclass
class TinyTerminal:
    """Rows that only grow: those above the last `height` have been scrolled out."""

    width: int = 80
    height: int = 24
    rows: list[str] = field(default_factory=lambda: [""])
    row: int = 0
    column: int = 0
    has_cursor: bool = True

    def send(self, text: str) -> None:
        end = 0
        for piece in _PIECE.finditer(text):
            assert piece.start() == end, repr(text[end : piece.start()])
            end = piece.end()
            if piece[3] is None:
                self._put(piece[0])
            elif piece[1]:
                assert piece[2] == "25", piece[0]
                self.has_cursor = piece[3] == "h"
            else:
                self._obey(piece[3], piece[2])
        assert end == len(text), repr(text[end:])

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            # The driver of a terminal makes it both.
            self.column, self.row = 0, self.row + 1
            self._grow()
        else:
            if self.column == self.width:
                self._put("\n")
            self._write(letter)

    def _write(self, letter: str) -> None:
        line = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1

    def _obey(self, command: str, argument: str) -> None:
        if command == "A":
            self.row = max(self.row - int(argument), len(self.rows) - self.height, 0)
        elif command == "B":
            self.row = min(self.row + int(argument), len(self.rows) - 1)
        elif command == "K":
            line = self.rows[self.row]
            self.rows[self.row] = "" if argument == "2" else line[: self.column]
        else:
            assert command == "m", command

    def _grow(self) -> None:
        while len(self.rows) <= self.row:
            self.rows.append("")

    def resize(self, width: int) -> None:
        """Wrap anew, as most terminals do, with the cursor at the same letter."""
        rows, place = [], (0, 0)
        for k, line in enumerate(self.rows):
            pieces = [line[i : i + width] for i in range(0, len(line), width)] or [""]
            if k == self.row:
                down = min(self.column // width, len(pieces) - 1)
                place = (len(rows) + down, self.column - down * width)
            rows += pieces
        self.rows, (self.row, self.column), self.width = rows, place, width

    @property
    def shown(self) -> list[str]:
        """The rows without blanks at their ends, down to the last that has anything."""
        rows = [row.rstrip() for row in self.rows]
        while rows and not rows[-1]:
            rows.pop()
        return rows
