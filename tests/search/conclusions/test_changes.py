"""The few changes from a default that make most of the gain, beside the truth."""

import numpy as np
import pytest
from search.trials import BRANCHES, MIXED, beliefs, drawn

from overtone.search.conclusions.changes import KEPT, fewest_changes, start_of
from overtone.search.history import State
from overtone.space import Categorical, Real, SearchSpace

SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [0, 1]) for i in range(8)),
        Real("x", 1e-4, 1.0, log=True),
    ]
)
DEFAULT = np.array([0.0] * 8 + [0.1])


def sparse(codes):
    """Only b0, b1 and x matter."""
    return -3.0 * codes[:, 0] - 2.0 * codes[:, 1] + np.log10(codes[:, 8])


def at_best(space, codes, y, start, **how):
    asked = beliefs(space, codes, y, **how)
    end = asked.known.codes[int(np.argmin(asked.known.y))]
    return asked, end, fewest_changes(asked, end, start=start)


@pytest.fixture(name="sample", scope="module")
def _sample():
    codes = np.concatenate([DEFAULT[None], drawn(SPACE, 79)])
    return codes, sparse(codes)


def test_the_changes_that_are_needed_are_found_and_the_idle_ones_given_back(sample):
    codes, y = sample
    _, end, found = at_best(SPACE, codes, y, DEFAULT)
    assert {0, 1} <= {change.parameter for change in found.changes} <= {0, 1, 8}
    idle = {i for i in range(2, 8) if end[i] != DEFAULT[i]}
    assert idle
    assert idle <= set(found.given_back)
    truth = sparse(np.array([DEFAULT, found.codes, end]))
    assert (truth[0] - truth[1]) / (truth[0] - truth[2]) >= KEPT - 0.05
    assert found.gain.mean == pytest.approx(truth[0] - truth[2], abs=0.3)
    assert found.is_default


def test_changes_and_what_is_given_back_are_all_that_differs(sample):
    codes, y = sample
    _, end, found = at_best(SPACE, codes, y, DEFAULT)
    changed = [change.parameter for change in found.changes]
    differ = np.flatnonzero(end != DEFAULT).tolist()
    assert sorted([*changed, *found.given_back]) == differ
    for change in found.changes:
        assert (change.before, change.after) == (DEFAULT[change.parameter], end[change.parameter])
    expected = np.where(np.isin(np.arange(9), changed), end, DEFAULT)
    assert found.codes.tolist() == expected.tolist()  # to the last bit


def test_every_change_is_worth_something_and_they_add_up_to_what_is_kept(sample):
    codes, y = sample
    _, _, found = at_best(SPACE, codes, y, DEFAULT)
    worths = [change.gain.mean for change in found.changes]
    assert worths == sorted(worths, reverse=True)
    assert min(worths) > 0.0
    path = [change.cumulative for change in found.changes]
    assert path == sorted(path)
    assert path[-1] == pytest.approx(found.kept, abs=1e-6)
    assert found.kept >= KEPT
    by_parameter = {change.parameter: change.gain.mean for change in found.changes}
    assert by_parameter[0] == pytest.approx(3.0, abs=0.4)
    assert by_parameter[1] == pytest.approx(2.0, abs=0.4)


def test_nothing_is_verified_or_measured_without_the_runs(sample):
    codes, y = sample
    _, _, found = at_best(SPACE, codes, y, DEFAULT)
    has_run = (codes == found.codes).all(axis=1)
    assert found.runs == int(has_run.sum())
    assert (found.measured is None) == (not has_run.any())
    without = at_best(SPACE, codes[1:], y[1:], DEFAULT)[2]
    assert without.measured is None  # the default was not run


def test_the_runs_measure_and_verify(sample):
    """The few changes, and all of them but one, with the codes that stand in a report."""
    codes, y = sample
    _, end, found = at_best(SPACE, codes, y, DEFAULT)
    first = found.changes[0]
    but_one = np.array(found.codes)
    but_one[first.parameter] = DEFAULT[first.parameter]
    more = np.concatenate([codes, found.codes[None], but_one[None]])
    _, again_end, again = at_best(SPACE, more, sparse(more), DEFAULT)
    if again_end.tolist() == end.tolist() and again.codes.tolist() == found.codes.tolist():
        assert again.runs == 1
        verified = {change.parameter: change.verified for change in again.changes}
        assert verified.pop(first.parameter)
        assert not any(verified.values())
    truth = sparse(np.array([DEFAULT, again.codes, again_end]))
    share = (truth[0] - truth[1]) / (truth[0] - truth[2])
    assert again.measured == pytest.approx(share, rel=1e-9)


