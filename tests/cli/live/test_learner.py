"""What seems to matter is what the report says, found beside the run by a process that ends with it."""

import json
import pickle
import random
import signal
import subprocess
import sys
import time

import optuna
import psutil
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import create_trial
from tiny_studies import Witness, run, write_study

from overtone.cli.live.asking import LEARNER, Learner
from overtone.cli.live.learner import insight_of
from overtone.report.explanation import explain
from overtone.report.words import interval, value
from overtone.run.definition.study_file import read_study_file
from overtone.run.records import store

LEVELS = {"x": range(5), "kind": ["good", "bad"], "idle": ["yes", "no"]}
DISTRIBUTIONS = {
    "x": IntDistribution(0, 4),
    "kind": CategoricalDistribution(["good", "bad"]),
    "idle": CategoricalDistribution(["yes", "no"]),
}
SPACE = "x = {low = 0, high = 4}\nkind = ['good', 'bad']\nidle = ['yes', 'no']\n"


def explained(score, trials=30):
    """The explanation of a random search."""
    rng = random.Random(1)
    study = optuna.create_study(direction="maximize")
    for _ in range(trials):
        params = {name: rng.choice(levels) for name, levels in LEVELS.items()}
        study.add_trial(
            create_trial(value=score(params, rng), params=params, distributions=DISTRIBUTIONS)
        )
    return explain(study)


def test_what_matters_comes_first_with_the_change_and_interval_of_the_report():
    explanation = explained(lambda p, rng: p["x"] + (10.0 if p["kind"] == "good" else 0.0))
    insight = insight_of(explanation)
    sure = [s for s in explanation.settings if s.verdict == "matters"]
    assert [s.setting for s in sure] == ["kind", "x"]
    assert (insight["trials"], insight["note"]) == (30, "")
    for setting, change in zip(sure, insight["changes"], strict=True):
        assert change["setting"] == f"{setting.setting} = {value(setting.value)}"
        level = next(x for x in setting.levels if value(x.value) == change["to"])
        assert change["change"] == interval(level.change, signed=True)
        assert change["change"].startswith(change["mean"])
        assert change["is_sure"]
    assert json.loads(json.dumps(insight)) == insight


def test_nothing_is_sure_where_all_values_are_equal():
    assert insight_of(explained(lambda p, rng: 1.0, trials=3)) == {
        "trials": 3,
        "note": "All values are equal, so no setting made a difference so far.",
        "changes": [],
    }


def test_one_value_is_too_few():
    note = insight_of(explained(lambda p, rng: 1.0, trials=1))["note"]
    assert note.startswith("There are too few trials with a value")


def test_noise_leaves_nothing_sure():
    insight = insight_of(explained(lambda p, rng: rng.gauss(0, 1)))
    assert insight["note"] == "Nothing is sure yet."
    assert not any(change["is_sure"] for change in insight["changes"])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study in its store, and its explanation."""
    path = write_study(tmp_path_factory.mktemp("learner"), space=SPACE, trials=30)
    run(path, Witness())
    study_file = read_study_file(path)
    return study_file, explain(store.load(study_file), space=study_file.space)


@pytest.mark.slow
def test_the_process_answers_what_the_study_says(study):
    study_file, explanation = study
    learner = Learner(study_file)
    try:
        learner.consider(30)
        end = time.monotonic() + 300
        while learner.latest is None:
            assert time.monotonic() < end
            assert learner._talk.is_alive()
            time.sleep(0.05)
        nice = psutil.Process(learner._process.pid).nice()
    finally:
        learner.close()
    assert nice == 11
    found = insight_of(explanation)
    assert [c.change for c in learner.latest.changes] == [c["change"] for c in found["changes"]]
    assert learner.latest.trials == 30


@pytest.mark.slow
def test_it_ends_when_nobody_is_there_to_ask(study):
    study_file, _ = study
    learner = subprocess.Popen(
        [sys.executable, *LEARNER], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    pickled = pickle.dumps(study_file)
    learner.stdin.write(b"%d\n%s" % (len(pickled), pickled))
    learner.stdin.write(b"\n")  # it may be in the middle of its answer
    learner.stdin.close()
    assert learner.wait(120) == 0


@pytest.mark.slow
def test_it_ends_with_a_tuner_that_is_killed(study, tmp_path):
    study_file, _ = study
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from overtone.cli.live.asking import Learner\n"
        "from overtone.run.definition.study_file import read_study_file\n"
        "learner = Learner(read_study_file(Path(sys.argv[1])))\n"
        "learner.consider(30)\n"
        "while learner.latest is None: time.sleep(0.05)\n"
        "print(learner._process.pid, flush=True)\n"
        "time.sleep(600)"
    )
    tuner = subprocess.Popen(
        [sys.executable, "-c", program, str(study_file.path)], stdout=subprocess.PIPE
    )
    process = psutil.Process(int(tuner.stdout.readline()))
    tuner.send_signal(signal.SIGKILL)
    tuner.wait(30)
    tuner.stdout.close()
    psutil.wait_procs([process], timeout=60)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
