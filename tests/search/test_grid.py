"""A space inside a region, cut into levels."""

import numpy as np
import pytest
from drawn_regions import SPACE, codes_of, few, lies_in, regions
from hypothesis import given

from overtone.search.grid import grid, interval_label
from overtone.search.region import Region
from overtone.space import INACTIVE, Categorical, Integer, Interval, Real, SearchSpace


@few
@given(regions())
def test_the_levels_of_a_draw_stand_for_intervals_that_hold_the_draw(region):
    """`levels` and `alternative` are inverse: what a configuration's levels stand for contains it."""
    cells = grid(SPACE, region)
    codes = codes_of(SPACE, region, trials=8)
    for row, levels in zip(codes, cells.levels(codes), strict=True):
        n = len(SPACE)
        for name, interval in cells.alternative(dict(enumerate(levels[:n].tolist()))).items():
            assert lies_in(row[SPACE.index(name)], interval)


@few
@given(regions())
def test_each_level_is_inside_its_family_or_inactive(region):
    cells = grid(SPACE, region)
    levels = cells.levels(codes_of(SPACE, region, trials=8))
    sizes = np.array([family.levels for family in cells.basis.families])
    assert levels.shape == (8, len(cells.basis))
    assert (levels >= INACTIVE).all()
    assert (levels < sizes).all()


@few
@given(regions())
def test_a_narrowed_interval_lies_inside_one_of_those_before_it(region):
    """Stages zoom in: they never leave what an earlier stage kept."""
    for k in range(1, len(region.stages) + 1):
        earlier = Region(region.stages[: k - 1])
        for alternative in region.stages[k - 1]:
            for name, (low, high) in alternative.items():
                before = earlier.possible(name)
                assert not before or any(b.low <= low and high <= b.high for b in before)


@few
@given(regions())
def test_probabilities_of_levels_add_up_to_one(region):
    for partition in grid(SPACE, region).partitions:
        assert len(partition.cells) == len(partition.probabilities)
        assert partition.probabilities.sum() == pytest.approx(1, abs=1e-12)
        assert (partition.probabilities > 0).all()


def test_a_pinned_parameter_has_one_level_and_no_function():
    region = Region().narrowed(
        ({"flag": Interval(1.0, 1.0), "kind": Interval(0.0, 0.0), "depth": Interval(4.0, 4.0)},)
    )
    cells = grid(SPACE, region)
    for name in ("flag", "kind", "depth"):
        i = SPACE.index(name)
        assert len(cells.partitions[i].cells) == 1
        assert cells.basis.families[i].table.shape == (1, 0)


def test_a_kept_real_cell_is_cut_again_into_quarters_of_its_logarithm():
    space = SearchSpace([Real("rate", 1e-4, 1.0, log=True)])
    region, kept = Region(), Interval(1e-4, 1.0)
    for _ in range(3):
        cells = grid(space, region).partitions[0].cells
        ends = np.log10([cells[0].low, *(c.high for c in cells)])
        expected = np.linspace(np.log10(kept.low), np.log10(kept.high), 5)
        np.testing.assert_allclose(ends, expected, atol=1e-9)
        kept = cells[2]
        region = region.narrowed(({"rate": kept},))
    assert np.log10(kept.high) - np.log10(kept.low) == pytest.approx(4 / 64)


def test_two_kept_cells_share_the_levels():
    space = SearchSpace([Real("x", 0.0, 8.0)])
    region = Region().narrowed(({"x": Interval(0.0, 2.0)}, {"x": Interval(6.0, 8.0)}))
    cells = grid(space, region).partitions[0].cells
    assert cells == (
        Interval(0.0, 1.0),
        Interval(1.0, 2.0),
        Interval(6.0, 7.0),
        Interval(7.0, 8.0),
    )


def test_a_chooser_knows_which_alternative_a_configuration_follows():
    stage = (
        {"flag": Interval(0.0, 0.0), "rate": Interval(1e-4, 1e-3)},
        {"flag": Interval(1.0, 1.0), "rate": Interval(1e-1, 1.0)},
        {"flag": Interval(0.0, 0.0), "rate": Interval(1e-2, 1e-1)},
    )
    region = Region((stage,))
    cells = grid(SPACE, region)
    codes = codes_of(SPACE, region, trials=60)
    followed = []
    for trial in range(60):
        kept = region.intervals(0, 1, trial)
        followed.append(next(k for k, a in enumerate(stage) if a["rate"] == kept["rate"]))
    assert cells.levels(codes)[:, len(SPACE)].tolist() == followed
    assert set(followed) == {0, 1, 2}


def test_a_single_alternative_needs_no_chooser():
    region = Region().narrowed(({"flag": Interval(1.0, 1.0)},))
    assert len(grid(SPACE, region).basis) == len(SPACE)


def test_an_assignment_of_a_chooser_stands_for_the_alternative_and_later_cells_go_first():
    stage = ({"rate": Interval(1e-4, 1e-3)}, {"rate": Interval(1e-1, 1.0)})
    cells = grid(SPACE, Region((stage,)))
    n, rate = len(SPACE), SPACE.index("rate")
    assert cells.alternative({n: 1}) == {"rate": Interval(1e-1, 1.0)}
    finer = cells.partitions[rate].cells[3]
    assert cells.alternative({n: 1, rate: 3}) == {"rate": finer}


@few
@given(regions())
def test_activity_says_what_the_conditions_say(region):
    """By brute force: a parameter is active in a draw where the table at the draw's levels says so."""
    cells = grid(SPACE, region)
    codes = codes_of(SPACE, region, trials=12)
    levels = cells.levels(codes)
    for i, rule in cells.activity().items():
        for row, found in zip(codes, levels, strict=True):
            entry = tuple(found[p] for p in rule.parents)
            assert rule.is_active[entry] == (not np.isnan(row[i]))


def test_a_child_of_a_pinned_parent_is_active_in_the_alternatives_that_allow_it_only():
    space = SearchSpace(
        [
            Categorical("p", ["off", "on"]),
            Categorical("q", [0, 1, 2]),
            Integer("c", 1, 3, when={"p": "on", "q": [0, 1]}),
        ]
    )
    one, two = Interval(0.0, 0.0), Interval(1.0, 1.0)
    region = Region((({"p": one, "q": one}, {"p": two}), ({"q": two}, {"q": Interval(2.0, 2.0)})))
    rule = grid(space, region).activity()[2]
    # Parents p and q have one level each; then the choosers of both stages.
    assert rule.parents == (0, 1, 3, 4)
    assert rule.is_active.tolist() == [[[[False, False], [True, False]]]]


def test_labels_name_choices_numbers_and_ranges():
    assert interval_label(SPACE["flag"], Interval(1.0, 1.0)) == "true"
    assert interval_label(SPACE["kind"], Interval(2.0, 2.0)) == "w"
    assert interval_label(SPACE["depth"], Interval(3.0, 3.0)) == "3"
    assert interval_label(SPACE["size"], Interval(4.0, 22.0)) == "4 .. 22"
    assert interval_label(SPACE["rate"], Interval(1e-4, 1e-2)) == "0.0001 .. 0.01"
    assert interval_label(Categorical("x", [None, 1]), Interval(0.0, 0.0)) == "null"
