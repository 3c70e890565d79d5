"""Parameters refuse what cannot be, and configurations survive the way to arrays and back."""

import itertools
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from strategies import (
    categoricals,
    configurations,
    integers,
    is_same,
    parameters,
    spaces,
    values_of,
)

from overtone.errors import OvertoneError, SpaceError
from overtone.space import (
    CELLS,
    FINEST_GRID,
    Categorical,
    Integer,
    Interval,
    Real,
    SearchSpace,
    code_of,
    cut,
    draw,
    value_of,
    whole_range,
)

# Each statistical test below fails by chance with this probability, were its seed drawn anew.
FALSE_ALARM = 1e-4

DRAWN_KINDS = [
    Categorical("x", ["a", None, 3, True, 2.5]),
    Integer("x", 0, 6),
    Integer("x", -10, 10, step=5),
    Integer("x", 1, 6, log=True),
    Integer("x", 1, 40, log=True),
    Integer("x", 0, 99),
    Integer("x", 1, 2**53, log=True),
    Integer("x", -(2**52), 2**52),
    Real("x", -3.0, 7.0),
    Real("x", 1e-5, 10.0, log=True),
    Real("x", 0.0, 0.7, step=0.1),
    Real("x", 100.0, 130.0, step=0.5),
]


def kind_of(parameter):
    """A readable name for one case of a parametrized test."""
    return repr(parameter).split(", when")[0]


def same_values(one, other):
    return one.keys() == other.keys() and all(
        type(one[name]) is type(other[name]) and one[name] == other[name] for name in one
    )


# Round trips


@given(st.data())
def test_a_configuration_survives_encoding_exactly(data):
    space = data.draw(spaces())
    configuration = data.draw(configurations(space))
    decoded = space.decode(space.encode(configuration))
    assert same_values(decoded, configuration)
    assert list(decoded) == [name for name in space.names if name in configuration]


@given(spaces(), st.integers(0, 2**32))
def test_a_sample_survives_encoding_exactly(space, seed):
    configuration = space.sample(np.random.default_rng(seed))
    codes = space.encode(configuration)
    assert same_values(space.decode(codes), configuration)
    assert [not np.isnan(c) for c in codes] == [name in configuration for name in space.names]


@given(spaces(), st.integers(0, 2**32))
def test_values_are_built_in_objects(space, seed):
    configuration = space.sample(np.random.default_rng(seed))
    assert all(
        type(value) in (bool, int, float, str, type(None)) for value in configuration.values()
    )


@given(st.data(), parameters())
def test_a_value_survives_its_code(data, parameter):
    value = data.draw(values_of(parameter))
    back = value_of(parameter, code_of(parameter, value))
    assert back == value
    assert type(back) is type(value)


@given(st.data())
def test_a_draw_of_everything_decodes_to_active_parameters_only(data):
    space = data.draw(spaces())
    seed = data.draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    codes = np.array([draw(parameter, rng) for parameter in space.parameters])
    everything = {
        p.name: value_of(p, code) for p, code in zip(space.parameters, codes, strict=True)
    }
    decoded = space.decode(codes)
    for parameter in space.parameters:
        holds = all(
            parent in decoded and any(is_same(decoded[parent], v) for v in values)
            for parent, values in parameter.when.items()
        )
        assert (parameter.name in decoded) == holds
    assert all(is_same(everything[name], value) for name, value in decoded.items())


@given(spaces())
def test_a_space_survives_pickling(space):
    copy = pickle.loads(pickle.dumps(space))
    assert copy == space
    assert copy.parents_first == space.parents_first


@given(spaces())
def test_parents_come_before_their_children(space):
    seen = set()
    for parameter in space.parents_first:
        assert set(parameter.when) <= seen
        seen.add(parameter.name)
    assert seen == set(space.names)


def test_an_empty_space_has_one_configuration():
    space = SearchSpace([])
    assert space.sample(np.random.default_rng(0)) == {}
    assert space.encode({}).shape == (0,)


# Draws


@given(parameters(), st.integers(0, 2**32))
def test_a_draw_is_a_value_that_the_parameter_can_have(parameter, seed):
    rng = np.random.default_rng(seed)
    for _ in range(5):
        code = draw(parameter, rng)
        value = value_of(parameter, code)
        assert code_of(parameter, value) == code
        if isinstance(parameter, Real) and parameter.step is not None:
            steps = (value - parameter.low) / parameter.step
            assert abs(steps - round(steps)) < 1e-9


