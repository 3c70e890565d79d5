"""Every change of a configuration is one, and no configuration is out of reach."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import spaces

from overtone.search.spectral.coding import coding_of
from overtone.search.spectral.moves import MOST_CHANGES, Moves
from overtone.space import Categorical, Integer, Real, SearchSpace

few = settings(max_examples=25)
seeds = st.integers(0, 10_000)

MIXED = SearchSpace(
    [
        Categorical("kind", ["u", "v", "w"]),
        Categorical("many", list(range(20))),
        Real("rate", 1e-3, 1.0, log=True),
        Integer("count", 1, 12),
        Real("grid", 0.0, 2.0, step=0.25, when={"kind": ["u", "v"]}),
    ]
)
DISCRETE = SearchSpace(
    [
        Categorical("kind", ["u", "v", "w"]),
        Integer("count", 1, 4),
        Real("grid", 0.0, 0.5, step=0.25, when={"kind": ["u"]}),
        Categorical("on", [False, True], when={"kind": ["v", "w"]}),
    ]
)


def moves_in(space, fixed=None):
    return Moves(coding_of(space, np.zeros((0, len(space)))), fixed or {})


def column_of(moves, name):
    return [p.name for p in moves.coding.parameters].index(name)


def differing(rows, row):
    """How many columns each row has changed."""
    return (rows != row).sum(axis=1)


def same_bytes(one, other):
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@few
@given(spaces(), seeds)
def test_a_change_changes_its_own_column_only(space, seed):
    moves, rng = moves_in(space), np.random.default_rng(seed)
    if not len(moves):
        return
    changes = rng.integers(0, len(moves), 50)
    rows = moves.anywhere(50, rng)
    changed = moves.changed(rows, changes, rng)
    others = np.arange(len(space)) != moves.columns[changes][:, None]
    assert (changed == rows)[others].all()
    levels = moves.coding.levels
    numbers, choices = changed[:, levels == 0], changed[:, levels > 0]
    assert ((numbers >= 0) & (numbers <= 1)).all()
    assert (np.isin(choices, np.arange(7)) & (choices < levels[levels > 0])).all()


@given(seeds)
def test_a_change_of_a_choice_or_of_a_grid_arrives_at_another_value(seed):
    """A step of a grid is at least one value wide; at an end it may be turned back to where it was."""
    moves, rng = moves_in(MIXED), np.random.default_rng(seed)
    changes = np.tile(np.arange(len(moves)), 3)
    rows = moves.anywhere(len(changes), rng)
    inside = column_of(moves, "count")
    rows[:, inside] = moves.coding.snapped(np.full_like(rows, 0.5))[:, inside]
    changed = moves.changed(rows, changes, rng)
    is_choice = moves.coding.levels[moves.columns[changes]] > 1
    assert (differing(changed, rows) == 1)[is_choice].all()
    steps = (moves.columns[changes] == inside) & (moves.steps[changes] >= -3)
    moved = moves.coding.snapped(changed)[:, inside]
    assert steps.any()
    assert (moved != rows[:, inside])[steps].all()


def test_the_changes_of_a_choice_reach_every_other_choice():
    moves, rng = moves_in(MIXED), np.random.default_rng(0)
    row = np.zeros(len(MIXED))
    for name, repeats in (("kind", 1), ("many", 200)):
        column = column_of(moves, name)
        own = np.repeat(np.flatnonzero(moves.columns == column), repeats)
        reached = moves.changed(np.repeat(row[None], len(own), axis=0), own, rng)[:, column]
        assert set(reached) == set(range(1, int(moves.coding.levels[column])))


def test_the_changes_of_a_number_reach_both_ends_and_places_near_and_far():
    moves, rng = moves_in(MIXED), np.random.default_rng(0)
    column = column_of(moves, "rate")
    row = moves.anywhere(1, rng)[0]
    row[column] = 0.4
    own = np.repeat(np.flatnonzero(moves.columns == column), 200)
    reached = moves.changed(np.repeat(row[None], len(own), axis=0), own, rng)[:, column]
    assert {0.0, 1.0} <= set(reached)
    away = np.abs(reached - 0.4)
    assert (away < 0.01).any()
    assert ((away > 0.1) & (away < 0.2)).any()
    assert (reached > 0.8).any()
    assert ((reached < 0.4).sum() > 300) & ((reached > 0.4).sum() > 300)


@few
@given(spaces(), seeds)
def test_mutants_stand_for_configurations(space, seed):
    moves, rng = moves_in(space), np.random.default_rng(seed)
    row = moves.anywhere(1, rng)[0]
    mutants = moves.mutants(row, 20, np.ones(len(space)), rng)
    assert same_bytes(moves.coding.snapped(mutants), mutants)


@given(seeds)
def test_mutants_have_at_most_three_changes(seed):
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(20)])
    moves, rng = moves_in(space), np.random.default_rng(seed)
    row = moves.anywhere(1, rng)[0]
    changes = differing(moves.mutants(row, 300, np.ones(20), rng), row)
    assert changes.max() == MOST_CHANGES
    assert np.isin([1, 2, 3], changes).all()


def test_what_matters_is_changed_more_often_and_nothing_is_left_alone():
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(10)])
    moves, rng = moves_in(space), np.random.default_rng(0)
    weights = np.array([1.0] + [0.0] * 9)
    row = np.zeros(10)
    changed = (moves.mutants(row, 3000, weights, rng) != row).sum(axis=0)
    assert changed[0] > 5 * changed[1:].max()
    assert changed[1:].min() > 0


@few
@given(spaces(), seeds, st.data())
def test_fixed_columns_stay(space, seed, data):
    coding = coding_of(space, np.zeros((0, len(space))))
    rng = np.random.default_rng(seed)
    columns = data.draw(st.sets(st.integers(0, len(space) - 1)))
    values = Moves(coding).anywhere(1, rng)[0]
    moves = Moves(coding, {column: values[column] for column in columns})
    assert not set(moves.columns) & columns
    row = moves.anywhere(1, rng)[0]
    mutants = moves.mutants(row, 20, np.ones(len(space)), rng)
    for row in np.concatenate([moves.anywhere(20, rng), mutants]):
        active = coding.active(row[None])[0]
        assert all(row[column] == values[column] for column in columns if active[column])


def every_row(moves):
    """Each configuration of the discrete space: 4 counts by 3 grids for u, by 2 switches for v and w."""
    configurations = [
        {"kind": "u", "count": count, "grid": grid}
        for count, grid in itertools.product((1, 2, 3, 4), (0.0, 0.25, 0.5))
    ] + [
        {"kind": kind, "count": count, "on": on}
        for kind, count, on in itertools.product("vw", (1, 2, 3, 4), (False, True))
    ]
    return moves.coding.units(np.array([DISCRETE.encode(c) for c in configurations]))


def test_walks_of_single_changes_reach_all_of_a_small_space():
    moves, rng = moves_in(DISCRETE), np.random.default_rng(1)
    reached = moves.anywhere(1, rng)
    for _ in range(30):
        rows = np.repeat(reached, len(moves), axis=0)
        changed = moves.changed(rows, np.tile(np.arange(len(moves)), len(reached)), rng)
        reached = np.unique(np.concatenate([reached, moves.settled(changed)]), axis=0)
    assert same_bytes(reached, np.unique(every_row(moves), axis=0))


def test_uniform_rows_meet_every_value_about_equally():
    """The chance that one of 6 counts strays this far, 6 deviations, is below 1e-7."""
    moves, rng = moves_in(MIXED), np.random.default_rng(2)
    rows = moves.anywhere(6000, rng)
    for name, k in (("kind", 3), ("count", 12)):
        _, counts = np.unique(rows[:, column_of(moves, name)], return_counts=True)
        expected = 6000 / k
        assert np.abs(counts - expected).max() < 6 * np.sqrt(expected)
