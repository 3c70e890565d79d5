"""An explanation's lines, from records."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from overtone.report.answers import Change, Failure, Fewest, Interaction, Level, Setting
from overtone.report.effects import Effect, StageFinding
from overtone.report.lines import MOST_LEVELS, MOST_SETTINGS, explanation_lines, joined, stage_lines
from overtone.search.conclusions.estimate import Estimate, exactly

LONG = "a-rather-long-name-of-an-option"


def flat(written):
    """A text without its line breaks."""
    return " ".join(written.split())


def near(mean, half=0.1):
    return Estimate(mean, mean - half, mean + half)


def told(**parts):
    """What is said of some records, without line breaks."""
    found = SimpleNamespace(
        fewest=parts.get("fewest"),
        settings=parts.get("settings", (setting("k", "matters"),)),
        interactions=parts.get("interactions", ()),
        failures=parts.get("failures", ()),
        stages=(),
        space=(),
        findings=SimpleNamespace(
            known=SimpleNamespace(y=parts.get("y", np.arange(9.0))),
            space=SimpleNamespace(names=("a", "b", "c")),
            ties=parts.get("ties", ()),
            failures=SimpleNamespace(
                count=parts.get("failed", 0),
                unexplained=parts.get("unexplained", 0),
                reasons=parts.get("reasons", ()),
            ),
            is_staged=False,
            shares=None,
        ),
    )
    return flat("\n".join(explanation_lines(found)))


def setting(name, verdict, *levels, value="v", needed=None):
    return Setting(name, value, verdict, levels, needed)


def change(name, gain, cumulative, **keys):
    given = {
        "before": 1,
        "after": 2,
        "verified": False,
        "fails_without": False,
        "brings": {},
        **keys,
    }
    return Change(setting=name, gain=near(gain), cumulative=cumulative, **given)


def few(*changes, **keys):
    return Fewest(
        **{
            "configuration": {}, "start": {}, "is_default": True, "changes": changes, "unneeded": (),
            "gain": near(2.0), "kept": 0.97, "runs": 0, "measured": None, **keys,
        }
    )  # fmt: skip


ONE = change("a", 2.0, 0.97)


@pytest.mark.parametrize(
    ("fewest", "said"),
    [
        (few(ONE), "From the default, 1 change makes the gain of 2 (1.9 to 2.1):"),
        (
            few(change("a", 1.5, 0.7), change("b", 0.5, 1.0)),
            "From the default, all 2 changes are needed for the gain of 2 (1.9 to 2.1):",
        ),
        (
            few(ONE, unneeded=("b", "c")),
            "From the default, 1 of 3 changes make about 97 % of the gain of 2 (1.9 to 2.1):",
        ),
        (few(ONE, is_default=False), "From the values that are most common among the better half"),
        (
            few(unneeded=("b",)),
            "differs from the default in 1 settings, but none is worth a change",
        ),
        (few(ONE, unneeded=("b", "c")), "These may stay as they were: b and c."),
        (few(ONE, unneeded=("b",)), "This is a prediction: that configuration was not run."),
        (few(ONE, unneeded=("b",), runs=1), "This was run once."),
        (
            few(ONE, unneeded=("b",), runs=3, measured=0.982),
            "This was run 3 times: it made 98 % of the measured gain.",
        ),
        (few(change("a", 2.0, 1.0, verified=True)), "(1.9 to 2.1), 100 % so far, run and compared"),
        (
            few(change("a", 2.0, 1.0, brings={"b": 3, "c": None})),
            "a 1 -> 2 worth 2 (1.9 to 2.1), 100 % so far, with b = 3 and c = null",
        ),
        (few(change("a", 2.0, 1.0, before=None)), "a - -> 2 worth"),
    ],
)
def test_the_few_changes_are_told_by_how_many_there_are_and_how_they_are_known(fewest, said):
    assert said in told(fewest=fewest)


def test_a_setting_is_shown_with_its_largest_changes_in_the_order_of_its_values():
    levels = [Level(k, near(s), 1, {}) for k, s in enumerate((0.1, 9, -8, 7, 0.2, 6, 5, 4))]
    written = told(settings=(setting("k", "matters", *levels),))
    places = [written.index(f"-> {k} ") for k in (1, 2, 3, 5, 6, 7)]
    assert places == sorted(places)
    assert written.count("-> ") == MOST_LEVELS
    assert "-> 1 +9 (8.9 to 9.1)" in written
    assert "-> 2 -8 (-8.1 to -7.9)" in written


def test_settings_beyond_a_dozen_are_named_only():
    many = tuple(setting(f"s{k}", "matters", Level(1, near(1.0), 1, {})) for k in range(15))
    written = told(settings=many)
    assert f"Smaller, but sure, too: s{MOST_SETTINGS}, s13 and s14." in written
    assert written.count("-> 1") == MOST_SETTINGS


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        ((None, None), "for a and b."),
        ((1, 1), "for a and b. About 1 more run would tell of each."),
        ((4, 4), "for a and b. About 4 more runs would tell of each."),
        ((9, 2), "for a and b. About 2 to 9 more runs would tell of each."),
        ((None, 2), "for a and b. About 2 more runs would tell of each."),
    ],
)
def test_what_is_not_known_is_told_with_what_would_tell(needed, said):
    unknown = [setting(n, "unknown", needed=k) for n, k in zip("ab", needed, strict=True)]
    written = told(settings=unknown)
    assert written.endswith(f"was not shown {said}")


def test_free_inactive_and_tied_settings_are_told_apart():
    found = (setting("a", "free"), setting("b", "inactive", value=None), setting("c", "free"))
    written = told(settings=found, ties=((0, 2),))
    assert "Any value will do for a and c: no change of one is noticeable." in written
    assert "a and c always changed together in these trials" in written
    assert "b" not in written.split()


@pytest.mark.parametrize(
    ("alone", "together", "said"),
    [
        ((1.0, 2.0), near(5.0), "more than the +3 of the two"),
        ((1.0, 2.0), near(1.5), "less than the +3 of the two"),
        ((1.0, 2.0), near(0.0), "together they make up for each other"),
        ((-1.0, -2.0), near(2.0), "more than the -3 of the two"),
        ((-1.0, -2.0), near(-2.0), "less than the -3 of the two"),
    ],
)
def test_two_settings_do_more_or_less_together(alone, together, said):
    pair = Interaction(("a", "b"), (1, "x"), (2, "y"), tuple(map(near, alone)), together)
    written = told(interactions=(pair,))
    assert "a 1 -> 2 alone" in written
    assert "b x -> y alone" in written
    assert written.endswith(f"{said}.")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ((("a",), ("x",), 5, 7, 5, ()), "5 of 7 failures have a = x; all 5 trials with it failed."),
        ((("a",), ("x",), 2, 7, 2, ()), "2 of 7 failures have a = x; both trials with it failed."),
        ((("a",), ("x",), 5, 7, 9, ()), "have a = x; 5 of 9 trials with it failed."),
        (
            (("a", "b"), (True, "1 .. 2"), 5, 7, 5, (("boom", 4), ("bang", 1))),
            "have a = true and b = 1 .. 2; all 5 trials with it failed. Reasons: 4 x boom; 1 x bang",
        ),
        (
            (("a",), ("x",), 5, 7, 5, tuple((f"why {k}", 1) for k in range(5))),
            "Reasons: 1 x why 0; 1 x why 1; 1 x why 2; 2 others",
        ),
    ],
)
def test_failures_are_told_with_their_counts_and_reasons(failure, said):
    written = told(failures=(Failure(*failure),), failed=7, unexplained=2)
    assert "What fails (7 trials)" in written
    assert said in written
    assert written.endswith("2 more failed without a pattern.")


def test_failures_without_a_rule_are_told_as_such():
    written = told(failed=1, reasons=(("boom\n  twice", 1),))
    assert "What fails (1 trial) No setting was seen to make trials fail" in written
    assert written.endswith("Reasons: 1 x boom twice")
    assert "All trials failed" in told(failed=3, y=np.array([]), settings=())
    assert "What fails" not in told()


def test_nothing_known_of_settings_is_said():
    assert told(settings=(), y=np.ones(3)).startswith("All values are equal")
    assert told(settings=(), y=np.arange(3.0)).startswith("There are too few trials")
    assert told(settings=(), y=np.array([])) == ""


def test_paragraphs_are_parted_by_one_empty_line_and_empty_ones_left_out():
    assert joined([["a", "b"], [], ["c"]]) == "a\nb\n\nc"
    assert joined([]) == ""


def test_what_is_known_exactly_has_no_interval():
    level = Level(1, exactly(0.5), 1, {"b": 2})
    assert "-> 1 +0.5, with b = 2" in told(settings=(setting("k", "matters", level),))


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
    assert said in flat("\n".join(stage_lines(stage((effect,), validated=validated))))
