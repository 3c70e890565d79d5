"""What a study has shown: as text, as JSON, as a page, or as the few changes alone."""

import errno
import json
import os
import warnings
import webbrowser
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

from overtone.cli.calls import fail_without_port, fail_without_success, load
from overtone.cli.saying import plain_warnings
from overtone.cli.serving import PageServer
from overtone.errors import OvertoneError, OvertoneWarning
from overtone.report.explanation import Explanation, explain
from overtone.report.page.write import page_of, waiting_page
from overtone.report.text import report_of
from overtone.run.definition.study_file import StudyFile, read_study_file
from overtone.run.records.standing import best_of, command_line_of
from overtone.run.records.store import quiet_optuna
from overtone.run.records.trial_folder import write_whole
from overtone.run.records.visible import visible
from overtone.space import Configuration
from overtone.study.storage import FINISHED

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True, eq=False)
class Report:
    """The report of a study that has a successful trial, in several forms."""

    study: "optuna.Study"
    study_file: StudyFile

    @cached_property
    def explanation(self) -> Explanation:
        """What the trials say."""
        return explain(self.study, space=self.study_file.space)

    def text(self) -> str:
        """For a terminal."""
        found = report_of(
            self.explanation,
            name=self.study.study_name,
            trials=self.study_file.trials,
            metric=self.study_file.metric,
            command_line=command_line_of(self.study, self.study_file),
        )
        return with_bold_headings(found)

    def json(self) -> str:
        """For programs."""
        return json.dumps(self.explanation.to_dict(), indent=2, ensure_ascii=False)

    def page(self, *, is_served: bool = False, is_live: bool = True) -> str:
        """For a browser."""
        return page_of(
            self.explanation,
            name=self.study.study_name,
            trials=self.study_file.trials,
            metric=self.study_file.metric,
            command_line=command_line_of(self.study, self.study_file),
            is_served=is_served,
            is_live=is_live,
        )

    def write_page(self, path: Path, *, is_live: bool = True) -> None:
        """Write the page: a file whole or not at all, and through a link or into a pipe that is there.

        Raises:
            OSError: if it cannot be written.
        """
        path = path.resolve()
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        page = self.page(is_live=is_live)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            path.write_text(page, encoding="utf-8", errors="backslashreplace")
        else:
            write_whole(path, page)


def report_on(study_file: StudyFile) -> Report:
    """The report of a study; ends with a message if no trial has succeeded."""
    study = load(study_file)
    if best_of(study, study_file.space) is None:
        fail_without_success(study, study_file)
    return Report(study, study_file)


def page_path(study_file: StudyFile) -> Path:
    """Where the page of a study is."""
    return study_file.run_directory / "report.html"


def print_end(study_file: StudyFile) -> None:
    """What a run ends with: the text, and the page beside the study, of which a full disk is no failure."""
    report = report_on(study_file)
    with plain_warnings(partial(typer.echo, err=True)):
        typer.echo(report.text())
        with suppress(OSError):
            report.write_page(page_path(study_file))
            typer.echo(f"\nPictures: {visible(str(page_path(study_file)))}")


def serve_page(study_file: StudyFile, *, port: int, is_opened: bool) -> None:
    """Serve the page of a study until Ctrl-C."""
    study = load(study_file)

    def state() -> str:
        return str(len(study.get_trials(deepcopy=False, states=FINISHED)))

    def write() -> str:
        with warnings.catch_warnings(), quiet_optuna():
            # The page says what they say.
            warnings.simplefilter("ignore", OvertoneWarning)
            if best_of(study, study_file.space) is None:
                return waiting_page(study.study_name)
            return Report(study, _as_it_is_now(study_file)).page(is_served=True)

    try:
        server = PageServer(port, state=state, write=write)
    except OSError as error:
        fail_without_port(port, error)
    with server:
        typer.echo(f"Serving {server.address} on this machine alone. Ctrl-C ends it.")
        if is_opened:
            open_page(server.address)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def _as_it_is_now(study_file: StudyFile) -> StudyFile:
    """A study file that may have been changed; as it was, where it cannot be read now."""
    try:
        now = read_study_file(study_file.path)
    except OvertoneError:
        return study_file
    return now if now.space == study_file.space else study_file


def open_page(address: str) -> None:
    """Show a page in a browser, or say that there is none."""
    if not webbrowser.open(address):
        typer.echo(f"No browser could be started; open {address} yourself.", err=True)


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