@given(parameters(), st.integers(0, 2**32), st.data())
def test_a_draw_keeps_to_its_interval(parameter, seed, data):
    cells = cut(parameter).cells
    within = cells[data.draw(st.integers(0, len(cells) - 1))]
    code = draw(parameter, np.random.default_rng(seed), within)
    assert within.low <= code <= within.high
    assert code_of(parameter, value_of(parameter, code)) == code


def chi_square(codes, values, expected):
    """The p-value of codes drawn from a finite measure; rare values are pooled."""
    counts = np.array([(codes == value).sum() for value in values])
    assert counts.sum() == len(codes)
    order = np.argsort(-expected)
    pooled = np.minimum(np.searchsorted(np.cumsum(expected[order]), 0.98), len(order) - 1)
    head, tail = order[:pooled], order[pooled:]
    found = np.append(counts[head], counts[tail].sum())
    wanted = np.append(expected[head], expected[tail].sum()) * len(codes)
    return stats.chisquare(found, wanted).pvalue if len(found) > 1 else 1.0


@pytest.mark.parametrize(
    ("parameter", "weights"),
    [
        (Categorical("x", ["a", "b", "c"]), [1, 1, 1]),
        (Integer("x", -3, 3), [1] * 7),
        (Integer("x", 0, 50, step=10), [1] * 6),
        (Integer("x", 1, 5, log=True), [math.log((v + 0.5) / (v - 0.5)) for v in range(1, 6)]),
        (Integer("x", 7, 40, log=True), [math.log((v + 0.5) / (v - 0.5)) for v in range(7, 41)]),
        (Real("x", 0.0, 1.0, step=0.25), [1] * 5),
    ],
    ids=kind_of,
)
def test_each_grid_value_is_drawn_with_the_stated_probability(parameter, weights):
    rng = np.random.default_rng(0)
    codes = np.array([draw(parameter, rng) for _ in range(4000)])
    low, high = whole_range(parameter)
    values = np.linspace(low, high, len(weights))
    expected = np.array(weights) / sum(weights)
    assert chi_square(codes, values, expected) > FALSE_ALARM


def test_draws_are_told_from_another_measure():
    """Negative control: a uniform integer does not pass for a logarithmic one."""
    rng = np.random.default_rng(0)
    codes = np.array([draw(Integer("x", 1, 5), rng) for _ in range(4000)])
    weights = np.array([math.log((v + 0.5) / (v - 0.5)) for v in range(1, 6)])
    assert chi_square(codes, np.arange(1, 6), weights / weights.sum()) < FALSE_ALARM


@pytest.mark.parametrize("low", [-1e9, -3.0, 0.0, 1e-8, 5.0])
def test_a_real_is_drawn_uniformly_wherever_its_range_lies(low):
    rng = np.random.default_rng(1)
    codes = [draw(Real("x", low, low + 2.0), rng) for _ in range(2000)]
    assert stats.kstest(codes, stats.uniform(low, 2.0).cdf).pvalue > FALSE_ALARM


@pytest.mark.parametrize("low", [1e-300, 1e-5, 1.0, 1e6])
def test_a_logarithmic_real_is_drawn_uniformly_on_its_logarithm(low):
    rng = np.random.default_rng(2)
    codes = [draw(Real("x", low, low * 1e3, log=True), rng) for _ in range(2000)]
    uniform = stats.uniform(math.log(low), math.log(1e3))
    assert stats.kstest(np.log(codes), uniform.cdf).pvalue > FALSE_ALARM


# Cells


def assert_cells_cover(parameter, interval, partition):
    cells = partition.cells
    assert cells[0].low == interval.low
    assert cells[-1].high == pytest.approx(interval.high, rel=1e-12, abs=1e-12)
    assert all(cell.low <= cell.high for cell in cells)
    step = 1 if isinstance(parameter, Categorical) else getattr(parameter, "step", None)
    for before, after in itertools.pairwise(cells):
        if step is None:
            assert before.high == after.low
        else:
            assert after.low - before.high == pytest.approx(step, rel=1e-6)
    assert (partition.probabilities > 0).all()
    assert partition.probabilities.sum() == pytest.approx(1.0, abs=1e-12)


