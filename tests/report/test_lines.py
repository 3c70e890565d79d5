"""An explanation's lines, from records."""

from types import SimpleNamespace

import numpy as np
import pytest

from overtone.report.answers import Avoided, Change, Failure, Fewest, Interaction, Level, Setting
from overtone.report.lines import MOST_LEVELS, MOST_SETTINGS, joined, paragraphs
from overtone.search.conclusions.estimate import Estimate, exactly


def flat(written):
    """A text without its line breaks."""
    return " ".join(written.split())


def near(mean, half=0.1):
    return Estimate(mean, mean - half, mean + half)


def told(**parts):
    """What is said of some records, without line breaks."""
    few = parts.get("fewest")
    found = SimpleNamespace(
        fewest=few,
        changes=few.changes if few else (),
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
                bursts=parts.get("bursts", ()),
            ),
            default=parts.get("default", np.zeros(3)),
            unnoticed=0.5,
            is_staged=False,
            is_bent=parts.get("is_bent", False),
            shares=parts.get("shares"),
        ),
    )
    return flat(joined(list(paragraphs(found))))


def setting(name, verdict, *levels, value="v", avoided=(), needed=None):
    return Setting(name, value, verdict, levels, avoided, needed)


def change(name, gain, cumulative, **keys):
    given = {
        "before": 1,
        "after": 2,
        "verified": False,
        "fails_without": False,
        "brings": {},
        **keys,
    }
    return Change(setting=name, gain=near(gain), cumulative=cumulative, reached=near(gain), **given)


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
            "From the default, all 2 changes make the gain of 2 (1.9 to 2.1):",
        ),
        (
            few(ONE, unneeded=("b", "c")),
            "From the default, 1 of 3 changes make about 97 % of the gain of 2 (1.9 to 2.1):",
        ),
        (few(ONE, is_default=False), "From the values that are most common among the better half"),
        (
            few(unneeded=("b",), gain=near(0.05)),
            "differs from the default in one setting, but that this gains anything is not sure: +0.05 (-0.05",
        ),
        (few(ONE, unneeded=("b", "c")), "These may stay as they were: b and c."),
        (few(ONE, unneeded=("b",)), "This is a prediction: that configuration was not run."),
        (few(ONE, unneeded=("b",), runs=1), "This was run once."),
        (
            few(ONE, unneeded=("b",), runs=3, measured=0.982),
            "This was run 3 times: it made 98 % of the measured gain.",
        ),
        (few(change("a", 2.0, 1.0, verified=True)), "by itself about 100 %, run and compared"),
        (
            few(change("a", 1.5, 0.7), change("b", 0.05, 1.0)),
            "b 1 -> 2 worth 0.05 (-0.05 to 0.15), unsure, with those above about 100 %",
        ),
        (
            few(change("a", 0.05, 1.0, fails_without=True)),
            "worth 0.05 (-0.05 to 0.15), by itself about 100 %, and without it trials likely fail",
        ),
        (
            few(change("a", 2.0, 1.0, brings={"b": 3, "c": None})),
            "a 1 -> 2 worth 2 (1.9 to 2.1), by itself about 100 %, with b = 3 and c = null",
        ),
        (few(change("a", 2.0, 1.0, before=None)), "a - -> 2 worth"),
    ],
)
def test_the_few_changes_are_told_by_how_many_there_are_and_how_they_are_known(fewest, said):
    assert said in told(fewest=fewest)


def test_a_setting_is_shown_with_its_least_and_largest_changes_in_the_order_of_its_values():
    sizes = (0.1, 9, -8, 7, 0.2, 6, 0.3, 5, 4, 0.4)
    levels = [Level(k, near(s), 1, {}) for k, s in enumerate(sizes)]
    written = told(settings=(setting("k", "matters", *levels),))
    places = [written.index(f"-> {k} ") for k in (0, 1, 2, 3, 4, 5, 6, 9)]
    assert places == sorted(places)
    assert written.count("-> ") == MOST_LEVELS
    assert written.endswith("and 2 more with changes between these")
    assert "more" not in told(settings=(setting("k", "matters", *levels[:MOST_LEVELS]),))
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
        ((None, None), "a and b."),
        ((1, 1), "a and b. About 1 more run would tell of one."),
        ((4, 4), "a and b. About 4 more runs would tell of one."),
        ((9, 2), "a and b. About 2 to 9 more runs would tell of one."),
        ((None, 2), "a and b. About 2 more runs would tell of one."),
    ],
)
def test_what_is_not_known_is_told_with_what_would_tell(needed, said):
    unknown = [setting(n, "unknown", needed=k) for n, k in zip("ab", needed, strict=True)]
    written = told(settings=unknown)
    assert written.endswith(f"Whether these matter is not sure: {said}")


@pytest.mark.parametrize(("change", "seems"), [(0.55, False), (0.65, True), (-0.65, True)])
def test_what_seems_to_matter_is_noticeable_by_its_interval(change, seems):
    levels = (Level(1, near(0.0), 1, {}), Level(2, near(change), 1, {}))
    written = told(settings=(setting("a", "unknown", *levels), setting("b", "unknown", levels[0])))
    assert written.endswith("Of these, a seems to matter.") == seems


def test_free_inactive_and_tied_settings_are_told_apart():
    one = Level(1, near(0.0), 1, {})
    found = (
        *(setting(name, "free", one) for name in "ac"),
        setting("b", "inactive", value=None),
        setting("constant", "free"),
    )
    written = told(settings=found, ties=((0, 2),))
    assert "Any value will do for a and c: no change of one is noticeable." in written
    assert "a and c always changed together in these trials" in written
    assert not {"b", "constant"} & set(written.split())
    written = told(settings=(setting("a", "free", one, avoided=(Avoided(3, 2), Avoided("z", 4))),))
    assert "Any value will do for a (except 3 or z): no change" in written


def test_where_all_values_are_equal_nothing_is_said_to_be_anothers_doing():
    assert "changed together" not in told(ties=((0, 2),), y=np.ones(9))


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
    assert "2 more failed, of which no cause could be shown." in written
    shown = (setting("k", "matters", avoided=(Avoided("z", 2),)), setting("a", "free"))
    written = told(settings=shown, failures=(Failure(*failure),), failed=7)
    said = "Likely to fail with the rest of the recommendation, as all trials like it did: k = z."
    assert said in written


def test_failures_one_after_another_are_no_setting_s_doing():
    written = told(failed=9, bursts=((3, 9),), unexplained=2)
    assert (
        "Trials 3 to 9 failed one after another: that may have been no setting's doing." in written
    )
    assert "No setting could be shown" in written
    assert "No setting" not in told(failed=7, bursts=((3, 9),))


def test_failures_without_a_rule_are_told_as_such():
    written = told(failed=1, unexplained=1, reasons=(("boom\n  twice", 1),))
    assert "What fails (1 trial) No setting could be shown to make trials fail." in written
    assert "Reasons: 1 x boom twice" in written
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
