"""A rehearsal runs the command as a trial does, tells what it read, and leaves nothing behind."""

import json
import sys
import threading
import time

import pytest
from tiny_studies import FOREVER, Witness, living_in, run, write_study

from overtone.errors import RunError
from overtone.run.definition.study_file import read_study_file
from overtone.run.engines.local.events import Mailbox
from overtone.run.engines.local.rehearsal import middle_of, rehearse, rehearsed_configuration
from overtone.space import Categorical, Integer, Real, SearchSpace

SHOW = """
import json, os
names = ["PARAMETERS", "RESULTS", "TRIAL_DIR", "TRIAL_NUMBER", "STUDY", "BUDGET", "CHECKPOINT_DIR"]
seen = {name: os.environ.get("OVERTONE_" + name) for name in names}
seen["parameters"] = json.load(open(seen["PARAMETERS"]))
seen["here"] = os.getcwd()
seen["files"] = sorted(os.listdir())
print("seen", json.dumps(seen))
print("score = 1")
"""


def rehearsed(path, mailbox=None):
    study_file = read_study_file(path)
    return rehearse(study_file, rehearsed_configuration(study_file), mailbox=mailbox or Mailbox())


def test_a_value_is_read_with_its_line(tmp_path):
    found = rehearsed(write_study(tmp_path, "print('hello')\nprint('score: 0.5')\nprint('bye')"))
    assert (found.value, found.failure, found.code) == (0.5, None, 0)
    assert (found.sighting.file, found.sighting.line) == ("stdout.txt", "score: 0.5")
    assert found.output == ("hello", "score: 0.5", "bye")
    assert found.misses == ()
    script = 'import os; open(os.environ["OVERTONE_RESULTS"], "w").write(\'{"score": 2}\')'
    found = rehearsed(write_study(tmp_path, script))
    assert (found.value, found.sighting.file) == (2.0, "results.jsonl")


