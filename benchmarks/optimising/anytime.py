"""What the anytime sampler promises beside its regret: time of an ask, indifference, noise, failures.

    python -m benchmarks.optimising.anytime asks --trials 2000
    python -m benchmarks.optimising.anytime idle --seeds 10
    python -m benchmarks.optimising.anytime noise --seeds 20
    python -m benchmarks.optimising.anytime failures --seeds 10
    python -m benchmarks.optimising.anytime page

Every command writes its figures to a part of `results/anytime.json`, and `page` the page from all of them.
Optuna's GP sampler is timed if torch is installed.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler

import overtone
from benchmarks.optimising import constants, registry, shipped
from benchmarks.optimising.problems import (
    Configuration,
    Problem,
    binary,
    categorical,
    integer,
    real,
    signs,
)
from benchmarks.reporting import interval, machine
from overtone.search.conclusions.recommendation import recommend
from overtone.study.discovery import discovered_space
from overtone.study.history import history_of

RESULTS = Path(__file__).parents[1] / "results"
BITS = 60
SIZES = (50, 100, 200, 500, 1000, 2000)
# Asks around a size that its median is taken over.
AROUND = 10
# Trials of rivals that take long.
MOST = {"TPE (Optuna 5)": 1000, "multivariate TPE": 500, "GP (Optuna 5)": 100}
IDLE_PROBLEMS = ("paper_60_a", "sparse_40", "mixed_30", "tiled_loop", "pipeline")
IDLE = (0, 10, 20)
BUDGETS = (50, 100, 200)
NOISES = (0.5, 1.0)
NOISY_TRIALS = 100
RANDOM_FAILURES = 0.2
FIRST_JUDGED = 50


def timed_samplers() -> dict[str, Callable[[int], BaseSampler]]:
    """What is timed, each made from a seed."""
    known: dict[str, Callable[[int], BaseSampler]] = {
        "spectral": lambda seed: overtone.SpectralSampler(seed=seed),
        "TPE (Optuna 5)": lambda seed: optuna.samplers.TPESampler(seed=seed),
        "multivariate TPE": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True),
    }
    if find_spec("torch"):
        known["GP (Optuna 5)"] = lambda seed: optuna.samplers.GPSampler(seed=seed)
    return known


def searched(
    problem: Problem,
    sampler: BaseSampler,
    trials: int,
    seed: int,
    asked: list[float] | None = None,
) -> tuple[optuna.Study, list[float]]:
    """A study of a problem, and the true value of each of its trials; `asked` takes the seconds of asks.

    A failure is told as one.
    """
    study = optuna.create_study(sampler=sampler)
    truths: list[float] = []
    for index in range(trials):
        start = time.perf_counter()
        trial = study.ask()
        configuration = problem.suggest(trial)
        if asked is not None:
            asked.append(time.perf_counter() - start)
        observed, true = problem.observe(configuration, seed, index)
        truths.append(true)
        if math.isfinite(observed):
            study.tell(trial, observed)
        else:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return study, truths


def asks(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Milliseconds of an ask for all sixty parameters, alone on a core."""
    problem = shipped.sparse_binary("asks", seed=0, n=BITS, noise=0.5)
    rows = []
    for name, make in timed_samplers().items():
        trials = min(options.trials, MOST.get(name, options.trials))
        searched(problem, make(0), 2 * AROUND, 0)  # what is loaded and compiled at first
        asked: list[float] = []
        searched(problem, make(1), trials, 1, asked)
        milliseconds = 1000 * np.array(asked)
        medians = {
            size: float(np.median(milliseconds[max(0, size - AROUND) : size + AROUND]))
            for size in SIZES
            if size <= trials
        }
        rows.append({"sampler": name, "medians": medians, "slowest": float(milliseconds.max())})
        print(rows[-1], flush=True)
    return rows


def with_idle(problem: Problem, count: int) -> Problem:
    """The problem with parameters that do nothing: bits, categories, integers and numbers in turn."""
    made = (
        binary,
        lambda name: categorical(name, "abcd"),
        lambda name: integer(name, 1, 16),
        lambda name: real(name, 0.0, 1.0),
    )
    added = tuple(made[i % len(made)](f"idle{i}") for i in range(count))
    return replace(
        problem, name=f"{problem.name}+{count}", parameters=(*problem.parameters, *added)
    )


