"""Rivals run on a study's own problem at equal cost, with random search at twice the cost among them."""

import datetime
import re
from collections import Counter
from xml.etree import ElementTree

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial
from tiny_studies import write_study
from typer.testing import CliRunner

from overtone.cli.comparison_page import comparison_page
from overtone.cli.main import app
from overtone.errors import RunError
from overtone.run.compare import contestants, curves_of, studied
from overtone.run.curves import table_lines
from overtone.run.definition.study_file import read_study_file
from overtone.study.storage import BY_THEN, SPENT

BUDGET = "[budget]\nmost = 9\nresume = true\n"


def named(path, *rivals, seeds=2):
    return dict_of(contestants(read_study_file(path), rivals, seeds))


def dict_of(pairs):
    found = {}
    for rival, contestant in pairs:
        found.setdefault(rival, []).append(contestant)
    return found


def test_random_search_at_twice_the_cost_is_always_a_rival_and_random_is_its_half(tmp_path):
    assert studied(["tpe"]) == ("random2x", "tpe")
    assert studied(["random", "random2x", "tpe", "tpe"]) == ("random2x", "tpe")
    found = named(write_study(tmp_path, trials=5), "tpe", "harmonica", "gp")
    assert {rival: [c.trials for c in of] for rival, of in found.items()} == {
        "random2x": [10, 10], "tpe": [5, 5], "harmonica": [5, 5], "gp": [5, 5],
    }  # fmt: skip
    names = [contestant.name for of in found.values() for contestant in of]
    assert names[:2] == ["tiny/compare/random2x-0", "tiny/compare/random2x-1"]
    assert len(set(names)) == len(names)
    assert [c.sampler.seed for c in found["tpe"]] == [0, 1]
    assert (found["gp"][0].sampler.search.stages, found["gp"][0].sampler.base) == (0, "gp")


@pytest.mark.parametrize(
    ("resume", "configurations"),
    # A round of Hyperband (9/1 3/3 1/9, 5/3 1/9, 3/9) costs 21 + 21 + 27 = 69 if it resumes; then the next
    # begins. Restarted, 27 + 24 + 27 = 78. Each full trial costs 9.
    [("true", 17), ("false", 17)],
)
def test_halving_gets_the_configurations_that_equal_cost_pays_for(tmp_path, resume, configurations):
    rest = f"[budget]\nmost = 9\nresume = {resume}\n"
    trials = {"true": 69, "false": 78}[resume]
    path = write_study(tmp_path, trials=trials, rest=rest)
    # 69 x 9 is nine rounds of 69: nine times the 17 configurations of one.
    [hyperband] = named(path, "hyperband", seeds=1)["hyperband"]
    assert hyperband.trials == 9 * configurations


def test_rivals_that_cannot_run_are_refused(tmp_path):
    path = write_study(tmp_path)
    with pytest.raises(RunError, match=r"'tpee' is no rival.*'tpe'"):
        named(path, "tpee")
    with pytest.raises(RunError, match=r"'asha'.*\[budget\]"):
        named(path, "asha")
    answer = CliRunner().invoke(app, ["compare", str(path), "--with", "tpee"])
    assert answer.exit_code == 2
    assert answer.stderr.startswith("error: 'tpee'")


def finished(values, spent=None):
    """A study whose trials ended in this order; None failed."""
    study = optuna.create_study(direction="maximize")
    for k, value in enumerate(values):
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        trial = create_trial(
            state=state, value=value, user_attrs={SPENT: {"9": spent[k]}} if spent else {}
        )
        end = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=k)  # noqa: DTZ001
        trial.datetime_start, trial.datetime_complete = end, end
        study.add_trial(trial)
    return study


