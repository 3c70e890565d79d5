"""The part of a space that a search has narrowed itself to."""

import subprocess
import sys

import numpy as np
import pytest
from drawn_regions import SPACE, codes_of, few, lies_in, regions
from hypothesis import given
from hypothesis import strategies as st

from overtone.search.region import Region, draw_code
from overtone.space import Interval, Real


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
