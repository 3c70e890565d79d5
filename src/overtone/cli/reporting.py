"""What a study has shown, for the terminal: as text, as JSON, or as the few changes alone."""

import json
import os
import warnings
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import typer

from overtone.cli.calls import fail_without_success, load
from overtone.cli.saying import plain_warnings
from overtone.errors import OvertoneWarning
from overtone.report.explanation import explain
from overtone.report.text import report_of
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.standing import best_of, command_line_of
from overtone.space import Configuration

if TYPE_CHECKING:
    import optuna


def print_report(study_file: StudyFile, *, as_json: bool = False) -> None:
    """Print the report of a study, and each warning as a line on standard error."""
    study = load(study_file)
    if best_of(study, study_file.space) is None:
        fail_without_success(study, study_file)
    with plain_warnings(partial(typer.echo, err=True)):
        text = report_of_study(study, study_file, as_json=as_json)
    typer.echo(text)


def report_of_study(study: "optuna.Study", study_file: StudyFile, *, as_json: bool) -> str:
    """The report of a study that has a successful trial."""
    explanation = explain(study, space=study_file.space)
    if as_json:
        return json.dumps(explanation.to_dict(), indent=2, ensure_ascii=False)
    text = report_of(
        explanation,
        name=study.study_name,
        trials=study_file.trials,
        metric=study_file.metric,
        command_line=command_line_of(study, study_file),
    )
    return with_bold_headings(text)


def with_bold_headings(text: str) -> str:
    """A report as a terminal shows it; what is written elsewhere, or with NO_COLOR set, stays plain."""
    if os.environ.get("NO_COLOR"):
        return text
    lines = (
        typer.style(line, bold=True) if line and not line.startswith(" ") else line
        for line in text.split("\n")
    )
    return "\n".join(lines)


def fewest_of_study(study: "optuna.Study", study_file: StudyFile) -> Configuration | None:
    """The configuration with the few changes; None, with a warning, where they cannot be told."""
    explanation = explain(study, space=study_file.space)
    if explanation.fewest is not None:
        return explanation.fewest.configuration
    findings = explanation.findings
    default, recommended = findings.default, findings.recommended
    assert recommended is not None  # a trial has succeeded
    is_default = default is not None and np.array_equal(default, recommended, equal_nan=True)
    why = (
        "The default is the configuration to use, so no change is needed."
        if is_default
        else "Which few changes make the gain is not known, so this is the configuration to use."
    )
    warnings.warn(why, OvertoneWarning, stacklevel=2)
    return None
