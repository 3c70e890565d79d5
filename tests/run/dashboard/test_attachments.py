"""What is attached to a study, and how optuna-dashboard has it."""

import io
import json
import sys

import pytest
from optuna_dashboard import get_note, save_note

from overtone import explain, plot_changes
from overtone.errors import RunError
from overtone.run.dashboard.attachments import (
    CHANGES,
    EFFECTS,
    INTERACTIONS,
    attach,
    attachments_of,
    dashboard_of,
    finished_in,
)
from overtone.run.dashboard.own_part import with_own_part
from overtone.study.storage import facts_of, key_of, storage_of


@pytest.fixture
def attached(study, study_file, run_trials):
    run_trials(6)
    found = attachments_of(study, study_file, quiet=False)
    attach(study, found, None)
    return found


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


def test_the_dashboard_has_the_note_and_the_figures(study, study_file, attached):
    [summary] = asked(study, "/api/studies")["study_summaries"]
    assert summary["study_name"] == study_file.name
    detail = asked(study, f"/api/studies/{key_of(study)}")
    assert detail["note"]["body"] == with_own_part("", attached.note)
    figures = {one["id"]: json.loads(one["graph_object"]) for one in detail["plotly_graph_objects"]}
    assert sorted(figures) == sorted([CHANGES, EFFECTS, INTERACTIONS])
    own = plot_changes(explain(study, space=study_file.space), metric="score")
    assert figures[CHANGES]["layout"]["title"] == json.loads(own.to_json())["layout"]["title"]


def test_what_has_not_changed_is_not_written_again(study, study_file, attached, monkeypatch):
    written = []
    storage = storage_of(study)
    write = storage.set_study_system_attr
    monkeypatch.setattr(
        storage, "set_study_system_attr", lambda *what: (written.append(what[1]), write(*what))
    )
    attach(study, attachments_of(study, study_file, quiet=True), attached)
    assert written == []
    # Negative control: without what was written before, the figures are.
    attach(study, attached, None)
    assert any(CHANGES in key for key in written)


def test_a_users_own_note_stays(study, study_file, attached, run_trials):
    save_note(study, f"mine\n\n{get_note(study)}\n\nmine, too")
    run_trials(1)
    attach(study, attachments_of(study, study_file, quiet=True), attached)
    note = get_note(study)
    assert note.startswith("mine\n\n")
    assert note.endswith("\n\nmine, too")
    assert "7 trials finished" in note
    assert "6 of" not in note


def test_a_long_note_that_becomes_short_leaves_nothing_behind(study, study_file, attached):
    save_note(study, f"{'long ' * 2000}\n\n{get_note(study)}")
    save_note(study, get_note(study).removeprefix("long " * 2000))
    attach(study, attached, attached)
    assert get_note(study).strip() == with_own_part("", attached.note)


def test_trials_that_say_nothing_are_not_counted(study, run_trials):
    study.tell(study.ask(), 1.0)  # without parameters
    study.ask()
    assert finished_in(study) == 0
    run_trials(2)
    assert finished_in(study) == 2


def test_nothing_is_attached_but_by_the_names_of_the_dashboard(study, attached):
    own = [key for key in facts_of(study) if not key.startswith("dashboard:")]
    assert own == []


def test_a_dashboard_that_is_not_installed_is_asked_for(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    with pytest.raises(RunError, match=r"Install it with: pip install 'overtone\[dashboard\]'$"):
        dashboard_of(study)
