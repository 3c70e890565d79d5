"""Answers are in the user's own values, and agree with one another and with the function."""

import pytest
from report.known import DEFAULT, clean, failing, noisy, pipeline

from overtone.report.answers import (
    failures_of,
    fewest_of,
    interactions_of,
    recommended_of,
    settings_of,
    shares_of,
)


@pytest.fixture(name="truth", scope="module", params=[clean, noisy], ids=["clean", "noisy"])
def _truth(request):
    return request.param()


@pytest.fixture(name="findings", scope="module")
def _findings(truth):
    return truth.tuning.explanation.findings


def test_the_few_changes_lead_from_the_start_to_their_configuration(findings):
    found = fewest_of(findings)
    assert found.is_default
    assert found.start == DEFAULT
    made = {**found.start, **{change.setting: change.after for change in found.changes}}
    assert made == found.configuration
    assert all(found.start[change.setting] == change.before for change in found.changes)
    best = recommended_of(findings).configuration
    differ = {name for name in best if best[name] != found.start[name]}
    assert {change.setting for change in found.changes} | set(found.unneeded) == differ
    assert not {change.setting for change in found.changes} & set(found.unneeded)


def test_the_few_changes_keep_what_the_recommendation_gains(truth, findings):
    found, best = fewest_of(findings), recommended_of(findings).configuration
    gain = pipeline(DEFAULT) - pipeline(best)
    assert pipeline(found.configuration) - pipeline(best) < 0.12 * gain
    # No setting that does nothing is among them.
    idle = {"log_every", "progress", "io_buffer"}
    assert not idle & {change.setting for change in found.changes}
    assert all(change.gain.mean > 0 for change in found.changes)
    shares = [change.cumulative for change in found.changes]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(found.kept)


def test_a_setting_that_does_nothing_does_not_matter(findings):
    verdicts = {setting.setting: setting.verdict for setting in settings_of(findings)}
    assert all(verdicts[name] != "matters" for name in ("log_every", "progress", "io_buffer"))
    assert all(verdicts[name] == "matters" for name in ("reduction", "scaler", "whiten", "rate"))


def test_values_are_the_users_own(findings):
    space = findings.space
    for setting in settings_of(findings):
        parameter = space[setting.setting]
        for level in setting.levels:
            if hasattr(parameter, "choices"):
                assert any(level.value is choice for choice in parameter.choices)
            else:
                assert parameter.low <= level.value <= parameter.high
                assert type(level.value) is type(setting.value)


def test_trials_with_a_value_are_counted(truth, findings):
    for setting in settings_of(findings):
        for level in setting.levels:
            if not isinstance(level.value, float):
                own = [t for t in truth.study.trials if t.params[setting.setting] == level.value]
                assert level.trials == len(own)


def test_settings_are_in_the_order_of_their_verdicts(findings):
    ranks = ["matters", "free", "unknown", "inactive"]
    places = [ranks.index(setting.verdict) for setting in settings_of(findings)]
    assert places == sorted(places)


def test_shares_are_the_largest_first_and_of_one_whole(findings):
    shares = [found.share.mean for found in shares_of(findings)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.3
    assert shares_of(findings)[0].settings == ("reduction",)


def test_an_interaction_is_between_the_settings_that_interact(findings):
    for found in interactions_of(findings):
        assert set(found.settings) == {"scaler", "whiten"}


def test_failures_are_counted_as_they_are():
    truth = failing()
    findings = truth.tuning.explanation.findings
    failed = [t for t in truth.study.trials if t.value is None or t.value == 1e9]
    rules = failures_of(findings)
    assert (rules[0].settings, rules[0].values) == (("metal",), ("tin",))
    tin = [t for t in truth.study.trials if t.params["metal"] == "tin"]
    assert (rules[0].failed, rules[0].of, rules[0].trials) == (len(tin), len(failed), len(tin))
    assert rules[0].reasons == (("ValueError: it melts", len(tin)),)


def test_settings_that_the_recommendation_does_not_have_are_inactive():
    """What a value brings with it is told with the value."""
    truth = failing()
    found = {s.setting: s for s in settings_of(truth.tuning.explanation.findings)}
    best = truth.tuning.best_configuration
    assert best["cooled"] is True
    assert found["quench"].value == best["quench"]
    (other,) = found["cooled"].levels
    assert (other.value, dict(other.brings)) == (False, {})
    assert other.change.low < 0.8 - abs(best["quench"] - 0.3) < other.change.high
