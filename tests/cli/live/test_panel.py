"""The panel shows what is known in any room, and keeps every part in its place."""

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_runs import INSIGHT, after, begun, failed, gave
from rich.cells import cell_len
from rich.console import Console

from overtone.cli.live.panel import ROOMS, Panel, room_for
from overtone.cli.live.state import Change, Insight


def drawn(state, now=0.0, *, width=80, height=24, is_final=False, **console):
    """The lines of a panel, as a terminal of this size shows them."""
    panel = Panel(lambda: (state, now))
    panel.is_final = is_final
    file = StringIO()
    options = {"force_terminal": True, "color_system": None, "legacy_windows": False, **console}
    Console(file=file, width=width, height=height, **options).print(panel, end="")
    text = (
        file.getvalue()
        .replace("\x1b[0K", "")
        .replace("\x1b[1m", "")
        .replace("\x1b[0m", "")
        .replace("\r", "")
    )
    return text.removesuffix("\n").split("\n")


RUN = after(
    begun(trials=20, parallel=3),
    gave(0, 0.9311, is_default=True), failed(1), gave(2, 0.95), failed(3), gave(4, 0.9722),
    failed(5, "timed out after 30 s"), gave(6, 0.96),
).started(7, 70.0).started(8, 72.0)  # fmt: skip
RUN = replace(RUN, insight=INSIGHT)

SCREEN = """\
digits   7 of 20 trials, 1 min 20 s so far, about 2 min left
best     accuracy = 0.9722 in trial 4, 0.0411 better than the default (0.9311)

         ▁▁▁▁▄▄▄▄██████                              0.9311 to 0.9722
         ━━━━━━━━━━━━━━────────────────────────────

running  trial 7     10 s
         trial 8     8 s

failed   2 x crash: exit code 1: no GPU
         1 x timed out after 30 s

What seems to matter so far (after 40 trials; how accuracy would change)
  solver = lbfgs  -> saga  -0.031 (-0.042 to -0.021)
  C = 0.3         -> 10    -0.02 (-0.05 to 0.01), unsure"""


def test_the_panel_says_what_is_known():
    assert "\n".join(drawn(RUN, 80.0)) == SCREEN


def test_a_run_that_begins_says_how_little_is_known():
    assert drawn(begun()) == [
        "digits   0 of 100 trials, 0 s so far",
        "best     no value so far",
        "",
        "",
        f"         {'─' * 42}",
        "",
        "running  none right now",
        "",
    ]


def test_a_run_that_ends_leaves_what_is_not_in_the_report():
    lines = drawn(replace(RUN, aim=replace(RUN.aim, trials=7)), 80.0, is_final=True)
    assert lines[0] == "digits   7 of 7 trials, took 1 min 20 s"
    assert [line for line in lines if line.startswith(("running", "What"))] == []
    assert lines[-3:] == [
        "failed   2 x crash: exit code 1: no GPU",
        "         1 x timed out after 30 s",
        "",
    ]


def test_a_run_that_is_stopped_leaves_what_seems_to_matter_too():
    lines = drawn(RUN, 80.0, is_final=True)
    assert "took 1 min 20 s" in lines[0]
    assert lines[-1] == "  C = 0.3         -> 10    -0.02 (-0.05 to 0.01), unsure"


def places(lines):
    """The row at which each part begins."""
    return {line.split()[0]: k for k, line in enumerate(lines) if line[:1].strip()}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 16), (40, 12)])
def test_parts_keep_their_places_while_trials_come_and_go(size):
    width, height = size
    seen = []
    for running in range(9):
        state = replace(RUN, aim=replace(RUN.aim, parallel=8), running=())
        for number in range(running):
            state = state.started(100 + number, 1.0)
        seen.append(places(drawn(state, 90.0, width=width, height=height)))
    assert all(found == seen[0] for found in seen)


def test_of_many_running_trials_the_first_are_shown_and_the_others_counted():
    state = begun(parallel=9)
    for number in range(9):
        state = state.started(number, float(number))
    lines = drawn(state, 20.0)
    assert lines[6:10] == [
        "running  trial 0     20 s", "         trial 1     19 s", "         trial 2     18 s",
        "         and 6 more",
    ]  # fmt: skip
    shown = drawn(state, 20.0, height=6)
    assert "running  9 trials, the longest for 20 s" in shown


def test_the_most_frequent_reasons_come_first_and_the_others_are_counted():
    often = [failed(k, reason) for k, reason in enumerate("abacadeabb")]
    lines = drawn(after(begun(parallel=8), *often))
    assert lines[-3:] == ["failed   4 x a", "         3 x b", "         3 for other reasons"]
    assert "failed   4 x a" in drawn(after(begun(), *often), height=5)


