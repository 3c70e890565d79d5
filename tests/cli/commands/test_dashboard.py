"""`overtone dashboard` shows a study in optuna-dashboard until it is asked to end."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import PATIENCE, browser, opened
from optuna.samplers import RandomSampler
from tiny_studies import write_study
from typer.testing import CliRunner

from overtone.cli.main import app
from overtone.run.definition.study_file import read_study_file
from overtone.run.records import store
from overtone.study.distributions import suggest

OVERTONE = [sys.executable, "-m", "overtone.cli.main"]
HOSTILE = "<script>document.title='owned'</script>"


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def run_trials(path: Path, count: int) -> None:
    """Without commands, as another worker would on the same store."""
    study_file = read_study_file(path)
    study_file.run_directory.mkdir(parents=True, exist_ok=True)
    with store.quiet_optuna():
        study = store.create_or_continue(study_file)
        study.sampler = RandomSampler(seed=0)
        for _ in range(count):
            trial = study.ask()
            found = suggest(trial, study_file.space)
            study.tell(trial, found["x"] + (10 if found["kind"] == "https://a.b/?c=1&d=2" else 0))


@pytest.fixture
def path(tmp_path) -> Path:
    """The study file of a study without a trial."""
    space = f'x = {{low = 0, high = 9}}\nkind = ["a|b", "https://a.b/?c=1&d=2"]\n"{HOSTILE}" = ["*", "_"]'
    path = write_study(tmp_path, space=space)
    run_trials(path, 0)
    return path


@contextmanager
def shown(path: Path, *words: str):
    """The process of a dashboard, and its address."""
    process = subprocess.Popen(
        [*OVERTONE, "dashboard", str(path), "--port", "0", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.match(r"Serving (http://127\.0\.0\.1:\d+)(\S+) on", process.stdout.readline())
        assert found is not None, process.communicate(timeout=60)
        yield process, found[1], found[1] + found[2]
    finally:
        process.kill()
        process.communicate()


def detail(address: str):
    with urllib.request.urlopen(f"{address}/api/studies/1", timeout=60) as answer:
        return json.load(answer)


def wait_for(condition, *, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_study_is_shown_and_renewed_until_it_is_to_end(path, how):
    run_trials(path, 8)
    with shown(path) as (process, address, _):
        with urllib.request.urlopen(f"{address}/api/studies", timeout=60) as answer:
            [study] = json.load(answer)["study_summaries"]
        assert study["study_name"] == "tiny"
        wait_for(lambda: len(detail(address)["plotly_graph_objects"]) == 3)
        assert "8 trials finished" in detail(address)["note"]["body"]
        run_trials(path, 1)
        wait_for(lambda: "9 trials finished" in detail(address)["note"]["body"])
        process.send_signal(how)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.browser
def test_a_browser_shows_the_figures_and_the_users_texts_as_they_are(path):
    run_trials(path, 8)
    with shown(path) as (_, address, page), browser() as chromium:
        wait_for(lambda: len(detail(address)["plotly_graph_objects"]) == 3)
        seen = opened(chromium, page, width=1400)
        for figure in detail(address)["plotly_graph_objects"]:
            title = json.loads(figure["graph_object"])["layout"]["title"]["text"]
            seen.page.locator(".gtitle", has_text=title).wait_for(timeout=PATIENCE)
        seen.page.goto(f"{page}/note", timeout=PATIENCE)
        seen.page.get_by_text("What the trials say").wait_for(timeout=PATIENCE)
        cells = seen.page.locator("td").all_inner_texts()
        assert HOSTILE in cells
        assert "https://a.b/?c=1&d=2" in cells
        assert "end of this part" not in seen.page.inner_text("body")
        assert seen.page.title() != "owned"
        assert {request[: len(address)] for request in seen.asked} == {address}
        assert seen.said == []


def test_a_port_in_use_is_told_with_what_to_do(path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = call("dashboard", path, "--port", port)
    assert answer.exit_code == 1
    assert f"error: Port {port} cannot be had: Address already in use." in answer.stderr
    assert "--port 0" in answer.stderr


def test_without_the_extra_it_says_how_to_install_it(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    answer = call("dashboard", path)
    assert answer.exit_code == 2
    assert "pip install 'overtone[dashboard]'" in answer.stderr


def test_a_study_that_was_never_started_says_how_to_start_it(tmp_path):
    answer = call("dashboard", write_study(tmp_path))
    assert answer.exit_code == 2
    assert "has not been started yet. Start it with: overtone tune" in answer.stderr
