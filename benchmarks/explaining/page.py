"""What the page of a study costs: seconds, and bytes, beside the explanation that it draws.

    python -m benchmarks.explaining.page

A study is 60 settings (40 switches, 10 integers, 10 real numbers; 14 of them matter, three make trials fail)
with a default, by the default search and by uniform draws, without noise and with it. Each page is written
three times from trials that are at hand; the median is told.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna

import overtone
from benchmarks.reporting import machine
from overtone.report.explanation import Explanation
from overtone.report.page.write import page_of
from overtone.space import Categorical, Configuration, Integer, Real, SearchSpace
from overtone.study.distributions import suggest

PAGE = Path(__file__).parents[1] / "results" / "page.md"
SPACE = SearchSpace(
    [
        *(Categorical(f"flag_{i}", ["on", "off"]) for i in range(40)),
        *(Integer(f"size_{i}", 1, 64, log=True) for i in range(10)),
        *(Real(f"rate_{i}", 0.0, 1.0) for i in range(10)),
    ]
)
DEFAULT = {p.name: p.choices[0] if isinstance(p, Categorical) else p.low for p in SPACE.parameters}
SIZES = (100, 300, 1000)
REPEATS = 3


def cost(c: Configuration) -> float:
    """The less the better; a triple, a pair, a kink, a parabola, and single switches."""
    on = [c[f"flag_{i}"] == "on" for i in range(40)]
    if on[20] and on[21] and not on[22]:
        raise ValueError("out of memory")
    terms = 3 * on[0] - 2 * on[1] * on[2] + on[3] * on[4] * on[5] + 0.3 * sum(on[6:12])
    return float(terms + abs(np.log2(c["size_0"] / 8)) + 2 * (c["rate_0"] - 0.3) ** 2)


def study_of(trials: int, *, is_searched: bool, noise: float) -> optuna.Study:
    """A study of this function."""
    search = overtone.SpectralSampler(seed=0, space=SPACE)
    sampler = search if is_searched else optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial({**DEFAULT, "flag_20": "off"}, user_attrs={"overtone:default": True})
    rng = np.random.default_rng(0)
    study.optimize(
        lambda trial: cost(suggest(trial, SPACE)) + noise * rng.normal(),
        n_trials=trials,
        catch=ValueError,
    )
    return study


def seconds_of(make: Callable[[], object]) -> float:
    """The median time of a call."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        make()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def main() -> None:
    """Measure, and write the page of the results."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    rows = []
    for is_searched in (True, False):
        for noise in (0.0, 0.1):
            for trials in SIZES:
                study = study_of(trials, is_searched=is_searched, noise=noise)
                rows.append(row(study, trials, is_searched=is_searched, noise=noise))
                print(rows[-1], flush=True)
    PAGE.write_text(text(rows), encoding="utf-8")


def row(study: optuna.Study, trials: int, *, is_searched: bool, noise: float) -> str:
    """A row of the table."""

    def written() -> str:
        explanation = overtone.explain(study, space=SPACE)
        return page_of(explanation, name="sixty", trials=trials, metric="cost")

    def explained() -> Explanation:
        explanation = overtone.explain(study, space=SPACE)
        explanation.to_dict()
        return explanation

    size = len(written().encode()) / 1e6
    search = "default search" if is_searched else "uniform draws"
    both = f"{seconds_of(written):.1f} | {seconds_of(explained):.1f}"
    return f"| {search} | {noise:g} | {trials} | {both} | {size:.2f} |"


def text(rows: list[str]) -> str:
    """The page of the results."""
    return "\n".join(
        [
            "# What the page costs",
            "",
            "Written by `python -m benchmarks.explaining.page`, which says what was measured.",
            "",
            f"{machine()}.",
            "",
            "| trials by | noise | trials | page, s | its explanation, s | MB |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "4.8 MB of each page are plotly's script.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
