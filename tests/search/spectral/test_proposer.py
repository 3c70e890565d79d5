"""A proposal is a function of the trials and the seed, in whatever names, units and order they come."""

import dataclasses
import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import parameters

from overtone.ask_tell import Search
from overtone.search.spectral.coding import coding_of
from overtone.search.spectral.moves import Moves
from overtone.search.spectral.outcomes import Outcomes
from overtone.search.spectral.proposer import (
    TRIES,
    Proposer,
    Walk,
    draw_first,
)
from overtone.search.spectral.surrogate import Surrogates
from overtone.search.spectral.turns import Turn, Turns, epoch_of
from overtone.space import Categorical, Integer, Real, SearchSpace

TURNS = Turns()
SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [False, True]) for i in range(4)),
        Categorical("kind", ["u", "v", "w"]),
        Real("x", 0.0, 1.0),
        Real("rate", 1e-4, 1.0, log=True),
        Integer("k", 1, 20),
        Real("deep", -1.0, 1.0, when={"kind": ["v", "w"]}),
    ]
)
SMALL = SearchSpace(
    [
        Categorical("a", [0, 1, 2]),
        Categorical("b", [0, 1]),
        Integer("c", 1, 3),
        Categorical("d", [0, 1], when={"b": [1]}),
    ]
)
SMALL_COUNT = 3 * 3 * (1 + 2)
seeds = pytest.mark.parametrize("seed", range(2))


def value_of(c):
    """A whole number of 1024ths, so that it can be scaled and shifted without rounding."""
    value = -4.0 * c["b0"] - 3.0 * (c["b0"] and c["b1"]) + 4.0 * abs(c["x"] - 0.6)
    value += {"u": 1.0, "v": -1.0, "w": 2.0}[c["kind"]] + abs(np.log10(c["rate"]) + 2)
    return round(float(value + 0.1 * c["k"] + c.get("deep", 0.0)) * 1024) / 1024


def outcomes_of(space, configurations, y):
    codes = np.array([space.encode(c) for c in configurations]).reshape(-1, len(space))
    return Outcomes(codes, np.array(y, dtype=float), np.zeros(len(codes), dtype=bool))


def thirty(seed, space=SPACE):
    """A fixed history: 30 random configurations."""
    rng = np.random.default_rng([seed, 99])
    return [space.sample(rng) for _ in range(30)]


def proposals(outcomes, seed, *, space=SPACE, numbers=range(30, 35), pending=None, fixed=None):
    """What trials of several kinds get, as configurations, by one who starts late."""
    pending = np.zeros((0, len(space))) if pending is None else pending
    proposer = Proposer(space, seed)
    return [
        space.decode(proposer.propose(outcomes, pending, number=n, fixed=fixed or {}))
        for n in numbers
    ]


@functools.cache
def plain(seed):
    """A fixed history, its values and what it leads to."""
    configurations = thirty(seed)
    y = [value_of(c) for c in configurations]
    return configurations, y, proposals(outcomes_of(SPACE, configurations, y), seed)


def search(space, function, count, *, seed=0, fails=lambda c: False):
    """A whole search; the configurations in order, and the outcomes."""
    asked, tried, values = Search(space, seed=seed), [], []
    for _ in range(count):
        tried += asked.ask()
        has_failed = fails(tried[-1])
        values.append(np.nan if has_failed else function(tried[-1]))
        asked.tell(tried[-1], None if has_failed else values[-1], failed=has_failed)
    return tried, outcomes_of(space, tried, values)


def assert_near(found, expected, space=SPACE):
    """The same proposals, up to the last digits of a number."""
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for name, value in one.items():
            if isinstance(space[name], Real):
                assert value == pytest.approx(other[name], rel=1e-6, abs=1e-6)
            else:
                assert value == other[name]


# Laws of a fixed history


@pytest.mark.slow
@seeds
def test_the_fixed_histories_are_proposed_to_by_the_model(seed):
    """What the laws below rest on: other values have other proposals, and these are not the design's."""
    configurations, y, expected = plain(seed)
    assert expected != proposals(outcomes_of(SPACE, configurations, y[::-1]), seed)
    assert expected != proposals(outcomes_of(SPACE, configurations, y), seed + 1)


@seeds
@pytest.mark.parametrize(
    ("factor", "shift"), [(2.0**-30, 0.0), (2.0**40, -3.0), (1.0, 512.0), (3.7, 0.0), (1e-5, 100.0)]
)
@pytest.mark.slow
def test_scaling_and_shifting_the_values_changes_no_proposal(seed, factor, shift):
    configurations, y, expected = plain(seed)
    moved = (np.array(y) + shift) * factor
    assert proposals(outcomes_of(SPACE, configurations, moved), seed) == expected


