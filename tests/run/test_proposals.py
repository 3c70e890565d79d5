"""The settings of a study file become the sampler that they name."""

import optuna
import pytest
from tiny_studies import write_study

from overtone.errors import RunError, StudyFileError
from overtone.run.definition.study_file import read_study_file
from overtone.run.proposals import proposals_for
from overtone.study.distributions import suggest
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.spectral.sampler import SpectralSampler
from overtone.study.storage import SAMPLES


def study_file(folder, settings, trials=30):
    return read_study_file(write_study(folder, rest=f"[sampler]\n{settings}\n", trials=trials))


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ("", SpectralSampler),
        ("seed = 3", SpectralSampler),
        ("samples = 5", HarmonicaSampler),
        ('name = "harmonica"\nbase = "random"\nsamples = 5', HarmonicaSampler),
        ('name = "harmonica"\nbase = "tpe"\ndegree = 2\npenalty = 0.5', HarmonicaSampler),
        ('name = "random"', optuna.samplers.RandomSampler),
        ('name = "tpe"', optuna.samplers.TPESampler),
        ('name = "spectral"', SpectralSampler),
        ('name = "harmonica"\nbase = "spectral"', HarmonicaSampler),
    ],
)
def test_each_name_gives_its_sampler(tmp_path, settings, kind):
    study = optuna.create_study()
    proposals = proposals_for(study, study_file(tmp_path, settings))
    assert type(proposals.sampler) is kind
    assert not proposals.is_held(study)


BUDGET = "[budget]\nmost = 9\n"


@pytest.mark.parametrize("name", ["successive-halving", "hyperband", "asha"])
def test_halving_is_a_schedule_beside_a_random_sampler(tmp_path, name):
    alone = proposals_for(optuna.create_study(), study_file(tmp_path, f'name = "{name}"\n{BUDGET}'))
    assert type(alone.sampler) is optuna.samplers.RandomSampler
    base = proposals_for(optuna.create_study(), study_file(tmp_path, f'base = "{name}"\n{BUDGET}'))
    assert type(base.sampler) is HarmonicaSampler
    assert alone.schedule == base.schedule
    assert alone.schedule is not None
    plain = proposals_for(optuna.create_study(), study_file(tmp_path, BUDGET))
    assert plain.schedule is None


def test_a_base_may_be_any_sampler_of_optunas_that_needs_a_seed_alone(tmp_path):
    read = study_file(tmp_path, 'base = "NSGAIISampler"')
    assert type(proposals_for(optuna.create_study(), read).sampler) is HarmonicaSampler
    for unusable in ("GridSampler", "NSGASampler"):
        read = study_file(tmp_path, f'base = "{unusable}"')
        with pytest.raises(StudyFileError, match="NSGAIISampler") as caught:
            proposals_for(optuna.create_study(), read)
        assert unusable in str(caught.value)


def test_two_workers_that_begin_together_draw_different_configurations(tmp_path):
    drawn = set()
    for worker in ("a", "b"):
        (tmp_path / worker).mkdir()
        shared = f'name = "random"\n[storage]\nurl = "sqlite:///{tmp_path}/shared.db"'
        read = study_file(tmp_path / worker, shared)
        study = optuna.create_study(sampler=None)
        study.sampler = proposals_for(study, read).sampler
        drawn.add(study.ask().suggest_float("x", 0, 1))
    assert len(drawn) == 2


def test_the_stages_stay_when_trials_are_raised(tmp_path):
    study = optuna.create_study()
    proposals_for(study, study_file(tmp_path, 'name = "harmonica"'))
    chosen = study.user_attrs[SAMPLES]
    proposals_for(study, study_file(tmp_path, 'name = "harmonica"', trials=3000))
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
    read = study_file(tmp_path, 'base = "NoSampler"')
    with pytest.raises(StudyFileError, match="base is 'NoSampler'") as caught:
        proposals_for(optuna.create_study(), read)
    assert str(read.path) in str(caught.value)


def test_a_package_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RunError, match="PyTorch"):
        proposals_for(optuna.create_study(), study_file(tmp_path, 'base = "gp"'))