def test_nothing_stays_and_the_study_s_own_trials_are_not_touched(tmp_path):
    path = write_study(tmp_path)
    before = sorted(tmp_path.iterdir())
    rehearsed(path)
    assert sorted(tmp_path.iterdir()) == before
    own = tmp_path / ".overtone" / "tiny" / "trials" / "000000" / "stdout.txt"
    own.parent.mkdir(parents=True)
    own.write_text("score = 3")
    before = sorted(tmp_path.rglob("*"))
    rehearsed(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert own.read_text() == "score = 3"


def test_the_command_runs_in_a_folder_of_its_own_with_the_variables_of_a_trial(tmp_path):
    path = write_study(tmp_path, SHOW, rest="[budget]\nleast = 3\nmost = 9\n")
    seen = json.loads(rehearsed(path).output[0].removeprefix("seen "))
    assert seen["parameters"] == rehearsed_configuration(read_study_file(path))
    assert seen["here"] == seen["TRIAL_DIR"]
    assert seen["TRIAL_DIR"].startswith(str(tmp_path / ".overtone"))
    assert (seen["STUDY"], seen["TRIAL_NUMBER"], seen["BUDGET"]) == ("tiny", "0", "3")


@pytest.mark.slow
def test_the_command_finds_what_a_trial_finds(tmp_path):
    rest = "[budget]\nleast = 3\nmost = 9\n"
    path = write_study(tmp_path, SHOW, rest=rest)
    seen = json.loads(rehearsed(path).output[0].removeprefix("seen "))
    run(write_study(tmp_path, SHOW, rest=rest, trials=1), Witness())
    own = (tmp_path / ".overtone/tiny/trials/000000/stdout.txt").read_text().splitlines()[0]
    of_trial = json.loads(own.removeprefix("seen "))
    assert of_trial["files"] == seen["files"]
    assert {name for name in seen if seen[name]} == {name for name in of_trial if of_trial[name]}


def test_the_default_runs_with_what_the_first_stage_fixes(tmp_path):
    rest = (
        '[default]\nx = 7\nkind = "bad"\n[sampler]\nname = "harmonica"\n'
        "[fidelity]\nstages = {layers = 8}\nend = {layers = 56}\n"
    )
    path = write_study(tmp_path, rest=rest)
    assert rehearsed_configuration(read_study_file(path)) == {"x": 7, "kind": "bad", "layers": 8}


def test_without_a_default_the_middle_of_the_space_runs():
    space = SearchSpace(
        [
            Categorical("kind", ("b", "a")),
            Integer("n", 1, 9),
            Integer("m", 1, 64, log=True),
            Real("lr", 1e-4, 1.0, log=True),
            Real("width", 0.0, 1.0, step=0.25),
            Integer("no", 1, 2, when={"kind": "a"}),
        ]
    )
    middle = middle_of(space)
    assert middle["lr"] == pytest.approx(0.01)
    assert {**middle, "lr": 0} == {"kind": "b", "n": 5, "m": 6, "lr": 0, "width": 0.5}


def test_a_failure_is_told_in_the_words_of_a_failed_trial(tmp_path):
    script = "import sys\nprint('begin')\nopen('data.csv')"
    (tmp_path / "data.csv").touch()
    found = rehearsed(write_study(tmp_path, script))
    assert found.failure.startswith("crash: exit code 1: FileNotFoundError")
    assert found.code == 1
    assert found.output == ("begin",)
    assert "FileNotFoundError" in found.errors[-1]
    assert "data.csv lies beside" in found.cause


def test_a_metric_that_is_nearly_there_is_shown(tmp_path):
    found = rehearsed(write_study(tmp_path, "print('Score: 93.1%')"))
    assert "no 'score'" in found.failure
    assert [miss.line for miss in found.misses] == ["Score: 93.1%"]


def test_a_program_that_is_not_there_is_a_failure(tmp_path):
    found = rehearsed(write_study(tmp_path, command=["no-such-program"]))
    assert found.code is None
    assert "'no-such-program' was not found" in found.failure


def test_a_command_over_its_time_is_ended_with_all_that_it_started(tmp_path):
    found = rehearsed(write_study(tmp_path, FOREVER, timeout=0.2))
    assert found.failure == "timeout: still running after 0.2 s"
    assert found.cause is None
    assert living_in(tmp_path) == []


@pytest.mark.slow
def test_a_command_that_does_not_listen_is_ended_too(tmp_path, monkeypatch):
    monkeypatch.setattr("overtone.run.engines.local.rehearsal.GRACE", 0.2)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER
    found = rehearsed(write_study(tmp_path, deaf, timeout=1))
    assert found.failure.startswith("timeout")
    assert living_in(tmp_path) == []


def test_a_request_to_stop_ends_the_command_and_leaves_nothing(tmp_path):
    path, mailbox = write_study(tmp_path, FOREVER), Mailbox()
    before = sorted(tmp_path.iterdir())

    def stop_when_it_runs():
        end = time.monotonic() + 30
        while not list(tmp_path.glob(".overtone/*/trials/*/ready")) and time.monotonic() < end:
            time.sleep(0.01)
        mailbox.stop()

    threading.Thread(target=stop_when_it_runs).start()
    assert rehearsed(path, mailbox) is None
    assert living_in(tmp_path) == []
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_what_leaves_its_session_is_ended_and_counted(tmp_path):
    script = """
import subprocess, sys
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], start_new_session=True)
print("score = 1")
"""
    found = rehearsed(write_study(tmp_path, script))
    assert (found.value, found.strays) == (1.0, 1)
    assert living_in(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    path = write_study(tmp_path)
    (tmp_path / ".overtone").write_text("no folder")
    with pytest.raises(RunError, match="cannot be used"):
        rehearsed(path)


def test_only_the_last_lines_are_kept_and_they_do_nothing_to_a_terminal(tmp_path):
    script = "for i in range(1000): print(i, '\\x1b[31mred\\x07')"
    found = rehearsed(write_study(tmp_path, script))
    assert len(found.output) == 8
    assert found.output[-1] == "999 red\\x07"
    assert sys.getsizeof(found.output) < 1000
