"""`overtone report`: what a study has shown."""

from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from overtone.cli.calls import FAILED, MISTAKE, Study, errors_explained, fail, read
from overtone.cli.saying import plain_warnings

PORT: Final = 8765


def report(  # noqa: PLR0913, PLR0917  # each is an option of its own
    study: Study,
    text: Annotated[bool, typer.Option("--text", help="Print it as text instead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON instead.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The page to write.", show_default=".overtone/NAME/report.html"
        ),
    ] = None,
    static: Annotated[
        bool,
        typer.Option(
            "--static",
            help="Write a small page of drawings, to send or to keep beside the program: they do not "
            "answer the mouse.",
        ),
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Serve the page on this machine, and renew it as trials end."),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Where to serve it; 0 for any free port.", show_default=str(PORT)
        ),
    ] = None,
) -> None:
    """Write a page: the configuration to use, the few changes that make the gain, and why, in pictures.

    It is one file, which works without a network and can be sent to others. It can be called at any time,
    also while the study is being tuned. The keys of the JSON are described in the documentation, in
    reference/json.

    \b
    Examples:
        overtone report study.toml --open
        overtone report study.toml --serve      go on looking while it is tuned
        overtone report study.toml --text
        overtone report study.toml --json
    """  # \b keeps a paragraph from being filled
    from overtone.cli.reporting import open_page, page_path, report_on, serve_page
    from overtone.run.records.store import quiet_optuna
    from overtone.run.records.visible import visible

    kinds = {"--text": text, "--json": json, "--serve": serve, "--out": out is not None}
    wanted = [name for name, is_wanted in kinds.items() if is_wanted]
    if len(wanted) > 1:
        fail(f"{' and '.join(wanted)} exclude each other: give one of them.", MISTAKE)
    if open_ and (text or json):
        fail("--open shows the page, and --text and --json make none: give one of them.", MISTAKE)
    if static and (text or json or serve):
        fail(
            "--static is about the page that is written, and --text, --json and --serve write none: "
            "give one of them.",
            MISTAKE,
        )
    if port is not None and not serve:
        fail("--port is where --serve serves the page: give both.", MISTAKE)
    with errors_explained(), quiet_optuna(), plain_warnings(partial(typer.echo, err=True)):
        study_file = read(study)
        if text:
            typer.echo(report_on(study_file).text())
        elif json:
            typer.echo(report_on(study_file).json())
        elif serve:
            serve_page(study_file, port=PORT if port is None else port, is_opened=open_)
        else:
            path = out or page_path(study_file)
            try:
                report_on(study_file).write_page(path, is_live=not static)
            except OSError as error:
                why = error.strerror
                fail(f"{path}: the page cannot be written: {why}. Give another --out.", FAILED)
            typer.echo(f"Written to {visible(str(path))}")
            if open_:
                open_page(path.resolve().as_uri())
