"""The report as plain text, 80 columns wide."""

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from overtone.errors import SearchError
from overtone.report.explanation import Effect, Explanation, StageFinding, explanation_of
from overtone.search.conclusions.expectation import LEAST_SEEN
from overtone.space import Configuration, SearchSpace
from overtone.study.findings import Findings, findings_of

if TYPE_CHECKING:
    import optuna

WIDTH: Final = 80
# Effects below this share are counted, not listed.
LEAST_SHARE: Final = 0.01
BAR: Final = 10


def report(
    study: "optuna.Study",
    space: SearchSpace,
    *,
    trials: int,
    metric: str,
    command_line: Callable[[Configuration], str] | None,
) -> str:
    """The best configuration, how it compares, and which settings mattered.

    Args:
        study: with or without closed stages.
        space: its parameters.
        trials: how many were planned.
        metric: what the values are called.
        command_line: writes the command that runs a configuration, if there is one.

    Returns:
        Text of several paragraphs; a short one if too few trials have finished to say anything.
    """
    try:
        findings = findings_of(study, space)
    except SearchError as error:
        return "\n".join(_filled(str(error), ""))
    paragraphs = [
        _heading(study, findings, trials),
        _best(study, findings, metric, command_line),
        _comparison(findings, metric),
        _transferred(findings),
        *_explained(explanation_of(findings)),
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def _heading(study: "optuna.Study", findings: Findings, trials: int) -> list[str]:
    failed = f", {findings.failed} of them failed" if findings.failed else ""
    cheap = f", {findings.cheap} at the stages' fidelity" if findings.cheap else ""
    return _filled(
        f"{study.study_name}: {findings.finished} of {trials} trials finished{failed}{cheap}", ""
    )


def _best(
    study: "optuna.Study",
    findings: Findings,
    metric: str,
    command_line: Callable[[Configuration], str] | None,
) -> list[str]:
    advice = findings.recommendation
    if advice is None:
        return ["No trial has a finite value so far."]
    configuration = _configuration(study, findings.space, advice.number)
    observed = findings.sign * findings.values[advice.number]
    lines = _filled(f"Best configuration (trial {advice.number}, {metric} = {observed:.6g})", "")
    width = max((len(name) for name in configuration), default=0)
    lines += [f"  {name:<{width}}  {_value(value)}" for name, value in configuration.items()]
    if advice.number != advice.luckiest:
        luckiest = findings.sign * findings.values[advice.luckiest]
        lines += _filled(
            f"It has the best expected {metric}, {findings.sign * advice.mean:.6g}, given all trials. "
            f"Trial {advice.luckiest} was observed at {luckiest:.6g}, but observations vary by about "
            f"{advice.noise:.2g}, so that was likely luck."
        )
    if command_line is not None:
        lines += ["", "Run it with", f"  {command_line(configuration)}"]
    return lines


def _configuration(study: "optuna.Study", space: SearchSpace, number: int) -> Configuration:
    params = next(t.params for t in study.get_trials(deepcopy=False) if t.number == number)
    return {name: params[name] for name in space.names if name in params}


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _comparison(findings: Findings, metric: str) -> list[str]:
    advice, expected, sign = findings.recommendation, findings.expectation, findings.sign
    if advice is None:
        return []
    if findings.default is None and expected is None:
        return []
    lines = _filled(f"How {metric} = {sign * findings.values[advice.number]:.6g} compares", "")
    if findings.default is not None:
        number, value = findings.default
        lines.append(f"  default configuration (trial {number})  {sign * value:.6g}")
    if expected is not None:
        low, high = sorted((sign * expected.low, sign * expected.high))
        about = "about " if expected.is_extrapolated else ""
        lines.append(
            f"  random search with {expected.draws} trials      "
            f"{about}{sign * expected.mean:.6g} expected"
        )
        basis = (
            f"Estimated from the {expected.seen} uniform draws of the whole space, at no extra trial "
            f"({low:.6g} to {high:.6g} in nine of ten resamples)"
        )
        if expected.seen < LEAST_SEEN and expected.is_extrapolated:
            basis += "; they are too few to say what further draws would gain"
        elif expected.is_extrapolated:
            basis += f"; beyond {expected.exact} the gain of each doubling is extrapolated from the last two"
        lines += _filled(f"{basis}.")
    return lines


def _transferred(findings: Findings) -> list[str]:
    """How well the stages' fidelity tells of the end's."""
    found = findings.transfer
    if found is None:
        return []
    lines = _filled("Whether the stages tell of the end", "")
    verdict = "below" if found.is_doubtful else "not below"
    lines += _filled(
        f"{len(found.pairs)} configurations were evaluated at both fidelities, for as many trials at the "
        f"end's: Spearman's rank correlation is {found.correlation:.2f} (95 % interval {found.low:.2f} to "
        f"{found.high:.2f}), {verdict} the threshold of {found.threshold:g}."
    )
    if found.is_doubtful:
        lines += _filled("So what the stages kept may be wrong at the end.")
    return lines


def _explained(explanation: Explanation) -> Iterator[list[str]]:
    if explanation.findings.landscape is not None:
        yield _filled("These are the largest terms of the posterior; they may change.", "")
    elif not explanation.findings.is_staged:
        yield _filled("This is one fit to all finished trials; it may change.", "")
    for stage in explanation.stages:
        yield list(stage_lines(stage, is_staged=explanation.findings.is_staged))


def stage_lines(stage: StageFinding, *, is_staged: bool = True) -> Iterator[str]:
    """What one stage found, line by line."""
    failed = f", {stage.failed} failed" if stage.failed else ""
    title = f"stage {stage.number}" if is_staged else "all trials"
    yield f"What mattered in {title} ({stage.trials} trials{failed})"
    if not stage.effects:
        pinned = ", so nothing was pinned" if is_staged else ""
        yield from _filled(f"Nothing stood out from the noise{pinned}.")
        return
    yield from _filled(_evidence(stage))
    shown = [effect for effect in stage.effects if effect.share >= LEAST_SHARE]
    yield from _effect_rows(shown)
    hidden = len(stage.effects) - len(shown)
    if hidden:
        yield f"  and {hidden} more below {LEAST_SHARE:.0%} each"
    for members in stage.aliases:
        yield from _filled(f"The trials cannot tell {' and '.join(members)} apart.")
    if stage.pinned:
        left = "; ".join(f"{name} = {' or '.join(values)}" for name, values in stage.pinned)
        yield from _filled(f"Kept from here on: {left}.")


def _evidence(stage: StageFinding) -> str:
    if np.isnan(stage.validated):
        return f"Shares of the explained variance; what is left varies by {stage.noise:.3g}."
    quality = max(stage.validated, 0.0)
    caution = ", so take this with caution" if quality < 0.2 else ""
    if stage.is_posterior:
        return (
            f"Shares of the variance explained. The posterior predicts {quality:.0%} of the variance of "
            f"trials left out one at a time{caution}; observations vary by {stage.noise:.3g}."
        )
    return (
        f"Shares of the variance explained. The fit predicts {quality:.0%} of the ranks of held-out "
        f"trials{caution}; what is left varies by {stage.noise:.3g}."
    )


def _effect_rows(effects: Sequence[Effect]) -> Iterator[str]:
    names = [" x ".join(effect.names) for effect in effects]
    width = min(max((len(name) for name in names), default=0), 36)
    for name, effect in zip(names, effects, strict=True):
        bar = ("#" * round(BAR * effect.share)).ljust(BAR)
        head = f"  {effect.share:4.0%} {bar} {name:<{width}}"
        tail = f"best {', '.join(effect.best)} by {effect.gain:.3g} over {', '.join(effect.worst)}"
        if len(head) + 2 + len(tail) <= WIDTH:
            yield f"{head}  {tail}"
        else:
            yield from _wrapped(head.rstrip(), "", " " * 18)
            yield from _wrapped(tail, " " * 18, " " * 20)


def _filled(text: str, indent: str = "  ") -> list[str]:
    return _wrapped(text, indent, indent)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    # A name with hyphens stays in one piece, to be searched for.
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False
    )
