"""The settings of a study file become the sampler that they name."""

import optuna
import pytest
from tiny_studies import write_study

from overtone.errors import RunError, StudyFileError
from overtone.run.samplers import proposals_for
from overtone.run.store import SAMPLES
from overtone.run.study_file import read_study_file
from overtone.study.distributions import suggest
from overtone.study.sampler import HarmonicaSampler


def study_file(folder, settings, trials=30):
    return read_study_file(write_study(folder, rest=f"[sampler]\n{settings}\n", trials=trials))


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ("", HarmonicaSampler),
        ('name = "harmonica"\nbase = "random"\nsamples = 5', HarmonicaSampler),
        ('name = "harmonica"\nbase = "tpe"\ndegree = 2\npenalty = 0.5', HarmonicaSampler),
        ('name = "random"', optuna.samplers.RandomSampler),
        ('name = "tpe"', optuna.samplers.TPESampler),
    ],
)
def test_each_name_gives_its_sampler(tmp_path, settings, kind):
    study = optuna.create_study()
    proposals = proposals_for(study, study_file(tmp_path, settings))
    assert type(proposals.sampler) is kind
    assert not proposals.is_held(study)


def test_the_stages_stay_when_trials_are_raised(tmp_path):
    study = optuna.create_study()
    proposals_for(study, study_file(tmp_path, ""))
    chosen = study.user_attrs[SAMPLES]
    proposals_for(study, study_file(tmp_path, "", trials=3000))
    assert study.user_attrs[SAMPLES] == chosen


@pytest.mark.parametrize("wait", [True, False])
def test_a_stage_that_closes_holds_only_a_sampler_that_waits(tmp_path, wait):
    study = optuna.create_study()
    read = study_file(tmp_path, f"wait = {str(wait).lower()}\nsamples = 2\nstages = 1")
    proposals = proposals_for(study, read)
    study.sampler = proposals.sampler
    for expected in [False, wait]:
        suggest(study.ask(), read.space)
        assert proposals.is_held(study) is expected


def test_a_setting_that_the_sampler_refuses_is_a_mistake_in_the_file(tmp_path):
    read = study_file(tmp_path, "degree = 99")
    with pytest.raises(StudyFileError, match="degree") as caught:
        proposals_for(optuna.create_study(), read)
    assert str(read.path) in str(caught.value)


def test_a_package_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RunError, match="PyTorch"):
        proposals_for(optuna.create_study(), study_file(tmp_path, 'base = "gp"'))
