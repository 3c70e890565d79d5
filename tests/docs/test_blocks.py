"""Every block of the documentation is run, read or compared, or says why not."""

import json
import shutil
import tomllib
import warnings
from pathlib import Path

import optuna
import pytest
from pages import PRINTED, PRINTS, Runner, blocks_of

from overtone.run.definition.keys import StudyTable
from overtone.run.definition.study_file import read_study_file

DOCS = Path(__file__).parents[2] / "docs"
# Pages that are a text of the repository, and pages for those who change it: theirs is another convention.
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if not {"_build", "design"} & set(page.parts)]
BLOCKS = {page: list(blocks_of(page)) for page in PAGES}
# Pages whose blocks take less than a second together.
QUICK = {"ask-and-tell.md"}


def name_of(page):
    return page.relative_to(DOCS).as_posix()


def pages_with(*, quick):
    return [
        pytest.param(page, id=name_of(page))
        for page, blocks in BLOCKS.items()
        if (page.name in QUICK) is quick
        and any(b.is_run and b.language in ("python", "console") and not b.is_file for b in blocks)
    ]


def run(page, folder):
    verbosity = optuna.logging.get_verbosity()
    runner = Runner(folder)
    try:
        # What a page shows may warn: of a trial that fails, or of a stage that finds nothing.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for block in BLOCKS[page]:
                if block.is_run:
                    runner.run(block)
    finally:
        optuna.logging.set_verbosity(verbosity)


@pytest.mark.parametrize("page", pages_with(quick=True))
def test_a_page_does_what_it_shows(page, tmp_path):
    run(page, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_with(quick=False))
def test_a_longer_page_does_what_it_shows(page, tmp_path):
    if page.name == "command.md" and shutil.which("gcc") is None:
        pytest.skip("the tutorial is about gcc, and there is none")
    run(page, tmp_path)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=block.where)
        for blocks in BLOCKS.values()
        for block in blocks
        if block.language == "toml" and block.is_file
    ],
)
def test_a_study_file_can_be_read(block, tmp_path):
    path = tmp_path / block.caption
    path.write_text(block.text, encoding="utf-8")
    assert read_study_file(path).trials > 0


def test_a_part_of_a_study_file_has_keys_that_there_are():
    for blocks in BLOCKS.values():
        for block in blocks:
            if block.language == "toml" and not block.is_file:
                assert tomllib.loads(block.text).keys() <= StudyTable.model_fields.keys(), block.where


def test_python_is_python_and_json_is_json():
    for blocks in BLOCKS.values():
        for block in blocks:
            if block.language == "python":
                compile(block.text, block.where, "exec")
            if block.language == "json":
                json.loads(block.text)


def test_no_block_is_of_a_kind_that_nobody_looks_at():
    strange = [
        block.where
        for blocks in BLOCKS.values()
        for block in blocks
        if not (
            block.is_file
            or block.language in ("python", "console", "toml", "json")
            or (block.language == "text" and block.caption in (PRINTS, PRINTED))
        )
    ]
    assert strange == []


def test_what_is_only_shown_is_an_installation_or_never_ends():
    shown = [block for blocks in BLOCKS.values() for block in blocks if not block.is_run]
    assert all(
        "pip install" in block.text or "--serve" in block.text or block.caption == PRINTED
        for block in shown
    ), [block.where for block in shown]
