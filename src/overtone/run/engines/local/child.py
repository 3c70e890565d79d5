"""A command that runs: started in a session of its own, ended with everything that it started."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from overtone.run.engines.local.events import Exited, Mailbox
from overtone.run.records.trial_folder import TrialFolder, write_whole

# Seconds that commands get to clean up after SIGTERM.
GRACE: Final = 3.0
# Seconds that a process takes to vanish after SIGKILL, at most.
LAST_WAIT: Final = 2.0
# Start times of one process, read twice, differ by less than this; those of two, by more.
SAME_START: Final = 1.0
ORPHAN_SWEEPS: Final = 5
SWEEP_SECONDS: Final = 2.0


class StartError(Exception):
    """A command that the operating system refuses to start; the text says why."""


@dataclass(frozen=True)
class Child:
    """A started command; its process group has the number of its first process."""

    pid: int

    def terminate(self) -> None:
        """Ask the whole process group to end."""
        _signal_group(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the whole process group at once."""
        _signal_group(self.pid, signal.SIGKILL)


def start(
    argv: list[str],
    folder: TrialFolder,
    *,
    number: int,
    variables: Mapping[str, str],
    mailbox: Mailbox,
) -> Child:
    """The command of a trial, running in its folder; the mailbox hears of its end.

    Args:
        argv: its words.
        folder: of the trial.
        number: of the trial.
        variables: of the environment, beside those that name the trial and its folder.
        mailbox: gets an `Exited`.

    Raises:
        StartError: if the program is not found or cannot be executed.
    """
    environment = {**os.environ, **_variables(folder, number), **variables}
    with folder.stdout.open("wb") as stdout, folder.stderr.open("wb") as stderr:
        try:
            process = subprocess.Popen(  # the user's own command, and no shell
                argv,
                cwd=folder.path,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise StartError(_refusal(argv[0], error)) from None
    write_whole(folder.running, json.dumps(_record(process.pid, argv)) + "\n")
    # The thread must not keep a tuner alive that is told to end twice.
    threading.Thread(target=_report_end, args=(process, number, mailbox), daemon=True).start()
    return Child(process.pid)


def end_orphans(trials: Path) -> int:
    """End every process that a dead tuner left behind in the folders of its trials; how many there were.

    A process is one of ours if a folder's record names it, or if its environment names such a folder.
    """
    ended = 0
    for _ in range(ORPHAN_SWEEPS):
        orphans = list(_orphans(trials))
        if not orphans:
            break
        ended += len(orphans)
        for orphan in orphans:
            with suppress(psutil.Error):
                if os.getpgid(orphan.pid) == orphan.pid:
                    _signal_group(orphan.pid, signal.SIGKILL)
                orphan.kill()
        psutil.wait_procs(orphans, timeout=SWEEP_SECONDS)
    return ended


def _variables(folder: TrialFolder, number: int) -> dict[str, str]:
    return {
        "OVERTONE_PARAMETERS": str(folder.parameters),
        "OVERTONE_RESULTS": str(folder.results),
        "OVERTONE_TRIAL_DIR": str(folder.path),
        "OVERTONE_TRIAL_NUMBER": str(number),
    }


def _refusal(program: str, error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return (
                f"the program {program!r} was not found (if it is a script, the interpreter that its "
                "first line names may be the one that is missing)"
            )
        case PermissionError():
            return f"the program {program!r} may not be executed: permission denied"
        case OSError(strerror=reason):
            return f"the program {program!r} cannot be started: {reason}"
        case _:
            return f"the program {program!r} cannot be started: {error}"


def _record(pid: int, argv: list[str]) -> dict[str, object]:
    created: float | None = None
    with suppress(psutil.Error):
        created = psutil.Process(pid).create_time()
    return {"pid": pid, "created": created, "argv": argv}


def _report_end(process: "subprocess.Popen[bytes]", number: int, mailbox: Mailbox) -> None:
    code = process.wait()
    # What the command left running in the background would disturb the trials after it.
    _signal_group(process.pid, signal.SIGKILL)
    mailbox.put(Exited(number, code))


def _signal_group(group: int, which: signal.Signals) -> None:
    # macOS answers EPERM for a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, which)


def _orphans(trials: Path) -> Iterator[psutil.Process]:
    recorded = dict(_recorded(trials))
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        if process.pid in ourselves:
            continue
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and (
                _is_recorded(process, recorded) or _lives_in(process.environ(), trials)
            ):
                yield process


def _recorded(trials: Path) -> Iterator[tuple[int, float]]:
    """Process numbers and start times of the commands whose end nobody recorded."""
    for path in trials.glob("*/process.json"):
        if not TrialFolder(path.parent).outcome.exists():
            with suppress(ValueError, KeyError, OSError):
                record = json.loads(path.read_text(encoding="utf-8"))
                if record["created"] is not None:
                    yield int(record["pid"]), float(record["created"])


def _is_recorded(process: psutil.Process, recorded: Mapping[int, float]) -> bool:
    created = recorded.get(process.pid)
    return created is not None and abs(process.create_time() - created) < SAME_START


def _lives_in(environment: Mapping[str, str], trials: Path) -> bool:
    folder = environment.get("OVERTONE_TRIAL_DIR")
    return folder is not None and Path(folder).parent == trials
