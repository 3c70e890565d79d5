"""What an explanation says, sentence by sentence: for lines of text, and beside pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from overtone.report.advice import free_settings
from overtone.report.answers import Brought, Change, Failure, Fewest, Interaction, Setting, Share
from overtone.report.words import interval, listed, percent, rough, value
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.findings import Findings

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

MOST_REASONS: Final = 3


def progress_sentence(findings: Findings, trials: int) -> str:
    """How many trials are finished, and how they ended."""
    count = findings.failures_in_all
    failed = f", {count} of them failed" if count else ""
    pruned = f", {findings.known.pruned} stopped early" if findings.known.pruned else ""
    cheap = f", {findings.cheap} at the stages' fidelity" if findings.cheap else ""
    # A budget may have been made smaller than what was run.
    of = f" of {trials}" if findings.finished <= trials else ""
    return f"{findings.finished}{of} trials finished{failed}{pruned}{cheap}"


def start_in_words(explanation: "Explanation", fewest: Fewest) -> str:
    """What the few changes are made to."""
    if fewest.is_default:
        return "the default"
    why = "there is no default" if explanation.findings.default is None else "the default failed"
    return f"the values that are most common among the better half of the trials ({why})"


def how_few(explanation: "Explanation", fewest: Fewest) -> str:
    """How many changes make how much of the gain, without a stop at the end."""
    start = start_in_words(explanation, fewest)
    count = len(fewest.changes)
    total = count + len(fewest.unneeded)
    if not count:
        settings = "one setting" if total == 1 else f"{total} settings"
        return (
            f"The recommendation differs from {start} in {settings}, but that this gains anything is not "
            f"sure: {interval(fewest.gain, signed=True)}"
        )
    of = f"{count} of {total} changes make" if total > 1 else "1 change makes"
    if total > 1 and count == total:
        of = f"all {total} changes make"
    kept = "" if count == total else f"about {percent(min(fewest.kept, 1.0))} of "
    return f"From {start}, {of} {kept}the gain of {interval(fewest.gain)}"


def how_known(fewest: Fewest) -> str:
    """Whether the few changes were run, and what they made."""
    if not fewest.runs:
        return "This is a prediction: that configuration was not run."
    times = "once" if fewest.runs == 1 else f"{fewest.runs} times"
    if fewest.measured is None:
        return f"This was run {times}."
    return f"This was run {times}: it made {percent(fewest.measured)} of the measured gain."


def is_unsure(change: Change) -> bool:
    """Whether a change may be worth nothing, by an interval of 99.7 %: of several some look sure."""
    return not (change.gain.is_beyond(0.0) or change.fails_without)


def worth(change: Change, *, is_first: bool) -> str:
    """What a change is worth among the others, and how much of the gain those above it make with it."""
    unsure = ", unsure" if is_unsure(change) else ""
    made = "by itself" if is_first else "with those above"
    if change.gain.low < change.gain.high:
        made += " about"
    compared = ", run and compared" if change.verified else ""
    needed = ", and without it trials likely fail" if change.fails_without else ""
    text = f"worth {interval(change.gain)}{unsure}, {made} {percent(change.cumulative)}"
    return f"{text}{with_brought(change.brings)}{compared}{needed}"


def with_brought(brings: Brought) -> str:
    """The settings that come with a value, and theirs."""
    if not brings:
        return ""
    return f", with {listed([f'{name} = {value(choice)}' for name, choice in brings.items()])}"


def free_sentence(explanation: "Explanation") -> str | None:
    """The settings of which any value will do; None if there are none."""
    free = free_settings(explanation)
    if not free:
        return None
    return f"Any value will do for {listed(free)}: no change of one is noticeable."


def seems_to_matter(setting: Setting, unnoticed: float) -> bool:
    """Whether some change of a setting of which nothing is sure is noticeable, by its interval."""
    return any(level.change.is_outside(unnoticed) for level in setting.levels)


def unknown_sentences(explanation: "Explanation") -> list[str]:
    """The settings of which nothing is sure, how many runs would tell, and which seem to matter."""
    unknown = [s for s in explanation.settings if s.verdict == "unknown"]
    if not unknown:
        return []
    needed = [s.runs_needed for s in unknown if s.runs_needed is not None]
    tells = f" About {min(needed)} to {max(needed)} more runs would tell of one." if needed else ""
    if needed and min(needed) == max(needed):
        tells = f" About {needed[0]} more run{'s' if needed[0] > 1 else ''} would tell of one."
    said = [f"Whether these matter is not sure: {listed([s.setting for s in unknown])}.{tells}"]
    unnoticed = explanation.findings.unnoticed
    likely = [s.setting for s in unknown if seems_to_matter(s, unnoticed)]
    if likely:
        said.append(
            f"Of these, {listed(likely)} {'seems' if len(likely) == 1 else 'seem'} to matter."
        )
    few = {change.setting for change in explanation.changes}
    both = [s.setting for s in unknown if s.setting in few]
    if both:
        said.append(
            f"Of the few changes, {listed(both)} {'is' if len(both) == 1 else 'are'} among them."
        )
    return said


def tied_sentences(explanation: "Explanation") -> list[str]:
    """The settings that the trials cannot tell apart."""
    names = explanation.findings.space.names
    y = explanation.findings.known.y
    if not len(y) or (y == y[0]).all():
        return []
    return [
        f"{listed([names[i] for i in members])} always changed together in these trials: what is said of one "
        "may be the other's doing."
        for members in explanation.findings.ties
    ]


def joint_sentence(pair: Interaction) -> str:
    """What two settings do one by one and together."""
    one, other = map(_rough, pair.alone)
    steps = [
        f"{name} {value(before)} -> {value(after)}"
        for name, before, after in zip(pair.settings, pair.before, pair.after, strict=True)
    ]
    return (
        f"{steps[0]} alone {one}, {steps[1]} alone {other}, both {interval(pair.together, signed=True)}: "
        f"{_manner(pair)}."
    )


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


def rule_sentence(failure: Failure) -> str:
    """With which values trials fail, and how many did."""
    where = listed(
        [f"{name} = {value(v)}" for name, v in zip(failure.settings, failure.values, strict=True)]
    )
    have = "has" if failure.of == 1 else "have"
    all_ = "both" if failure.trials == 2 else f"all {failure.trials}"
    rate = all_ if failure.failed == failure.trials else f"{failure.failed} of {failure.trials}"
    return (
        f"{failure.failed} of {failure.of} failures {have} {where}; {rate} trials with it failed."
    )


def other_failures(explanation: "Explanation") -> list[str]:
    """What is said of failures beside the rules: those in a row, and those without a cause."""
    found = explanation.findings.failures
    said = [
        f"Trials {low} to {high} failed one after another: that may have been no setting's doing."
        for low, high in found.bursts
    ]
    if not len(explanation.findings.known.y):
        said.append("All trials failed, so their values tell nothing of why.")
    elif not explanation.failures and found.unexplained:
        said.append("No setting could be shown to make trials fail.")
    elif found.unexplained:
        said.append(f"{found.unexplained} more failed, of which no cause could be shown.")
    return said


def avoided_sentence(explanation: "Explanation") -> str | None:
    """The values with which the recommendation would likely fail; None if there are none."""
    avoided = [f"{s.setting} = {value(a.value)}" for s in explanation.settings for a in s.avoided]
    if not avoided:
        return None
    return (
        "Likely to fail with the rest of the recommendation, as all trials like it did: "
        f"{listed(avoided)}."
    )


def failure_sentences(explanation: "Explanation") -> list[str]:
    """All that is said of failures, but for their reasons."""
    avoided = avoided_sentence(explanation)
    rules = [rule_sentence(failure) for failure in explanation.failures]
    return [*rules, *other_failures(explanation), *([] if avoided is None else [avoided])]


def reasons_in_words(reasons: Sequence[tuple[str, int]]) -> str:
    """The most frequent reasons, with how often each was given."""
    shown = [f"{count} x {' '.join(reason.split())}" for reason, count in reasons[:MOST_REASONS]]
    more = len(reasons) - MOST_REASONS
    if more > 0:
        shown.append(f"{more} others")
    return "; ".join(shown)


def space_sentence(explanation: "Explanation") -> str | None:
    """How much of the whole space is told; None before there are enough trials to ask."""
    shares = explanation.findings.shares
    if shares is None:
        return None
    if not shares.is_much_told:
        return (
            f"The trials tell {percent(shares.told)} of what the metric does over the whole space, too "
            f"little to list. {_what_would_tell(explanation)}"
        )
    what = "the metric"
    if explanation.findings.is_bent:
        what += "'s logarithm (it reaches over orders of magnitude)"
    return (
        f"Each one's part in how {what} varies over all configurations. {percent(shares.resolved)} is "
        f"listed, and {percent(shares.score)} of the differences between trials is predicted without "
        "having seen them."
    )


def _what_would_tell(explanation: "Explanation") -> str:
    findings = explanation.findings
    trials, enough = len(findings.known.y), max(100, 5 * len(findings.space))
    if not findings.draws_alone:
        return f"Those of a search lie where values are good: {enough} of a random search would tell more."
    if trials < enough:
        return f"More trials would tell more, such as {enough}."
    return "Their values follow no simple rule, or runs vary too much."


def share_tail(share: Share) -> str:
    """The best and the worst of what a share is of."""
    return f"best {', '.join(share.best)} by {_rough(share.gain)} over {', '.join(share.worst)}".replace(
        "by +", "by "
    )
