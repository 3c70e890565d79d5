"""The learner is asked now and then, never waited for, and not missed when it is gone."""

import json
import time

import pytest
from live_runs import INSIGHT
from tiny_studies import write_study

from overtone.cli.live.asking import FIRST, Learner
from overtone.run.definition.study_file import read_study_file

# Takes the study file, and has a line for each question to come.
LISTEN = """
import sys, time
source = sys.stdin.buffer
source.read(int(source.readline()))
"""
ANSWER = json.dumps(
    {
        "trials": 40,
        "note": "",
        "changes": [
            {
                "setting": c.setting, "to": c.to, "mean": c.mean, "change": c.change,
                "is_sure": c.is_sure,
            }
            for c in INSIGHT.changes
        ],
    }
)  # fmt: skip


@pytest.fixture
def learner(tmp_path):
    """Makes the client of a process that runs a program instead of the learner's."""
    made = []

    def make(program):
        study_file = read_study_file(write_study(tmp_path))
        made.append(Learner(study_file, ("-I", "-S", "-c", LISTEN + program)))
        return made[-1]

    yield make
    for one in made:
        one.close()
        assert one._process is None or one._process.poll() is not None


def wait_for(condition):
    """Wait for something that may take a while on a slow machine."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_an_answer_is_known_once_it_has_come(learner):
    asked = learner(f"for _ in source: print({ANSWER!r}, flush=True)")
    asked.consider(FIRST)
    wait_for(lambda: asked.latest is not None)
    assert asked.latest == INSIGHT


def test_nothing_is_started_before_the_tenth_trial(learner):
    asked = learner("")
    for finished in range(FIRST):
        asked.consider(finished)
    assert (asked._talk, asked._process) == (None, None)


def test_it_is_asked_again_after_an_answer_when_enough_is_new(learner):
    asked = learner(
        "for k, _ in enumerate(source):\n"
        '    print(\'{"trials": %d, "note": "", "changes": []}\' % k, flush=True)'
    )
    counted = []
    for finished, is_enough in [
        (10, True),
        (12, False),
        (13, True),
        (100, True),
        (109, False),
        (112, True),
    ]:
        asked.consider(finished)
        if is_enough:
            wait_for(lambda: not asked._is_asked)
        assert not asked._is_asked
        counted.append(asked.latest.trials)
    assert counted == [0, 0, 1, 2, 2, 3]


def test_a_store_that_could_not_be_read_is_asked_again(learner):
    asked = learner(
        f"for k, _ in enumerate(source):\n    print({ANSWER!r} if k else 'null', flush=True)"
    )
    asked.consider(10)
    wait_for(lambda: not asked._is_asked)
    assert asked.latest is None
    asked.consider(20)
    wait_for(lambda: asked.latest is not None)


@pytest.mark.parametrize(
    "program",
    [
        "print('rubbish')",
        "print('[1, 2]')",
        'print(\'{"trials": "x", "note": 1, "changes": 0}\')',
        "print('x' * (1 << 20))",
        "sys.stdout.buffer.write(b'\\xff\\xfe\\n')",
        "raise SystemExit(3)",
        "source.close()",
    ],
)
def test_rubbish_or_a_death_ends_the_asking_and_nothing_else(learner, program):
    asked = learner(program)
    asked.consider(10)
    wait_for(lambda: not asked._talk.is_alive())
    asked.consider(50)
    assert asked.latest is None
    assert asked._process.poll() is not None


def test_a_python_that_cannot_be_started_is_not_missed(learner, monkeypatch):
    monkeypatch.setattr("sys.executable", "/no/such/python")
    asked = learner("")
    asked.consider(10)
    wait_for(lambda: not asked._talk.is_alive())
    assert asked.latest is None


def test_to_ask_and_to_close_wait_for_nobody(learner):
    asked = learner("time.sleep(600)")
    asked.consider(10)
    asked.consider(50)
    wait_for(lambda: asked._process is not None)
    asked.close()
    assert asked._process.poll() is not None
    assert not asked._talk.is_alive()


def test_what_is_closed_before_it_started_is_never_started(learner):
    asked = learner("")
    asked.close()
    asked.consider(10)
    wait_for(lambda: not asked._talk.is_alive())
    assert asked._process is None
