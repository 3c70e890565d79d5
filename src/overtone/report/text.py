"""The report as plain text, 80 columns wide: what to use first, then why, then all the rest."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from overtone.errors import SearchError
from overtone.report.advice import advice, comparison, transferred
from overtone.report.explanation import Explanation
from overtone.report.lines import joined, paragraphs
from overtone.report.sentences import progress_sentence
from overtone.report.words import filled
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
            advice(explanation, metric),
            _command(explanation, command_line),
            comparison(explanation, metric),
            transferred(findings),
            *paragraphs(explanation),
        ]
    )


def _heading(name: str, findings: Findings, trials: int) -> list[str]:
    # Optuna's own names say nothing.
    named = "" if name.startswith("no-name-") else f"{name}: "
    return filled(f"{named}{progress_sentence(findings, trials)}", "")


def _command(
    explanation: Explanation, command_line: Callable[[Configuration], str] | None
) -> list[str]:
    if command_line is None or explanation.recommended is None:
        return []
    return ["Run it with", f"  {command_line(explanation.recommended.configuration)}"]
