"""`overtone check`: what a study file says, and whether its command gives the metric."""

from typing import Annotated

import typer

from overtone.cli.calls import (
    FAILED,
    INTERRUPTED,
    MISTAKE,
    Study,
    errors_explained,
    fail,
    read,
)
from overtone.errors import RunError


def check(
    study: Study,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Run the default once, or only read the file.")
    ] = True,
) -> None:
    """Say what a study file says, run its default once, and say what was read of it.

    The command runs as a trial of the study would, in a folder that is gone afterwards; the study's
    own trials are not touched. Where there is no [default], the first of each choice and the middle
    of each range are run; with [budget], to the least budget; with [fidelity], at that of the first
    stage, the cheapest. If the metric is not found, lines that look like it are shown, with what to
    do.

    \b
    Examples:
        overtone check study.toml
        overtone check study.toml --no-run

    \b
    Exit codes:
        0    all is well
        1    the command failed, or gave no metric
        2    the study file or the call is wrong
        130  interrupted
    """  # \b keeps a paragraph from being filled
    from overtone.cli.checking import rehearsal_lines, rehearsed_words, understood_lines
    from overtone.cli.signals import stopped_by_signals
    from overtone.run.engines.local.events import Mailbox
    from overtone.run.engines.local.rehearsal import rehearse, rehearsed_configuration
    from overtone.run.records.visible import visible

    with errors_explained():
        study_file = read(study)
    configuration = rehearsed_configuration(study_file)
    for line in understood_lines(study_file, configuration):
        typer.echo(visible(line))
    if not run:
        return
    typer.echo()
    typer.echo(f"Running {rehearsed_words(study_file)} once; Ctrl-C ends it.")
    mailbox = Mailbox()
    try:
        with stopped_by_signals(mailbox):
            found = rehearse(study_file, configuration, mailbox=mailbox)
    except RunError as error:
        fail(str(error), MISTAKE)
    except KeyboardInterrupt:
        found = None
    if found is None:
        typer.echo("Stopped; nothing of the run is kept.", err=True)
        raise typer.Exit(INTERRUPTED)
    for line in rehearsal_lines(study_file, found):
        typer.echo(visible(line))
    typer.echo()
    if found.failure is not None:
        raise typer.Exit(FAILED)
    typer.echo(f"All is well. Next: {study_file.call('tune')}")
