"""The number of configurations is what going through all of them counts."""

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st
from strategies import is_same

from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.space.counting import combinations


@st.composite
def small_spaces(draw):
    made = []
    for i in range(draw(st.integers(1, 5))):
        parents = draw(st.lists(st.sampled_from(made), max_size=2, unique=True)) if made else []
        when = {p.name: draw(st.sets(st.sampled_from(values(p)), min_size=1)) for p in parents}
        when = {name: sorted(wanted) for name, wanted in when.items()}
        if draw(st.booleans()):
            made.append(Integer(f"p{i}", 1, draw(st.integers(1, 4)), when=when))
        else:
            choices = [3.5, True, 0][: draw(st.integers(1, 3))]
            made.append(Categorical(f"p{i}", choices, when))
    return SearchSpace(draw(st.permutations(made)))


def values(parameter):
    if isinstance(parameter, Integer):
        return range(parameter.low, parameter.high + 1)
    return parameter.choices


def counted(space):
    """The configurations, one by one: every combination of values, what is inactive taken out."""
    found = set()
    by_name = {p.name: p for p in space.parameters}
    for row in itertools.product(*map(values, space.parameters)):
        chosen = dict(zip(space.names, row, strict=True))

        def is_active(name, chosen=chosen):
            return all(
                is_active(parent) and any(is_same(chosen[parent], value) for value in wanted)
                for parent, wanted in by_name[name].when.items()
            )

        found.add(tuple(chosen[name] if is_active(name) else None for name in space.names))
    return len(found)


@given(small_spaces())
def test_each_configuration_is_counted_once(space):
    assert combinations(space) == counted(space)


def test_a_continuum_counts_as_one_value_and_a_grid_by_its_steps():
    rate, width = Real("rate", 0.0, 1.0), Real("width", 0.0, 1.0, step=0.25)
    assert combinations(SearchSpace([rate])) == 1
    assert combinations(SearchSpace([rate, width])) == 5


def test_sixty_switches_are_counted_exactly_and_a_web_of_conditions_is_not():
    switches = [Categorical(f"s{i}", (0, 1)) for i in range(60)]
    assert combinations(SearchSpace(switches)) == 2**60
    children = [Categorical(f"c{i}", (0, 1), {f"s{i}": 1}) for i in range(20)]
    assert math.prod(3 for _ in children) > 20_000
    assert combinations(SearchSpace([*switches, *children])) is None
