"""With which values trials fail, and why."""

from typing import TYPE_CHECKING, Final

from overtone.report.answers import Failure
from overtone.report.pictures.marks import Axis, Bar, Bars, Panel, Picture, Rule, names_axis
from overtone.report.sentences import failure_sentences
from overtone.report.words import percent, value

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

ROW: Final = 30
MOST_REASONS: Final = 8


def failures_picture(explanation: "Explanation") -> Picture | None:
    """How many trials with some values failed, and how often each reason was given; None if none did."""
    found = explanation.findings.failures
    if not found.count:
        return None
    panels = []
    if explanation.failures:
        panels.append(_rules(explanation))
    reasons = _reasons(explanation)
    if reasons:
        panels.append(_reasons_panel(reasons))
    if not panels:
        return None
    return Picture(
        "failures", "What fails", " ".join(failure_sentences(explanation)), tuple(panels)
    )


def _rules(explanation: "Explanation") -> Panel:
    bars = []
    for k, rule in enumerate(explanation.failures):
        share = rule.failed / rule.trials
        note = f"{rule.failed} of {rule.trials}"
        bars.append(Bar(k, 0.0, share, f"{_where(rule)}: {note} trials failed", note=note))
    trials = explanation.findings.finished
    overall = explanation.findings.failures_in_all / max(trials, 1)
    return Panel(
        Axis("share that failed", 0.0, 1.0),
        names_axis([_where(rule) for rule in explanation.failures]),
        (Bars(tuple(bars), "bad"), Rule(overall, "x", f"all trials: {percent(overall)}")),
        title="where",
        height=100 + ROW * len(bars),
        is_wide=False,
    )


def _where(rule: Failure) -> str:
    return ", ".join(f"{n} = {value(v)}" for n, v in zip(rule.settings, rule.values, strict=True))


def _reasons(explanation: "Explanation") -> list[tuple[str, int]]:
    """Reasons and how many trials failed for each, the most frequent first."""
    counts: dict[str, int] = {}
    for run in explanation.runs:
        if run.state == "failed" and run.reason is not None:
            reason = " ".join(run.reason.split())
            counts[reason] = counts.get(reason, 0) + 1
    return sorted(counts.items(), key=lambda one: -one[1])[:MOST_REASONS]


def _reasons_panel(reasons: list[tuple[str, int]]) -> Panel:
    most = max(count for _, count in reasons)
    bars = tuple(
        Bar(k, 0.0, count, f"{reason}: {count}", note=str(count))
        for k, (reason, count) in enumerate(reasons)
    )
    return Panel(
        Axis("failed trials", 0.0, most * 1.05),
        names_axis([reason for reason, _ in reasons]),
        (Bars(bars, "bad"),),
        title="why",
        height=100 + ROW * len(reasons),
        is_wide=False,
    )
