"""Rows are a faithful picture of configurations, and the same however a space is written down."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import configurations, is_same, parameters, spaces, values_of

from overtone.search.spectral.coding import DECIMALS, coding_of
from overtone.space import (
    Categorical,
    Integer,
    Real,
    SearchSpace,
    code_of,
    from_unit,
    grid_size,
    to_unit,
)

few = settings(max_examples=25)

# Places closer than this are one place to a row; a little more, since the test computes places itself.
SAME_PLACE = 1.1 * 10.0**-DECIMALS

MIXED = SearchSpace(
    [
        Categorical("kind", ["u", "v", "w", "x"]),
        Categorical("on", [False, True]),
        Real("rate", 1e-5, 10.0, log=True),
        Real("share", -1.0, 3.0),
        Integer("count", 1, 12),
        Real("grid", 0.0, 2.0, step=0.25, when={"on": [True]}),
        Integer("depth", 1, 200, log=True, when={"kind": ["u", "w"], "on": [True]}),
        Categorical("inner", [1, 2, 3], when={"kind": ["v"]}),
    ]
)


def place(parameter, value):
    """Where a number lies in its range; the ends of the range themselves are at 0 and 1."""
    low, high = parameter.low, parameter.high
    width = math.log(high) - math.log(low) if parameter.log else high - low
    if width == 0.0:
        return 0.0
    return (math.log(value) - math.log(low) if parameter.log else value - low) / width


def is_near(parameter, value, other):
    """Whether two values are one, to the digits of a row."""
    if isinstance(parameter, Categorical):
        return is_same(value, other)
    if abs(place(parameter, value) - place(parameter, other)) < SAME_PLACE:
        return True
    # A narrow range far from 0 has few places that its values can be told by.
    return math.isclose(value, other, rel_tol=1e-12)


def encoded(space, configurations):
    return np.array([space.encode(c) for c in configurations]).reshape(-1, len(space))


def mixed_trials(seed, count=20):
    rng = np.random.default_rng(seed)
    return [MIXED.sample(rng) for _ in range(count)]


def same_bytes(one, other):
    """Equality to the last bit, the sign of a zero included."""
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@st.composite
def trials(draw, most=6):
    space = draw(spaces())
    return space, [draw(configurations(space)) for _ in range(draw(st.integers(0, most)))]


@st.composite
def somewhere(draw, coding):
    """A row of units that need not stand for a configuration; places also outside of 0 to 1."""
    return np.array(
        [
            draw(st.integers(0, int(k) - 1)) if k else draw(st.floats(-0.5, 1.5))
            for k in coding.levels
        ],
        dtype=float,
    )


def is_coarse(space):
    """Whether the digits of a row tell all values of all grids apart, and those of a value all places."""
    for p in space.parameters:
        if isinstance(p, Integer) and (
            max(abs(p.low), abs(p.high)) > 2**40
            or p.high - p.low > 10**6 * p.step
            or (p.log and p.high > 10**6)
        ):
            return False
        if isinstance(p, Real) and p.low < p.high:
            width = (
                math.log(p.high) - math.log(p.low)
                if p.log
                else (p.high - p.low) / max(abs(p.low), p.high)
            )
            if width < 1e-3:
                return False
    return True


coarse_spaces = spaces().filter(is_coarse)


# Places


@few
@given(st.data(), parameters().filter(lambda p: not isinstance(p, Categorical)))
def test_a_number_is_found_again_at_its_place(data, parameter):
    value = data.draw(values_of(parameter))
    unit = to_unit(parameter, np.array([code_of(parameter, value)]))
    back = float(from_unit(parameter, unit)[0])
    assert parameter.low <= back <= parameter.high
    if parameter.step is None:
        # A narrow range far from 0 has few places that its values can be told by.
        ulp = np.spacing(max(abs(parameter.low), abs(parameter.high)))
        far = 1e-12 * abs(value) if parameter.log else 1e-12 * (parameter.high - parameter.low)
        assert abs(back - value) <= far + 4 * ulp
    elif parameter.high - parameter.low < 2**40 * parameter.step:
        assert back == value


@few
@given(parameters(), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_every_place_has_a_value_and_the_ends_have_the_ends(parameter, places):
    if isinstance(parameter, Categorical):
        low, high = 0.0, len(parameter.choices) - 1.0
    else:
        low, high = parameter.low, parameter.high
    found = from_unit(parameter, np.array([*places, 0.0, 1.0]))
    assert ((low <= found) & (found <= high)).all()
    assert found[-1] == pytest.approx(high, rel=1e-12)
    assert found[-2] == pytest.approx(low, rel=1e-12)
    if not isinstance(parameter, Real):
        assert (found == np.round(found)).all()


@pytest.mark.parametrize(
    ("parameter", "size"),
    [
        (Categorical("x", ["a", "b", "c"]), 3),
        (Integer("x", 5, 5), 1),
        (Integer("x", -10, 10, step=5), 5),
        (Integer("x", 1, 100, log=True), 100),
        (Real("x", 0.0, 0.7, step=0.1), 8),
        (Real("x", 0.0, 1.0), None),
        (Real("x", 0.1, 1.0, log=True), None),
    ],
)
def test_the_size_of_a_grid_counts_its_values(parameter, size):
    assert grid_size(parameter) == size
    if size:
        reached = np.unique(from_unit(parameter, np.linspace(0.0, 1.0, 20_001)))
        assert len(reached) == size


# Round trips


@few
@given(trials())
def test_a_configuration_survives_the_way_to_a_row_and_back(drawn):
    space, configurations = drawn
    codes = encoded(space, configurations)
    coding = coding_of(space, codes)
    for row, expected in zip(coding.units(codes), configurations, strict=True):
        found = space.decode(coding.codes(row))
        if is_coarse(space):
            assert found.keys() == expected.keys()
        for name in found.keys() & expected.keys():
            assert is_near(space[name], found[name], expected[name])


@few
@given(st.data())
def test_values_of_a_grid_come_back_exactly(data):
    space = data.draw(coarse_spaces)
    configuration = data.draw(configurations(space))
    coding = coding_of(space, encoded(space, [configuration]))
    back = space.decode(coding.codes(coding.units(encoded(space, [configuration]))[0]))
    for name, value in configuration.items():
        if grid_size(space[name]) is not None:
            assert is_same(back[name], value)


@few
@given(st.data())
def test_a_row_survives_the_way_to_codes_and_back(data):
    space, configurations = data.draw(trials(most=3))
    coding = coding_of(space, encoded(space, configurations))
    row = coding.snapped(data.draw(somewhere(coding))[None])
    back = coding.units(coding.codes(row[0])[None])
    np.testing.assert_allclose(back, row, rtol=0, atol=SAME_PLACE)


@few
@given(st.data())
def test_a_row_that_was_tried_is_known_again_to_the_last_bit(data):
    """What keeps a search from trying a configuration twice."""
    space = data.draw(coarse_spaces)
    configuration = data.draw(configurations(space))
    codes = encoded(space, [configuration])
    coding = coding_of(space, codes)
    row = coding.units(codes)
    assert same_bytes(coding.snapped(row), row)
    discrete = [grid_size(p) is not None for p in coding.parameters]
    again = coding.units(coding.codes(row[0])[None])
    assert same_bytes(again[:, discrete], row[:, discrete])


@few
@given(st.floats(1e-9, 1e3), st.floats(1.1, 1e9), st.booleans())
def test_the_ends_of_a_logarithmic_range_are_the_ends_of_its_places(low, factor, is_turned):
    """To the last bit, the sign of a zero included: a step to an end meets the trial that was there."""
    space = SearchSpace([Real("x", low, low * factor, log=True)])
    codes = np.array([[low * factor], [low]] if is_turned else [[low], [low * factor]])
    coding = coding_of(space, codes)
    assert same_bytes(coding.units(codes), np.array([[0.0], [1.0]]))


def test_a_number_that_can_only_be_one_leaves_nothing_to_tell_rows_apart():
    space = SearchSpace([Real("x", 2.0, 2.0), Integer("k", 3, 3)])
    coding = coding_of(space, np.zeros((0, 2)))
    assert coding.sizes == (1, 1)
    assert same_bytes(
        coding.snapped(np.array([[0.1, 0.9]])), coding.snapped(np.array([[0.8, 0.2]]))
    )


# Snapping


@few
@given(st.data())
def test_snapping_twice_is_snapping_once(data):
    space, configurations = data.draw(trials(most=3))
    coding = coding_of(space, encoded(space, configurations))
    once = coding.snapped(data.draw(somewhere(coding))[None])
    assert same_bytes(coding.snapped(once), once)


@few
@given(st.data())
def test_rows_are_equal_exactly_if_their_configurations_are(data):
    space = data.draw(coarse_spaces)
    coding = coding_of(space, np.zeros((0, len(space))))
    one, other = data.draw(somewhere(coding)), data.draw(somewhere(coding))
    # Rows that share most of their places: else no two would ever be equal.
    shared = data.draw(st.lists(st.booleans(), min_size=len(space), max_size=len(space)))
    other = np.where(shared, one, other)
    a, b = coding.snapped(one[None])[0], coding.snapped(other[None])[0]
    equal = space.decode(coding.codes(a)) == space.decode(coding.codes(b))
    assert same_bytes(a, b) == equal


def test_inactive_parameters_do_not_tell_rows_apart():
    coding = coding_of(MIXED, np.zeros((0, len(MIXED))))
    names = [p.name for p in coding.parameters]
    off, other = np.full(len(MIXED), 0.2), np.full(len(MIXED), 0.2)
    for name in ("kind", "on", "inner"):
        off[names.index(name)] = other[names.index(name)] = 0.0
    other[names.index("grid")] = other[names.index("depth")] = 0.9
    other[names.index("inner")] = 2.0
    assert same_bytes(coding.snapped(off[None]), coding.snapped(other[None]))
    on = np.array(other)
    on[names.index("on")] = 1.0
    assert not same_bytes(coding.snapped(off[None]), coding.snapped(on[None]))


# Conditions


@few
@given(st.data())
def test_who_is_active_is_as_the_space_has_it(data):
    space = data.draw(coarse_spaces)
    configuration = data.draw(configurations(space))
    coding = coding_of(space, encoded(space, [configuration]))
    row = coding.units(encoded(space, [configuration]))
    active = {p.name for p, on in zip(coding.parameters, coding.active(row)[0], strict=True) if on}
    assert active == configuration.keys()


@few
@given(st.data())
def test_codes_are_missing_exactly_where_a_parameter_is_inactive(data):
    space = data.draw(coarse_spaces)
    coding = coding_of(space, np.zeros((0, len(space))))
    row = coding.snapped(data.draw(somewhere(coding))[None])[0]
    codes = coding.codes(row)
    found = space.decode(codes)
    assert [not np.isnan(code) for code in codes] == [name in found for name in space.names]


# What a frame does not depend on


@few
@given(st.data())
def test_the_order_of_parameters_changes_no_row(data):
    space, configurations = data.draw(trials())
    shuffled = SearchSpace(data.draw(st.permutations(space.parameters)))
    rows = [
        coding_of(s, encoded(s, configurations)).units(encoded(s, configurations))
        for s in (space, shuffled)
    ]
    assert same_bytes(*rows)


def renamed(space, names):
    return SearchSpace(
        [
            replace(p, name=names[p.name], when={names[k]: v for k, v in p.when.items()})
            for p in space.parameters
        ]
    )


@few
@given(st.data())
def test_names_change_no_row(data):
    space, configurations = data.draw(trials())
    names = dict(zip(space.names, data.draw(st.permutations(space.names)), strict=True))
    other = renamed(space, names)
    codes = encoded(space, configurations)
    again = encoded(other, [{names[n]: v for n, v in c.items()} for c in configurations])
    assert same_bytes(coding_of(space, codes).units(codes), coding_of(other, again).units(again))


@few
@given(st.data())
def test_the_order_of_choices_changes_no_row(data):
    space, configurations = data.draw(trials())
    other = SearchSpace(
        [
            replace(p, choices=data.draw(st.permutations(p.choices)))
            if isinstance(p, Categorical)
            else p
            for p in space.parameters
        ]
    )
    codes, again = encoded(space, configurations), encoded(other, configurations)
    assert same_bytes(coding_of(space, codes).units(codes), coding_of(other, again).units(again))


def reflected(configuration):
    """The other end first: of a linear range, of a logarithmic one and of a grid."""
    turned = dict(configuration)
    turned["share"] = -1.0 + 3.0 - turned["share"]
    turned["rate"] = 1e-5 * 10.0 / turned["rate"]
    turned["count"] = 13 - turned["count"]
    if "grid" in turned:
        turned["grid"] = 2.0 - turned["grid"]
    return turned


@few
@given(st.integers(0, 10_000))
def test_turning_ranges_around_changes_no_row(seed):
    configurations = mixed_trials(seed)
    turned = encoded(MIXED, [reflected(c) for c in configurations])
    codes = encoded(MIXED, configurations)
    coding, other = coding_of(MIXED, codes), coding_of(MIXED, turned)
    assert same_bytes(coding.units(codes), other.units(turned))
    assert not coding.agrees(other)


def test_turning_one_trial_only_does_change_its_row():
    configurations = mixed_trials(0)
    codes = encoded(MIXED, configurations)
    turned = encoded(MIXED, [*configurations[:-1], reflected(configurations[-1])])
    rows, others = coding_of(MIXED, codes).units(codes), coding_of(MIXED, turned).units(turned)
    assert same_bytes(rows[:-1], others[:-1])
    assert not same_bytes(rows[-1], others[-1])


@few
@given(st.integers(0, 10_000))
def test_a_frame_stays_once_its_trials_are_there(seed):
    configurations = mixed_trials(seed, 80)
    codes = encoded(MIXED, configurations)
    assert coding_of(MIXED, codes[:64]).agrees(coding_of(MIXED, codes))


def test_equal_choices_are_numbered_as_they_first_appeared():
    space = SearchSpace([Categorical("x", ["a", "b", "c", "d"])])
    codes = encoded(space, [{"x": v} for v in "cacb"])
    assert coding_of(space, codes).units(codes).ravel().tolist() == [0.0, 1.0, 0.0, 2.0]


# Drawing, and columns


@few
@given(st.data())
def test_uniform_numbers_become_configurations(data):
    space = data.draw(coarse_spaces)
    coding = coding_of(space, np.zeros((0, len(space))))
    uniform = data.draw(
        st.lists(st.floats(0, 1, exclude_max=True), min_size=len(space), max_size=len(space))
    )
    rows = coding.spread(np.array([uniform]))
    assert same_bytes(coding.snapped(rows), rows)
    assert space.decode(coding.codes(rows[0])).keys() <= set(space.names)


@pytest.mark.parametrize(
    "parameter",
    [Categorical("x", list("abc")), Integer("x", 0, 4), Real("x", 0.0, 0.7, step=0.1)],
)
def test_evenly_spread_numbers_meet_each_value_as_often(parameter):
    space = SearchSpace([parameter])
    coding = coding_of(space, np.zeros((0, 1)))
    count = 60 * grid_size(parameter)
    rows = coding.spread((np.arange(count)[:, None] + 0.5) / count)
    codes = np.array([coding.codes(row)[0] for row in rows])
    assert np.unique(np.round(codes, 6), return_counts=True)[1].tolist() == [60] * grid_size(
        parameter
    )


@few
@given(st.integers(0, 1000))
def test_the_code_of_a_parameter_is_found_in_its_column(seed):
    configurations = mixed_trials(seed)
    codes = encoded(MIXED, configurations)
    coding = coding_of(MIXED, codes)
    rows = coding.units(codes)
    for row, code in zip(rows, codes, strict=True):
        known = {i: float(c) for i, c in enumerate(code) if not np.isnan(c)}
        assert coding.columns_of(known) == {
            column: row[column] for column, i in enumerate(coding.order) if int(i) in known
        }
