"""An explanation in a notebook."""

from html.parser import HTMLParser

import numpy as np
import optuna
import pytest
from report.known import clean, failing

import overtone
from overtone.space import Categorical, Real, SearchSpace
from overtone.study.distributions import suggest

TAGS = {"div", "h4", "p", "table", "tr", "th", "td"}


class Page(HTMLParser):
    """The cells of a page, and whether its tags are closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.rows, self.words = [], set(), [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        assert attributes == []
        self.open.append(tag)
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, words):
        self.words.append(words)
        if self.open[-1:] == ["td"]:
            self.rows[-1][-1] += words


def test_a_page_has_the_recommendation_and_what_every_change_does():
    explanation = clean().tuning.explanation
    page = Page(explanation._repr_html_())
    assert page.open == []
    assert page.tags == TAGS
    assert ["scaler", "standard"] in page.rows
    assert f"Use this configuration (trial {explanation.recommended.trial})" in page.words
    assert any(f"value = {explanation.recommended.observed:.6g} in " in w for w in page.words)
    changed = {(row[0], row[2]) for row in page.rows if len(row) == 4}
    assert ("reduction", "pca") in changed
    assert {row[0] for row in page.rows if len(row) == 5} == {
        c.setting for c in explanation.changes
    }


def test_a_page_has_what_settings_do_together_and_over_the_whole_space():
    explanation = clean().tuning.explanation
    page = Page(explanation._repr_html_())
    pairs = {(row[0], row[4]) for row in page.rows if len(row) == 9}
    assert pairs == {pair.settings for pair in explanation.interactions} != set()
    shares = [row[0] for row in page.rows if len(row) == 6]
    assert shares == [" x ".join(share.settings) for share in explanation.space] != []
    known = {s.setting for s in explanation.settings if s.verdict == "unknown"}
    assert all(
        any("is not sure" in words and name in words for words in page.words) for name in known
    )


def test_a_page_of_uniform_noise_lists_no_share():
    rng = np.random.default_rng(0)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda t: rng.normal() + 0 * t.suggest_float("x", 0.0, 1.0), n_trials=30)
    assert "Over the whole space" not in overtone.explain(study)._repr_html_()


def test_a_page_counts_what_fails():
    rules = failing().tuning.explanation.failures
    page = Page(failing().tuning.explanation._repr_html_())
    for rule in rules:
        counts = [str(rule.failed), str(rule.of), str(rule.trials)]
        assert counts in [row[1:] for row in page.rows]


@pytest.mark.parametrize("name", ["<b>", "a & b", "</td><script>", '"quoted"', "it's", "&lt;"])
def test_names_and_values_are_no_markup(name):
    space = SearchSpace([Categorical(name, [name, f"{name}x"]), Real("x", 0.0, 1.0)])
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda t: float(suggest(t, space)[name] == name) + t.params["x"], n_trials=12)
    page = Page(overtone.explain(study, space=space)._repr_html_())
    assert page.open == []
    assert page.tags <= TAGS
    assert [name, f"{name}x"] in page.rows


def test_a_study_without_a_value_says_so():
    study = optuna.create_study()
    study.optimize(lambda t: float("inf") * (1 + t.suggest_float("x", 0, 1)), n_trials=2)
    assert "No trial has a finite value." in Page(overtone.explain(study)._repr_html_()).words
