"""The command line does what its help says, with the exit codes that it names."""

import json
import logging
import os
import pty
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState
from tiny_studies import FOREVER, SCORE, living_in, trials_of, write_study
from typer.testing import CliRunner
from without_unix import run_without_unix

from overtone import __version__
from overtone.cli.main import app
from overtone.cli.saying import plain_warnings
from overtone.run.definition.study_file import read_study_file
from overtone.run.records import store
from overtone.run.records.lock import locked
from overtone.run.records.trial_folder import trials_directory
from overtone.run.records.visible import visible
from overtone.study.storage import FAILURE, store_end

OVERTONE = [sys.executable, "-m", "overtone.cli.main"]
# Long enough to be killed in the middle, short enough for many of them.
SLOW_SCORE = SCORE + "import time; time.sleep(0.1)\n"
# With a grandchild, which must not outlive its tuner either.
SLOW_FAMILY = (
    "import subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n" + SLOW_SCORE
)


def call(*words: str | Path):
    return CliRunner().invoke(app, [str(word) for word in words])


def start(path: Path, **options: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*OVERTONE, "tune", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_hang_ups, **options,  # noqa: PLW1509  # no threads here
    )  # fmt: skip


def heed_hang_ups() -> None:
    """Undo what tests that run under nohup would hand on."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def wait_for(condition, *, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A study that has been tuned."""
    path = write_study(tmp_path_factory.mktemp("tuned"), trials=6)
    answer = call("tune", path)
    assert answer.exit_code == 0, answer.output
    return path, answer


def test_tune_prints_the_report_and_a_line_for_each_trial_on_standard_error(tuned):
    path, answer = tuned
    best = max(trial.value for trial in trials_of(path))
    assert f"{best:g}" in answer.stdout
    lines = answer.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"{k} of 6" for k in range(1, 7)]
    for line, trial in zip(lines, trials_of(path), strict=True):
        assert f"trial {trial.number} gave score = {trial.value:g} in " in line
    assert f"best {best:g} in trial " in lines[-1]


def test_a_quiet_run_prints_the_report_only(tmp_path):
    answer = call("tune", write_study(tmp_path), "--quiet")
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "score" in answer.stdout
    answer = call("tune", tmp_path / "study.toml", "-q")
    assert (answer.exit_code, answer.stderr) == (0, "")


def test_tuning_again_says_that_it_goes_on_and_runs_nothing(tuned):
    path, _ = tuned
    before = trials_of(path)
    answer = call("tune", path)
    assert answer.exit_code == 0
    assert "going on; 6 of 6" in answer.stderr
    assert len(trials_of(path)) == len(before)


def test_best_prints_json(tuned):
    path, _ = tuned
    best = max(trials_of(path), key=lambda trial: trial.value)
    assert json.loads(call("best", path).stdout) == best.params


def test_best_prints_a_command_line_that_gives_the_value_again(tuned, tmp_path):
    path, _ = tuned
    best = max(trials_of(path), key=lambda trial: trial.value)
    line = call("best", path, "--command").stdout
    shown = subprocess.run(["sh", "-c", line], capture_output=True, check=True, cwd=tmp_path)
    assert float(shown.stdout.split(b"=")[1]) == best.value


def test_status_and_report_of_a_tuned_study(tuned):
    path, tune_answer = tuned
    answer = call("status", path)
    assert answer.exit_code == 0
    assert "6 of 6 trials finished" in answer.stdout
    assert "score = " in answer.stdout
    page = path.parent / ".overtone" / "tiny" / "report.html"
    text = call("report", path, "--text").stdout
    assert f"{text}\nPictures: {page}\n" == tune_answer.stdout
    # The page of the run is that of the command, and not another.
    drawn = page.read_text(encoding="utf-8")
    page.unlink()
    assert call("report", path).stdout == f"Written to {page}\n"
    assert page.read_text(encoding="utf-8") == drawn


@pytest.mark.slow
def test_a_study_is_looked_at_without_what_exists_on_unix_alone(tuned):
    path, _ = tuned
    program = """
from overtone.cli.main import app

for command in (["best"], ["status"], ["report"], ["report", "--text"]):
    app([*command, sys.argv[1]], standalone_mode=False)
"""
    commands = (["best"], ["status"], ["report"], ["report", "--text"])
    printed = [call(*command, path).stdout for command in commands]
    assert run_without_unix(program, str(path)) == "".join(printed)