@given(parameters())
def test_cells_cover_the_range_without_overlap(parameter):
    assert_cells_cover(parameter, whole_range(parameter), cut(parameter))


@given(parameters(), st.data())
def test_a_cell_is_cut_again_until_nothing_is_left_to_cut(parameter, data):
    interval = whole_range(parameter)
    for _ in range(60):
        partition = cut(parameter, interval)
        assert_cells_cover(parameter, interval, partition)
        if len(partition.cells) == 1:
            break
        interval = partition.cells[data.draw(st.integers(0, len(partition.cells) - 1))]
    else:
        pytest.fail(f"{interval} can still be cut")
    if not isinstance(parameter, Real):
        assert interval.low == interval.high


@given(parameters(), st.integers(0, 2**32))
def test_every_code_falls_into_the_cell_that_holds_it(parameter, seed):
    rng = np.random.default_rng(seed)
    codes = np.array([draw(parameter, rng) for _ in range(10)])
    partition = cut(parameter)
    for code, level in zip(codes, partition.levels(codes), strict=True):
        low, high = partition.cells[level]
        assert low <= code <= high


@given(parameters())
def test_a_cell_begins_with_its_own_level(parameter):
    partition = cut(parameter)
    lows = np.array([cell.low for cell in partition.cells])
    assert partition.levels(lows).tolist() == list(range(len(lows)))


@pytest.mark.parametrize("parameter", DRAWN_KINDS, ids=kind_of)
def test_cells_are_drawn_with_their_probabilities(parameter):
    rng = np.random.default_rng(3)
    codes = np.array([draw(parameter, rng) for _ in range(4000)])
    partition = cut(parameter)
    counts = np.bincount(partition.levels(codes), minlength=len(partition.cells))
    assert stats.chisquare(counts, partition.probabilities * 4000).pvalue > FALSE_ALARM


@pytest.mark.parametrize("parameter", DRAWN_KINDS, ids=kind_of)
def test_cells_inside_a_cell_are_drawn_with_their_probabilities(parameter):
    rng = np.random.default_rng(4)
    within = cut(parameter).cells[-1]
    codes = np.array([draw(parameter, rng, within) for _ in range(3000)])
    partition = cut(parameter, within)
    counts = np.bincount(partition.levels(codes), minlength=len(partition.cells))
    if len(counts) > 1:
        assert stats.chisquare(counts, partition.probabilities * 3000).pvalue > FALSE_ALARM


@given(integers())
def test_a_small_grid_keeps_each_value_and_a_wide_one_few_cells(parameter):
    count = (parameter.high - parameter.low) // parameter.step + 1
    cells = cut(parameter).cells
    if count <= FINEST_GRID:
        assert [cell.low for cell in cells] == [
            parameter.low + k * parameter.step for k in range(count)
        ]
        assert all(cell.low == cell.high for cell in cells)
    else:
        assert 1 < len(cells) <= CELLS


@pytest.mark.parametrize(("high", "cells"), [(6, 7), (7, 8), (8, 4), (9, 4)])
@pytest.mark.parametrize("low", [-100, 0, 3])
def test_eight_values_are_the_most_that_keep_a_level_each(low, high, cells):
    assert len(cut(Integer("x", low, low + high)).cells) == cells
    assert len(cut(Real("x", low / 2, (low + high) / 2, step=0.5)).cells) == cells


@given(categoricals())
def test_each_choice_is_a_level_of_equal_probability(parameter):
    partition = cut(parameter)
    k = len(parameter.choices)
    assert partition.cells == tuple(Interval(i, i) for i in range(k))
    np.testing.assert_allclose(partition.probabilities, 1 / k, rtol=1e-12)


@pytest.mark.parametrize("low", [-1e6, 0.0, 4.0])
def test_a_real_interval_is_cut_into_equal_cells_wherever_it_lies(low):
    partition = cut(Real("x", low, low + 4.0))
    assert partition.cells == tuple(Interval(low + k, low + k + 1) for k in range(4))
    np.testing.assert_allclose(partition.probabilities, 0.25)


def test_a_logarithmic_interval_is_cut_by_equal_ratios():
    cells = cut(Real("x", 1e-4, 1.0, log=True)).cells
    np.testing.assert_allclose([cell.high / cell.low for cell in cells], 10.0, rtol=1e-12)


