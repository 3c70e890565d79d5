"""What a study has shown, in the user's own values and in the metric's own units and direction.

Every number that is not known exactly is an `Estimate`: its mean and the ends of its interval of 90 %. A
change is the metric after it less the metric at the recommendation; a gain is above 0 where the metric gets
better.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, final

import numpy as np

from overtone.search.conclusions.changes import Change as FoundChange
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.failures import FailureRule
from overtone.search.conclusions.findings import Findings
from overtone.search.conclusions.interactions import Interaction as FoundInteraction
from overtone.search.conclusions.settings import Level as FoundLevel
from overtone.search.conclusions.settings import Setting as FoundSetting
from overtone.search.conclusions.shares import Share as FoundShare
from overtone.search.grid import interval_label
from overtone.space import Choice, Configuration, SearchSpace, value_of

Brought: TypeAlias = Mapping[str, Choice]


@final
@dataclass(frozen=True)
class Recommended:
    """The configuration to use.

    Attributes:
        trial: the number of its first trial.
        configuration: its active settings.
        observed: the mean of what its runs gave.
        expected: what to expect of it in the long run; None where too few trials tell.
        repeats: runs of it beyond the first.
    """

    trial: int
    configuration: Configuration
    observed: float
    expected: Estimate | None
    repeats: int


@final
@dataclass(frozen=True)
class Change:
    """One of the few changes that are worth making.

    Attributes:
        setting: its name.
        before, after: its value before and after; None where it does not exist.
        gain: what it is worth among the others, above 0 if the metric gets better by it.
        cumulative: the share of the whole gain that it and the changes above it make.
        reached: what it and the changes above it gain over the start.
        verified: whether the configuration was run with all these changes and with all but this one.
        fails_without: whether trials would likely fail without it: all did that had some value, or some two
            values, which would be left.
        brings: settings that exist under its new value only, and their values.
    """

    setting: str
    before: Choice
    after: Choice
    gain: Estimate
    cumulative: float
    reached: Estimate
    verified: bool
    fails_without: bool
    brings: Brought


@final
@dataclass(frozen=True)
class Fewest:
    """The fewest changes that keep nearly all of the gain.

    Attributes:
        configuration: with these changes and no others.
        start: what they are changes to.
        is_default: whether that is the study's own default; else the better trials' most common values.
        changes: in the order of their worth.
        unneeded: settings that the recommendation changes too, and that may stay as they are.
        gain: of the recommendation over the start.
        kept: the share of it that is expected to be left.
        runs: how often this configuration was run.
        measured: the share of the gain that its runs had; None unless it, the start and the recommendation
            were all run.
    """

    configuration: Configuration
    start: Configuration
    is_default: bool
    changes: tuple[Change, ...]
    unneeded: tuple[str, ...]
    gain: Estimate
    kept: float
    runs: int
    measured: float | None


@final
@dataclass(frozen=True)
class Level:
    """Another value of a setting, and what it would change.

    Attributes:
        value: the value.
        change: the metric with it less the metric at the recommendation.
        trials: that had it.
        brings: settings that exist under it only, with the best values that were tried.
    """

    value: Choice
    change: Estimate
    trials: int
    brings: Brought


@final
@dataclass(frozen=True)
class Avoided:
    """Another value of a setting with which the recommendation would likely fail.

    Attributes:
        value: the value.
        failed: trials that had it, or had it together with another value of the recommendation: all failed.
    """

    value: Choice
    failed: int


@final
@dataclass(frozen=True)
class Setting:
    """What is known of a setting at the recommendation.

    Attributes:
        setting: its name.
        value: in the recommendation; None if it has none.
        verdict: "matters", "free", "unknown", or "inactive" where the recommendation does not have it.
        levels: its other values.
        avoided: those of which nobody knows what they would give, since they likely fail.
        runs_needed: about how many further runs would settle what is unknown, where that can be said.
    """

    setting: str
    value: Choice
    verdict: str
    levels: tuple[Level, ...]
    avoided: tuple[Avoided, ...]
    runs_needed: int | None


@final
@dataclass(frozen=True)
class Interaction:
    """Two settings that do together what they do not do one by one.

    Attributes:
        settings: their names.
        before, after: their values in the recommendation, and what they are changed to.
        alone: what either change does by itself.
        together: what both do.
    """

    settings: tuple[str, str]
    before: tuple[Choice, Choice]
    after: tuple[Choice, Choice]
    alone: tuple[Estimate, Estimate]
    together: Estimate


@final
@dataclass(frozen=True)
class Failure:
    """Values with which trials fail more often than chance explains.

    Attributes:
        settings: names.
        values: a value, or a range in words, for each.
        failed: failed trials with these values.
        of: all failed trials.
        trials: all trials with these values.
        reasons: why they failed, with how many did.
    """

    settings: tuple[str, ...]
    values: tuple[Choice, ...]
    failed: int
    of: int
    trials: int
    reasons: tuple[tuple[str, int], ...]


@final
@dataclass(frozen=True)
class Share:
    """A share of the variation over the whole space.

    Attributes:
        settings: one setting, or several that make it together.
        share: of the variance.
        best, worst: the values, or ranges, with the best and the worst mean over everything else.
        gain: how much better the best is.
    """

    settings: tuple[str, ...]
    share: Estimate
    best: tuple[str, ...]
    worst: tuple[str, ...]
    gain: Estimate


def recommended_of(findings: Findings) -> Recommended | None:
    """The recommendation; None if no trial has a value."""
    found, codes = findings.recommendation, findings.recommended
    if found is None or codes is None:
        return None
    expected = None if found.expected is None else found.expected.signed(findings.sign)
    return Recommended(
        found.number,
        findings.space.decode(codes),
        findings.sign * found.observed,
        expected,
        found.runs - 1,
    )


def fewest_of(findings: Findings) -> Fewest | None:
    """The few changes; None if they cannot be told, or nothing differs."""
    found = findings.fewest
    if found is None:
        return None
    space = findings.space
    return Fewest(
        space.decode(found.codes),
        space.decode(found.start),
        found.is_default,
        tuple(_change(space, change) for change in found.changes),
        tuple(space.names[i] for i in found.given_back),
        found.gain,
        found.kept,
        found.runs,
        found.measured,
    )


def _change(space: SearchSpace, found: FoundChange) -> Change:
    return Change(
        space.names[found.parameter],
        value_at(space, found.parameter, found.before),
        value_at(space, found.parameter, found.after),
        found.gain,
        found.cumulative,
        found.reached,
        found.verified,
        found.fails_without,
        _brought(space, found.brings),
    )


def settings_of(findings: Findings) -> tuple[Setting, ...]:
    """What changing each setting would do, the largest first, by verdict."""
    return tuple(_setting(findings, found) for found in findings.settings)


def _setting(findings: Findings, found: FoundSetting) -> Setting:
    return Setting(
        findings.space.names[found.parameter],
        value_at(findings.space, found.parameter, found.code),
        found.verdict.value,
        tuple(_level(findings, found.parameter, level) for level in found.levels),
        tuple(
            Avoided(value_at(findings.space, found.parameter, a.code), a.failed)
            for a in found.avoided
        ),
        found.needed,
    )


def _level(findings: Findings, parameter: int, found: FoundLevel) -> Level:
    return Level(
        value_at(findings.space, parameter, found.code),
        found.change.signed(findings.sign),
        found.runs,
        _brought(findings.space, found.brings),
    )


def interactions_of(findings: Findings) -> tuple[Interaction, ...]:
    """The pairs that interact, the strongest first."""
    return tuple(_interaction(findings, found) for found in findings.interactions)


def _interaction(findings: Findings, found: FoundInteraction) -> Interaction:
    space, sign = findings.space, findings.sign
    value = partial(value_at, space)
    (a, b), (first, second) = found.parameters, found.alone
    return Interaction(
        (space.names[a], space.names[b]),
        (value(a, found.before[0]), value(b, found.before[1])),
        (value(a, found.after[0]), value(b, found.after[1])),
        (first.signed(sign), second.signed(sign)),
        found.together.signed(sign),
    )


def failures_of(findings: Findings) -> tuple[Failure, ...]:
    """Values with which trials fail, the least likely by chance first."""
    return tuple(_failure(findings.space, rule) for rule in findings.failures.rules)


def _failure(space: SearchSpace, rule: FailureRule) -> Failure:
    values: list[Choice] = []
    for i, interval in rule.where:
        is_one = interval.low == interval.high
        parameter = space.parameters[i]
        values.append(
            value_of(parameter, interval.low) if is_one else interval_label(parameter, interval)
        )
    names = tuple(space.names[i] for i, _ in rule.where)
    return Failure(names, tuple(values), rule.failed, rule.of, rule.trials, rule.reasons)


def shares_of(findings: Findings) -> tuple[Share, ...]:
    """Shares of the whole space, the largest first; empty before there are enough trials."""
    if findings.shares is None:
        return ()
    return tuple(_share(findings, found) for found in findings.shares.listed)


def _share(findings: Findings, found: FoundShare) -> Share:
    names = tuple(findings.space.names[i] for i in found.parameters)
    return Share(names, found.share, found.best, found.worst, found.gain)


def value_at(space: SearchSpace, parameter: int, code: float) -> Choice:
    """The value that a code of a parameter stands for; None for that of no value."""
    return None if np.isnan(code) else value_of(space.parameters[parameter], code)


def _brought(space: SearchSpace, brings: Mapping[int, float]) -> Brought:
    return {space.names[i]: value_at(space, i, code) for i, code in sorted(brings.items())}