@pytest.mark.parametrize("command", ["best", "status", "report"])
def test_a_study_that_was_never_started_says_how_to_start_it(tmp_path, command):
    answer = call(command, write_study(tmp_path))
    assert answer.exit_code == 2
    assert "Start it with: overtone tune /" in answer.stderr


def test_a_run_without_a_success_fails_and_status_counts_the_reasons(tmp_path):
    path = write_study(tmp_path, "raise SystemExit('no GPU')", trials=20)
    answer = call("tune", path)
    assert answer.exit_code == 1
    assert answer.stderr.splitlines()[-1].startswith("error: ")
    assert "5 of 20: trial 4 failed in " in answer.stderr
    assert answer.stderr.count("s: crash: exit code 1: no GPU; no value so far\n") == 5
    assert "5 x crash: exit code 1: no GPU" in call("status", path).stdout
    for command in ["best", "report"]:
        assert call(command, path).exit_code == 1
        assert "no trial has succeeded" in call(command, path).stderr


def begun_study(folder: Path, **keys: str):
    """A study file, and its study, which has no trial."""
    path = write_study(folder, **keys)
    study_file = read_study_file(path)
    with locked(study_file):
        return path, store.create_or_continue(study_file)


def failed(study):
    trial = study.ask()
    trial.set_user_attr(FAILURE, "crash: no GPU")
    study.tell(trial, state=TrialState.FAIL)


def eliminated(study):
    study.tell(study.ask(), state=TrialState.PRUNED)


def cheap(study):
    study.tell(study.ask({"layers": CategoricalDistribution([8])}), 1.0)


FIDELITY = """
[sampler]
name = "harmonica"
[fidelity]
stages = {layers = 8}
end = {layers = 56}
"""


@pytest.mark.parametrize(
    ("trials", "count"),
    [
        ([], "0 of 4 are finished"),
        ([optuna.Study.ask], "0 of 4 are finished"),
        ([eliminated], "1 of 4 are finished"),
        ([failed], "1 of 4 are finished, and 1 failed, most often with: crash: no GPU"),
        (
            [failed, eliminated, failed, optuna.Study.ask],
            "3 of 4 are finished, and 2 failed, most often with: crash: no GPU",
        ),
        ([cheap], "1 of 4 are finished"),
    ],
    ids=["begun", "running", "eliminated", "failed", "mixed", "cheap"],
)
def test_a_study_without_a_success_is_looked_at_in_words(tmp_path, trials, count):
    path, study = begun_study(tmp_path, rest=FIDELITY if cheap in trials else "")
    at_end = ""
    if cheap in trials:
        store_end(study, {"layers": 56})
        at_end = " at the fidelity of the end"
    for happen in trials:
        happen(study)
    for words in (
        ["best", path],
        ["best", path, "--command"],
        ["report", path],
        ["report", path, "--text"],
    ):
        answer = call(*words)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert answer.stderr == (
            f"error: {path}: no trial has succeeded{at_end} so far; {count}. "
            f"See: overtone status {path}\n"
        )
    answer = call("status", path)
    assert (answer.exit_code, answer.stderr) == (0, "")
    none = f"best      none: no trial has succeeded{at_end} so far\n"
    assert (none in answer.stdout) == (count[0] != "0")


def test_a_program_that_is_not_there_is_a_failed_run(tmp_path):
    answer = call("tune", write_study(tmp_path, command=["no-such-program"]))
    assert answer.exit_code == 1
    assert "no-such-program" in answer.stderr


def test_a_changed_space_is_a_mistake(tmp_path):
    path = write_study(tmp_path)
    call("tune", path)
    write_study(tmp_path, metric="points")
    answer = call("tune", path)
    assert answer.exit_code == 2
    assert "another name" in answer.stderr


