"""The fenced blocks of a Markdown page, and how they are run: the convention is in CONTRIBUTING.md.

    python                           runs, in order, in one namespace
    console                          what stands after `$ ` runs in a shell, and must print what stands below
    {code-block}, caption FILE       is written into the page's folder under this name
    {code-block}, caption PRINTS     must be what the Python block above it printed
    {code-block}, caption PRINTED    is an example, and not compared
    toml                             a part of a study file, or with a caption a whole one
    % not run: REASON                a comment above a block that is only shown

Where output is compared, a line `...` stands for any lines, and `...` inside a line for anything.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PRINTS = "It prints"
PRINTED = "It prints something like"
# Directives that hold no snippet.
PROSE = {
    "commands",
    "docstring",
    "eval-rst",
    "figure",
    "include",
    "keys",
    "note",
    "placeholders",
    "records",
    "toctree",
}


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: str
    line: int  # of its first line of text
    language: str
    caption: str
    text: str
    is_run: bool

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_file(self) -> bool:
        return self.caption not in ("", PRINTS, PRINTED)


def blocks_of(path: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    text = path.read_text(encoding="utf-8")
    for fence in re.finditer(
        r"^(% not run: [^\n]+\n)?```(\S*)(?: ([^\n]*))?\n(.*?)^```$",
        text,
        flags=re.DOTALL | re.MULTILINE,
    ):
        skipped, word, rest, body = fence.groups()
        start = text.count("\n", 0, fence.start(4)) + 1
        if word.startswith("{"):
            if word.strip("{}") in PROSE:
                continue
            assert word == "{code-block}", f"{path}:{start}: is {word} run or not?"
            word, option = rest, re.match(r":caption: (.+)\n\n?", body)
            assert option, f"{path}:{start}: a code-block has a caption"
            start += option[0].count("\n")
            yield Block(path.name, start, word, option[1], body[option.end() :], skipped is None)
        else:
            yield Block(path.name, start, word, "", body, skipped is None)


class Runner:
    """Runs the blocks of one page, in the folder that it is given and that it makes the present one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, object] = {"__name__": "__main__"}
        self.printed = ""
        # The commands of a page find the overtone and the python that the tests run with.
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "COLUMNS": "80",
        }

    def run(self, block: Block) -> None:
        """Run a block, or compare it with what was printed."""
        if block.is_file:
            (self._folder / block.caption).write_text(block.text, encoding="utf-8")
        elif block.caption == PRINTS:
            assert_printed(self.printed, block.text, block.where)
        elif block.language == "python":
            self._run_python(block)
        elif block.language == "console":
            self._run_console(block)

    def _run_python(self, block: Block) -> None:
        # Empty lines above the block, so that a traceback names the line of the page.
        program = compile("\n" * (block.line - 1) + block.text, block.page, "exec")
        printed = io.StringIO()
        with contextlib.chdir(self._folder), contextlib.redirect_stdout(printed):
            exec(program, self._names)
        self.printed = printed.getvalue()

    def _run_console(self, block: Block) -> None:
        for command, expected in commands_of(block):
            ended = subprocess.run(
                ["bash", "-c", command],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                text=True,
                timeout=1200,
            )
            said = f"{block.where}: $ {command}\n{ended.stdout}{ended.stderr}"
            if expected.startswith("error: "):
                assert ended.returncode != 0, said
                assert_printed(ended.stderr, expected, said)
                continue
            assert ended.returncode == 0, said
            if expected:
                assert_printed(ended.stdout, expected, said)


def commands_of(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what stands below it."""
    first, *pieces = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not first, f"{block.where}: a console block begins with $"
    for piece in pieces:
        lines = piece.split("\n")
        command = [lines.pop(0)]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0))
        yield "\n".join(command), "\n".join(lines)


def assert_printed(printed: str, expected: str, where: str) -> None:
    """Compare what was printed with what a page shows."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else _line(line)
        for line in expected.strip("\n").split("\n")
    )
    assert re.fullmatch(pattern, printed.strip("\n") + "\n"), f"{where} printed\n{printed}"


def _line(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split("..."))) + r"[ ]*\n"
