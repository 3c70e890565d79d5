"""Figures beside Optuna's own, of a study or of its explanation."""

import optuna
import pytest
from report.kinds import explained
from report.known import clean

import overtone
from overtone.errors import SearchError

PLOTS = [overtone.plot_changes, overtone.plot_effects, overtone.plot_interactions]


@pytest.mark.parametrize("plot", PLOTS)
def test_a_study_and_its_explanation_give_the_same_figure(plot):
    of_study = plot(clean().study, metric="seconds")
    assert of_study.to_json() == plot(overtone.explain(clean().study), metric="seconds").to_json()
    assert len(of_study.data) > 0


def test_the_numbers_are_those_of_the_explanation():
    explanation = explained("clean")
    [bars] = [t for t in overtone.plot_changes(explanation).data if t.name == "all changes"]
    assert bars.x[0] == explanation.fewest.gain.mean
    settings = [s.setting for s in explanation.settings if s.verdict == "matters"]
    titles = [note.text for note in overtone.plot_effects(explanation).layout.annotations]
    assert set(settings) <= set(titles)
    links = [trace for trace in overtone.plot_interactions(explanation).data if trace.customdata]
    assert len(links[0].customdata) == len(explanation.interactions)


@pytest.mark.parametrize("plot", PLOTS)
def test_where_there_is_nothing_to_draw_a_figure_says_so(plot):
    figure = plot(explained("equal"))
    assert len(figure.data) == 0
    assert figure.layout.title.text.endswith(".")


def test_a_study_without_trials_is_refused():
    with pytest.raises(SearchError, match="0 finished trials"):
        overtone.plot_changes(optuna.create_study())
