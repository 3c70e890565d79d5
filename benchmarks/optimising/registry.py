"""Every problem by its name."""

from pathlib import Path

from benchmarks.optimising import development, installed, shipped
from benchmarks.optimising.problems import Problem


def names(folder: Path | None) -> list[str]:
    """What can be run here: the folder's, what is installed, what is shipped."""
    kept = development.names(folder) if folder else []
    return [*kept, *installed.names(), *shipped.names()]


def load(folder: Path | None, name: str) -> Problem:
    if name in installed.PROBLEMS:
        return installed.PROBLEMS[name]()
    if name in shipped.PROBLEMS:
        return shipped.PROBLEMS[name]()
    if folder and name in development.names(folder):
        return development.load(folder, name)
    raise ValueError(
        f"There is no problem {name!r}. One of a folder that was not given with --folder?"
    )
