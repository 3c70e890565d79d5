"""What is offered around a value holds the value, and what is no setting has a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.run.definition.writing.offers import offer, why_no_setting
from overtone.run.definition.writing.setting_text import value_in, values_text
from overtone.space import Categorical, Integer, Real, code_of


@given(st.floats(-1e12, 1e12) | st.integers(-(2**50), 2**50), st.sampled_from(["lr", "dropout"]))
def test_what_is_offered_holds_the_present_value(value, name):
    text = repr(value)
    found = offer(name, text)
    if found.setting is None:
        assert "scale" in found.reason
        assert abs(value) < 1e-299
        return
    parameter, default = found.setting.parameter, found.setting.default
    assert parameter.low < parameter.high
    assert default == value
    assert value_in(parameter, text) == value
    assert code_of(parameter, default) == value


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("lr", "0.1", "0.01..1 log"),
        ("lr", "0.003", "0.0001..0.1 log"),
        ("scale", "2.5", "0.1..100 log"),
        ("layers", "2", "1..8"),
        ("width", "64", "16..256 log"),
        ("shift", "-3", "-6..0"),
        ("momentum", "0.9", "0..0.99"),
        ("dropout", "1.0", "0.0..1"),
        ("cache", "False", "False,True"),
        ("cache", "on", "off,on"),
    ],
)
def test_a_range_fits_the_value_and_its_name(name, text, values):
    found = offer(name, text).setting
    assert values_text(found.parameter).replace("0.0..0.99", "0..0.99") == values


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("seed", "3", "equals"),
        ("random_seed", "3", "equals"),
        ("epochs", "10", "[budget]"),
        ("log_level", "2", "how loudly"),
        ("optimizer", "adam", "not known"),
        ("weight_decay", "0", "scale"),
        ("weight_decay", "0.0", "scale"),
        ("huge", "9" * 40, "scale"),
    ],
)
def test_what_is_no_setting_has_a_reason(name, text, reason):
    found = offer(name, text)
    assert found.setting is None
    assert reason in found.reason


def test_a_name_is_judged_by_its_words_and_not_by_its_letters():
    assert why_no_setting("support") == why_no_setting("logistic_c") == ""
    assert why_no_setting("num-epochs") != ""


def test_the_kind_of_a_range_is_that_of_the_value():
    assert isinstance(offer("x", "3").setting.parameter, Integer)
    assert isinstance(offer("x", "3.0").setting.parameter, Real)
    assert isinstance(offer("x", "yes").setting.parameter, Categorical)


def test_steps_of_a_part_are_a_setting_and_steps_of_the_whole_are_none():
    for name in ("warmup_steps", "decay-steps"):
        assert why_no_setting(name) == ""
    for name in ("steps", "max_steps", "epochs"):
        assert "[budget]" in why_no_setting(name)
