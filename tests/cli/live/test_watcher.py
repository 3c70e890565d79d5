"""A watcher hands on what an engine tells; a real terminal shows it, at any size, and is left clean."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import uuid
import warnings

import pytest
from live_runs import INSIGHT, failed, gave
from rich.cells import cell_len
from tiny_studies import living_in, write_study

from overtone.cli.live.screen import Screen
from overtone.cli.live.watcher import Displays, Watcher
from overtone.errors import OvertoneWarning
from overtone.run.definition.study_file import read_study_file
from overtone.run.engines.local.events import Past
from overtone.run.records.trial_folder import Outcome


class Noted(Screen):
    """A screen that remembers."""

    def __init__(self):
        self.said, self.told, self.is_open = [], [], None
        self.look = None

    def open(self, look, first):
        self.look, self.is_open = look, True
        self.told += [] if first is None else [first]

    def say(self, line):
        self.said.append(line)

    def tell(self, line):
        self.told.append(line)

    def close(self):
        self.is_open = False


class Asked:
    """A learner that remembers."""

    latest = None

    def __init__(self):
        self.considered, self.is_closed = [], False

    def consider(self, finished):
        self.considered.append(finished)

    def close(self):
        self.is_closed = True


@pytest.fixture
def study_file(tmp_path):
    return read_study_file(write_study(tmp_path, trials=4, parallel=2))


def test_events_become_lines_a_state_and_questions(study_file):
    screen, learner = Noted(), Asked()
    watcher = Watcher(study_file, screen, learner)
    assert not watcher.has_started
    with watcher:
        watcher.run_started(Past((gave(0, 1.0),)))
        watcher.trial_started(1, {})
        watcher.trial_paused(1, Outcome(0.5, None, 1.0, 3))
        watcher.trial_eliminated(1)
        watcher.trial_started(2, {})
        watcher.trial_finished(failed(2), 3)
        learner.latest = INSIGHT
        state, now = screen.look()
        assert state.insight is INSIGHT
        assert (state.finished, state.failed, state.best.value) == (3, 1, 1.0)
        assert state.begun <= now
        watcher.trial_started(3, {})
        watcher.trial_finished(gave(3, 2.0), 4)
        watcher.say("warning")
    assert watcher.has_started
    assert [line.partition(" trials")[0] for line in screen.told] == [
        "tiny: going on; 1 of 4",
        "2 of 4: trial 1 was eliminated; best 1 in trial 0",
        "3 of 4: trial 2 failed in 2.0 s: crash: exit code 1: no GPU; best 1 in trial 0",
        "4 of 4: trial 3 gave score = 2 in 10.0 s; best 2 in trial 3",
    ]
    assert screen.said == ["warning"]
    # Behind the last trial the report says it all.
    assert learner.considered == [1, 3]
    assert learner.is_closed
    assert screen.is_open is False


def test_a_learner_is_ended_even_if_the_screen_fails(study_file):
    class Broken(Noted):
        def close(self):
            raise RuntimeError("no more")

    learner = Asked()
    with pytest.raises(RuntimeError, match="no more"), Watcher(study_file, Broken(), learner):
        pass
    assert learner.is_closed


@pytest.mark.parametrize("is_quiet", [False, True])
def test_each_of_several_runs_ends_with_a_line_and_warns_in_one(study_file, capsys, is_quiet):
    displays = Displays(is_quiet=is_quiet)
    with displays.watch(study_file) as watcher:
        warnings.simplefilter("always")  # which pytest makes errors
        warnings.warn("a\nb", OvertoneWarning, stacklevel=1)
        assert not displays.has_started
        watcher.run_started(Past())
        watcher.trial_finished(gave(0, 2.0), 1)
    assert displays.has_started
    told = [
        "1 of 4: trial 0 gave score = 2 in 10.0 s; best 2 in trial 0",
        "tiny: 1 of 4 trials, best 2, took 0 s",
    ]
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["warning: a b", *([] if is_quiet else told)]


needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

SLOW = """
import json, os, sys, time
p = json.load(open(os.environ["OVERTONE_PARAMETERS"]))
time.sleep(0.25)
if p["kind"] == "bad" and p["x"] > 6:
    sys.exit("\\x1b[2J内存不足 " * 20)