def test_an_inactive_code_has_no_level():
    partition = cut(Integer("x", 0, 3))
    assert partition.levels(np.array([np.nan, 0.0, 3.0])).tolist() == [-1, 0, 3]


def test_rounding_of_a_stepped_real_does_not_move_its_level():
    """0.1 + 0.1 + 0.1 is not 0.3, and both are the third step."""
    partition = cut(Real("x", 0.0, 0.5, step=0.1))
    assert partition.levels(np.array([0.1 + 0.1 + 0.1, 0.3, 3 * 0.1])).tolist() == [3, 3, 3]


@pytest.mark.parametrize("log", [False, True])
def test_an_interval_too_narrow_to_cut_stays_whole(log):
    """Four cells between neighbouring floats would be empty, and have probability 0."""
    parameter = Real("x", 1.0, float(np.nextafter(1.0, 2.0)), log=log)
    partition = cut(parameter)
    assert partition.cells == (whole_range(parameter),)
    assert partition.probabilities.tolist() == [1.0]


# What is refused

BAD_PARAMETERS = {
    "no choices": lambda: Categorical("x", []),
    "text for choices": lambda: Categorical("x", "abc"),
    "bytes for choices": lambda: Categorical("x", b"abc"),
    "a number for choices": lambda: Categorical("x", 3),
    "a set, which has no order": lambda: Categorical("x", {"a", "b"}),
    "the same choice twice": lambda: Categorical("x", ["a", "b", "a"]),
    "1 and True": lambda: Categorical("x", [1, True]),
    "0 and 0.0": lambda: Categorical("x", [0, "a", 0.0]),
    "a list as a choice": lambda: Categorical("x", [[1, 2], "a"]),
    "an object as a choice": lambda: Categorical("x", [object()]),
    "NaN as a choice": lambda: Categorical("x", [1.0, math.nan]),
    "infinity as a choice": lambda: Categorical("x", [math.inf]),
    "integer: low above high": lambda: Integer("x", 3, 2),
    "integer: low is NaN": lambda: Integer("x", math.nan, 2),
    "integer: high is infinite": lambda: Integer("x", 0, math.inf),
    "integer: high is a bool": lambda: Integer("x", 0, True),
    "integer: low is text": lambda: Integer("x", "0", 3),
    "integer: low is missing": lambda: Integer("x", None, 3),
    "integer: low is a fraction": lambda: Integer("x", 0.5, 3),
    "integer: step 0": lambda: Integer("x", 0, 3, step=0),
    "integer: step below 0": lambda: Integer("x", 0, 3, step=-1),
    "integer: step is a fraction": lambda: Integer("x", 0, 3, step=0.5),
    "integer: high is not reached": lambda: Integer("x", 0, 10, step=3),
    "integer: logarithm of 0": lambda: Integer("x", 0, 10, log=True),
    "integer: logarithm below 0": lambda: Integer("x", -5, 10, log=True),
    "integer: logarithm and step": lambda: Integer("x", 1, 9, step=2, log=True),
    "integer: beyond 2^53": lambda: Integer("x", 0, 2**53 + 1),
    "integer: far beyond 2^53": lambda: Integer("x", 0, 10**400),
    "integer: wider than 2^53": lambda: Integer("x", -(2**53), 2**53),
    "real: low above high": lambda: Real("x", 1.0, 0.5),
    "real: low is NaN": lambda: Real("x", math.nan, 1.0),
    "real: high is NaN": lambda: Real("x", 0.0, math.nan),
    "real: high is infinite": lambda: Real("x", 0.0, math.inf),
    "real: high is a bool": lambda: Real("x", 0.0, True),
    "real: low is text": lambda: Real("x", "0", 1.0),
    "real: low is complex": lambda: Real("x", 0j, 1.0),
    "real: too large": lambda: Real("x", 0, 10**400),
    "real: wider than a float": lambda: Real("x", -1.5e308, 1.5e308),
    "real: logarithm of 0": lambda: Real("x", 0.0, 1.0, log=True),
    "real: logarithm below 0": lambda: Real("x", -1.0, 1.0, log=True),
    "real: logarithm and step": lambda: Real("x", 1.0, 2.0, log=True, step=0.5),
    "real: step 0": lambda: Real("x", 0.0, 1.0, step=0.0),
    "real: step below 0": lambda: Real("x", 0.0, 1.0, step=-0.1),
    "real: step is NaN": lambda: Real("x", 0.0, 1.0, step=math.nan),
    "real: step is text": lambda: Real("x", 0.0, 1.0, step="0.1"),
    "real: high is not reached": lambda: Real("x", 0.0, 1.0, step=0.3),
    "real: step is rounding": lambda: Real("x", 0.0, 1e308, step=1e-10),
    "when is text": lambda: Integer("x", 0, 1, when="sgd"),
    "when names no value": lambda: Integer("x", 0, 1, when={"parent": []}),
    "when names a list of lists": lambda: Integer("x", 0, 1, when={"parent": [[1]]}),
    "when names NaN": lambda: Integer("x", 0, 1, when={"parent": math.nan}),
}


