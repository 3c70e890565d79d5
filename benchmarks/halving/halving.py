"""What halving saves: full trainings until it is as good as random search, on real learning curves.

    uv run --group bench python -m benchmarks.halving.halving --out benchmarks/results/halving.md
    uv run --group bench python -m benchmarks.halving.halving --surrogate FOLDER --out ...

scikit-learn's digits, a neural network of nine settings, trained epoch by epoch with `partial_fit`; or
YAHPO's surrogate of the neural networks of LCBench, which knows every epoch. The curves of a pool of
random configurations are computed once; every method then draws its configurations from the pool, in an order
that is the seed's, so many seeds cost little. `--curves` keeps those of the digits in a file.

The cost is that of the epochs trained, in full trainings. A configuration counts as found when it has had the
full budget. Schedules decide on the validation error; the test error is that of the configuration found.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.halving.learning_curves import Curves, digits, surrogate
from benchmarks.reporting import machine
from overtone.search.halving import (
    Begin,
    Budgets,
    Candidate,
    Promote,
    Schedule,
    asynchronous_halving,
    hyperband,
    successive_halving,
)

# Full trainings of random search whose error the others are to reach.
TARGETS = (10, 20, 40)
LONGEST = 40  # full trainings that each method may spend


@dataclass(frozen=True)
class Trace:
    """The best full training so far: when it was found, in full trainings, and its errors."""

    cost: NDArray[np.float64]
    validation: NDArray[np.float64]
    test: NDArray[np.float64]

    def at(self, costs: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Errors at some costs; 0.9, that of a guess, before the first full training."""
        places = np.searchsorted(self.cost, costs, side="right") - 1
        return np.where(places >= 0, errors[np.maximum(places, 0)], 0.9)


def random_search(curves: Curves, order: NDArray[np.int64]) -> Trace:
    """Every configuration is trained fully."""
    drawn = order[:LONGEST]
    validation = curves.validation[drawn, -1]
    best = np.array([np.argmin(validation[: k + 1]) for k in range(len(drawn))])
    return Trace(np.arange(1, len(drawn) + 1.0), validation[best], curves.test[drawn, -1][best])


def halved(schedule: Schedule, curves: Curves, order: NDArray[np.int64], *, resume: bool) -> Trace:
    """One worker runs what a schedule decides."""
    candidates: dict[int, Candidate] = {}
    cost, found = 0, []
    epochs = curves.epochs
    while cost < LONGEST * epochs:
        for gone in schedule.eliminated(list(candidates.values()), may_begin=True):
            candidates[gone.number] = replace(gone, is_over=True)
        match schedule.decide(list(candidates.values()), may_begin=True):
            case Begin(bracket, budget):
                before = Candidate(len(candidates), bracket, budget, {})
            case Promote(number, budget):
                before = candidates[number]
        done = before.goal if before.values and resume else 0
        cost += budget - done
        value = float(curves.validation[order[before.number % len(order)], budget - 1])
        candidates[before.number] = replace(
            before,
            goal=budget,
            values={**before.values, budget: value},
            is_over=budget == epochs,
        )
        if budget == epochs and (not found or value < found[-1][1]):
            test = float(curves.test[order[before.number % len(order)], -1])
            found.append((cost / epochs, value, test))
    return Trace(*np.array(found).T)


def reached(costs: NDArray[np.float64], errors: NDArray[np.float64], target: float) -> float:
    """The first cost at which a falling mean error is at most the target; infinite if never."""
    below = np.flatnonzero(errors <= target)
    return float(costs[below[0]]) if len(below) else np.inf


HEAD = f"""# Halving

`benchmarks/halving/halving.py`, {{machine}}.

The least budget is an epoch, and eta = 3; {{seeds}} seeds.
The cost is in full trainings, of the epochs that were trained.
"Restarted" trains every rung from nothing, as a command that cannot resume does.
The cost to be as good as random search is where the method's mean validation error first reaches that of
random search; in brackets the 95 % bootstrap interval over seeds of the two costs' ratio.
Won and lost: seeds in which a third of the cost of {TARGETS[1]} full trainings gave a lower or a higher
validation error than all of it gave random search; the others are equal.
Nothing is found before the first configuration has had the full budget, so the first bracket's cost is the
least possible.
"""

POOL = """## {name}

A pool of {pool} random configurations of {epochs} epochs.
The best validation error in the pool is {best:.4f}: no method can fall below it, so long runs look
more alike than they are.

{rows}
"""

