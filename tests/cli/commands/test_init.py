"""`overtone init` writes what options and answers say, read as it was meant, or it writes nothing."""

import builtins
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from overtone.cli.main import app
from overtone.run.definition.study_file import read_study_file
from overtone.run.definition.writing.toml_text import value_text
from overtone.space import Categorical, Integer, Real

TRAIN = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.1, help="learning rate")
p.add_argument("--cache", action="store_true")
p.add_argument("--seed", type=int, default=0)
p.add_argument("--out", required=True)
raise SystemExit("this script was run")
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "train.py").write_text(TRAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*words):
    return CliRunner().invoke(app, ["init", *map(str, words)])


def written(folder, name="study.toml"):
    return read_study_file(folder / name)


COMMAND = ("--command", "python train.py --lr 0.1 --layers 2 --mode fast --cache --seed 3")
METRIC = ("--metric", "accuracy", "--direction", "maximize")


def test_everything_can_be_given_by_options(here):
    answer = init(
        *COMMAND, *METRIC, "--setting", "lr=1e-4..1 log", "--setting", "mode=fast,slow", "--setting",
        "new=1..3", "--name", "mine", "--trials", 7, "--parallel", 2, "--timeout", 90, "--yes",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "study.toml: accuracy is to be maximised over 5 settings" in answer.stdout
    assert "Next: overtone check study.toml" in answer.stdout
    assert "--new={new}" in answer.stderr
    study = written(here)
    assert (study.name, study.metric, study.direction) == ("mine", "accuracy", "maximize")
    assert (study.trials, study.parallel, study.timeout) == (7, 2, 90.0)
    assert study.space.parameters == (
        Real("lr", 1e-4, 1.0, log=True),
        Integer("layers", 1, 8),
        Categorical("mode", ("fast", "slow")),
        Categorical("cache", (False, True)),
        Integer("new", 1, 3),
    )
    # Nothing tells what `new` is today.
    assert study.default is None
    text = (here / "study.toml").read_text()
    assert "# new = ...\n" in text
    assert "#   --seed 3: a seed" in text


def test_present_values_are_the_default(here):
    assert init(*COMMAND, *METRIC, "-y").exit_code == 0
    assert written(here).default == {"lr": 0.1, "layers": 2, "cache": True}


def test_a_setting_may_stay_as_it_is(here):
    assert init(*COMMAND, *METRIC, "-y", "-s", "lr=keep", "-s", "--cache=keep").exit_code == 0
    assert written(here).space.names == ("layers",)
    text = (here / "study.toml").read_text()
    assert '"--lr", "0.1"' in text
    assert "#   --lr 0.1: it was left as it is" in text


def test_the_options_of_a_script_are_settings_and_it_is_not_run(here):
    answer = init("--from", "argparse", "train.py", "--metric", "loss", "--yes")
    assert answer.exit_code == 0, answer.output
    assert "does not run without --out" in answer.stderr
    study = written(here)
    assert study.name == "train"
    assert study.default == {"lr": 0.1, "cache": False}
    text = (here / "study.toml").read_text()
    assert '"python", "{study_dir}/train.py", "--lr={lr}"' in text
    assert "# learning rate\nlr = " in text
    assert re.search(r"#   --seed: a seed .*\(line\s+(# +)?6\)", text, re.DOTALL)
    assert "--out" not in text.partition("[space]")[0]


def test_an_option_of_a_script_gets_values_by_its_own_name_and_keeps_its_default(here):
    answer = init("--from", "argparse", "train.py", "-m", "loss", "-y", "-s", "seed=1..5 default 2",
                  "--setting", "out=a,b default b")  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == ""
    assert written(here).default == {"lr": 0.1, "cache": False, "seed": 2, "out": "b"}
    assert '"--out={out}"' in (here / "study.toml").read_text()
    assert init("--from", "argparse", "train.py", "-m", "loss", "-y", "-s", "seed=0..5",
                "--force").exit_code == 0  # fmt: skip
    assert written(here).default["seed"] == 0


def test_what_the_command_holds_is_not_added_again(here):
    answer = init(
        "--from", "argparse", "train.py", "--command", "python train.py --out=x --lr 0.2", "-m", "loss",
        "-y",
    )  # fmt: skip
    assert answer.stderr == ""
    text = (here / "study.toml").read_text()
    assert text.count("{lr}") == 1
    assert written(here).default == {"lr": 0.2, "cache": False}


def test_a_folder_gets_a_study_file_and_a_file_its_name(here):
    assert init("new/folder", *COMMAND, *METRIC, "-y").exit_code == 0
    assert '"{study_dir}/../../train.py"' in (here / "new/folder/study.toml").read_text()
    assert init("other.toml", *COMMAND, *METRIC, "-y").exit_code == 0
    assert written(here, "other.toml").name == "train"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((*METRIC, "-y"), "give --command"),
        (METRIC, "give --command"),
        ((*COMMAND, "-y"), "give --metric"),
        ((*COMMAND, "-y", "-m", "value"), "give --direction"),
        ((*COMMAND, "-y", "-m", "a=b"), "cannot be the name of a metric"),
        ((*COMMAND, "-y", "-m", "value", "-d", "up"), "minimize or maximize is expected"),
        ((*COMMAND, *METRIC, "-y", "-s", "lr"), "expected is NAME=LOW..HIGH"),
        ((*COMMAND, *METRIC, "-y", "-s", "lr=1..2"), "'lr' is '0.1' at present"),
        ((*COMMAND, *METRIC, "-y", "-s", "cache=1..2"), "write cache=on,off"),
        ((*COMMAND, *METRIC, "-y", "-s", "no=keep"), "nothing of this name"),
        (("-c", "ls", *METRIC, "-y"), "there is no setting"),
        (("-c", "ls | cat", *METRIC, "-y", "-s", "x=1..2"), "Write {x} where its value belongs"),
        (("-c", "a 'b", *METRIC, "-y"), "partner"),
        (("--from", "click", "train.py", "-y"), "--from argparse train.py"),
        (("--from", "argparse", "no.py", *METRIC, "-y"), "cannot be read"),
        (("--from", "argparse", "train.py", "-c", "a | b", *METRIC, "-y"), "which is for a shell"),
        ((*COMMAND, *METRIC, "-y", "--name", "a/b"), "it names a folder"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(here, words, expected):
    answer = init(*words)
    assert answer.exit_code == 2
    assert expected in answer.stderr
    assert [path.name for path in here.iterdir()] == ["train.py"]


def test_a_file_is_written_over_only_by_force(here):
    (here / "study.toml").write_text("mine")
    answer = init(*COMMAND, *METRIC, "-y")
    assert answer.exit_code == 2
    assert "--force" in answer.stderr
    assert (here / "study.toml").read_text() == "mine"
    assert init(*COMMAND, *METRIC, "-y", "--force").exit_code == 0
    assert written(here).name == "train"


def test_any_text_of_a_command_survives(here):
    words = ["it's", 'say "hi"', "back\\slash", "{braces}", "é 😀", "a\tb\x01", "$HOME", "#"]
    answer = init("-c", f"prog --lr 0.1 {shlex.join(words)}", *METRIC, "-y")
    assert answer.exit_code == 0, answer.output
    literal = [word.replace("{", "{{").replace("}", "}}") for word in words]
    command = written(here).command
    assert [part.pieces for part in command.parts[3:]] == [
        (word.replace("{{", "{").replace("}}", "}"),) for word in literal
    ]
    assert all(value_text(word) in (here / "study.toml").read_text() for word in literal)


@pytest.fixture
def answering(monkeypatch):
    """Answers the questions with these lines, and then ends the input."""

    def answer_with(*lines):
        left = iter(lines)

        def answer(prompt=""):
            asked.append(prompt)
            line = next(left, EOFError)
            if not isinstance(line, str):
                raise line
            return line

        asked = []
        monkeypatch.setattr("overtone.cli.asking.on_terminal", lambda: True)
        monkeypatch.setattr(builtins, "input", answer)
        return asked

    return answer_with


def test_a_newcomer_is_asked_for_all_of_it(here, answering):
    asked = answering(COMMAND[1], "accuracy", "", "yes", "")
    answer = init()
    assert answer.exit_code == 0, answer.output
    assert [prompt.split("[")[-1] for prompt in asked] == [
        "command: ", "metric: ", "maximize]: ", "yes]: ", "none]: ",
    ]  # fmt: skip
    assert "lr = 0.01..1 log" in answer.stdout
    assert "its other values are not known" in answer.stdout
    study = written(here)
    assert study.direction == "maximize"
    assert study.default == {"lr": 0.1, "layers": 2, "cache": True}


def test_each_setting_can_be_answered_and_a_mistake_is_asked_again(here, answering):
    asked = answering(
        "", "'", COMMAND[1], "a:b", "score", "sideways", "min", "what", "no", "1e-3..1 log", "9..10",
        "2..4", "keep", "mode", "mode=fast,slow", "more=1..2 default 1", "",
    )  # fmt: skip
    answer = init()
    assert answer.exit_code == 0, answer.output
    assert len(asked) == 17
    for problem in ("answer is needed", "partner", "cannot be the name", "minimize or maximize is expected",
                    "yes or no", "none of its values 9..10", "expected is NAME="):  # fmt: skip
        assert problem in answer.stdout
    study = written(here)
    assert study.direction == "minimize"
    assert study.default == {"lr": 0.1, "layers": 2, "mode": "fast", "more": 1}
    assert study.space["layers"] == Integer("layers", 2, 4)


def test_a_command_without_settings_asks_for_one(here, answering):
    asked = answering("./train.py", "loss", "", "", "x=1..3 default 2", "")
    answer = init()
    assert answer.exit_code == 0, answer.output
    assert "Nothing in the command looks like a setting" in answer.stdout
    assert asked[3:5] == ["A setting, as NAME=VALUES: "] * 2
    assert written(here).default == {"x": 2}


def test_what_was_given_is_not_asked(here, answering):
    asked = answering("", "")
    assert init(*COMMAND, *METRIC, "-s", "lr=0.01..1").exit_code == 0
    assert len(asked) == 2


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
@pytest.mark.parametrize("before", [(), (COMMAND[1],), (COMMAND[1], "accuracy", "", "yes")])
def test_an_interruption_writes_nothing(here, answering, end, before):
    answering(*before, end)
    answer = init()
    assert answer.exit_code == 130
    assert "nothing was written" in answer.stderr
    assert [path.name for path in here.iterdir()] == ["train.py"]


@pytest.mark.slow
def test_it_talks_on_a_real_terminal_and_ends_at_control_c(here):
    controller, terminal = pty.openpty()
    program = [sys.executable, "-m", "overtone.cli.main", "init"]
    asking = subprocess.Popen(
        program, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    shown = b""

    def shows(words, *, seconds=120):
        nonlocal shown
        end = time.monotonic() + seconds
        while (
            words not in shown
            and select.select([controller], [], [], max(end - time.monotonic(), 0))[0]
        ):
            shown += os.read(controller, 4096)
        return words in shown

    assert shows(b"command: ")
    os.write(controller, b"python train.py --lr 0.1\n")
    assert shows(b"metric: ")
    # A signal between the question and the wait for its answer is noticed with the next one, or with a key.
    for _ in range(60):
        asking.send_signal(signal.SIGINT)
        if shows(b"nothing was written", seconds=2):
            break
    assert shows(b"nothing was written")
    assert asking.wait(timeout=60) == 130
    os.close(controller)
    assert [path.name for path in here.iterdir()] == ["train.py"]
