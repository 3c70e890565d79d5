"""The report as plain text, 80 columns wide: what to use first, then why, then all the rest."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from overtone.errors import SearchError
from overtone.report.answers import Recommended
from overtone.report.explanation import Explanation
from overtone.report.lines import joined, paragraphs
from overtone.report.words import cut, filled, interval, number, short, table, value
from overtone.search.conclusions.expectation import LEAST_SEEN
from overtone.search.conclusions.findings import Findings
from overtone.search.conclusions.noise import Noise
from overtone.space import Configuration, SearchSpace
from overtone.study.findings import findings_of

if TYPE_CHECKING:
    import optuna

# A configuration of more settings is written as a paragraph.
MOST_LINES: Final = 24


def report(
    study: "optuna.Study",
    space: SearchSpace,
    *,
    trials: int,
    metric: str,
    command_line: Callable[[Configuration], str] | None,
) -> str:
    """The configuration to use, the few changes that make the gain, and what each setting does.

    Args:
        study: with or without closed stages.
        space: its parameters.
        trials: how many were planned.
        metric: what the values are called.
        command_line: writes the command that runs a configuration, if there is one.

    Returns:
        Text of several paragraphs; a short one if no trial has finished.
    """
    try:
        explanation = Explanation(findings_of(study, space))
    except SearchError as error:
        return joined([filled(str(error), "")])
    return report_of(
        explanation,
        name=study.study_name,
        trials=trials,
        metric=metric,
        command_line=command_line,
    )


def report_of(
    explanation: Explanation,
    *,
    name: str,
    trials: int,
    metric: str,
    command_line: Callable[[Configuration], str] | None,
) -> str:
    """The same of an explanation.

    Args:
        explanation: of a study.
        name: of the study.
        trials, metric, command_line: as for `report`.
    """
    findings = explanation.findings
    return joined(
        [
            _heading(name, findings, trials),
            *_recommended(explanation, metric, command_line),
            _comparison(explanation, metric),
            _transferred(findings),
            *paragraphs(explanation),
        ]
    )


def _heading(name: str, findings: Findings, trials: int) -> list[str]:
    # Penalties count as failures, of which only the trials at the end's fidelity are looked at.
    count = findings.failed if findings.cheap else findings.failures.count
    failed = f", {count} of them failed" if count else ""
    pruned = f", {findings.known.pruned} stopped early" if findings.known.pruned else ""
    cheap = f", {findings.cheap} at the stages' fidelity" if findings.cheap else ""
    return filled(
        f"{name}: {findings.finished} of {trials} trials finished{failed}{pruned}{cheap}", ""
    )


def _recommended(
    explanation: Explanation,
    metric: str,
    command_line: Callable[[Configuration], str] | None,
) -> Iterator[list[str]]:
    found = explanation.recommended
    if found is None:
        yield ["No trial has a finite value so far."]
        return
    lines = filled(f"Use this configuration (trial {found.trial})", "")
    lines += _settings(found.configuration)
    lines += _promise(found, explanation.findings, metric)
    yield lines
    if command_line is not None:
        yield ["Run it with", f"  {command_line(found.configuration)}"]


def _settings(configuration: Configuration) -> list[str]:
    """A line for each setting; of many, as many in a line as fit."""
    if len(configuration) <= MOST_LINES:
        return table([(cut(name), value(choice)) for name, choice in configuration.items()])
    return filled(", ".join(f"{name} = {value(choice)}" for name, choice in configuration.items()))


def _promise(found: Recommended, findings: Findings, metric: str) -> list[str]:
    """What to expect of the recommendation, and how sure that is."""
    noise, expected = findings.noise, found.expected
    observed = short(float(f"{found.observed:.6g}"))
    if noise.is_none:
        return filled(
            f"{metric} = {observed}. Configurations that were run again gave the same value, so this one "
            "will, too."
        )
    if expected is None:
        return filled(f"{metric} = {observed} in one run; too few trials to say what to expect.")
    if noise.is_unknown:
        return filled(
            f"{metric} = {observed} in one run. Nothing was run twice, so how much runs vary is unknown; "
            f"the other trials let expect {interval(expected)} of another run."
        )
    runs = f"{found.repeats + 1} runs" if found.repeats else "1 run"
    lines = filled(
        f"Expect {metric} = {interval(expected)}. It gave {observed} in {runs}; {_varying(noise)}"
    )
    advice = findings.recommendation
    if advice is not None and advice.luckiest != advice.number:
        best = short(float(f"{findings.sign * findings.values[advice.luckiest]:.6g}"))
        lines += filled(
            f"Trial {advice.luckiest} gave {best}, the best value of all; given how much runs vary, that "
            "was rather luck."
        )
    return lines


def _varying(noise: Noise) -> str:
    assert noise.deviation is not None  # or it would be unknown
    times = "once" if noise.repeats == 1 else f"{noise.repeats} times"
    return (
        f"runs of one configuration vary by {interval(noise.deviation)} (standard deviation; configurations "
        f"were run again {times})."
    )


def _comparison(explanation: Explanation, metric: str) -> list[str]:
    findings, found = explanation.findings, explanation.recommended
    expected, sign = findings.expectation, findings.sign
    if found is None or (findings.default is None and expected is None):
        return []
    lines = ["How that compares"]
    if findings.default is not None:
        lines += _against_default(findings, metric)
    if expected is not None:
        low, high = sorted((sign * expected.low, sign * expected.high))
        about = "about " if expected.is_extrapolated else ""
        basis = (
            f"Random search with {expected.draws} trials would be expected to reach {about}"
            f"{number(sign * expected.mean)} ({number(low)} to {number(high)} in nine of ten resamples of "
            f"its {expected.seen} uniform draws, which cost no extra trial)"
        )
        if expected.seen < LEAST_SEEN and expected.is_extrapolated:
            basis += "; they are too few to say what further draws would gain"
        elif expected.is_extrapolated:
            basis += f"; beyond {expected.exact} it is extrapolated"
        lines += filled(f"{basis}.")
    return lines


def _against_default(findings: Findings, metric: str) -> list[str]:
    assert findings.default is not None  # asked before
    runs = findings.known.runs_of(findings.default)
    if not len(runs):
        return filled("The default configuration has no value: its trial failed.")
    observed = findings.sign * float(findings.known.y[runs].mean())
    again = f" in {len(runs)} runs" if len(runs) > 1 else ""
    gain = findings.fewest.gain if findings.fewest is not None else None
    better = f"; the gain over it is {interval(gain)}" if gain is not None else ""
    return filled(
        f"The default configuration gave {metric} = {short(float(f'{observed:.6g}'))}{again}{better}."
    )


def _transferred(findings: Findings) -> list[str]:
    """How well the stages' fidelity tells of the end's."""
    found = findings.transfer
    if found is None:
        return []
    lines = ["Whether the stages tell of the end"]
    verdict = "below" if found.is_doubtful else "not below"
    lines += filled(
        f"{len(found.pairs)} configurations were evaluated at both fidelities, for as many trials at the "
        f"end's: Spearman's rank correlation is {found.correlation:.2f} (95 % interval {found.low:.2f} to "
        f"{found.high:.2f}), {verdict} the threshold of {found.threshold:g}."
    )
    if found.is_doubtful:
        lines += filled("So what the stages kept may be wrong at the end.")
    return lines
