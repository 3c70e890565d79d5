"""The exact Lasso over all products of signs: time, memory and proof, beside solvers that store the matrix.

    uv run --group bench --with celer --with skglm python benchmarks/recovery.py

A rival that is not installed is left out. adelie asks for numpy below 2 but runs with later ones:
`uv pip install --no-deps adelie`, and ipython, which it imports.

Every case has processes of its own, one a problem, in which all libraries may use one thread unless the case
says two. The machine is to be quiet: nothing else uses its processors for the five minutes of the run.
"""

import argparse
import contextlib
import dataclasses
import importlib.util
import math
import multiprocessing
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import psutil
from reporting import machine
from stage import peak

SEEDS = (1, 2, 3)
PENALTIES = 50
# Runs of one problem: this many, or as many as start within BUDGET seconds; without one that warms up
# where that took longer than LONG seconds.
RUNS = 15
BUDGET = 1.0
LONG = 3.0
# Problems of a case are begun within this time, and a process that takes longer than LIMIT is ended.
CASE_BUDGET = 4.0
LIMIT = 20.0
# Products that are centred together: a few megabytes.
IN_CACHE = 1000
# Copies of the matrix that its solvers hold at once.
COPIES = 2.2
# A machine is quiet if others use less of its processors than this, in per cent.
QUIET = 5.0
AGREEMENT = 1e-9
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Problem:
    n: int
    degree: int
    samples: int
    precision: str = "float64"  # of the rivals' matrix

    def __str__(self) -> str:
        return f"n = {self.n}, d = {self.degree}, N = {self.samples}"

    @property
    def terms(self) -> int:
        return sum(math.comb(self.n, k) for k in range(1, self.degree + 1))


P60, P100 = Problem(60, 3, 300), Problem(100, 3, 500)
P200 = Problem(200, 3, 500, "float32")
P500, P1000, P2000 = Problem(500, 3, 500), Problem(1000, 3, 500), Problem(2000, 3, 500)
DEEP = Problem(200, 4, 500)
# Large enough for the compiled scan, and for its parts; small enough to leave no memory behind.
SMALL, WIDE = Problem(60, 3, 64), Problem(300, 3, 500)

AT_MOST = {
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
}
AT_LEAST = {
    f"scikit-learn lasso_path / lasso_path, {P60}": 200.0,
    f"avx512, {P1000}, 1 thread, GMAC/s": 900.0,
}