def test_a_curve_is_the_best_value_so_far_over_its_cost(tmp_path):
    study_file = read_study_file(write_study(tmp_path, trials=3))
    studies = {
        "random2x": [finished([1, 0, 3, 2, 9, 4]), finished([None, 2, 1, 5, 4, 6])],
        "tpe": [finished([7, 7, 8]), finished([7, 7, 6])],
    }
    random, twice, tpe = curves_of(study_file, studies)
    assert (random.rival, twice.rival, tpe.rival) == ("random", "random2x", "tpe")
    np.testing.assert_array_equal(random.cost, [1, 2, 3])
    # The second seed has no value after its first trial, which failed.
    np.testing.assert_array_equal(random.mean, [np.nan, 1.5, 2.5])
    np.testing.assert_array_equal(random.final, [3, 2])
    np.testing.assert_array_equal(twice.final, [9, 6])
    assert twice.cost[-1] == 6
    np.testing.assert_array_equal(tpe.mean, [7, 7, 7.5])
    assert tpe.low[-1] == 7
    assert tpe.high[-1] == 8
    lines = list(table_lines([random, twice, tpe], "score"))
    assert "2 seeds" in lines[0]
    assert re.search(r"random2x +7\.5 +\(6 to 9\) at the cost of 6 trials", lines[2])


@pytest.mark.parametrize(
    ("first", "second", "random", "twice"),
    [
        ([1, None, None, 3], [None, 2, 4, None], "1.5  (1 to 2)", "3.5  (3 to 4)"),
        (
            [None, None, 3, None],
            [1, 2, 2, 5],
            "no successful trial in 1 of 2 seeds (mean of the rest 2)",
            "4  (3 to 5)",
        ),
        ([None, None, 3, None], [None, None, None, 4], "in 2 of 2 seeds", "3.5  (3 to 4)"),
        ([None] * 4, [None, None, 4, 4], "in 2 of 2 seeds", "in 1 of 2 seeds (mean of the rest 4)"),
        ([None] * 4, [None] * 4, "in 2 of 2 seeds", "in 2 of 2 seeds"),
        ([None], [], "in 2 of 2 seeds", "in 2 of 2 seeds"),
    ],
)
def test_a_rival_without_a_value_in_some_seeds_gets_a_line_that_says_so(
    tmp_path, first, second, random, twice
):
    study_file = read_study_file(write_study(tmp_path, trials=2))
    curves = curves_of(study_file, {"random2x": [finished(first), finished(second)]})
    _, of_random, of_twice = table_lines(curves, "score")
    assert of_random.endswith(f"{random} at the cost of 2 trials")
    assert of_twice.endswith(f"{twice} at the cost of 4 trials")


def test_a_value_of_a_smaller_budget_is_no_successful_trial(tmp_path):
    study_file = read_study_file(write_study(tmp_path, trials=3, rest=BUDGET))
    plain = finished([1, 2, 3, 1, 1, 1], spent=[9, 18, 27, 36, 45, 54])
    paused = optuna.create_study(direction="maximize")
    paused.add_trial(create_trial(state=TrialState.PRUNED, intermediate_values={1: 7.0}))
    curves = curves_of(study_file, {"random2x": [plain], "asha": [paused]})
    assert "no successful trial in 1 of 1 seeds" in list(table_lines(curves, "score"))[3]


values = st.lists(st.none() | st.integers(-3, 3).map(float), max_size=6)


@given(st.lists(st.tuples(values, values), min_size=1, max_size=3))
def test_the_table_and_the_page_hold_up_whatever_failed(tmp_path_factory, rivals):
    folder = tmp_path_factory.getbasetemp()
    study_file = read_study_file(write_study(folder, trials=3))
    names = ["random2x", "tpe", "harmonica"]
    studies = {
        name: [finished(seed) for seed in seeds] for name, seeds in zip(names, rivals, strict=False)
    }
    curves = curves_of(study_file, studies)
    page = comparison_page(curves, name="a", metric="score")
    assert "nan" not in page
    whole = [curve for curve in curves if len(curve.reached) == 2]
    assert ("<svg" in page) == bool(whole)
    assert page.count("<polyline") == len(whole)
    if not whole:
        assert "there is no curve to draw" in page


def test_the_cost_of_halving_is_what_had_been_spent_by_then(tmp_path):
    study_file = read_study_file(write_study(tmp_path, trials=3, rest=BUDGET))
    plain = finished([1, 2, 3, 1, 1, 1], spent=[9, 18, 27, 36, 45, 54])
    halved = finished([2, 4, 9], spent=[13, 26, 40])
    random, _, asha = curves_of(study_file, {"random2x": [plain], "asha": [halved]})
    np.testing.assert_allclose(asha.cost, [13 / 9, 26 / 9, 3])
    # What was found beyond the cost of the others does not count.
    np.testing.assert_array_equal(asha.final, [4])
    np.testing.assert_array_equal(random.final, [3])


