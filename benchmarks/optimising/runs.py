"""Runs and their records: one line of JSON for each finished run, so that nothing is computed twice."""

import json
import math
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optimising.problems import Configuration, Problem

# Random search is run twice as long, and read at a budget and at its double.
DOUBLED = "random"


@dataclass(frozen=True)
class Task:
    """A run to be made."""

    problem: str
    sampler: str
    seed: int
    trials: int

    @property
    def key(self) -> tuple[str, str, int]:
        return self.problem, self.sampler, self.seed


@dataclass(frozen=True)
class Record:
    """A finished run.

    An incumbent is a pair (index, value): from that trial on, the configuration with the best observed value
    had that true value. Seconds are processor time from the question to the answer, and of the telling.
    """

    problem: str
    sampler: str
    seed: int
    trials: int
    incumbents: tuple[tuple[int, float], ...]
    least: float  # the least true value of any trial
    failed: int
    seconds: tuple[float, float]  # median and greatest of a trial
    total: float
    observed: tuple[float | None, ...] = ()
    asked: tuple[float, ...] = ()

    @property
    def key(self) -> tuple[str, str, int]:
        return self.problem, self.sampler, self.seed

    def curve(self) -> np.ndarray:
        """The true value of the best-observed configuration after each trial; nan before any success."""
        curve = np.full(self.trials, math.nan)
        for index, value in self.incumbents:
            curve[index:] = value
        return curve

    def short(self) -> "Record":
        """Without what happened in each trial."""
        return Record(**{**asdict(self), "observed": (), "asked": ()})

    def line(self) -> str:
        kept = {name: value for name, value in asdict(self).items() if value != ()}
        return json.dumps(kept, separators=(",", ":"))


def parse(line: str) -> Record:
    raw = json.loads(line)
    raw["incumbents"] = tuple((int(index), float(value)) for index, value in raw["incumbents"])
    for name in ("seconds", "observed", "asked"):
        raw[name] = tuple(raw.get(name, ()))
    return Record(**raw)


def read(paths: Iterable[Path]) -> dict[tuple[str, str, int], Record]:
    """The longest run of each (problem, sampler, seed). A last line cut by a kill is left out."""
    records: dict[tuple[str, str, int], Record] = {}
    for path in paths:
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                record = parse(line)
            except json.JSONDecodeError:
                continue
            known = records.get(record.key)
            if known is None or known.trials < record.trials:
                records[record.key] = record
    return records


def run(problem: Problem, task: Task) -> Record:
    """Propose, evaluate and tell, from the first trial to the last.

    With several workers as many trials run at any time, and a random one of them ends next.
    """
    from benchmarks.optimising.rivals import optimiser

    observed, true, asked = [], [], []
    name, _, workers = task.sampler.partition("@")
    rng = np.random.default_rng(task.seed)
    running: list[tuple[int, Any, Configuration, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        made = optimiser(name, problem, task.seed, task.trials, folder)
        for index in range(task.trials + int(workers or 1) - 1):
            start = time.process_time()
            token, configuration = made.propose()
            running.append((index, token, configuration, time.process_time() - start))
            if len(running) < int(workers or 1):
                continue
            begun, token, configuration, seconds = running.pop(int(rng.integers(len(running))))
            seen, truth = problem.observe(configuration, task.seed, begun)
            start = time.process_time()
            made.tell(token, seen)
            asked.append(seconds + time.process_time() - start)
            observed.append(seen)
            true.append(truth)
    return record_of(task, observed, true, asked)


def record_of(
    task: Task, observed: Sequence[float], true: Sequence[float], asked: Sequence[float]
) -> Record:
    incumbents, best = [], math.inf
    for index, (seen, truth) in enumerate(zip(observed, true, strict=True)):
        if seen < best:  # false for nan
            best = seen
            incumbents.append((index, float(truth)))
    finite = [truth for truth in true if math.isfinite(truth)]
    return Record(
        **asdict(task),
        incumbents=tuple(incumbents),
        least=min(finite, default=math.inf),
        failed=len(true) - len(finite),
        seconds=(round(float(np.median(asked)), 6), round(max(asked), 6)),
        total=round(sum(asked), 4),
        observed=tuple(float(f"{y:.7g}") if math.isfinite(y) else None for y in observed),
        asked=tuple(round(seconds, 5) for seconds in asked),
    )


def missing(tasks: Iterable[Task], records: dict[tuple[str, str, int], Record]) -> Iterator[Task]:
    """The tasks of which no record is long enough."""
    for task in tasks:
        known = records.get(task.key)
        if known is None or known.trials < task.trials:
            yield task


def run_all(
    tasks: Sequence[Task], load: Callable[[str], Problem], path: Path, jobs: int
) -> Iterator[Record]:
    """Run what is missing from the file of records, and append to it whatever finishes.

    `load` is called in the processes that run, so it must be one that can be pickled. What a run raises is
    raised when the others have finished.
    """
    wanted = list(missing(tasks, read([path])))
    path.parent.mkdir(parents=True, exist_ok=True)
    _end_line(path)
    errors = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool, path.open("a") as file:
        started = {pool.submit(_run_named, load, task): task for task in wanted}
        for future in as_completed(started):
            error = future.exception()
            if error is not None:
                error.add_note(f"in {started[future]}")
                errors.append(error)
                continue
            record = future.result()
            file.write(record.line() + "\n")
            file.flush()
            yield record
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} of {len(wanted)} runs failed", errors)


def _end_line(path: Path) -> None:
    """A line that a kill cut short stays alone."""
    if path.exists() and path.read_bytes()[-1:] not in (b"", b"\n"):
        with path.open("a") as file:
            file.write("\n")


@cache
def _loaded(load: Callable[[str], Problem], name: str) -> Problem:
    return load(name)


def _run_named(load: Callable[[str], Problem], task: Task) -> Record:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")  # experimental samplers, weak signals: the figures tell
    return run(_loaded(load, task.problem), task)
