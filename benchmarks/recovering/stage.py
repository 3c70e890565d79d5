"""Time and memory of one Harmonica stage, and of exact minimisation.

    uv run --group bench python -m benchmarks.recovering.stage

Times are medians of several runs after one that compiles; memory is the growth of the resident set over
that of the imports, each case in a process of its own.
"""

import argparse
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.reporting import machine

RUNS = 9


def planted(n: int, samples: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Signs and the values of ten random monomials of degree 1 to 3 with noise of 0.5."""
    rng = np.random.default_rng(seed)
    points = rng.choice([-1, 1], (samples, n))
    y = 0.5 * rng.standard_normal(samples)
    for _ in range(10):
        factors = rng.choice(n, rng.integers(1, 4), replace=False)
        y += rng.choice([-1, 1]) * rng.uniform(0.5, 1.5) * points[:, factors].prod(axis=1)
    return points, y


def stage(n: int, samples: int) -> Callable[[], object]:
    """One stage: automatic penalty, degree and sparsity, held-out R^2, four best assignments."""
    import overtone

    points, y = planted(n, samples)

    def run() -> object:
        recovery = overtone.recover(points, y)
        return overtone.minimise(recovery.polynomial, count=4)

    return run


def chains() -> Callable[[], object]:
    """The four best assignments of 40 variables in 12 components."""
    import overtone
    from overtone.spectrum.basis import binary_basis

    rng = np.random.default_rng(0)
    terms = set()
    for part in np.array_split(rng.permutation(40), 12):
        members = sorted(int(i) for i in part)
        terms |= {((i, 1),) for i in members}
        terms |= {((a, 1), (b, 1)) for a, b in pairwise(members)}
        terms.add(tuple((i, 1) for i in members[:3]))
    ordered = tuple(sorted(terms))
    polynomial = overtone.SparsePolynomial(
        binary_basis(40), ordered, rng.standard_normal(len(ordered))
    )
    return lambda: overtone.minimise(polynomial, count=4)


CASES: dict[str, Callable[[], Callable[[], object]]] = {
    "stage, n = 60, d <= 3, T = 100": lambda: stage(60, 100),
    "stage, n = 60, d <= 3, T = 300": lambda: stage(60, 300),
    "stage, n = 120, d <= 3, T = 300": lambda: stage(120, 300),
    "minimise, 40 variables in 12 components": chains,
}


def measure(name: str, answers: "multiprocessing.Queue[tuple[float, float]]") -> None:
    run = CASES[name]()
    warm = time.perf_counter()
    run()
    warm = time.perf_counter() - warm
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    answers.put((statistics.median(times), peak()))


def imports(answers: "multiprocessing.Queue[tuple[float, float]]") -> None:
    import overtone

    points, y = planted(4, 20)
    # Loads the compiled loop too, so that only the case's own memory is left.
    overtone.minimise(overtone.recover(points, y).polynomial)
    answers.put((0.0, peak()))


def peak() -> float:
    """The largest resident set of this process, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def in_process(target: Callable[..., None], *arguments: object) -> tuple[float, float]:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=target, args=(*arguments, answers))
    process.start()
    answer = answers.get()
    process.join()
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="a Markdown file to write the table to")
    options = parser.parse_args()
    _, base = in_process(imports)
    rows = ["| case | median time, ms | memory over the imports, MB |", "|---|---|---|"]
    for name in CASES:
        seconds, memory = in_process(measure, name)
        rows.append(f"| {name} | {1e3 * seconds:.1f} | {max(memory - base, 0.0):.0f} |")
        print(rows[-1], flush=True)
    page = "\n".join(
        [
            "# One stage",
            "",
            f"`benchmarks/recovering/stage.py`, {machine()}. Medians of {RUNS} runs.",
            "",
            *rows,
            "",
        ]
    )
    print(page)
    if options.out:
        options.out.write_text(page)


if __name__ == "__main__":
    main()