def test_the_cost_in_seconds_is_what_all_runs_had_taken_by_then(tmp_path):
    study_file = read_study_file(write_study(tmp_path, trials=50))
    plain, quick = finished([1, 2, 3, 4]), finished([1, 5, 9])
    for study, seconds in [(plain, [4.0, 8.0, 12.0, 21.0]), (quick, [2.0, 9.5, 10.5])]:
        for trial, by_then in zip(study.get_trials(deepcopy=False), seconds, strict=True):
            study._storage._studies[study._study_id].trials[trial.number].user_attrs[BY_THEN] = (
                by_then
            )
    random, twice, tpe = curves_of(study_file, {"random2x": [plain], "tpe": [quick]}, 10.0)
    np.testing.assert_array_equal(random.final, [2])
    np.testing.assert_array_equal(twice.final, [3])
    np.testing.assert_array_equal(tpe.cost, [2.0, 9.5, 10.0])
    np.testing.assert_array_equal(tpe.final, [5])
    assert "at the cost of 10 seconds" in list(table_lines([random, twice, tpe], "score"))[1]
    assert "cost, in seconds" in comparison_page([random], name="a", metric="score")
    found = list(contestants(study_file, ["tpe"], 1, 10.0))
    assert [(rival, c.seconds, c.trials) for rival, c in found] == [
        ("random2x", 20.0, 100), ("tpe", 10.0, 50),
    ]  # fmt: skip


@pytest.mark.slow
def test_with_seconds_no_trial_begins_once_they_are_spent(tmp_path):
    script = "import time\ntime.sleep(0.6)\nprint('score = 1')"
    path = write_study(tmp_path, script, trials=9)
    words = ["compare", str(path), "--with", "tpe", "--seeds", "2", "--seconds"]
    answer = CliRunner().invoke(app, [*words, "1"])
    assert answer.exit_code == 0, answer.output
    ran = (tmp_path / ".overtone" / "tiny" / "compare").glob("*/trials/*/stdout.txt")
    counts = Counter(file.parts[-4] for file in ran)
    # A run takes from 0.6 s to, on a busy machine, more than the whole second.
    assert all(1 <= counts[f"tpe-{seed}"] <= 2 for seed in range(2))
    assert all(2 <= counts[f"random2x-{seed}"] <= 4 for seed in range(2))
    refused = CliRunner().invoke(app, [*words, "0"])
    assert refused.exit_code == 2


def test_the_page_is_one_well_formed_picture_with_every_name_escaped(tmp_path):
    study_file = read_study_file(write_study(tmp_path, trials=3))
    studies = {"random2x": [finished([1, 0, 3, 2, 9, 4])], "<tpe>": [finished([7, 7, 8])]}
    page = comparison_page(curves_of(study_file, studies), name="a & b", metric="<score>")
    svg = ElementTree.fromstring(re.search(r"<svg.*</svg>", page, re.DOTALL)[0])
    drawn = [element for element in svg if element.tag.endswith("polyline")]
    assert len(drawn) == 3
    for line in drawn:
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 860
            assert 0 <= y <= 460
    assert {"<tpe>", "random"} <= {element.text for element in svg}
    assert "a &amp; b" in page
    assert "<score>" not in page


