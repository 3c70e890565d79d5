"""The trials of a search one by one."""

import numpy as np
from search.trials import MIXED, drawn, history

from overtone.search.course import Origin, course_of
from overtone.search.history import State


def test_a_course_is_of_the_trials_of_a_history_in_their_order():
    codes = drawn(MIXED, 3)
    states = [State.COMPLETE, State.FAILED, State.PRUNED]
    course = course_of(history(codes, [1.0, np.nan, 3.0], states=states, first=4))
    assert [trial.number for trial in course] == [4, 5, 6]
    assert [trial.state for trial in course] == states
    assert [trial.y for trial in course][::2] == [1.0, 3.0]
    assert {trial.origin for trial in course} == {Origin.SEARCH}
    uniform = course_of(history(codes, [1.0, 2.0, 3.0], uniform=True))
    assert {trial.origin for trial in uniform} == {Origin.UNIFORM}