print("score =", p["x"] + (10 if p["kind"] == "good" else 0))
"""


class Tmux:
    """A shell in a terminal of a size."""

    def __init__(self, width, height):
        self.server = ["tmux", "-L", f"overtone-{uuid.uuid4().hex}"]
        environment = {
            k: v for k, v in os.environ.items()
            if k not in ("TMUX", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        }  # fmt: skip
        command = ["new-session", "-d", "-x", str(width), "-y", str(height), "env", "PS1=$ ", "sh"]
        subprocess.run(
            [*self.server, "-f", "/dev/null", *command],
            check=True, env={**environment, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    def ask(self, *words):
        return subprocess.run(
            [*self.server, *words], check=True, capture_output=True, text=True
        ).stdout

    def close(self):
        subprocess.run([*self.server, "kill-server"], check=False, capture_output=True)

    def type(self, *keys):
        self.ask("send-keys", *keys)

    def tune(self, path, *environment):
        words = ["env", *environment, sys.executable, "-m", "overtone.cli.main", "tune", str(path)]
        self.type(f"clear; {shlex.join(words)}; echo ended $?", "Enter")

    @property
    def screen(self):
        return [line.rstrip() for line in self.ask("capture-pane", "-p").split("\n")]

    def wait_for(self, words, *, seconds=180):
        """The screen as soon as a line of it matches."""
        end = time.monotonic() + seconds
        while True:
            screen = self.screen
            if any(re.search(words, line) for line in screen):
                return screen
            assert time.monotonic() < end, "\n".join(screen)
            time.sleep(0.05)


@pytest.fixture
def tmux():
    made = []

    def make(width, height):
        made.append(Tmux(width, height))
        return made[-1]

    yield make
    for one in made:
        one.close()


def panel_of(screen):
    """The lines from the title on."""
    start = next(k for k, line in enumerate(screen) if line.startswith("tiny"))
    return screen[start:]


@needs_tmux
@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_terminal_shows_the_panel_in_place_and_then_the_report(tmp_path, tmux, size):
    width, height = size
    path = write_study(
        tmp_path, SLOW, trials=24, parallel=2, rest="[default]\nx = 3\nkind = 'bad'\n",
        command=[sys.executable, "-X", "utf8", "-I", "-S", "{study_dir}/train.py"],
    )  # fmt: skip
    terminal = tmux(width, height)
    terminal.tune(path)
    terminal.wait_for("better than the default")
    places = set()
    for _ in range(60):
        screen = terminal.screen
        if screen[0].startswith("tiny") and "so far" in screen[0]:
            labels = [
                line.split()[0] for line in screen if re.match(r"(best|running|failed)\b", line)
            ]
            assert labels[:2] == ["best", "running"]
            assert len([line for line in screen if line.startswith("tiny")]) == 1
            assert all(cell_len(line) < width for line in screen)
            places.add(next(k for k, line in enumerate(screen) if line.startswith("running")))
        time.sleep(0.02)
    assert len(places) == 1
    screen = terminal.wait_for("What seems to matter so far|^ended")
    assert any(re.match(r"  \S+ = .*-> ", line) for line in screen) or "ended 0" in screen
    terminal.wait_for("^ended 0")
    assert terminal.ask("display", "-p", "#{cursor_flag}").strip() == "1"
    whole = terminal.ask("capture-pane", "-p", "-S", "-1000")
    assert whole.count("24 of 24 trials, took") == 1
    assert "so far, " not in whole
    assert whole.index("took") < whole.index("Use this configuration")


@needs_tmux
@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (20, 5)])
def test_ctrl_c_leaves_the_last_state_and_a_cursor(tmp_path, tmux, size):
    path = write_study(tmp_path, SLOW, trials=1000, parallel=3)
    terminal = tmux(*size)
    terminal.tune(path)
    terminal.wait_for("^tiny +[3-9] of 1000")
    terminal.type("C-c")
    terminal.wait_for("^ended 130")
    whole = terminal.ask("capture-pane", "-p", "-J", "-S", "-1000")
    assert whole.count("of 1000") == 1
    assert "running" not in whole
    assert "^C" not in whole
    assert "Traceback" not in whole
    assert "Stopped; every finished trial is kept in" in whole
    assert terminal.ask("display", "-p", "#{cursor_flag}").strip() == "1"
    assert living_in(tmp_path) == []


@needs_tmux
@pytest.mark.slow
def test_a_terminal_that_is_resized_keeps_one_panel(tmp_path, tmux):
    path = write_study(tmp_path, SLOW, trials=1000, parallel=2)
    terminal = tmux(120, 40)
    terminal.tune(path)
    terminal.wait_for("^failed")
    for width, height in [(60, 40), (100, 40), (30, 40), (80, 30)]:
        terminal.ask("resize-window", "-x", str(width), "-y", str(height))
        # Until the next picture the terminal shows the one before, as it wrapped it.
        time.sleep(2)
        screen = terminal.screen
        assert all(cell_len(line) < width for line in screen)
        for start in ("tiny", "best", "running", "failed"):
            assert len([line for line in screen if line.startswith(start)]) == 1, screen
    terminal.ask("resize-window", "-x", "20", "-y", "5")
    time.sleep(2)
    assert [line.split()[0] for line in terminal.screen if line] == [
        "tiny", "best", "running", "failed",
    ]  # fmt: skip
    terminal.type("C-c")
    terminal.wait_for("^ended 130")


@needs_tmux
@pytest.mark.slow
def test_a_terminal_that_knows_no_cursor_gets_lines(tmp_path, tmux):
    terminal = tmux(100, 24)
    terminal.tune(write_study(tmp_path, trials=3), "TERM=dumb")
    terminal.wait_for("^ended 0")
    whole = terminal.ask("capture-pane", "-p", "-S", "-1000")
    assert re.findall(r"^(\d) of 3: trial", whole, re.MULTILINE) == ["1", "2", "3"]


@needs_tmux
@pytest.mark.slow
def test_a_terminal_without_colours_shows_the_same(tmp_path, tmux):
    terminal = tmux(80, 24)
    path = write_study(tmp_path, SLOW, trials=6)
    terminal.tune(path, "NO_COLOR=1")
    terminal.wait_for("^tiny +[1-6] of 6")
    coloured = terminal.ask("capture-pane", "-p", "-e")
    codes = {
        code for found in re.findall(r"\x1b\[([0-9;]*)m", coloured) for code in found.split(";")
    }
    assert codes <= {
        "",
        "0",
        "1",
        "2",
        "39",
        "49",
    }  # plain, bold, dim, and the terminal's own colours
    terminal.wait_for("^ended 0")


@needs_tmux
@pytest.mark.slow
def test_a_terminal_that_is_closed_ends_the_run_and_keeps_what_is_finished(tmp_path, tmux):
    path = write_study(tmp_path, SLOW, trials=1000)
    terminal = tmux(80, 24)
    terminal.tune(path)
    terminal.wait_for("^tiny +[3-9] of 1000")
    tuner = int((tmp_path / ".overtone" / "tiny" / "lock").read_text())
    terminal.ask("kill-pane")
    end = time.monotonic() + 60
    while is_alive(tuner):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert living_in(tmp_path) == []


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
