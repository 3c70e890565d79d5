"""Everything that trials have shown, from none on."""

import numpy as np
import pytest
from search.trials import BRANCHES, MIXED, additive, drawn, findings

from overtone.errors import SearchError
from overtone.search.conclusions.findings import refuse_too_few
from overtone.search.conclusions.settings import Verdict
from overtone.search.history import State
from overtone.space import Categorical, Integer, Real, SearchSpace

PARTS = (
    "recommendation", "recommended", "expectation", "unnoticed", "gain", "fewest", "settings",
    "interactions", "failures", "ties", "fit", "is_bent", "shares", "noise", "belief",
)  # fmt: skip
SINGLE = SearchSpace([Categorical("only", ["a"]), Integer("k", 3, 3), Real("r", 2.0, 2.0)])


def all_of(space, codes, y, **how):
    """Findings whose parts have all been found."""
    found = findings(space, codes, y, **how)
    for part in PARTS:
        getattr(found, part)
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("is_adaptive", [True, False])
def test_a_few_trials_say_what_they_can_and_nothing_raises(count, is_adaptive):
    codes = drawn(MIXED, count)
    y = additive(codes) if count else np.zeros(0)
    default = drawn(MIXED, 1, seed=5)[0]
    how = {"uniform": not is_adaptive, "is_adaptive": is_adaptive}
    for start in (None, default):
        found = all_of(MIXED, codes, y, default=start, **how)
        if count:
            assert found.recommendation.number == np.argmin(y)
            assert found.recommended.tolist() == codes[int(np.argmin(y))].tolist()
        else:
            assert (found.recommendation, found.gain) == (None, 0.0)
        if count < 4:
            assert (found.belief, found.shares, found.fewest) == (None, None, None)
            assert found.settings == ()
        else:
            assert {setting.parameter for setting in found.settings} == set(range(len(MIXED)))


LADDER = 2.0 ** np.linspace(-290, 290, 30)
EXTREMES = {
    "equal": np.full(30, 0.1),
    "one differs": np.eye(30)[3],
    "one is far better": np.where(np.arange(30) == 3, -1e60, np.arange(30.0)),
    "a huge offset": 1e12 + np.arange(30.0),
    "a hardly huge spread": 1e16 + 2.0 * np.arange(30.0),
    "tiny": 1e-300 * np.arange(30.0),
    "the least numbers": 5e-324 * np.arange(30.0),
    "large": 1e99 * np.arange(30.0) / 30,
    "all orders of magnitude": LADDER,
    "all orders, the large ones first": LADDER[::-1],
    "both signs": LADDER * (-1.0) ** np.arange(30),
    "not a number": np.full(30, np.nan),
    "infinite": np.full(30, np.inf),
    "some infinite": np.where(np.arange(30) % 3 == 0, -np.inf, np.arange(30.0)),
}


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.slow
def test_no_value_is_too_extreme(name):
    y = EXTREMES[name]
    codes = drawn(MIXED, 30)
    for how in ({}, {"uniform": True, "is_adaptive": False}):
        found = all_of(MIXED, codes, y, default=codes[4], **how)
        usable = np.abs(y) <= 1e100
        if usable.any():
            assert found.recommendation.number == np.flatnonzero(usable)[np.argmin(y[usable])]
        else:
            assert found.recommendation is None


CROWDS = {
    "one configuration": np.zeros(30, dtype=int),
    "three configurations": np.arange(30) % 3,
    "all twice": np.arange(30) // 2,
}


@pytest.mark.parametrize("name", CROWDS)
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_no_crowd_of_repeats_is_too_dense(name, noise):
    codes = drawn(MIXED, 30)[CROWDS[name]]
    y = additive(codes) + np.random.default_rng(0).normal(0.0, noise, 30)
    found = all_of(MIXED, codes, y, default=codes[0])
    assert found.noise.is_seen == (noise > 0.0)
    assert found.recommendation.expected is not None


