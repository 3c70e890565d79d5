"""How true an explanation is, and what repeats and the few changes are worth.

    python -m benchmarks.explaining.explaining --folder FOLDER
    python -m benchmarks.explaining.explaining --folder FOLDER --scale 0.2

Packages: `shap` for a rival. FOLDER has a `problems.py` with the measured tables BDBC and LLVM, and further
problems; without it those parts are left out. `--scale` makes a part of the studies: the whole page takes
about an hour of two cores.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
import optuna

import overtone
from benchmarks.explaining import measures, studies
from benchmarks.explaining.truths import Dense, Simple, Sparse, Switches, Truth, family
from benchmarks.optimising import registry
from benchmarks.optimising.problems import Problem
from benchmarks.reporting import interval, machine
from overtone.report.explanation import Explanation
from overtone.study.findings import findings_of
from overtone.study.storage import DEFAULT

RESULTS = Path(__file__).parents[1] / "results"
FAMILIES = {"sparse": 30, "mixed": 15, "branches": 5, "tail": 5, "first": 9}
COUNTS = (30, 60, 120, 200)
NOISES = (0.0, 0.2, 1.0)
RIVALS = ("PED-ANOVA", "fANOVA", "MDI", "SHAP")
# Of the problems of a folder, and of those that are shipped.
WITH_DEFAULTS = (
    "LLVM",
    "BDBC",
    "contamination25",
    "sparse60_a",
    "labs50",
    "maxsat43",
    "sat3_100",
    "convolution_A100",
    "paper_60_a",
    "mixed_30",
)
# Functions on which the rivals are asked, too: they take seconds each.
RIVALLED = {"sparse": 10, "mixed": 10}


def explained(study: optuna.Study, truth: Truth) -> Explanation:
    return Explanation(findings_of(study, truth.space))


def known_truths(scale: float, jobs: int) -> Iterator[str]:
    yield "## Single changes at the recommendation, where the truth is known"
    yield ""
    yield (
        "30 sparse polynomials of 60 switches, 15 mixed spaces of 15 settings, 5 spaces with three branches, "
        "5 mixed spaces with a heavy tail, 9 functions of five settings as a newcomer tries them first; "
        "noise in deviations of the function. Only in `repeats` (the default search with repeats) is "
        "anything run twice: elsewhere how much runs vary is unknown, and intervals are wide. `held`: the "
        "truth lies in the interval of 90 %; `wrong`: the interval is on the wrong side of 0; `found` and "
        "`false`: settings that matter, and idle ones, that are said to matter (of all of them); `free`: "
        "settings said to be so; `width`: the median interval in deviations of the function."
    )
    yield ""
    yield "| function | trials | noise | held | wrong | found | false | free | width |"
    yield "|---|---|---|---|---|---|---|---|---|"
    every: list[measures.Changes] = []
    for name, number in FAMILIES.items():
        cells: dict[tuple[str, float], list[measures.Changes]] = defaultdict(list)
        seeds = range(max(round(scale * number), 1))
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            tasks = [(name, seed, noise) for seed in seeds for noise in NOISES]
            for (_, _, noise), found in zip(tasks, pool.map(changes_in, tasks), strict=True):
                for label, changes in found:
                    cells[label, noise].append(changes)
                    every.append(changes)
        for (label, noise), found in sorted(cells.items(), key=lambda c: order(c[0])):
            yield f"| {name} | {label} | {noise:g} | {changes_row(found)} |"
    yield f"| all | | | {changes_row(every)} |"
    yield ""


def changes_in(task: tuple[str, int, float]) -> list[tuple[str, measures.Changes]]:
    """Of one function at one noise: what became of the changes in each study of it."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    name, seed, noise = task
    truth = family(name, seed)
    return [
        (label, measures.changes_of(explained(study, truth), truth))
        for label, study in studied(truth, seed, noise)
    ]


def order(cell: tuple[str, float]) -> tuple[str, int, float]:
    sampler, count = cell[0].split()
    return sampler, int(count), cell[1]


def studied(truth: Truth, seed: int, noise: float) -> Iterator[tuple[str, optuna.Study]]:
    whole = studies.study_of(truth, "spectral", seed, COUNTS[-1], noise=noise)
    for count in COUNTS:
        yield f"spectral {count}", studies.first_trials(whole, count)
    yield (
        "repeats 120",
        studies.study_of(truth, "spectral", seed, 120, noise=noise, repeats=120),
    )
    yield "tpe 120", studies.study_of(truth, "tpe", seed, 120, noise=noise)
    yield "uniform 300", studies.study_of(truth, "uniform", seed, 300, noise=noise)


