"""An explanation as HTML for a notebook: tables of its records."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from overtone.report.advice import free_settings, promise
from overtone.report.answers import Setting
from overtone.report.words import interval, listed, percent, value

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# Settings that are listed with what their changes do.
MOST_SETTINGS = 12


def as_html(explanation: "Explanation") -> str:
    """The answers in the order of the text."""
    return f"<div>{''.join(_parts(explanation))}</div>"


def _parts(explanation: "Explanation") -> Iterator[str]:
    found = explanation.recommended
    if found is None:
        yield "<p>No trial has a finite value.</p>"
        return
    rows = [(name, value(choice)) for name, choice in found.configuration.items()]
    title = f"Use this configuration (trial {found.trial})"
    yield _table(title, ("setting", "value"), rows)
    yield _sentence(" ".join(promise(found, explanation.findings, "value")))
    yield _changes(explanation)
    free = free_settings(explanation)
    yield _sentence(f"Any value will do for {listed(free)}.") if free else ""
    yield from _failures(explanation)
    mattering = [s for s in explanation.settings if s.verdict == "matters"][:MOST_SETTINGS]
    yield _table(
        "Changes of one setting at the recommendation",
        ("setting", "value", "to", "change"),
        [row for setting in mattering for row in _levels(setting)],
    )
    unknown = listed([s.setting for s in explanation.settings if s.verdict == "unknown"])
    if unknown:
        yield _sentence(f"Whether these matter is not sure: {unknown}.")
    yield _interactions(explanation)
    yield _shares(explanation)


def _failures(explanation: "Explanation") -> Iterator[str]:
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
    avoided = [f"{s.setting} = {value(a.value)}" for s in explanation.settings for a in s.avoided]
    if avoided:
        yield _sentence(f"Likely to fail with the rest of the recommendation: {listed(avoided)}.")


def _changes(explanation: "Explanation") -> str:
    fewest = explanation.fewest
    if fewest is None:
        return ""
    start = "the default" if fewest.is_default else "the most common values of the better trials"
    gain = f"about {percent(fewest.kept)} of the gain of {interval(fewest.gain)}"
    return _table(
        f"The few changes of {start}, for {gain}",
        ("setting", "from", "to", "worth", "so far"),
        [
            (
                change.setting,
                value(change.before),
                " with ".join(
                    [
                        value(change.after),
                        *(f"{name} = {value(choice)}" for name, choice in change.brings.items()),
                    ]
                ),
                interval(change.gain),
                percent(change.cumulative),
            )
            for change in fewest.changes
        ],
    )


def _interactions(explanation: "Explanation") -> str:
    return _table(
        "What settings do together",
        ("setting", "from", "to", "alone", "setting", "from", "to", "alone", "both"),
        [
            (
                *(
                    cell
                    for name, before, after, alone in zip(
                        pair.settings, pair.before, pair.after, pair.alone, strict=True
                    )
                    for cell in (name, value(before), value(after), interval(alone, signed=True))
                ),
                interval(pair.together, signed=True),
            )
            for pair in explanation.interactions
        ],
    )


def _shares(explanation: "Explanation") -> str:
    shares = explanation.findings.shares
    if shares is None or not shares.is_much_told:
        return ""
    return _table(
        "Over the whole space",
        ("settings", "share", "at least", "at most", "best", "worst"),
        [
            (
                " x ".join(s.settings),
                *(percent(end) for end in (s.share.mean, s.share.low, s.share.high)),
                ", ".join(s.best),
                ", ".join(s.worst),
            )
            for s in explanation.space
        ],
    )


def _levels(setting: Setting) -> Iterator[tuple[str, ...]]:
    for level in setting.levels:
        change = interval(level.change, signed=True)
        yield setting.setting, value(setting.value), value(level.value), change


def _sentence(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<h4>{escape(title)}</h4><table><tr>{head}</tr>{body}</table>"
