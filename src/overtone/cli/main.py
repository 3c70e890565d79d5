"""The command line: parse, call, print, exit code.

Exit codes: 0 done, 1 the run failed, 2 a mistake in the study file or the call, 130 interrupted.
"""

import io
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from overtone.cli.saying import plain_warnings
from overtone.errors import OvertoneError

# Everything heavy is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    import optuna

    from overtone.run.definition.study_file import StudyFile

FAILED: Final = 1
MISTAKE: Final = 2
INTERRUPTED: Final = 130

app = typer.Typer(
    name="overtone",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Study = Annotated[
    Path,
    typer.Argument(metavar="STUDY", help="The study file, such as study.toml.", show_default=False),
]


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The name of a folder need not be UTF-8, and a command line that holds it must work.
        sys.stdout.reconfigure(errors="surrogateescape")
    app(prog_name="overtone")


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

    Write down once what to run and what may vary, in a file study.toml:

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
        overtone tune study.toml            run it; run it again to go on
        overtone status study.toml          look at it while it runs
        overtone best study.toml --command  the command line of the best trial
    """  # \b keeps a paragraph from being filled
    del version


@app.command()
def tune(study: Study) -> None:
    """Run a study, or go on with it where it stopped.

    Each trial runs the command in a folder of its own, .overtone/NAME/trials/NUMBER beside the
    study file, which holds its parameters, its output and how it ended. Ctrl-C stops the commands
    and keeps what is finished; the same call goes on from there. Raise `trials` in the file to go
    on with a finished study.

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
        overtone tune study.toml > report.txt     no progress display, only the report

    \b
    Exit codes:
        0    the study has its number of trials
        1    the run failed: no trial succeeded, or the command could not be started
        2    the study file or the call is wrong
        130  interrupted
    """  # \b keeps a paragraph from being filled
    from overtone.cli.progress import progress_display
    from overtone.cli.signals import stopped_by_signals
    from overtone.run.engines.local.engine import run_study
    from overtone.run.engines.local.events import Mailbox
    from overtone.run.records.store import quiet_optuna

    with _errors_explained():
        study_file = _read(study)
    mailbox = Mailbox()
    display = progress_display(study_file)
    try:
        with quiet_optuna(), stopped_by_signals(mailbox), display, plain_warnings(display.say):
            end = run_study(study_file, observer=display, mailbox=mailbox)
    except OvertoneError as error:
        _fail(str(error), FAILED if display.has_started else MISTAKE)
    except KeyboardInterrupt:
        _say_how_to_go_on(study, study_file)
    if end.interrupted:
        _say_how_to_go_on(study, study_file)
    if end.elsewhere:
        typer.echo(f"{end.elsewhere} more trials run elsewhere.", err=True)
    with _errors_explained(), quiet_optuna():
        _print_report(study_file)


@app.command()
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
) -> None:
    """Run rivals on this study's problem at equal cost, and draw who is ahead when.

    Each rival runs the study's command, from nothing, once for each seed: `trials` full trials, or
    as many configurations as Hyperband runs at that cost. With --seconds, no trial begins once the
    commands of a run have taken so long, and there are `trials` of them at most. Random search at
    twice the cost always takes part. The same call goes on where it was stopped.

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
    from overtone.cli.progress import Displays
    from overtone.cli.signals import stopped_by_signals
    from overtone.run.compare import run_comparison
    from overtone.run.curves import table_lines
    from overtone.run.engines.local.events import Mailbox
    from overtone.run.records.store import quiet_optuna
    from overtone.run.records.trial_folder import write_whole

    with _errors_explained():
        study_file = _read(study)
    mailbox, names = Mailbox(), [name.strip() for name in rivals.split(",")]
    displays = Displays()
    try:
        with quiet_optuna(), stopped_by_signals(mailbox):
            curves = run_comparison(
                study_file, names, seeds, seconds=seconds, watch=displays.watch, mailbox=mailbox
            )
    except OvertoneError as error:
        _fail(str(error), FAILED if displays.has_started else MISTAKE)
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
        _fail(f"{page}: the page cannot be written: {error.strerror}. Give another --out.", FAILED)
    typer.echo(f"Drawn in {page}")


@app.command()
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

    with _errors_explained(), quiet_optuna():
        study_file = _read(study)
        loaded = _load(study_file)
        found = best_of(loaded, study_file.space)
        if found is None:
            _fail_without_success(loaded, study_file)
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


@app.command()
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

    with _errors_explained(), quiet_optuna():
        study_file = _read(study)
        standing = standing_of(_load(study_file), study_file.space, study_file.budget)
    for line in status_lines(study_file, standing):
        typer.echo(visible(line))


@app.command()
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
    from overtone.run.records.store import quiet_optuna

    with _errors_explained(), quiet_optuna():
        _print_report(_read(study), as_json=json)


def _read(path: Path) -> "StudyFile":
    from overtone.run.definition.study_file import read_study_file

    return read_study_file(path)


def _load(study_file: "StudyFile") -> "optuna.Study":
    from overtone.run.records.store import load

    return load(study_file)


def _print_report(study_file: "StudyFile", *, as_json: bool = False) -> None:
    from overtone.cli.reporting import report_of_study
    from overtone.run.records.standing import best_of

    loaded = _load(study_file)
    if best_of(loaded, study_file.space) is None:
        _fail_without_success(loaded, study_file)
    with plain_warnings(partial(typer.echo, err=True)):
        text = report_of_study(loaded, study_file, as_json=as_json)
    typer.echo(text)


def _fail_without_success(loaded: "optuna.Study", study_file: "StudyFile") -> NoReturn:
    from overtone.cli.status import none_succeeded
    from overtone.run.records.standing import standing_of

    _fail(none_succeeded(study_file, standing_of(loaded, study_file.space)), FAILED)


def _fail(message: str, code: int) -> NoReturn:
    from overtone.run.records.visible import visible

    typer.echo(f"error: {visible(message)}", err=True)
    raise typer.Exit(code)


def _say_how_to_go_on(study: Path, study_file: "StudyFile") -> NoReturn:
    typer.echo(
        f"Stopped; every finished trial is kept in {study_file.run_directory}. "
        f"Go on with: {shlex.join(['overtone', 'tune', str(study)])}",
        err=True,
    )
    raise typer.Exit(INTERRUPTED)


@contextmanager
def _errors_explained() -> Iterator[None]:
    try:
        yield
    except OvertoneError as error:
        _fail(str(error), MISTAKE)


if __name__ == "__main__":
    main()
