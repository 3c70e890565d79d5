"""An explanation's lines of text, 80 columns wide."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from overtone.report.advice import advice, comparison, free_settings
from overtone.report.answers import Brought, Change, Failure, Fewest, Interaction, Setting, Share
from overtone.report.stages import LEAST_SHARE, stage_lines
from overtone.report.words import (
    cut,
    filled,
    interval,
    listed,
    percent,
    rough,
    table,
    value,
)
from overtone.search.conclusions.estimate import Estimate
from overtone.space import Choice

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# Settings that are listed with what their changes do; values of each that are shown.
MOST_SETTINGS: Final = 12
MOST_LEVELS: Final = 8
MOST_REASONS: Final = 3


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
    why = "there is no default" if explanation.findings.default is None else "the default failed"
    start = (
        "the default"
        if fewest.is_default
        else f"the values that are most common among the better half of the trials ({why})"
    )
    count = len(fewest.changes)
    total = count + len(fewest.unneeded)
    lines = ["The few changes"]
    if not count:
        settings = "one setting" if total == 1 else f"{total} settings"
        return lines + filled(
            f"The recommendation differs from {start} in {settings}, but that this gains anything is not "
            f"sure: {interval(fewest.gain, signed=True)}."
        )
    of = f"{count} of {total} changes make" if total > 1 else "1 change makes"
    if total > 1 and count == total:
        of = f"all {total} changes make"
    kept = "" if count == total else f"about {percent(min(fewest.kept, 1.0))} of "
    lines += filled(f"From {start}, {of} {kept}the gain of {interval(fewest.gain)}:")
    rows = [
        (
            cut(change.setting),
            f"{cut(_or_none(change.before), 16)} -> {cut(_or_none(change.after), 16)}",
            _worth(change, is_first=not k),
        )
        for k, change in enumerate(fewest.changes)
    ]
    lines += table(rows)
    if fewest.unneeded:
        lines += filled(f"These may stay as they were: {listed(fewest.unneeded)}.")
    if fewest.unneeded:
        lines += filled(_how_known(fewest))
    return lines


def _how_known(fewest: Fewest) -> str:
    if not fewest.runs:
        return "This is a prediction: that configuration was not run."
    times = "once" if fewest.runs == 1 else f"{fewest.runs} times"
    if fewest.measured is None:
        return f"This was run {times}."
    return f"This was run {times}: it made {percent(fewest.measured)} of the measured gain."


def _worth(change: Change, *, is_first: bool) -> str:
    """What a change is worth among the others, and how much of the gain those above it make with it."""
    unsure = "" if change.gain.is_beyond(0.0) or change.fails_without else ", unsure"
    made = "by itself" if is_first else "with those above"
    if change.gain.low < change.gain.high:
        made += " about"
    compared = ", run and compared" if change.verified else ""
    needed = ", and without it trials likely fail" if change.fails_without else ""
    worth = f"worth {interval(change.gain)}{unsure}, {made} {percent(change.cumulative)}"
    return f"{worth}{_with(change.brings)}{compared}{needed}"


def _or_none(choice: Choice) -> str:
    return "-" if choice is None else value(choice)


def _with(brings: Brought) -> str:
    if not brings:
        return ""
    return f", with {listed([f'{name} = {value(choice)}' for name, choice in brings.items()])}"


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
            f"{interval(level.change, signed=True)}{_with(level.brings)}",
        )
        for level in shown
    ]
    head = filled(f"{setting.setting} = {value(setting.value)}", "  ", "    ")
    more = len(by_size) - len(shown)
    between = filled(f"and {more} more with changes between these", "    ") if more else []
    return head + table(rows, indent="    ") + between


def _free(explanation: "Explanation") -> list[str]:
    free = free_settings(explanation)
    if not free:
        return []
    text = f"Any value will do for {listed(free)}: no change of one is noticeable."
    return ["What is free", *filled(text)]


def _seems_to_matter(setting: Setting, unnoticed: float) -> bool:
    """Whether some change of a setting of which nothing is sure is noticeable, by its interval."""
    return any(level.change.is_outside(unnoticed) for level in setting.levels)


def _unknown(explanation: "Explanation") -> list[str]:
    lines: list[str] = []
    unknown = [s for s in explanation.settings if s.verdict == "unknown"]
    if unknown:
        lines.append("What is not known")
        needed = [s.runs_needed for s in unknown if s.runs_needed is not None]
        tells = (
            f" About {min(needed)} to {max(needed)} more runs would tell of one." if needed else ""
        )
        if needed and min(needed) == max(needed):
            tells = f" About {needed[0]} more run{'s' if needed[0] > 1 else ''} would tell of one."
        unsure = listed([s.setting for s in unknown])
        lines += filled(f"Whether these matter is not sure: {unsure}.{tells}")
        unnoticed = explanation.findings.unnoticed
        likely = [s.setting for s in unknown if _seems_to_matter(s, unnoticed)]
        if likely:
            lines += filled(f"It seems to matter for {listed(likely)}.")
    names = explanation.findings.space.names
    y = explanation.findings.known.y
    if not len(y) or (y == y[0]).all():
        return lines
    if explanation.findings.ties:
        lines += [] if lines else ["What cannot be told apart"]
    for members in explanation.findings.ties:
        tied = listed([names[i] for i in members])
        lines += filled(
            f"{tied} always changed together in these trials: what is said of one may be the other's doing."
        )
    return lines


def _interactions(pairs: Sequence[Interaction]) -> list[str]:
    if not pairs:
        return []
    lines = ["What settings do together"]
    for pair in pairs:
        one, other = map(_rough, pair.alone)
        steps = [
            f"{name} {value(before)} -> {value(after)}"
            for name, before, after in zip(pair.settings, pair.before, pair.after, strict=True)
        ]
        lines += filled(
            f"{steps[0]} alone {one}, {steps[1]} alone {other}, "
            f"both {interval(pair.together, signed=True)}: {_manner(pair)}.",
            "  ",
            "    ",
        )
    return lines


def _rough(known: Estimate) -> str:
    return rough(known.mean, known.high - known.low, signed=True)


def _manner(pair: Interaction) -> str:
    one, other = (alone.mean for alone in pair.alone)
    both, total = pair.together.mean, one + other
    if pair.together.low <= 0 <= pair.together.high and min(abs(one), abs(other)) > abs(both):
        return "together they make up for each other"
    sum_ = rough(total, pair.together.high - pair.together.low, signed=True)
    more = abs(both) > abs(total) or both * total < 0
    return f"{'more' if more else 'less'} than the {sum_} of the two"


def _failing(explanation: "Explanation") -> list[str]:
    found = explanation.findings.failures
    if not found.count:
        return []
    trials = "trial" if found.count == 1 else "trials"
    lines = [f"What fails ({found.count} {trials})"]
    for failure in explanation.failures:
        lines += _rule(failure)
    for low, high in found.bursts:
        lines += filled(
            f"Trials {low} to {high} failed one after another: that may have been no setting's doing."
        )
    if not len(explanation.findings.known.y):
        lines += filled("All trials failed, so their values tell nothing of why.")
    elif not explanation.failures and found.unexplained:
        lines += filled("No setting could be shown to make trials fail.")
    elif found.unexplained:
        lines += filled(f"{found.unexplained} more failed, of which no cause could be shown.")
    if found.reasons:
        lines += _reasons(found.reasons, "Reasons")
    avoided = [f"{s.setting} = {value(a.value)}" for s in explanation.settings for a in s.avoided]
    if avoided:
        lines += filled(
            f"Likely to fail with the rest of the recommendation, as all trials like it did: "
            f"{listed(avoided)}."
        )
    return lines


def _rule(failure: Failure) -> list[str]:
    where = listed(
        [f"{name} = {value(v)}" for name, v in zip(failure.settings, failure.values, strict=True)]
    )
    have = "has" if failure.of == 1 else "have"
    all_ = "both" if failure.trials == 2 else f"all {failure.trials}"
    rate = all_ if failure.failed == failure.trials else f"{failure.failed} of {failure.trials}"
    lines = filled(
        f"{failure.failed} of {failure.of} failures {have} {where}; {rate} trials with it failed.",
        "  ",
        "    ",
    )
    return lines + (_reasons(failure.reasons, "  Reasons") if failure.reasons else [])


def _reasons(reasons: Sequence[tuple[str, int]], head: str) -> list[str]:
    shown = [f"{count} x {' '.join(reason.split())}" for reason, count in reasons[:MOST_REASONS]]
    more = len(reasons) - MOST_REASONS
    if more > 0:
        shown.append(f"{more} others")
    return filled(f"{head}: {'; '.join(shown)}", "  ", "      ")


def _space(explanation: "Explanation") -> list[str]:
    shares = explanation.findings.shares
    if shares is None:
        return []
    lines = ["Over the whole space"]
    if not shares.is_much_told:
        lines += filled(
            f"The trials tell {percent(shares.told)} of what the metric does over the whole space, too "
            f"little to list. {_what_would_tell(explanation)}"
        )
        return lines
    what = "the metric"
    if explanation.findings.is_bent:
        what += "'s logarithm (it reaches over orders of magnitude)"
    lines += filled(
        f"Each one's part in how {what} varies over all configurations. {percent(shares.resolved)} is "
        f"listed, and {percent(shares.score)} of the differences between trials is predicted without "
        "having seen them."
    )
    shown = [share for share in explanation.space if share.share.mean >= LEAST_SHARE]
    rows = [(*_share_head(share), _share_tail(share)) for share in shown]
    left = max(1.0 - shares.resolved, 0.0)
    if left >= LEAST_SHARE:
        has_branches = any(p.when for p in explanation.findings.space.parameters)
        rest = "all else" if has_branches else "not explained"
        rows.append((f"{percent(left):>5}", rest, ""))
    lines += table(rows, indent=" ")
    return lines


def _what_would_tell(explanation: "Explanation") -> str:
    findings = explanation.findings
    trials, enough = len(findings.known.y), max(100, 5 * len(findings.space))
    if not findings.draws_alone:
        return f"Those of a search lie where values are good: {enough} of a random search would tell more."
    if trials < enough:
        return f"More trials would tell more, such as {enough}."
    return "Their values follow no simple rule, or runs vary too much."


def _share_head(share: Share) -> tuple[str, str]:
    ends = f"{percent(share.share.low)} to {percent(share.share.high)}".replace(" %", "", 1)
    return f"{percent(share.share.mean):>5} ({ends})", cut(" x ".join(share.settings), 30)


def _share_tail(share: Share) -> str:
    return f"best {', '.join(share.best)} by {_rough(share.gain)} over {', '.join(share.worst)}".replace(
        "by +", "by "
    )


def joined(parts: Iterable[Sequence[str]]) -> str:
    """Paragraphs with an empty line between them."""
    return "\n\n".join("\n".join(part) for part in parts if part)
