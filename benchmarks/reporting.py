"""What every benchmark says beside its figures: machine, date, versions; and intervals of means."""

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

PACKAGES = ("overtone", "optuna", "numpy", "scipy", "numba", "scikit-learn")


def machine() -> str:
    """The processor, the cores that this process may use, and the versions of what it runs on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{model}, {cores} cores, Python {platform.python_version()}, {versions}, {today}"


def interval(values: np.ndarray, *, resamples: int = 10_000) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of values `(runs,)`."""
    rng = np.random.default_rng(0)
    picks = rng.integers(len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[picks].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
