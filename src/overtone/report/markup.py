"""An explanation as HTML for a notebook: tables of its records."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from overtone.report.answers import Setting
from overtone.report.words import interval, listed, percent, value

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# Settings that are listed with what their changes do.
MOST_SETTINGS = 12


def as_html(explanation: "Explanation") -> str:
    """The recommendation, the few changes, the settings, what fails, and the shares of the space."""
    return f"<div>{''.join(_parts(explanation))}</div>"


def _parts(explanation: "Explanation") -> Iterator[str]:
    found = explanation.recommended
    if found is None:
        yield "<p>No trial has a finite value.</p>"
        return
    expected = "" if found.expected is None else f", expected {interval(found.expected)}"
    rows = [(name, value(choice)) for name, choice in found.configuration.items()]
    title = f"Use trial {found.trial}: observed {value(found.observed)}{expected}"
    yield _table(title, ("setting", "value"), rows)
    yield _changes(explanation)
    mattering = [s for s in explanation.settings if s.verdict == "matters"][:MOST_SETTINGS]
    yield _table(
        "Changes of one setting at the recommendation",
        ("setting", "value", "to", "change"),
        [row for setting in mattering for row in _levels(setting)],
    )
    for verdict, title in (("free", "Free: any value will do"), ("unknown", "Not known")):
        names = [s.setting for s in explanation.settings if s.verdict == verdict]
        yield f"<p>{title} for {escape(listed(names))}.</p>" if names else ""
    yield _table(
        "What fails",
        ("settings", "failed trials with it", "of all failed", "trials with it"),
        [
            (
                listed([f"{n} = {value(v)}" for n, v in zip(f.settings, f.values, strict=True)]),
                str(f.failed),
                str(f.of),
                str(f.trials),
            )
            for f in explanation.failures
        ],
    )
    yield _table(
        "Over the whole space",
        ("settings", "share", "best", "worst"),
        [
            (" x ".join(s.settings), percent(s.share.mean), ", ".join(s.best), ", ".join(s.worst))
            for s in explanation.space
        ],
    )


def _changes(explanation: "Explanation") -> str:
    fewest = explanation.fewest
    if fewest is None:
        return ""
    start = "the default" if fewest.is_default else "the most common values of the better trials"
    return _table(
        f"The few changes of {start}, for about {percent(fewest.kept)} of the gain",
        ("setting", "from", "to", "worth", "so far"),
        [
            (
                change.setting,
                value(change.before),
                value(change.after),
                interval(change.gain),
                percent(change.cumulative),
            )
            for change in fewest.changes
        ],
    )


def _levels(setting: Setting) -> Iterator[tuple[str, ...]]:
    for level in setting.levels:
        change = interval(level.change, signed=True)
        yield setting.setting, value(setting.value), value(level.value), change


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<h4>{escape(title)}</h4><table><tr>{head}</tr>{body}</table>"
