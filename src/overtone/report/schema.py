"""An explanation as plain JSON values.

    recommended   {trial, configuration, observed, expected, repeats}; null if no trial has a value
    changes       [{setting, from, to, gain, cumulative, reached, verified, fails_without, brings}]: the best
                    first; reached is what it and those before it gain over the start
    fewest        {configuration, start, is_default, unneeded, gain, kept, runs, measured}; null if not known
    settings      [{setting, value, verdict, levels, avoided, runs_needed}]; levels [{value, change, trials,
                    brings}] are its other values, avoided [{value, failed}] those that would likely fail
    interactions  [{settings, from, to, alone: [., .], together}]
    failures      [{settings, values, failed, of, trials, reasons: [[reason, trials], ...]}]
    space         {resolved, r2, scale, shares, totals}; shares [{settings, share, best, worst, gain}], totals
                    [{setting, share}]; scale is "metric", or "logarithm" if they are shares of that
    noise         {deviation, low, high, repeats}; deviation is null where nothing was run twice
    ties          [[setting, ...], ...]: settings that the trials cannot tell apart
    trials        {finished, failed, pruned, unexplained_failures, bursts}; bursts [[first, last], ...] are
                    trials that failed one after another, perhaps by no setting
    stages        [{stage, trials, failed, r2, noise, effects: [...], kept: {setting: [value, ...]}}]
    joint         [{settings, values: [., .], changes: [[., ...], ...]}]: what each of the interactions does,
                    value by value, a row for each value of the first; null where it would likely fail
    triples       [{settings, before, after, together, beyond}]: three settings that do together what they do
                    not do one by one and two by two; beyond is what is left of it
    curves        [{setting, values, changes}]: what the numbers that matter do along their ranges
    predictions   [{trial, observed, predicted, is_inside}]: what all other trials say of each
    runs          [{trial, value, state, origin, stage, is_cheap, best, reason}]: every finished trial
    random_search [{trials, expected, is_extrapolated}]: what it would be expected to have reached
    best          [{trial, value, configuration}]: the best tenth of the trials
    restricted    [{stage, mean, trials, failed}]: what uniform draws gave in the space left to a stage
    slots         [{trial, worker, slot, begun, ended, state}]: when trials ran, in seconds, and where
    transfer      {correlation, low, high, threshold, pairs: [{trial, again, at_stages, at_end}]}, or null

`expected`, `gain`, `reached`, `change`, `share`, `alone`, `together`, `beyond`, `predicted` and `mean` are
{mean, low, high}, the ends being those of an interval of 90 %, in the metric's own units (shares: of 1).
`change` is the metric after the change less the metric at the recommendation; `gain` is above 0 where the
metric gets better. `configuration`, `value`, `from` and `to` are the user's own values; numbers are shown
at all their values if they have at most eight, and else at five places, both ends included. `verdict` is
"matters", "free" (no change to one of `levels` is noticeable), "unknown" or "inactive". Of failures,
`failed` of all `of` failed trials have these values, and `trials` trials in all.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from overtone.report.answers import (
    Brought,
    Change,
    Failure,
    Fewest,
    Interaction,
    Level,
    Recommended,
    Setting,
    Share,
)
from overtone.report.effects import StageFinding
from overtone.search.conclusions.estimate import Estimate
from overtone.space import Choice

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

Json = dict[str, Any]
# What an explanation has of these names is written by the names of its fields.
RECORDS: Final = (
    "joint",
    "triples",
    "curves",
    "predictions",
    "runs",
    "random_search",
    "best",
    "restricted",
    "slots",
)
COLUMNS: Final = ("setting", "value", "verdict", "to", "change", "low", "high")


def as_dict(explanation: "Explanation") -> Json:
    """The explanation by the schema."""
    findings = explanation.findings
    return {
        "recommended": _recommended(explanation.recommended),
        "changes": [_change(change) for change in explanation.changes],
        "fewest": _fewest(explanation.fewest),
        "settings": [_setting(setting) for setting in explanation.settings],
        "interactions": [_interaction(pair) for pair in explanation.interactions],
        "failures": [_failure(failure) for failure in explanation.failures],
        "space": _space(explanation),
        "noise": _noise(explanation),
        "ties": [[findings.space.names[i] for i in members] for members in findings.ties],
        "trials": {
            "finished": findings.finished,
            "failed": findings.failures_in_all,
            "pruned": findings.known.pruned,
            "unexplained_failures": findings.failures.unexplained,
            "bursts": [list(burst) for burst in findings.failures.bursts],
        },
        "stages": [_stage(stage) for stage in explanation.stages],
        **{name: _plain(getattr(explanation, name)) for name in RECORDS},
        "transfer": _transfer(explanation),
    }


def _plain(record: object) -> object:
    """A record as JSON: its fields by their names."""
    if isinstance(record, Estimate):
        return _estimate(record)
    if is_dataclass(record):
        return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, Mapping):
        return {name: _plain(value) for name, value in record.items()}
    if isinstance(record, tuple):
        return [_plain(part) for part in record]
    return _number(record) if isinstance(record, float) else record


def _transfer(explanation: "Explanation") -> Json | None:
    found = explanation.findings.transfer
    if found is None:
        return None
    return {
        "correlation": _number(found.correlation),
        "low": _number(found.low),
        "high": _number(found.high),
        "threshold": found.threshold,
        "pairs": _plain(explanation.at_both),
    }


def rows(explanation: "Explanation") -> Iterator[tuple[Choice | float, ...]]:
    """A row for each other value of each setting, in the order of COLUMNS."""
    for setting in explanation.settings:
        for level in setting.levels:
            change = level.change
            yield (
                setting.setting,
                setting.value,
                setting.verdict,
                level.value,
                change.mean,
                change.low,
                change.high,
            )


def _recommended(found: Recommended | None) -> Json | None:
    if found is None:
        return None
    return {
        "trial": found.trial,
        "configuration": dict(found.configuration),
        "observed": _number(found.observed),
        "expected": _estimate(found.expected),
        "repeats": found.repeats,
    }


def _fewest(found: Fewest | None) -> Json | None:
    if found is None:
        return None
    return {
        "configuration": dict(found.configuration),
        "start": dict(found.start),
        "is_default": found.is_default,
        "unneeded": list(found.unneeded),
        "gain": _estimate(found.gain),
        "kept": _number(found.kept),
        "runs": found.runs,
        "measured": None if found.measured is None else _number(found.measured),
    }


def _failure(found: Failure) -> Json:
    return {
        "settings": list(found.settings),
        "values": list(found.values),
        "failed": found.failed,
        "of": found.of,
        "trials": found.trials,
        "reasons": [[reason, count] for reason, count in found.reasons],
    }


def _change(change: Change) -> Json:
    return {
        "setting": change.setting,
        "from": change.before,
        "to": change.after,
        "gain": _estimate(change.gain),
        "cumulative": _number(change.cumulative),
        "reached": _estimate(change.reached),
        "verified": change.verified,
        "fails_without": change.fails_without,
        "brings": _brought(change.brings),
    }


def _setting(setting: Setting) -> Json:
    return {
        "setting": setting.setting,
        "value": setting.value,
        "verdict": setting.verdict,
        "levels": [_level(level) for level in setting.levels],
        "avoided": [{"value": a.value, "failed": a.failed} for a in setting.avoided],
        "runs_needed": setting.runs_needed,
    }


def _level(level: Level) -> Json:
    return {
        "value": level.value,
        "change": _estimate(level.change),
        "trials": level.trials,
        "brings": _brought(level.brings),
    }


def _interaction(pair: Interaction) -> Json:
    return {
        "settings": list(pair.settings),
        "from": list(pair.before),
        "to": list(pair.after),
        "alone": [_estimate(alone) for alone in pair.alone],
        "together": _estimate(pair.together),
    }


def _space(explanation: "Explanation") -> Json:
    shares, names = explanation.findings.shares, explanation.findings.space.names
    return {
        "resolved": 0.0 if shares is None else _number(shares.resolved),
        "r2": None if shares is None else _number(shares.score),
        "scale": "logarithm" if explanation.findings.is_bent else "metric",
        "shares": [_share(share) for share in explanation.space],
        "totals": []
        if shares is None
        else [
            {"setting": name, "share": _estimate(total)}
            for name, total in zip(names, shares.totals, strict=True)
        ],
    }


def _share(share: Share) -> Json:
    return {
        "settings": list(share.settings),
        "share": _estimate(share.share),
        "best": list(share.best),
        "worst": list(share.worst),
        "gain": _estimate(share.gain),
    }


def _noise(explanation: "Explanation") -> Json:
    known = explanation.noise.deviation
    return {
        "deviation": None if known is None else _number(known.mean),
        "low": None if known is None else _number(known.low),
        "high": None if known is None else _number(known.high),
        "repeats": explanation.noise.repeats,
    }


def _stage(stage: StageFinding) -> Json:
    return {
        "stage": stage.number,
        "trials": stage.trials,
        "failed": stage.failed,
        "r2": _number(stage.validated),
        "noise": _number(stage.noise),
        "effects": [
            {
                "settings": list(effect.names),
                "share": _number(effect.share),
                "whole": _number(effect.whole),
                "best": list(effect.best),
                "worst": list(effect.worst),
                "gain": _number(effect.gain),
                "error": _number(effect.error),
            }
            for effect in stage.effects
        ],
        "kept": {name: list(values) for name, values in stage.pinned},
    }


def _estimate(known: Estimate | None) -> Json | None:
    if known is None:
        return None
    return {"mean": _number(known.mean), "low": _number(known.low), "high": _number(known.high)}


def _number(value: float) -> float | None:
    """A number as JSON has it: none that is not finite."""
    return float(value) if math.isfinite(value) else None


def _brought(brings: Brought) -> Json:
    return dict(brings)
