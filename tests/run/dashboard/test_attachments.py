"""What is attached to a study, and how optuna-dashboard has it."""

import io
import json
import sys
from dataclasses import replace

import optuna
import plotly.graph_objects as go
import pytest
from optuna_dashboard import get_note, save_note
from tiny_studies import write_study

from overtone import explain, plot_changes, plot_effects, plot_interactions
from overtone.errors import RunError
from overtone.run.dashboard.attachments import (
    CHANGES,
    EFFECTS,
    HEIGHT,
    INTERACTIONS,
    Attachments,
    attach,
    attachments_of,
    dashboard_of,
    finished_in,
)
from overtone.run.dashboard.own_part import with_own_part
from overtone.run.definition.study_file import read_study_file
from overtone.study.distributions import suggest
from overtone.study.storage import facts_of, key_of, storage_of

FIRST = Attachments("the first", {CHANGES: go.Figure({"data": [{"x": [1, 2], "y": [3, 4]}]})})


def asked(study, path):
    """What the dashboard's own server answers."""
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    answer = dashboard_of(study)(environment, lambda status, headers, *rest: None)
    return json.loads(b"".join(answer))


def test_the_dashboard_has_the_note_and_the_figures_of_the_explanation(
    study, study_file, run_trials
):
    run_trials(6)
    attached = attachments_of(study, study_file, quiet=False)
    attach(study, attached, None)
    [summary] = asked(study, "/api/studies")["study_summaries"]
    assert summary["study_name"] == study_file.name
    detail = asked(study, f"/api/studies/{key_of(study)}")
    assert detail["note"]["body"] == with_own_part("", attached.note)
    assert "6 trials finished" in attached.note
    figures = {one["id"]: json.loads(one["graph_object"]) for one in detail["plotly_graph_objects"]}
    explanation = explain(study, space=study_file.space)
    plots = {CHANGES: plot_changes, EFFECTS: plot_effects, INTERACTIONS: plot_interactions}
    for key, plot in plots.items():
        own = plot(explanation, metric="score")
        own.layout.height = min(own.layout.height, HEIGHT)
        assert figures[key] == json.loads(own.to_json())


@pytest.mark.slow
def test_of_many_effects_the_first_ones_are_drawn_in_the_place_that_there_is(tmp_path):
    space = "\n".join(f'"s{k}" = [0, 1]' for k in range(6))
    study_file = read_study_file(write_study(tmp_path, space=space))
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(
        lambda trial: sum((k + 1) * suggest(trial, study_file.space)[f"s{k}"] for k in range(6)),
        n_trials=40,
    )
    whole = plot_effects(explain(study, space=study_file.space), metric="score")
    drawn = attachments_of(study, study_file, quiet=False).figures[EFFECTS]
    headings = [one.text for one in whole.layout.annotations if one.text.startswith("s")]
    assert headings == ["s5", "s4", "s3", "s2", "s1", "s0"]
    assert [one.text for one in drawn.layout.annotations] == headings[:4]
    assert drawn.layout.height <= HEIGHT < whole.layout.height


def test_what_has_not_changed_is_not_written_again(study, monkeypatch):
    attach(study, FIRST, None)
    written = []
    storage = storage_of(study)
    write = storage.set_study_system_attr
    monkeypatch.setattr(
        storage, "set_study_system_attr", lambda *what: (written.append(what[1]), write(*what))
    )
    same = Attachments("the first", {CHANGES: go.Figure(FIRST.figures[CHANGES])})
    attach(study, same, FIRST)
    assert written == []
    attach(study, replace(FIRST, note="the second"), FIRST)
    assert written
    assert not any(CHANGES in key for key in written)
    # Without what was written before, the figures are.
    attach(study, FIRST, None)
    assert any(CHANGES in key for key in written)


def test_a_users_own_note_stays(study):
    attach(study, FIRST, None)
    save_note(study, f"mine\n\n{get_note(study)}\n\nmine, too")
    attach(study, replace(FIRST, note="the second"), FIRST)
    assert get_note(study) == f"mine\n\n{with_own_part('', 'the second')}\n\nmine, too"


def test_a_long_note_that_becomes_short_leaves_nothing_behind(study):
    attach(study, replace(FIRST, note="long " * 2000), None)
    attach(study, FIRST, None)
    assert get_note(study) == with_own_part("", "the first")


def test_nothing_is_attached_but_by_the_names_of_the_dashboard(study):
    attach(study, FIRST, None)
    assert {key.partition(":")[0] for key in facts_of(study)} == {"dashboard"}


def test_trials_that_say_nothing_are_not_counted(study, run_trials):
    study.tell(study.ask(), 1.0)  # without parameters
    study.ask()
    assert finished_in(study) == 0
    run_trials(2)
    assert finished_in(study) == 2


def test_a_dashboard_that_is_not_installed_is_asked_for(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    with pytest.raises(RunError, match=r"Install it with: pip install 'overtone\[dashboard\]'$"):
        dashboard_of(study)
