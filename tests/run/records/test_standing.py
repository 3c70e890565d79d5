"""Where a study stands is told from its trials alone."""

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import TrialState
from tiny_studies import write_study

from overtone.run.definition.study_file import read_study_file
from overtone.run.records.standing import Best, Failure, best_of, command_line_of, standing_of
from overtone.study.storage import FAILURE

KIND = CategoricalDistribution(["a", "b"])


@pytest.fixture
def study_file(tmp_path):
    return read_study_file(
        write_study(tmp_path, space='kind = ["a", "b"]\nx = {low = 0, high = 9}')
    )


def begin(study, x):
    trial = study.ask()
    trial.suggest_categorical("kind", ["a", "b"])
    trial.suggest_int("x", x, x)
    return trial


def tell(study, x, value):
    study.enqueue_trial({"kind": "a", "x": x})
    study.tell(study.ask({"kind": KIND, "x": IntDistribution(0, 9)}), value)


def fail(study, reason):
    trial = begin(study, 0)
    if reason is not None:
        trial.set_user_attr(FAILURE, reason)
    study.tell(trial, state=TrialState.FAIL)


def test_an_empty_study_has_nothing(study_file):
    standing = standing_of(optuna.create_study(), study_file.space)
    assert (standing.complete, standing.failed, standing.running, standing.best) == (0, 0, (), None)
    assert standing.stage is None


def test_trials_are_counted_by_how_they_stand(study_file):
    study = optuna.create_study()
    for x in [4, 2, 8]:
        study.tell(begin(study, x), float(x))
    for reason in ["timeout", "crash", "timeout", None]:
        fail(study, reason)
    begin(study, 1)
    standing = standing_of(study, study_file.space)
    assert standing.complete == 3
    assert standing.failures[0] == Failure("timeout", 2)
    assert {failure.reason for failure in standing.failures} == {
        "timeout", "crash", "no reason recorded",
    }  # fmt: skip
    assert standing.failed == 4
    assert [trial.number for trial in standing.running] == [7]
    assert 0 <= standing.running[0].seconds < 60


@pytest.mark.parametrize(("direction", "number"), [("minimize", 1), ("maximize", 2)])
def test_the_best_is_the_earliest_of_equals(study_file, direction, number):
    study = optuna.create_study(direction=direction)
    for x in [4, 2, 8, 2, 8]:
        study.tell(begin(study, x), float(x))
    best = best_of(study, study_file.space)
    params = study.trials[number].params
    runs = sum(trial.params == params for trial in study.trials)
    expected = {"kind": params["kind"], "x": params["x"]}
    assert best == Best(number, params["x"], expected, runs)
    assert list(best.configuration) == ["kind", "x"]


def test_where_runs_differ_the_best_is_the_mean_of_several(study_file):
    """One lucky run of many of a poor configuration is not the best."""
    study = optuna.create_study()
    for x, value in [(1, 1.0), (9, 0.9), *[(9, 9.0 + k / 4) for k in range(4)], (1, 1.2), (5, 5.0)]:
        tell(study, x, value)
    best = best_of(study, study_file.space)
    assert (best.number, best.value, best.runs) == (0, pytest.approx(1.1), 2)
    # Negative control: where each was run once, it is the lucky one.
    alone = optuna.create_study()
    for x, value in [(1, 1.0), (9, 0.9), (5, 5.0)]:
        tell(alone, x, value)
    assert best_of(alone, study_file.space).number == 1


def test_the_command_line_names_the_parameters_file_of_the_trial_in_any_order(study_file):
    study = optuna.create_study()
    study.tell(begin(study, 3), 1.0)
    study.tell(begin(study, 4), 1.0)
    params = study.trials[1].params
    line = command_line_of(study, study_file)(dict(reversed(params.items())))
    assert "trials/000001/parameters.json" in line
