"""The digits example: its study file and its training script fit together, and its dummies are dummies."""

import importlib.util
import json
import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from overtone.run.definition.study_file import read_study_file
from overtone.space import Categorical

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
DUMMIES = {
    "cache_slots",
    "checkpoint",
    "io_buffer",
    "label_style",
    "log_every",
    "prefetch",
    "progress",
}

# A badly scaled support vector machine stops early, and says so; its error is still what it is.
pytestmark = pytest.mark.filterwarnings("ignore:(Solver terminated early|lbfgs failed to converge)")


@pytest.fixture(scope="module")
def study():
    return read_study_file(EXAMPLE / "study.toml")


@pytest.fixture(scope="module")
def train():
    spec = importlib.util.spec_from_file_location("train", EXAMPLE / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Recording(Namespace):
    """Settings that remember which of them were read."""

    def __init__(self, settings, read):
        super().__init__(**vars(settings))
        super().__setattr__("_read", read)

    def __getattribute__(self, name):
        if not name.startswith("_"):
            object.__getattribute__(self, "_read").add(name)
        return super().__getattribute__(name)


def settings_of(train, configuration):
    return train.arguments().parse_args([f"--{name}={v}" for name, v in configuration.items()])


def test_every_setting_of_the_study_is_an_argument_of_the_script(study, train):
    accepted = vars(train.arguments().parse_args([]))
    assert set(accepted) == set(study.space.names)


def test_every_choice_of_the_study_is_accepted_by_the_script(study, train):
    for parameter in study.space.parameters:
        if isinstance(parameter, Categorical):
            for choice in parameter.choices:
                parsed = vars(settings_of(train, {parameter.name: choice}))
                assert parsed[parameter.name] == choice


def test_the_default_of_the_study_is_the_default_of_the_script(study, train):
    defaults = vars(train.arguments().parse_args([]))
    assert study.default == {name: defaults[name] for name in study.default}


@pytest.mark.slow
def test_the_script_prints_and_records_its_error(train, tmp_path):
    results = tmp_path / "results.jsonl"
    printed = subprocess.run(
        [sys.executable, str(EXAMPLE / "train.py")],
        env={**os.environ, "OVERTONE_RESULTS": str(results)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    error = train.cross_validated_error(train.arguments().parse_args([]))
    assert printed == f"error={error:.6f}\n"
    assert json.loads(results.read_text()) == {"error": error}


@pytest.mark.parametrize("seed", range(5))
def test_a_random_configuration_has_an_error(study, train, seed):
    configuration = study.space.sample(np.random.default_rng(seed))
    settings = settings_of(train, configuration)
    error = train.cross_validated_error(settings)
    assert 0 < error < 1
    assert error == train.cross_validated_error(settings)


def test_a_setting_is_a_dummy_exactly_if_nothing_reads_it(study, train):
    read = set()
    rng = np.random.default_rng(0)
    for _ in range(40):
        settings = Recording(settings_of(train, study.space.sample(rng)), read)
        train.features(np.ones((1, 8, 8)), settings)
        train.pipeline(settings)
    train.cross_validated_error(Recording(settings_of(train, study.default), read))
    assert set(study.space.names) - read == DUMMIES


def test_changing_the_dummies_does_not_change_the_error(study, train):
    rng = np.random.default_rng(1)
    first, second = (study.space.sample(rng) for _ in range(2))
    mixed = first | {name: second[name] for name in DUMMIES}
    assert mixed != first
    assert train.cross_validated_error(settings_of(train, mixed)) == (
        train.cross_validated_error(settings_of(train, first))
    )


def test_tuning_can_gain_much_over_the_default(study, train):
    """A support vector machine on pixels as they are: what a tuner should find, or better."""
    good = study.default | {"reduction": "none", "scaler": "none", "classifier": "svc"}
    error = train.cross_validated_error(settings_of(train, {**good, "svc_c": 10.0}))
    default = train.cross_validated_error(settings_of(train, study.default))
    assert error < default / 3
