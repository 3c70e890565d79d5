"""Groups are kept while each pays its cost in the criterion, and least squares gives their coefficients."""

import itertools

import numpy as np
import pytest

from overtone.spectrum.lasso.group import GroupedColumns
from overtone.spectrum.recovery.selection import MOST_ACTIVE, _backward, _forward, refit, select


def grouped(columns, sizes):
    centred = np.asfortranarray(columns - columns.mean(axis=0))
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return GroupedColumns(centred, starts, np.sqrt(sizes))


def columns_of(design, kept):
    parts = [design.columns[:, design.starts[g] : design.starts[g + 1]] for g in kept]
    return np.concatenate([np.zeros((len(design.columns), 0)), *parts], axis=1)


def criterion(design, y, costs, kept):
    """N log RSS plus costs, by the normal equations' definition."""
    columns = columns_of(design, kept)
    residual = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    return len(y) * np.log(residual @ residual) + sum(costs[g] for g in kept)


def problem(seed, *, noise=0.5, samples=80):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 4, size=8)
    design = grouped(rng.normal(size=(samples, sizes.sum())), sizes)
    planted = sorted(int(g) for g in rng.choice(8, 2, replace=False))
    y = columns_of(design, planted).sum(axis=1) + noise * rng.normal(size=samples)
    return design, y - y.mean(), sizes * np.log(samples) + 4.0, planted


@pytest.mark.parametrize("seed", range(20))
def test_planted_groups_are_kept(seed):
    design, y, costs, planted = problem(seed)
    assert select(design, y, costs, proposed=[]) == planted


@pytest.mark.parametrize("seed", range(20))
def test_no_kept_group_can_be_dropped_and_no_other_added_at_a_profit(seed):
    design, y, costs, _ = problem(seed, noise=3.0)
    kept = select(design, y, costs, proposed=[])
    reached = criterion(design, y, costs, kept)
    for g in kept:
        assert criterion(design, y, costs, [h for h in kept if h != g]) >= reached
    for g in set(range(8)) - set(kept):
        assert criterion(design, y, costs, sorted([*kept, g])) >= reached - 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_orthogonal_groups_of_equal_cost_are_chosen_as_the_best_subset(seed):
    """Then the groups' gains in RSS add up, so the best subset of each size is nested in the next."""
    rng = np.random.default_rng(seed)
    columns, _ = np.linalg.qr(np.column_stack([np.ones(60), rng.normal(size=(60, 7))]))
    design = grouped(columns[:, 1:], [1] * 7)
    y = columns[:, 1:] @ rng.normal(size=7) + 0.1 * rng.normal(size=60)
    y -= y.mean()
    costs = np.full(7, 5.0)
    subsets = [list(s) for k in range(8) for s in itertools.combinations(range(7), k)]
    best = min(subsets, key=lambda s: criterion(design, y, costs, s))
    assert select(design, y, costs, proposed=[]) == best


@pytest.mark.parametrize("cheap", [0, 1])
def test_of_two_aliases_the_cheaper_is_kept(cheap):
    rng = np.random.default_rng(0)
    column = rng.choice([-1.0, 1.0], size=40)
    design = grouped(np.column_stack([column, -column, rng.normal(size=40)]), [1, 1, 1])
    y = column - column.mean() + 0.1 * rng.normal(size=40)
    costs = np.array([9.0, 9.0, 9.0])
    costs[cheap] = 5.0
    assert select(design, y - y.mean(), costs, proposed=[]) == [cheap]


def test_a_group_that_costs_more_than_it_explains_is_left_out():
    design, y, costs, planted = problem(1)
    dear = np.array(costs)
    dear[planted[0]] = 1e6
    assert planted[0] not in select(design, y, dear, proposed=[])


def test_an_exact_fit_ends_the_search():
    design, y, costs, planted = problem(2, noise=0.0)
    assert select(design, y, costs, proposed=[]) == planted


@pytest.mark.parametrize("seed", range(5))
def test_an_exact_fit_keeps_only_the_groups_that_it_needs(seed):
    design, y, costs, planted = problem(seed, noise=0.0)
    assert sorted(_backward(design, y, costs, sorted({*planted, 0, 3, 6}))) == planted


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_a_group_of_infinite_cost_is_never_kept(noise):
    design, y, costs, planted = problem(6, noise=noise)
    costs[planted[0]] = np.inf
    kept = select(design, y, costs, proposed=planted)
    assert planted[0] not in kept
    assert planted[1] in kept
    assert select(design, y, np.full(8, np.inf), proposed=planted) == []


def test_no_more_terms_are_kept_than_the_samples_bear():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(24, 20))
    design = grouped(columns, [1] * 20)
    y = columns @ np.ones(20)
    assert len(select(design, y - y.mean(), np.zeros(20), proposed=[])) <= MOST_ACTIVE * 24


@pytest.mark.parametrize("factor", [1e-100, -1.0, 1e100])
def test_the_choice_does_not_depend_on_the_unit(factor):
    design, y, costs, _ = problem(3, noise=2.0)
    assert select(design, factor * y, costs, proposed=[]) == select(design, y, costs, proposed=[])


