"""The page of results: losses first, then every figure."""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.optimising.figures import (
    FEWEST_SEEDS,
    TWICE,
    Difference,
    Runs,
    Table,
    differences,
    evaluations_to_reach,
    mean_difference,
    ranks,
)
from benchmarks.optimising.runs import DOUBLED

BUDGETS = (30, 50, 100, 200, 500, 1000)
TARGET, TARGET_BUDGET = "tpe", 200
EXPLANATION = (
    (
        "Normalised regret: 0 is the best value known of a problem, 1 the median of 1,000 random "
        "configurations; logarithmic for times and losses."
    ),
    "It is that of the true value of the best-observed configuration, meant over seeds.",
    "Conditional parameters are asked for define-by-run, and a failure is told as one.",
    f"`{TWICE}` is random search with twice the evaluations.",
    (
        "An interval is a paired bootstrap over the seeds that both have; with five seeds it is narrower "
        "than its name, so a single row is a hint, and the means over problems are the evidence."
    ),
)


def page(table: Table, ours: str, made_by: str) -> str:
    samplers = _order(table, ours)
    rivals = [sampler for sampler in samplers if sampler != ours]
    parts = [
        ["# Optimisers side by side", "", made_by, "", *EXPLANATION],
        losses(table, ours, rivals),
        means(table, ours, rivals),
        mean_ranks(table, samplers),
        speed(table, samplers),
        problems(table, samplers),
        against_target(table, ours),
    ]
    return "\n".join(line for part in parts for line in [*part, ""])


def losses(table: Table, ours: str, rivals: Sequence[str]) -> list[str]:
    found, judged = [], 0
    for rival in rivals:
        for budget in BUDGETS:
            made = differences(table, ours, rival, budget)
            judged += len(made)
            found += [difference for difference in made if difference.is_loss]
    lines = [
        "## Where ours is worse",
        "",
        (
            f"Rows where the whole interval of {ours} minus the rival lies above 0: "
            f"{len(found)} of {judged} comparisons."
        ),
        f"A comparison needs {FEWEST_SEEDS} common seeds.",
        "",
        f"| problem | evaluations | rival | {ours} | rival's | difference, 95 % |",
        "|---|---|---|---|---|---|",
    ]
    found.sort(key=lambda d: (d.rival, d.problem, d.budget))
    lines += [f"| {d.problem} | {d.budget} | {d.rival} | {_sides(d)} |" for d in found]
    return lines


def means(table: Table, ours: str, rivals: Sequence[str]) -> list[str]:
    """Each rival on the problems that it ran, beside ours on the same ones."""
    lines = [
        "## Means over problems",
        "",
        "A rival is compared on the problems that both ran.",
        "",
        f"| rival | evaluations | problems | {ours} | rival's | difference, 95 % |",
        "|---|---|---|---|---|---|",
    ]
    for rival in rivals:
        for budget in BUDGETS:
            d = mean_difference(table, ours, rival, budget)
            if d is not None:
                lines.append(f"| {rival} | {budget} | {d.problem.split()[0]} | {_sides(d)} |")
    return lines


def mean_ranks(table: Table, samplers: Sequence[str]) -> list[str]:
    """Of the samplers that ran every problem; the others cannot be ranked with them."""
    complete = [s for s in samplers if all(s in by_sampler for by_sampler in table.values())]
    lines = [
        "## Mean rank",
        "",
        "Of the samplers that ran every problem.",
        "",
        f"| evaluations | problems | {' | '.join(complete)} |",
        "|---|---|" + "---|" * len(complete),
    ]
    for budget in BUDGETS:
        placed, count = ranks(table, complete, budget)
        if count:
            row = " | ".join(f"{placed[sampler]:.2f}" for sampler in complete)
            lines.append(f"| {budget} | {count} | {row} |")
    return lines


