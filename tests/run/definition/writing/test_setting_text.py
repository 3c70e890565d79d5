"""What is typed as a setting is read as it is meant, and what is shown of one can be typed."""

import pytest
from hypothesis import example, given
from strategies import parameters

from overtone.errors import StudyFileError
from overtone.run.definition.writing.setting_text import (
    Setting,
    typed_setting,
    typed_values,
    value_in,
    values_text,
)
from overtone.space import Categorical, Integer, Real

LARGEST_SHOWN = 10**15


def is_typed(parameter):
    if isinstance(parameter, Categorical):
        return len(parameter.choices) > 1 and not any(c is None for c in parameter.choices)
    return True


@given(parameters("x").filter(is_typed))
@example(Categorical("x", ("a b", "a,b", '"', "", " ", "1..2", "x default y", "true", "01", "1")))
@example(Real("x", 1.0, 8.0))
@example(Real("x", 1e-4, 3.0, log=True))
def test_what_is_shown_of_a_setting_can_be_typed(parameter):
    found = typed_values("x", values_text(parameter))
    assert repr(found.parameter) == repr(parameter)
    assert found.default is None


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("lr=1e-4..1 log", Setting(Real("lr", 1e-4, 1.0, log=True))),
        ("--lr = 0.1 .. 0.5", Setting(Real("lr", 0.1, 0.5))),
        ("n=1..8", Setting(Integer("n", 1, 8))),
        ("n=16..256 step 16 default 32", Setting(Integer("n", 16, 256, step=16), 32)),
        ("n=1..64 log default 4", Setting(Integer("n", 1, 64, log=True), 4)),
        ("lr=0..1 step 0.25 default 1", Setting(Real("lr", 0.0, 1.0, step=0.25), 1.0)),
        ("act=relu, tanh", Setting(Categorical("act", ("relu", "tanh")))),
        ("act=relu,tanh default tanh", Setting(Categorical("act", ("relu", "tanh")), "tanh")),
        ("k=1,2,x", Setting(Categorical("k", (1, 2, "x")))),
        ("k=true,1e-3,01", Setting(Categorical("k", (True, "1e-3", "01")))),
        ('k="a,b","c ""', None),
        ('k="a,b",c', Setting(Categorical("k", ("a,b", "c")))),
        ("k=a=b,c", Setting(Categorical("k", ("a=b", "c")))),
    ],
)
def test_settings_are_typed_in_these_ways(text, setting):
    if setting is None:
        with pytest.raises(StudyFileError, match="quote"):
            typed_setting(text)
    else:
        assert typed_setting(text) == setting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr", "expected is NAME=LOW..HIGH"),
        ("=1..2", "expected is NAME=LOW..HIGH"),
        ("lr=", "expected is NAME=LOW..HIGH"),
        ("lr=0.1", "one value only"),
        ("lr=1..x", "the range '1..x' is not understood"),
        ("lr=1..2 logg", "the range '1..2 logg' is not understood"),
        ("lr=2..1", "Were they swapped?"),
        ("lr=0..1 log", "log"),
        ("n=1..8 step 3", "the last value is 7"),
        ("a=x,x", "are equal"),
        ('a="x\\q",y', "meant as"),
        ("n=1..8 default 9", "none of its values 1..8"),
        ("n=1..8 default x", "none of its values 1..8"),
        ("a=x,y default z", "none of its values x,y"),
    ],
)
def test_a_mistake_is_told_with_what_is_expected(text, expected):
    with pytest.raises(StudyFileError) as refused:
        typed_setting(text)
    assert expected in str(refused.value)


def test_a_value_has_the_kind_of_its_setting():
    assert repr(value_in(Real("lr", 0.0, 1.0), "1")) == "1.0"
    assert repr(value_in(Integer("n", 0, 4), "3.0")) == "3"
    assert value_in(Categorical("a", (True, "x")), "true") is True
