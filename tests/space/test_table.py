"""A space and the table that describes it, each from the other."""

import json

import pytest
from hypothesis import given
from strategies import spaces

from overtone.errors import SpaceError
from overtone.space import Categorical, Integer, Real
from overtone.space.table import space_from_table, table_of


@given(spaces())
def test_a_space_is_that_of_its_own_table_also_after_json(space):
    assert space_from_table(table_of(space)) == space
    assert space_from_table(json.loads(json.dumps(table_of(space)))) == space


def test_entries_of_the_space_become_the_kinds_that_they_look_like():
    space = space_from_table(
        {
            "a": ["x", 2, True],
            "b": {"low": 1, "high": 9, "step": 2},
            "c": {"low": 1, "high": 9, "type": "real"},
            "d": {"low": 1.0, "high": 9, "type": "integer", "log": True},
            "e": {"choices": [1, 2], "when": {"a": ["x", True], "b": 3}},
            "f": {"low": 0, "high": 1, "step": 0.25},
        }
    )
    assert list(space.parameters) == [
        Categorical("a", ("x", 2, True)),
        Integer("b", 1, 9, step=2),
        Real("c", 1.0, 9.0),
        Integer("d", 1, 9, log=True),
        Categorical("e", (1, 2), when={"a": ("x", True), "b": 3}),
        Real("f", 0.0, 1.0, step=0.25),
    ]


@pytest.mark.parametrize("table", [{}, [], {"x": "abc"}, {"x": {"low": 1}}, {"x": []}])
def test_a_table_that_is_no_space_is_refused(table):
    with pytest.raises(SpaceError):
        space_from_table(table)
