"""The reference has all that there is."""

import re
from pathlib import Path

from pydantic import BaseModel

import overtone
from overtone.run.definition import keys, sampler_table
from overtone.run.definition.tables import StrictTable
from overtone.space.table import CHOICE_KEYS, RANGE_KEYS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def text_of(page):
    return (REFERENCE / page).read_text(encoding="utf-8")


def models():
    for module in (keys, sampler_table):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseModel) and value is not StrictTable:
                yield f"{value.__module__}.{value.__name__}"


def test_every_public_name_is_described():
    described = set(re.findall(r":: overtone\.(\w+)$", text_of("api.md"), flags=re.MULTILINE))
    assert described == set(overtone.__all__)


def test_every_table_of_the_study_file_is_described():
    shown = set(re.findall(r"\{keys\} (\S+)", text_of("study-file.md")))
    assert shown == set(models())


def test_every_key_of_a_setting_is_described():
    rows = re.findall(r"^\| (`\w.*?) \|", text_of("study-file.md"), flags=re.MULTILINE)
    described = {word for row in rows for word in re.findall(r"`(\w+)`", row)}
    assert {*CHOICE_KEYS, *RANGE_KEYS} <= described


def test_every_sampler_is_described():
    table = text_of("study-file.md").split("## The table sampler")[1]
    expected = re.findall(r'"([\w-]+)"', sampler_table.EXPECTED["sampler.name"])
    assert len(expected) == 7
    assert all(f'`"{name}"`' in table for name in expected)
