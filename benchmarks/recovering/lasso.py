"""The exact Lasso over all products of signs: time, memory and proof, beside solvers that store the matrix.

    uv run --group bench --with celer --with skglm --with python-glmnet python -m benchmarks.recovering.lasso

A rival that is not installed is left out. adelie asks for numpy below 2 but runs with later ones:
`uv pip install --no-deps adelie`, and ipython, which it imports.

Every case has processes of its own, one a problem, in which all libraries may use one thread unless the case
says two. The machine is to be quiet: nothing else uses its processors for the quarter of an hour of the run.
"""

import argparse
import contextlib
import dataclasses
import importlib.util
import multiprocessing
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.recovering.lasso_page import Page, Targets, digits, others, span
from benchmarks.recovering.lasso_rivals import (
    ONLY_SMALL,
    PENALTIES,
    SOLVERS,
    Fit,
    Problem,
    matrix,
    planted,
)
from benchmarks.recovering.stage import peak

SEEDS = (1, 2, 3)
# Runs of one problem: this many, or as many as start within BUDGET seconds; without one that warms up
# where that took longer than LONG seconds.
RUNS = 15
BUDGET = 1.0
LONG = 3.0
# Problems of a case are begun within this time, those of few terms within the longer one. A process that
# takes longer than LIMIT is ended.
CASE_BUDGET, CASE_BUDGET_OF_FEW = 4.0, 60.0
FEW = 1_000_000
LIMIT = 20.0
# The same for one that may have to compile first.
COMPILING = 60.0
# Copies of the matrix that its solvers hold at once.
COPIES = 2.2
AGREEMENT = 1e-9
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


P60, P100 = Problem(60, 3, 300), Problem(100, 3, 500)
P200 = Problem(200, 3, 500, "float32")
P500, P1000, P2000 = Problem(500, 3, 500), Problem(1000, 3, 500), Problem(2000, 3, 500)
DEEP, DEEPEST = Problem(200, 4, 500), Problem(300, 4, 500)
# Large enough for the compiled scan, and for its parts; small enough to leave no memory behind.
SMALL, WIDE = Problem(60, 3, 64), Problem(300, 3, 500)

TARGETS = Targets(
    at_most={
        f"lasso_path, {P60}, 1 thread, ms": 3.0,
        f"recover, {P60}, 1 thread, ms": 40.0,
        f"lasso_path, {P200}, 1 thread, ms": 10.0,
        f"lasso_path, {P200}, 1 thread, MB": 40.0,
        f"lasso_path, {P1000}, 2 threads, ms": 500.0,
        f"lasso_path, {P1000}, 2 threads, MB": 60.0,
        f"lasso_path, {P2000}, 2 threads, ms": 3000.0,
        "first call, cold cache, s": 15.0,
        "first call, warm cache, s": 2.0,
        "largest relative duality gap of ours": 1e-10,
        "largest relative difference from scikit-learn's objective": AGREEMENT,
    },
    at_least={
        f"scikit-learn lasso_path / lasso_path, {P60}": 200.0,
        f"avx512, {P1000}, 1 thread, GMAC/s": 900.0,
    },
)


@dataclass(frozen=True)
class Case:
    solver: str
    problem: Problem
    threads: int = 1

    def __str__(self) -> str:
        return f"{self.solver}, {self.problem}, {_threads(self.threads)}"


@dataclass(frozen=True)
class Timing:
    seconds: float
    building: float
    memory: float
    gap: float
    scans: int
    knots: int
    runs: int


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def timed(run: Callable[[], Fit]) -> tuple[list[float], list[float], Fit]:
    """Seconds of each run after one that warms up, those of its matrix, and the last fit."""
    start = time.perf_counter()
    fit = run()
    seconds, building = [time.perf_counter() - start], [fit.building]
    if seconds[0] < LONG:
        seconds, building = [], []
    while not seconds or (len(seconds) < RUNS and sum(seconds) < BUDGET):
        del fit  # its matrix would count twice
        start = time.perf_counter()
        fit = run()
        seconds.append(time.perf_counter() - start)
        building.append(fit.building)
    return seconds, building, fit