def test_what_only_failed_is_not_recommended(sample):
    """The sparse configuration itself was run and failed: another has to do."""
    codes, y = sample
    _, _, found = at_best(SPACE, codes, y, DEFAULT)
    if found.runs:
        pytest.skip("the few changes were run")
    more = np.concatenate([codes, found.codes[None]])
    states = [State.COMPLETE] * len(codes) + [State.FAILED]
    _, _, again = at_best(SPACE, more, np.append(y, np.nan), DEFAULT, states=states)
    assert again.codes.tolist() != found.codes.tolist()


def test_a_default_that_is_recommended_needs_no_change(sample):
    codes, y = sample
    best = codes[int(np.argmin(y))]
    assert at_best(SPACE, codes, y, best)[2] is None
    assert at_best(SPACE, codes[:3], y[:3], DEFAULT)[2] is None  # too few trials


def test_a_default_that_is_better_needs_no_change():
    codes = drawn(SPACE, 60)
    codes[:, 0] = 0.0
    better = np.array([0.0, 1.0] + [0.0] * 6 + [1e-4])
    codes = np.concatenate([codes, better[None]])
    asked = beliefs(SPACE, codes, sparse(codes))
    worse = codes[int(np.argmax(sparse(codes)))]
    assert fewest_changes(asked, worse, start=better) is None


def test_a_branch_and_its_settings_go_together():
    start = np.array([1.0, np.nan, 2.0, 0.0, 0.5])
    codes = np.concatenate([start[None], drawn(BRANCHES, 79)])
    y = np.where(codes[:, 0] == 0, np.nan_to_num(codes[:, 1]), 3.0) + 0.01 * codes[:, 4]
    _, end, found = at_best(BRANCHES, codes, y, start)
    assert end[0] == 0.0
    (change,) = [change for change in found.changes if change.parameter == 0]
    assert dict(change.brings) == {1: end[1]}
    assert 1 not in {change.parameter for change in found.changes}
    assert found.codes[1] == end[1]
    assert np.isnan(found.codes[2])
    BRANCHES.decode(found.codes)  # it is a configuration
    assert change.gain.mean == pytest.approx(3.0, abs=0.6)


def test_a_pair_that_only_works_together_stays_together():
    codes = np.concatenate([DEFAULT[None], drawn(SPACE, 99)])
    y = -3.0 * codes[:, 0] * codes[:, 1] + 0.01 * np.log10(codes[:, 8])
    _, _, found = at_best(SPACE, codes, y, DEFAULT)
    assert {0, 1} <= {change.parameter for change in found.changes}
    assert len(found.changes) <= 3


def test_without_a_default_the_start_is_the_usual_of_the_better_half():
    codes = drawn(MIXED, 40)
    y = np.arange(40.0)
    codes[:20, 0], codes[20:, 0] = 1.0, 0.0
    codes[:11, 4], codes[11:20, 4] = 2.0, 0.0
    found = start_of(MIXED, beliefs(MIXED, codes, y).known)
    assert (found[0], found[4]) == (1.0, 2.0)
    assert found[5] == np.sort(codes[:20, 5])[10]
    codes = drawn(SPACE, 60)
    _, _, fewest = at_best(SPACE, codes, sparse(codes), None)
    assert fewest is None or not fewest.is_default


@pytest.mark.parametrize("exponent", [-900, 300])
def test_no_unit_changes_the_changes(sample, exponent):
    codes, y = sample
    one = at_best(SPACE, codes, y, DEFAULT)[2]
    other = at_best(SPACE, codes, np.ldexp(y, exponent), DEFAULT)[2]
    assert [c.parameter for c in other.changes] == [c.parameter for c in one.changes]
    assert other.given_back == one.given_back
    assert other.kept == pytest.approx(one.kept, abs=1e-4)
