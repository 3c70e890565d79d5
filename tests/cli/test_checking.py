"""Sizes and durations are told in words that are as large as they are."""

import pytest

from overtone.cli.checking import number_words, seconds_words, size_words, values_words
from overtone.space import Categorical, Integer, Real, SearchSpace


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (7, "7"),
        (999_999, "999,999"),
        (3_210_000, "about 3.21 million"),
        (39_800_000, "about 39.8 million"),
        (4 * 10**9, "about 4 thousand million"),
        (2 * 10**12, "about 2 million million"),
        (2**60, "about 10^18"),
        (2**1000, "about 10^301"),
    ],
)
def test_numbers(number, words):
    assert number_words(number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0123, "0.012 s"), (3.14, "3.1 s"), (42.4, "42 s"), (90, "1.5 min"), (3600, "1 h"), (7300, "2 h"),
     (200000, "2.3 days"),      (864000, "10 days"), (0.0, "0 s")],
)  # fmt: skip
def test_durations(seconds, words):
    assert seconds_words(seconds) == words


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ([Integer("n", 1, 9)], "9 combinations, which 50 trials can try"),
        ([Integer("n", 1, 99)], "99 combinations, of which 50 are tried"),
        ([Real("x", 0.0, 1.0)], "any value of a real number"),
        (
            [Real("x", 0.0, 1.0), Integer("n", 1, 9)],
            "9 combinations, and in them any value of a real",
        ),
        ([Integer(f"n{i}", 1, 9) for i in range(100)], "about 10^95 combinations, of which 50"),
    ],
)
def test_sizes(parameters, words):
    assert size_words(SearchSpace(parameters), 50).startswith(words)


def test_conditions_beyond_counting_are_told():
    switches = [Categorical(f"s{i}", (0, 1)) for i in range(20)]
    children = [Categorical(f"c{i}", (0, 1), {f"s{i}": 1}) for i in range(20)]
    assert "too many to count" in size_words(SearchSpace([*switches, *children]), 50)


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        (Categorical("a", ("x", True, 3, "", None)), 'x, true, 3, "", null'),
        (Integer("n", 0, 8, step=2), "0 to 8 in steps of 2"),
        (Real("x", 1e-4, 1.0, log=True), "0.0001 to 1, logarithmic"),
        (
            Real("x", 0.0, 1.0, step=0.25, when={"a": [1, 2]}),
            "0 to 1 in steps of 0.25, when a is 1 or 2",
        ),
    ],
)
def test_values(parameter, words):
    assert values_words(parameter) == words


def test_of_very_many_choices_the_first_are_listed():
    words = values_words(Categorical("a", range(1000)))
    assert words.startswith("0, 1, 2, ")
    assert words.endswith(" more")
    assert len(words) < 100
