"""`overtone report`: what a study has shown."""

from typing import Annotated

import typer

from overtone.cli.calls import Study, errors_explained, read


def report(
    study: Study,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON instead.")] = False,
) -> None:
    """Print the configuration to use, the few changes that make the gain, and what each setting does.

    It can be called at any time, also while the study is being tuned. The keys of the JSON are
    described in the documentation of overtone.report.schema.

    \b
    Examples:
        overtone report study.toml
        overtone report study.toml --json
    """  # \b keeps a paragraph from being filled
    from overtone.cli.reporting import print_report
    from overtone.run.records.store import quiet_optuna

    with errors_explained(), quiet_optuna():
        print_report(read(study), as_json=json)
