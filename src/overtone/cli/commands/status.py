"""`overtone status`: where a study stands."""

import typer

from overtone.cli.calls import Study, errors_explained, load, read


def status(study: Study) -> None:
    """Show what is finished, what runs, why trials failed, and the best value so far.

    It can be called at any time, also while the study is being tuned.

    \b
    Example:
        overtone status study.toml
    """  # \b keeps a paragraph from being filled
    from overtone.cli.status import status_lines
    from overtone.run.records.standing import standing_of
    from overtone.run.records.store import quiet_optuna
    from overtone.run.records.visible import visible

    with errors_explained(), quiet_optuna():
        study_file = read(study)
        standing = standing_of(load(study_file), study_file.space, study_file.budget)
    for line in status_lines(study_file, standing):
        typer.echo(visible(line))
