"""Lines that look like the metric and are not read as it, each with what to do about it."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from overtone.run.engines.local.results import NUMBER
from overtone.run.records.visible import visible, without_escapes

MOST_SHOWN: Final = 3
# Lines from the end that are looked at.
MOST_LINES: Final = 500
LONGEST_LINE: Final = 200
# How alike two names are that may be meant as one.
ALIKE: Final = 0.8

_VALUE: Final = NUMBER.pattern
_ASSIGNMENT: Final = re.compile(
    rf"(?P<name>[^=:]*[^=:\s])\s*[=:]\s*(?P<value>{_VALUE})(?P<rest>.*)", re.IGNORECASE | re.ASCII
)
_IN_LINE: Final = re.compile(
    rf"(?P<name>[A-Za-z][\w./@-]*)(?P<between>\s*[=:]\s*|\s+(?:is\s+)?)(?P<value>{_VALUE})(?![\w.])",
    re.IGNORECASE | re.ASCII,
)
_NUMBER_ALONE: Final = re.compile(
    rf"(?P<value>{_VALUE})\s*(?P<rest>%|[a-z]{{0,3}})", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True)
class NearMiss:
    """A line that was printed, and why it is not read and what to do."""

    line: str
    advice: str


def near_misses(metric: str, *, output: Iterable[str], errors: Iterable[str]) -> list[NearMiss]:
    """The lines that look most like the metric, the last ones first.

    Args:
        metric: that was looked for.
        output: lines of the standard output, the last one first.
        errors: of the standard error.
    """
    found: dict[str, NearMiss] = {}
    for miss in _all(metric, islice(output, MOST_LINES), islice(errors, MOST_LINES)):
        # The same line of every epoch is one miss.
        found.setdefault(re.sub(_VALUE, "0", miss.advice, flags=re.IGNORECASE), miss)
        if len(found) == MOST_SHOWN:
            break
    return list(found.values())


def _all(metric: str, output: Iterable[str], errors: Iterable[str]) -> Iterator[NearMiss]:
    lonely = []
    for line in output:
        text = without_escapes(line).strip()
        if advice := _advice(metric, text):
            yield _miss(text, advice)
        elif number := _NUMBER_ALONE.fullmatch(text):
            lonely.append(
                _miss(text, f"a number alone has no name: print {metric} = {number['value']}")
            )
    for line in errors:
        text = without_escapes(line).strip()
        named = _ASSIGNMENT.fullmatch(text)
        if named and named["name"] == metric:
            yield _miss(
                text,
                "it stands on the standard error, which is not read: print it to the standard output",
            )
    yield from lonely


def _miss(text: str, advice: str) -> NearMiss:
    shown = visible(text)
    return NearMiss(
        shown if len(shown) <= LONGEST_LINE else f"{shown[: LONGEST_LINE - 3]}...", advice
    )


def _advice(metric: str, text: str) -> str | None:
    """What to do about a line, if it is likely meant as the metric."""
    if text.startswith("{"):
        return _advice_of_json(metric, text)
    whole = _ASSIGNMENT.fullmatch(text)
    if whole and _is_alike(whole["name"], metric):
        return _advice_of_line(metric, whole)
    for found in _IN_LINE.finditer(text):
        if _is_alike(found["name"], metric):
            wanted = f"{metric} = {found['value']}"
            if found[0] == text:
                return f"there is no = or : between its name and its value: print {wanted}"
            return f"more stands on the line than a name and its value: print a line of its own, {wanted}"
    return None


def _advice_of_line(metric: str, found: re.Match[str]) -> str:
    rest = found["rest"].strip()
    if rest:
        return (
            f"{rest[:20]!r} follows the number: print the number alone, {metric} = {found['value']}"
        )
    return _named_otherwise(found["name"], metric)


def _advice_of_json(metric: str, text: str) -> str | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    names = record if isinstance(record, dict) else ()
    alike = next((name for name in names if name != metric and _is_alike(name, metric)), None)
    return None if alike is None else _named_otherwise(alike, metric)


def _named_otherwise(name: str, metric: str) -> str:
    written = json.dumps(name, ensure_ascii=False)
    return f"it is named {name!r} and not {metric!r}: write metric = {written} in the study file"


def _is_alike(name: str, metric: str) -> bool:
    one, other = (re.sub(r"[\s_-]+", "", text.lower()) for text in (name, metric))
    return one == other or difflib.SequenceMatcher(None, one, other).ratio() >= ALIKE
