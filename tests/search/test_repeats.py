"""How many trials of a budget may be repeats, and when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import SearchError
from overtone.search.repeats import FIRST_CHECK, LEAST_TRIALS, Repeats

budgets = st.builds(
    Repeats, st.integers(1, 5000), st.sampled_from([0.0, 0.01, 0.04, 0.05, 0.1, 0.3, 0.5])
)


@given(budgets)
def test_no_more_than_the_share_is_spent(repeats):
    assert repeats.most <= repeats.share * repeats.trials
    assert (repeats.most == 0) or repeats.trials >= LEAST_TRIALS


@given(budgets)
def test_checks_are_early_and_later_and_three_in_a_hundred_trials_at_most(repeats):
    checks = repeats.checks()
    assert len(checks) <= min(3, repeats.most, np.ceil(3 * repeats.trials / 100))
    assert list(checks) == sorted(set(checks))
    assert all(2 <= check < repeats.trials for check in checks)
    if len(checks) > 1:
        assert checks[0] <= max(0.1 * repeats.trials + 1, FIRST_CHECK)
        assert checks[1] >= 0.4 * repeats.trials


@given(budgets, st.data())
def test_a_repeat_is_due_at_a_check_or_at_the_end_alone(repeats, data):
    begun, made = data.draw(st.integers(0, repeats.trials)), data.draw(st.integers(0, 600))
    due = repeats.may_be_due(begun, made)
    if made >= repeats.most:
        assert not due
    elif begun >= repeats.trials - (repeats.most - made):
        assert due
    else:
        checks = repeats.checks()
        assert due == (made < len(checks) and begun >= checks[made])


@given(st.integers(1, LEAST_TRIALS - 1), st.floats(0.0, 0.5))
def test_a_small_budget_has_none_to_spare(trials, share):
    repeats = Repeats(trials, share)
    assert (repeats.most, repeats.checks()) == (0, ())
    assert not any(repeats.may_be_due(begun, 0) for begun in range(trials))


@pytest.mark.parametrize("trials", [0, -3, 2.5, "many", True, None, np.nan])
def test_a_budget_that_is_no_number_of_trials_is_refused(trials):
    with pytest.raises(SearchError, match=r"repeats: trials is .*, but the whole number of trials"):
        Repeats(trials)


@pytest.mark.parametrize("share", [-0.1, 0.51, "half", None, np.nan, np.inf])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(SearchError, match=r"repeats: share is .*, but a number from 0 to 0\.5"):
        Repeats(100, share)
