"""An explanation's lines of text, 80 columns wide."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from overtone.report.answers import Brought, Change, Failure, Fewest, Interaction, Setting, Share
from overtone.report.effects import Effect, StageFinding
from overtone.report.words import (
    WIDTH,
    cut,
    filled,
    interval,
    listed,
    number,
    percent,
    table,
    value,
    visible,
)
from overtone.search.conclusions.estimate import Estimate
from overtone.space import Choice

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

# Effects below this share are counted, not listed.
LEAST_SHARE: Final = 0.01
# A fit that predicts less than this is no more than a hint.
DOUBTFUL: Final = 0.3
BAR: Final = 10
# Settings that are listed with what their changes do; values of each that are shown.
MOST_SETTINGS: Final = 12
MOST_LEVELS: Final = 6
MOST_REASONS: Final = 3
# Less than this share of the space explained is not listed but said how to explain.
LEAST_RESOLVED: Final = 0.5


def explanation_lines(explanation: "Explanation") -> Iterator[str]:
    """All that an explanation says, paragraph by paragraph."""
    for k, paragraph in enumerate(p for p in paragraphs(explanation) if p):
        if k:
            yield ""
        yield from paragraph


def paragraphs(explanation: "Explanation") -> Iterator[list[str]]:
    """The changes, the settings, what fails, and the rest, each as lines; some may be empty."""
    yield _changes(explanation.fewest)
    yield _mattering(explanation)
    yield _free(explanation)
    yield _unknown(explanation)
    yield _interactions(explanation.interactions)
    yield _failing(explanation)
    yield from (
        list(stage_lines(stage, is_staged=explanation.findings.is_staged))
        for stage in explanation.stages
        if explanation.findings.is_staged
    )
    yield _space(explanation)


def _changes(fewest: Fewest | None) -> list[str]:
    if fewest is None:
        return []
    start = (
        "the default"
        if fewest.is_default
        else "the values that are most common among the better half of the trials (there is no default)"
    )
    count = len(fewest.changes)
    total = count + len(fewest.unneeded)
    lines = ["The few changes"]
    if not count:
        return lines + filled(
            f"The recommendation differs from {start} in {total} settings, but none is worth a change."
        )
    of = f"{count} of {total} changes make" if total > 1 else "1 change makes"
    if total > 1 and count == total:
        of = f"all {total} changes are needed for"
    kept = "" if count == total else f"about {percent(min(fewest.kept, 1.0))} of "
    lines += filled(f"From {start}, {of} {kept}the gain of {interval(fewest.gain)}:")
    rows = [
        (
            cut(change.setting),
            f"{cut(_or_none(change.before), 16)} -> {cut(_or_none(change.after), 16)}",
            _worth(change),
        )
        for change in fewest.changes
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


def _worth(change: Change) -> str:
    compared = ", run and compared" if change.verified else ""
    brings = _with(change.brings)
    needed = ", and without it trials fail" if change.fails_without else ""
    worth = f"worth {interval(change.gain)}, {percent(change.cumulative)} so far"
    return f"{worth}{brings}{compared}{needed}"


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
    largest = sorted(setting.levels, key=lambda level: -abs(level.change.mean))[:MOST_LEVELS]
    shown = [level for level in setting.levels if level in largest]
    rows = [
        (
            f"-> {cut(value(level.value))}",
            f"{interval(level.change, signed=True)}{_with(level.brings)}",
        )
        for level in shown
    ]
    head = filled(f"{setting.setting} = {value(setting.value)}", "  ", "    ")
    return head + table(rows, indent="    ")


def _free(explanation: "Explanation") -> list[str]:
    free = [s.setting for s in explanation.settings if s.verdict == "free"]
    if not free:
        return []
    text = f"Any value will do for {listed(free)}: no change of one is noticeable."
    return ["What is free", *filled(text)]


def _unknown(explanation: "Explanation") -> list[str]:
    lines: list[str] = []
    unknown = [s for s in explanation.settings if s.verdict == "unknown"]
    if unknown:
        lines.append("What is not known")
        needed = [s.runs_needed for s in unknown if s.runs_needed is not None]
        tells = (
            f" About {min(needed)} to {max(needed)} more runs would tell of each." if needed else ""
        )
        if needed and min(needed) == max(needed):
            tells = f" About {needed[0]} more run{'s' if needed[0] > 1 else ''} would tell of each."
        lines += filled(
            f"Whether it matters which value they have was not shown for "
            f"{listed([s.setting for s in unknown])}.{tells}"
        )
    names = explanation.findings.space.names
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
        (a, b), (one, other) = pair.settings, pair.alone
        steps = [
            f"{name} {value(before)} -> {value(after)}"
            for name, before, after in zip(pair.settings, pair.before, pair.after, strict=True)
        ]
        lines += filled(
            f"{steps[0]} alone {_rough(one)}, {steps[1]} alone {_rough(other)}, "
            f"both {interval(pair.together, signed=True)}: {_manner(pair)}.",
            "  ",
            "    ",
        )
        del a, b
    return lines


def _rough(known: Estimate) -> str:
    return number(known.mean, like=known.high - known.low, signed=True)


def _manner(pair: Interaction) -> str:
    one, other = (alone.mean for alone in pair.alone)
    both, total = pair.together.mean, one + other
    if pair.together.low <= 0 <= pair.together.high and min(abs(one), abs(other)) > abs(both):
        return "together they make up for each other"
    sum_ = number(total, like=pair.together.high - pair.together.low, signed=True)
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
    if not len(explanation.findings.known.y):
        lines += filled("All trials failed, so their values tell nothing of why.")
    elif not explanation.failures:
        lines += filled(
            "No setting was seen to make trials fail: failures are spread over all values."
        )
    elif found.unexplained:
        lines += filled(f"{found.unexplained} more failed without a pattern.")
    if not explanation.failures and found.reasons:
        lines += _reasons(found.reasons, "Reasons")
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
    if shares.resolved < LEAST_RESOLVED:
        lines += filled(
            f"The trials explain {percent(shares.resolved)} of what the metric does over the whole space, "
            "too little to list: they lie where values are good. Uniform trials would tell more, such as "
            f"{max(100, 5 * len(explanation.findings.space))} of a random search."
        )
        return lines
    lines += filled(
        f"How much of the metric's variation each makes ({percent(shares.resolved)} is explained; of "
        f"how trials differ that it has not seen, what is listed predicts {percent(shares.score)}):"
    )
    shown = [share for share in explanation.space if share.share.mean >= LEAST_SHARE]
    rows = [(*_share_head(share), _share_tail(share)) for share in shown]
    left = max(1.0 - shares.resolved, 0.0)
    if left >= LEAST_SHARE:
        rows.append((f"{percent(left):>5}", "not explained", ""))
    lines += table(rows, indent=" ")
    return lines


def _share_head(share: Share) -> tuple[str, str]:
    ends = f"{percent(share.share.low)} to {percent(share.share.high)}".replace(" %", "", 1)
    return f"{percent(share.share.mean):>5} ({ends})", cut(" x ".join(share.settings), 30)


def _share_tail(share: Share) -> str:
    return f"best {', '.join(share.best)} by {_rough(share.gain)} over {', '.join(share.worst)}".replace(
        "by +", "by "
    )


def stage_lines(stage: StageFinding, *, is_staged: bool = True) -> Iterator[str]:
    """What one stage found, line by line."""
    failed = f", {stage.failed} failed" if stage.failed else ""
    title = f"stage {stage.number}" if is_staged else "all trials"
    yield f"What mattered in {title} ({stage.trials} trials{failed})"
    if not stage.effects:
        pinned = ", so nothing was pinned" if is_staged else ""
        yield from filled(f"Nothing stood out from the noise{pinned}.")
        return
    yield from filled(_quality(stage))
    shown = [effect for effect in stage.effects if effect.share >= LEAST_SHARE]
    yield from _effect_rows(shown)
    hidden = len(stage.effects) - len(shown)
    if hidden:
        yield f"  and {hidden} more below {LEAST_SHARE:.0%} each"
    for members in stage.aliases:
        yield from filled(f"The trials cannot tell {' and '.join(members)} apart.")
    if any(name.startswith(FOLLOWED) for effect in stage.effects for name in effect.names):
        yield from filled(
            f'"{FOLLOWED} 1" stands for which of the combinations that stage 1 kept a trial has; they are '
            "numbered from the best on."
        )
    if stage.pinned:
        left = "; ".join(f"{name} = {' or '.join(values)}" for name, values in stage.pinned)
        yield from filled(f"Kept from here on: {left}.")


FOLLOWED: Final = "assignment of stage"


def _quality(stage: StageFinding) -> str:
    shares = "Shares of what is explained, and in brackets of everything."
    if np.isnan(stage.validated):
        return f"{shares} What is left varies by {number(stage.noise)}."
    quality = max(stage.validated, 0.0)
    caution = "; that is little, so take this as a hint only" if quality < DOUBTFUL else ""
    failures = " Failed trials count as the worst value." if stage.failed else ""
    return (
        f"{shares}{failures} The fit explains {percent(quality)} of how trials that it has not seen are "
        f"ordered{caution}; what is left varies by {number(stage.noise)}."
    )


def _effect_rows(effects: Sequence[Effect]) -> Iterator[str]:
    names = [visible(" x ".join(effect.names)) for effect in effects]
    width = min(max((len(name) for name in names), default=0), 32)
    for name, effect in zip(names, effects, strict=True):
        bar = ("#" * round(BAR * effect.share)).ljust(BAR)
        head = f"  {effect.share:4.0%} ({effect.whole:.0%}) {bar} {name:<{width}}"
        half = 2 * 1.6449 * effect.error
        gain = Estimate(effect.gain, effect.gain - half, effect.gain + half)
        tail = visible(
            f"best {', '.join(effect.best)} by {interval(gain)} over {', '.join(effect.worst)}"
        )
        if len(head) + 2 + len(tail) <= WIDTH:
            yield f"{head}  {tail}"
        else:
            yield from filled(head.strip(), "  ", " " * 18)
            yield from filled(tail, " " * 18, " " * 20)


def joined(parts: Iterable[Sequence[str]]) -> str:
    """Paragraphs with an empty line between them."""
    return "\n\n".join("\n".join(part) for part in parts if part)
