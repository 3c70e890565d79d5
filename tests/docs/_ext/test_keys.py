"""What the reference says of a key is what its model says."""

import tomllib
from typing import Annotated, Any, Literal

import pytest
from docs._ext.keys import keys_as_markdown, kind_of, toml, words_as_markdown
from pydantic import BaseModel, Field

from overtone.run.definition import keys, sampler_table
from overtone.run.definition.keys import StudyTable


class Table(BaseModel):
    count: Annotated[int, Field(ge=1, le=9)] = Field(default=3, description="How many.", examples=[4])
    limit: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="How long.", examples=[2.5]
    )
    words: list[str] = Field(description="Which.", examples=[["a", "b"]])


def test_a_key_stands_with_its_kind_its_bounds_its_default_and_an_example():
    assert keys_as_markdown(Table, "things").split("\n\n`")[0].rstrip() == (
        "`count`\n: *whole number, from 1 on, up to 9; default `3`*\n\n"
        "  How many.\n\n"
        "  ```toml\n  [things]\n  count = 4\n  ```"
    )


def test_what_is_required_and_what_may_be_left_out_is_told_apart():
    text = keys_as_markdown(Table)
    assert "`limit`\n: *number, above 0; may be left out*" in text
    assert "`words`\n: *list of texts; required*" in text


def test_a_key_without_a_description_is_refused():
    class Bare(BaseModel):
        name: str = Field(examples=["x"])

    with pytest.raises(ValueError, match="'name' of \\[\\] has no description"):
        keys_as_markdown(Bare)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (list[str | list[str]], "list of texts or of lists of texts"),
        (dict[str, Any] | bool, "table, or true or false"),
        (int | Literal["auto"], 'whole number, or `"auto"`'),
        (Literal["minimize", "maximize"], '`"minimize"` or `"maximize"`'),
        (float | None, "number"),
    ],
)
def test_kinds_are_said_in_words(annotation, words):
    assert kind_of(annotation) == words


@pytest.mark.parametrize("value", [True, 3, 1e-4, 'a "b"', [1, [False]], {"a": {"b": ["c"]}}])
def test_values_are_written_as_toml_reads_them(value):
    assert tomllib.loads(f"key = {toml(value)}") == {"key": value}


@pytest.mark.parametrize(
    "model",
    [keys.BudgetTable, keys.FidelityTable, keys.RepeatsTable, keys.StorageTable, StudyTable]
    + [sampler_table.HarmonicaTable, sampler_table.SeedTable],
)
def test_every_example_is_a_value_that_its_key_takes(model):
    for name, field in model.model_fields.items():
        model.__pydantic_validator__.validate_assignment(
            model.model_construct(), name, field.examples[0]
        )


def test_words_stand_in_braces():
    assert words_as_markdown({"budget": "how far"}).endswith("| `{budget}` | how far |")
