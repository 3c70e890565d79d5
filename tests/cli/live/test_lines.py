"""A line for each trial, for whoever has no terminal."""

import pytest
from live_runs import after, begun, failed, gave

from overtone.cli.live.lines import ended_line, finished_line, going_on
from overtone.run.engines.local.events import Finished, Past


def test_a_line_has_the_number_the_value_the_seconds_and_the_best():
    trial = gave(3, 0.5, 12.34)
    state = after(begun(), gave(2, 0.7), trial)
    line = "2 of 100: trial 3 gave accuracy = 0.5 in 12.3 s; best 0.7 in trial 2"
    assert finished_line(trial, state) == line


def test_a_line_of_a_failure_has_its_reason_in_one_line():
    trial = failed(0, "crash:\nno \x1b[31mGPU\x07")
    line = "1 of 100: trial 0 failed in 2.0 s: crash: no GPU\\x07; no value so far"
    assert finished_line(trial, after(begun(), trial)) == line


def test_a_line_of_an_eliminated_trial():
    state = after(begun(), gave(0, 1.0)).with_elimination(1)
    line = "2 of 100: trial 1 was eliminated; best 1 in trial 0"
    assert finished_line(Finished(1, None), state) == line


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (Past(), None),
        (Past((gave(0, 1.0),)), "digits: going on; 1 of 100 trials are finished."),
        (
            Past((), taken_up=2),
            "digits: going on; 0 of 100 trials are finished, 2 cut off and taken up again.",
        ),
    ],
)
def test_a_study_that_goes_on_says_so(past, words):
    assert going_on(past, begun(past.finished)) == words


def test_a_run_among_several_ends_with_a_line():
    state = after(begun(trials=2), gave(0, 0.7), failed(1))
    assert ended_line(state, 75.0) == ("digits: 2 of 2 trials, 1 failed, best 0.7, took 1 min 15 s")