def test_trials_that_wait_are_counted():
    state = begun().started(0, 0.0).with_pause(0, 1.0)
    assert "paused   1 trial, to be promoted or eliminated" in drawn(state)
    assert "paused   0 trials, to be promoted or eliminated" in drawn(state.with_elimination(0))
    assert not [line for line in drawn(begun()) if "paused" in line]


def test_nothing_is_sure_before_it_is():
    insight = Insight(12, "Nothing is sure yet.", INSIGHT.changes[1:])
    assert drawn(replace(RUN, insight=insight), 80.0)[-3:] == [
        "What seems to matter so far (after 12 trials; how accuracy would change)",
        "  Nothing is sure yet.",
        "  C = 0.3  -> 10  -0.02 (-0.05 to 0.01), unsure",
    ]
    many = tuple(replace(INSIGHT.changes[1], setting=f"s{k}") for k in range(9))
    lines = drawn(replace(RUN, insight=Insight(12, "Nothing is sure yet.", many)), 80.0)
    assert [line.split()[0] for line in lines[-5:]] == ["Nothing", "s0", "s1", "s2", "s3"]


def test_the_default_is_called_the_default():
    state = after(begun(), gave(0, 0.9, is_default=True), gave(1, 0.9))
    assert drawn(state)[1] == "best     accuracy = 0.9 in trial 0, the default"


@pytest.mark.parametrize(
    ("width", "title", "best"),
    [
        (
            72, "7 of 20 trials, 1 min 20 s so far, about 2 min left",
            "in trial 4, 0.0411 better than the default",
        ),
        (54, "7 of 20 trials, about 2 min left", " in trial 4"),
        (37, "7 of 20, about 2 min left", ""),
        (25, "7 of 20 trials", ""),
    ],
)  # fmt: skip
def test_a_narrow_terminal_shows_what_matters_most_and_no_half_of_it(width, title, best):
    lines = drawn(RUN, 80.0, width=width)
    assert lines[0] == f"digits   {title}"
    assert lines[1].endswith(best or "0.9722")
    assert drawn(RUN, 80.0, width=20)[1] == "best     0.9722"


def test_what_is_too_wide_is_cut_where_names_differ_least():
    name = "a_study/of_some_kind/with_a_name_that_goes_on/number-12"
    assert drawn(begun(name=name))[0].startswith("a_study/of_so…on/number-12  0 of 100 trials")
    change = replace(
        INSIGHT.changes[0], setting="a_setting_of_which_the_name_goes_on_and_on = true"
    )
    line = drawn(replace(RUN, insight=Insight(12, "", (change,))), width=72)[-1]
    assert line == "  a_setting_of_whi…on_and_on = true  -> saga  -0.031 (-0.042 to -0.021)"


def test_a_narrow_terminal_shows_changes_without_their_intervals():
    lines = drawn(RUN, 80.0, width=44)
    assert lines[-2:] == ["  solver = lbfgs  -> saga  -0.031", "  C = 0.3         -> 10    -0.02"]


def test_what_cannot_be_encoded_is_drawn_in_ascii():
    panel = Panel(lambda: (RUN, 80.0))
    console = Console(file=StringIO(), force_terminal=True, width=80, height=24)
    options = console.options.update()
    options.encoding = "latin-1"
    texts = [
        part.plain for part in panel.__rich_console__(console, options) if hasattr(part, "plain")
    ]
    assert "\n".join(texts).isascii()
    assert "==============----" in texts[4]


letters = st.text(max_size=60) | st.sampled_from(
    ["内存" * 50, "\x1b[2J" * 9, "a" * 10_000, "\u202eabc"]
)


@given(
    st.integers(1, 130), st.integers(1, 45), letters, st.lists(letters, min_size=1, max_size=8),
    st.integers(1, 40), st.booleans(),
)  # fmt: skip
def test_no_terminal_is_too_small_and_no_name_too_wide(
    width, height, name, texts, parallel, is_final
):
    changes = tuple(Change(t, t[::-1], "1", "1 (0 to 2)", is_sure=True) for t in texts)
    aim = {"name": name, "metric": name, "parallel": parallel}
    state = after(begun(**aim), gave(0, 1.5, is_default=True), gave(1, 1e-300))
    for number, text in enumerate(texts):
        state = state.with_finished(failed(number + 2, text), number + 3, 50.0)
    for number in range(parallel):
        state = state.started(number + 50, 50.0)
    state = replace(state, insight=Insight(9, name, changes), has_paused=True)
    lines = drawn(state, 1e6, width=width, height=height, is_final=is_final)
    assert len(lines) <= max(height - 1, 1)
    assert all(cell_len(line) <= max(width - 1, 1) for line in lines)
    assert "\x1b" not in "".join(lines)


def test_rooms_grow_with_the_terminal():
    heights = [room.height(10**6) for room in ROOMS]
    assert heights == sorted(heights, reverse=True)
    assert [ROOMS.index(room_for(rows, 8)) for rows in (40, 23, 16, 12, 8, 4)] == [0, 1, 2, 3, 4, 5]
