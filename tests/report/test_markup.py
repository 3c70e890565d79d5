"""An explanation in a notebook."""

from html.parser import HTMLParser

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
    heads = [word for word in page.words if word.startswith("Use trial")]
    assert heads[0].startswith(f"Use trial {explanation.recommended.trial}: ")
    changed = {(row[0], row[2]) for row in page.rows if len(row) == 4}
    assert ("reduction", "pca") in changed
    assert {row[0] for row in page.rows if len(row) == 5} == {
        c.setting for c in explanation.changes
    }


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
