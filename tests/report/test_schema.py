"""An explanation as JSON has just the keys that are documented, and only what JSON can hold."""

import json
import re

import numpy as np
import optuna
import pytest
from report.kinds import KINDS, SPECTRAL, explained
from report.known import DEFAULT, PIPELINE, noisy, pipeline

import overtone
from overtone.report import schema
from overtone.study.distributions import suggest

pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")

ESTIMATE = {"mean", "low", "high"}
KEYS = {
    "recommended": {"trial", "configuration", "observed", "expected", "repeats"},
    "changes": {
        "setting",
        "from",
        "to",
        "gain",
        "cumulative",
        "reached",
        "verified",
        "fails_without",
        "brings",
    },
    "fewest": {
        "configuration",
        "start",
        "is_default",
        "unneeded",
        "gain",
        "kept",
        "runs",
        "measured",
    },
    "settings": {"setting", "value", "verdict", "levels", "avoided", "runs_needed"},
    "interactions": {"settings", "from", "to", "alone", "together"},
    "failures": {"settings", "values", "failed", "of", "trials", "reasons"},
    "space": {"resolved", "r2", "scale", "shares", "totals"},
    "noise": {"deviation", "low", "high", "repeats"},
    "ties": None,
    "trials": {"finished", "failed", "pruned", "unexplained_failures", "bursts"},
    "stages": {"stage", "trials", "failed", "r2", "noise", "effects", "kept"},
    "joint": {"settings", "values", "changes"},
    "triples": {"settings", "before", "after", "together", "beyond"},
    "curves": {"setting", "values", "changes"},
    "predictions": {"trial", "observed", "predicted", "is_inside"},
    "runs": {"trial", "value", "state", "origin", "stage", "is_cheap", "best", "reason"},
    "random_search": {"trials", "expected", "is_extrapolated"},
    "best": {"trial", "value", "configuration"},
    "restricted": {"stage", "mean", "trials", "failed"},
    "slots": {"trial", "worker", "slot", "begun", "ended", "state"},
    "transfer": {"correlation", "low", "high", "threshold", "pairs"},
}
LEVEL = {"value", "change", "trials", "brings"}
SHARE = {"settings", "share", "best", "worst", "gain"}


@pytest.fixture(name="found", scope="module", params=KINDS)
def _found(request):
    return explained(request.param)


def parsed(found):
    return json.loads(json.dumps(found.to_dict(), allow_nan=False))


def test_every_study_is_json_with_the_keys_of_the_schema(found):
    told = parsed(found)
    # Plain values: nothing is turned into something else on the way.
    assert json.dumps(found.to_dict()) == json.dumps(told)
    assert set(told) == set(KEYS)
    for name, keys in KEYS.items():
        part = told[name]
        for record in part if isinstance(part, list) else [part] if part else []:
            assert keys is None or set(record) == keys, name
    assert all(set(level) == LEVEL for setting in told["settings"] for level in setting["levels"])
    avoided = [one for setting in told["settings"] for one in setting["avoided"]]
    assert all(set(one) == {"value", "failed"} for one in avoided)
    assert told["space"]["scale"] in ("metric", "logarithm")
    assert all(set(share) == SHARE for share in told["space"]["shares"])
    assert all(set(total) == {"setting", "share"} for total in told["space"]["totals"])
    for stage in told["stages"]:
        assert all(set(effect) >= SHARE for effect in stage["effects"])


