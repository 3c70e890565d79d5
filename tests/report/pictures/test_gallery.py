"""Every picture of every kind of study: it is drawn both ways, and what it says is true."""

import json
import math
import re
from dataclasses import fields, is_dataclass, replace
from xml.etree import ElementTree

import numpy as np
import pytest
from report.kinds import PICTURED, explained
from report.known import clean, failing, noisy
from search.trials import drawn, findings

from overtone.report.explanation import Explanation
from overtone.report.pictures.figures import figure_of
from overtone.report.pictures.gallery import pictures_of
from overtone.report.pictures.interactive import panel_figure
from overtone.report.pictures.marks import Axis, Bars, Dots
from overtone.report.pictures.predictions import predictions_picture
from overtone.report.pictures.svg import NARROW, WIDE, drawing
from overtone.space import Categorical, SearchSpace

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(name="pictures", scope="module", params=PICTURED)
def _pictures(request):
    return pictures_of(explained(request.param), "seconds")


def numbers(part):
    if isinstance(part, float):
        yield part
    elif is_dataclass(part):
        for field in fields(part):
            yield from numbers(getattr(part, field.name))
    elif isinstance(part, tuple):
        for one in part:
            yield from numbers(one)


def test_pictures_hold_finite_numbers_and_sentences(pictures):
    assert len({picture.key for picture in pictures}) == len(pictures)
    for picture in pictures:
        assert all(map(math.isfinite, numbers(picture))), picture.key
        assert picture.sentence.endswith((".", "!"))
        assert picture.sentence[0].isupper() or picture.sentence[0].isdigit()
        assert "None" not in picture.sentence
        assert all(panel.marks for panel in picture.panels)


def axes(panel):
    return [axis for axis in (panel.x, panel.y) if isinstance(axis, Axis)]


def test_nothing_is_drawn_outside_its_axes(pictures):
    for picture in pictures:
        for panel in picture.panels:
            lows = [min(axis.low, axis.high) for axis in axes(panel)]
            highs = [max(axis.low, axis.high) for axis in axes(panel)]
            assert all(low < high for low, high in zip(lows, highs, strict=True))
            for mark in panel.marks:
                for dot in mark.dots if isinstance(mark, Dots) else ():
                    assert lows[0] <= dot.x <= highs[0], (picture.key, dot)
                    assert lows[1] <= dot.y <= highs[1], (picture.key, dot)
                for bar in mark.bars if isinstance(mark, Bars) else ():
                    assert lows[0] - 1e-9 <= min(bar.start, bar.end), (picture.key, bar)
                    assert max(bar.start, bar.end) <= highs[0] + 1e-9, (picture.key, bar)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_drawing_is_well_formed_and_has_its_marks(pictures, width):
    for picture in pictures:
        for panel in picture.panels:
            text = drawing(panel, name=picture.title, width=width)
            tree = ElementTree.fromstring(
                text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
            )
            assert tree.find(f"{SVG}title").text == picture.title
            marks = list(tree.iter(f"{SVG}rect")) + list(tree.iter(f"{SVG}circle"))
            marks += list(tree.iter(f"{SVG}path"))
            assert len(marks) > 1
            for shape in tree.iter(f"{SVG}circle"):
                assert -1 <= float(shape.get("cx")) <= width + 1
                assert -1 <= float(shape.get("cy")) <= panel.height + 1


def test_a_figure_is_json_that_plotly_accepts(pictures):
    for picture in pictures:
        figure = figure_of(picture)
        assert "tone:" not in figure.to_json()
        assert len(figure.data) == sum(len(panel_figure(p)["data"]) for p in picture.panels)
        for panel in picture.panels:
            json.dumps(panel_figure(panel), allow_nan=False)


def of(kind, key):
    return next(p for p in pictures_of(explained(kind), "seconds") if p.key == key)


@pytest.mark.parametrize("kind", ["clean", "noisy", "staged"])
def test_how_it_went_is_told_as_the_trials_say(kind):
    explanation, sentence = explained(kind), of(kind, "progress").sentence
    runs = explanation.runs
    first, last = re.search(r"went from (\S+) to (\S+), in trial", sentence).groups()
    bests = [run for run in runs if run.best is not None]
    assert float(first) == pytest.approx(bests[0].best, rel=1e-3)
    assert float(last) == pytest.approx(bests[-1].best, rel=1e-3)
    newest = int(re.search(r"in trial (\d+)", sentence)[1])
    assert runs[newest].value == runs[newest].best == bests[-1].best
    since = re.search(r"(\d+) trials since", sentence)
    assert (int(since[1]) if since else 0) in (len(runs) - 1 - newest, 0)
    failed = sum(run.state == "failed" for run in runs)
    assert (f"{failed} of {len(runs)} trials failed" in sentence) == bool(failed)
    random = explanation.findings.expectation
    assert ("Random search" in sentence) == (random is not None)


@pytest.mark.parametrize("truth", [clean, noisy, failing])
def test_what_all_of_the_best_have_they_have_and_nothing_else(truth):
    explanation = truth().tuning.explanation
    picture = next(p for p in pictures_of(explanation, "value") if p.key == "best")
    count, last = re.match(
        r"The (\d+) best trials reach value = (\S+) or", picture.sentence
    ).groups()
    best = explanation.best
    assert int(count) == len(best)
    assert float(last) == pytest.approx(best[-1].value, rel=1e-3)
    named = dict(
        re.findall(r"(\w+) = (\S+?)(?:,| and|\.$)", picture.sentence.partition("All of")[2])
    )
    for tick in picture.panels[0].y.ticks:
        values = {str(trial.configuration.get(tick.text)) for trial in best}
        assert (len(values) == 1) == (tick.text in named), tick.text


@pytest.mark.parametrize("kind", ["clean", "noisy", "failing"])
def test_the_numbers_of_settings_and_pairs_are_those_of_the_explanation(kind):
    explanation = explained(kind)
    mattering = sum(s.verdict == "matters" for s in explanation.settings)
    effects = of(kind, "effects")
    assert effects.sentence.startswith(f"{mattering} setting")
    assert len(effects.panels) == mattering
    keys = {picture.key for picture in pictures_of(explanation, "seconds")}
    assert ("together" in keys) == bool(explanation.interactions)
    held = sum(one.is_inside for one in explanation.predictions)
    assert f"{held} of {len(explanation.predictions)} (" in of(kind, "predictions").sentence


def test_a_fit_that_is_too_sure_is_said_to_be():
    explanation = explained("clean")
    wrong = [replace(one, is_inside=k % 2 == 0) for k, one in enumerate(explanation.predictions)]
    doubted = type(explanation)(explanation.findings)
    doubted.__dict__["predictions"] = tuple(wrong)
    assert "too narrow" in predictions_picture(doubted, "value").sentence
    assert "too narrow" not in predictions_picture(explanation, "value").sentence


def test_a_change_that_needs_the_others_is_said_to():
    """Both together gain 3, the first alone loses 1."""
    space = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(5)])
    codes = drawn(space, 80)
    a, b = codes[:, 0], codes[:, 1]
    y = a + 1.5 * b - 5.5 * a * b
    found = Explanation(findings(space, codes, y, default=np.zeros(5)))
    [picture] = [p for p in pictures_of(found, "cost") if p.key == "changes"]
    assert {change.setting for change in found.changes} == {"b0", "b1"}
    first = found.changes[0].setting
    assert f"Before the changes below it are made, {first} makes it worse." in picture.sentence
