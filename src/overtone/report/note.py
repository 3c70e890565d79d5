"""The answers as a note in Markdown, such as optuna-dashboard shows beside a study.

Everything but the command line is escaped, so that names and values of any kind stay text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from overtone.report.advice import MOST_LINES, comparison, promise
from overtone.report.answers import Recommended
from overtone.report.explanation import Explanation
from overtone.report.page.tables import Table, numbers_of
from overtone.report.sentences import (
    failure_sentences,
    free_sentence,
    how_few,
    how_known,
    progress_sentence,
    reasons_in_words,
    tied_sentences,
    unknown_sentences,
)
from overtone.report.words import cut, listed, unfilled, value, visible
from overtone.space import Configuration

# What means something inside a line of Markdown, in a cell of its tables, or in an address that it would make
# a link of, as it stands and so with the backslashes.
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>|~$&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
# Of a text in a cell.
LONGEST: Final = 60


def note_of(
    explanation: Explanation,
    *,
    trials: int,
    metric: str,
    command_line: Callable[[Configuration], str],
) -> str:
    """The configuration to use, the few changes, what is free, what is not known and what fails.

    Args:
        explanation: of a study.
        trials: how many were planned.
        metric: what the values are called.
        command_line: writes the command that runs a configuration.
    """
    parts = (
        "## What the trials say",
        f"{_escaped(progress_sentence(explanation.findings, trials))}.",
        *_advice(explanation, metric, command_line),
        *_changes(explanation),
        *_section("What is free", [free_sentence(explanation)]),
        *_section(
            "What is not known", [*unknown_sentences(explanation), *tied_sentences(explanation)]
        ),
        *_failing(explanation),
    )
    return "\n\n".join(part for part in parts if part)


def _advice(
    explanation: Explanation, metric: str, command_line: Callable[[Configuration], str]
) -> Iterator[str]:
    found = explanation.recommended
    if found is None:
        yield "No trial has a finite value so far."
        return
    yield f"### Use this configuration (trial {found.trial})"
    yield _configuration(found)
    yield _escaped(unfilled(promise(found, explanation.findings, metric)))
    yield _escaped(unfilled(comparison(explanation, metric)[1:]))
    yield "Run it with"
    yield _fenced(command_line(found.configuration))


def _configuration(found: Recommended) -> str:
    """A row for each setting; of many, a paragraph."""
    rows = [(name, value(choice)) for name, choice in found.configuration.items()]
    if len(rows) <= MOST_LINES:
        return _table(("setting", "value"), rows)
    return _escaped(", ".join(f"{cut(name, LONGEST)} = {cut(own, LONGEST)}" for name, own in rows))


def _changes(explanation: Explanation) -> Iterator[str]:
    fewest = explanation.fewest
    if fewest is None:
        return
    table = numbers_of(explanation).get("changes", Table("", (), ()))
    yield "### The few changes"
    yield _escaped(f"{how_few(explanation, fewest)}{':' if table.rows else '.'}")
    yield _table(table.heads, table.rows)
    if fewest.changes and fewest.unneeded:
        yield _escaped(
            f"These may stay as they were: {listed(fewest.unneeded)}. {how_known(fewest)}"
        )


def _failing(explanation: Explanation) -> Iterator[str]:
    found = explanation.findings.failures
    if not found.count:
        return
    trials = "trial" if found.count == 1 else "trials"
    reasons = f"Reasons: {reasons_in_words(found.reasons)}" if found.reasons else None
    sentences = [*failure_sentences(explanation), reasons]
    yield from _section(f"What fails ({found.count} {trials})", sentences)


def _section(title: str, sentences: Iterable[str | None]) -> Iterator[str]:
    """Sentences as a list under a title; nothing without one."""
    said = [_escaped(sentence) for sentence in sentences if sentence]
    if said:
        yield f"### {title}"
        yield "\n".join(f"- {one}" for one in said) if len(said) > 1 else said[0]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of GitHub's Markdown; nothing without rows."""
    cells = [[_escaped(cut(visible(cell), LONGEST)) for cell in row] for row in rows]
    if not cells:
        return ""
    lines = [list(heads), ["---"] * len(cells[0]), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda special: f"\\{special[0]}", visible(text))


def _fenced(text: str) -> str:
    """A text as a block of code, whatever marks of one it holds."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