@seeds
def test_the_order_of_parameters_changes_no_proposal(seed):
    configurations, y, expected = plain(seed)
    order = np.random.default_rng(seed).permutation(len(SPACE))
    shuffled = SearchSpace([SPACE.parameters[i] for i in order])
    assert proposals(outcomes_of(shuffled, configurations, y), seed, space=shuffled) == expected


@seeds
def test_names_change_no_proposal_but_by_name(seed):
    configurations, y, expected = plain(seed)
    shuffled = np.random.default_rng(seed).permutation(SPACE.names).tolist()
    names = dict(zip(SPACE.names, shuffled, strict=True))
    renamed = SearchSpace(
        [
            dataclasses.replace(
                p, name=names[p.name], when={names[k]: v for k, v in p.when.items()}
            )
            for p in SPACE.parameters
        ]
    )
    again = [{names[n]: v for n, v in c.items()} for c in configurations]
    found = proposals(outcomes_of(renamed, again, y), seed, space=renamed)
    assert found == [{names[n]: v for n, v in c.items()} for c in expected]


@seeds
def test_the_order_of_choices_changes_no_proposal(seed):
    configurations, y, expected = plain(seed)
    other = SearchSpace(
        [
            dataclasses.replace(p, choices=p.choices[::-1]) if isinstance(p, Categorical) else p
            for p in SPACE.parameters
        ]
    )
    assert proposals(outcomes_of(other, configurations, y), seed, space=other) == expected


def reflected(c):
    """Linear, logarithmic, whole and conditional numbers from the other end."""
    turned = {**c, "x": 1.0 - c["x"], "rate": 1e-4 / c["rate"], "k": 21 - c["k"]}
    return turned | ({"deep": -c["deep"]} if "deep" in c else {})


@seeds
def test_turning_ranges_around_turns_the_proposals(seed):
    configurations, y, expected = plain(seed)
    turned = proposals(outcomes_of(SPACE, [reflected(c) for c in configurations], y), seed)
    assert_near([reflected(c) for c in turned], expected)


# A function of seed, number and history


@pytest.mark.slow
@seeds
def test_one_who_lived_through_all_trials_agrees_with_one_who_starts_late(seed):
    tried, outcomes = search(SPACE, value_of, 40, seed=seed)
    for number in (0, 9, 12, 30, 39):
        late = proposals(outcomes.first(number), seed, numbers=[number])
        assert late == [tried[number]]


@pytest.mark.slow
def test_a_proposer_may_be_asked_in_any_order():
    _, outcomes = search(SPACE, value_of, 30)
    none = np.zeros((0, len(SPACE)))
    proposer = Proposer(SPACE, 0)
    asked = [(30, 30), (12, 12), (25, 25), (30, 33), (25, 25), (3, 3)]
    found = [
        proposer.propose(outcomes.first(count), none, number=number, fixed={})
        for count, number in asked
    ]
    for (count, number), codes in zip(asked, found, strict=True):
        expected = proposals(outcomes.first(count), 0, numbers=[number])
        assert [SPACE.decode(codes)] == expected


# What is not proposed


@seeds
def test_no_configuration_of_a_small_space_is_tried_twice_before_all_were(seed):
    tried, _ = search(SMALL, lambda c: c["a"] + c["b"] * c["c"], SMALL_COUNT + 5, seed=seed)
    first = [tuple(sorted(c.items())) for c in tried[:SMALL_COUNT]]
    assert len(set(first)) == SMALL_COUNT
    assert len(tried) == SMALL_COUNT + 5


@seeds
def test_no_configuration_of_a_larger_space_is_tried_twice(seed):
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(14)])
    tried, _ = search(space, lambda c: sum(c.values()) - 2.0 * c["b3"], 60, seed=seed)
    assert len({tuple(c.values()) for c in tried}) == 60


@seeds
def test_what_runs_is_not_proposed_again(seed):
    """A batch of eight, told to nobody before it ends; and the rest of a small space at once."""
    configurations = thirty(seed)
    y = [value_of(c) for c in configurations]
    outcomes = outcomes_of(SPACE, configurations, y)
    proposer, batch = Proposer(SPACE, seed), np.zeros((0, len(SPACE)))
    for number in range(30, 38):
        codes = proposer.propose(outcomes, batch, number=number, fixed={})
        batch = np.concatenate([batch, codes[None]])
    assert len({row.tobytes() for row in batch}) == 8
    assert proposals(outcomes, seed, numbers=[37], pending=batch[:7]) == [SPACE.decode(batch[7])]
    few = [SMALL.sample(np.random.default_rng(i)) for i in range(9)]
    known = outcomes_of(SMALL, few, [float(c["a"]) for c in few])
    left, tried = np.zeros((0, len(SMALL))), {tuple(sorted(c.items())) for c in few}
    for number in range(9, 9 + SMALL_COUNT - len(tried)):
        codes = Proposer(SMALL, seed).propose(known, left, number=number, fixed={})
        left = np.concatenate([left, codes[None]])
        tried.add(tuple(sorted(SMALL.decode(codes).items())))
    assert len(tried) == SMALL_COUNT