@pytest.mark.slow
def test_a_comparison_runs_draws_and_goes_on(tmp_path):
    script = "import json, os\nprint('score =', json.load(open('parameters.json'))['x'])"
    path = write_study(tmp_path, script, trials=2, space="x = {low = 0.0, high = 1.0}")
    words = ["compare", str(path), "--with", "random,tpe", "--seeds", "2"]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    assert [line.split()[0] for line in first.stdout.splitlines()[1:4]] == [
        "random",
        "random2x",
        "tpe",
    ]
    page = tmp_path / ".overtone" / "tiny" / "compare" / "page.html"
    assert "<svg" in page.read_text()
    ran = sorted((tmp_path / ".overtone" / "tiny" / "compare").glob("*/trials/*/stdout.txt"))
    assert len(ran) == 2 * (4 + 2)
    before = [file.stat().st_mtime_ns for file in ran]
    again = CliRunner().invoke(app, [*words[:-1], "3"])
    assert again.exit_code == 0, again.output
    assert [file.stat().st_mtime_ns for file in ran] == before
    assert "3 seeds" in again.stdout
    # The study itself has not begun.
    assert not (tmp_path / ".overtone" / "tiny" / "study.db").exists()


def compare(path, *words):
    return CliRunner().invoke(app, ["compare", str(path), "--with", "tpe", "--seeds", "2", *words])


def commands_run(folder):
    ran = (folder / ".overtone" / "tiny" / "compare").glob("*/trials/*/stdout.txt")
    return Counter(file.parts[-4] for file in ran)


def failing_if(condition):
    return (
        "import os, sys\n"
        "study, number = os.environ['OVERTONE_STUDY'], int(os.environ['OVERTONE_TRIAL_NUMBER'])\n"
        f"if {condition}: sys.exit('no GPU')\n"
        "print('score = 1')"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "line"),
    [
        ("'/tpe-' in study", "tpe +no successful trial in 2 of 2 seeds at the cost of 6 trials"),
        (
            "study.endswith('tpe-1')",
            r"tpe +no successful trial in 1 of 2 seeds \(mean of the rest 1\)",
        ),
        ("number < 4 and study.endswith('tpe-0')", r"tpe +1  \(1 to 1\)"),
    ],
)
def test_a_rival_whose_trials_all_fail_runs_to_its_end_if_others_succeed(tmp_path, condition, line):
    """The command is not to blame then, and a run that is cut short would be no fair one."""
    answer = compare(write_study(tmp_path, failing_if(condition), trials=6))
    assert answer.exit_code == 0, answer.output
    assert re.search(line, answer.stdout)
    assert "nan" not in answer.stdout
    assert commands_run(tmp_path) == {"random2x-0": 12, "random2x-1": 12, "tpe-0": 6, "tpe-1": 6}


@pytest.mark.slow
def test_random_search_may_find_its_first_success_in_its_second_half(tmp_path):
    answer = compare(write_study(tmp_path, failing_if("number < 3"), trials=3))
    assert answer.exit_code == 0, answer.output
    assert re.search("random +no successful trial in 2 of 2 seeds at the cost of 3", answer.stdout)
    assert re.search(r"random2x +1  \(1 to 1\) at the cost of 6", answer.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("trials", [1, 2])
def test_a_short_comparison_without_a_success_is_a_failed_run_that_names_the_reason(
    tmp_path, trials
):
    path = write_study(tmp_path, failing_if("True"), trials=trials)
    for answer in (compare(path), compare(path)):  # nothing is left to run the second time
        assert answer.exit_code == 1
        assert f"error: {path}: no run of any rival has a successful trial" in answer.stderr
        assert "crash: exit code 1: no GPU" in answer.stderr
        assert str(tmp_path / ".overtone" / "tiny" / "compare") in answer.stderr
    assert sum(commands_run(tmp_path).values()) == 6 * trials


def test_a_comparison_that_begins_with_five_failures_is_a_failed_run(tmp_path):
    answer = compare(write_study(tmp_path, failing_if("True"), trials=3))
    assert answer.exit_code == 1
    assert "all 5 trials of this run failed" in answer.stderr
    assert commands_run(tmp_path) == {"random2x-0": 5}


@pytest.mark.slow
def test_a_page_that_cannot_be_written_costs_the_page_only(tmp_path):
    path = write_study(tmp_path, failing_if("False"), trials=1)
    page = tmp_path / "no such folder" / "page.html"
    answer = compare(path, "--out", str(page))
    assert answer.exit_code == 1
    assert re.search(r"tpe +1  \(1 to 1\)", answer.stdout)
    assert answer.stderr.endswith(
        f"\nerror: {page}: the page cannot be written: No such file or directory. Give another --out.\n"
    )
