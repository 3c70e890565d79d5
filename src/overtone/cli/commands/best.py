"""`overtone best`: the configuration to use."""

from functools import partial
from typing import Annotated

import typer

from overtone.cli.calls import Study, errors_explained, fail_without_success, load, read
from overtone.cli.saying import plain_warnings


def best(
    study: Study,
    command: Annotated[
        bool, typer.Option("--command", help="Print the command line that runs it instead.")
    ] = False,
    fewest: Annotated[
        bool,
        typer.Option("--fewest", help="Only the few changes of the default that make the gain."),
    ] = False,
) -> None:
    """Print the configuration to use as JSON, or as a command line.

    It is the best one observed, or, where runs of one configuration differ, the one of the best
    expected value. With --fewest, it is the default with only those changes that make 95 % of what
    is gained.

    \b
    Examples:
        overtone best study.toml
        overtone best study.toml --command
        overtone best study.toml --fewest --command
        sh -c "$(overtone best study.toml --command)"     run the best trial once more
    """  # \b keeps a paragraph from being filled
    from overtone.run.definition.command import as_json
    from overtone.run.records.standing import best_of, command_line_of
    from overtone.run.records.store import quiet_optuna

    with errors_explained(), quiet_optuna():
        study_file = read(study)
        loaded = load(study_file)
        found = best_of(loaded, study_file.space)
        if found is None:
            fail_without_success(loaded, study_file)
        configuration = found.configuration
        if fewest:
            from overtone.cli.reporting import fewest_of_study

            with plain_warnings(partial(typer.echo, err=True)):
                configuration = fewest_of_study(loaded, study_file) or configuration
        if command:
            typer.echo(command_line_of(loaded, study_file)(configuration))
        else:
            fixed = {} if study_file.fidelity is None else study_file.fidelity.end
            typer.echo(as_json({**configuration, **fixed}))
