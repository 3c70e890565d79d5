"""The command line: parse, call, print, exit code.

Exit codes: 0 done, 1 the run failed, 2 a mistake in the study file or the call, 130 interrupted.
"""

import errno
import io
import sys
from typing import Annotated

import typer

from overtone.cli.commands.best import best
from overtone.cli.commands.check import check
from overtone.cli.commands.compare import compare
from overtone.cli.commands.dashboard import dashboard
from overtone.cli.commands.init import init
from overtone.cli.commands.report import report
from overtone.cli.commands.status import status
from overtone.cli.commands.tune import tune

app = typer.Typer(
    name="overtone",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The name of a folder need not be UTF-8, and a command line that holds it must work.
        sys.stdout.reconfigure(errors="surrogateescape")
    try:
        app(prog_name="overtone")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        # What was printed did not get through; whoever reads it is gone, or its disk is full.
        print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from overtone import __version__

    typer.echo(f"overtone {__version__}")
    raise typer.Exit


@app.callback()
def overtone(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Tune any command that has many settings, and learn which of them matter.

    Write down once what to run and what may vary, in a file study.toml; overtone init asks and writes it:

    \b
        name = "digits"
        command = ["python", "{study_dir}/train.py", "--lr={lr}",
                   "--optimizer={optimizer}", ["--momentum", "{momentum}"]]
        metric = "accuracy"        # the command prints: accuracy = 0.93
        direction = "maximize"
        trials = 200
        parallel = 2
        [space]
        lr = {low = 1e-4, high = 1.0, log = true}
        optimizer = ["adam", "sgd"]
        momentum = {low = 0.0, high = 0.99, when = {optimizer = "sgd"}}

    Then:

    \b
        overtone check study.toml           run the default once, and see what is read
        overtone tune study.toml            run it; run it again to go on
        overtone status study.toml          look at it while it runs
        overtone report study.toml --open   the answer, in pictures
        overtone best study.toml --command  the command line of the best trial
    """  # \b keeps a paragraph from being filled
    del version


for command in (init, check, tune, compare, best, status, report, dashboard):
    app.command()(command)


if __name__ == "__main__":
    main()
