"""Every sentence of a report is true: studies of known functions, and every claim about them."""

import re

import pytest
from report.known import clean, failing, noisy
from report.sentences import judged

STUDIES = {"clean": clean, "noisy": noisy, "failing": failing}
# Intervals are of 90 %: so many of a hundred claims may miss, by the model and by chance.
MISSES = 0.12


@pytest.fixture(scope="module", params=STUDIES)
def told(request):
    return STUDIES[request.param]().report, STUDIES[request.param]()


def test_every_claim_of_a_report_is_true(told):
    text, truth = told
    found = judged(text, truth)
    assert found.wrong == []
    assert found.claims > 50
    assert len(found.missed) <= MISSES * found.claims, found.missed


def test_what_a_tuned_function_reports_is_this_text():
    assert clean().tuning.report() == clean().report


# What is said instead of what, by a regular expression; the first place that has it is changed.
LIES = {
    "a count of trials": (r"(\d+) of \d+ trials finished", "77"),
    "a trial's number": (r"configuration \(trial (\d+)\)", "3"),
    "a value of the recommendation": (r"^  (?:scaler|cooled) +(\w+)$", "none"),
    "what it gives": (r"(?:value =|runs? gave) ([-\d.]+)", "-7.25"),
    "how often it did": (r"(?:in each of|Its|mean of) (\d+) runs", "77"),
    "a name in the changes": (r"^  (reduction|quench) +\S+ ->", "progress"),
    "what a change is worth": (r"worth ([\d.]+)", "9.9"),
    "a sign": (r"-> (?:pca|none|0|1|false) +([+-])\d", None),
    "the size of a change": (r"-> (?:pca|1) +[+-]([\d.]+)", "7.7"),
    "a value that is changed to": (r"-> (pca|0\.75) ", "elsewhere"),
    "what is free or unknown": (r"(progress|song)\W", "depth"),
    "the setting of a share": (r"%\) +(reduction|metal) +best", "progress"),
    "the best and the worst": (r"best (none|iron) by [\d.]+ over", "lda"),
    "a made-up sentence": (r"(\n)\n", "\n  It is better than anything else.\n"),
    "a made-up paragraph": (r"(\n\n)", "\n\nWhat is better\n  This.\n\n"),
}
LIES_OF_FAILURES = {
    "how many fail": (r"What fails \((\d+)", "33"),
    "where they fail": (r"failures have metal = (\w+)", "zinc"),
    "of how many": (r"; all (\d+) trials", "50"),
    "why": (r"x ValueError: it (melts)", "burns"),
    "how many failed in a stage": (r"stage 1 \(40 trials, (\d+)", "1"),
    "what a stage kept": (r"Kept from here on: metal = (\w+)", "zinc"),
}


def lied(text, pattern, instead):
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        return None
    if instead is None:
        instead = {"+": "-", "-": "+"}[found[1]]
    return text[: found.start(1)] + instead + text[found.end(1) :]


@pytest.mark.parametrize("lie", LIES)
def test_a_claim_that_is_made_up_is_seen(lie):
    """Negative control, in each report that has such a claim."""
    seen = 0
    for study in STUDIES.values():
        text, truth = study().report, study()
        changed = lied(text, *LIES[lie])
        if changed not in (None, text):
            seen += 1
            assert judged(changed, truth).wrong != [], changed
    assert seen >= 2


@pytest.mark.parametrize("lie", LIES_OF_FAILURES)
def test_a_claim_about_failures_that_is_made_up_is_seen(lie):
    truth = failing()
    changed = lied(failing().report, *LIES_OF_FAILURES[lie])
    assert judged(changed, truth).wrong != []


def test_the_claims_of_another_study_are_not_true():
    """Negative control: three quarters of the words are the same."""
    text = noisy().report
    assert len(judged(text, clean()).wrong) > 10
