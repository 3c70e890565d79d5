"""`overtone tune`: run a study, or go on with it."""

from typing import Annotated

import typer

from overtone.cli.calls import (
    FAILED,
    MISTAKE,
    Study,
    errors_explained,
    fail,
    read,
    say_how_to_go_on,
)
from overtone.cli.saying import plain_warnings
from overtone.errors import OvertoneError


def tune(
    study: Study,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Show no progress: only warnings, and the report."),
    ] = False,
) -> None:
    """Run a study, or go on with it where it stopped.

    Each trial runs the command in a folder of its own, .overtone/NAME/trials/NUMBER beside the
    study file, which holds its parameters, its output and how it ended. Ctrl-C stops the commands
    and keeps what is finished; the same call goes on from there. Raise `trials` in the file to go
    on with a finished study.

    On a terminal, a panel on standard error shows how far the study is, the best value so far and its
    gain over the default, what runs, why trials failed, and, from the tenth finished trial on, what
    seems to matter so far. Elsewhere it is a line for each finished trial. --quiet is neither.

    A command whose work can be cut short, such as training for {budget} epochs, lets Hyperband pause
    configurations and promote the better ones to larger budgets:

    \b
        [sampler]
        name = "hyperband"         # or "successive-halving", "asha"; also a base of "harmonica"
        [budget]
        least = 1
        most = 81
        resume = true              # it goes on from what it left in {checkpoint_dir}

    Both are in the environment too, as OVERTONE_BUDGET and OVERTONE_CHECKPOINT_DIR. Without resume,
    each run starts in an empty folder. A line of JSON such as {"accuracy": 0.9, "budget": 3} in the
    file that OVERTONE_RESULTS names reports how far the command has come.

    Harmonica's stages may be cheaper than its end, and a check says whether they tell of it:

    \b
        [fidelity]
        stages = {layers = 8}      # {layers} in the command
        end = {layers = 56}

    A tenth of the trials, at most, run a configuration again: to learn how much runs vary, which of
    the best ones is best, and whether a few changes would do. `repeats = false` in the file, before
    its tables, turns that off; [repeats] share = 0.05 makes it less.

    \b
    Examples:
        overtone tune study.toml
        overtone tune study.toml > report.txt     the panel on the terminal, the report in a file
        overtone tune study.toml 2> log.txt       a line for each finished trial in a file

    \b
    Exit codes:
        0    the study has its number of trials
        1    the run failed: no trial succeeded, or the command could not be started
        2    the study file or the call is wrong
        130  interrupted
    """  # \b keeps a paragraph from being filled
    from overtone.cli.live.watcher import watcher_for
    from overtone.cli.reporting import print_end
    from overtone.cli.signals import stopped_by_signals
    from overtone.run.engines.local.engine import run_study
    from overtone.run.engines.local.events import Mailbox
    from overtone.run.records.store import quiet_optuna

    with errors_explained():
        study_file = read(study)
    mailbox = Mailbox()
    watcher = watcher_for(study_file, is_quiet=quiet)
    try:
        with quiet_optuna(), stopped_by_signals(mailbox), watcher, plain_warnings(watcher.say):
            end = run_study(study_file, observer=watcher, mailbox=mailbox)
    except OvertoneError as error:
        fail(str(error), FAILED if watcher.has_started else MISTAKE)
    except KeyboardInterrupt:
        say_how_to_go_on(study, study_file)
    if end.interrupted:
        say_how_to_go_on(study, study_file)
    if end.elsewhere:
        typer.echo(f"{end.elsewhere} more trials run elsewhere.", err=True)
    with errors_explained(), quiet_optuna():
        print_end(study_file)