def estimates(value, name=""):
    if isinstance(value, dict):
        if set(value) == ESTIMATE:
            yield name, value
        for key, inner in value.items():
            yield from estimates(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from estimates(inner, name)


def test_every_interval_holds_its_number(found):
    known = list(estimates(parsed(found)))
    for name, estimate in known:
        if None not in estimate.values():
            assert estimate["low"] <= estimate["mean"] <= estimate["high"], name
        if name == "share":
            assert estimate["low"] >= -1e-12
            assert estimate["high"] <= 1 + 1e-12


def test_settings_are_those_of_the_space_each_once(found):
    told = parsed(found)
    names = list(found.findings.space.names)
    if told["settings"]:
        assert sorted(s["setting"] for s in told["settings"]) == sorted(names)
        verdicts = {s["verdict"] for s in told["settings"]}
        assert verdicts <= {"matters", "free", "unknown", "inactive"}
    for setting in told["settings"]:
        own = told["recommended"]["configuration"]
        assert (setting["verdict"] == "inactive") == (setting["setting"] not in own)
        assert setting["value"] == own.get(setting["setting"])
        every = [*setting["levels"], *setting["avoided"]]
        others = [json.dumps(level["value"]) for level in every]
        assert json.dumps(setting["value"]) not in others
        assert len(set(others)) == len(others)


def test_the_recommendation_is_a_configuration_of_the_space(found):
    told, space = found.to_dict(), found.findings.space
    configurations = [
        *([told["recommended"]["configuration"]] if told["recommended"] else []),
        *([told["fewest"]["configuration"], told["fewest"]["start"]] if told["fewest"] else []),
    ]
    assert bool(configurations) == bool(len(found.findings.known.y))
    for configuration in configurations:
        # The user's own values, in the user's own types.
        again = space.decode(space.encode(configuration))
        assert again == configuration
        assert list(map(type, again.values())) == list(map(type, configuration.values()))


def test_what_the_documentation_of_the_schema_lists_is_what_there_is():
    documented = dict(re.findall(r"^    (\w+) +(.*)$", schema.__doc__, re.MULTILINE))
    assert list(documented) == list(KEYS)
    for name, keys in KEYS.items():
        words = set(re.findall(r"\b[a-z]\w+\b", documented[name]))
        assert keys is None or keys <= words | {"low", "high"}, name


@pytest.mark.parametrize(
    "repeats",
    [pytest.param(False, marks=pytest.mark.slow), True],
    ids=["noiseless", "with repeats"],
)
@pytest.mark.slow
def test_maximising_the_negative_negates_changes_and_keeps_gains(repeats):
    """By the same trials: the numbers are negated to the last bit."""

    def observed(sign):
        study = optuna.create_study(
            sampler=SPECTRAL(seed=0, space=PIPELINE),
            direction="minimize" if sign > 0 else "maximize",
        )
        rng = np.random.default_rng(0)

        def value(trial):
            return sign * (pipeline(suggest(trial, PIPELINE)) + 0.1 * repeats * rng.normal())

        study.enqueue_trial(DEFAULT, user_attrs={"overtone:default": True})
        study.optimize(value, n_trials=25)
        for _ in range(3 * repeats):
            study.enqueue_trial(study.trials[3].params)
            study.optimize(value, n_trials=1)
        return parsed(overtone.explain(study, space=PIPELINE))

    down, up = observed(1.0), observed(-1.0)
    assert negated(up["recommended"]["expected"]) == down["recommended"]["expected"]
    assert up["recommended"]["observed"] == -down["recommended"]["observed"]
    assert up["changes"] == down["changes"] != []
    assert up["fewest"] == down["fewest"]
    assert up["space"] == down["space"]
    assert (up["noise"], up["ties"], up["trials"]) == (down["noise"], down["ties"], down["trials"])
    assert [s["verdict"] for s in up["settings"]] == [s["verdict"] for s in down["settings"]]
    pairs = 0
    for one, other in zip(up["settings"], down["settings"], strict=True):
        assert one["setting"] == other["setting"]
        for a, b in zip(one["levels"], other["levels"], strict=True):
            assert (a["value"], a["trials"]) == (b["value"], b["trials"])
            assert negated(a["change"]) == b["change"]
            pairs += 1
    assert pairs > 20
    for one, other in zip(up["interactions"], down["interactions"], strict=True):
        assert negated(one["together"]) == other["together"]
        assert list(map(negated, one["alone"])) == other["alone"]
    # What gets better is a gain in either direction.
    assert min(change["gain"]["mean"] for change in up["changes"]) > 0


def negated(estimate):
    if estimate is None:
        return None
    return {"mean": -estimate["mean"], "low": -estimate["high"], "high": -estimate["low"]}


def test_repeats_are_runs_beyond_the_first():
    truth = noisy()
    told = truth.tuning.explanation.to_dict()
    runs = [t for t in truth.study.trials if t.params == told["recommended"]["configuration"]]
    assert told["recommended"]["repeats"] == len(runs) - 1
    assert told["recommended"]["trial"] == runs[0].number
    counts = {str(t.params) for t in truth.study.trials}
    assert told["noise"]["repeats"] == len(truth.study.trials) - len(counts) > 0
