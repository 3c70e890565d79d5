"""The figures of a page, drawn by matplotlib."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from experiments.cifar10.laboratory import Outcome
from experiments.cifar10.scales import Scale
from experiments.cifar10.seeds import Seed

mpl.use("svg")
# So that a page made twice of the same records is the same file.
mpl.rcParams["svg.hashsalt"] = "overtone"
SEARCHES = (
    "harmonica + random",
    "harmonica 1",
    "random search",
    "hyperband",
    "gp",
    "tpe",
    "spectral",
)


def draw(seeds: Sequence[Seed], scale: Scale, folder: Path) -> list[tuple[str, Path]]:
    """Write the figures; a caption and a path each."""
    return [
        (
            "Best validation error of the final network against cost, mean over seeds",
            _drawn_curves(seeds, scale, folder / f"search-{scale.name}.svg"),
        ),
        (
            "Mean error of random points in the restricted space, one line a seed",
            _drawn_means(seeds, scale, folder / f"restricted-{scale.name}.svg"),
        ),
    ]


def _drawn_curves(seeds: Sequence[Seed], scale: Scale, path: Path) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="cost", ylabel="best validation error, %")
    costs = np.linspace(0, 2 * scale.budget, 400)
    for method in SEARCHES:
        runs = [seed for seed in seeds if seed.of(method)]
        if runs:
            curves = [best_so_far(*_course(seed, method, scale), costs) for seed in runs]
            axes.plot(costs, np.mean(curves, axis=0), label=f"{method} ({len(runs)})")
    axes.axvline(scale.budget, color="grey", linewidth=0.8)
    axes.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    return path


def _course(seed: Seed, method: str, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
    """What a method had spent after each of its trainings, and the errors of full final ones."""
    trained: tuple[Outcome, ...] = seed.of(method)
    begun = sum(o.cost for o in seed.of("stages")) if method.startswith("harmonica") else 0.0
    spent = begun + np.cumsum([o.cost for o in trained])
    errors = np.array([o.validation if o.parts == scale.parts else np.inf for o in trained])
    return spent, errors


def best_so_far(spent: np.ndarray, errors: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The least error that each cost has bought; NaN before the first, and beyond the last training."""
    best = np.minimum.accumulate(errors)
    bought = np.searchsorted(spent, costs, side="right")
    reached = np.concatenate([[np.inf], best])[bought]
    return np.where(np.isfinite(reached) & (costs <= spent[-1]), reached, np.nan)


def _drawn_means(seeds: Sequence[Seed], scale: Scale, path: Path) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.add_subplot(xlabel="stages closed", ylabel="mean validation error, %")
    for seed in seeds:
        means = seed.means(scale)
        places = range(len(means))
        errors = [1.96 * error for _, error, _ in means]
        axes.errorbar(places, [m for m, _, _ in means], yerr=errors, label=f"seed {seed.number}")
    axes.set_xticks(range(scale.stages + 1))
    axes.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    return path
