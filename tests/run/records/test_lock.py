"""One tuner at a time works in a run directory, and what it writes there stays there."""

import os
import subprocess
import sys

import pytest
from tiny_studies import Witness, run, write_study

from overtone.errors import RunError
from overtone.run.definition.study_file import read_study_file
from overtone.run.records.lock import locked


def test_a_second_tuner_is_refused_by_the_number_of_the_first(tmp_path):
    path = write_study(tmp_path)
    with (
        locked(read_study_file(path)),
        pytest.raises(RunError, match=f"process {os.getpid()}"),
    ):
        run(path, Witness())
    run(path, Witness())


def test_the_lock_ends_with_its_process(tmp_path):
    path = write_study(tmp_path)
    hold = (
        "import os, sys; from pathlib import Path; from overtone.run.records.lock import locked\n"
        "from overtone.run.definition.study_file import read_study_file\n"
        "with locked(read_study_file(Path(sys.argv[1]))): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", hold, str(path)], check=False).returncode == -9
    assert run(path, Witness()).finished == 4


def test_what_a_run_writes_stays_out_of_git(tmp_path):
    run(write_study(tmp_path, trials=1), Witness())
    assert (tmp_path / ".overtone" / ".gitignore").read_text() == "*\n"