def restarted_peak() -> float:
    """The resident set in MB; where Linux allows it, `peak` forgets what was larger before."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return psutil.Process().memory_info().rss / 1e6


def measure(answers: Connection, case: Case, seed: int) -> None:
    warnings.simplefilter("ignore")
    prepare = SOLVERS[case.solver].prepare
    prepare(dataclasses.replace(SMALL, precision=case.problem.precision), seed)()
    run = prepare(case.problem, seed)
    before = restarted_peak()
    seconds, building, fit = timed(run)
    memory = peak() - before
    answers.send(
        Timing(
            statistics.median(seconds),
            statistics.median(building),
            memory,
            fit.gap(),
            fit.scans,
            fit.knots,
            len(seconds),
        )
    )


def warm(answers: Connection) -> None:
    """Compile what ours needs, so that no compiler's memory is taken for the imports'."""
    for solver, problem in (("lasso_path", SMALL), ("recover", SMALL), ("lasso_path", WIDE)):
        SOLVERS[solver].prepare(problem, 1)()
    answers.send(None)


def first_call(answers: Connection, name: str) -> None:
    """Seconds of the import and of the first call."""
    X, y = planted(P60, 1)
    start = time.perf_counter()
    import overtone

    function = getattr(overtone, name)
    imported = time.perf_counter()
    function(X, y)
    answers.send((imported - start, time.perf_counter() - imported))


def scan(answers: Connection, kernel: str, problem: Problem) -> None:
    """Seconds of one scan of y, with all that prepares it for the residual."""
    os.environ["OVERTONE_KERNEL"] = kernel
    from overtone.spectrum.basis import binary_basis
    from overtone.spectrum.lasso.screening import LISTED
    from overtone.spectrum.scan.fastest import scanner_for

    def prepare(problem: Problem) -> Callable[[], Fit]:
        X, y = planted(problem, 1)
        basis = binary_basis(problem.n)
        columns = basis.columns((X > 0).astype(np.int64))
        scanner = scanner_for(basis.atoms, columns, np.ones(problem.degree))
        residual = (y - y.mean())[None]

        def run() -> Fit:
            scanner(residual, keep=LISTED)
            return Fit(lambda: 0.0)

        return run

    prepare(SMALL)()
    answers.send(statistics.median(timed(prepare(problem))[0]))


def lookup_limit(answers: Connection, kernel: str) -> None:
    """The products that one core's lookups stand for in a second, if it does nothing else."""
    from benchmarks.recovering.lookup_limit import rate

    answers.send(rate(kernel))


def agree(answers: Connection, seed: int) -> None:
    """The relative difference of the objectives at the middle of the path."""
    from sklearn.linear_model import Lasso

    import overtone

    X, y = planted(P60, seed)
    path = overtone.lasso_path(X, y)
    penalty = float(np.sqrt(path.penalties[0] * path.penalties[-1]))
    ours = path.at(penalty)
    A = matrix(X, P60.degree, P60.precision)
    theirs = Lasso(alpha=penalty, tol=1e-13, max_iter=100_000).fit(A, y)
    fitted = ours.constant + sum(
        c * X[:, group].prod(axis=1)
        for group, c in zip(ours.groups, ours.coefficients, strict=True)
    )
    mine, other = (
        float(r @ r) / (2 * len(y)) + penalty * float(np.abs(b).sum())
        for r, b in ((y - fitted, ours.coefficients), (y - theirs.predict(A), theirs.coef_))
    )
    answers.send(abs(mine - other) / other)


def in_process(
    target: Callable[..., None],
    *arguments: object,
    cache: str,
    threads: int = 1,
    limit: float = LIMIT,
) -> Any:
    """What a new process sends.

    Raises:
        EOFError: if it ends without sending.
        TimeoutError: if it takes longer than the limit.
    """
    os.environ.update({name: str(threads) for name in THREADS}, NUMBA_CACHE_DIR=cache)
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(sender, *arguments))
    process.start()
    sender.close()
    try:
        if not receiver.poll(limit):
            raise TimeoutError
        return receiver.recv()
    finally:
        process.terminate()
        process.join()


