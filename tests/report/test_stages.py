"""The stages' lines, from records."""

import math

import pytest

from overtone.report.effects import Effect, StageFinding
from overtone.report.stages import stage_lines

LONG = "a-rather-long-name-of-an-option"


def flat(lines):
    """A text without its line breaks."""
    return " ".join(" ".join(lines).split())


def stage(effects, **keys):
    return StageFinding(
        **{
            "number": 1, "trials": 50, "failed": 0, "validated": 0.5, "noise": 0.25, "p_value": 0.02,
            "duality_gap": 0.0, "effects": effects, "aliases": (), "pinned": (), **keys,
        }
    )  # fmt: skip


def test_names_are_never_broken_and_never_too_wide():
    names = (LONG, f"{LONG}-2", f"{LONG}-3")
    effect = Effect(names, 1.0, 0.5, ("a" * 30, "b" * 30, "c"), ("d" * 30, "e" * 30, "f"), 1.5, 0.1)
    lines = list(
        stage_lines(stage((effect,), aliases=(names,), pinned=tuple((n, ("x",)) for n in names)))
    )
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    assert words.count(LONG) == words.count(names[1]) == words.count(names[2]) == 3


def test_small_effects_are_counted_together():
    effects = tuple(
        Effect((name,), share, share / 2, ("1",), ("0",), 1.0, 0.1)
        for name, share in (("big", 0.985), ("small", 0.009), ("smaller", 0.006))
    )
    lines = list(stage_lines(stage(effects)))
    assert any(" big " in line for line in lines)
    assert not any("small " in line or "smaller" in line for line in lines)
    assert lines[-1] == "  and 2 more below 1% each"


@pytest.mark.parametrize(
    ("validated", "said"),
    [
        (
            0.83,
            "explains 83 % of how trials that it has not seen are ordered; what is left varies by 0.25.",
        ),
        (
            0.19,
            "explains 19 % of how trials that it has not seen are ordered; that is little, so take",
        ),
        (
            -0.4,
            "explains 0 % of how trials that it has not seen are ordered; that is little, so take",
        ),
        (math.nan, "in brackets of everything. What is left varies by 0.25."),
    ],
)
def test_shares_stand_beside_how_much_is_explained(validated, said):
    effect = Effect(("x",), 1.0, 0.5, ("1",), ("0",), 1.0, 0.1)
    assert said in flat(stage_lines(stage((effect,), validated=validated)))
