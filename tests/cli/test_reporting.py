"""What the commands say of a study is one thing, whoever says it."""

import json
import math
import re
import shlex

import pytest
from optuna.trial import TrialState, create_trial
from tiny_studies import SCORE, trials_of, write_study
from typer.testing import CliRunner

import overtone
from overtone.cli.main import app
from overtone.cli.reporting import Report, fewest_of_study, with_bold_headings
from overtone.errors import OvertoneWarning
from overtone.report.explanation import explain
from overtone.run.definition.study_file import read_study_file
from overtone.run.records import store
from overtone.run.records.lock import locked
from overtone.run.records.standing import best_of, standing_of
from overtone.space import Configuration
from overtone.study.distributions import distribution_of
from overtone.study.storage import DEFAULT, FAILURE

SPACE = """
x = {low = 0, high = 9}
kind = ["good", "bad"]
flag = [false, true]
"""


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def value_of(c: Configuration) -> float:
    """The more the better."""
    return c["x"] + (10.0 if c["kind"] == "good" else 0.0)


def begun(folder, runs, **keys):
    """A study file, and its study with these runs: a configuration, its value, and its marks."""
    path = write_study(folder, SCORE, space=SPACE, trials=len(runs), **keys)
    study_file = read_study_file(path)
    with locked(study_file):
        study = store.create_or_continue(study_file)
    for configuration, value, marks in runs:
        ends = {"state": TrialState.FAIL} if value is None else {"value": value}
        reason = {FAILURE: "crash: no GPU"} if value is None else {}
        study.add_trial(
            create_trial(
                params=dict(configuration),
                distributions={p.name: distribution_of(p) for p in study_file.space.parameters},
                user_attrs={**marks, **reason},
                **ends,
            )
        )
    return path, study_file, study


