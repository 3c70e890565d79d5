"""What the README shows works: its Python runs, its study file is one, its commands are the real ones."""

import re
from pathlib import Path

import pytest

from overtone.run.definition.study_file import read_study_file

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """The fenced blocks of a language, each below as many empty lines as stand above it."""
    found = re.finditer(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    return ["\n" * README.count("\n", 0, block.start(1)) + block[1] for block in found]


def line_of(block):
    return f"line {len(block) - len(block.lstrip()) + 1}"


def test_the_two_commands_stand_alone_in_their_blocks():
    alone = [block.strip() for block in blocks("")]
    assert "pip install uv && uv run overtone tune examples/digits/study.toml" in alone
    assert "pip install uv && uv run --group test pytest" in alone


@pytest.mark.parametrize("block", blocks("toml"), ids=line_of)
def test_a_study_file_can_be_read(block, tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(block, encoding="utf-8")
    assert read_study_file(path).default is not None


# A late stage may find nothing more to say about a small problem, and warns of it.
@pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")
@pytest.mark.parametrize("block", blocks("python"), ids=line_of)
def test_a_program_runs_as_it_stands(block, capsys):
    exec(compile(block, "README.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip()