def idle(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The regret with and without parameters that do nothing."""
    known = constants.read()
    rows = []
    for name in IDLE_PROBLEMS:
        problem = registry.load(None, name)
        for count in IDLE:
            regrets = []
            for seed in range(options.seeds):
                sampler = overtone.SpectralSampler(seed=seed)
                made = with_idle(problem, count)
                study, truths = searched(made, sampler, max(BUDGETS), seed)
                incumbents = [best_observed(study, truths, budget) for budget in BUDGETS]
                regrets.append(known[name].regret(np.array(incumbents)).tolist())
            rows.append({"problem": name, "idle": count, "regrets": regrets})
            print(name, count, np.mean(regrets, axis=0).round(3), flush=True)
    return rows


def best_observed(study: optuna.Study, truths: list[float], budget: int) -> float:
    """The true value of the trial with the best observed value among the first ones."""
    finished = [trial for trial in study.trials[:budget] if trial.value is not None]
    return truths[min(finished, key=lambda trial: trial.value or 0.0).number]


def noise(options: argparse.Namespace) -> list[dict[str, Any]]:
    """How often the recommended configuration is truly better than the luckiest one."""
    rows = []
    for n, deviation in [(n, deviation) for n in (30, BITS, 200) for deviation in NOISES]:
        counts, gains, possible = {"better": 0, "worse": 0, "equal": 0}, [], 0
        for seed in range(options.seeds):
            problem = shipped.sparse_binary("noise", seed=100 + seed, n=n, noise=deviation)
            study, truths = searched(
                problem, overtone.SpectralSampler(seed=seed), NOISY_TRIALS, seed
            )
            space = discovered_space(study.trials)
            found = recommend(space, history_of(study.trials, space, 1.0))
            assert found is not None
            luckiest = best_observed(study, truths, NOISY_TRIALS)
            gain = luckiest - truths[found.number]
            spread = float(
                np.std(
                    [problem.truth(problem.sample(np.random.default_rng(k))) for k in range(200)]
                )
            )
            gains.append(gain / spread)
            counts["better" if gain > 0 else "worse" if gain < 0 else "equal"] += 1
            possible += min(truths) < luckiest
        rows.append({"n": n, "noise": deviation, **counts, "possible": possible, "gains": gains})
        print(n, deviation, counts, np.mean(gains).round(3), flush=True)
    return rows


def failing(problem: Problem) -> tuple[Problem, Callable[[Configuration], bool]]:
    """The problem where a quarter of the space fails, around where the rest is best."""
    n = len(problem.parameters)

    def is_forbidden(configuration: Configuration) -> bool:
        x = signs(configuration, n)
        return bool(x[0] == x[1] == 1.0)

    def truth(configuration: Configuration) -> float:
        if is_forbidden(configuration):
            return math.nan
        x = signs(configuration, n)
        # A slope towards the forbidden region.
        return problem.truth(configuration) - float(x[0] + x[1])

    return replace(problem, truth=truth), is_forbidden


def failures(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The share of later trials in a region that fails, while a fifth of all others fails at random."""
    rows = []
    for seed in range(options.seeds):
        problem, is_forbidden = failing(shipped.sparse_binary("f", seed=seed, n=30, noise=0.0))
        rng = np.random.default_rng([5, seed])
        study = optuna.create_study(sampler=overtone.SpectralSampler(seed=seed))
        inside = []
        for _ in range(max(BUDGETS)):
            trial = study.ask()
            configuration = problem.suggest(trial)
            inside.append(is_forbidden(configuration))
            if inside[-1] or rng.random() < RANDOM_FAILURES:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, problem.truth(configuration))
        share = float(np.mean(inside[FIRST_JUDGED:]))
        rows.append({"seed": seed, "first": float(np.mean(inside[:FIRST_JUDGED])), "later": share})
        print(rows[-1], flush=True)
    return rows