def planted(problem: Problem, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Signs and the values of ten random monomials of degree 1 to 3 with noise of 0.5."""
    rng = np.random.default_rng(seed)
    X = 2 * rng.integers(0, 2, (problem.samples, problem.n), dtype=np.int8) - 1
    y = 0.5 * rng.standard_normal(problem.samples)
    for _ in range(10):
        factors = rng.choice(problem.n, rng.integers(1, 4), replace=False)
        y += rng.choice([-1, 1]) * rng.uniform(0.5, 1.5) * X[:, factors].prod(axis=1)
    return X, y


@dataclass(frozen=True)
class Fit:
    gap: Callable[[], float]
    building: float = 0.0
    scans: int = 0
    knots: int = 0


Prepare: TypeAlias = Callable[[Problem, int], Callable[[], Fit]]
Solve: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, float]]


def path_of_ours(problem: Problem, seed: int) -> Callable[[], Fit]:
    import overtone

    X, y = planted(problem, seed)

    def run() -> Fit:
        path = overtone.lasso_path(X, y, degree=problem.degree)
        return Fit(
            lambda: max(map(path.gap, path.penalties)), scans=path.scans, knots=len(path.penalties)
        )

    return run


def recovery_of_ours(problem: Problem, seed: int) -> Callable[[], Fit]:
    import overtone

    X, y = planted(problem, seed)

    def run() -> Fit:
        recovery = overtone.recover(X, y)
        return Fit(lambda: recovery.duality_gap)

    return run


def matrix(X: np.ndarray, degree: int, precision: str) -> np.ndarray:
    """All centred products `(N, terms)`, column by column in memory."""
    n, samples = X.shape[1], len(X)
    out = np.empty((Problem(n, degree, samples).terms, samples), precision)
    out[:n] = X.T
    # Products of degree k stand in order, so those whose first factor comes after i are the last ones.
    stop = n
    for k in range(2, degree + 1):
        at = stop
        for i in range(n - k + 1):
            later = math.comb(n - 1 - i, k - 1)
            np.multiply(out[stop - later : stop], out[i], out=out[at : at + later])
            at += later
        stop = at
    for at in range(0, len(out), IN_CACHE):
        rows = out[at : at + IN_CACHE]
        rows -= rows.mean(axis=1, keepdims=True)
    return out.T


def rival(solve: Solve) -> Prepare:
    """A solver over the penalties of our path, which builds its matrix first."""

    def prepare(problem: Problem, seed: int) -> Callable[[], Fit]:
        import overtone

        X, y = planted(problem, seed)
        reached = overtone.lasso_path(X, y, degree=problem.degree).penalties
        penalties = np.geomspace(reached[0], reached[-1], PENALTIES)
        y = (y - y.mean()).astype(problem.precision)

        def run() -> Fit:
            start = time.perf_counter()
            A = matrix(X, problem.degree, problem.precision)
            building = time.perf_counter() - start
            b, penalty = solve(A, y, penalties.astype(problem.precision))
            return Fit(lambda: gap(A, y, b, penalty), building)

        return run

    return prepare


def gap(A: np.ndarray, y: np.ndarray, b: np.ndarray, penalty: float) -> float:
    from overtone.spectrum.lasso import duality_gap

    residual = y - A @ b.astype(A.dtype)
    strongest = float(np.abs(A.T @ residual).max())
    return duality_gap(
        y, residual, norm=float(np.abs(b).sum()), penalty=float(penalty), strongest=strongest
    )


def sklearn_path(
    A: np.ndarray, y: np.ndarray, penalties: np.ndarray, tol: float = 1e-4
) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import lasso_path

    _, found, _ = lasso_path(A, y, alphas=penalties, copy_X=False, tol=tol)
    return found[:, -1], penalties[-1]


def sklearn_finer_path(
    A: np.ndarray, y: np.ndarray, penalties: np.ndarray
) -> tuple[np.ndarray, float]:
    return sklearn_path(A, y, penalties, tol=1e-6)


def sklearn_cv(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import LassoCV

    fit = LassoCV(alphas=penalties, cv=5).fit(A, y)
    return fit.coef_, fit.alpha_


def celer_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import celer

    found = celer.celer_path(A, y, "lasso", alphas=penalties)[1]
    return found[:, -1], penalties[-1]


def skglm_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import skglm

    found = skglm.Lasso(fit_intercept=False).path(A, y, penalties)[1]
    return found[:, -1], penalties[-1]


def adelie_path(A: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, float]:
    import adelie

    state = adelie.grpnet(
        A,
        adelie.glm.gaussian(y, dtype=A.dtype.type),
        lmda_path=penalties,
        intercept=False,
        early_exit=False,
        progress_bar=False,
    )
    return state.betas[-1].toarray()[0], penalties[-1]


@dataclass(frozen=True)
class Solver:
    package: str
    prepare: Prepare
    against: str = "lasso_path"  # of ours


SOLVERS = {
    "lasso_path": Solver("overtone", path_of_ours),
    "recover": Solver("overtone", recovery_of_ours, "recover"),
    "scikit-learn lasso_path": Solver("sklearn", rival(sklearn_path)),
    "scikit-learn lasso_path, tol 1e-6": Solver("sklearn", rival(sklearn_finer_path)),
    "scikit-learn LassoCV": Solver("sklearn", rival(sklearn_cv), "recover"),
    "celer celer_path": Solver("celer", rival(celer_path)),
    "skglm Lasso.path": Solver("skglm", rival(skglm_path)),
    "adelie grpnet": Solver("adelie", rival(adelie_path)),
}
ONLY_SMALL = ("scikit-learn lasso_path, tol 1e-6", "scikit-learn LassoCV")


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
    from overtone.spectrum.scanning import scanner_for
    from overtone.spectrum.screening import LISTED

    def prepare(problem: Problem) -> Callable[[], Fit]:
        X, y = planted(problem, 1)
        basis = binary_basis(problem.n)
        columns = basis.columns((X > 0).astype(np.int64))
        scanner = scanner_for(basis, columns, np.ones(problem.degree))
        residual = (y - y.mean())[None]

        def run() -> Fit:
            scanner(residual, keep=LISTED)
            return Fit(lambda: 0.0)

        return run

    prepare(SMALL)()
    answers.send(statistics.median(timed(prepare(problem))[0]))


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
    start = time.perf_counter()
    for seed in SEEDS:
        if found and time.perf_counter() - start > CASE_BUDGET:
            break
        try:
            found.append(in_process(measure, case, seed, cache=cache, threads=case.threads))
        except TimeoutError:
            return f"ended after {LIMIT:.0f} s"
        except EOFError:
            return "failed"
    return found


class Page:
    """The tables so far; written after every row, so that an interrupted run leaves what it has."""

    def __init__(self, out: Path | None, command: str, load: str) -> None:
        self._out = out
        self._setting = (
            f"`{command}`, {machine()}; {_versions()}. {load} "
            "Under others: what other processes took of the processors during the row, in per cent."
        )
        self._tables: dict[str, list[str]] = {}
        self._losses: list[str] = []
        self._figures: dict[str, float] = {}

    def add(self, table: str, header: str, cells: Sequence[str]) -> None:
        rows = self._tables.setdefault(
            table, [_line(header.split(" | ")), "|" + "---|" * len(cells)]
        )
        rows.append(_line(cells))
        print(rows[-1], flush=True)
        if self._out:
            self._out.write_text(self.text())

    def note(self, name: str, figure: float) -> None:
        """Keep a figure that may have a target; the largest of one name."""
        self._figures[name] = max(figure, self._figures.get(name, figure))

    def lose(self, sentence: str) -> None:
        self._losses.append(sentence)

    def text(self) -> str:
        rows, missed = self._targets()
        short = [*missed, *(f"- {loss}" for loss in self._losses)] or ["Nothing."]
        lines = ["# Recovery", "", self._setting, "", "## What falls short", "", *short, ""]
        lines += [
            "## Targets",
            "",
            "| what | asked | measured | met |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
        for name, note in NOTES.items():
            if name in self._tables:
                lines += [f"## {name}", "", note, "", *self._tables[name], ""]
        return "\n".join(lines)

    def _targets(self) -> tuple[list[str], list[str]]:
        """A row each, and a sentence for each that was missed."""
        asked = [(name, most, "at most") for name, most in AT_MOST.items()]
        asked += [(name, least, "at least") for name, least in AT_LEAST.items()]
        rows, missed = [], []
        for name, bound, sense in asked:
            if name not in self._figures:
                rows.append(_line([name, f"{sense} {bound:g}", "not run", ""]))
                continue
            figure = self._figures[name]
            is_met = figure <= bound if sense == "at most" else figure >= bound
            rows.append(
                _line([name, f"{sense} {bound:g}", f"{figure:.4g}", "yes" if is_met else "no"])
            )
            if not is_met:
                missed.append(f"- {name}: {figure:.4g}; {sense} {bound:g} was asked.")
        return rows, missed


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _digits(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def _span(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return "" if high == 0 else f"{low}" if low == high else f"{low} to {high}"


class Others:
    """What other processes took of the processors since it was last asked."""

    def __init__(self) -> None:
        self._before = self._now()

    @staticmethod
    def _now() -> np.ndarray:
        """Seconds that all processors worked, that this run's processes did, and of the clock."""
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # Linux counts the time of guests in that of users as well.
        busy = sum(times) - idle - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return np.array([busy, sum(os.times()[:4]), time.perf_counter()])

    def __call__(self) -> str:
        now = self._now()
        busy, own, wall = now - self._before
        self._before = now
        return f"{max(100 * (busy - own) / (wall * (os.cpu_count() or 1)), 0.0):.0f}"


others = Others()


def _versions() -> str:
    found = []
    for package in ("celer", "skglm", "adelie"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join(found)


def quietness() -> str:
    """What others take of the processors, and the load averages."""
    busy = psutil.cpu_percent(interval=3)
    averages = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    state = "quiet" if busy < QUIET else "not quiet, and the times are not to be trusted"
    return (
        f"Before the run others used {busy:.0f} % of the processors (below {QUIET:.0f} % is quiet) with load "
        f"averages of {averages}: the machine was {state}."
    )


def add_first_calls(page: Page, cache: str) -> None:
    header = "call | cache | import, s | first call, s | others, %"
    for name, kind in (
        ("lasso_path", "cold"),
        ("lasso_path", "warm"),
        ("recover", "cold"),
        ("recover", "warm"),
    ):
        folder = str(Path(cache) / name)
        imported, called = in_process(first_call, name, cache=folder, limit=60.0)
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
            _digits(1e3 * seconds),
            _digits(1e3 * statistics.median(t.building for t in found))
            if found[0].building
            else "",
            _digits(ratio),
            _digits(memory),
            f"{max(t.gap for t in found):.0e}",
            _span([t.scans for t in found]),
            _span([t.knots for t in found]),
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
    from overtone.spectrum.scanning import available_instructions

    kernels = [instructions.name for instructions in available_instructions()]
    cases = [(k, p, 1) for p in (P60, P100, P200, P500, P1000, DEEP) for k in (*kernels, "blocked")]
    cases += [(kernel, P1000, 2) for kernel in kernels]
    header = "case | kernel | threads | ms per scan | GMAC/s | others, %"
    for kernel, problem, threads in cases:
        cells = [str(problem), kernel, f"{threads}"]
        try:
            seconds = in_process(scan, kernel, problem, cache=cache, threads=threads)
        except TimeoutError:
            page.add(SCANS, header, [*cells, f"ended after {LIMIT:.0f} s", "", others()])
            continue
        rate = problem.terms * problem.samples / seconds / 1e9
        page.note(f"{kernel}, {problem}, {_threads(threads)}, GMAC/s", rate)
        page.add(SCANS, header, [*cells, _digits(1e3 * seconds), _digits(rate), others()])


HEADER = (
    "case | solver | time, ms | of which matrix, ms | times ours | memory over the imports, MB | "
    "relative duality gap | scans | knots | runs | others, %"
)
FIRST, BESIDE, ALONE = "First call", "Beside other solvers", "Alone"
SCANS, AGREES = "One scan", "Agreement"
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
    page = Page(options.out, " ".join(["benchmarks/recovery.py", *flags]), quietness())
    beside = {
        problem: [Case(s, problem) for s in SOLVERS if problem is P60 or s not in ONLY_SMALL]
        for problem in (P60, P100, P200)
    }
    alone = [Case("lasso_path", P500)]
    alone += [Case("lasso_path", p, threads) for p in (P1000, DEEP) for threads in (1, 2)]
    alone += [Case("lasso_path", P2000, 2)] if options.largest else []
    with tempfile.TemporaryDirectory() as folder:
        add_first_calls(page, folder)
        cache = str(Path(folder) / "recover")
        in_process(warm, cache=cache, limit=60.0)
        add_agreement(page, cache)
        add_timings(page, cache, beside[P60], BESIDE)
        if not options.smallest:
            add_timings(page, cache, alone, ALONE)
            add_scans(page, cache)
            add_timings(page, cache, [*beside[P100], *beside[P200]], BESIDE)
    print(page.text())


if __name__ == "__main__":
    main()
