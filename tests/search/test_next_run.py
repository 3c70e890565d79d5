"""When a configuration is run again, over whole simulated studies."""

from collections import Counter

import numpy as np
import pytest
from search.trials import MIXED, additive, drawn, findings

from overtone.search.next_run import CONFIRMATIONS, CONFIRMED, PROBED, VERIFICATIONS, next_run
from overtone.search.repeats import Repeats, Why
from overtone.space import Categorical, SearchSpace

NONE = np.zeros((0, len(MIXED)))


def study(repeats, function, *, noise=0.0, seed=0, default=None, space=MIXED):
    """Whole studies with uniform draws for the search: codes, values, and what each trial was for."""
    rng = np.random.default_rng([seed, 9])
    plain = drawn(space, repeats.trials, seed)
    if default is not None:
        plain[0] = default
    codes, y, whys = np.zeros((0, len(space))), np.zeros(0), []
    for begun in range(repeats.trials):
        made = Counter(why for why in whys if why is not None)
        found = findings(space, codes, y, default=default)
        run = next_run(repeats, found, begun=begun, made=made, pending=codes[:0])
        row = plain[begun] if run is None else run.codes
        whys.append(None if run is None else run.why)
        codes = np.concatenate([codes, row[None]])
        y = np.append(y, function(row[None])[0] + rng.normal(0.0, noise))
    return codes, y, whys


@pytest.fixture(name="noisy", scope="module")
def _noisy():
    return study(Repeats(60), additive, noise=1.0)


@pytest.fixture(name="exact", scope="module")
def _exact():
    return study(Repeats(60), additive, default=drawn(MIXED, 1, seed=8)[0])


def test_no_more_runs_are_spent_than_may_be(noisy, exact):
    for _, _, whys in (noisy, exact):
        assert sum(why is not None for why in whys) <= Repeats(60).most


def test_the_first_configuration_is_run_again_early_and_later(noisy):
    codes, _, whys = noisy
    checks = [k for k, why in enumerate(whys) if why is Why.NOISE]
    assert checks == list(Repeats(60).checks())
    for k in checks:
        assert codes[k].tolist() == codes[0].tolist()


def test_where_values_are_equal_two_checks_and_a_verification_are_all(exact):
    codes, _, whys = exact
    counts = Counter(why for why in whys if why is not None)
    assert counts[Why.NOISE] <= 2
    assert set(counts) <= {Why.NOISE, Why.FEWEST, Why.FINALIST}
    assert counts[Why.FEWEST] <= VERIFICATIONS
    assert 1 <= counts[Why.FINALIST] <= CONFIRMATIONS
    for k, why in enumerate(whys):
        if why is Why.NOISE:
            assert codes[k].tolist() == codes[0].tolist()  # the default
        if why is Why.FEWEST:
            assert not (codes[:k] == codes[k]).all(axis=1).any()  # it had not been run
            assert k >= 60 - VERIFICATIONS
        if why is Why.FINALIST:
            truth = additive(codes[:k])
            best = np.flatnonzero((codes[:k] == codes[k]).all(axis=1))
            assert truth[best].tolist() == [truth.min()]  # it had been run once
            assert k >= 60 - CONFIRMED


def test_a_recommendation_that_varies_is_seen_to():
    """Runs of the first configuration are equal: only some values of another setting make noise."""
    rng = np.random.default_rng(0)

    def function(rows):
        return additive(rows) + np.where(rows[:, 0] == 1, rng.normal(size=len(rows)), 0.0)

    default = drawn(MIXED, 1)[0]
    default[0] = 0.0
    codes, y, whys = study(Repeats(60), function, default=default)
    finals = [k for k, why in enumerate(whys) if why is Why.FINALIST]
    assert len(finals) > CONFIRMATIONS  # once it was seen, the other runs compare
    assert findings(MIXED, codes, y).noise.is_seen


def test_where_values_differ_the_last_runs_are_of_those_that_could_be_the_best(noisy):
    codes, _, whys = noisy
    finals = [k for k, why in enumerate(whys) if why is Why.FINALIST]
    assert finals
    assert min(finals) >= 60 - Repeats(60).most
    truth = additive(codes)
    assert np.mean(truth[finals]) <= np.quantile(truth, 0.25)


