"""Closed stages as JSON in a study's storage, and back."""

import functools
import json

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from overtone.search.grid import grid
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import Stage, close, region_after
from overtone.search.history import History, State
from overtone.search.region import Region, draw_code
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.spectrum.recovery.rule import RecoverySettings
from overtone.study.harmonica.records import stage_from_json, stage_to_json, stages_in
from overtone.study.storage import STAGE

SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [False, True]) for i in range(5)),
        Categorical("kind", ["u", "v", "w"]),
        Real("rate", 1e-4, 1.0, log=True),
        Integer("depth", 1, 6, when={"kind": ["v", "w"]}),
        Categorical("twin", ["only"]),
    ]
)


def drawn(space, region, n, stage):
    rows = []
    for trial in range(n):
        kept = region.intervals(0, stage, trial)
        codes = [
            draw_code(p, kept.get(p.name), seed=0, stage=stage, trial=trial)
            for p in space.parameters
        ]
        rows.append(space.encode(space.decode(np.array(codes))))
    return np.array(rows)


def stages_of(space, objective, *, stages, samples, rules=None):
    closed = []
    for k in range(stages):
        codes = drawn(space, region_after(closed), samples, k)
        y = objective(codes)
        history = History(
            np.arange(k * samples, (k + 1) * samples),
            codes,
            y,
            tuple(State.COMPLETE for _ in y),
            ("",) * samples,
        )
        closed.append(
            close(space, Settings(rules or RecoverySettings(), restriction=3), closed, history)
        )
    return closed


def objective(codes):
    kind = np.array([0.0, -1.0, 2.0])[codes[:, 5].astype(int)]
    depth = np.where(np.isnan(codes[:, 7]), 0.0, 0.5 * codes[:, 7])
    return 3 * codes[:, 0] * codes[:, 1] + kind + depth + (np.log10(codes[:, 6]) + 2.3) ** 2


PENALTY = RecoverySettings(degree=2, sparsity=4, penalty=0.1)
# How the stages of each case are found: when a test first asks, since every process collects the tests.
CASES = {
    "automatic": lambda: stages_of(SPACE, objective, stages=2, samples=90),
    "by penalty": lambda: stages_of(SPACE, objective, stages=2, samples=90, rules=PENALTY),
    "noise": lambda: stages_of(
        SPACE, lambda c: np.random.default_rng(0).normal(size=len(c)), stages=1, samples=30
    ),
    "failed": lambda: stages_of(SPACE, lambda c: np.full(len(c), np.inf), stages=1, samples=30),
}


@functools.cache
def found(case):
    return CASES[case]()


def assert_same(a: Stage, b: Stage, levels):
    assert (a.index, a.region, a.cohort, a.failed) == (b.index, b.region, b.cohort, b.failed)
    assert a.alternatives == b.alternatives
    assert (a.recovery is None) == (b.recovery is None)
    if a.recovery is not None:
        for x, y in (
            (a.recovery.polynomial, b.recovery.polynomial),
            (a.recovery.shrunk, b.recovery.shrunk),
        ):
            assert x.terms == y.terms
            np.testing.assert_array_equal(x(levels), y(levels))
            assert str(x) == str(y)
            assert x.variance_shares() == y.variance_shares()
        np.testing.assert_array_equal(a.recovery.errors, b.recovery.errors)
        for name in ("penalty", "duality_gap", "noise", "validated", "p_value", "samples"):
            np.testing.assert_equal(getattr(a.recovery, name), getattr(b.recovery, name))
        assert a.recovery.aliases == b.recovery.aliases
    assert (a.minimum is None) == (b.minimum is None)
    if a.minimum is not None:
        assert a.minimum.parameters == b.minimum.parameters
        np.testing.assert_array_equal(a.minimum.assignments, b.minimum.assignments)
        np.testing.assert_array_equal(a.minimum.values, b.minimum.values)
        assert (a.minimum.ties, a.minimum.is_proved) == (b.minimum.ties, b.minimum.is_proved)


def test_the_cases_differ_in_what_was_found():
    """What the other tests of this file rest on."""
    assert all(any(stage.alternatives) for stage in found("automatic") + found("by penalty"))
    assert found("automatic")[1].region != Region().digest
    assert np.isnan(found("by penalty")[0].recovery.validated)
    assert found("noise")[0].recovery.is_empty
    assert found("failed")[0].recovery is None


@pytest.mark.parametrize("case", CASES)
def test_a_stage_survives_json(case):
    for k, stage in enumerate(found(case)):
        region = region_after(found(case)[:k])
        levels = grid(SPACE, region).levels(drawn(SPACE, region, 40, 9))
        text = json.dumps(stage_to_json(stage), allow_nan=False)
        assert_same(stage, stage_from_json(json.loads(text)), levels)


@pytest.mark.parametrize("case", CASES)
def test_the_region_after_stages_from_json_is_the_same(case):
    copies = [stage_from_json(json.loads(json.dumps(stage_to_json(s)))) for s in found(case)]
    assert region_after(copies) == region_after(found(case))
    assert region_after(copies).digest == region_after(found(case)).digest


@pytest.mark.parametrize("case", CASES)
def test_a_record_holds_built_in_values_only(case):
    """numpy scalars in attributes raise on relational storages."""

    def kinds(value):
        if isinstance(value, dict):
            return {type(k) for k in value} | set().union(*map(kinds, value.values()))
        if isinstance(value, list):
            return set().union(*map(kinds, value))
        return {type(value)}

    for stage in found(case):
        assert kinds(stage_to_json(stage)) <= {str, int, float, bool, type(None)}


@pytest.mark.parametrize("kind", ["memory", "sqlite", "journal"])
def test_stages_survive_storages(kind, tmp_path):
    def storage():
        match kind:
            case "sqlite":
                return RDBStorage(f"sqlite:///{tmp_path}/study.db")
            case "journal":
                return JournalStorage(JournalFileBackend(str(tmp_path / "journal.log")))
            case _:
                return optuna.storages.InMemoryStorage()

    first = storage()
    study = optuna.create_study(study_name="s", storage=first)
    for stage in found("automatic"):
        name = f"{STAGE}{stage.index}"
        first.set_study_system_attr(study._study_id, name, stage_to_json(stage))
    second = first if kind == "memory" else storage()
    again = optuna.load_study(study_name="s", storage=second)
    kept = stages_in(second.get_study_system_attrs(again._study_id))
    assert len(kept) == 2
    for k, stage in enumerate(kept):
        region = region_after(kept[:k])
        levels = grid(SPACE, region).levels(drawn(SPACE, region, 20, 9))
        assert_same(found("automatic")[k], stage, levels)


def test_stages_end_at_the_first_gap():
    records = [stage_to_json(stage) for stage in found("automatic")]
    assert stages_in({}) == []
    assert len(stages_in({f"{STAGE}0": records[0], f"{STAGE}2": records[1], "other": 3})) == 1
    assert [s.index for s in stages_in({f"{STAGE}1": records[1], f"{STAGE}0": records[0]})] == [
        0,
        1,
    ]


def test_the_record_of_a_stage_on_sixty_parameters_is_small():
    """MySQL's TEXT ends at 64 KB."""
    space = SearchSpace([Categorical(f"parameter_{i:02}", ["off", "on"]) for i in range(60)])
    rng = np.random.default_rng(0)
    weights = rng.normal(size=60) * (rng.random(60) < 0.3)
    (stage,) = stages_of(space, lambda c: c @ weights, stages=1, samples=150)
    assert len(stage.recovery.polynomial.parameters) > 10
    assert len(json.dumps(stage_to_json(stage))) < 64_000
