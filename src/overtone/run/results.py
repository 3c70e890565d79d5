"""The metric of a trial, read from what its command left behind.

First the results file (one JSON object a line), then the standard output (a line of JSON, or
`metric = 0.93`, or `metric: 0.93`). The last value counts. Files are read from their end, so a long log
costs no memory.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A value that was printed so long before the end is not looked for.
TAIL_BYTES: Final = 16 * 2**20
BLOCK_BYTES: Final = 2**16
# A longer line is no result; decoding it could cost more memory than the file.
LONGEST_LINE: Final = 2**20

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Reading:
    """A finite value, or the reason in words why there is none."""

    value: float | None
    failure: str | None


def read_metric(metric: str, *, results: Path, stdout: Path) -> Reading:
    """The metric's last value in a results file, or else in the standard output."""
    for line in lines_from_end(results):
        found = _from_json(metric, line)
        if found is not None:
            return _judge(metric, found.text, where=results.name)
    for line in lines_from_end(stdout):
        found = _from_json(metric, line) or _from_text(metric, line)
        if found is not None:
            return _judge(metric, found.text, where=stdout.name)
    return Reading(
        None,
        f"no {metric!r} in {results.name} or {stdout.name}: print a line such as "
        f"'{metric} = 0.93', or write it as JSON to the file that OVERTONE_RESULTS names",
    )


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
    """What a line says the metric is; not yet known to be a number."""

    text: object


def _from_json(metric: str, line: str) -> _Found | None:
    """The metric of a line that is a JSON object; None if the line is cut off or is something else."""
    text = line.strip()
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _Found(record[metric]) if isinstance(record, dict) and metric in record else None


def _from_text(metric: str, line: str) -> _Found | None:
    text = _ANSI.sub("", line).strip()
    if not text.startswith(metric):
        return None
    match = re.fullmatch(r"\s*[=:]\s*(\S+)", text[len(metric) :])
    return _Found(match[1]) if match else None


def _judge(metric: str, found: object, *, where: str) -> Reading:
    try:
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            raise ValueError
        value = float(found)
    except (ValueError, OverflowError):
        shown = repr(found) if len(repr(found)) <= 80 else repr(found)[:77] + "..."
        return Reading(None, f"{metric!r} in {where} is {shown}, which is not a number")
    if math.isnan(value):
        return Reading(None, f"{metric!r} in {where} is NaN")
    if math.isinf(value):
        return Reading(None, f"{metric!r} in {where} is infinite ({value})")
    return Reading(value, None)
