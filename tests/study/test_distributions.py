"""Optuna's distributions and overtone's parameters, each from the other."""

import numpy as np
import optuna
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from overtone.errors import SpaceError
from overtone.space import (
    Categorical,
    Integer,
    Interval,
    Real,
    SearchSpace,
    cut,
    draw,
    value_of,
    whole_range,
)
from overtone.study.discovery import merged
from overtone.study.distributions import (
    distribution_of,
    inside,
    narrowed,
    parameter_of,
    suggest,
)


@st.composite
def integers(draw_):
    low = draw_(st.integers(-50, 50))
    step = draw_(st.integers(1, 7))
    is_log = draw_(st.booleans()) and low >= 1 and step == 1
    return IntDistribution(low, low + step * draw_(st.integers(0, 40)), step=step, log=is_log)


@st.composite
def floats(draw_):
    low = draw_(st.integers(-40, 40)) / 8
    step = draw_(st.sampled_from([None, None, 0.1, 0.25, 0.05]))
    if step is not None:
        # Optuna warns of a range that is no decimal multiple of its step.
        return FloatDistribution(0.0, round(step * draw_(st.integers(0, 30)), 2), step=step)
    is_log = draw_(st.booleans()) and low > 0
    return FloatDistribution(low, low + draw_(st.integers(0, 80)) / 8, log=is_log)


NUMERIC = integers() | floats()
CHOICES = st.lists(
    st.none() | st.booleans() | st.integers(2, 9) | st.sampled_from(["", "a", "b", 0.5]),
    min_size=1,
    max_size=5,
    unique=True,
).map(CategoricalDistribution)


@given(NUMERIC | CHOICES)
def test_a_distribution_survives_the_way_to_a_parameter_and_back(distribution):
    assert distribution_of(parameter_of("x", distribution)) == distribution


@given(NUMERIC | CHOICES, st.integers(0, 2**32))
def test_a_code_of_the_parameter_is_an_internal_value_of_the_distribution(distribution, seed):
    parameter = parameter_of("x", distribution)
    code = draw(parameter, np.random.default_rng(seed))
    assert distribution._contains(code)
    value = distribution.to_external_repr(code)
    assert value == value_of(parameter, code)
    assert type(value) in {int, float, str, bool, type(None)}


@given(NUMERIC | CHOICES, NUMERIC | CHOICES, st.integers(0, 2**32))
def test_a_draw_inside_an_interval_of_another_range_is_a_value_of_the_distribution(
    now, earlier, seed
):
    """A pinned cell was cut from what was asked before; the range may have moved or shrunk since."""
    rng = np.random.default_rng(seed)
    cells = cut(parameter_of("x", earlier)).cells
    cell = cells[rng.integers(len(cells))]
    within = inside(now, cell)
    if within is not None:
        assert cell.low - 1e-9 <= within.low <= within.high <= cell.high + 1e-9
        for _ in range(5):
            code = draw(parameter_of("x", now), rng, within)
            assert now._contains(code)
            assert within.low <= code <= within.high


@given(NUMERIC, st.integers(0, 2**32))
def test_a_narrowed_distribution_has_values_of_the_wide_one_only(distribution, seed):
    rng = np.random.default_rng(seed)
    cells = cut(parameter_of("x", distribution)).cells
    narrow = narrowed(distribution, cells[rng.integers(len(cells))])
    assert type(narrow) is type(distribution)
    for _ in range(5):
        assert distribution._contains(draw(parameter_of("x", narrow), rng))


def test_narrowing_a_stepped_range_warns_of_no_rounding_and_leaves_the_wide_one_alone():
    """0.1 + 0.2 is no decimal multiple of 0.1 to Optuna's constructor."""
    wide = FloatDistribution(0.0, 0.9, step=0.1)
    narrow = narrowed(wide, Interval(0.1, 0.1 + 0.2))
    assert (narrow.low, narrow.high, narrow.step) == (0.1, 0.1 + 0.2, 0.1)
    assert wide == FloatDistribution(0.0, 0.9, step=0.1)


