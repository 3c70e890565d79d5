"""Runs of the benchmark: what is kept of them, and that nothing is run twice."""

import json
import math

import numpy as np
import pytest

from benchmarks.optimising import constants, registry, runs, shipped
from benchmarks.optimising.problems import Problem, integer
from benchmarks.optimising.rivals import OptunaStudy, optimiser


def line_up(truth, noise=None):
    return Problem("line", "small", (integer("k", 0, 99),), truth, "a test", noise)


def task(trials, sampler="random", seed=0):
    return runs.Task("line", sampler, seed, trials)


def test_the_incumbent_is_the_best_observed_one_and_its_true_value_counts():
    record = runs.record_of(
        task(5),
        observed=[3.0, 5.0, 1.0, math.nan, 2.0],
        true=[2.5, 0.5, 4.0, math.nan, 0.1],
        asked=[0.1] * 5,
    )
    assert record.curve().tolist() == [2.5, 2.5, 4.0, 4.0, 4.0]
    assert record.least == 0.1
    assert record.failed == 1


def test_with_several_workers_a_random_one_of_those_that_run_ends_next(monkeypatch):
    """The optimiser is asked as often more than it is told as workers run behind the last one."""
    told, asked = [], []

    class Counted:
        def propose(self):
            asked.append(len(asked))
            return len(asked) - 1, {"k": len(asked) - 1}

        def tell(self, token, observed):
            assert len(asked) - len(told) <= 4
            assert observed == token
            told.append(token)

    monkeypatch.setattr("benchmarks.optimising.rivals.optimiser", lambda *arguments: Counted())
    record = runs.run(line_up(lambda c: float(c["k"])), task(30, "random@4"))
    assert record.trials == len(told) == 30
    assert len(asked) == 33
    assert told != sorted(told)
    assert max(abs(place - token) for place, token in enumerate(told)) > 3


def test_before_any_success_there_is_no_incumbent():
    record = runs.record_of(
        task(3), [math.nan, math.nan, 1.0], [math.nan, math.nan, 1.0], [0.1] * 3
    )
    np.testing.assert_array_equal(record.curve(), [math.nan, math.nan, 1.0])


def test_a_record_is_read_as_it_was_written(tmp_path):
    record = runs.run(line_up(lambda c: float(c["k"])), task(12))
    path = tmp_path / "runs.jsonl"
    path.write_text(record.line() + "\n")
    assert runs.read([path]) == {record.key: record}
    path.write_text(record.short().line() + "\n")
    kept = runs.read([path])[record.key]
    assert kept == record.short()
    np.testing.assert_array_equal(kept.curve(), record.curve())
    assert "observed" not in json.loads(path.read_text())


def test_the_longest_run_counts(tmp_path):
    path = tmp_path / "runs.jsonl"
    made = [runs.run(line_up(lambda c: float(c["k"])), task(trials)) for trials in (5, 9, 7)]
    path.write_text("".join(record.line() + "\n" for record in made))
    assert runs.read([path])[made[0].key].trials == 9


@pytest.mark.parametrize("sampler", ["random", "tpe", "nsga2"])
def test_a_run_is_the_same_each_time(sampler):
    problem = line_up(lambda c: float((c["k"] - 40) ** 2), noise=lambda rng: rng.normal())
    first, second = (runs.run(problem, task(25, sampler, seed=3)) for _ in range(2))
    assert first.observed == second.observed
    assert first.incumbents == second.incumbents


def test_a_shorter_run_is_the_beginning_of_a_longer_one():
    """So random search is run once, and read at a budget and at its double."""
    problem = line_up(lambda c: float((c["k"] - 40) ** 2))
    short, long = (runs.run(problem, task(trials)) for trials in (10, 20))
    assert long.observed[:10] == short.observed


def test_a_failure_is_told_as_one():
    problem = line_up(lambda c: math.nan if c["k"] % 2 else float(c["k"]))
    made = optimiser("random", problem, 0, 20, "")
    assert isinstance(made, OptunaStudy)
    for index in range(20):
        token, configuration = made.propose()
        made.tell(token, problem.observe(configuration, 0, index)[0])
    failed = [trial.state.name == "FAIL" for trial in made._study.trials]
    assert failed == [bool(trial.params["k"] % 2) for trial in made._study.trials]
    assert 0 < sum(failed) < 20


def test_nothing_is_run_twice(tmp_path):
    """A line cut by a kill is run again; a finished one is not; a longer run is."""
    path = tmp_path / "runs.jsonl"
    tasks = [runs.Task("pipeline", "random", seed, 4) for seed in range(3)]
    made = [runs.run(shipped.PROBLEMS["pipeline"](), one) for one in tasks]
    path.write_text(made[0].line() + "\n" + made[1].line()[:40])
    wanted = [tasks[0], tasks[1], runs.Task("pipeline", "random", 0, 6)]
    assert list(runs.missing(wanted, runs.read([path]))) == wanted[1:]
    finished = list(runs.run_all(tasks[:2], _shipped, path, 1))
    assert [record.key for record in finished] == [tasks[1].key]
    assert runs.read([path])[tasks[1].key].observed == made[1].observed
    assert list(runs.run_all(tasks[:2], _shipped, path, 1)) == []


def test_a_run_that_fails_does_not_lose_the_others(tmp_path):
    path = tmp_path / "runs.jsonl"
    tasks = [runs.Task(name, "random", 0, 4) for name in ("nowhere", "pipeline")]
    with pytest.raises(ExceptionGroup, match="1 of 2 runs failed") as failed:
        list(runs.run_all(tasks, _shipped, path, 1))
    assert "nowhere" in failed.value.exceptions[0].__notes__[0]
    assert [key[0] for key in runs.read([path])] == ["pipeline"]


def _shipped(name):
    return registry.load(None, name)


def test_the_best_is_0_and_the_median_1():
    plain = constants.Constants(best=2.0, median=8.0, is_logarithmic=False)
    ratio = constants.Constants(best=2.0, median=8.0, is_logarithmic=True)
    values = np.array([2.0, 4.0, 8.0, math.nan])
    np.testing.assert_allclose(plain.regret(values), [0, 1 / 3, 1, 1])
    np.testing.assert_allclose(ratio.regret(values), [0, 1 / 2, 1, 1])


def test_the_constants_of_a_line():
    """100 values in a row, even ones failing: the least is found, and the median is that of the rest."""
    problem = line_up(lambda c: float(c["k"]) if c["k"] % 2 else math.nan)
    found = constants.measure(problem, evaluations=5000, seconds=60, least=math.inf)
    assert found.best == 1
    assert found.median == pytest.approx(50, abs=5)
    seen = constants.measure(problem, evaluations=5, seconds=60, least=-7.0)
    assert seen.best == -7


def test_constants_are_read_as_they_were_written(tmp_path):
    kept = {"b": constants.Constants(1.0, 2.0, True), "a": constants.Constants(-1.5, 0.0, False)}
    constants.write(kept, tmp_path / "constants.json")
    assert constants.read(tmp_path / "constants.json") == kept
    assert constants.read(tmp_path / "none.json") == {}


def test_every_problem_that_can_be_run_has_constants():
    of_this_machine = {name for name in shipped.names() if not name.startswith("gcc")}
    known = constants.read()
    assert of_this_machine <= set(known)
    assert all(kept.best < kept.median for kept in known.values())
