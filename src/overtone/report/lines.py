"""An explanation's lines of text, 80 columns wide."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from overtone.report.advice import advice, comparison
from overtone.report.answers import Interaction, Setting, Share
from overtone.report.sentences import (
    avoided_sentence,
    free_sentence,
    how_few,
    how_known,
    joint_sentence,
    other_failures,
    reasons_in_words,
    rule_sentence,
    share_tail,
    space_sentence,
    tied_sentences,
    unknown_sentences,
    with_brought,
    worth,
)
from overtone.report.stages import LEAST_SHARE, stage_lines
from overtone.report.words import (
    cut,
    filled,
    interval,
    listed,
    or_dash,
    percent,
    table,
    value,
)

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# Settings that are listed with what their changes do; values of each that are shown.
MOST_SETTINGS: Final = 12
MOST_LEVELS: Final = 8


def explanation_lines(explanation: "Explanation") -> Iterator[str]:
    """All that an explanation says, paragraph by paragraph."""
    first = [advice(explanation, "value"), comparison(explanation, "value")]
    for k, paragraph in enumerate(p for p in (*first, *paragraphs(explanation)) if p):
        if k:
            yield ""
        yield from paragraph


def paragraphs(explanation: "Explanation") -> Iterator[list[str]]:
    """The changes, what is free, what fails, and the rest, each as lines; some may be empty."""
    yield _changes(explanation)
    yield _free(explanation)
    yield _failing(explanation)
    yield _mattering(explanation)
    yield _unknown(explanation)
    yield _interactions(explanation.interactions)
    yield from (
        list(stage_lines(stage, is_staged=explanation.findings.is_staged))
        for stage in explanation.stages
        if explanation.findings.is_staged
    )
    yield _space(explanation)


def _changes(explanation: "Explanation") -> list[str]:
    fewest = explanation.fewest
    if fewest is None:
        return []
    if not fewest.changes:
        return ["The few changes", *filled(f"{how_few(explanation, fewest)}.")]
    lines = ["The few changes", *filled(f"{how_few(explanation, fewest)}:")]
    rows = [
        (
            cut(change.setting),
            f"{cut(or_dash(change.before), 16)} -> {cut(or_dash(change.after), 16)}",
            worth(change, is_first=not k),
        )
        for k, change in enumerate(fewest.changes)
    ]
    lines += table(rows)
    if fewest.unneeded:
        lines += filled(f"These may stay as they were: {listed(fewest.unneeded)}.")
    if fewest.unneeded:
        lines += filled(how_known(fewest))
    return lines


def _mattering(explanation: "Explanation") -> list[str]:
    mattering = [s for s in explanation.settings if s.verdict == "matters"]
    y = explanation.findings.known.y
    if not explanation.settings and len(y):
        same = len(y) > 1 and (y == y[0]).all()
        return filled(
            "All values are equal, so no setting made a difference so far."
            if same
            else "There are too few trials with a value to say what the settings do.",
            "",
        )
    if not mattering:
        return []
    lines = ["What each setting does at the recommendation"]
    lines += filled("How the metric would change if one setting alone had another value:")
    for setting in mattering[:MOST_SETTINGS]:
        lines += _setting(setting)
    more = mattering[MOST_SETTINGS:]
    if more:
        lines += filled(f"Smaller, but sure, too: {listed([s.setting for s in more])}.")
    return lines


def _setting(setting: Setting) -> list[str]:
    by_size = sorted(setting.levels, key=lambda level: abs(level.change.mean))
    ends = [*by_size[: MOST_LEVELS // 2], *by_size[-(MOST_LEVELS // 2) :]]
    shown = (
        setting.levels if len(by_size) <= MOST_LEVELS else [x for x in setting.levels if x in ends]
    )
    rows = [
        (
            f"-> {cut(value(level.value))}",
            f"{interval(level.change, signed=True)}{with_brought(level.brings)}",
        )
        for level in shown
    ]
    head = filled(f"{setting.setting} = {value(setting.value)}", "  ", "    ")
    more = len(by_size) - len(shown)
    between = filled(f"and {more} more with changes between these", "    ") if more else []
    return head + table(rows, indent="    ") + between


def _free(explanation: "Explanation") -> list[str]:
    sentence = free_sentence(explanation)
    return [] if sentence is None else ["What is free", *filled(sentence)]


def _unknown(explanation: "Explanation") -> list[str]:
    unknown, tied = unknown_sentences(explanation), tied_sentences(explanation)
    lines = ["What is not known"] if unknown else ["What cannot be told apart"] if tied else []
    for sentence in (*unknown, *tied):
        lines += filled(sentence)
    return lines


def _interactions(pairs: Sequence[Interaction]) -> list[str]:
    if not pairs:
        return []
    lines = ["What settings do together"]
    for pair in pairs:
        lines += filled(joint_sentence(pair), "  ", "    ")
    return lines


def _failing(explanation: "Explanation") -> list[str]:
    found = explanation.findings.failures
    if not found.count:
        return []
    trials = "trial" if found.count == 1 else "trials"
    lines = [f"What fails ({found.count} {trials})"]
    for failure in explanation.failures:
        lines += filled(rule_sentence(failure), "  ", "    ")
        lines += _reasons(failure.reasons, "  Reasons") if failure.reasons else []
    for sentence in other_failures(explanation):
        lines += filled(sentence)
    if found.reasons:
        lines += _reasons(found.reasons, "Reasons")
    avoided = avoided_sentence(explanation)
    return lines if avoided is None else lines + filled(avoided)


def _reasons(reasons: Sequence[tuple[str, int]], head: str) -> list[str]:
    return filled(f"{head}: {reasons_in_words(reasons)}", "  ", "      ")


def _space(explanation: "Explanation") -> list[str]:
    shares, sentence = explanation.findings.shares, space_sentence(explanation)
    if shares is None or sentence is None:
        return []
    lines = ["Over the whole space", *filled(sentence)]
    if not shares.is_much_told:
        return lines
    shown = [share for share in explanation.space if share.share.mean >= LEAST_SHARE]
    rows = [(*_share_head(share), share_tail(share)) for share in shown]
    left = max(1.0 - shares.resolved, 0.0)
    if left >= LEAST_SHARE:
        has_branches = any(p.when for p in explanation.findings.space.parameters)
        rest = "all else" if has_branches else "not explained"
        rows.append((f"{percent(left):>5}", rest, ""))
    lines += table(rows, indent=" ")
    return lines


def _share_head(share: Share) -> tuple[str, str]:
    ends = f"{percent(share.share.low)} to {percent(share.share.high)}".replace(" %", "", 1)
    return f"{percent(share.share.mean):>5} ({ends})", cut(" x ".join(share.settings), 30)


def joined(parts: Iterable[Sequence[str]]) -> str:
    """Paragraphs with an empty line between them."""
    return "\n\n".join("\n".join(part) for part in parts if part)
