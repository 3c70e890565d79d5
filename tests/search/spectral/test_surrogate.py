"""What is known after some trials depends on these trials alone, and says what they say."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.search.spectral.outcomes import Outcomes, no_outcomes
from overtone.search.spectral.surrogate import FIRST_FIT, LEAST_USABLE, MOST_ROWS, Surrogates
from overtone.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [0, 1]) for i in range(5)),
        Categorical("kind", ["u", "v", "w"]),
        Real("x", 0.0, 1.0),
        Integer("k", 1, 64, log=True, when={"kind": ["u", "v"]}),
    ]
)
BITS = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(12)])


def history(seed, count, *, space=SPACE, fails=0.0):
    """Random configurations; the first bits matter, and some trials fail at random."""
    rng = np.random.default_rng(seed)
    codes = np.array([space.encode(space.sample(rng)) for _ in range(count)])
    y = 2.0 * codes[:, 0] - 3.0 * codes[:, 1] * codes[:, 2] + np.nan_to_num(codes[:, 6])
    y = np.where(rng.random(count) < fails, np.nan, y + 0.1 * rng.standard_normal(count))
    return Outcomes(codes, y, np.zeros(count, dtype=bool))


def after(outcomes, space=SPACE):
    """By one who sees all of the trials at once."""
    return Surrogates(space).after(outcomes)


def rows_of(surrogate, seed=0, count=50):
    rng = np.random.default_rng(seed)
    return surrogate.coding.spread(rng.random((count, len(surrogate.coding))))


def same(one, other):
    """Equality of all that a surrogate says, to the last bit."""
    rows = rows_of(one)
    assert one.fit.rows == other.fit.rows
    assert one.fit.terms == other.fit.terms
    assert one.coding.agrees(other.coding)
    assert one.fit.prior.theta.tobytes() == other.fit.prior.theta.tobytes()
    assert one.order.tolist() == other.order.tolist()
    assert one.units.tobytes() == other.units.tobytes()
    return one.score(rows).tobytes() == other.score(rows).tobytes()


# A function of the trials


@pytest.mark.slow
@pytest.mark.parametrize("fails", [0.0, 0.3])
def test_one_who_saw_every_trial_agrees_with_one_who_starts_late(fails):
    outcomes = history(1, 45, fails=fails)
    lived = Surrogates(SPACE)
    for count in range(46):
        known = lived.after(outcomes.first(count))
        if known is not None and count % 6 == 0:
            assert same(known, after(outcomes.first(count)))


@pytest.mark.slow
@settings(max_examples=4)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_trials_may_be_seen_in_groups_of_any_size(groups):
    outcomes = history(2, sum(groups) + FIRST_FIT, fails=0.1)
    lived = Surrogates(SPACE)
    for count in np.cumsum([FIRST_FIT, *groups]):
        lived.after(outcomes.first(int(count)))
    assert same(lived.after(outcomes), after(outcomes))


@pytest.mark.slow
def test_what_came_later_does_not_matter():
    outcomes, other = history(3, 60), history(4, 60)
    forked = Outcomes(
        np.concatenate([outcomes.codes[:30], other.codes[30:]]),
        np.concatenate([outcomes.y[:30], other.y[30:]]),
        outcomes.is_pruned,
    )
    lived, misled = Surrogates(SPACE), Surrogates(SPACE)
    lived.after(outcomes)
    misled.after(forked)
    # Both go back to a past that they share.
    assert same(lived.after(outcomes.first(30)), misled.after(outcomes.first(30)))


def test_another_history_is_another_surrogate():
    """The negative control: the same configurations with the values of two trials exchanged."""
    outcomes = history(3, 30)
    y = np.array(outcomes.y)
    y[[0, 1]] = y[[1, 0]]
    one, other = after(outcomes), after(dataclasses.replace(outcomes, y=y))
    rows = rows_of(one)
    assert not np.array_equal(one.score(rows), other.score(rows))


def test_there_is_nothing_to_know_of_too_few_trials():
    outcomes = history(6, 40)
    counts = [0, 1, LEAST_USABLE, FIRST_FIT - 1, FIRST_FIT, FIRST_FIT + 1, 40]
    assert [after(outcomes.first(c)) is not None for c in counts] == [
        c >= FIRST_FIT for c in counts
    ]
    assert after(no_outcomes(len(SPACE))) is None


@pytest.mark.slow
def test_fits_come_at_the_same_trials_for_all_and_ever_more_rarely():
    outcomes = history(7, 70, space=BITS)
    lived = Surrogates(BITS)
    at = {count: lived.after(outcomes.first(count)).fit.rows for count in range(FIRST_FIT, 71)}
    assert all(
        at[count] == after(outcomes.first(count), BITS).fit.rows for count in (8, 20, 33, 70)
    )
    assert all(rows <= count for count, rows in at.items())
    due = sorted(set(at.values()))
    waits = np.diff(due)
    assert due[0] == FIRST_FIT
    assert (np.diff(waits) >= 0).all()
    # The posterior is never older than an eighth of the trials, though its prior is.
    assert (waits <= np.maximum(1, np.array(due[:-1]) / 8)).all()


# What it says


def test_it_predicts_what_it_was_told_and_knows_what_it_was_not():
    outcomes = history(8, 60)
    surrogate = after(outcomes)
    means, deviations = surrogate.predict(surrogate.units)
    assert np.corrcoef(means, outcomes.z)[0, 1] > 0.95
    _, elsewhere = surrogate.predict(rows_of(surrogate))
    assert deviations.mean() < elsewhere.mean()


def test_it_predicts_trials_that_it_has_not_seen():
    known, unknown = history(9, 80), history(10, 80)
    surrogate = after(known)
    means, _ = surrogate.predict(surrogate.coding.units(unknown.codes))
    assert np.corrcoef(means, unknown.y)[0, 1] > 0.8
    shuffled = dataclasses.replace(known, y=np.random.default_rng(0).permutation(known.y))
    lost, _ = after(shuffled).predict(surrogate.coding.units(unknown.codes))
    assert abs(np.corrcoef(lost, unknown.y)[0, 1]) < 0.5


def test_the_best_of_values_without_noise_is_the_least_one():
    outcomes = history(11, 50)
    surrogate = after(outcomes)
    assert surrogate.fit.prior.noise < 0.1
    assert surrogate.rows[surrogate.best] == np.argmin(outcomes.y)


def test_the_best_under_noise_is_not_the_luckiest():
    """One bit decides, and the least value is one of the worse half that was lucky."""
    rng = np.random.default_rng(0)
    codes = np.array([BITS.encode(BITS.sample(rng)) for _ in range(120)])
    y = codes[:, 0] * 2.0 + rng.standard_normal(120)
    lucky = np.flatnonzero(codes[:, 0] == 1)[0]
    y[lucky] = y.min() - 0.1
    surrogate = after(Outcomes(codes, y, np.zeros(120, dtype=bool)), BITS)
    assert surrogate.fit.prior.noise > 0.1
    assert np.argmin(y) == lucky
    assert codes[surrogate.rows[surrogate.best], 0] == 0


def test_pending_trials_are_believed_to_be_worth_what_is_expected():
    surrogate = after(history(12, 40))
    rows = rows_of(surrogate)[:3]
    believing = surrogate.believing(rows)
    before, unsure = surrogate.predict(rows)
    means, deviations = believing.predict(rows)
    np.testing.assert_allclose(means, before, atol=0.02)
    assert (deviations < unsure).all()
    assert (believing.score(rows) <= surrogate.score(rows) + 1e-6).all()
    assert believing.best == surrogate.best
    assert surrogate.believing(rows[:0]) is surrogate


# Failures, and pruned trials


def forbidden(seed, count):
    """Trials that fail exactly where the third bit is 1."""
    outcomes = history(seed, count)
    return dataclasses.replace(
        outcomes, y=np.where(outcomes.codes[:, 2] == 1.0, np.nan, outcomes.y)
    )


def test_failures_are_learnt():
    surrogate = after(forbidden(13, 60))
    rows = rows_of(surrogate, count=200)
    column = [p.name for p in surrogate.coding.parameters].index("b2")
    fails = np.array([surrogate.coding.codes(row)[2] == 1.0 for row in rows])
    assert surrogate.feasibility is not None
    free = dataclasses.replace(surrogate, feasibility=None)
    loss = free.score(rows) - surrogate.score(rows)
    assert (loss >= -1e-9).all()
    assert loss[fails].min() > loss[~fails].max()
    assert surrogate.fit.failures.relevance.argmax() == column


def test_without_failures_there_is_nothing_to_learn_of_them():
    assert after(history(14, 40)).feasibility is None


def test_failures_without_a_value_are_no_error():
    outcomes = history(15, 40)
    lost = dataclasses.replace(outcomes, y=np.full(40, np.nan))
    assert after(lost) is None
    few = dataclasses.replace(outcomes, y=np.where(np.arange(40) < 37, np.nan, outcomes.y))
    surrogate = after(few)
    assert np.isfinite(surrogate.score(rows_of(surrogate))).all()


def pruned(outcomes, where):
    return dataclasses.replace(outcomes, is_pruned=where)


def test_a_pruned_value_is_never_among_the_better_half():
    outcomes = history(16, 31)
    worst = int(np.argmax(outcomes.y))
    y = np.array(outcomes.y)
    # Its last value looked good, as values early in a training may.
    y[worst] = outcomes.y.min() - 5.0
    marked = pruned(dataclasses.replace(outcomes, y=y), np.arange(31) == worst)
    assert marked.z[worst] >= np.median(np.delete(marked.z, worst))
    assert dataclasses.replace(outcomes, y=y).z.argmin() == worst


def test_a_pruned_value_that_is_bad_stays_as_bad():
    outcomes = history(17, 31)
    worst = int(np.argmax(outcomes.y))
    np.testing.assert_array_equal(pruned(outcomes, np.arange(31) == worst).z, outcomes.z)


def test_trials_that_all_were_pruned_count_as_they_are():
    outcomes = history(18, 31)
    np.testing.assert_array_equal(pruned(outcomes, np.ones(31, dtype=bool)).z, outcomes.z)


# Many trials


@pytest.mark.slow
def test_a_posterior_of_many_trials_keeps_the_best_and_the_newest():
    outcomes = history(19, MOST_ROWS + 150, space=BITS)
    surrogate = after(outcomes, BITS)
    kept = set(surrogate.rows.tolist())
    first = surrogate.fit.rows
    assert len(kept) == MOST_ROWS + len(outcomes) - first
    assert set(range(first, len(outcomes))) <= kept
    best = np.argsort(outcomes.z[:first], kind="stable")[: MOST_ROWS // 4]
    assert set(best.tolist()) <= kept
    assert surrogate.rows[surrogate.best] in set(np.argsort(outcomes.y)[:20].tolist())


# A search that begins anew


def test_a_search_that_begins_anew_knows_the_failures_before_and_no_values():
    """One bit fails in the trials before; those since are too few to tell."""
    before, since = history(14, 60, space=BITS), history(15, FIRST_FIT, space=BITS)
    failed = dataclasses.replace(before, y=np.where(before.codes[:, 3] == 1.0, np.nan, before.y))
    anew = failed.followed_by(since).beginning_at(60)
    known, plain = after(anew, BITS), after(since, BITS)
    assert np.array_equal(anew.z, since.z)
    assert known.fit.rows == 60 + FIRST_FIT
    codes = history(16, 64, space=BITS).codes
    chances = known.log_chances(known.coding.units(codes))
    assert chances[codes[:, 3] == 1.0].max() < chances[codes[:, 3] == 0.0].min()
    assert plain.feasibility is None
    predicted = [s.predict(s.coding.units(codes))[0] for s in (known, plain)]
    np.testing.assert_allclose(*predicted, atol=1e-3)