@pytest.mark.parametrize("make", BAD_PARAMETERS.values(), ids=BAD_PARAMETERS.keys())
def test_a_bad_parameter_is_refused_by_name(make):
    with pytest.raises(SpaceError, match=r"^'x'") as refusal:
        make()
    assert isinstance(refusal.value, OvertoneError)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize("name", ["", None, 3, b"x"])
@pytest.mark.parametrize(
    "make",
    [
        lambda name: Categorical(name, [1]),
        lambda name: Integer(name, 0, 1),
        lambda name: Real(name, 0, 1),
    ],
    ids=["categorical", "integer", "real"],
)
def test_a_parameter_needs_a_name(make, name):
    with pytest.raises(SpaceError, match="name is"):
        make(name)


SWITCH = Categorical("switch", ["on", "off"])

BAD_SPACES = {
    "two of one name": ([Integer("x", 0, 1), Real("x", 0, 1)], "'x'"),
    "an unknown parent": ([Integer("x", 0, 1, when={"swich": "on"}), SWITCH], r"'x'.*'swich'"),
    "a value that no parent has": (
        [SWITCH, Integer("x", 0, 1, when={"switch": "none"})],
        "'x'.*'switch' is 'none'",
    ),
    "a number outside a parent's range": (
        [Integer("n", 0, 3), Integer("x", 0, 1, when={"n": 4})],
        "'x'.*'n' is 4",
    ),
    "a number off a parent's grid": (
        [Integer("n", 0, 4, step=2), Integer("x", 0, 1, when={"n": [0, 3]})],
        "'x'.*'n' is 3",
    ),
    "True for a parent's 1": (
        [Categorical("n", [0, 1]), Integer("x", 0, 1, when={"n": True})],
        "'x'.*'n' is True",
    ),
    "a real parent": ([Real("r", 0, 1), Integer("x", 0, 1, when={"r": 0.5})], "'x'.*'r'"),
    "its own parent": ([Integer("x", 0, 1, when={"x": 1})], "'x'"),
    "a circle of three": (
        [
            Integer("a", 0, 1, when={"c": 1}),
            Integer("b", 0, 1, when={"a": 1}),
            Integer("c", 0, 1, when={"b": 1}),
            SWITCH,
        ],
        "'a', 'b', 'c'",
    ),
}


@pytest.mark.parametrize(
    ("parameters", "named"),
    BAD_SPACES.values(),
    ids=[name.replace(" ", "-") for name in BAD_SPACES],
)
def test_a_bad_space_is_refused_by_name(parameters, named):
    with pytest.raises(SpaceError, match=named):
        SearchSpace(parameters)


NESTED = SearchSpace(
    [
        Real("nesterov_decay", 0.0, 1.0, when={"momentum": [1, 2]}),
        Integer("momentum", 0, 2, when={"optimizer": "sgd", "train": True}),
        Categorical("optimizer", ["sgd", "adam"]),
        Categorical("train", [True, False]),
    ]
)


