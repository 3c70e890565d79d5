"""Study files of tiny scripts, for the tests that run commands."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from optuna.trial import FrozenTrial

from overtone.run.definition.study_file import read_study_file
from overtone.run.engines.local.engine import RunEnd, run_study
from overtone.run.engines.local.events import Finished, Mailbox, Past
from overtone.run.records import store
from overtone.run.records.trial_folder import Outcome
from overtone.space import Configuration

SCORE = """
import json, os, sys
p = json.load(open(os.environ["OVERTONE_PARAMETERS"]))
print("score =", p["x"] + (10 if p["kind"] == "good" else 0))
"""
FOREVER = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
open("ready", "w").close()
time.sleep(600)
"""
SPACE = """
x = {low = 0, high = 9}
kind = ["good", "bad"]
depth = {low = 1, high = 3, when = {kind = "good"}}
"""


def write_study(
    folder: Path, script: str = SCORE, *, space: str = SPACE, rest: str = "", **keys: object
) -> Path:
    """A study file beside `train.py`, which is this script; keys are its top-level keys."""
    (folder / "train.py").write_text(script, encoding="utf-8")
    table: dict[str, object] = {
        "name": "tiny",
        "command": [sys.executable, "-I", "-S", "{study_dir}/train.py"],
        "metric": "score",
        "direction": "maximize",
        "trials": 4,
        **keys,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    sampler = "" if "[sampler]" in rest else '[sampler]\nname = "random"\n'
    path = folder / "study.toml"
    path.write_text("\n".join([*lines, "[space]", space, sampler, rest]), encoding="utf-8")
    return path


@dataclass
class Witness:
    """An observer that remembers what it was told."""

    past: Past | None = None
    started: dict[int, Configuration] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    rungs: list[tuple[int, int | None, float | None]] = field(default_factory=list)
    eliminated: list[int] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    in_all: int = 0

    def run_started(self, past: Past) -> None:
        self.past = past

    def trial_started(self, number: int, configuration: Configuration) -> None:
        self.started[number] = configuration

    def trial_paused(self, number: int, outcome: Outcome) -> None:
        self.rungs.append((number, outcome.budget, outcome.value))

    def trial_eliminated(self, number: int) -> None:
        self.eliminated.append(number)

    def trial_finished(self, trial: Finished, in_all: int) -> None:
        assert trial.number not in self.outcomes
        assert trial.outcome is not None
        self.outcomes[trial.number] = trial.outcome
        self.finished.append(trial)
        self.in_all = in_all


def run(path: Path, witness: Witness, mailbox: Mailbox | None = None) -> RunEnd:
    """Run a study file in this process."""
    return run_study(read_study_file(path), observer=witness, mailbox=mailbox or Mailbox())


def failures(witness: Witness) -> Mapping[int, str]:
    """The reasons of the failed trials."""
    return {n: o.failure for n, o in witness.outcomes.items() if o.failure is not None}


def trials_of(path: Path) -> list[FrozenTrial]:
    """The trials in the store of a study file."""
    return store.load(read_study_file(path)).get_trials(deepcopy=False)


def living_in(folder: Path, *, seconds: float = 10.0) -> list[psutil.Process]:
    """The processes whose environment names a trial of this study; one that is ending has some seconds."""
    end = time.monotonic() + seconds
    while (found := _living_in(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def _living_in(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and process.environ().get("OVERTONE_TRIAL_DIR", "").startswith(str(folder)):
                found.append(process)
        except psutil.Error:
            pass
    return found