def timings(case: Case, cache: str) -> list[Timing] | str:
    """One of each seed for which there is time, or why there are none."""
    stored = COPIES * case.problem.terms * case.problem.samples
    stored *= np.dtype(case.problem.precision).itemsize
    solver = SOLVERS[case.solver]
    if importlib.util.find_spec(solver.package) is None:
        return "not installed"
    if solver.package != "overtone" and stored > psutil.virtual_memory().available:
        return f"left out: needs {stored / 1e9:.0f} GB"
    found: list[Timing] = []
    budget = CASE_BUDGET_OF_FEW if case.problem.terms < FEW else CASE_BUDGET
    start = time.perf_counter()
    for seed in SEEDS:
        if found and time.perf_counter() - start > budget:
            break
        try:
            found.append(in_process(measure, case, seed, cache=cache, threads=case.threads))
        except TimeoutError:
            return f"ended after {LIMIT:.0f} s"
        except EOFError:
            return "failed"
    return found


def add_first_calls(page: Page, cache: str) -> None:
    header = "call | cache | import, s | first call, s | others, %"
    for name, kind in (
        ("lasso_path", "cold"),
        ("lasso_path", "warm"),
        ("recover", "cold"),
        ("recover", "warm"),
    ):
        folder = str(Path(cache) / name)
        imported, called = in_process(first_call, name, cache=folder, limit=COMPILING)
        page.note(f"first call, {kind} cache, s", called)
        page.add(FIRST, header, [name, kind, f"{imported:.2f}", f"{called:.2f}", others()])


def add_timings(page: Page, cache: str, cases: Sequence[Case], table: str) -> None:
    ours: dict[tuple[str, Problem], list[Timing]] = {}
    for case in cases:
        found = timings(case, cache)
        solver = SOLVERS[case.solver]
        if isinstance(found, str):
            page.add(table, HEADER, [str(case.problem), _name(case), found, *[""] * 8, others()])
            continue
        if solver.package == "overtone":
            ours.setdefault((case.solver, case.problem), found)
            page.note("largest relative duality gap of ours", max(t.gap for t in found))
        ratio = statistics.median(
            theirs.seconds / own.seconds
            for theirs, own in zip(found, ours[solver.against, case.problem], strict=False)
        )
        seconds = statistics.median(t.seconds for t in found)
        memory = statistics.median(t.memory for t in found)
        page.note(f"{case}, ms", 1e3 * seconds)
        page.note(f"{case}, MB", memory)
        page.note(f"{case.solver} / {solver.against}, {case.problem}", ratio)
        if ratio < 1 and solver.package != "overtone":
            page.lose(f"{case} takes {ratio:.2f} times as long as {solver.against}.")
        cells = [
            digits(1e3 * seconds),
            digits(1e3 * statistics.median(t.building for t in found)) if found[0].building else "",
            digits(ratio),
            digits(memory),
            f"{max(t.gap for t in found):.0e}",
            span([t.scans for t in found]),
            span([t.knots for t in found]),
            " + ".join(str(t.runs) for t in found),
        ]
        page.add(table, HEADER, [str(case.problem), _name(case), *cells, others()])


def _name(case: Case) -> str:
    owner = "overtone " if SOLVERS[case.solver].package == "overtone" else ""
    return f"{owner}{case.solver}" + ("" if case.threads == 1 else f", {_threads(case.threads)}")


def add_agreement(page: Page, cache: str) -> None:
    for seed in SEEDS:
        difference = in_process(agree, seed, cache=cache)
        page.note("largest relative difference from scikit-learn's objective", difference)
        page.add(
            AGREES, "seed | relative difference of the objectives", [f"{seed}", f"{difference:.1e}"]
        )


def add_scans(page: Page, cache: str) -> None:
    from overtone.spectrum.scan.fastest import available_instructions

    kernels = [instructions.name for instructions in available_instructions()]
    cases = [(k, p, 1) for p in (P60, P100, P200, P500, P1000, DEEP) for k in (*kernels, "blocked")]
    cases += [(kernel, P1000, 2) for kernel in kernels]
    limits = {kernel: in_process(lookup_limit, kernel, cache=cache) / 1e9 for kernel in kernels}
    for kernel, limit in limits.items():
        page.add(LIMIT_OF, "kernel | lookup limit of one core, GMAC/s", [kernel, digits(limit)])
    header = (
        "case | kernel | threads | ms per scan | GMAC/s | share of the lookup limit, % | others, %"
    )
    for kernel, problem, threads in cases:
        cells = [str(problem), kernel, f"{threads}"]
        try:
            seconds = in_process(
                scan, kernel, problem, cache=cache, threads=threads, limit=COMPILING
            )
        except TimeoutError:
            page.add(SCANS, header, [*cells, f"ended after {COMPILING:.0f} s", "", "", others()])
            continue
        rate = problem.terms * problem.samples / seconds / 1e9
        page.note(f"{kernel}, {problem}, {_threads(threads)}, GMAC/s", rate)
        share = digits(100 * rate / limits[kernel] / threads) if kernel in limits else ""
        page.add(SCANS, header, [*cells, digits(1e3 * seconds), digits(rate), share, others()])


