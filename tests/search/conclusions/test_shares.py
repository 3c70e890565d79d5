"""Shares of the whole space, beside those of known functions."""

import numpy as np
import pytest
from search.trials import BRANCHES, MIXED, beliefs, drawn, findings

from overtone.search.conclusions.shares import shares_of
from overtone.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [0, 1]) for i in range(6)),
        Categorical("kind", ["u", "v", "w"]),
        Real("rate", 1e-4, 1.0, log=True),
        Integer("depth", 1, 6),
    ]
)
# Variances: 1 for b0, 1 for the product, and 16 / 12 for the rate's decades.
TOTAL = 2.0 + 16 / 12
TRUTH = {(0,): 1.0 / TOTAL, (1, 2): 1.0 / TOTAL, (7,): 16 / 12 / TOTAL}


def planted(codes):
    parity = (2 * codes[:, 1] - 1) * (2 * codes[:, 2] - 1)
    return -2.0 * codes[:, 0] + parity + np.log10(codes[:, 7])


def shares(space, codes, y):
    return shares_of(space, beliefs(space, codes, y).whole)


@pytest.fixture(name="found", scope="module")
def _found():
    codes = drawn(SPACE, 120)
    return shares(SPACE, codes, planted(codes))


def test_of_uniform_trials_the_shares_are_those_of_the_polynomial(found):
    by_support = {share.parameters: share.share for share in found.listed}
    for support, truth in TRUTH.items():
        assert by_support[support].mean == pytest.approx(truth, abs=0.06)
        assert by_support[support].low - 0.03 <= truth <= by_support[support].high + 0.03
    assert found.listed[0].parameters == (7,)
    assert {s.parameters for s in found.listed[:3]} == set(TRUTH)
    assert found.score > 0.9


def test_the_totals_count_an_interaction_for_each_of_its_settings(found):
    truth = np.array([1.0, 1.0, 1.0, 0, 0, 0, 0, 16 / 12, 0]) / TOTAL
    for total, expected in zip(found.totals, truth, strict=True):
        assert total.mean == pytest.approx(expected, abs=0.08)
        assert total.low - 0.02 <= expected <= total.high + 0.02


def test_the_best_and_the_worst_levels_are_those_of_the_function(found):
    of_b0 = next(share for share in found.listed if share.parameters == (0,))
    assert (of_b0.best, of_b0.worst) == (("1",), ("0",))
    assert of_b0.gain.mean == pytest.approx(2.0, abs=0.3)
    pair = next(share for share in found.listed if share.parameters == (1, 2))
    assert pair.best[0] != pair.best[1]
    assert pair.worst[0] == pair.worst[1]
    assert pair.gain.mean == pytest.approx(2.0, abs=0.4)


