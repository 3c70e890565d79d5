"""`overtone init`: write a study file for a command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overtone.cli.calls import INTERRUPTED, MISTAKE, errors_explained, fail
from overtone.errors import StudyFileError

if TYPE_CHECKING:
    from overtone.run.definition.writing.draft import Draft


def init(  # noqa: PLR0913  # each is an option of the command line
    target: Annotated[
        Path,
        typer.Argument(metavar="FOLDER|FILE", help="Where to write.", show_default="study.toml"),
    ] = Path("study.toml"),
    *,
    command: Annotated[
        str | None, typer.Option("--command", "-c", help="What to run, as typed in a shell.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", "-m", help="The value that the command prints.")
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option("--direction", "-d", help="minimize or maximize.", metavar="DIRECTION"),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--setting", "-s", metavar="NAME=VALUES", help="A setting; see above."),
    ] = None,
    from_: Annotated[
        tuple[str, Path] | None,
        typer.Option("--from", metavar="argparse SCRIPT", help="Read a Python script's options."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the study.", show_default="the program's")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Runs in all.")] = 100,
    parallel: Annotated[int | None, typer.Option(min=1, help="Runs at a time.")] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds that a run may take.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; take what is offered.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Write a study file for a command: study.toml, with comments.

    On a terminal it asks for what is not given by options. It finds in the command what may be a
    setting, such as --lr 0.1, -O2, -fno-inline, --cache or SIZE=64, and offers values around the
    present one, which becomes the default. With --from, the options that a Python script reads with
    argparse are settings too; its source is read, and nothing of it is run.

    A setting is NAME=LOW..HIGH, with "log" for a logarithmic range or "step N", or NAME=A,B,C. End
    it with "default VALUE" if the command has another value. NAME=keep leaves it as it is.

    \b
    Examples:
        overtone init
        overtone init --command "gcc -O2 -fno-inline job.c -o job && ./job" --metric seconds --yes
        overtone init --from argparse train.py --metric accuracy --setting 'lr=1e-5..1 log'

    \b
    Exit codes:
        0    the file is written
        2    something is missing or wrong, or the file is there already
        130  interrupted; nothing is written
    """  # \b keeps a paragraph from being filled
    from overtone.cli.asking import Asker, on_terminal
    from overtone.cli.drafting import Wishes, drafted
    from overtone.run.definition.writing.draft import checked_text

    with errors_explained():
        path = _path(target, force=force)
        wishes = Wishes(
            command=command,
            metric=metric,
            direction=direction,
            settings=setting or (),
            script=_script(from_),
            name=name,
            trials=trials,
            parallel=parallel,
            timeout=timeout,
        )
        try:
            made = drafted(wishes, Asker(may_ask=not yes and on_terminal()), path)
        except (EOFError, KeyboardInterrupt):
            typer.echo("\nStopped; nothing was written.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        _write(path, checked_text(made.draft, path), force=force)
    for note in made.notes:
        typer.echo(f"note: {note}.", err=True)
    _say_what_is_next(path, made.draft)


def _path(target: Path, *, force: bool) -> Path:
    """The file that is to be written: a folder's is study.toml."""
    path = target if target.suffix == ".toml" and not target.is_dir() else target / "study.toml"
    if path.exists() and not force:
        raise StudyFileError(
            f"{path}: there is a file already, and it is left as it is. Give another path, or --force to "
            "write over it."
        )
    return path.parent.resolve() / path.name


def _script(given: tuple[str, Path] | None) -> Path | None:
    if given is None:
        return None
    library, script = given
    if library != "argparse":
        raise StudyFileError(
            f"--from {library}: only the options of argparse can be read. Write: --from argparse {script}"
        )
    return script


def _write(path: Path, text: str, *, force: bool) -> None:
    from overtone.run.records.trial_folder import write_whole

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if force:
            write_whole(path, text)
        else:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        fail(f"{path}: the file cannot be written: {error.strerror}.", MISTAKE)


def _say_what_is_next(path: Path, draft: "Draft") -> None:
    import shlex

    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    count = len(draft.space)
    many = "1 setting" if count == 1 else f"{count} settings"
    typer.echo(f"Wrote {shown}: {draft.metric} is to be {draft.direction[:-3]}ised over {many}.")
    typer.echo(f"Next: {shlex.join(['overtone', 'check', str(shown)])}")
