"""Options are read from a script's source as argparse itself takes them, and the script is never run."""

from pathlib import Path

import pytest

from overtone.errors import StudyFileError
from overtone.run.definition.command import Surroundings, parse_command
from overtone.run.definition.writing.argparse_source import script_options
from overtone.run.definition.writing.setting_text import values_text
from overtone.space import Categorical, SearchSpace

PARSER = """
import argparse
DEPTHS = [2, 4, 8]
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-3, help="rate\\nof it, 100%% (%(default)s)")
parser.add_argument("--layers", "-l", type=int, default=2)
parser.add_argument("-w", "--weight-decay", type=float, default="0.1")
parser.add_argument("--depth", type=int, choices=DEPTHS, default=4)
parser.add_argument("--act", choices=("relu", "tanh"), default="relu")
parser.add_argument("--need", choices=["p", "q"], required=True)
parser.add_argument("--sched", choices=["cos", "step"])
parser.add_argument("--cache", action="store_true")
parser.add_argument("--no-norm", action="store_false", dest="norm")
parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--ema", action=argparse.BooleanOptionalAction)
parser.add_argument("-k", type=int, default=3)
parser.add_argument("--fancy", default="no")
group = parser.add_argument_group("more")
group.add_argument("--grouped", type=float, default=1.0)
parser.set_defaults(grouped=4.0)
"""
# Whoever runs it fails.
SCRIPT = PARSER + "raise RuntimeError('this script was run')\n"


def options_of(folder, source):
    path = folder / "train.py"
    path.write_text(source, encoding="utf-8")
    return script_options(path)


@pytest.fixture
def taken(tmp_path):
    return options_of(tmp_path, SCRIPT).taken


def test_every_option_that_a_setting_can_stand_for_is_taken(taken):
    values = {option.option: values_text(option.setting.parameter) for option in taken}
    assert values == {
        "--lr": "0.0001..0.01 log",
        "--layers": "1..8",
        "--weight-decay": "0.01..1 log",
        "--depth": "2,4,8",
        "--act": "relu,tanh",
        "--need": "p,q",
        "--sched": "unset,cos,step",
        "--cache": "false,true",
        "--no-norm": "false,true",
        "--amp": "--no-amp,--amp",
        "--ema": "unset,--no-ema,--ema",
        "-k": "1..12",
        "--fancy": "no,yes",
        "--grouped": "0.1..100 log",
    }
    assert taken[0].remark == "rate\nof it, 100% (0.001)"


def namespace(taken, configuration):
    """What argparse makes of the command of a configuration."""
    space = SearchSpace([option.setting.parameter for option in taken])
    command = parse_command(["train", *(option.word for option in taken)], space, Path("/nowhere"))
    words = command.argv(configuration, Surroundings("/nowhere", ".", 0))
    scope = {}
    exec(PARSER, scope)
    return vars(scope["parser"].parse_args(words[1:])), vars(
        scope["parser"].parse_args(["--need=p"])
    )


def defaults_of(taken):
    return {option.setting.parameter.name: option.setting.default for option in taken}


def test_the_default_is_what_argparse_has_without_any_option(taken):
    found, without = namespace(taken, defaults_of(taken))
    assert found == without


