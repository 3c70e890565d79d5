"""What every command needs: the study file, its study, and an end with a message and an exit code."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from overtone.errors import OvertoneError

# Everything heavy is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    import optuna

    from overtone.run.definition.study_file import StudyFile

FAILED: Final = 1
MISTAKE: Final = 2
INTERRUPTED: Final = 130

Study = Annotated[
    Path,
    typer.Argument(metavar="STUDY", help="The study file, such as study.toml.", show_default=False),
]


def read(path: Path) -> "StudyFile":
    """The study file of a path."""
    from overtone.run.definition.study_file import read_study_file

    return read_study_file(path)


def load(study_file: "StudyFile") -> "optuna.Study":
    """The study of a study file, to look at."""
    from overtone.run.records import store

    return store.load(study_file)


def fail_without_success(loaded: "optuna.Study", study_file: "StudyFile") -> NoReturn:
    """End, since there is nothing to show yet."""
    from overtone.cli.status import none_succeeded
    from overtone.run.records.standing import standing_of

    fail(none_succeeded(study_file, standing_of(loaded, study_file.space)), FAILED)


def fail(message: str, code: int) -> NoReturn:
    """End with a message on standard error, and an exit code."""
    from overtone.run.records.visible import visible

    typer.echo(f"error: {visible(message)}", err=True)
    raise typer.Exit(code)


def fail_without_port(port: int, error: OSError) -> NoReturn:
    """End, since nothing can be served there."""
    fail(
        f"Port {port} cannot be had: {error.strerror}. Is another page served there? Give another "
        "--port, or --port 0 for any free one.",
        FAILED,
    )


def say_how_to_go_on(study: Path, study_file: "StudyFile") -> NoReturn:
    """End an interrupted run."""
    typer.echo(
        f"Stopped; every finished trial is kept in {study_file.run_directory}. "
        f"Go on with: {shlex.join(['overtone', 'tune', str(study)])}",
        err=True,
    )
    raise typer.Exit(INTERRUPTED)


@contextmanager
def errors_explained() -> Iterator[None]:
    """Turn an error of ours into a message and the exit code of a mistake."""
    try:
        yield
    except OvertoneError as error:
        fail(str(error), MISTAKE)