METHODS = {
    "successive halving": (successive_halving, True),
    "Hyperband": (hyperband, True),
    "ASHA, one worker": (asynchronous_halving, True),
    "successive halving, restarted": (successive_halving, False),
    "Hyperband, restarted": (hyperband, False),
    "ASHA, one worker, restarted": (asynchronous_halving, False),
}


def rows_of(curves: Curves, seeds: int) -> list[str]:
    """The table: for each method and target the cost over random search's, with a 95 % bootstrap interval."""
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(curves.validation)) for _ in range(seeds)]
    epochs = curves.epochs
    budgets = Budgets(1, epochs, 3)
    grid = np.arange(1, LONGEST * epochs + 1) / epochs
    base = [random_search(curves, order) for order in orders]
    of_base = np.array([trace.at(grid, trace.validation) for trace in base])
    picks = np.random.default_rng(1).integers(seeds, size=(300, seeds))
    header = [f"cost to be as good as {target} full trainings" for target in TARGETS]
    columns = [
        "method",
        *header,
        f"validation error at {TARGETS[1]}",
        f"test error at {TARGETS[1]}",
        "seeds won, lost",
    ]
    rows = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    at = int(TARGETS[1] * epochs) - 1
    tests = np.array([trace.at(grid, trace.test)[at] for trace in base])
    empty = " | ".join(f"{target}" for target in TARGETS)
    rows.append(f"| random search | {empty} | {of_base[:, at].mean():.4f} | {tests.mean():.4f} | |")
    for name, (make, resume) in METHODS.items():
        traces = [halved(make(budgets), curves, order, resume=resume) for order in orders]
        of_method = np.array([trace.at(grid, trace.validation) for trace in traces])
        cells = []
        for target in TARGETS:
            k = target * epochs - 1
            ratio = reached(grid, of_method.mean(axis=0), of_base[:, k].mean()) / target
            drawn = [
                reached(grid, of_method[p].mean(axis=0), of_base[p, k].mean()) / target
                for p in picks
            ]
            low, high = np.quantile(drawn, [0.025, 0.975], method="nearest")
            cells.append(f"{ratio * target:.1f} = {ratio:.2f} of it ({low:.2f} to {high:.2f})")
        third = int(TARGETS[1] * epochs / 3) - 1
        won = int((of_method[:, third] < of_base[:, at]).sum())
        lost = int((of_method[:, third] > of_base[:, at]).sum())
        test = np.mean([trace.at(grid, trace.test)[at] for trace in traces])
        rows.append(
            f"| {name} | {' | '.join(cells)} | {of_method[:, at].mean():.4f} | {test:.4f} | "
            f"{won}, {lost} |"
        )
        print(rows[-1], flush=True)
    return rows


def pools(options: argparse.Namespace) -> dict[str, Curves]:
    """The pools of learning curves, by their names."""
    if options.surrogate:
        return {
            f"LCBench, task {task}": surrogate(
                options.surrogate, task, options.configurations, seed=0
            )
            for task in options.tasks
        }
    if options.curves and options.curves.exists():
        kept = np.load(options.curves)
        return {"Digits": Curves(kept["validation"], kept["test"])}
    curves = digits(options.configurations, seed=0)
    if options.curves:
        np.savez(options.curves, validation=curves.validation, test=curves.test)
    return {"Digits": curves}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configurations", type=int, default=400, help="in the pool")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--curves", type=Path, help="a file that keeps the curves of the digits")
    parser.add_argument("--surrogate", type=Path, help="the folder of YAHPO's lcbench")
    parser.add_argument("--tasks", nargs="+", default=["167152"])
    parser.add_argument("--out", type=Path, help="a Markdown file to write the tables to")
    options = parser.parse_args()
    # Of training that overflows: such a configuration is bad, and that is all.
    warnings.simplefilter("ignore")
    begin = time.process_time()
    known = pools(options)
    print(f"curves after {time.process_time() - begin:.0f} s of processor time", flush=True)
    parts = [HEAD.format(machine=machine(), seeds=options.seeds)]
    for name, curves in known.items():
        parts.append(
            POOL.format(
                name=name,
                pool=len(curves.validation),
                epochs=curves.epochs,
                best=curves.validation[:, -1].min(),
                rows="\n".join(rows_of(curves, options.seeds)),
            )
        )
    page = "\n".join(parts)
    print(page)
    if options.out:
        options.out.write_text(page)


if __name__ == "__main__":
    main()
