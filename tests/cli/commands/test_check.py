"""`overtone check` says what it understood and what it read, with the exit codes that its help names."""

import signal
import subprocess
import sys
import time

import pytest
from tiny_studies import FOREVER, living_in, write_study
from typer.testing import CliRunner

from overtone.cli.main import app

DEFAULT = '[default]\nx = 7\nkind = "bad"\n'


def check(*words):
    return CliRunner().invoke(app, ["check", *map(str, words)])


def flat(answer):
    """What was printed, with one blank between words, wherever lines were broken."""
    return " ".join(answer.stdout.split())


def test_a_study_that_is_well_says_all_that_was_understood_and_read(tmp_path):
    path = write_study(tmp_path, rest=DEFAULT, trials=40, parallel=2, timeout=60)
    answer = check(path)
    assert answer.exit_code == 0, answer.output
    for words in (
        f"study tiny, of {path}",
        "metric score, to be maximised",
        "trials 40, 2 at a time, each for at most 60 s",
        "search random, seed 0",
        "settings 3: 1 choice, 2 whole numbers; 1 of them under a condition",
        "x 0 to 9",
        "kind good, bad",
        "depth 1 to 3, when kind is 'good'",
        "size 40 combinations, which 40 trials can try",
        f"{tmp_path}/train.py",
        "note no setting is in the command, so the program must read all of them",
        "Running the default once; Ctrl-C ends it.",
        "ended with exit code 0, after",
        "read score = 7.0",
        "the last line of the standard output that names it: score = 7",
        "estimate 40 trials would take",
        "if each took as long as this one",
        f"Next: overtone tune {path}",
    ):
        assert words in flat(answer), words
    assert not (tmp_path / ".overtone").exists()


def test_settings_that_the_command_never_uses_are_named(tmp_path):
    answer = check(write_study(tmp_path, command=["echo", "{x}"]), "--no-run")
    assert answer.exit_code == 0
    assert "warning kind, depth are not in the command: unless the program" in flat(answer)
    answer = check(write_study(tmp_path, command=["echo", "{parameters}"]), "--no-run")
    assert "warning" not in answer.stdout
    assert "note" not in answer.stdout
    budget = "[budget]\nmost = 9\n"
    answer = check(write_study(tmp_path, command=["echo", "{parameters}"], rest=budget), "--no-run")
    assert "warning {budget} is not in the command" in flat(answer)


def test_only_reading_runs_nothing(tmp_path):
    path = write_study(tmp_path, "open('/nowhere/at/all')")
    answer = check(path, "--no-run")
    assert answer.exit_code == 0
    assert "Running" not in answer.stdout
    assert "metric     score" in answer.stdout


def test_a_command_without_the_metric_shows_what_is_nearly_it(tmp_path):
    answer = check(write_study(tmp_path, "print('hello')\nprint('Score: 0.93')"))
    assert answer.exit_code == 1
    assert "failed no 'score' in results.jsonl or stdout.txt" in flat(answer)
    assert "output     | hello\n           | Score: 0.93" in answer.stdout
    assert "likely     meant is the line: Score: 0.93" in answer.stdout
    assert 'write metric = "Score" in the study file' in flat(answer)
    assert "All is well" not in answer.stdout


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "pass",
            ["none: it printed nothing", "to do let the program print a line such as score"],
        ),
        ("open('x.csv')", ["failed crash: exit code 1", "errors |", "{study_dir}"]),
        ("print('score = nan')", ["'score' in stdout.txt is NaN"]),
        ("raise SystemExit(3)", ["with exit code 3", "run the command line above by hand"]),
    ],
)
def test_a_failure_is_told_with_its_output_and_what_to_do(tmp_path, script, expected):
    answer = check(write_study(tmp_path, script))
    assert answer.exit_code == 1
    for words in expected:
        assert words in flat(answer)


def test_a_program_that_is_not_there_is_a_failure(tmp_path):
    answer = check(write_study(tmp_path, command=["no-such-program"]))
    assert answer.exit_code == 1
    assert "cannot be started: the program 'no-such-program' was not found" in flat(answer)
    assert "correct the command" in answer.stdout


def test_a_mistake_in_the_file_is_one(tmp_path):
    answer = check(write_study(tmp_path, trials=0))
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: ")
    assert "trials" in answer.stderr
    assert check(tmp_path / "none.toml").exit_code == 2


def test_budgets_and_fidelities_say_what_is_run(tmp_path):
    script = "import os; print('score =', os.environ['OVERTONE_BUDGET'])"
    answer = check(write_study(tmp_path, script, rest="[budget]\nleast = 2\nmost = 9\n"))
    assert "since there is no [default], to the least budget, 2, once" in flat(answer)
    assert "read       score = 2.0" in answer.stdout
    assert "4.5 times as long" in flat(answer)
    rest = '[sampler]\nname = "harmonica"\n[fidelity]\nstages = {layers = 8}\nend = {layers = 56}\n'
    answer = check(write_study(tmp_path, "print('score = 1')", rest=DEFAULT + rest))
    assert "the fidelity of the first stage, layers = 8, once" in answer.stdout
    assert "fidelity   layers = 56 at the end" in answer.stdout


def test_a_database_is_named_without_its_password(tmp_path):
    rest = '[storage]\nurl = "postgresql://me:secret@host/base"\n'
    answer = check(write_study(tmp_path, rest=rest), "--no-run")
    assert "store      a database, postgresql" in answer.stdout
    assert "secret" not in answer.stdout


def begun_check(folder, script):
    """A check of a script that runs until it is ended, and has begun to."""
    checking = subprocess.Popen(
        [sys.executable, "-m", "overtone.cli.main", "check", str(write_study(folder, script))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not list(folder.glob(".overtone/*/trials/*/ready")):
        assert time.monotonic() < end
        time.sleep(0.01)
    return checking


def assert_nothing_is_left(folder, checking):
    _, stderr = checking.communicate(timeout=60)
    assert checking.returncode == 130
    assert stderr == "Stopped; nothing of the run is kept.\n"
    assert living_in(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["study.toml", "train.py"]


@pytest.mark.slow
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_leaves_nothing(tmp_path, which):
    checking = begun_check(tmp_path, FOREVER)
    checking.send_signal(which)
    assert_nothing_is_left(tmp_path, checking)


@pytest.mark.slow
def test_a_second_signal_ends_a_command_that_does_not_listen(tmp_path):
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER
    checking = begun_check(tmp_path, deaf)
    checking.send_signal(signal.SIGINT)
    time.sleep(0.3)
    checking.send_signal(signal.SIGINT)
    assert_nothing_is_left(tmp_path, checking)
