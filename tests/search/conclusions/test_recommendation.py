"""Which evaluated configuration is recommended."""

import numpy as np
import pytest

from overtone.search.conclusions.recommendation import recommend
from overtone.search.history import History, State
from overtone.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [0, 1]) for i in range(6)),
        Categorical("kind", ["u", "v", "w"]),
        Real("x", 0.0, 1.0),
    ]
)


def history(codes, y, states=None, first=0):
    n = len(y)
    return History(
        np.arange(first, first + n),
        codes,
        np.array(y, dtype=float),
        (State.COMPLETE,) * n if states is None else tuple(states),
        ("",) * n,
    )


def drawn(n, seed):
    rng = np.random.default_rng(seed)
    return np.array([SPACE.encode(SPACE.sample(rng)) for _ in range(n)])


def planted(codes):
    return -2.0 * codes[:, 0] - 2.0 * codes[:, 1] * codes[:, 2] + np.abs(codes[:, 7] - 0.4)


@pytest.mark.parametrize("seed", range(3))
def test_without_noise_the_best_observed_is_recommended(seed):
    codes = drawn(60, seed)
    y = planted(codes)
    past = history(codes, y, first=100)
    found = recommend(SPACE, past)
    assert found.number == found.luckiest == 100 + np.argmin(y)
    assert found.noise < 0.2 * y.std()


def test_under_noise_the_recommended_is_not_truly_worse_than_the_luckiest():
    """Twenty studies at a noise larger than the signal.

    Over 50 of them the recommended was truly better by 0.5 on average, with a deviation of 1.0 a study: other
    seeds fall below 0 once in 80.
    """
    gains = []
    for seed in range(20):
        codes = drawn(70, seed)
        truth = planted(codes)
        y = truth + np.random.default_rng([seed, 1]).normal(0, 2.0, 70)
        past = history(codes, y)
        found = recommend(SPACE, past)
        assert found.luckiest == np.argmin(y)
        gains.append(truth[found.luckiest] - truth[found.number])
    assert np.mean(gains) >= 0
    assert np.max(gains) > 0  # not merely the luckiest under another name


def test_a_configuration_that_did_well_often_beats_one_that_was_lucky_once():
    codes = np.repeat([[0.0] * 8, [1.0] * 7 + [0.9]], [12, 12], axis=0)
    y = np.concatenate([np.full(12, 0.0), np.full(12, 3.0)])
    y += np.random.default_rng(0).normal(0, 0.7, 24)
    y[20] = y.min() - 0.1
    found = recommend(SPACE, history(codes, y))
    assert found.luckiest == 20
    assert found.number < 12
    assert found.mean == pytest.approx(0.0, abs=0.6)


@pytest.fixture(name="noisy")
def _noisy():
    codes = drawn(50, 3)
    return codes, planted(codes) + np.random.default_rng(3).normal(0, 1.0, 50)


def test_one_trial_that_diverged_does_not_hide_the_noise_of_the_others(noisy):
    codes, y = noisy
    worst = int(np.argmax(y))
    found = []
    for value in (1e3, 1e6, 1e50):
        y[worst] = value
        found.append(recommend(SPACE, history(codes, y)))
    assert found[0] == found[1] == found[2]
    assert found[0].noise == pytest.approx(1.0, abs=0.6)
    assert found[0].number != found[0].luckiest


def test_the_order_of_parameters_and_the_numbers_of_trials_do_not_matter(noisy):
    codes, y = noisy
    order = np.random.default_rng(1).permutation(len(SPACE))
    turned = SearchSpace([SPACE.parameters[i] for i in order])
    base = recommend(SPACE, history(codes, y))
    moved = recommend(turned, history(codes[:, order], y, first=1000))
    assert (moved.number, moved.luckiest) == (base.number + 1000, base.luckiest + 1000)
    assert moved.mean == pytest.approx(base.mean, abs=1e-4)


def test_scaling_and_shifting_the_values_recommends_the_same(noisy):
    codes, y = noisy
    base = recommend(SPACE, history(codes, y))
    moved = recommend(SPACE, history(codes, 1024 * y + 4096))
    assert (moved.number, moved.luckiest) == (base.number, base.luckiest)
    assert moved.mean == pytest.approx(1024 * base.mean + 4096, abs=2.0)
    assert moved.noise == pytest.approx(1024 * base.noise, rel=1e-2)


def test_nothing_is_recommended_without_a_usable_value():
    codes = drawn(4, 0)
    assert recommend(SPACE, history(codes[:0], [])) is None
    assert recommend(SPACE, history(codes, [np.inf, -np.inf, np.inf, 1e200])) is None
    states = [State.FAILED, State.RUNNING, State.PRUNED, State.FAILED]
    assert recommend(SPACE, history(codes, [np.nan, np.nan, 1.0, np.nan], states)) is None


@pytest.mark.parametrize("y", [[2.0], [2.0, 1.0]])
def test_of_one_or_two_values_the_better_is_recommended_as_it_is(y):
    found = recommend(SPACE, history(drawn(len(y), 0), y))
    assert (found.number, found.luckiest) == (np.argmin(y),) * 2
    assert (found.mean, found.noise) == (min(y), 0.0)


def test_only_complete_trials_with_a_usable_value_are_recommended():
    y = np.array([-np.inf, 5.0, -9.0, 4.0, np.nan, 6.0, np.inf, 4.5, -1e200])
    states = [State.COMPLETE] * 9
    states[2], states[4] = State.PRUNED, State.FAILED
    found = recommend(SPACE, history(drawn(9, 1), y, states))
    assert found.luckiest == 3
    assert found.number in {1, 3, 5, 7}
    assert np.isfinite(found.mean)


def test_of_equal_values_the_first_trial_is_recommended():
    found = recommend(SPACE, history(drawn(30, 2), np.full(30, 0.1), first=5))
    assert (found.number, found.luckiest, found.mean, found.noise) == (5, 5, 0.1, 0.0)


def test_inactive_parameters_are_no_obstacle():
    space = SearchSpace(
        [Categorical("kind", ["u", "v"]), Integer("depth", 1, 9, when={"kind": "u"})]
    )
    rng = np.random.default_rng(0)
    codes = np.array([space.encode(space.sample(rng)) for _ in range(40)])
    y = np.where(np.isnan(codes[:, 1]), 5.0, np.nan_to_num(codes[:, 1]))
    found = recommend(space, history(codes, y))
    assert found.number == found.luckiest == np.argmin(y)
