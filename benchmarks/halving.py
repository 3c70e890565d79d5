"""What halving saves: full trainings until it is as good as random search, on real learning curves.

    uv run --group bench python benchmarks/halving.py --out benchmarks/results/halving.md

scikit-learn's digits, a neural network of nine settings, trained epoch by epoch with `partial_fit`. The
curves of a pool of random configurations are computed once; every method then draws its configurations from
the pool, in an order that is the seed's, so many seeds cost little. `--curves` keeps them in a file.

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
from reporting import machine
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

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

EPOCHS = 81
BUDGETS = Budgets(1, EPOCHS, 3)
# Full trainings of random search whose error the others are to reach.
TARGETS = (10, 20, 40)
LONGEST = 40  # full trainings that each method may spend


@dataclass(frozen=True)
class Curves:
    """Errors `(M, EPOCHS)` after each epoch, of M configurations."""

    validation: NDArray[np.float64]
    test: NDArray[np.float64]


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


def compute(configurations: int, *, seed: int) -> Curves:
    """The learning curves of random configurations."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    X, X_val, y, y_val = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
    rng = np.random.default_rng(seed)
    validation, test = np.ones((2, configurations, EPOCHS))
    for i in range(configurations):
        scaler = StandardScaler(with_std=bool(rng.integers(2)))
        scaler.fit(X)
        network = MLPClassifier(
            hidden_layer_sizes=(int(2 ** rng.uniform(2, 6)),) * int(rng.integers(1, 3)),
            activation=str(rng.choice(["relu", "tanh", "logistic"])),
            solver="sgd",
            learning_rate_init=float(10 ** rng.uniform(-5, 0.5)),
            momentum=float(rng.uniform(0, 0.99)),
            nesterovs_momentum=bool(rng.integers(2)),
            alpha=float(10 ** rng.uniform(-6, 1)),
            batch_size=int(2 ** rng.integers(6, 9)),
            random_state=i,
        )
        train, val, held = scaler.transform(X), scaler.transform(X_val), scaler.transform(X_test)
        for epoch in range(EPOCHS):
            try:
                network.partial_fit(train, y, classes=np.unique(y))
            except ValueError:  # weights that are not finite any more: the errors stay at 1
                break
            validation[i, epoch] = 1 - network.score(val, y_val)
            test[i, epoch] = 1 - network.score(held, y_test)
    return Curves(validation, test)


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
    while cost < LONGEST * EPOCHS:
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
            is_over=budget == EPOCHS,
        )
        if budget == EPOCHS and (not found or value < found[-1][1]):
            test = float(curves.test[order[before.number % len(order)], -1])
            found.append((cost / EPOCHS, value, test))
    return Trace(*np.array(found).T)


def reached(costs: NDArray[np.float64], errors: NDArray[np.float64], target: float) -> float:
    """The first cost at which a falling mean error is at most the target; infinite if never."""
    below = np.flatnonzero(errors <= target)
    return float(costs[below[0]]) if len(below) else np.inf


PAGE = f"""# Halving

`benchmarks/halving.py`, {{machine}}.

A pool of {{pool}} random configurations of {EPOCHS} epochs; {{seeds}} seeds.
The best validation error in the pool is {{best:.4f}}: no method can fall below it, so long runs look
more alike than they are.
The least budget is {BUDGETS.least} epoch, and eta = {BUDGETS.eta}.
The cost is in full trainings, of the epochs that were trained.
"Restarted" trains every rung from nothing, as a command that cannot resume does.
The cost to be as good as random search is where the method's mean validation error first reaches that of
random search; in brackets the 95 % bootstrap interval over seeds of the two costs' ratio.
Won and lost: seeds in which a third of the cost of {TARGETS[1]} full trainings gave a lower or a higher
validation error than all of it gave random search; the others are equal.

{{rows}}

Nothing is found before the first configuration has had the full budget: with these budgets the first bracket
costs 3.7 full trainings, so against 10 full trainings of random search the ratio cannot be a third.
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
    grid = np.arange(1, LONGEST * EPOCHS + 1) / EPOCHS
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
    at = int(TARGETS[1] * EPOCHS) - 1
    tests = np.array([trace.at(grid, trace.test)[at] for trace in base])
    empty = " | ".join(f"{target}" for target in TARGETS)
    rows.append(f"| random search | {empty} | {of_base[:, at].mean():.4f} | {tests.mean():.4f} | |")
    for name, (make, resume) in METHODS.items():
        traces = [halved(make(BUDGETS), curves, order, resume=resume) for order in orders]
        of_method = np.array([trace.at(grid, trace.validation) for trace in traces])
        cells = []
        for target in TARGETS:
            k = target * EPOCHS - 1
            ratio = reached(grid, of_method.mean(axis=0), of_base[:, k].mean()) / target
            drawn = [
                reached(grid, of_method[p].mean(axis=0), of_base[p, k].mean()) / target
                for p in picks
            ]
            low, high = np.quantile(drawn, [0.025, 0.975], method="nearest")
            cells.append(f"{ratio * target:.1f} = {ratio:.2f} of it ({low:.2f} to {high:.2f})")
        third = int(TARGETS[1] * EPOCHS / 3) - 1
        won = int((of_method[:, third] < of_base[:, at]).sum())
        lost = int((of_method[:, third] > of_base[:, at]).sum())
        test = np.mean([trace.at(grid, trace.test)[at] for trace in traces])
        rows.append(
            f"| {name} | {' | '.join(cells)} | {of_method[:, at].mean():.4f} | {test:.4f} | "
            f"{won}, {lost} |"
        )
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configurations", type=int, default=400, help="in the pool")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--curves", type=Path, help="a file that keeps the curves")
    parser.add_argument("--out", type=Path, help="a Markdown file to write the table to")
    options = parser.parse_args()
    warnings.simplefilter(
        "ignore"
    )  # of training that overflows: such a configuration is bad, and that is all
    begin = time.process_time()
    if options.curves and options.curves.exists():
        kept = np.load(options.curves)
        curves = Curves(kept["validation"], kept["test"])
    else:
        curves = compute(options.configurations, seed=0)
        if options.curves:
            np.savez(options.curves, validation=curves.validation, test=curves.test)
    print(f"curves after {time.process_time() - begin:.0f} s of processor time", flush=True)
    rows = rows_of(curves, options.seeds)
    page = PAGE.format(
        machine=machine(),
        pool=len(curves.validation),
        seeds=options.seeds,
        best=curves.validation[:, -1].min(),
        rows="\n".join(rows),
    )
    print(page)
    if options.out:
        options.out.write_text(page)


if __name__ == "__main__":
    main()
