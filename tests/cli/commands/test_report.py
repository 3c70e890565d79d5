"""`overtone report`: where the page goes, and what is asked for at once."""

import json
import os
import socket
import threading
import webbrowser

import pytest
from tiny_studies import write_study
from typer.testing import CliRunner

from overtone.cli.main import app


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(name="study", scope="module")
def _study(tmp_path_factory):
    path = write_study(tmp_path_factory.mktemp("reported"), trials=5)
    assert call("tune", path).exit_code == 0
    return path


def test_the_page_is_written_beside_the_study_or_where_it_is_asked_for(study, tmp_path):
    beside = study.parent / ".overtone" / "tiny" / "report.html"
    assert call("report", study).stdout == f"Written to {beside}\n"
    out = tmp_path / "new" / "page.html"
    assert call("report", study, "--out", out).stdout == f"Written to {out}\n"
    assert out.read_bytes() == beside.read_bytes()
    assert "5 of 5 trials finished" in out.read_text(encoding="utf-8")


def test_a_static_page_is_a_small_one(study, tmp_path):
    out = tmp_path / "page.html"
    assert call("report", study, "--static", "--out", out).exit_code == 0
    assert 10_000 < out.stat().st_size < 1_000_000


def test_a_link_stays_one_and_what_it_leads_to_is_written(study, tmp_path):
    link, target = tmp_path / "link.html", tmp_path / "real.html"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    assert call("report", study, "--out", link).exit_code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_a_pipe_stays_one_and_is_written_into(study, tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert call("report", study, "--out", pipe).exit_code == 0
    reader.join(timeout=60)
    assert read[0].startswith("<!doctype html>")
    assert not pipe.is_file()


@pytest.mark.parametrize("where", [".", "", "/"])
def test_a_folder_is_no_place_for_a_page(study, tmp_path, where, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = call("report", study, "--out", where)
    assert answer.exit_code == 1
    assert "the page cannot be written: it is a folder. Give another --out." in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_leaves_nothing(study, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = call("report", study, "--out", tmp_path / "file" / "page.html")
    assert answer.exit_code == 1
    assert "cannot be written" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--text", "--json"], "--text and --json exclude each other"),
        (["--serve", "--out", "page.html"], "--serve and --out exclude each other"),
        (["--text", "--open"], "--open shows the page, and --text and --json make none"),
        (["--static", "--text"], "--static is about the page that is written"),
        (["--port", "0"], "--port is where --serve serves the page"),
    ],
)
def test_what_excludes_each_other_is_refused(study, words, said):
    answer = call("report", study, *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr


@pytest.mark.slow
def test_open_shows_the_page_or_says_that_there_is_no_browser(study, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or True)
    out = tmp_path / "a page.html"
    assert call("report", study, "--out", out, "--open").exit_code == 0
    assert shown == [out.as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert f"open {out.as_uri()} yourself" in call("report", study, "--out", out, "--open").stderr


@pytest.mark.slow
def test_text_and_json_say_the_same(study):
    text, told = (call("report", study, kind).stdout for kind in ("--text", "--json"))
    assert f"trial {json.loads(told)['recommended']['trial']})" in text


def test_a_port_that_is_taken_is_named_with_what_to_do(study):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = call("report", study, "--serve", "--port", port)
    assert answer.exit_code == 1
    assert str(port) in answer.stderr
    assert "--port 0" in answer.stderr
