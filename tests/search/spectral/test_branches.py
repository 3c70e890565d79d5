"""Parts of a space with the same active parameters."""

import numpy as np

from overtone.search.spectral.branches import another, branches
from overtone.search.spectral.coding import coding_of
from overtone.search.spectral.moves import Moves
from overtone.search.spectral.outcomes import Outcomes
from overtone.space import Categorical, Real, SearchSpace

SPACE = SearchSpace(
    [
        Real("momentum", 0.0, 1.0, when={"solver": "sgd"}),
        Categorical("learner", ["trees", "nets", "lines"]),
        Categorical("solver", ["adam", "sgd"], when={"learner": "nets"}),
        Real("depth", 0.0, 1.0, when={"learner": "trees"}),
    ]
)
NAN = np.nan
TREES, ADAM, SGD, LINES = (
    [NAN, 0, NAN, 0.3],
    [NAN, 1, 0, NAN],
    [0.5, 1, 1, NAN],
    [NAN, 2, NAN, NAN],
)


def outcomes_of(rows, y):
    return Outcomes(np.array(rows, dtype=float), np.array(y), np.zeros(len(y), dtype=bool))


def moves_of(outcomes, fixed=None):
    coding = coding_of(SPACE, outcomes.codes)
    return Moves(coding, coding.columns_of(fixed or {}))


def test_branches_are_the_sets_of_active_parameters_with_what_leads_to_them():
    found = branches(moves_of(outcomes_of([TREES], [1.0])), np.random.default_rng(0))
    known = {tuple(np.flatnonzero(branch.active).tolist()): branch.held for branch in found}
    assert known == {
        (1, 3): {1: 0.0},
        (1, 2): {1: 1.0, 2: 0.0},
        (0, 1, 2): {1: 1.0, 2: 1.0},
        (1,): {1: 2.0},
    }


def test_a_space_without_conditions_has_no_other_branch():
    space = SearchSpace([Categorical("a", [0, 1]), Real("b", 0.0, 1.0)])
    outcomes = outcomes_of([[0, 0.5]], [1.0])
    moves = Moves(coding_of(space, outcomes.codes))
    assert len(branches(moves, np.random.default_rng(0))) == 1
    assert another(moves, outcomes, np.random.default_rng(0)) is None


def test_a_value_that_is_fixed_leaves_only_its_branches():
    outcomes = outcomes_of([TREES, LINES], [1.0, 2.0])
    moves = moves_of(outcomes, {1: 1.0})
    found = branches(moves, np.random.default_rng(0))
    assert sorted(branch.held[2] for branch in found) == [0.0, 1.0]


def test_the_trials_of_a_branch_are_those_with_its_active_parameters():
    outcomes = outcomes_of([TREES, SGD, ADAM, SGD], [1.0, 2.0, NAN, 4.0])
    for branch in branches(moves_of(outcomes), np.random.default_rng(0)):
        inside = branch.trials(outcomes)
        expected = {(1, 3): [1.0], (0, 1, 2): [2.0, 4.0], (1,): []}
        active = tuple(np.flatnonzero(branch.active).tolist())
        if active in expected:
            assert inside.y.tolist() == expected[active]
        else:
            assert np.isnan(inside.y).tolist() == [True]


def test_better_branches_are_looked_into_more_often_and_never_that_of_the_best():
    """The chances are 1, 1/2 and 1/3 of 11/6: untried, tried, and all failed."""
    outcomes = outcomes_of([TREES, SGD, ADAM, SGD], [1.0, 2.0, NAN, 4.0])
    moves = moves_of(outcomes)
    drawn = [another(moves, outcomes, np.random.default_rng(seed)) for seed in range(400)]
    counts = {
        active: sum(tuple(np.flatnonzero(branch.active).tolist()) == active for branch in drawn)
        for active in [(1,), (0, 1, 2), (1, 2), (1, 3)]
    }
    assert counts[(1, 3)] == 0
    expected = np.array([6, 3, 2]) / 11 * 400
    assert np.abs(np.array([counts[(1,)], counts[(0, 1, 2)], counts[(1, 2)]]) - expected).max() < 40
