"""The part of a space that a search has narrowed itself to."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.search.region import Region, draw_code, grid, interval_label
from overtone.space import INACTIVE, Categorical, Integer, Interval, Real, SearchSpace

SPACE = SearchSpace(
    [
        Categorical("flag", [False, True]),
        Categorical("kind", ["u", "v", "w"]),
        Real("rate", 1e-4, 1.0, log=True),
        Real("level", -1.0, 3.0),
        Real("share", 0.0, 1.0, step=0.05),
        Integer("size", 1, 512, log=True),
        Integer("depth", 2, 6),
        Integer("count", 0, 90, step=3),
        Integer("tail", 1, 3, when={"flag": True}),
        Real("slope", 0.0, 1.0, when={"kind": ["v", "w"], "flag": True}),
    ]
)

# A region takes a few grids to draw.
few = settings(max_examples=30)


def codes_of(space, region, *, trials, seed=0, stage=1):
    """Configurations as the search draws them: one alternative of each stage, then parameter by parameter."""
    rows = []
    for trial in range(trials):
        kept = region.intervals(seed, stage, trial)
        drawn = [
            draw_code(p, kept.get(p.name), seed=seed, stage=stage, trial=trial)
            for p in space.parameters
        ]
        rows.append(space.encode(space.decode(np.array(drawn))))
    return np.array(rows)


@st.composite
def regions(draw, space=SPACE, stages=3):
    """A region that a search could come to: each stage keeps some levels of the grid before it."""
    region = Region()
    for _ in range(draw(st.integers(0, stages))):
        cells = grid(space, region)
        sizes = {i: f.levels for i, f in enumerate(cells.basis.families) if f.levels > 1}
        if not sizes:
            break
        chosen = draw(st.lists(st.sampled_from(sorted(sizes)), min_size=1, max_size=3, unique=True))
        assignments = [
            {i: draw(st.integers(0, sizes[i] - 1)) for i in chosen}
            for _ in range(draw(st.integers(1, 3)))
        ]
        found = [cells.alternative(a) for a in assignments]
        region = region.narrowed(tuple(a for k, a in enumerate(found) if a not in found[:k]))
    return region


def lies_in(code, interval):
    return interval.low <= code <= interval.high


@few
@given(regions(), st.integers(0, 2**40), st.integers(0, 10_000))
def test_a_trial_follows_one_alternative_of_each_stage_and_later_stages_go_first(
    region, seed, trial
):
    kept = region.intervals(seed, 1, trial)
    assert set(kept) == {
        name for stage in region.stages for a in stage for name in a if name in kept
    }
    for name, interval in kept.items():
        latest = [s for s in region.stages if any(a.get(name) == interval for a in s)]
        assert latest
    if region.stages:
        last = region.stages[-1]
        assert any(all(kept[name] == interval for name, interval in a.items()) for a in last)


@few
@given(regions())
def test_every_draw_lies_in_the_intervals_of_its_trial(region):
    for trial, row in enumerate(codes_of(SPACE, region, trials=5)):
        kept = region.intervals(0, 1, trial)
        for parameter, code in zip(SPACE.parameters, row, strict=True):
            if parameter.name in kept and not np.isnan(code):
                assert lies_in(code, kept[parameter.name])


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


@few
@given(regions(), regions())
def test_equal_regions_and_no_others_have_equal_digests(a, b):
    assert (a.digest == b.digest) == (a == b)


def test_a_digest_does_not_depend_on_the_order_of_names():
    x, y = Interval(0.0, 0.0), Interval(1.0, 2.5)
    assert Region((({"a": x, "b": y},),)).digest == Region((({"b": y, "a": x},),)).digest


def test_a_digest_is_the_same_in_another_process():
    code = (
        "from overtone.search.region import Region; from overtone.space import Interval;"
        "print(Region((({'a': Interval(0.1, 0.30000000000000004), 'b': Interval(1.0, 1.0)},),)).digest)"
    )
    here = Region((({"a": Interval(0.1, 0.1 + 0.2), "b": Interval(1.0, 1.0)},),)).digest
    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_a_stage_that_pinned_nothing_leaves_the_region_as_it_was():
    region = Region().narrowed(({"flag": Interval(1.0, 1.0)},))
    assert region.narrowed(()) is region
    assert region.narrowed(({},)) is region


def test_alternatives_are_followed_equally_often():
    """Of 4000 trials each of 4 is followed 1000 times, give or take 6 standard deviations."""
    stage = tuple({"kind": Interval(k, k), "flag": Interval(k % 2, k % 2)} for k in (0.0, 1.0, 2.0))
    region = Region((stage, *([stage] * 0)))
    kinds = [region.intervals(7, 1, trial)["kind"].low for trial in range(3000)]
    counts = np.bincount(np.array(kinds, dtype=int), minlength=3)
    assert np.abs(counts - 1000).max() < 6 * np.sqrt(3000 * 2 / 9)


def test_two_stages_are_followed_independently():
    a = tuple({"flag": Interval(k, k)} for k in (0.0, 1.0))
    b = tuple({"depth": Interval(k, k)} for k in (2.0, 3.0))
    pairs = [
        (kept["flag"].low, kept["depth"].low)
        for kept in (Region((a, b)).intervals(3, 2, trial) for trial in range(2000))
    ]
    counts = [pairs.count((i, j)) for i in (0.0, 1.0) for j in (2.0, 3.0)]
    assert np.abs(np.array(counts) - 500).max() < 6 * np.sqrt(2000 * 3 / 16)


def test_a_draw_depends_on_the_name_and_not_on_other_parameters():
    """The same name in another space, at another place, gets the same number."""
    alone = [draw_code(SPACE["rate"], None, seed=5, stage=0, trial=t) for t in range(20)]
    for parameter in SPACE.parameters:
        draw_code(parameter, None, seed=5, stage=0, trial=0)
    assert alone == [draw_code(SPACE["rate"], None, seed=5, stage=0, trial=t) for t in range(20)]


@pytest.mark.parametrize("changed", ["seed", "stage", "trial", "name"])
def test_seed_stage_trial_and_name_each_give_other_draws(changed):
    def draws(**other):
        at = {"seed": 0, "stage": 0, "name": "x", "trial": 0, **other}
        name = at.pop("name")
        first = at.pop("trial")
        return [
            draw_code(Real(name, 0.0, 1.0), None, **at, trial=first + t) for t in range(0, 50, 2)
        ]

    other = {"seed": {"seed": 1}, "stage": {"stage": 1}, "trial": {"trial": 1}}
    pair = np.array([draws(), draws(**other.get(changed, {"name": "y"}))])
    assert not (pair[0] == pair[1]).any()
    # Independent draws of 25 are correlated more than this once in 1e5.
    assert abs(np.corrcoef(pair)[0, 1]) < 0.8


def test_draws_of_one_parameter_are_uniform_over_trials():
    """The largest gap to the uniform distribution function is above this once in 1e9 (Kolmogorov)."""
    drawn = np.sort(
        [draw_code(Real("x", 2.0, 6.0), None, seed=1, stage=0, trial=t) for t in range(2000)]
    )
    gap = np.abs((drawn - 2) / 4 - np.arange(1, 2001) / 2000).max()
    assert gap < np.sqrt(np.log(2 / 1e-9) / 2 / 2000)


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
