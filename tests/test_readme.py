"""What the README shows works: its Python runs, its study file is one, its commands are the real ones."""

from pathlib import Path

import pytest
from pages import Runner, blocks_of

from overtone.run.definition.study_file import read_study_file

BLOCKS = list(blocks_of(Path(__file__).parents[1] / "README.md"))


def of(language):
    """The blocks of a language, each named by its line."""
    return [pytest.param(b, id=f"line {b.line}") for b in BLOCKS if b.language == language]


def test_the_two_commands_stand_alone_in_their_blocks():
    alone = [block.text.strip() for block in BLOCKS if not block.language]
    assert "pip install uv && uv run overtone tune examples/digits/study.toml" in alone
    assert "pip install uv && uv run --group test pytest" in alone


@pytest.mark.parametrize("block", of("toml"))
def test_a_study_file_can_be_read(block, tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(block.text, encoding="utf-8")
    assert read_study_file(path).default is not None


# A late stage may find nothing more to say about a small problem, and warns of it.
@pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")
@pytest.mark.parametrize("block", of("python"))
def test_a_program_runs_as_it_stands(block, tmp_path):
    runner = Runner(tmp_path)
    runner.run(block)
    assert runner.printed.strip()
