"""A script's plain values are known without running it, and nothing else is guessed."""

import ast

import pytest

from overtone.errors import StudyFileError
from overtone.run.definition.writing.script_source import UNKNOWN, ScriptSource, script_source

SOURCE = """
DEPTHS = [2, 4]
TWICE = 1
TWICE = 2
MODELS: dict = {"a": 1, "b": 2}
for LOOPED in range(3): pass
COUNTED = 1
COUNTED += 1
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-1.5e-3", -1.5e-3),
        ("'x'", "x"),
        ("DEPTHS", [2, 4]),
        ("list(MODELS)", ["a", "b"]),
        ("sorted(DEPTHS)", [2, 4]),
        ("range(1, 7, 2)", [1, 3, 5]),
        ("range(3)", [0, 1, 2]),
        ("TWICE", UNKNOWN),
        ("LOOPED", UNKNOWN),
        ("COUNTED", UNKNOWN),
        ("len('abc')", UNKNOWN),
        ("range(1, 9, 0)", UNKNOWN),
        ("range(n)", UNKNOWN),
        ("list(open('x'))", UNKNOWN),
        ("__import__('os').getpid()", UNKNOWN),
    ],
)
def test_an_expression_is_known_if_it_is_plain(expression, value):
    source = ScriptSource(ast.parse(SOURCE))
    found = source.value(ast.parse(expression, mode="eval").body)
    assert found is UNKNOWN if value is UNKNOWN else found == value


def test_no_expression_is_nothing():
    assert ScriptSource(ast.parse("")).value(None) is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"def", "not Python in line 1"),
        (b"x = '\xff'", "not Python"),
        (b"a\0b", "not Python"),
        (None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_python_is_refused(tmp_path, content, expected):
    path = tmp_path / "train.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StudyFileError, match=expected):
        script_source(path)
