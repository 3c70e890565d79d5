"""A failure is told with its likely cause, from what real programs print."""

import shutil
import subprocess
import sys

import pytest

from overtone.run.engines.local.causes import likely_cause


def cause(folder, *argv, **more):
    """The cause of what a real command prints in an empty folder beside the study file."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    run = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=empty, **more)
    assert run.returncode != 0
    lines = [*run.stdout.splitlines(), *run.stderr.splitlines()]
    return likely_cause(argv, code=run.returncode, lines=lines, directory=folder) or ""


PYTHON = (sys.executable, "-I", "-S")


def test_a_file_beside_the_study_file_is_named(tmp_path):
    (tmp_path / "data.csv").touch()
    found = cause(tmp_path, *PYTHON, "-c", "open('data.csv')")
    assert "data.csv lies beside the study file" in found
    assert "{study_dir}/data.csv" in found
    assert "{study_dir}/..." in cause(tmp_path, *PYTHON, "-c", "open('other.csv')")
    assert "{study_dir}/..." in cause(tmp_path, "cat", "other.csv")


def test_a_module_beside_the_study_file_is_looked_for_with_a_variable(tmp_path):
    (tmp_path / "mine.py").touch()
    assert '"PYTHONPATH={study_dir}"' in cause(tmp_path, *PYTHON, "-c", "import mine")
    found = cause(tmp_path, *PYTHON, "-c", "import no_such_module")
    assert sys.executable in found
    assert "does not have no_such_module" in found


def test_words_that_the_program_does_not_take_are_blamed(tmp_path):
    parse = "import argparse; argparse.ArgumentParser().parse_args()"
    assert "does not take these words" in cause(tmp_path, *PYTHON, "-c", parse, "--lr=1")
    assert "does not take these words" in cause(tmp_path, "ls", "--no-such-option")


def test_the_shell_s_own_codes_are_understood(tmp_path):
    assert "did not find a program" in cause(tmp_path, "sh", "-c", "no-such-program-at-all")
    (tmp_path / "empty" / "run.sh").touch()
    assert "chmod +x" in cause(tmp_path, "sh", "-c", "./run.sh")


def test_a_program_that_waits_for_input_is_told_that_there_is_none(tmp_path):
    assert "waits for input" in cause(tmp_path, *PYTHON, "-c", "input()", stdin=subprocess.DEVNULL)


def test_what_the_system_ended_likely_lacked_memory(tmp_path):
    assert "memory" in cause(tmp_path, "sh", "-c", "kill -9 $$")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_make_finds_no_rules_in_an_empty_folder(tmp_path):
    assert '"make", "-C", "{study_dir}"' in cause(tmp_path, "make", "bench")


def test_where_nothing_tells_nothing_is_guessed(tmp_path):
    assert cause(tmp_path, "sh", "-c", "echo oh no; exit 3") == ""