@pytest.mark.parametrize(
    "space",
    [SINGLE, SearchSpace(MIXED.parameters[5:6]), pytest.param(BRANCHES, marks=pytest.mark.slow)],
    ids=len,
)
def test_no_space_is_too_small_or_too_bent(space):
    codes = drawn(space, 30)
    varied = {i for i in range(len(space)) if len(set(codes[:, i].tolist())) > 1}
    for y in (np.arange(30.0), np.nansum(codes, axis=1)):
        for how in ({"default": codes[3]}, {"uniform": True, "is_adaptive": False}):
            found = all_of(space, codes, y, **how)
            assert y[found.recommendation.number] == y.min()
            inactive = {s.parameter for s in found.settings if s.verdict is Verdict.INACTIVE}
            assert {s.parameter for s in found.settings if s.levels} == varied - inactive
            still = [s.verdict for s in found.settings if s.parameter not in varied]
            assert set(still) <= {Verdict.FREE}


def test_settings_that_never_varied_are_no_obstacle():
    codes = drawn(MIXED, 40)
    codes[:, :4] = codes[0, :4]
    found = all_of(MIXED, codes, additive(codes), default=1.0 - codes[0] * (np.arange(7) < 4))
    assert {setting.parameter for setting in found.settings} == set(range(len(MIXED)))


@pytest.mark.parametrize("state", [State.FAILED, State.PRUNED, State.RUNNING])
def test_where_no_trial_has_a_value_nothing_is_recommended(state):
    codes = drawn(MIXED, 20)
    found = all_of(MIXED, codes, np.full(20, np.nan), states=[state] * 20, default=codes[0])
    assert (found.recommendation, found.settings, found.shares) == (None, (), None)
    assert found.failures.count == found.failed == (20 if state is State.FAILED else 0)
    assert found.values == {}


def test_the_parts_agree_with_each_other():
    codes = np.concatenate([drawn(MIXED, 60), drawn(MIXED, 60)[:3]])
    y = additive(codes)
    found = all_of(MIXED, codes, y, default=codes[7])
    assert found.recommended.tolist() == codes[found.recommendation.number].tolist()
    assert found.gain >= found.beliefs.gain_at_most
    assert found.fewest.gain.mean == pytest.approx(y[7] - y.min(), abs=1e-2)
    assert found.fewest.start.tolist() == codes[7].tolist()
    own = {setting.parameter: setting.code for setting in found.settings}
    assert [own[i] for i in range(len(MIXED))] == found.recommended.tolist()
    assert found.values == dict(enumerate(y.tolist()))
    assert found.belief is found.beliefs.whole


def test_in_whatever_order_the_parts_are_asked_for_they_are_the_same():
    codes = drawn(MIXED, 40)
    y = additive(codes)
    worst = codes[int(np.argmax(y))]
    first, second = (findings(MIXED, codes, y, default=worst) for _ in range(2))
    forward = {part: getattr(first, part) for part in PARTS}
    backward = {part: getattr(second, part) for part in reversed(PARTS)}
    for part in ("recommendation", "gain", "settings", "interactions", "ties", "unnoticed"):
        assert forward[part] == backward[part], part
    assert forward["fewest"].codes.tolist() == backward["fewest"].codes.tolist()
    assert forward["shares"].totals == backward["shares"].totals


def test_a_default_that_only_failed_is_no_start():
    codes = drawn(MIXED, 40)
    y = additive(codes)
    states = [State.FAILED] + [State.COMPLETE] * 39
    found = all_of(MIXED, codes, np.append(np.nan, y[1:]), states=states, default=codes[0])
    assert found.fewest is None or not found.fewest.is_default


@pytest.mark.parametrize("is_adaptive", [True, False])
def test_only_uniform_draws_have_a_fit_and_an_expectation(is_adaptive):
    codes = drawn(MIXED, 60)
    found = findings(
        MIXED, codes, additive(codes), uniform=not is_adaptive, is_adaptive=is_adaptive
    )
    assert (found.fit is None) == is_adaptive
    assert (found.expectation is None) == is_adaptive


def test_too_few_trials_are_refused_with_their_number():
    with pytest.raises(SearchError, match="the study has 0 finished trials, but at least 1"):
        refuse_too_few(0, "the study")
    refuse_too_few(1, "the study")