HEADER = (
    "case | solver | time, ms | of which matrix, ms | times ours | memory over the imports, MB | "
    "relative duality gap | scans | knots | runs | others, %"
)
FIRST, BESIDE, ALONE = "First call", "Beside other solvers", "Alone"
SCANS, LIMIT_OF, AGREES = "One scan", "The lookup limit", "Agreement"
OF_TIMES = (
    "Ten random monomials of degree 1 to 3, coefficients of 0.5 to 1.5, noise of 0.5, seeds "
    f"{', '.join(map(str, SEEDS))}: as many of them as there is time for, each in a process of its own. "
    "Time: the median over seeds of medians over warm runs, whose numbers are under runs; a run of more "
    f"than {LONG:.0f} s is not repeated. Memory: the largest resident set during the runs over that after "
    "the imports and a small fit. Gap: the largest at a knot, relative to |y|² / 2N."
)
NOTES = {
    BESIDE: f"{OF_TIMES} `overtone.lasso_path` gives the whole path with its defaults, down to a tenth of "
    f"the largest penalty or 40 terms, and the others {PENALTIES} penalties over the same range. Theirs "
    "includes the time of their matrix, centred products that numpy writes column by column, in single "
    "precision for n = 200. Their tolerances are their defaults unless stated, and their gap is that at the "
    "last penalty (`LassoCV`: at the chosen one). `overtone.recover` chooses penalty, degree and terms and "
    "holds out fifths; `LassoCV` chooses the penalty with 5 folds. Times ours: over `lasso_path`, and for "
    "`LassoCV` over `recover`, on the same seeds. A run that is not repeated also pays for memory that the "
    f"system has to find, as its matrix shows. A process that takes longer than {LIMIT:.0f} s is ended.",
    ALONE: f"{OF_TIMES} Times ours: over the first row of the problem.",
    SCANS: "One residual, the strongest 256 groups, preparation for the residual included; the products of "
    "the definition are counted, N times the number of terms. One seed.",
    LIMIT_OF: "What one core does of loading 64 codes (AVX2: 32), looking them up and adding, with nothing "
    "else and all in its first-level cache: each lookup stands for 6 samples (AVX2: 4). By "
    "`benchmarks/recovering/lookup_limit.py`.",
    FIRST: f"`{P60}` right after the import, in a process of its own, with an empty folder for compiled "
    "functions (cold) and with what the cold call left there (warm).",
    AGREES: f"`{P60}`, at the geometric mean of the first and last penalty, against scikit-learn's `Lasso` "
    "with `tol=1e-13`.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="a Markdown file to write the page to")
    parser.add_argument("--largest", action="store_true", help="n = 2000 too")
    parser.add_argument("--smallest", action="store_true", help="n = 60 alone, to try the script")
    options = parser.parse_args()
    flags = [f"--{name}" for name in ("largest", "smallest") if getattr(options, name)]
    page = Page(options.out, " ".join(["benchmarks/recovering/lasso.py", *flags]), NOTES, TARGETS)
    beside = {
        problem: [Case(s, problem) for s in SOLVERS if problem is P60 or s not in ONLY_SMALL]
        for problem in (P60, P100, P200)
    }
    alone = [Case("lasso_path", P500)]
    alone += [Case("lasso_path", p, threads) for p in (P1000, DEEP) for threads in (1, 2)]
    alone += [Case("lasso_path", p, 2) for p in (DEEPEST, P2000) if options.largest]
    with tempfile.TemporaryDirectory() as folder:
        add_first_calls(page, folder)
        cache = str(Path(folder) / "recover")
        in_process(warm, cache=cache, limit=COMPILING)
        add_agreement(page, cache)
        add_timings(page, cache, beside[P60], BESIDE)
        if not options.smallest:
            add_timings(page, cache, alone, ALONE)
            add_scans(page, cache)
            add_timings(page, cache, [*beside[P100], *beside[P200]], BESIDE)
    print(page.text())


if __name__ == "__main__":
    main()