def test_warnings_are_one_plain_line_each(tmp_path, monkeypatch):
    import warnings

    from overtone.errors import WeakSignalWarning
    from overtone.run.engines.local import engine

    original = engine.suggest

    def weak(trial, space):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            if trial.number == 1:
                warnings.warn("stage 1 found\nnothing", WeakSignalWarning, stacklevel=1)
        return original(trial, space)

    monkeypatch.setattr(engine, "suggest", weak)
    answer = call("tune", write_study(tmp_path), "--quiet")
    assert answer.stderr == "warning: stage 1 found nothing\n"


def test_help_and_version():
    assert call("--version").stdout == f"overtone {__version__}\n"
    for words in [[], ["tune"], ["best"], ["status"], ["report"]]:
        answer = call(*words, "--help")
        assert answer.exit_code == 0
        assert "overtone tune study.toml" in answer.stdout or words in (
            ["best"],
            ["status"],
            ["report"],
        )
        assert "\n\n" in answer.stdout
    assert call().exit_code == 2
    assert call("tune").exit_code == 2


def test_help_imports_nothing_heavy():
    script = (
        "import sys, overtone.cli.main as cli\n"
        "try: cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'optuna', 'numpy', 'scipy', 'numba', 'pydantic', 'psutil', 'sqlalchemy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
    # Half a second on a quiet machine; the imports above are what decides it.
    assert time.perf_counter() - begin < 5


def test_the_example_of_the_help_is_a_study_file(tmp_path):
    text = call("--help").stdout
    example = re.search(r'( +name = "digits".*?)\n\n', text, re.DOTALL)[1]
    (tmp_path / "study.toml").write_text("\n".join(line.strip() for line in example.splitlines()))
    assert read_study_file(tmp_path / "study.toml").name == "digits"


@pytest.mark.parametrize(
    "which",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_the_commands_and_says_how_to_go_on(tmp_path, which):
    path = write_study(tmp_path, FOREVER, parallel=2)
    trials = trials_directory(read_study_file(path).run_directory)
    tuner = start(path)
    wait_for(lambda: len(list(trials.glob("*/ready"))) == 2)
    assert "running   trial 1" in call("status", path).stdout  # it can be asked meanwhile
    tuner.send_signal(which)
    stdout, stderr = tuner.communicate(timeout=20)
    assert tuner.returncode == 130
    assert stdout == ""
    assert f"Go on with: overtone tune {path}" in stderr
    assert "Traceback" not in stderr
    assert living_in(tmp_path) == []
    write_study(tmp_path)
    assert call("tune", path).exit_code == 0
    assert [trial.state for trial in trials_of(path)] == [TrialState.COMPLETE] * 4


@pytest.mark.slow
def test_a_second_signal_ends_commands_that_do_not_listen(tmp_path):
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER
    path = write_study(tmp_path, deaf)
    trials = trials_directory(read_study_file(path).run_directory)
    tuner = start(path)
    wait_for(lambda: list(trials.glob("*/ready")))
    tuner.send_signal(signal.SIGINT)
    time.sleep(0.3)
    begin = time.monotonic()
    tuner.send_signal(signal.SIGINT)
    _, stderr = tuner.communicate(timeout=20)
    assert time.monotonic() - begin < 2  # less than the time that commands get to clean up
    assert tuner.returncode == 130
    assert "Go on with" in stderr
    assert living_in(tmp_path) == []


def on_terminal(path: Path) -> bytes:
    """What a terminal is sent while a study is tuned."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    tuner = subprocess.Popen(
        [*OVERTONE, "tune", str(path)], stderr=slave, stdout=subprocess.DEVNULL, env=environment
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # Linux: the other side is closed
        pass
    finally:
        os.close(master)
    assert tuner.wait(20) == 0
    return shown


HOSTILE = (
    "import os, sys\n"
    "if os.environ['OVERTONE_TRIAL_NUMBER'] == '1':\n"
    "    sys.exit('\\x1b[2J\\x1b]0;title\\x07[red]a.py:100: {x} %s\\x07\\x9b2J\\u202e[/red]')\n"
    "print('score = 1')"
)
HARMLESS = "[red]a.py:100: {x} %s\\x07\\u202e[/red]"


@pytest.fixture(scope="module")
def on_a_terminal(tmp_path_factory):
    """A study whose second trial speaks to the terminal, and what the terminal was sent."""
    path = write_study(
        tmp_path_factory.mktemp("terminal"), HOSTILE,
        command=[sys.executable, "-X", "utf8", "{study_dir}/train.py"],
    )  # fmt: skip
    return path, on_terminal(path)


def test_a_terminal_shows_progress(on_a_terminal):
    _, shown = on_a_terminal
    assert b"4 of 4 trials" in shown
    assert b"score = 1" in shown


def test_a_terminal_is_told_nothing_by_what_a_command_prints(on_a_terminal):
    path, shown = on_a_terminal
    assert f"1 x crash: exit code 1: {HARMLESS}".encode() in shown
    assert b"\x1b[2J" not in shown
    assert b"title" not in shown
    answer = call("status", path)
    assert f"1 x crash: exit code 1: {HARMLESS}\n" in answer.stdout


def test_a_reason_that_an_earlier_version_kept_is_shown_in_the_same_way(tmp_path):
    path, study = begun_study(tmp_path)
    trial = study.ask()
    trial.set_user_attr(FAILURE, "crash: \x1b[2Jno GPU\x07")
    study.tell(trial, state=TrialState.FAIL)
    assert "1 x crash: no GPU\\x07\n" in call("status", path).stdout


def test_an_error_says_no_more_to_a_terminal_than_its_words(tmp_path):
    answer = call("status", tmp_path / "\x1b[2Jstudy.toml")
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"error: {tmp_path}/study.toml: there is no such file")


def holds_lock(folder: Path, pid: int) -> bool:
    lock = folder / ".overtone" / "tiny" / "lock"
    return lock.exists() and lock.read_text() == f"{pid}\n"


def kill_again_and_again(folder: Path, sampler: str, *, kills: int, trials: int, seed: int) -> None:
    """Kill a tuner at random moments; what is finished must stay so, and the study must end."""
    rng = random.Random(seed)
    rest = f'[sampler]\nname = "{sampler}"\n'
    if sampler == "hyperband":
        rest += "[budget]\nmost = 9\nresume = true\n"
    path = write_study(folder, SLOW_FAMILY, trials=trials, parallel=2, rest=rest)
    finished: dict[int, tuple[object, ...]] = {}
    for kill in range(kills):
        tuner = start(path, start_new_session=True)
        # Every other time it starts in peace, however slow the machine, and dies at its trials.
        if kill % 2:
            wait_for(partial(holds_lock, folder, tuner.pid))
        time.sleep(rng.uniform(0.2, 2.0))
        tuner.kill()
        tuner.communicate(timeout=600)
        if not (folder / ".overtone" / "tiny" / "study.db").exists():
            continue
        answer = call("status", path)
        if answer.exit_code:  # killed before the study was in its store
            continue
        now = {
            t.number: (t.state, t.value, t.params) for t in trials_of(path) if t.state.is_finished()
        }
        assert finished.items() <= now.items()
        finished = now
    tuner = start(path)
    stdout, stderr = tuner.communicate(timeout=120)
    assert tuner.returncode == 0, stderr
    assert "score" in stdout
    ended = trials_of(path)
    assert [trial.number for trial in ended] == list(range(trials))
    assert all(trial.state.is_finished() for trial in ended)
    for number, (state, value, parameters) in finished.items():
        assert (ended[number].state, ended[number].value, ended[number].params) == (
            state, value, parameters,
        )  # fmt: skip
    for trial in ended:
        # A fast computer's tuner does not die three times under one trial, but a slow one's may.
        expected = trial.params["x"] + (10 if trial.params["kind"] == "good" else 0)
        died = "the tuner died three times" in trial.user_attrs.get("overtone:failure", "")
        assert trial.value == expected or died
    assert living_in(folder) == []


@pytest.mark.slow
def test_a_killed_tuner_loses_nothing(tmp_path):
    kill_again_and_again(tmp_path, "random", kills=2, trials=8, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "harmonica", "hyperband"])
def test_a_tuner_killed_at_ten_random_moments_loses_nothing(tmp_path, sampler):
    kill_again_and_again(tmp_path, sampler, kills=10, trials=40, seed=2)


def test_the_command_line_quotes_what_a_shell_would_split(tmp_path):
    path = write_study(
        tmp_path, space='x = [3]\nkind = ["a b"]', trials=1, rest="",
        command=[sys.executable, "-I", "-S", "{study_dir}/train.py", "{kind}", "{x}"],
    )  # fmt: skip
    assert call("tune", path).exit_code == 0
    words = shlex.split(call("best", path, "--command").stdout)
    assert words[-2:] == ["a b", "3"]


STRANGE = "{x}%s% 20?a=b#it's \"$HOME`id`;&größe 研究\\[red]:100:~*\n-n"


@pytest.mark.slow
def test_every_command_works_in_a_folder_of_any_name(tmp_path):
    folder = tmp_path / STRANGE
    folder.mkdir()
    command = [sys.executable, "-I", "-S", "{study_dir}/train.py", "{study_dir}", "{trial_dir}"]
    path = write_study(folder, trials=4, command=command)
    commands = (["tune"], ["report"], ["report", "--text"], ["status"], ["best"])
    answers = [call(*command, path) for command in commands]
    assert [answer.exit_code for answer in answers] == [0] * 5
    tuned, written, report, status, best = (answer.stdout for answer in answers)
    assert "Use this configuration" in tuned
    page = folder / ".overtone" / "tiny" / "report.html"
    assert f"{report}\nPictures: {visible(str(page))}\n" == tuned
    assert written == f"Written to {visible(str(page))}\n"
    assert page.exists()
    assert "4 of 4 trials finished" in status
    trial = max(trials_of(path), key=lambda trial: trial.value)
    assert json.loads(best) == trial.params
    line = call("best", path, "--command").stdout
    again = subprocess.run(["sh", "-c", line], capture_output=True, check=True, cwd="/")
    assert float(again.stdout.split(b"=")[1]) == trial.value
    assert call("compare", path, "--with", "random", "--seeds", "2").exit_code == 0
    run_directory = folder / ".overtone" / "tiny"
    runs = {run_directory / "compare" / f"random2x-{seed}" for seed in range(2)}
    assert {file.parent for file in folder.rglob("study.db")} == {run_directory, *runs}


@pytest.mark.slow
def test_the_command_line_holds_the_bytes_of_a_folder_whose_name_is_no_text(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system takes text only")
    path = write_study(folder, trials=1)
    subprocess.run([*OVERTONE, "tune", str(path)], capture_output=True, check=True)
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    words = [*OVERTONE, "best", str(path), "--command"]
    line = subprocess.run(words, capture_output=True, check=True, env=strict).stdout
    again = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert float(again.stdout.split(b"=")[1]) == trials_of(path)[0].value


def test_the_command_line_runs_a_program_whose_path_has_an_equals_sign(tmp_path):
    """The program `env` would take it for a variable."""
    folder = tmp_path / "a=b"
    folder.mkdir()
    program = folder / "score"
    program.write_text("#!/bin/sh\necho score = $1\n", encoding="utf-8")
    program.chmod(0o755)
    path = write_study(folder, trials=1, command=["{study_dir}/score", "{x}"])
    assert call("tune", path).exit_code == 0
    [trial] = trials_of(path)
    line = call("best", path, "--command").stdout
    again = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert again.stdout == b"score = %d\n" % trial.params["x"]


@pytest.mark.parametrize("command", ["best", "report"])
def test_a_call_that_is_advised_is_quoted_and_short(tmp_path, command, monkeypatch):
    path = write_study(tmp_path).rename(tmp_path / "my study's.toml")
    advice = call(command, path).stderr.partition("Start it with: ")[2]
    assert shlex.split(advice) == ["overtone", "tune", str(path)]
    monkeypatch.chdir(tmp_path)
    advice = call(command, path).stderr.partition("Start it with: ")[2]
    assert shlex.split(advice) == ["overtone", "tune", "my study's.toml"]


def test_a_word_of_the_log_is_shown_while_a_study_runs_and_not_after():
    """Compiling takes seconds once after an installation, and the log alone says so."""
    logger, said = logging.getLogger("overtone"), []
    level = logger.level
    with plain_warnings(said.append):
        logger.info("Compiling %s: some seconds", "the scan")
        logger.debug("nothing for a user")
    logger.info("later")
    assert said == ["Compiling the scan: some seconds"]
    assert logger.level == level
