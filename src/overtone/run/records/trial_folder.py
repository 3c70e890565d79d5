"""The folder of one trial: what its command is given, and what it leaves behind.

A trial's folder holds

    parameters.json             the active parameters
    process.json                the command's process
    stdout.txt, stderr.txt      what the command printed
    results.jsonl               what the command reported
    outcome.json                how the trial ended
    attempts.txt                starts without an end so far
    checkpoint                  what the command keeps for a run to a larger budget

Where the command can go on from its checkpoint, what an earlier run to a budget of 3 left behind stays as
stdout.3.txt, stderr.3.txt and results.3.jsonl.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overtone.run.definition.command import as_json
from overtone.space import Configuration

NUMBER_WIDTH: Final = 6


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: with a finite value, or with the reason in words why it has none."""

    value: float | None
    failure: str | None
    seconds: float
    budget: int | None = None  # that it was run to, where a study has budgets


@dataclass(frozen=True)
class TrialFolder:
    """The paths of one trial."""

    path: Path

    @property
    def parameters(self) -> Path:
        """The active parameters as JSON."""
        return self.path / "parameters.json"

    @property
    def stdout(self) -> Path:
        """The command's standard output."""
        return self.path / "stdout.txt"

    @property
    def stderr(self) -> Path:
        """The command's standard error."""
        return self.path / "stderr.txt"

    @property
    def results(self) -> Path:
        """The JSON lines that the command may write."""
        return self.path / "results.jsonl"

    @property
    def running(self) -> Path:
        """The command's process, kept after its end."""
        return self.path / "process.json"

    @property
    def outcome(self) -> Path:
        """How the trial ended; written whole or not at all."""
        return self.path / "outcome.json"

    @property
    def checkpoint(self) -> Path:
        """What the command keeps for its next run."""
        return self.path / "checkpoint"

    @property
    def _attempts(self) -> Path:
        return self.path / "attempts.txt"

    def attempts(self) -> int:
        """How often the trial has been started since it last ended or was stopped in good order."""
        try:
            return int(self._attempts.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def forget_attempts(self) -> None:
        """Let the next start count as the first."""
        self._attempts.unlink(missing_ok=True)

    def prepare(self, configuration: Configuration, *, resumed_from: int | None = None) -> None:
        """Make the folder ready for a run: write the parameters, and count one more attempt.

        Args:
            configuration: with what is fixed.
            resumed_from: the budget of the run to go on from; without one, the folder is emptied.
        """
        attempts = self.attempts() + 1
        if resumed_from is not None:
            self._set_aside(resumed_from)
        elif self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self._attempts, f"{attempts}\n")
        write_whole(self.parameters, as_json(configuration) + "\n")

    def _set_aside(self, budget: int) -> None:
        """Keep what the run to a budget printed and reported, so that the next run's is not mixed with it."""
        self.outcome.unlink(missing_ok=True)
        for path in (self.stdout, self.stderr, self.results):
            kept = path.with_name(f"{path.stem}.{budget}{path.suffix}")
            # A file that is kept already is of that run; the other one, of an attempt that was cut off.
            if path.exists() and not kept.exists():
                path.rename(kept)
            path.unlink(missing_ok=True)

    def write_outcome(self, outcome: Outcome, *, study_key: str) -> None:
        """Keep an outcome until the store has it."""
        record = {
            "study": study_key,
            "value": outcome.value,
            "failure": outcome.failure,
            "seconds": outcome.seconds,
            "budget": outcome.budget,
        }
        write_whole(self.outcome, json.dumps(record, ensure_ascii=False) + "\n")

    def read_outcome(self, *, study_key: str, budget: int | None = None) -> Outcome | None:
        """The kept outcome; None if there is none, or it is of a study that is gone, or of another budget."""
        try:
            record = json.loads(self.outcome.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        if record["study"] != study_key or record.get("budget") != budget:
            return None
        return Outcome(record["value"], record["failure"], record["seconds"], budget)


def trials_directory(run_directory: Path) -> Path:
    """The folder that holds a folder for each trial."""
    return run_directory / "trials"


def trial_folder(run_directory: Path, number: int) -> TrialFolder:
    """The folder of the trial of this number."""
    return TrialFolder(trials_directory(run_directory) / str(number).zfill(NUMBER_WIDTH))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees a part of it.

    Raises:
        OSError: if it cannot be written; then it is as it was.
    """
    draft = path.with_name(path.name + ".part")
    try:
        # A lone surrogate can reach us in a command's output; it must not stop the record.
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