@pytest.mark.parametrize("seed", range(10))
def test_the_choice_does_not_depend_on_the_rotation_inside_groups(seed):
    design, y, costs, _ = problem(seed, noise=2.0)
    rng = np.random.default_rng(seed)
    turned = [
        columns_of(design, [g]) @ np.linalg.qr(rng.normal(size=(size, size)))[0]
        for g, size in enumerate(np.diff(design.starts))
    ]
    rotated = grouped(np.concatenate(turned, axis=1), np.diff(design.starts))
    assert select(rotated, y, costs, proposed=[]) == select(design, y, costs, proposed=[])


def test_values_without_variation_keep_nothing():
    design, y, costs, _ = problem(4)
    assert select(design, np.zeros_like(y), costs, proposed=[]) == []


@pytest.mark.parametrize("seed", range(10))
def test_groups_that_only_pay_together_are_kept_if_they_are_proposed(seed):
    """y = a - b for nearly equal a and b: alone neither explains much, so a step forward does not begin."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=100)
    b = a + 0.05 * rng.normal(size=100)
    y = 20 * (a - b) + 0.1 * rng.normal(size=100)
    design = grouped(np.column_stack([a, b, rng.normal(size=(100, 3))]), [1] * 5)
    costs = np.full(5, 30.0)
    assert select(design, y - y.mean(), costs, proposed=[0, 1]) == [0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_a_poor_proposal_does_no_harm(seed):
    design, y, costs, _ = problem(seed, noise=2.0)
    alone = select(design, y, costs, proposed=[])
    rng = np.random.default_rng(seed)
    proposed = sorted(rng.choice(8, 4, replace=False).tolist())
    together = select(design, y, costs, proposed=proposed)
    assert criterion(design, y, costs, together) <= criterion(design, y, costs, alone) + 1e-9


def test_nothing_is_chosen_from_nothing():
    design = grouped(np.zeros((5, 0)), np.zeros(0, dtype=np.int64))
    assert select(design, np.arange(5.0) - 2, np.zeros(0), proposed=[]) == []


def test_columns_of_zeros_are_not_kept():
    design = grouped(np.ones((10, 3)), [1, 2])
    y = np.arange(10.0) - 4.5
    assert select(design, y, np.zeros(2), proposed=[]) == []


def test_the_refit_is_least_squares():
    design, y, _, planted = problem(5)
    columns = columns_of(design, planted)
    expected = np.linalg.solve(columns.T @ columns, columns.T @ y)
    np.testing.assert_allclose(refit(design, y, planted), expected, rtol=1e-9)


def test_the_refit_of_aliases_shares_the_coefficient():
    column = np.array([1.0, -1.0, 1.0, -1.0])
    design = grouped(np.column_stack([column, column]), [1, 1])
    np.testing.assert_allclose(refit(design, 4 * column, [0, 1]), [2.0, 2.0])


@pytest.mark.parametrize("seed", range(10))
def test_the_forward_steps_know_their_criterion_though_columns_are_aliased(seed):
    """A group that holds a column twice, or one explained before, has fewer directions than columns."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(60, 12))
    columns[:, 2] = columns[:, 1]
    columns[:, 5] = columns[:, 0]
    columns[:, 7] = 1.0
    design = grouped(columns, [3, 3, 3, 3])
    y = columns @ rng.normal(size=12) + 3 * rng.normal(size=60)
    y -= y.mean()
    chosen, criteria = _forward(design, y, np.full(4, 2.0))
    expected = [criterion(design, y, np.full(4, 2.0), chosen[:k]) for k in range(len(chosen) + 1)]
    np.testing.assert_allclose(criteria, expected, rtol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_each_forward_step_lowers_the_criterion_most(seed):
    """The products that are carried on from step to step are those of a fit from scratch."""
    design, y, costs, _ = problem(seed, noise=2.0)
    chosen, _ = _forward(design, y, costs)
    for k, taken in enumerate(chosen):
        reached = {
            g: criterion(design, y, costs, [*chosen[:k], g])
            for g in range(len(costs))
            if g not in chosen[:k]
        }
        assert reached[taken] == pytest.approx(min(reached.values()), rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_an_aliased_group_is_dropped_without_a_loss(seed):
    """Of columns that span each other only those are inverted that have a direction of their own."""
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(60, 9))
    columns[:, 4] = columns[:, 0] - 2 * columns[:, 3]
    columns[:, 7] = -columns[:, 1]
    design = grouped(columns, [1] * 9)
    y = columns @ rng.normal(size=9) + rng.normal(size=60)
    y -= y.mean()
    costs = np.full(9, 1.0)
    kept = _backward(design, y, costs, list(range(9)))
    assert not {4, 7} & set(kept)
    for g in kept:
        fewer = criterion(design, y, costs, [h for h in kept if h != g])
        assert fewer >= criterion(design, y, costs, kept)