def test_argparse_takes_every_end_and_every_choice(taken):
    for option in taken:
        parameter = option.setting.parameter
        ends = (
            parameter.choices
            if isinstance(parameter, Categorical)
            else (parameter.low, parameter.high)
        )
        seen = {
            repr(namespace(taken, {**defaults_of(taken), parameter.name: value})[0])
            for value in ends
        }
        assert len(seen) == len(ends), option.option


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('"data"', "a word of the command"),
        ('"--x", type=bool, default=False', "any text for true"),
        ('"--x", default=False', "any text for true"),
        ('"--seed", type=int, default=0', "seed"),
        ('"--x", type=int', "no default"),
        ('"--x", type=int, default=0', "scale"),
        ('"--x", type=int, default=len("abc")', "only known when the script runs: len('abc')"),
        ('"--x", default="model.bin"', "other values are not known"),
        ('"--x", default=3', "its type is str"),
        ('"--x", type=int, nargs="+", default=[1]', "several values"),
        ('"--x", action="count"', "'count' is none"),
        ('"--x", action=Mine', "Mine is none"),
        ('"--x", choices=sorted(MODELS)', "sorted(MODELS)"),
        ('"--x", choices=[1, 2], default=1', "argparse takes none of its choices"),
        ('"--x", choices=["a"], default="a"', "one choice only"),
        ('"--x", choices=["a", "b"], default="c"', "none of its choices"),
        ('"--x", choices=["a", "a"], default="a"', "are equal"),
        ("name, type=int, default=3", "name is only known"),
        ('f"--{x}", type=int, default=3', "name is only known"),
        ('"--x", **more', "arguments are only known"),
        ('"-x", action=argparse.BooleanOptionalAction', "no long name"),
        ('"--lr", type=float, default=1.0', "stands before it"),
    ],
)
def test_what_is_no_setting_is_named_with_its_line_and_the_reason(tmp_path, call, reason):
    source = f"p.add_argument('--lr', type=float, default=0.1)\np.add_argument({call})\n"
    found = options_of(tmp_path, source)
    assert [option.option for option in found.taken] == ["--lr"]
    lines = [*found.left_out, *(option.reason for option in found.open)]
    assert len(lines) == 1
    assert lines[0].endswith("(line 2)")
    assert reason in lines[0]


def test_an_option_that_lacks_its_values_alone_can_be_given_them(tmp_path):
    source = """
p.add_argument("--out-file", default="model.bin", help="where to")
p.add_argument("--size", type=int)
p.add_argument("--seed", type=int, default=3)
p.add_argument("--size", type=int)
p.add_argument("--many", nargs="+")
"""
    found = options_of(tmp_path, source)
    assert [(o.option, o.name, o.word, o.text) for o in found.open] == [
        ("--out-file", "out_file", "--out-file={out_file}", "model.bin"),
        ("--size", "size", "--size={size}", None),
        ("--seed", "seed", "--seed={seed}", "3"),
    ]
    assert found.open[0].remark == "where to"
    assert [line.partition(":")[0] for line in found.left_out] == ["--size", "--many"]


def test_options_of_subcommands_and_of_groups_that_exclude_are_left_out(tmp_path):
    source = """
train = parser.add_subparsers().add_parser("train")
train.add_argument("--lr", type=float, default=0.1)
only = parser.add_mutually_exclusive_group()
only.add_argument("--a", action="store_true")
"""
    found = options_of(tmp_path, source)
    assert found.taken == ()
    assert "subcommand" in found.left_out[0]
    assert "only one option" in found.left_out[1]


def test_what_the_script_demands_is_known(tmp_path):
    source = """
p.add_argument("data")
p.add_argument("more", nargs="*")
p.add_argument("--out", required=True)
p.add_argument("--lr", type=float, default=0.1, required=True)
"""
    assert options_of(tmp_path, source).demanded == ("data", "--out")


def test_names_that_a_command_keeps_for_itself_are_changed(tmp_path):
    found = options_of(tmp_path, 'p.add_argument("--parameters", type=int, default=3)')
    assert found.taken[0].setting.parameter.name == "parameters_value"
    assert found.taken[0].word == "--parameters={parameters_value}"


def test_a_custom_type_of_a_number_or_a_truth_keeps_its_kind(tmp_path):
    source = """
p.add_argument("--n", type=positive, default=4)
p.add_argument("--on", type=str2bool, default=True)
"""
    first, second = options_of(tmp_path, source).taken
    assert values_text(first.setting.parameter) == "1..16 log"
    assert second.setting.parameter.choices == ("False", "True")
    assert second.setting.default == "True"


def test_a_script_without_options_says_where_they_may_be(tmp_path):
    with pytest.raises(StudyFileError, match="another library than argparse"):
        options_of(tmp_path, "import click\n")
