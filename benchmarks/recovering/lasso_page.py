"""The page that `recovery.py` writes: tables, targets and whether they are met, and what others did."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import psutil

from benchmarks.reporting import machine

# A machine is quiet if others use less of its processors than this, in per cent.
QUIET = 5.0


@dataclass(frozen=True)
class Targets:
    """Bounds on figures, by name."""

    at_most: Mapping[str, float]
    at_least: Mapping[str, float]


class Page:
    """The tables so far; written after every row, so that an interrupted run leaves what it has."""

    def __init__(
        self, out: Path | None, command: str, notes: Mapping[str, str], targets: Targets
    ) -> None:
        """Tables in the order of their notes."""
        self._out = out
        self._notes = notes
        self._targets = targets
        self._setting = (
            f"`{command}`, {machine()}; {_versions()}. {quietness()} "
            "Under others: what other processes took of the processors during the row, in per cent."
        )
        self._tables: dict[str, list[str]] = {}
        self._losses: list[str] = []
        self._figures: dict[str, float] = {}

    def add(self, table: str, header: str, cells: Sequence[str]) -> None:
        rows = self._tables.setdefault(
            table, [line(header.split(" | ")), "|" + "---|" * len(cells)]
        )
        rows.append(line(cells))
        print(rows[-1], flush=True)
        if self._out:
            self._out.write_text(self.text())

    def note(self, name: str, figure: float) -> None:
        """Keep a figure that may have a target; the largest of one name."""
        self._figures[name] = max(figure, self._figures.get(name, figure))

    def lose(self, sentence: str) -> None:
        self._losses.append(sentence)

    def text(self) -> str:
        rows, missed = self._compared()
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
        for name, note in self._notes.items():
            if name in self._tables:
                lines += [f"## {name}", "", note, "", *self._tables[name], ""]
        return "\n".join(lines)

    def _compared(self) -> tuple[list[str], list[str]]:
        """A row each, and a sentence for each that was missed."""
        asked = [(name, most, "at most") for name, most in self._targets.at_most.items()]
        asked += [(name, least, "at least") for name, least in self._targets.at_least.items()]
        rows, missed = [], []
        for name, bound, sense in asked:
            if name not in self._figures:
                rows.append(line([name, f"{sense} {bound:g}", "not run", ""]))
                continue
            figure = self._figures[name]
            is_met = figure <= bound if sense == "at most" else figure >= bound
            rows.append(
                line([name, f"{sense} {bound:g}", f"{figure:.4g}", "yes" if is_met else "no"])
            )
            if not is_met:
                missed.append(f"- {name}: {figure:.4g}; {sense} {bound:g} was asked.")
        return rows, missed


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def digits(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def span(numbers: Sequence[int]) -> str:
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
    for package in ("celer", "skglm", "adelie", "python-glmnet"):
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
