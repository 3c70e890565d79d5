"""`overtone compare`: rival methods on one problem, at equal cost."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from overtone.cli.calls import FAILED, INTERRUPTED, MISTAKE, Study, errors_explained, fail, read
from overtone.errors import OvertoneError


def compare(
    study: Study,
    rivals: Annotated[
        str, typer.Option("--with", metavar="NAMES", help="Rivals, separated by commas.")
    ] = "random,random2x,tpe,harmonica",
    seeds: Annotated[int, typer.Option(min=2, help="Runs of each rival.")] = 3,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1.0, help="Of the commands of a run, as its cost; without it, trials are."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The page to write.", show_default=".overtone/NAME/compare/page.html"),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress: only warnings, and the table.")
    ] = False,
) -> None:
    """Run rivals on this study's problem at equal cost, and draw who is ahead when.

    Each rival runs the study's command, from nothing, once for each seed: `trials` full trials, or
    as many configurations as Hyperband runs at that cost. With --seconds, no trial begins once the
    commands of a run have taken so long, and there are `trials` of them at most. Random search at
    twice the cost always takes part. The same call goes on where it was stopped.

    The progress of each run is shown as in `overtone tune`, and then as a line.

    Rivals are random, random2x, tpe, gp, spectral, harmonica, successive-halving, hyperband and asha.
    Where one has no successful trial, the table says so instead of a mean.

    \b
    Example:
        overtone compare study.toml --with random,tpe,harmonica --seeds 5

    \b
    Exit codes:
        0    every run has ended, and one has a successful trial at least
        1    the run failed: no trial succeeded, or the command could not be started
        2    the study file or the call is wrong
        130  interrupted
    """  # \b keeps a paragraph from being filled
    from overtone.cli.comparison_page import comparison_page
    from overtone.cli.live.watcher import Displays
    from overtone.cli.signals import stopped_by_signals
    from overtone.run.compare import run_comparison
    from overtone.run.curves import table_lines
    from overtone.run.engines.local.events import Mailbox
    from overtone.run.records.store import quiet_optuna
    from overtone.run.records.trial_folder import write_whole

    with errors_explained():
        study_file = read(study)
    mailbox, names = Mailbox(), [name.strip() for name in rivals.split(",")]
    displays = Displays(is_quiet=quiet)
    try:
        with quiet_optuna(), stopped_by_signals(mailbox):
            curves = run_comparison(
                study_file, names, seeds, seconds=seconds, watch=displays.watch, mailbox=mailbox
            )
    except OvertoneError as error:
        fail(str(error), FAILED if displays.has_started else MISTAKE)
    if curves is None:
        again = shlex.join(["overtone", "compare", str(study)])
        typer.echo(f"Stopped; go on with the same call: {again}", err=True)
        raise typer.Exit(INTERRUPTED)
    for line in table_lines(curves, study_file.metric):
        typer.echo(line)
    page = out or study_file.run_directory / "compare" / "page.html"
    try:
        write_whole(page, comparison_page(curves, name=study_file.name, metric=study_file.metric))
    except OSError as error:
        fail(f"{page}: the page cannot be written: {error.strerror}. Give another --out.", FAILED)
    typer.echo(f"Drawn in {page}")
