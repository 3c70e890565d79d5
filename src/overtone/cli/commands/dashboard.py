"""`overtone dashboard`: a study inside optuna-dashboard."""

from contextlib import suppress
from functools import partial
from typing import Annotated, Final

import typer

from overtone.cli.calls import INTERRUPTED, Study, errors_explained, fail_without_port, load, read
from overtone.cli.saying import plain_warnings

PORT: Final = 8080


def dashboard(
    study: Study,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to serve it; 0 for any free port.")
    ] = PORT,
    open_: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Show a study in optuna-dashboard, with what overtone says of it as a note and figures.

    It can be called at any time, also while the study is being tuned: the note and the figures are
    renewed as trials end, in at most a tenth of the time. What you write in the note yourself, above
    or below our part, stays. It is served to this machine alone, until Ctrl-C.

    It needs optuna-dashboard: pip install 'overtone[dashboard]'

    \b
    Examples:
        overtone dashboard study.toml
        overtone dashboard study.toml --port 0 --open

    \b
    Exit codes:
        1    the port cannot be had
        2    the study file or the call is wrong, or optuna-dashboard is missing
        130  ended by Ctrl-C or SIGTERM
    """  # \b keeps a paragraph from being filled
    from overtone.cli.dashboard_server import DashboardServer
    from overtone.cli.reporting import open_page
    from overtone.cli.signals import stopped_by_signals
    from overtone.run.dashboard.attachments import dashboard_of
    from overtone.run.dashboard.renewal import Renewal
    from overtone.run.engines.local.events import Mailbox
    from overtone.run.records.store import quiet_optuna
    from overtone.study.storage import key_of

    mailbox, say = Mailbox(), partial(typer.echo, err=True)
    with (
        suppress(KeyboardInterrupt),
        stopped_by_signals(mailbox),
        errors_explained(),
        quiet_optuna(),
        plain_warnings(say),
    ):
        study_file = read(study)
        loaded = load(study_file)
        application = dashboard_of(loaded)
        renewal = Renewal(loaded, study_file, warn=lambda words: say(f"warning: {words}"))
        try:
            server = DashboardServer(port, application, writing=renewal.writing)
        except OSError as error:
            fail_without_port(port, error)
        with server.served(), renewal:
            address = server.address_of(key_of(loaded))
            typer.echo(f"Serving {address} on this machine alone. Ctrl-C ends it.")
            if open_:
                open_page(address)
            mailbox.get(timeout=None)
    raise typer.Exit(INTERRUPTED)
