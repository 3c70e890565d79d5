"""Studies that an earlier version began go on: what is stored in a user's database keeps its names.

`stores/NAME.sql` holds the database that version 0.1.0 had written of `stores/NAME.toml` when it was killed
after twenty trials: `staged` uses Harmonica, Hyperband and two fidelities, `anytime` the default search.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest

pytestmark = pytest.mark.slow

STORES = Path(__file__).parent / "stores"
OVERTONE = Path(sys.executable).with_name("overtone")


def begun(folder: Path, name: str) -> Path:
    """The study file beside its database, as the earlier version left them."""
    (folder / "train.py").write_text((STORES / f"{name}.py").read_text(encoding="utf-8"))
    shutil.copy(STORES / f"{name}.toml", folder / "study.toml")
    database = folder / ".overtone" / name / "study.db"
    database.parent.mkdir(parents=True)
    connection = sqlite3.connect(database)
    connection.executescript((STORES / f"{name}.sql").read_text(encoding="utf-8"))
    connection.close()
    return folder / "study.toml"


def call(word: str, path: Path) -> str:
    return subprocess.run(
        [OVERTONE, word, path], capture_output=True, text=True, check=True, timeout=600
    ).stdout


def loaded(path: Path, name: str) -> optuna.Study:
    database = path.parent / ".overtone" / name / "study.db"
    return optuna.load_study(study_name=name, storage=f"sqlite:///{database}")


def decided(path: Path, name: str) -> dict[str, str]:
    """What the samplers have stored of the study."""
    with sqlite3.connect(path.parent / ".overtone" / name / "study.db") as connection:
        rows = connection.execute("select key, value_json from study_system_attributes")
        return dict(rows.fetchall())


def written(trial: optuna.trial.FrozenTrial) -> Mapping[str, Any]:
    """What must never change of a finished trial."""
    return {
        "state": trial.state,
        "params": trial.params,
        "values": trial.values,
        "steps": trial.intermediate_values,
        "own": trial.user_attrs,
        "system": trial.system_attrs,
    }


@pytest.mark.parametrize("name", ["staged", "anytime"])
def test_a_study_of_the_version_before_goes_on(tmp_path, name):
    path = begun(tmp_path, name)
    before = loaded(path, name)
    finished = [trial for trial in before.trials if trial.state.is_finished()]
    begun_with, facts = before.user_attrs, decided(path, name)
    assert "20 of 40" in call("status", path)

    text = call("tune", path)

    after = loaded(path, name)
    assert len(after.trials) == 40
    assert all(trial.state.is_finished() for trial in after.trials)
    for trial in finished:
        assert written(after.trials[trial.number]) == written(trial)
    assert after.user_attrs == begun_with
    assert {**decided(path, name), **facts} == decided(path, name)
    marked = [trial for trial in after.trials if trial.user_attrs.get("overtone:default")]
    assert [trial.number for trial in marked] == [0]
    assert "40 of 40 trials finished" in text
    assert "The default configuration gave" in text
    assert ("What mattered in stage 1" in text) == (name == "staged")