def spread(count):
    """Configurations of the space, in no order."""
    return [
        {"x": (7 * k) % 10, "kind": ("bad", "good")[(k // 3) % 2], "flag": bool((k // 2) % 2)}
        for k in range(count)
    ]


def still():
    return [(c, value_of(c), {}) for c in spread(24)]


def varying():
    """One lucky run of a poor configuration, and repeats that tell."""
    noise = [math.sin(k * 37.0) / 2 for k in range(99)]
    runs = [(c, value_of(c) + noise[k], {}) for k, c in enumerate(spread(24))]
    poor, good = {"x": 1, "kind": "good", "flag": False}, {"x": 9, "kind": "good", "flag": True}
    runs += [(poor, 25.0, {})]
    runs += [(poor, value_of(poor) + noise[30 + k], {}) for k in range(6)]
    runs += [(good, value_of(good) + noise[40 + k], {}) for k in range(4)]
    return runs


def tied():
    return [(c, float(c["kind"] == "good"), {}) for c in spread(24)]


def failing():
    return [(c, None if c["flag"] and c["kind"] == "good" else value_of(c), {}) for c in spread(24)]


def with_default():
    default = {"x": 2, "kind": "bad", "flag": True}
    return [(default, value_of(default), {DEFAULT: True}), *still()]


STUDIES = {
    "no noise": still,
    "noise": varying,
    "ties": tied,
    "failures": failing,
    "a default": with_default,
    "one trial": lambda: still()[:1],
    "two trials, one failed": lambda: [(spread(1)[0], 1.0, {}), (spread(2)[1], None, {})],
    "penalties": lambda: [(c, -1e9 if c["flag"] else value_of(c), {}) for c in spread(24)],
}


@pytest.fixture(name="known", params=STUDIES)
def _known(tmp_path, request):
    return (request.param, *begun(tmp_path, STUDIES[request.param]()))


@pytest.mark.slow
def test_everyone_recommends_the_same_configuration(known):
    name, path, study_file, study = known
    space = study_file.space
    explained = explain(study, space=space).recommended
    best = best_of(study, space)
    assert (best.number, best.configuration) == (explained.trial, explained.configuration)
    assert best.value == pytest.approx(explained.observed)
    assert best.runs == explained.repeats + 1
    assert standing_of(study, space).best == best
    tuned = overtone.tune(
        lambda c: 0.0, space, trials=len(study.trials), direction="maximize",
        storage=study._storage, name=study.study_name,
    )  # fmt: skip
    assert (tuned.best_configuration, tuned.best_value) == (best.configuration, best.value)
    assert tuned.explanation.recommended == explained
    # What a person reads.
    assert json.loads(call("best", path).stdout) == best.configuration
    status, report = call("status", path).stdout, call("report", path, "--text").stdout
    assert f"score = {best.value:g} in trial {best.number}" in status
    assert json.dumps(best.configuration) in status
    assert f"Use this configuration (trial {best.number})" in report
    told = json.loads(call("report", path, "--json").stdout)
    assert told["recommended"]["trial"] == best.number
    assert told["recommended"]["configuration"] == best.configuration
    line = shlex.split(call("best", path, "--command").stdout)
    assert line[-1].endswith("train.py")
    assert f"trials/{best.number:06d}/parameters.json" in " ".join(line)
    # And it is the right one: by the function, not by luck.
    if name != "ties":
        tried = [t.params for t in study.trials if t.value is not None and t.value > -1e9]
        assert value_of(best.configuration) == max(map(value_of, tried))
    else:
        assert best.number == min(t.number for t in study.trials if t.value == 1.0)


def test_the_lucky_run_is_not_recommended(tmp_path):
    """Negative control of the test above: the best value observed is another's."""
    _, study_file, study = begun(tmp_path, varying())
    assert study.best_trial.number != best_of(study, study_file.space).number
    assert study.best_trial.params["x"] == 1


def test_a_report_as_json_is_that_of_the_explanation(tmp_path):
    path, study_file, study = begun(tmp_path, with_default())
    answer = call("report", path, "--json")
    assert (answer.exit_code, answer.stderr) == (0, "")
    told = json.loads(answer.stdout)
    assert told == json.loads(json.dumps(explain(study, space=study_file.space).to_dict()))
    assert told["trials"]["finished"] == 25
    assert Report(study, study_file).json() == answer.stdout.rstrip("\n")


def test_the_few_changes_are_printed_as_a_configuration_or_a_command(tmp_path):
    path, study_file, study = begun(tmp_path, with_default())
    found = explain(study, space=study_file.space).fewest
    answer = call("best", path, "--fewest")
    assert (answer.exit_code, answer.stderr) == (0, "")
    configuration = json.loads(answer.stdout)
    assert configuration == found.configuration
    # The flag does nothing, and stays as it was.
    assert configuration == {"x": 9, "kind": "good", "flag": True}
    line = call("best", path, "--fewest", "--command")
    assert (line.exit_code, line.stderr) == (0, "")
    assert shlex.split(line.stdout)[-1].endswith("train.py")
    assert "parameters" in line.stdout


def test_a_command_of_the_few_changes_runs_them(tmp_path):
    path, _, _ = begun(
        tmp_path, with_default(), command=["{study_dir}/train.py", "--x={x}", "{kind}", "{flag}"]
    )
    words = shlex.split(call("best", path, "--fewest", "--command").stdout)
    assert words[-3:] == ["--x=9", "good", "true"]


@pytest.mark.filterwarnings("default::overtone.errors.OvertoneWarning")
def test_without_fewer_changes_the_best_is_printed_with_a_word_of_it(tmp_path):
    path, study_file, study = begun(tmp_path, still()[:2])
    answer = call("best", path, "--fewest")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == best_of(study, study_file.space).configuration
    assert answer.stderr == (
        "warning: Which few changes make the gain is not known, so this is the configuration to use.\n"
    )
    with pytest.warns(OvertoneWarning, match="Which few changes"):
        assert fewest_of_study(study, study_file) is None


@pytest.mark.filterwarnings("default::overtone.errors.OvertoneWarning")
def test_a_default_that_is_the_best_is_said_to_need_no_change(tmp_path):
    (first, _, attributes), *others = with_default()
    others = [run for run in others if run[0] != first]
    path, study_file, study = begun(tmp_path, [(first, 99.0, attributes), *others])
    assert best_of(study, study_file.space).configuration == first
    with pytest.warns(OvertoneWarning, match="The default is the configuration to use"):
        assert fewest_of_study(study, study_file) is None
    assert json.loads(call("best", path, "--fewest").stdout) == first


@pytest.mark.parametrize("words", [["best", "--fewest"], ["report", "--json"]])
def test_a_study_without_a_success_is_an_error_for_every_option(tmp_path, words):
    path, *_ = begun(tmp_path, [(c, None, {}) for c in spread(3)])
    answer = call(*words, path)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "no trial has succeeded" in answer.stderr


def test_headings_are_bold_unless_colours_are_unwanted(monkeypatch):
    text = "name: 1 of 2\n\nWhat fails\n  nothing"
    monkeypatch.delenv("NO_COLOR", raising=False)
    styled = with_bold_headings(text)
    assert styled.count("\x1b[1m") == 2
    assert styled.replace("\x1b[1m", "").replace("\x1b[0m", "") == text
    monkeypatch.setenv("NO_COLOR", "1")
    assert with_bold_headings(text) == text


def test_what_is_no_terminal_gets_plain_text(tmp_path):
    path, *_ = begun(tmp_path, still())
    assert "\x1b" not in call("report", path, "--text").stdout


@pytest.mark.slow
def test_a_study_is_tuned_with_repeats_and_reported_with_what_they_tell(tmp_path):
    path = write_study(tmp_path, SCORE, space=SPACE, trials=20, rest="[repeats]\nshare = 0.1\n")
    answer = call("tune", path)
    assert answer.exit_code == 0, answer.output
    again = [t for t in trials_of(path) if "overtone:repeat" in t.user_attrs]
    assert 1 <= len(again) <= 2
    written = " ".join(answer.stdout.split())
    confirmed = re.search(r"score = 17 in each of 2 runs\.", written)
    assert confirmed or "Other configurations were run again" in written
    assert json.loads(call("report", path, "--json").stdout)["noise"]["deviation"] == 0.0
