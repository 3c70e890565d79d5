"""A command template renders to the argument list that it looks like, and never meets a shell."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import StudyFileError
from overtone.run.definition.command import RESERVED, Surroundings, as_text, parse_command
from overtone.space import Categorical, Integer, Real, SearchSpace

SPACE = SearchSpace(
    [
        Categorical("optimizer", ("adam", "sgd")),
        Real("lr", 0.0, 1.0),
        Real("momentum", 0.0, 1.0, when={"optimizer": "sgd"}),
        Categorical("flag", (True, None, "a b", 3)),
    ]
)
ADAM = {"optimizer": "adam", "lr": 0.1, "flag": True}
SGD = {"optimizer": "sgd", "lr": 0.1, "momentum": 0.5, "flag": "a b"}
HERE = Surroundings("/study", "/study/trials/000007", 7)
NOWHERE = Path("/nowhere")


def render(words: list[object], configuration: dict[str, object]) -> list[str]:
    return parse_command(words, SPACE, NOWHERE).argv(configuration, HERE)


def test_placeholders_are_filled_in():
    words = ["run", "--lr={lr}", "{study_dir}/a", "{trial_dir}", "{trial_number}", "{flag}"]
    assert render(words, ADAM) == [
        "run", "--lr=0.1", "/study/a", "/study/trials/000007", "7", "true",
    ]  # fmt: skip


def test_all_parameters_come_as_json():
    assert json.loads(render(["run", "{parameters}"], SGD)[1]) == SGD


def test_braces_are_doubled():
    assert render(["run", "{{lr}}", "a{{{lr}}}b"], ADAM) == ["run", "{lr}", "a{0.1}b"]


@pytest.mark.parametrize(
    "words",
    [
        ["run", ["--momentum", "{momentum}"], "end"],
        ["run", "--momentum={momentum}", "end"],
        ["run", "{momentum}", "end"],
    ],
)
def test_what_mentions_an_inactive_parameter_is_left_out(words):
    assert render(words, ADAM) == ["run", "end"]
    assert len(render(words, SGD)) > 2


def test_a_group_of_active_parameters_stays():
    assert render(["run", ["--momentum", "{momentum}"]], SGD) == ["run", "--momentum", "0.5"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("a b", "a b"), (True, "true"), (False, "false"), (None, "null"), (3, "3"), (1e-5, "1e-05")],
)
def test_values_have_their_documented_text(value, text):
    assert as_text(value) == text


def test_a_flag_before_a_group_or_an_unconditional_value_is_fine():
    flag_before_group = ["run", "--lr", "{lr}", "--verbose", ["{momentum}"]]
    assert render(flag_before_group, ADAM) == ["run", "--lr", "0.1", "--verbose"]
    assert render(["run", "--verbose", "--momentum={momentum}"], ADAM) == ["run", "--verbose"]
    assert render(["run", "--mode=fast", "{momentum}"], ADAM) == ["run", "--mode=fast"]


def test_a_parameter_of_a_reserved_name_is_refused():
    for name in RESERVED:
        space = SearchSpace([Integer(name, 0, 1)])
        with pytest.raises(StudyFileError, match=name):
            parse_command(["run"], space, NOWHERE)


def test_a_file_beside_the_study_file_is_refused_wherever_it_stands(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ["train.py", "sub/train.py"]:
        (tmp_path / name).touch()
        for words in [["python", name], ["python", ["-x", name]], [name]]:
            with pytest.raises(StudyFileError, match="study_dir"):
                parse_command(words, SPACE, tmp_path)
    parse_command(["python", "./train.py", f"{tmp_path}/train.py", "sub"], SPACE, tmp_path)


def test_a_program_on_the_path_is_no_file_beside_the_study_file(tmp_path):
    (tmp_path / "sh").touch()
    command = parse_command(["sh", "-c", "true"], SPACE, tmp_path)
    assert command.argv(ADAM, HERE) == ["sh", "-c", "true"]


def test_python_is_ours_only_where_there_is_no_other(monkeypatch):
    words = ["python", "-V"]
    monkeypatch.setattr("shutil.which", lambda program: "/usr/bin/python")
    assert render(words, ADAM)[0] == "python"
    monkeypatch.setattr("shutil.which", lambda program: None)
    assert render(words, ADAM)[0] == sys.executable
    assert render(["python3"], ADAM)[0] == "python3"


def test_the_command_line_names_the_parameters_file_only_if_it_is_needed():
    every = ["run", "{lr}", "{optimizer}", ["{momentum}"], "{flag}"]
    for words, expected in [
        (every, "run 0.1 sgd 0.5 'a b'"),
        (["run", "{parameters}", "{trial_dir}"], f"run {shlex.quote(json.dumps(SGD))} ."),
        (["run", "--lr={lr}"], "env 'OVERTONE_PARAMETERS=/a b/p.json' run --lr=0.1"),
    ]:
        command = parse_command(words, SPACE, NOWHERE)
        line = command.command_line(SGD, study_dir=NOWHERE, parameters_file="/a b/p.json")
        assert line == expected


# What a TOML text can hold and an argument list may: everything but NUL and lone surrogates.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(TEXTS, max_size=4))
def test_escaped_text_comes_out_as_it_went_in(texts):
    words = ["run", *(text.replace("{", "{{").replace("}", "}}") for text in texts)]
    assert render(words, ADAM) == ["run", *texts]


@given(TEXTS, TEXTS, TEXTS)
def test_a_value_fills_its_placeholder_and_is_never_a_template_itself(before, value, after):
    space = SearchSpace([Categorical("x", (value,))])
    double = [text.replace("{", "{{").replace("}", "}}") for text in (before, after)]
    command = parse_command(["run", f"{double[0]}{{x}}{double[1]}"], space, NOWHERE)
    assert command.argv({"x": value}, HERE) == ["run", before + value + after]


def test_the_command_line_survives_a_real_shell():
    value = "a 'b' \"c\" $HOME `id` ; * \n \\ é"
    space = SearchSpace([Categorical("x", (value,))])
    show = "import sys, json; print(json.dumps(sys.argv[1:]))"
    command = parse_command([sys.executable, "-S", "-c", show, "{x}"], space, NOWHERE)
    line = command.command_line({"x": value}, study_dir=NOWHERE, parameters_file="p.json")
    shown = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert json.loads(shown.stdout) == [value]


FLAGS = SearchSpace(
    [
        Categorical("fast", (False, True)),
        Integer("level", 1, 3, when={"fast": True}),
        Real("lr", 0.0, 1.0),
    ]
)


def test_words_with_a_condition_are_there_where_it_holds():
    words = ["run", {"words": ["--fast", "{lr}"], "when": {"fast": True}}, "end"]
    command = parse_command(words, FLAGS, NOWHERE)
    assert command.argv({"fast": False, "lr": 0.5}, HERE) == ["run", "end"]
    configuration = {"fast": True, "level": 2, "lr": 0.5}
    assert command.argv(configuration, HERE) == ["run", "--fast", "0.5", "end"]
    line = command.command_line(configuration, study_dir=NOWHERE, parameters_file="p.json")
    assert line.startswith("env OVERTONE_PARAMETERS=p.json run")  # level is nowhere
    only = parse_command(words, SearchSpace([*FLAGS.parameters[::2]]), NOWHERE)
    line = only.command_line({"fast": False, "lr": 0.5}, study_dir=NOWHERE, parameters_file="p")
    assert line == "run end"


def test_words_are_left_out_where_their_condition_is_inactive_itself():
    command = parse_command(["run", {"words": ["-x"], "when": {"level": [1, 2]}}], FLAGS, NOWHERE)
    assert command.argv({"fast": False, "lr": 0.5}, HERE) == ["run"]
    assert command.argv({"fast": True, "level": 2, "lr": 0.5}, HERE) == ["run", "-x"]
    assert command.argv({"fast": True, "level": 3, "lr": 0.5}, HERE) == ["run"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"words": ["-x"]}, "the condition under which they are there"),
        ({"words": [], "when": {"fast": True}}, "words and the condition"),
        ({"words": "-x", "when": {"fast": True}}, "words and the condition"),
        ({"words": ["-x"], "when": {}}, "words and the condition"),
        ({"words": ["-x"], "when": {"fast": True}, "if": 1}, "words and the condition"),
        ({"words": ["-x"], "when": {"fats": True}}, "no such parameter. Did you mean 'fast'"),
        ({"words": ["-x"], "when": {"fast": "yes"}}, "not one of its choices"),
        ({"words": ["-x"], "when": {"lr": 0.5}}, "real number"),
        ({"words": ["-x"], "when": 3}, "when is 3"),
        ({"words": ["{lrr}"], "when": {"fast": True}}, "Did you mean 'lr'"),
        ({"words": [3], "when": {"fast": True}}, "each argument is text"),
    ],
)
def test_words_with_a_wrong_condition_are_refused(table, expected):
    with pytest.raises(StudyFileError, match="command") as refused:
        parse_command(["run", table], FLAGS, NOWHERE)
    assert expected in str(refused.value)
