"""Harmonica and the spectral search against random search and TPE on the paper's synthetic family.

    uv run --group bench python -m benchmarks.optimising.paper_synthetic
    uv run --group bench python -m benchmarks.optimising.paper_synthetic --instances 3 --trials 300

Every method sees the same instances and the same noise seeds. The regret is that of the true value of the
best-observed configuration: 0 is the least value of the instance, 1 the mean of random points.
"""

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna

import overtone
from benchmarks.optimising.paper_family import Hierarchy
from benchmarks.reporting import interval, machine

CHECKPOINTS = (100, 200, 300)


def samplers(samples: int, stages: int) -> dict[str, Callable[[int], optuna.samplers.BaseSampler]]:
    """The methods, each made from a seed."""
    return {
        "random search": lambda seed: optuna.samplers.RandomSampler(seed=seed),
        "TPE (Optuna 5)": lambda seed: optuna.samplers.TPESampler(seed=seed),
        "Harmonica, restriction 1": lambda seed: overtone.HarmonicaSampler(
            samples=samples, stages=stages, restriction=1, seed=seed
        ),
        "Harmonica": lambda seed: overtone.HarmonicaSampler(
            samples=samples, stages=stages, seed=seed
        ),
        "spectral": lambda seed: overtone.SpectralSampler(seed=seed),
    }


def run(
    instance: Hierarchy, sampler: optuna.samplers.BaseSampler, seed: int, trials: int
) -> list[float]:
    """The regret at each checkpoint."""
    noise = np.random.default_rng([1, seed])
    truth: list[float] = []

    def objective(trial: optuna.Trial) -> float:
        x = [trial.suggest_categorical(f"x{i}", [-1, 1]) for i in range(instance.n)]
        truth.append(instance(np.array(x, dtype=float)))
        return truth[-1] + 4 * noise.random()

    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=trials)
    observed = np.array([trial.value for trial in study.trials])
    return [
        instance.regret(truth[int(np.argmin(observed[:n]))]) for n in CHECKPOINTS if n <= trials
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--stages", type=int, default=3)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--out", type=Path, help="a Markdown file to write the table to")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", overtone.WeakSignalWarning)

    instances = [Hierarchy(seed) for seed in range(options.instances)]
    unreached = sum(not instance.is_reached for instance in instances)
    columns = [n for n in CHECKPOINTS if n <= options.trials]
    rows = [
        "| method | "
        + " | ".join(f"regret after {n}" for n in columns)
        + " | 95 % interval | median |",
        "|---|" + "---|" * (len(columns) + 2),
    ]
    for name, make in samplers(options.samples, options.stages).items():
        regrets = np.array(
            [run(f, make(seed), seed, options.trials) for seed, f in enumerate(instances)]
        )
        low, high = interval(regrets[:, -1])
        means = " | ".join(f"{mean:.4f}" for mean in regrets.mean(axis=0))
        rows.append(
            f"| {name} | {means} | {low:.4f} to {high:.4f} | {np.median(regrets[:, -1]):.4f} |"
        )
        print(rows[-1], flush=True)
    command = (
        f"python -m benchmarks.optimising.paper_synthetic --instances {options.instances} "
        f"--samples {options.samples} "
        f"--stages {options.stages} --trials {options.trials}"
    )
    explanation = (
        f"Mean normalised regret over {options.instances} instances of 60 signs; 0 is the least value "
        f"(proved reachable in {options.instances - unreached} of them), 1 the mean of random points. "
        "The true value of the best-observed configuration counts."
    )
    head = ["# The paper's synthetic family", "", f"`{command}`, {machine()}.", "", explanation, ""]
    page = "\n".join([*head, *rows, ""])
    print(page)
    if options.out:
        options.out.write_text(page)


if __name__ == "__main__":
    main()