@pytest.mark.parametrize(
    ("configuration", "named"),
    [
        ({"optimizer": "sgd"}, "'train'.*no value"),
        ({"optimizer": "sgd", "train": True}, "'momentum'.*no value"),
        ({"optimizer": "lion", "train": False}, "'optimizer' is 'lion'"),
        ({"optimizer": "adam", "train": 1}, "'train' is 1"),
        ({"optimizer": "adam", "train": True, "momentum": 1}, "'momentum'.*only active when"),
        ({"optimizer": "adam", "train": True, "rate": 1}, "'rate'"),
        ({"optimizer": "sgd", "train": True, "momentum": True}, "'momentum' is True"),
        ({"optimizer": "sgd", "train": True, "momentum": "1"}, "'momentum' is '1'"),
        ({"optimizer": "sgd", "train": True, "momentum": 1.5}, "'momentum' is 1.5"),
        ({"optimizer": "sgd", "train": True, "momentum": 10**400}, "'momentum' is 1"),
        ({"optimizer": "sgd", "train": True, "momentum": math.nan}, "'momentum' is nan"),
        (
            {"optimizer": "sgd", "train": True, "momentum": 1, "nesterov_decay": 1.5},
            "'nesterov_decay' is 1.5",
        ),
        (
            {"optimizer": "sgd", "train": True, "momentum": 0, "nesterov_decay": 0.5},
            "'nesterov_decay'.*only active when momentum is 1 or 2",
        ),
    ],
)
def test_a_bad_configuration_is_refused_by_name(configuration, named):
    with pytest.raises(SpaceError, match=named):
        NESTED.encode(configuration)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(SpaceError, match=r"'rate'.*nesterov_decay, momentum, optimizer, train"):
        NESTED.index("rate")


@pytest.mark.parametrize(
    ("values", "active"),
    [
        ({"optimizer": "adam", "train": True}, set()),
        ({"optimizer": "sgd", "train": False}, set()),
        ({"optimizer": "sgd", "train": True, "momentum": 0}, {"momentum"}),
        (
            {"optimizer": "sgd", "train": True, "momentum": 2, "nesterov_decay": 0.5},
            {"momentum", "nesterov_decay"},
        ),
    ],
)
def test_a_nested_condition_needs_every_parent(values, active):
    decoded = NESTED.decode(NESTED.encode(values))
    assert decoded == values
    assert set(decoded) - {"optimizer", "train"} == active


@given(st.data(), parameters())
def test_a_number_just_outside_the_range_is_refused(data, parameter):
    assume(not isinstance(parameter, Categorical))
    outside = data.draw(st.sampled_from([parameter.low - 1, parameter.high + 1]))
    if isinstance(parameter, Real):
        below = float(np.nextafter(parameter.low, -np.inf))
        above = float(np.nextafter(parameter.high, np.inf))
        outside = data.draw(st.sampled_from([below, above]))
    with pytest.raises(SpaceError, match="outside its range"):
        code_of(parameter, outside)


def test_a_space_owns_its_parameters():
    given_parameters = [Integer("x", 0, 1)]
    space = SearchSpace(given_parameters)
    given_parameters.append(Integer("y", 0, 1))
    assert space.names == ("x",)


def test_numbers_of_numpy_become_built_in_ones():
    integer = Integer("x", np.int64(1), np.int32(5))
    assert type(integer.low) is int
    categorical = Categorical("c", [np.int64(1), np.str_("a"), np.float64(0.5)])
    assert [type(choice) for choice in categorical.choices] == [int, str, float]
    assert Categorical("c", np.array(["a", "b"])).choices == ("a", "b")


@given(spaces())
def test_equal_spaces_have_equal_hashes(space):
    again = SearchSpace([replace(p, when=dict(reversed(p.when.items()))) for p in space.parameters])
    assert space == again
    assert hash(space) == hash(again)
    assert len({space, again}) == 1


def test_twenty_thousand_choices_are_checked_and_found_in_little_time():
    """Pairs of them would be two hundred million comparisons."""
    choices = [f"v{i}" for i in range(20_000)]
    many = Categorical("c", choices)
    assert [many.index(choice) for choice in choices[::999]] == list(range(0, 20_000, 999))
    with pytest.raises(SpaceError, match=r"'v0', .*and 19980 more"):
        many.index("w")
    with pytest.raises(SpaceError, match="the choices 'v7' and 'v7' are equal"):
        Categorical("c", [*choices, "v7"])


@pytest.mark.parametrize("value", [[], {}, [1], {"a": 1}, {1}])
def test_what_cannot_be_a_choice_is_none(value):
    with pytest.raises(SpaceError, match="not one of its choices"):
        Categorical("c", [1, "a"]).index(value)


@pytest.mark.parametrize("parameters", [{"a": [1, 2]}, ["a"], [("a", [1, 2])], [None]])
def test_a_space_is_made_of_parameters(parameters):
    with pytest.raises(SpaceError, match=r"holds .* but a Categorical, an Integer or a Real"):
        SearchSpace(parameters)