def test_in_the_last_runs_nothing_else_is_tried(noisy):
    _, _, whys = noisy
    spent = sum(why is not None for why in whys)
    assert spent == Repeats(60).most
    first = min(k for k, why in enumerate(whys) if why is Why.FINALIST)
    assert None not in whys[first:]


MANY = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(30)])


def test_probes_are_made_where_much_is_unknown_and_change_a_few_settings():
    """40 trials say little of 30 settings; as many finalists as probes are run."""
    weights = np.random.default_rng(1).normal(size=30)
    codes, y, whys = study(Repeats(40, 0.3), lambda rows: rows @ weights, noise=1.0, space=MANY)
    counts = Counter(why for why in whys if why is not None)
    assert counts[Why.PROBE] >= 3
    assert 0 <= counts[Why.FINALIST] - counts[Why.PROBE] <= 1
    changes = []
    for k, why in enumerate(whys):
        if why is Why.PROBE:
            best = findings(MANY, codes[:k], y[:k]).recommended
            changes.append(int((codes[k] != best).sum()))
    # Three are drawn again in the mean, and one more, and of two values half of them change.
    assert np.mean(changes) <= 2 * PROBED * len(MANY)
    assert max(changes) >= 1


def test_a_few_settings_are_not_probed(noisy):
    assert Why.PROBE not in noisy[2]


def test_without_a_share_and_in_a_small_budget_nothing_is_run_again():
    for repeats in (Repeats(60, 0.0), Repeats(19)):
        assert set(study(repeats, additive, noise=1.0)[2]) == {None}


def test_what_to_run_is_a_function_of_the_trials(noisy):
    codes, y, whys = noisy
    for begun in (6, 30, 55, 59):
        made = Counter(why for why in whys[:begun] if why is not None)
        asked = [
            next_run(
                Repeats(60), findings(MIXED, codes[:begun], y[:begun]),
                begun=begun, made=made, pending=NONE,
            )
            for _ in range(2)
        ]  # fmt: skip
        assert (asked[0] is None) == (asked[1] is None) == (whys[begun] is None)
        if asked[0] is not None:
            assert asked[0].why is asked[1].why is whys[begun]
            assert asked[0].codes.tolist() == asked[1].codes.tolist() == codes[begun].tolist()


def test_before_a_trial_has_a_value_nothing_can_be_run_again():
    for y in (np.zeros(0), np.full(30, np.nan)):
        codes = drawn(MIXED, len(y))
        found = findings(MIXED, codes, y)
        for begun in (0, 6, 30, 59):
            assert next_run(Repeats(60), found, begun=begun, made={}, pending=NONE) is None


def test_the_few_changes_are_not_verified_twice_at_once(exact):
    """What runs already will tell."""
    codes, y, whys = exact
    k = next((k for k, why in enumerate(whys) if why is Why.FEWEST), None)
    assert k is not None
    default = codes[0]
    found = findings(MIXED, codes[:k], y[:k], default=default)
    made = Counter(why for why in whys[:k] if why is not None)
    run = next_run(Repeats(60), found, begun=k, made=made, pending=codes[[k]])
    assert run is None


@pytest.mark.parametrize("value", [1.0, 1e12, -1e-300])
def test_a_metric_of_one_value_is_checked_twice_and_left_alone(value):
    _, _, whys = study(Repeats(40), lambda rows: np.full(len(rows), value))
    counts = Counter(why for why in whys if why is not None)
    assert counts[Why.NOISE] <= 2
    assert set(counts) <= {Why.NOISE}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_one_configuration_alone_and_noise_are_no_obstacle(count):
    """All trials equal: a belief of one row, and a few of them none."""
    codes = np.repeat(drawn(MIXED, 1), 2 * count, axis=0)
    y = np.random.default_rng(0).normal(size=2 * count)
    for begun in range(40):
        run = next_run(
            Repeats(40, 0.5), findings(MIXED, codes, y), begun=begun, made={}, pending=NONE
        )
        if run is not None:
            again = MIXED.encode(MIXED.decode(run.codes))
            assert again.tolist() == run.codes.tolist()
