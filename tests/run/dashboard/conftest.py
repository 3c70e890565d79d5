"""A study file and its study, for tests of what is attached to it."""

import optuna
import pytest
from tiny_studies import write_study

from overtone.run.definition.study_file import StudyFile, read_study_file
from overtone.run.records import store
from overtone.study.distributions import suggest


@pytest.fixture(scope="module", autouse=True)
def _quiet():
    with store.quiet_optuna():
        yield


@pytest.fixture(scope="module")
def study_file(tmp_path_factory) -> StudyFile:
    space = 'x = {low = 0, high = 9}\nkind = ["good", "bad"]'
    return read_study_file(write_study(tmp_path_factory.mktemp("shown"), space=space))


@pytest.fixture
def study() -> optuna.Study:
    """Without a trial."""
    return optuna.create_study(
        study_name="tiny", direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0)
    )


@pytest.fixture
def run_trials(study, study_file):
    """Gives the study more finished trials."""

    def run(count: int) -> None:
        for _ in range(count):
            trial = study.ask()
            found = suggest(trial, study_file.space)
            study.tell(trial, found["x"] + (10 if found["kind"] == "good" else 0))

    return run