# Fixed values and conditions


@seeds
@pytest.mark.parametrize("count", [0, 4, 30])
def test_fixed_columns_stay(seed, count):
    configurations = thirty(seed)[:count]
    outcomes = outcomes_of(SPACE, configurations, [value_of(c) for c in configurations])
    fixed = {SPACE.index("b0"): 1.0, SPACE.index("x"): 0.25, SPACE.index("kind"): 1.0}
    for c in proposals(outcomes, seed, numbers=range(count, count + 12), fixed=fixed):
        assert (c["b0"], c["kind"]) == (True, "v")
        assert c["x"] == pytest.approx(0.25, abs=1e-9)


def test_a_space_that_is_fixed_as_a_whole_is_no_error():
    configurations = thirty(0)
    outcomes = outcomes_of(SPACE, configurations, [value_of(c) for c in configurations])
    codes = SPACE.encode({**configurations[0], "kind": "u", "deep": 0.0} | {"kind": "v"})
    fixed = dict(enumerate(codes.tolist()))
    for c in proposals(outcomes, 0, numbers=range(30, 42), fixed=fixed):
        assert_near([c], [SPACE.decode(codes)])


@seeds
def test_inactive_parameters_have_no_code(seed):
    tried, outcomes = search(SPACE, value_of, 40, seed=seed)
    column = SPACE.index("deep")
    inactive = [c["kind"] == "u" for c in tried]
    assert np.isnan(outcomes.codes[:, column]).tolist() == inactive
    assert 0 < sum(inactive) < 40
    assert not np.isnan(np.delete(outcomes.codes, column, axis=1)).any()


@settings(max_examples=12)
@given(st.data())
def test_proposals_are_values_of_their_parameters(data):
    """Encoding refuses anything else."""
    space = SearchSpace([data.draw(parameters(f"p{i}")) for i in range(3)])
    tried, _ = search(space, lambda c: float(len(repr(c))), 14)
    for c in tried:
        space.encode(c)


# Failures


@seeds
def test_trials_that_all_failed_are_no_error(seed):
    tried, _ = search(SPACE, value_of, 40, seed=seed, fails=lambda c: True)
    assert len({repr(c) for c in tried}) == 40


@pytest.mark.slow
@pytest.mark.statistical
def test_a_forbidden_region_is_left_alone_and_random_failures_are_not():
    """Where a uniform search fails in a quarter of its trials, after the 50th this one does in at most 5 %.

    Beside it, a fifth of all trials fail at random. Each trial in the region counts, whatever it would have
    failed of. In the mean of twelve seeds. Over 36 it was 4.8 %, and the deviation of a seed 2.5 %, so other
    streams of random numbers fail here in four of ten cases: then look at more seeds before anything else.
    """
    forbidden, total = 0, 0
    for seed in range(12):
        chance = np.random.default_rng([seed, 7])
        tried, _ = search(
            SPACE,
            value_of,
            150,
            seed=seed,
            fails=lambda c, chance=chance: is_forbidden(c) or chance.random() < 0.2,
        )
        forbidden += sum(map(is_forbidden, tried[50:]))
        total += len(tried[50:])
    uniform = [SPACE.sample(np.random.default_rng(i)) for i in range(2000)]
    assert np.mean([is_forbidden(c) for c in uniform]) > 0.2
    assert forbidden <= 0.05 * total


@pytest.mark.slow
def test_failures_at_random_do_not_hide_a_region_that_fails_beside_the_best():
    """A quarter of the space fails, and the values fall towards it; a fifth of the rest fails at random.

    When random failures were taken for a rough function, what lay in the region but next to no known failure
    counted as open, and 17 % of the later trials were there.
    """
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(20)])
    inside = []
    for seed in range(4):
        chance = np.random.default_rng([8, seed])
        tried, _ = search(
            space,
            lambda c: 3.0 * (c["b2"] ^ c["b3"]) + c["b4"] - float(c["b0"] + c["b1"]),
            150,
            seed=seed,
            fails=lambda c, chance=chance: c["b0"] * c["b1"] or chance.random() < 0.2,
        )
        inside += [c["b0"] * c["b1"] for c in tried[50:]]
    assert np.mean(inside) < 0.1


def is_forbidden(c):
    return c["b2"] and c["b3"]


