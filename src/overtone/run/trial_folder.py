"""The folder of one trial: what its command is given, and what it leaves behind.

A trial's folder holds

    parameters.json             the active parameters
    process.json                the command's process
    stdout.txt, stderr.txt      what the command printed
    results.jsonl               what the command reported
    outcome.json                how the trial ended
    attempts.txt                starts without an end so far
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from overtone.run.command import as_json
from overtone.run.events import Outcome
from overtone.space import Configuration

NUMBER_WIDTH: Final = 6


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

    def prepare(self, configuration: Configuration) -> None:
        """Empty the folder, write the parameters, and count one more attempt."""
        attempts = self.attempts() + 1
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True)
        write_whole(self._attempts, f"{attempts}\n")
        write_whole(self.parameters, as_json(configuration) + "\n")

    def write_outcome(self, outcome: Outcome, *, study_key: str) -> None:
        """Keep an outcome until the store has it."""
        record = {
            "study": study_key,
            "value": outcome.value,
            "failure": outcome.failure,
            "seconds": outcome.seconds,
        }
        write_whole(self.outcome, json.dumps(record, ensure_ascii=False) + "\n")

    def read_outcome(self, *, study_key: str) -> Outcome | None:
        """The kept outcome; None if there is none, or it is one of a study that is gone."""
        try:
            record = json.loads(self.outcome.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        if record["study"] != study_key:
            return None
        return Outcome(record["value"], record["failure"], record["seconds"])


def trials_directory(run_directory: Path) -> Path:
    """The folder that holds a folder for each trial."""
    return run_directory / "trials"


def trial_folder(run_directory: Path, number: int) -> TrialFolder:
    """The folder of the trial of this number."""
    return TrialFolder(trials_directory(run_directory) / str(number).zfill(NUMBER_WIDTH))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees a part of it."""
    draft = path.with_name(path.name + ".part")
    # A lone surrogate can reach us in a command's output; it must not stop the record.
    draft.write_text(text, encoding="utf-8", errors="backslashreplace")
    draft.replace(path)