@pytest.mark.parametrize(
    ("distribution", "interval", "expected"),
    [
        (IntDistribution(0, 16, step=2), Interval(4, 8), (4, 8)),
        (IntDistribution(1, 17, step=2), Interval(4, 8), (5, 7)),
        (IntDistribution(1, 17, step=2), Interval(4, 4), None),
        (IntDistribution(0, 6), Interval(4, 9), (4, 6)),
        (IntDistribution(0, 3), Interval(4, 9), None),
        (FloatDistribution(0.0, 1.0), Interval(0.75, 1.25), (0.75, 1.0)),
        (FloatDistribution(0.0, 0.5), Interval(0.75, 1.25), None),
        (FloatDistribution(0.0, 1.0, step=0.25), Interval(0.3, 0.8), (0.5, 0.75)),
        (FloatDistribution(0.0, 0.9, step=0.1), Interval(0.1 + 0.2, 0.7), (0.3, 0.7)),
        (CategoricalDistribution(["a", "b"]), Interval(1, 1), (1, 1)),
        (CategoricalDistribution(["a", "b"]), Interval(2, 2), None),
    ],
)
def test_what_is_left_of_an_interval_begins_and_ends_at_values_of_the_distribution(
    distribution, interval, expected
):
    found = inside(distribution, interval)
    assert found is None if expected is None else found == pytest.approx(expected, abs=1e-12)


def test_a_categorical_distribution_is_never_narrowed():
    """Optuna refuses choices that change within a study."""
    distribution = CategoricalDistribution(["a", "b", "c"])
    assert narrowed(distribution, Interval(1, 1)) == distribution


@given(st.lists(integers(), min_size=1, max_size=4) | st.lists(floats(), min_size=1, max_size=4))
def test_merged_ranges_cover_every_value_that_was_asked_for(distributions):
    # Optuna lets no parameter become logarithmic.
    assume(len({d.log for d in distributions}) == 1)
    whole = merged(distributions)
    for distribution in distributions:
        for code in whole_range(parameter_of("x", distribution)):
            assert whole.low <= code <= whole.high
    assert merged([distributions[0]] * 3) == distributions[0]


def test_choices_of_any_kind_are_represented_by_their_texts():
    """Optuna lets any object through, with a warning; overtone codes it by its place."""
    odd = (1, True, (2, 3), None, float("nan"))
    with pytest.warns(UserWarning, match="Choices for a categorical distribution"):
        distribution = CategoricalDistribution(odd)
    parameter = parameter_of("x", distribution)
    assert parameter.choices == ("0: 1", "1: True", "2: (2, 3)", "3: None", "4: nan")


def test_a_distribution_of_an_unknown_kind_is_refused():
    class Odd(BaseDistribution):
        def to_internal_repr(self, param_value_in_external_repr):
            return 0.0

        def to_external_repr(self, param_value_in_internal_repr):
            return 0.0

        def single(self):
            return False

        def _contains(self, param_value_in_internal_repr):
            return True

    with pytest.raises(SpaceError, match=r"'x' has the distribution .*Odd.*no known kind"):
        parameter_of("x", Odd())
    assert inside(Odd(), Interval(0, 1)) is None


SPACE = SearchSpace(
    [
        Integer("layers", 1, 3, when={"kind": "deep"}),
        Categorical("kind", ["flat", "deep"]),
        Real("rate", 1e-3, 1.0, log=True),
        Real("share", 0.0, 1.0, step=0.25, when={"layers": [2, 3]}),
    ]
)


@pytest.mark.parametrize(
    "configuration",
    [
        {"kind": "flat", "rate": 0.1},
        {"layers": 1, "kind": "deep", "rate": 0.1},
        {"layers": 3, "kind": "deep", "rate": 0.1, "share": 0.75},
    ],
)
def test_a_trial_is_asked_for_active_parameters_only_and_answers_in_the_order_of_the_space(
    configuration,
):
    trial = optuna.trial.FixedTrial(configuration)
    found = suggest(trial, SPACE)
    assert list(found.items()) == list(configuration.items())
    assert list(trial.distributions) == [p.name for p in SPACE.parents_first if p.name in found]
    assert trial.distributions == {n: distribution_of(SPACE[n]) for n in found}
