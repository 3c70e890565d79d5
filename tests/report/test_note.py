"""The note says what the report says, and whatever a user's texts are, they stay text."""

import optuna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from optuna.samplers import RandomSampler

from overtone import explain
from overtone.report.note import _escaped, _fenced, _table, note_of
from overtone.report.words import cut, visible
from overtone.study.storage import DEFAULT

HOSTILE = ["<script>alert(1)</script>", "a|b", "x\\|y", "`tick` & $x$", "__s__ **b** ~~c~~"]
TEXTS = st.text(max_size=40) | st.text("\\|`*_<>[]()!&~$#-+.@: /wht", max_size=30)


def tokens(text: str):
    """What a reader of GitHub's Markdown makes of a text, addresses without a mark included."""
    reader = MarkdownIt("gfm-like", {"linkify": False})
    return [
        token for block in reader.parse(text) for token in (block, *(block.children or ())) if token
    ]


def cells_of(text: str) -> list[str]:
    reader = MarkdownIt("commonmark").enable("table")
    return [
        "".join(c.content for c in b.children) for b in reader.parse(text) if b.children is not None
    ]


def squeezed(text: str) -> str:
    return " ".join(text.split())


@given(TEXTS)
@example("x\\|y")
@example("\\")
@example("a\\\\|")
def test_a_cell_of_a_table_holds_just_its_text(text):
    cells = cells_of(_table(("setting", "value"), [("name", text)]))
    assert cells[:3] == ["setting", "value", "name"]
    assert squeezed("".join(cells[3:])) == squeezed(cut(visible(text), 60))


@given(TEXTS)
@example("&lt;b&gt; <b>")
@example("![a](b) [c](d) <e@f.gh>")
def test_a_sentence_holds_just_its_text(text):
    kinds = {token.type for token in tokens(f"So {_escaped(text)} it is.")}
    assert kinds <= {"paragraph_open", "inline", "text", "text_special", "paragraph_close"}
    assert squeezed("".join(cells_of(f"So {_escaped(text)} it is."))) == squeezed(
        f"So {visible(text)} it is."
    )


def test_an_address_has_no_backslash_for_a_reader_that_makes_a_link_of_it():
    """Such a reader takes all that follows `://`, `www.` and what stands around `@` as it is written."""
    assert _escaped("https://a.b/?c=1&d=2") == r"https\://a.b/?c=1\&d=2"
    assert _escaped("see www.a.b/_c_") == r"see www\.a.b/\_c\_"
    assert _escaped("me_you@a.b") == r"me\_you\@a.b"


@given(st.text("`~a \n", max_size=30))
def test_a_command_is_code_as_it_stands(text):
    [block] = MarkdownIt().parse(_fenced(text))
    assert (block.type, block.content) == ("fence", f"{text}\n")


def tuned(trials=40):
    def objective(trial: optuna.Trial) -> float:
        kind = trial.suggest_categorical(HOSTILE[0], HOSTILE[1:])
        x = trial.suggest_int("x", 0, 3)
        trial.suggest_categorical("idle", ["p", "q"])
        if kind == "a|b" and x > 0:
            raise RuntimeError("boom <b> | $y$")
        return 4 * (kind == "x\\|y") + x

    study = optuna.create_study(direction="maximize", sampler=RandomSampler(seed=0))
    start = {HOSTILE[0]: "a|b", "x": 0, "idle": "q"}
    study.enqueue_trial(start, user_attrs={DEFAULT: True})
    for k in range(3):  # so that it is known that runs are equal
        study.enqueue_trial({HOSTILE[0]: "x\\|y", "x": k, "idle": "p"})
        study.enqueue_trial({HOSTILE[0]: "x\\|y", "x": k, "idle": "p"})
    study.optimize(objective, n_trials=trials, catch=RuntimeError)
    return explain(study)


def note(explanation, trials=50):
    return note_of(
        explanation, trials=trials, metric="score", command_line=lambda found: f"run {len(found)}"
    )


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)


@pytest.fixture(scope="module")
def explanation():
    return tuned()


def test_the_note_has_the_answers_of_the_report(explanation):
    text = note(explanation)
    found = explanation.recommended
    assert "40 of 50 trials finished" in text
    assert f"### Use this configuration (trial {found.trial})" in text
    assert "```text\nrun 3\n```" in text
    assert "Any value will do for idle: no change of one is noticeable." in text
    titles = [line for line in text.splitlines() if line.startswith("### ")]
    assert titles[1:3] == ["### The few changes", "### What is free"]
    assert titles[-1].startswith("### What fails (")
    cells = cells_of(text)
    for name, value in found.configuration.items():
        assert cells[cells.index(name) + 1] == str(value)
    changes = cells[cells.index("known by") + 1 :]
    assert changes[:3] == [HOSTILE[0], "a|b", "x\\|y"]
    assert changes[7:10] == ["x", "0", "3"]


def test_nothing_in_the_note_is_markup_of_a_user(explanation):
    kinds = {token.type for token in tokens(note(explanation))}
    assert not kinds & {
        "html_block",
        "html_inline",
        "em_open",
        "strong_open",
        "link_open",
        "s_open",
    }
    assert "code_inline" not in kinds


def test_a_study_without_a_value_says_so_and_why():
    def objective(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        return float("nan")

    study = optuna.create_study()
    study.optimize(objective, n_trials=3)
    text = note(explain(study))
    assert "No trial has a finite value so far." in text
    assert "### What fails (3 trials)" in text
    assert "Run it with" not in text


def test_a_configuration_of_many_settings_is_a_paragraph():
    def objective(trial: optuna.Trial) -> float:
        return sum(trial.suggest_categorical(f"s_{k}", [0, 1]) for k in range(30))

    study = optuna.create_study(sampler=RandomSampler(seed=0))
    study.optimize(objective, n_trials=1)
    text = note(explain(study))
    assert "| setting |" not in text
    assert f"s\\_29 = {study.trials[0].params['s_29']}" in text
