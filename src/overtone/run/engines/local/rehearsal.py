"""One run of a study's command, as a trial would run it, of which nothing stays but what it showed."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from overtone.errors import RunError
from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.causes import likely_cause
from overtone.run.engines.local.child import (
    GRACE,
    LAST_WAIT,
    Child,
    StartError,
    end_orphans,
    start,
)
from overtone.run.engines.local.events import Exited, Mailbox, StopRequested
from overtone.run.engines.local.invocation import invocation
from overtone.run.engines.local.near_misses import NearMiss, near_misses
from overtone.run.engines.local.results import Sighting, judge, lines_from_end, sighting_of
from overtone.run.records.trial_folder import TrialFolder, trial_folder, trials_directory
from overtone.run.records.visible import visible
from overtone.space import (
    Categorical,
    Configuration,
    Parameter,
    Real,
    SearchSpace,
    from_unit,
)

LAST_LINES: Final = 8


@dataclass(frozen=True)
class Rehearsal:
    """What one run of the command has shown.

    Attributes:
        value: of the metric; None if it failed.
        failure: the reason, in the words of a failed trial.
        sighting: where the metric was found.
        code: the exit code; None if the command could not be started.
        seconds: that it took.
        output, errors: the last lines of its standard output and error.
        misses: lines that look like the metric, where it was not found.
        cause: the likely one of a failure, if anything tells it.
        strays: programs that it left running, which were ended.
    """

    value: float | None
    failure: str | None
    sighting: Sighting | None
    code: int | None
    seconds: float
    output: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    misses: tuple[NearMiss, ...] = ()
    cause: str | None = None
    strays: int = 0


@dataclass(frozen=True)
class _End:
    code: int
    is_over_time: bool
    is_stopped: bool


def middle_of(space: SearchSpace) -> Configuration:
    """The first of each choice, and the middle of each range."""
    return space.decode(np.array([_middle(parameter) for parameter in space.parameters]))


def _middle(parameter: Parameter) -> float:
    if isinstance(parameter, Categorical):
        return 0.0
    code = float(from_unit(parameter, np.array([0.5]))[0])
    if isinstance(parameter, Real) and parameter.step is None:
        # A number that is read easily, if there is one.
        short = float(f"{code:.3g}")
        return short if parameter.low <= short <= parameter.high else code
    return code


def rehearsed_configuration(study_file: StudyFile) -> Configuration:
    """What is rehearsed: the default, or the middle of the space, with what the first stage fixes."""
    chosen = study_file.default or middle_of(study_file.space)
    fixed = {} if study_file.fidelity is None else study_file.fidelity.stages[0]
    return {**chosen, **fixed}


def rehearse(
    study_file: StudyFile, configuration: Configuration, *, mailbox: Mailbox
) -> Rehearsal | None:
    """Run a configuration once; None if the mailbox asked to stop before it ended.

    It runs beside the study's own trials, in a folder that is gone afterwards, as is all that it started.

    Args:
        study_file: of the study.
        configuration: with what is fixed.
        mailbox: is asked whether to stop.

    Raises:
        RunError: if a file of the run cannot be written.
    """
    try:
        with _passing_folder(study_file.directory) as place:
            folder = trial_folder(place, 0)
            folder.prepare(configuration)
            return _rehearsed(study_file, configuration, folder, mailbox)
    except OSError as error:
        raise RunError(
            f"{study_file.path}: a file of the run cannot be used: {error}. "
            "Is the disk full, or the folder read-only?"
        ) from error


def _rehearsed(
    study_file: StudyFile, configuration: Configuration, folder: TrialFolder, mailbox: Mailbox
) -> Rehearsal | None:
    budget = None if study_file.budget is None else study_file.budget.budgets.least
    call = invocation(study_file, configuration, folder=folder, number=0, budget=budget)
    begin = time.monotonic()
    try:
        child = start(call.argv, folder, number=0, variables=call.variables, mailbox=mailbox)
    except StartError as refusal:
        return Rehearsal(None, f"cannot be started: {refusal}", None, None, 0.0)
    end = _end_of(child, mailbox, study_file.timeout)
    seconds = time.monotonic() - begin
    strays = end_orphans(folder.path.parent)
    if end.is_stopped:
        return None
    metric = study_file.metric
    timeout = study_file.timeout if end.is_over_time else None
    reading = judge(folder, code=end.code, metric=metric, timeout=timeout, budget=budget)
    output, errors = _last(folder.stdout), _last(folder.stderr)
    lines, here = [*output, *errors], study_file.directory
    has_crashed = end.code != 0 and not end.is_over_time
    return Rehearsal(
        reading.value,
        reading.failure,
        sighting_of(metric, results=folder.results, stdout=folder.stdout),
        end.code,
        seconds,
        output,
        errors,
        () if reading.value is not None or end.code else tuple(_misses(metric, folder)),
        likely_cause(call.argv, code=end.code, lines=lines, directory=here)
        if has_crashed
        else None,
        strays,
    )


def _misses(metric: str, folder: TrialFolder) -> list[NearMiss]:
    return near_misses(
        metric, output=lines_from_end(folder.stdout), errors=lines_from_end(folder.stderr)
    )


def _last(path: Path) -> tuple[str, ...]:
    """The last lines of a file as they may be shown."""
    lines = (visible(line).rstrip() for line in islice(lines_from_end(path), 10 * LAST_LINES))
    return tuple(islice((line for line in lines if line), LAST_LINES))[::-1]


def _end_of(child: Child, mailbox: Mailbox, timeout: float | None) -> _End:
    """How a command ends: by itself, since its time is over, or since someone asks to stop."""
    deadline = None if timeout is None else time.monotonic() + timeout
    steps: Iterator[tuple[Callable[[], None], float]] = iter(
        ((child.terminate, GRACE), (child.kill, LAST_WAIT))
    )
    is_over_time = is_stopped = False
    try:
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            match mailbox.get(timeout=left):
                case Exited(code=code):
                    return _End(code, is_over_time, is_stopped)
                case StopRequested():
                    is_stopped = True
                case None:
                    is_over_time = True
            step, patience = next(steps, (None, 0.0))
            if step is None:
                # The kernel ends it now; it only takes its time.
                return _End(-signal.SIGKILL, is_over_time, is_stopped)
            step()
            deadline = time.monotonic() + patience
    except BaseException:
        child.kill()
        raise


@contextmanager
def _passing_folder(directory: Path) -> Iterator[Path]:
    """A folder where the study's own would be, with all that runs in it, until the block ends."""
    home = directory / ".overtone"
    was_there = home.exists()
    home.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="check-", dir=home))
    try:
        yield place
    finally:
        end_orphans(trials_directory(place))
        shutil.rmtree(place, ignore_errors=True)
        if not was_there:
            # Another tuner may have begun to use it meanwhile.
            with suppress(OSError):
                home.rmdir()
