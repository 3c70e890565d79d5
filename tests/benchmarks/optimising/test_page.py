"""Figures and page of the benchmark: hand-made runs with known answers."""

import itertools
import math

import numpy as np
import pytest

from benchmarks.optimising import constants, figures, page, runs

PLAIN = constants.Constants(best=0.0, median=1.0, is_logarithmic=False)


def record(problem, sampler, seed, values):
    """A run whose values are observed as they are."""
    task = runs.Task(problem, sampler, seed, len(values))
    return runs.record_of(task, values, values, [0.001 * (seed + 1)] * len(values))


def falling(start, trials=60, rate=0.01):
    return [start - rate * i for i in range(trials)]


@pytest.fixture
def table():
    """On `easy` ours is better by about .1, on `hard` worse by about .2; `random` took twice the trials."""
    made = []
    for seed in range(5):
        wiggle = 0.01 * seed
        made += [
            record("easy", "spectral", seed, falling(0.8 + wiggle)),
            record("easy", "tpe", seed, falling(0.9)),
            record("hard", "spectral", seed, falling(1.0)),
            record("hard", "tpe", seed, falling(0.8 + wiggle)),
            record("easy", "random", seed, falling(0.95, 120, 0.005)),
            record("hard", "random", seed, falling(0.95, 120, 0.005)),
        ]
    return figures.table(made, {"easy": PLAIN, "hard": PLAIN})


def test_random_search_is_read_at_twice_the_budget(table):
    once, twice = table["easy"]["random"], table["easy"][figures.TWICE]
    assert twice.mean(30)[-1] == once.mean(60)[-1]
    assert len(once.mean(120)) == 120
    assert len(twice.mean(61)) == 0


def test_differences_are_paired_by_seed(table):
    easy, hard = figures.differences(table, "spectral", "tpe", 50)
    assert easy.ours - easy.theirs == pytest.approx(-0.08)
    assert hard.ours - hard.theirs == pytest.approx(0.18)
    assert easy.high < 0
    assert not easy.is_loss
    assert hard.is_loss
    assert easy.low <= easy.ours - easy.theirs <= easy.high


def test_pairing_removes_what_seeds_share():
    """Seeds differ by far more than the samplers do, and yet the difference is known exactly."""
    made = [
        record("p", sampler, seed, [seed + shift] * 40)
        for seed in range(5)
        for sampler, shift in (("spectral", 0.1), ("tpe", 0.0))
    ]
    (difference,) = figures.differences(figures.table(made, {"p": PLAIN}), "spectral", "tpe", 30)
    assert difference.low == pytest.approx(0.1)
    assert difference.high == pytest.approx(0.1)


def test_seeds_that_only_one_side_ran_are_left_out():
    made = [record("p", "spectral", seed, [0.5] * 30) for seed in range(5)]
    made += [record("p", "tpe", seed, [0.1 * seed] * 30) for seed in (2, 3, 4, 9)]
    (difference,) = figures.differences(figures.table(made, {"p": PLAIN}), "spectral", "tpe", 30)
    assert difference.theirs == pytest.approx(0.3)


def test_a_longer_run_of_some_seeds_hides_no_other():
    made = [record("p", "tpe", seed, falling(seed, 60 if seed < 3 else 40)) for seed in range(5)]
    runs_of_p = figures.table(made, {"p": PLAIN})["p"]["tpe"]
    assert sorted(runs_of_p.upto(40)) == [0, 1, 2, 3, 4]
    assert sorted(runs_of_p.upto(60)) == [0, 1, 2]
    assert runs_of_p.mean(40)[0] == pytest.approx(2)
    assert runs_of_p.mean(60)[0] == pytest.approx(1)


def test_two_seeds_are_not_judged():
    made = [record("p", s, seed, [0.5] * 30) for s in ("spectral", "tpe") for seed in range(2)]
    assert figures.differences(figures.table(made, {"p": PLAIN}), "spectral", "tpe", 30) == []


def test_equal_samplers_are_rarely_called_different():
    """Negative control: of 200 comparisons of noise with itself, each interval being that of 8 seeds, a third
    called worse would need a false-alarm rate far above the bootstrap's 5 %: by chance at most 1e-20.
    """
    rng = np.random.default_rng(0)
    made = [
        record(f"p{k}", sampler, seed, [float(rng.normal())] * 30)
        for k, sampler, seed in itertools.product(range(200), ("spectral", "tpe"), range(8))
    ]
    known = {f"p{k}": PLAIN for k in range(200)}
    found = figures.differences(figures.table(made, known), "spectral", "tpe", 30)
    assert len(found) == 200
    assert sum(difference.is_loss for difference in found) < 67


def test_the_mean_is_over_problems(table):
    mean = figures.mean_difference(table, "spectral", "tpe", 50)
    assert mean.ours - mean.theirs == pytest.approx(0.05)
    assert mean.low <= 0.05 <= mean.high
    assert figures.mean_difference(table, "spectral", "tpe", 61) is None


def test_ranks_share_ties():
    values = {"a": 0.2, "b": 0.1, "c": 0.2, "d": 0.4}
    made = [record("p", sampler, 0, [value] * 30) for sampler, value in values.items()]
    placed, count = figures.ranks(figures.table(made, {"p": PLAIN}), list(values), 30)
    assert placed == {"a": 2.5, "b": 1, "c": 2.5, "d": 4}
    assert count == 1


def test_evaluations_to_a_target(table):
    """On `easy` ours starts .08 lower and falls .01 a trial, so it is there 8 trials sooner."""
    reached = figures.evaluations_to_reach(table, "spectral", "tpe", 60)
    assert reached == {"easy": 52, "hard": math.inf}
    assert figures.evaluations_to_reach(table, "tpe", "tpe", 60) == {"easy": 60, "hard": 60}


def test_losses_come_first_and_are_all_there(table):
    text = page.page(table, "spectral", "a command")
    first = text.index("## ")
    assert text[first:].startswith("## Where ours is worse")
    section = text[first : text.index("## Means")]
    lost = [line for line in section.splitlines() if line.startswith(("| hard", "| easy"))]
    cells = [tuple(cell.strip() for cell in line.split("|")[1:4]) for line in lost]
    assert {("hard", "30", "tpe"), ("hard", "50", "tpe"), ("hard", "50", "random x 2")} <= set(
        cells
    )
    assert not any(problem == "easy" and rival == "tpe" for problem, _, rival in cells)
    assert f"{len(cells)} of " in section


def test_a_sampler_that_ran_few_problems_is_not_ranked(table):
    table["easy"]["gp"] = table["easy"]["tpe"]
    ranked = "\n".join(page.mean_ranks(table, ["spectral", "tpe", "gp"]))
    assert "gp" not in ranked
    assert "gp" in "\n".join(page.problems(table, ["spectral", "tpe", "gp"]))


def test_a_mean_is_only_over_all_problems(table):
    table["easy"]["gp"] = table["easy"]["tpe"]
    mean = page.problems(table, ["spectral", "gp"])[-1]
    both = [table[problem]["spectral"].mean(30)[-1] for problem in ("easy", "hard")]
    assert f"| {np.mean(both):.3f} / " in mean
    assert mean.endswith("| - |")
