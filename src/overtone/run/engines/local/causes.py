"""What likely made a command fail, and what to do about it, told from what it printed."""

import re
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

OWN_FOLDER: Final = (
    "A trial runs in an empty folder of its own, not in the folder of the study file."
)
_MISSING: Final = re.compile(
    r"no such file or directory|can't open file|cannot open|filenotfound|does not exist"
    r"|no rule to make target|no input files|cannot find",
    re.IGNORECASE,
)
_MODULE: Final = re.compile(r"No module named '?(?P<name>\w+)")
_ARGUMENTS: Final = re.compile(
    r"unrecogni[sz]ed (?:arguments|command[- ]line option|option)|invalid (?:choice|option|value)"
    r"|no such option|unknown (?:option|argument|flag)|arguments are required|unexpected argument",
    re.IGNORECASE,
)
_INPUT: Final = re.compile(r"EOFError|EOF when reading")
_NAMES: Final = re.compile(r"[\w./-]*\w", re.ASCII)


def likely_cause(
    argv: Sequence[str], *, code: int, lines: Sequence[str], directory: Path
) -> str | None:
    """The likely cause of a failure in a sentence or two; None if nothing tells of one.

    Args:
        argv: the command.
        code: its exit code, or minus the signal that ended it.
        lines: what it printed last.
        directory: of the study file.
    """
    text = "\n".join(lines)
    if module := _MODULE.search(text):
        return _of_module(argv[0], module["name"], directory)
    if _ARGUMENTS.search(text):
        return "The program does not take these words: compare the command line above with what it expects."
    if code == 127:
        return f"The shell did not find a program. Is it installed, and on the PATH? {OWN_FOLDER}"
    if code == 126 or "permission denied" in text.lower():
        return "A file may not be executed or read: is it meant to be run, and was `chmod +x` forgotten?"
    if _MISSING.search(text):
        return _of_file(text, directory)
    if _INPUT.search(text):
        return "It waits for input, and a trial gets none: give everything as words of the command."
    if code == -signal.SIGKILL:
        return "The system ended it, most often since memory ran out: try it with less."
    return None


def _of_module(program: str, module: str, directory: Path) -> str:
    if (directory / module).is_dir() or (directory / f"{module}.py").is_file():
        return (
            f"{module} lies beside the study file, where Python does not look for it: begin the command with "
            '"env", "PYTHONPATH={study_dir}".'
        )
    where = shutil.which(program) or program
    return (
        f"The Python that was run, {where}, does not have {module}: install it there, or name the "
        "Python that has it by its whole path."
    )


def _of_file(text: str, directory: Path) -> str:
    for name in _NAMES.findall(text):
        if not name.startswith("/") and len(name) < 200 and (directory / name).is_file():
            return (
                f"{name} lies beside the study file. {OWN_FOLDER} Write {{study_dir}}/{name} in the command, "
                "or let the program look for it beside itself."
            )
    if "no rule to make target" in text.lower():
        return f'{OWN_FOLDER} Let make work there: "make", "-C", "{{study_dir}}".'
    return f"{OWN_FOLDER} Name files by {{study_dir}}/..., or by their whole paths."
