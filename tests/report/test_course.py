"""How a study went, in the metric's own units and direction."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.known import clean, failing, noisy
from search.trials import MIXED, drawn, findings

from overtone.report.course import best_of, runs_of, slots_of
from overtone.search.course import Trial
from overtone.search.history import State


@pytest.mark.parametrize("truth", [clean, noisy, failing])
def test_runs_are_the_trials_of_the_study(truth):
    study, runs = truth().study, truth().tuning.explanation.runs
    assert [run.trial for run in runs] == [trial.number for trial in study.trials]
    for run, trial in zip(runs, study.trials, strict=True):
        assert run.state == ("complete" if run.value is not None else "failed")
        if run.value is not None:
            assert run.value == trial.value
        assert run.reason == trial.user_attrs.get("overtone:failure")


@pytest.mark.parametrize("truth", [clean, noisy, failing])
def test_the_best_so_far_never_gets_worse_and_ends_at_the_best(truth):
    sign = truth().tuning.explanation.findings.sign
    runs = truth().tuning.explanation.runs
    bests = [sign * run.best for run in runs if run.best is not None]
    assert all(after <= before for before, after in pairwise(bests))
    assert bests[-1] == min(sign * run.value for run in runs if run.value is not None)
    for run in runs:
        assert run.value is None or sign * run.best <= sign * run.value


def test_a_penalty_is_a_failure_and_no_value():
    codes = drawn(MIXED, 20)
    y = codes[:, 5].copy()
    y[3:5] = 1e9
    runs = runs_of(findings(MIXED, codes, y))
    assert [run.trial for run in runs if run.state == "failed"] == [3, 4]
    assert runs[3].value is None
    assert max(run.value for run in runs if run.value is not None) <= 1.0


def test_what_is_cheap_or_pruned_is_never_the_best():
    codes = drawn(MIXED, 4)
    found = findings(MIXED, codes, [3.0, 2.0, 1.0, 4.0])
    course = list(found.course)
    course[1] = replace(course[1], is_cheap=True)
    course[2] = replace(course[2], state=State.PRUNED)
    runs = runs_of(replace(found, course=tuple(course)))
    assert [run.best for run in runs] == [3.0, 3.0, 3.0, 3.0]
    assert [run.value for run in runs] == [3.0, 2.0, 1.0, 4.0]


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 20), st.sampled_from(["a", "b", None])),
        min_size=1,
        max_size=30,
    )
)
def test_a_slot_holds_one_trial_at_a_time_and_a_worker_has_no_more_than_it_needs(times):
    course = tuple(
        Trial(k, 1.0, State.COMPLETE, worker=worker, begun=float(begun), ended=float(begun + took))
        for k, (begun, took, worker) in enumerate(times)
    )
    codes = drawn(MIXED, len(times))
    found = replace(findings(MIXED, codes, np.ones(len(times))), course=course)
    slots = slots_of(found)
    assert [slot.trial for slot in slots] == list(range(len(times)))
    for worker in {slot.worker for slot in slots}:
        own = [slot for slot in slots if slot.worker == worker]
        for one in own:
            for other in own:
                if one.trial < other.trial and one.slot == other.slot:
                    assert one.ended <= other.begun or other.ended <= one.begun
        moments = [slot.begun for slot in own]
        at_once = max(sum(s.begun <= t < max(s.ended, s.begun + 0.5) for s in own) for t in moments)
        assert max(slot.slot for slot in own) <= at_once
    assert len({slot.worker for slot in slots}) == len({worker for _, _, worker in times})


def test_trials_without_times_have_no_slots():
    codes = drawn(MIXED, 3)
    assert slots_of(findings(MIXED, codes, [1.0, 2.0, 3.0])) == ()


@pytest.mark.parametrize("truth", [clean, noisy])
def test_the_best_trials_are_the_best_in_order(truth):
    found = truth().tuning.explanation.findings
    best = best_of(found)
    values = [found.sign * one.value for one in best]
    assert values == sorted(values)
    assert len(best) == max(5, round(len(found.known.y) / 10))
    assert values[-1] <= np.sort(found.known.y)[len(best) - 1]
    for one in best:
        trial = truth().study.trials[one.trial]
        assert (one.value, one.configuration) == (trial.value, trial.params)