def changes_row(found: list[measures.Changes]) -> str:
    held = np.concatenate([f.held for f in found])
    wrong = np.concatenate([f.wrong for f in found])
    widths = np.concatenate([f.widths for f in found])
    total = {
        k: sum(getattr(f, k) for f in found) for k in ("matter", "found", "idle", "false", "free")
    }
    settings = sum(f.matter + f.idle for f in found)
    return (
        f"{held.mean():.2f} | {wrong.mean():.1%} | {part(total['found'], total['matter'])} | "
        f"{part(total['false'], total['idle'])} | {part(total['free'], settings)} | {np.median(widths):.2f}"
    )


def part(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "-"


def total_shares(scale: float) -> Iterator[str]:
    yield "## Total shares of the whole space, beside others"
    yield ""
    yield "Spearman's correlation with the true total shares, mean over functions; noise of 0.2 deviations."
    yield ""
    yield f"| function | trials | overtone | {' | '.join(RIVALS)} |"
    yield "|---|---|---|" + "---|" * len(RIVALS)
    for name, number in RIVALLED.items():
        cells: dict[str, list[list[float]]] = defaultdict(list)
        for seed in range(max(round(scale * number), 1)):
            truth = family(name, seed)
            for label, study in studied(truth, seed, 0.2):
                if label in ("spectral 30", "spectral 60", "repeats 120"):
                    continue
                own = measures.agreement(measures.own_totals(explained(study, truth)), truth)
                others = measures.rival_totals(study, truth.space)
                cells[label].append(
                    [own, *(measures.agreement(others[rival], truth) for rival in RIVALS)]
                )
        for label, rows in cells.items():
            means = " | ".join(f"{mean:.2f}" for mean in np.mean(rows, axis=0))
            yield f"| {name} | {label} | {means} |"
    yield ""


def simple(scale: float) -> Iterator[str]:
    yield '## x + (c == "a")'
    yield ""
    yield (
        "From the best to the worst quarter x makes 3.75, and c makes 1; ten seeds, default search, no noise."
    )
    yield ""
    yield "| trials | x, least and most | c, least and most | within 15 % | silent |"
    yield "|---|---|---|---|---|"
    truth = Simple()
    for count in (20, 40, 60, 100):
        gains = []
        for seed in range(max(round(10 * scale), 2)):
            study = studies.study_of(truth, "spectral", seed, count, noise=0.0)
            by_name = {effect.names: effect.gain for effect in overtone.explain(study).effects}
            gains.append([by_name.get((name,), np.nan) for name in ("x", "c")])
        table = np.array(gains)
        near = np.abs(table / [3.75, 1.0] - 1) <= 0.15
        (x0, c0), (x1, c1) = np.nanmin(table, axis=0), np.nanmax(table, axis=0)
        yield (
            f"| {count} | {x0:.2f} to {x1:.2f} | {c0:.2f} to {c1:.2f} | {near.mean():.0%} | "
            f"{np.isnan(table).mean():.0%} |"
        )
    yield ""


def tables(folder: Path, scale: float) -> Iterator[str]:
    yield "## Measured tables"
    yield ""
    yield (
        "All single changes at the recommendation beside the table's own values; `worst is best`: whether "
        "the worst combination of any listed interaction is called its best."
    )
    yield ""
    yield "| table | trials | held | wrong | worst is best |"
    yield "|---|---|---|---|---|"
    for name in ("BDBC", "LLVM"):
        problem = registry.load(folder, name)
        for count in (100, 200):
            held, wrong, upside_down = [], [], 0
            for seed in range(max(round(5 * scale), 1)):
                study = searched(problem, seed, count)
                explanation = overtone.explain(study)
                found = table_changes(explanation, problem)
                held += found[0]
                wrong += found[1]
                upside_down += any(effect.best == effect.worst for effect in explanation.effects)
                upside_down += calls_worst_best(explanation, problem)
            yield (
                f"| {name} | {count} | {np.mean(held):.2f} | {np.mean(wrong):.1%} | {upside_down} |"
            )
    yield ""


def searched(problem: Problem, seed: int, count: int) -> optuna.Study:
    return studies.evaluated(problem.suggest, lambda c: float(problem.truth(c)), seed, count)


def raw(problem: Problem, values: dict) -> dict:
    """A configuration as the problem's truth takes it: levels instead of their places."""
    return {p.name: p.decode(values[p.name]) for p in problem.parameters if p.name in values}


def table_changes(explanation: Explanation, problem: Problem) -> tuple[list[bool], list[bool]]:
    recommended = explanation.recommended
    assert recommended is not None
    base = float(problem.truth(raw(problem, recommended.configuration)))
    held, wrong = [], []
    for setting in explanation.settings:
        for level in setting.levels:
            changed = {**recommended.configuration, setting.setting: level.value, **level.brings}
            true = float(problem.truth(raw(problem, changed))) - base
            if np.isnan(true):
                continue
            known, near = level.change, 1e-9 * (abs(base) + 1)
            held.append(known.low - near <= true <= known.high + near)
            wrong.append((known.low > near or known.high < -near) and known.mean * true < 0)
    return held, wrong


def calls_worst_best(explanation: Explanation, problem: Problem) -> bool:
    """Whether the combination that is worst over the whole table is called the best of some interaction."""
    rng = np.random.default_rng(0)
    drawn = [problem.sample(rng) for _ in range(2000)]
    values = np.array([float(problem.truth(c)) for c in drawn])
    for effect in explanation.effects:
        if len(effect.names) < 2:
            continue
        groups = defaultdict(list)
        for c, value in zip(drawn, values, strict=True):
            groups[tuple(str(c[name]) for name in effect.names)].append(value)
        means = {key: np.nanmean(group) for key, group in groups.items()}
        if means and max(means, key=lambda key: means[key]) == effect.best:
            return True
    return False


def repeats(scale: float) -> Iterator[str]:
    yield "## What repeats are worth"
    yield ""
    yield (
        "20 switches, functions of deviation 1: six products (a search of 100 trials often tries the best "
        "configuration), or all switches and 15 pairs. 100 trials in all, with and without repeats. "
        "`true`: the true value of what is recommended; `promised`: what to expect of it is said to be; "
        "`error`: the mean absolute difference of the two; `better`, `worse`: runs in which the "
        "recommendation is truly better, or worse, than the luckiest of 100 trials without repeats."
    )
    yield ""
    yield "| function | noise | repeats | true (95 % interval) | promised | error | held | better | worse |"
    yield "|---|---|---|---|---|---|---|---|---|"
    number = max(round(24 * scale), 3)
    for make in (Switches, Dense):
        for noise in (1.0, 0.5, 0.0):
            luckiest = np.array([luckiest_of(make(seed), seed, noise) for seed in range(number)])
            for with_repeats in (False, True):
                rows = [
                    recommended_of(make(seed), seed, noise, with_repeats=with_repeats)
                    for seed in range(number)
                ]
                head = f"{make.__name__.lower()} | {noise:g} | {'yes' if with_repeats else 'no'}"
                yield f"| {head} | {repeats_cells(np.array(rows, dtype=float), luckiest)} |"
    yield ""


def luckiest_of(truth: Truth, seed: int, noise: float) -> float:
    study = studies.study_of(truth, "spectral", seed, 100, noise=noise)
    return truth(study.best_trial.params)


def recommended_of(
    truth: Truth, seed: int, noise: float, *, with_repeats: bool
) -> tuple[float, float, bool]:
    """The true value of what is recommended, what is promised, and whether its interval holds."""
    repeats = 100 * with_repeats
    study = studies.study_of(truth, "spectral", seed, 100, noise=noise, repeats=repeats)
    found = explained(study, truth).recommended
    assert found is not None
    assert found.expected is not None
    true, expected = truth(found.configuration), found.expected
    return true, expected.mean, expected.low - 1e-9 <= true <= expected.high + 1e-9


def repeats_cells(rows: np.ndarray, luckiest: np.ndarray) -> str:
    true, promised, held = rows.T
    low, high = interval(true)
    apart = true - luckiest
    return (
        f"{true.mean():.2f} ({low:.2f} to {high:.2f}) | {promised.mean():.2f} | "
        f"{np.abs(promised - true).mean():.2f} | {held.mean():.2f} | {np.mean(apart < -1e-9):.0%} | "
        f"{np.mean(apart > 1e-9):.0%}"
    )


def fewest(folder: Path | None, scale: float) -> Iterator[str]:
    yield "## The few changes"
    yield ""
    yield (
        "From a default (the middle one of 50 uniform configurations that do not fail), 100 trials with "
        "repeats. `kept`: the share of the true gain of the recommendation that the few changes keep; "
        "`promised`: what was predicted; `measured`: what their runs had, where they were run; `random`: "
        "what as many changes chosen at random keep."
    )
    yield ""
    yield "| problem | changes | of them needed | kept | promised | measured | runs verified | random |"
    yield "|---|---|---|---|---|---|---|---|"
    every = []
    for name, problem in with_defaults(folder):
        rows = []
        for seed in range(max(round(3 * scale), 1)):
            row = fewest_row(problem, seed)
            if row is not None:
                rows.append(row)
        if rows:
            every += rows
            yield f"| {name} | {fewest_cells(np.array(rows))} |"
    yield f"| mean | {fewest_cells(np.array(every))} |"
    yield ""


def with_defaults(folder: Path | None) -> Iterator[tuple[str, Problem]]:
    names = registry.names(folder)
    for name in WITH_DEFAULTS:
        if name in names:
            yield name, registry.load(folder, name)


def fewest_row(problem: Problem, seed: int) -> tuple[float, ...] | None:
    rng = np.random.default_rng([5, seed])
    drawn = [c for c in (problem.sample(rng) for _ in range(50)) if not np.isnan(problem.truth(c))]
    default = sorted(drawn, key=problem.truth)[len(drawn) // 2]
    sampler = overtone.SpectralSampler(seed=seed, repeats=overtone.Repeats(100))
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial(
        {p.name: p.encode(default[p.name]) for p in problem.parameters}, user_attrs={DEFAULT: True}
    )
    for index in range(100):
        trial = study.ask()
        value, _ = problem.observe(problem.suggest(trial), seed, index)
        state = optuna.trial.TrialState.FAIL if np.isnan(value) else None
        study.tell(trial, None if state else value, state=state)
    found = overtone.explain(study)
    if found.fewest is None or not found.fewest.is_default or found.recommended is None:
        return None
    few, start = found.fewest.configuration, found.fewest.start
    end = found.recommended.configuration
    values = [float(problem.truth(raw(problem, c))) for c in (start, few, end)]
    gain = values[0] - values[2]
    changed = [name for name in end if end[name] != start[name]]
    kept_by_chance = []
    for _ in range(20):
        chosen = rng.choice(changed, size=len(found.changes), replace=False)
        some = {**start, **{name: end[name] for name in chosen}}
        value = float(problem.truth(raw(problem, some)))
        kept_by_chance.append((values[0] - value) / gain if np.isfinite(value) else 0.0)
    measured = np.nan if found.fewest.measured is None else found.fewest.measured
    return (
        len(changed),
        len(found.changes),
        (values[0] - values[1]) / gain,
        found.fewest.kept,
        measured,
        float(found.fewest.runs > 0),
        float(np.mean(kept_by_chance)),
    )


def fewest_cells(rows: np.ndarray) -> str:
    changes, needed, kept, promised, measured, runs, by_chance = np.nanmean(rows, axis=0)
    return (
        f"{changes:.0f} | {needed:.0f} | {kept:.0%} | {promised:.0%} | {measured:.0%} | {runs:.0%} | "
        f"{by_chance:.0%}"
    )


def times() -> Iterator[str]:
    yield "## How long it takes"
    yield ""
    yield (
        "Everything that an explanation has, one thread, uniform trials of a sparse polynomial, one of them "
        "twice, median of three."
    )
    yield ""
    yield "| settings | trials | seconds |"
    yield "|---|---|---|"
    for n, count in ((60, 200), (60, 1000), (200, 1000)):
        truth = Sparse(0, n)
        study = studies.study_of(truth, "uniform", 0, count, noise=0.2)
        for trial in study.trials[:1]:
            study.add_trial(trial)
        seconds = []
        for _ in range(3):
            begun = perf_counter()
            explained(study, truth).to_dict()
            seconds.append(perf_counter() - begun)
        yield f"| {n} | {count} | {np.median(seconds):.1f} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="of problems, with BDBC and LLVM")
    parser.add_argument("--scale", type=float, default=1.0, help="the part of the studies to make")
    parser.add_argument("--jobs", type=int, default=2, help="processes of the first part")
    parser.add_argument("--parts", nargs="*", help="of the page; all by default")
    parser.add_argument("--page", type=Path, default=RESULTS / "explaining.md")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    scale = options.scale
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "truths": lambda: known_truths(scale, options.jobs),
        "shares": lambda: total_shares(scale),
        "simple": lambda: simple(scale),
        "tables": lambda: tables(options.folder, scale) if options.folder else iter(()),
        "repeats": lambda: repeats(scale),
        "fewest": lambda: fewest(options.folder, scale),
        "times": times,
    }
    lines = ["# How true the explanation is", "", f"{machine()}", ""]
    if scale != 1.0:
        lines += [
            f"Made with --scale {scale:g}: of the numbers of functions and seeds below, that part.",
            "",
        ]
    for name, part_of in parts.items():
        if options.parts and name not in options.parts:
            continue
        for line in part_of():
            print(line, flush=True)
            lines.append(line)
    options.page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