def speed(table: Table, samplers: Sequence[str]) -> list[str]:
    lines = [
        "## Evaluations to reach TPE, and time",
        "",
        (
            f"The evaluations after which the mean regret is TPE's after {TARGET_BUDGET}: "
            "median over problems, and on how many that takes longer."
        ),
        (
            "Milliseconds of processor time of the optimiser for each trial: of the median trial, "
            "median over problems and greatest; and of the single slowest trial."
        ),
        "",
        "| sampler | problems | evaluations | longer | ms | greatest | slowest |",
        "|---|---|---|---|---|---|---|",
    ]
    for sampler in samplers:
        reached = np.array(
            list(evaluations_to_reach(table, sampler, TARGET, TARGET_BUDGET).values())
        )
        runs = [by_sampler[sampler] for by_sampler in table.values() if sampler in by_sampler]
        milliseconds = 1e3 * np.array([run.seconds for run in runs])
        median = np.median(reached) if len(reached) else math.nan
        lines.append(
            f"| {sampler} | {len(reached)} | {'-' if not math.isfinite(median) else f'{median:.0f}'} "
            f"| {int(np.isinf(reached).sum())} | {np.median(milliseconds):.1f} | {milliseconds.max():.1f} "
            f"| {1e3 * max(run.slowest for run in runs):.0f} |"
        )
    return lines


def problems(table: Table, samplers: Sequence[str]) -> list[str]:
    lines = [
        "## Each problem",
        "",
        (
            f"Mean regret after {', '.join(map(str, BUDGETS))} evaluations, as far as runs go; "
            "the number of seeds in brackets."
        ),
        "",
        f"| problem | {' | '.join(samplers)} |",
        "|---|" + "---|" * len(samplers),
    ]
    for problem, by_sampler in table.items():
        cells = [_cell(by_sampler.get(sampler)) for sampler in samplers]
        lines.append(f"| {problem} | {' | '.join(cells)} |")
    cells = [_mean_cell(table, sampler) for sampler in samplers]
    return [*lines, f"| **mean**, where all were run | {' | '.join(cells)} |"]


def against_target(table: Table, ours: str) -> list[str]:
    lines = [
        f"## {ours} minus {TARGET} on each problem",
        "",
        f"| problem | {' | '.join(f'after {budget}' for budget in BUDGETS)} |",
        "|---|" + "---|" * len(BUDGETS),
    ]
    rows: dict[str, dict[int, str]] = {}
    for budget in BUDGETS:
        for d in differences(table, ours, TARGET, budget):
            rows.setdefault(d.problem, {})[budget] = _interval(d)
    for problem, row in rows.items():
        lines.append(f"| {problem} | {' | '.join(row.get(budget, '-') for budget in BUDGETS)} |")
    return lines


def _order(table: Table, ours: str) -> list[str]:
    found = {sampler for by_sampler in table.values() for sampler in by_sampler}
    first = (ours, TARGET, DOUBLED, TWICE)
    return [sampler for sampler in dict.fromkeys((*first, *sorted(found))) if sampler in found]


def _sides(d: Difference) -> str:
    return f"{d.ours:.3f} | {d.theirs:.3f} | {_interval(d)}"


def _interval(d: Difference) -> str:
    return f"{d.ours - d.theirs:+.3f} ({d.low:+.3f} to {d.high:+.3f})"


def _mean_cell(table: Table, sampler: str) -> str:
    """The mean over problems at each budget to which the sampler was run on all of them."""
    if any(sampler not in by_sampler for by_sampler in table.values()):
        return "-"
    figures = []
    for budget in BUDGETS:
        curves = [by_sampler[sampler].mean(budget) for by_sampler in table.values()]
        if all(len(curve) for curve in curves):
            figures.append(f"{np.mean([curve[-1] for curve in curves]):.3f}")
    return " / ".join(figures)


def _cell(runs: Runs | None) -> str:
    if runs is None:
        return "-"
    means = [runs.mean(budget) for budget in BUDGETS]
    return " / ".join(f"{curve[-1]:.3f}" for curve in means if len(curve)) + f" ({len(runs.seeds)})"