def asks_section(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## Time of an ask",
        "",
        (
            f"Milliseconds of one ask for {BITS} binary parameters, the median of {2 * AROUND} asks around a"
            " number of finished trials; one thread."
        ),
        "",
        "| sampler | " + " | ".join(str(size) for size in SIZES) + " | slowest |",
        "|---|" + "---|" * (len(SIZES) + 1),
    ]
    for row in rows:
        medians = (row["medians"].get(str(size)) for size in SIZES)
        cells = " | ".join("-" if value is None else f"{value:.1f}" for value in medians)
        lines.append(f"| {row['sampler']} | {cells} | {row['slowest']:.0f} |")
    return lines


def idle_section(rows: list[dict[str, Any]]) -> list[str]:
    seeds = len(rows[0]["regrets"])
    lines = [
        "## Parameters that do nothing",
        "",
        f"Mean regret after {', '.join(map(str, BUDGETS))} trials, {seeds} seeds.",
        "",
        "| problem | " + " | ".join(f"{count} more" for count in IDLE) + " |",
        "|---|" + "---|" * len(IDLE),
    ]
    for name in IDLE_PROBLEMS:
        own = [np.mean(row["regrets"], axis=0) for row in rows if row["problem"] == name]
        cells = " | ".join(" / ".join(f"{value:.3f}" for value in mean) for mean in own)
        lines.append(f"| {name} | {cells} |")
    grouped = {
        count: np.array([r["regrets"] for r in rows if r["idle"] == count]) for count in IDLE
    }
    lines.append("")
    for count in IDLE[1:]:
        change = (grouped[count] - grouped[0]).reshape(-1, len(BUDGETS))
        parts = []
        for k, budget in enumerate(BUDGETS):
            low, high = interval(change[:, k])
            parts.append(f"{change[:, k].mean():+.3f} ({low:+.3f} to {high:+.3f}) after {budget}")
        lines.append(f"With {count} more the regret changes by " + ", ".join(parts) + ".")
    return lines


def noise_section(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## The recommendation under noise",
        "",
        (
            f"Random sparse polynomials of n signs, {NOISY_TRIALS} trials: is the recommended configuration"
            " truly better than the best-observed one? Noise and gain in standard deviations of the function."
        ),
        "The best-observed one is often the best: in the other runs a better one was `possible`.",
        "",
        "| n | noise | better | worse | the same | possible | mean gain, 95 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = interval(np.array(row["gains"]))
        lines.append(
            f"| {row['n']} | {row['noise']} | {row['better']} | {row['worse']} | {row['equal']} "
            f"| {row['possible']} | {np.mean(row['gains']):+.3f} ({low:+.3f} to {high:+.3f}) |"
        )
    return lines


def failures_section(rows: list[dict[str, Any]]) -> list[str]:
    first, later = (np.array([row[key] for row in rows]) for key in ("first", "later"))
    return [
        "## A region that fails",
        "",
        (
            "30 binary parameters; a quarter of the space fails, the best values lie beside it, a fifth of"
            " all other trials fails at random."
        ),
        (
            f"Of the first {FIRST_JUDGED} trials {100 * first.mean():.1f} % lay in the region, of the"
            f" {max(BUDGETS) - FIRST_JUDGED} others {100 * later.mean():.1f} % (greatest of {len(rows)} seeds"
            f" {100 * later.max():.1f} %)."
        ),
    ]


MEASURES = {
    "asks": (asks, asks_section),
    "idle": (idle, idle_section),
    "noise": (noise, noise_section),
    "failures": (failures, failures_section),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=[*MEASURES, "page"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=2000, help="of `asks`")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kept = RESULTS / "anytime.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    if options.what != "page":
        measure, _ = MEASURES[options.what]
        known[options.what] = {"machine": machine(), "rows": measure(options)}
        kept.write_text(json.dumps(known, indent=1) + "\n")
        return
    lines = ["# What the anytime sampler promises beside its regret", ""]
    for name, (_, section) in MEASURES.items():
        if name in known:
            made_by = f"`benchmarks/optimising/anytime.py {name}`, {known[name]['machine']}."
            lines += [*section(known[name]["rows"]), "", made_by, ""]
    (RESULTS / "anytime.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
