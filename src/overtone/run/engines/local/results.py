"""How a command's end is judged: the metric, read from what it left behind, or the reason why there is none.

First the results file (one JSON object a line), then the standard output (a line of JSON, or
`metric = 0.93`, or `metric: 0.93`). The last value counts. Files are read from their end, so a long log
costs no memory.

A line of JSON may name the budget that it was reached with, `{"metric": 0.93, "budget": 9}`, so a command can
report as it goes. If the last value is of a smaller budget than was asked for, it is none: a command that
stopped early has not shown what it was asked to.
"""

import json
import math
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overtone.run.records.trial_folder import TrialFolder
from overtone.run.records.visible import visible, without_escapes

# A value that was printed so long before the end is not looked for.
TAIL_BYTES: Final = 16 * 2**20
BLOCK_BYTES: Final = 2**16
# A longer line is no result; decoding it could cost more memory than the file.
LONGEST_LINE: Final = 2**20

LONGEST_QUOTE: Final = 300

# What programs print. Python's own float() would also read 1_000, full-width digits and "infinity".
NUMBER: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf)", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True)
class Reading:
    """A finite value, or the reason in words why there is none."""

    value: float | None
    failure: str | None


def judge(
    folder: TrialFolder,
    *,
    code: int,
    metric: str,
    timeout: float | None,
    budget: int | None = None,
) -> Reading:
    """What a trial whose command ended with this code has to show.

    Args:
        folder: what the command left behind.
        code: its exit code, or minus the signal that ended it.
        metric: the value to look for.
        timeout: the seconds it was given, if they ran out.
        budget: that it was to reach, where a study has budgets.
    """
    if timeout is not None:
        return Reading(None, f"timeout: still running after {timeout:g} s")
    if code != 0:
        return Reading(None, f"crash: {_end(code)}{_last_words(folder)}")
    return read_metric(metric, results=folder.results, stdout=folder.stdout, budget=budget)


def read_metric(metric: str, *, results: Path, stdout: Path, budget: int | None = None) -> Reading:
    """The metric's last value in a results file, or else in the standard output.

    Args:
        metric: its name.
        results, stdout: the files.
        budget: that was asked for, where a study has budgets.
    """
    first = next(_sightings(metric, results, stdout), None)
    if first is not None:
        sighting, found = first
        return _number(metric, found, where=sighting.file, budget=budget)
    return Reading(
        None,
        f"no {metric!r} in {results.name} or {stdout.name}: print a line such as "
        f"'{metric} = 0.93', or write it as JSON to the file that OVERTONE_RESULTS names",
    )


@dataclass(frozen=True)
class Sighting:
    """Where a metric was found: the name of the file, and the line."""

    file: str
    line: str


def sighting_of(metric: str, *, results: Path, stdout: Path) -> Sighting | None:
    """The line that `read_metric` reads; None if there is none."""
    return next((sighting for sighting, _ in _sightings(metric, results, stdout)), None)


def _sightings(metric: str, results: Path, stdout: Path) -> Iterator[tuple[Sighting, "_Found"]]:
    """The lines that name the metric, the one that counts first."""
    for line in lines_from_end(results):
        if found := _from_json(metric, line):
            yield Sighting(results.name, line), found
    for line in lines_from_end(stdout):
        if found := _from_json(metric, line) or _from_text(metric, line):
            yield Sighting(stdout.name, line), found


def lines_from_end(path: Path) -> Iterator[str]:
    """The lines of a file, the last one first; empty if there is no such file.

    Undecodable bytes become replacement characters; a carriage return ends a line too. Only the last
    TAIL_BYTES are read; a line over LONGEST_LINE is skipped.
    """
    rest, skipping = b"", False  # `rest`: the start of a line, whose beginning lies further ahead
    for block in _blocks_from_end(path):
        first, *others = (block + rest).replace(b"\r", b"\n").split(b"\n")
        if others and skipping:
            # The last of them is the front of the line that is too long.
            others[-1], skipping = b"", False
        for line in reversed(others):
            if line:
                yield line.decode("utf-8", "replace")
        if skipping or len(first) > LONGEST_LINE:
            rest, skipping = b"", True
        else:
            rest = first
    if rest and not skipping:
        yield rest.decode("utf-8", "replace")


def _blocks_from_end(path: Path) -> Iterator[bytes]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            end = size
            while end > max(0, size - TAIL_BYTES):
                start = max(0, end - BLOCK_BYTES)
                file.seek(start)
                yield file.read(end - start)
                end = start
    except (FileNotFoundError, IsADirectoryError):
        return


@dataclass(frozen=True)
class _Found:
    """What a line says the metric is, and with which budget; neither is known to be a number yet."""

    text: object
    budget: object = None


def _from_json(metric: str, line: str) -> _Found | None:
    """The metric of a line that is a JSON object; None if the line is cut off or is something else."""
    text = line.strip()
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or metric not in record:
        return None
    return _Found(record[metric], record.get("budget"))


def _from_text(metric: str, line: str) -> _Found | None:
    text = without_escapes(line).strip()
    if not text.startswith(metric):
        return None
    match = re.fullmatch(r"\s*[=:]\s*(\S+)", text[len(metric) :])
    return _Found(match[1]) if match else None


def _number(metric: str, found: _Found, *, where: str, budget: int | None) -> Reading:
    text = found.text
    try:
        if isinstance(text, bool) or not isinstance(text, int | float | str):
            raise ValueError
        if isinstance(text, str) and not NUMBER.fullmatch(text.strip()):
            raise ValueError
        value = float(text)
    except (ValueError, OverflowError):
        shown = repr(text) if len(repr(text)) <= 80 else repr(text)[:77] + "..."
        return Reading(None, f"{metric!r} in {where} is {shown}, which is not a number")
    if math.isnan(value):
        return Reading(None, f"{metric!r} in {where} is NaN")
    if math.isinf(value):
        return Reading(None, f"{metric!r} in {where} is infinite ({value})")
    if budget is not None and isinstance(found.budget, int | float) and found.budget < budget:
        return Reading(
            None,
            f"the last {metric!r} in {where} is of budget {found.budget}, but {budget} was asked for: "
            "did the command stop early?",
        )
    return Reading(value, None)


def _end(code: int) -> str:
    if code > 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = " (out of memory?)" if name == "SIGKILL" else ""
    return f"ended by {name}{hint}"


def _last_words(folder: TrialFolder) -> str:
    """The last line that the command wrote to its standard error, if any."""
    for line in lines_from_end(folder.stderr):
        words = visible(line).strip()
        if words:
            cut = words if len(words) <= LONGEST_QUOTE else words[: LONGEST_QUOTE - 3] + "..."
            return f": {cut}"
    return ""