def test_what_a_search_saw_of_a_corner_is_told_with_doubt_and_right():
    """Trials that crowd where b0 is 1, as those of an adaptive search do."""
    codes = drawn(SPACE, 120)
    codes[np.random.default_rng(1).random(120) < 0.7, 0] = 1.0
    found = shares(SPACE, codes, planted(codes))
    by_support = {share.parameters: share.share for share in found.listed}
    assert {s.parameters for s in found.listed[:3]} == set(TRUTH)
    for support, truth in TRUTH.items():
        assert by_support[support].mean == pytest.approx(truth, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_of_noise_hardly_anything_is_resolved(seed):
    """Negative control."""
    codes = drawn(SPACE, 60, seed)
    found = shares(SPACE, codes, np.random.default_rng([seed, 5]).normal(size=60))
    assert found.score < 0.4
    assert len(found.listed) <= 2


@pytest.mark.parametrize("count", [4, 6, 10, 40])
@pytest.mark.slow
def test_shares_are_shares(count):
    """Nonnegative, inside their intervals, and of all that is listed no more than everything."""
    for seed in range(3):
        codes = drawn(SPACE, count, seed)
        found = shares(SPACE, codes, planted(codes))
        for share in [*(s.share for s in found.listed), *found.totals]:
            assert 0.0 <= share.low <= share.mean <= share.high
        assert 0.0 <= found.resolved <= 1.0
        assert sum(s.share.mean for s in found.listed) <= 1.05
        assert 0.0 <= found.score <= 1.0
        means = [s.share.mean for s in found.listed]
        assert means == sorted(means, reverse=True)


def test_first_trials_that_vary_little_by_chance_raise_no_share_above_the_whole():
    """What no model chose bounds the variance far from the trials, and not what is surely there."""
    codes = drawn(SPACE, 120)
    y = planted(codes)
    order = np.argsort(np.abs(y - np.median(y)), kind="stable")
    middling = np.concatenate([order[:12], np.sort(order[12:])])
    found = shares(SPACE, codes[middling], y[middling])
    assert sum(share.share.mean for share in found.listed) <= 1.02
    for share in found.listed[:3]:
        assert share.share.mean == pytest.approx(TRUTH[share.parameters], abs=0.06)


@pytest.mark.parametrize("exponent", [-900, 300])
def test_no_unit_changes_a_share(found, exponent):
    codes = drawn(SPACE, 120)
    other = shares(SPACE, codes, np.ldexp(planted(codes), exponent))
    assert [s.parameters for s in other.listed] == [s.parameters for s in found.listed]
    for one, two in zip(found.listed, other.listed, strict=True):
        assert two.share.mean == pytest.approx(one.share.mean, rel=1e-3)
        assert two.gain.mean == pytest.approx(np.ldexp(one.gain.mean, exponent), rel=1e-3)


def test_the_order_of_the_parameters_does_not_matter(found):
    order = np.random.default_rng(4).permutation(len(SPACE))
    turned = SearchSpace([SPACE.parameters[i] for i in order])
    codes = drawn(SPACE, 120)
    other = shares(turned, codes[:, order], planted(codes))
    by_names = {frozenset(SPACE.names[i] for i in s.parameters): s.share for s in found.listed}
    for share in other.listed[:3]:
        expected = by_names[frozenset(turned.names[i] for i in share.parameters)]
        assert share.share.mean == pytest.approx(expected.mean, abs=0.03)


def test_a_setting_that_exists_in_a_third_of_the_space_has_a_share_of_what_it_does_there():
    """The rate does 9 / 12 in a third: 1 / 4; which algorithm nothing in the mean; x does 1 / 12."""
    codes = drawn(BRANCHES, 150)
    y = np.where(codes[:, 0] == 0, 3.0 * (np.nan_to_num(codes[:, 1]) - 0.5), 0.0) + codes[:, 4]
    found = shares(BRANCHES, codes, y)
    total = 1 / 4 + 1 / 12
    by_support = {share.parameters: share.share for share in found.listed}
    assert by_support[1,].mean == pytest.approx(0.25 / total, abs=0.15)
    assert by_support[4,].mean == pytest.approx(1 / 12 / total, abs=0.08)
    assert (2,) not in by_support
    assert found.totals[1].mean == pytest.approx(0.25 / total, abs=0.2)
    assert found.totals[2].mean < 0.05
    assert sum(share.mean for share in by_support.values()) <= 1.05


def test_a_choice_of_very_many_values_is_no_obstacle():
    space = SearchSpace([Categorical("many", list(range(300))), Real("x", 0.0, 1.0)])
    codes = drawn(space, 60)
    found = shares(space, codes, codes[:, 1])
    assert found.listed[0].parameters == (1,)
    assert found.totals[1].mean > 0.8


@pytest.mark.parametrize("exponent", [0, -1000, 300])
@pytest.mark.slow
def test_the_shares_of_a_recovery_are_those_of_the_polynomial_in_any_unit(exponent):
    codes = drawn(SPACE, 250)
    y = np.ldexp(planted(codes), exponent)
    asked = findings(SPACE, codes, y, uniform=True, is_adaptive=False)
    assert asked.fit is not None
    found = asked.shares
    by_support = {share.parameters: share.share for share in found.listed}
    for support, truth in TRUTH.items():
        # Levels of a number are cells: what it does within them is not in its share.
        assert by_support[support].mean == pytest.approx(truth, abs=0.1)
    assert found.totals[1].mean == pytest.approx(1.0 / TOTAL, abs=0.1)
    assert found.resolved <= 1.0


@pytest.mark.slow
def test_shares_of_many_settings_take_seconds():
    wide = SearchSpace([*(Categorical(f"b{i}", [0, 1]) for i in range(60)), *MIXED.parameters[5:]])
    codes = drawn(wide, 150)
    found = shares(wide, codes, 2.0 * codes[:, 0] + codes[:, 60])
    assert found.listed[0].parameters == (0,)
    assert {s.parameters for s in found.listed[:2]} == {(0,), (60,)}