# What it is for


@pytest.mark.slow
@pytest.mark.statistical
def test_a_planted_optimum_is_found_sooner_than_by_chance():
    """12 bits; two of them and a product of two decide, so that 1 of 8 configurations is among the best.

    A uniform search has 20 of its last 100 trials among them, in five searches of 40, with a probability of
    2 %; 50 of 100, below 1e-15.
    """
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(12)])

    def function(c):
        signs = {name: 2 * v - 1 for name, v in c.items()}
        return 2.0 * signs["b0"] - 1.5 * signs["b5"] + signs["b7"] * signs["b9"]

    searches = [search(space, function, 40, seed=seed)[1].y for seed in range(5)]
    assert all(y.min() == -4.5 for y in searches)
    assert sum((y[20:] == -4.5).sum() for y in searches) >= 50


@pytest.mark.slow
def test_a_search_that_stalls_searches_another_branch_too():
    """The other branch is the better one only near one point of four numbers."""
    space = SearchSpace(
        [
            Categorical("kind", ["safe", "steep"]),
            Real("s", 0.0, 1.0, when={"kind": "safe"}),
            *(Real(f"t{i}", 0.0, 1.0, when={"kind": "steep"}) for i in range(4)),
        ]
    )

    def function(c):
        if c["kind"] == "safe":
            return (c["s"] - 0.5) ** 2
        return 4.0 * sum((c[f"t{i}"] - 0.2 * i) ** 2 for i in range(4)) - 0.3

    assert search(space, function, 45, seed=1)[1].y.min() < -0.25


# Beginning anew, and the first trial


@pytest.mark.slow
def test_a_search_that_begins_anew_repeats_nothing_and_forgets_no_trial():
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(12)])
    tried, outcomes = search(space, lambda c: float(c["b0"]), TURNS.anew_after + 40)
    assert epoch_of(outcomes.y, TURNS, first_rows=10).start > 0
    assert len({tuple(c.values()) for c in tried}) == len(tried)
    number = len(tried)
    late = proposals(outcomes, 0, space=space, numbers=[number])
    proposer, none = Proposer(space, 0), np.zeros((0, 12))
    for count in (TURNS.anew_after - 20, TURNS.anew_after + 10, number):
        codes = proposer.propose(outcomes.first(count), none, number=count, fixed={})
    assert [space.decode(codes)] == late


@settings(max_examples=50)
@given(parameters(), st.integers(0, 1000), st.integers(0, 100))
def test_a_first_draw_is_a_value_of_its_parameter(parameter, number, seed):
    space = SearchSpace([parameter])
    code = draw_first(parameter, number, seed)
    assert space.encode(space.decode(np.array([code]))).tolist() == [code]
    assert draw_first(parameter, number, seed) == code


def test_first_draws_are_stratified_and_belong_to_their_names():
    x, y = Real("x", 0.0, 1.0), Real("y", 0.0, 1.0)
    drawn = [draw_first(x, number, 3) for number in range(10)]
    assert sorted(int(10 * value) for value in drawn) == list(range(10))
    assert drawn != [draw_first(y, number, 3) for number in range(10)]
    conditional = dataclasses.replace(x, when={"y": [1]})
    assert drawn == [draw_first(conditional, number, 3) for number in range(10)]
    kinds = Categorical("kind", ["u", "v"])
    counts = [draw_first(kinds, n, 3) for n in itertools.chain(range(10), range(10))]
    assert counts.count(0.0) == counts.count(1.0) == 10


def test_a_uniform_turn_takes_the_first_uniform_row():
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(30)])
    _, outcomes = search(space, lambda c: float(sum(c.values())), 30)
    surrogate = Surrogates(space).after(outcomes)
    moves = Moves(coding_of(space, outcomes.codes))
    for number in range(5):
        anywhere = moves.anywhere(TRIES, np.random.default_rng(number))
        walk = Walk(moves, frozenset(), np.random.default_rng(number))
        assert (walk.next(surrogate, Turn.UNIFORM) == anywhere[0]).all()
        walk = Walk(moves, frozenset(), np.random.default_rng(number))
        assert (walk.next(surrogate, Turn.NEAR) != anywhere[0]).any()


def test_thousands_of_choices_are_searched_like_few():
    """The best of 3,000 values is seldom met; a number beside it is found all the same."""
    space = SearchSpace([Categorical("c", list(range(3000))), Real("x", 0.0, 1.0)])
    _, outcomes = search(space, lambda c: (c["x"] - 0.7) ** 2 + (c["c"] % 3), 40)
    assert outcomes.y.min() < 0.01
    seen = outcomes.codes[10:, 0]
    assert len(set(seen.tolist())) < len(seen)  # what was good is tried again
