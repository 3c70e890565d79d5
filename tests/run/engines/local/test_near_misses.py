"""Lines that are nearly the metric are shown with what would make them it."""

import pytest

from overtone.run.engines.local.near_misses import LONGEST_LINE, MOST_SHOWN, near_misses
from overtone.run.engines.local.results import read_metric


def misses(metric, *output, errors=()):
    return near_misses(metric, output=output[::-1], errors=errors)


@pytest.mark.parametrize(
    ("metric", "line", "advice"),
    [
        ("accuracy", "Accuracy: 0.93", 'write metric = "Accuracy"'),
        ("accuracy", "Accuracy: 93.1%", "'%' follows the number: print the number alone, accuracy = 93.1"),
        ("accuracy", "accuracy: 93.1%", "'%' follows"),
        ("seconds", "seconds = 3.5 s", "'s' follows"),
        ("val_acc", "val acc = 0.5", 'write metric = "val acc"'),
        ("accuracy", "acuracy = 0.5", 'write metric = "acuracy"'),
        ("accuracy", "accuracy 0.93", "no = or : between"),
        ("accuracy", "Accuracy is 0.93", "no = or : between"),
        ("accuracy", "epoch 3: accuracy = 0.9", "a line of its own, accuracy = 0.9"),
        ("accuracy", "loss: 0.2, accuracy: 0.9, lr: 0.1", "a line of its own, accuracy = 0.9"),
        ("accuracy", '{"Accuracy": 0.9}', 'write metric = "Accuracy"'),
        ("accuracy", "\x1b[1mAccuracy\x1b[0m: 0.93", 'write metric = "Accuracy"'),
        ("score", "0.93", "a number alone has no name: print score = 0.93"),
        ("score", "12 ms", "a number alone"),
    ],
)  # fmt: skip
def test_a_line_that_is_nearly_the_metric_is_shown(metric, line, advice):
    found = misses(metric, "starting", line, "done")
    assert len(found) == 1
    assert advice in found[0].advice
    assert "\x1b" not in found[0].line


@pytest.mark.parametrize(
    "line", ["loss = 0.3", "done in 3 seconds flat", "{not json", '{"loss": 1}', "[1, 2]", ""]
)
def test_other_lines_are_not(line):
    assert misses("accuracy", line) == []


def test_what_stands_on_the_standard_error_is_found_there():
    found = misses("score", "hello", errors=["score = 0.5", "noise"])
    assert [miss.line for miss in found] == ["score = 0.5"]
    assert "print it to the standard output" in found[0].advice


def test_the_same_line_of_every_epoch_is_shown_once_and_the_last_one():
    found = misses("accuracy", *(f"epoch {i} Accuracy: 0.{i}" for i in range(50)))
    assert [miss.line for miss in found] == ["epoch 49 Accuracy: 0.49"]


def test_few_are_shown_and_long_lines_are_cut():
    lines = [f"Accuracy{'!' * i} = 1" for i in range(9)]
    assert len(misses("accuracy", *lines)) == MOST_SHOWN
    found = misses("accuracy", "x" * 1000 + " accuracy = 1")
    assert len(found[0].line) == LONGEST_LINE


def test_a_name_is_quoted_as_toml_takes_it():
    found = misses('say "it"', 'Say "it" = 3')
    assert r'write metric = "Say \"it\""' in found[0].advice


def test_following_the_advice_makes_the_line_be_read(tmp_path):
    (tmp_path / "out").write_text("Accuracy: 0.93\n")
    assert read_metric("accuracy", results=tmp_path / "none", stdout=tmp_path / "out").failure
    assert misses("accuracy", "Accuracy: 0.93")
    assert read_metric("Accuracy", results=tmp_path / "none", stdout=tmp_path / "out").value == 0.93
