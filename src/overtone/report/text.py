"""The report as plain text, 80 columns wide."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from overtone.errors import SearchError
from overtone.report.explanation import Explanation, explanation_of
from overtone.report.lines import filled, stage_lines
from overtone.search.conclusions.expectation import LEAST_SEEN
from overtone.search.conclusions.findings import Findings
from overtone.space import Configuration, SearchSpace
from overtone.study.findings import findings_of

if TYPE_CHECKING:
    import optuna


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
        return "\n".join(filled(str(error), ""))
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
    return filled(
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
    lines = filled(f"Best configuration (trial {advice.number}, {metric} = {observed:.6g})", "")
    width = max((len(name) for name in configuration), default=0)
    lines += [f"  {name:<{width}}  {_value(value)}" for name, value in configuration.items()]
    if advice.number != advice.luckiest:
        luckiest = findings.sign * findings.values[advice.luckiest]
        lines += filled(
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
    lines = filled(f"How {metric} = {sign * findings.values[advice.number]:.6g} compares", "")
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
        lines += filled(f"{basis}.")
    return lines


def _transferred(findings: Findings) -> list[str]:
    """How well the stages' fidelity tells of the end's."""
    found = findings.transfer
    if found is None:
        return []
    lines = filled("Whether the stages tell of the end", "")
    verdict = "below" if found.is_doubtful else "not below"
    lines += filled(
        f"{len(found.pairs)} configurations were evaluated at both fidelities, for as many trials at the "
        f"end's: Spearman's rank correlation is {found.correlation:.2f} (95 % interval {found.low:.2f} to "
        f"{found.high:.2f}), {verdict} the threshold of {found.threshold:g}."
    )
    if found.is_doubtful:
        lines += filled("So what the stages kept may be wrong at the end.")
    return lines


def _explained(explanation: Explanation) -> Iterator[list[str]]:
    if explanation.findings.landscape is not None:
        yield filled("These are the largest terms of the posterior; they may change.", "")
    elif not explanation.findings.is_staged:
        yield filled("This is one fit to all finished trials; it may change.", "")
    for stage in explanation.stages:
        yield list(stage_lines(stage, is_staged=explanation.findings.is_staged))
