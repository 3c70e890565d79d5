"""The metric is the last value that a command left behind, whatever else it printed."""

import json
import math
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.run.engines.local.results import (
    BLOCK_BYTES,
    LONGEST_LINE,
    Reading,
    judge,
    lines_from_end,
    read_metric,
)
from overtone.run.records.trial_folder import TrialFolder


def read(folder, stdout: bytes = b"", results: bytes | None = None) -> Reading:
    if results is not None:
        (folder / "results.jsonl").write_bytes(results)
    (folder / "stdout.txt").write_bytes(stdout)
    return read_metric("acc", results=folder / "results.jsonl", stdout=folder / "stdout.txt")


@pytest.mark.parametrize(
    "line",
    [
        "acc = 0.5",
        "acc: 0.5",
        "acc=0.5",
        "  acc =\t5e-1  ",
        "acc = +.5",
        "\x1b[1macc\x1b[0m = \x1b[32m0.5\x1b[0m",
        '{"acc": 0.5}',
        '{"loss": 1, "acc": "0.5", "step": 3}',
        "acc = 0.1\nacc = 0.5\nacc2 = 7\nbest acc = 8\nacc is 9",
        "acc = 0.1\racc = 0.5",
        "acc = 0.1\r\nacc = 0.5\r\n\r\n",
        'acc = 0.1\n{"acc": 0.5}\n{"loss": 2}',
        'acc = 0.5\n{"acc": 0.7',
    ],
)
def test_the_last_value_of_the_output_counts(tmp_path, line):
    assert read(tmp_path, line.encode()) == Reading(0.5, None)


def test_the_results_file_comes_before_the_output(tmp_path):
    assert read(tmp_path, b"acc = 1", b'{"acc": 2}\n{"acc": 3}\n{"loss": 4}\n').value == 3
    assert read(tmp_path, b"acc = 1", b'{"loss": 4}\n').value == 1
    assert read(tmp_path, b"acc = 1", b"").value == 1


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('{"acc": 0.5, "budget": 9}', 0.5),
        ('{"acc": 0.5, "budget": 9.0}', 0.5),
        ('{"acc": 0.5}', 0.5),
        ("acc = 0.5", 0.5),
        ('{"acc": 0.5, "budget": "all"}', 0.5),
        ('{"acc": 0.4, "budget": 3}\n{"acc": 0.5, "budget": 9}', 0.5),
        ('{"acc": 0.5, "budget": 8}', None),
        ('{"acc": 0.4, "budget": 9}\n{"acc": 0.5, "budget": 3}', None),
    ],
)
def test_a_value_counts_only_if_its_budget_was_reached(tmp_path, line, value):
    (tmp_path / "out").write_text(line)
    reading = read_metric("acc", results=tmp_path / "none", stdout=tmp_path / "out", budget=9)
    assert reading.value == value
    assert (reading.failure is None) == (value is not None)
    without = read_metric("acc", results=tmp_path / "none", stdout=tmp_path / "out")
    assert without.value is not None


def test_a_line_that_was_cut_off_does_not_count(tmp_path):
    assert read(tmp_path, b"", b'{"acc": 2}\n{"acc": 3.1').value == 2


def test_bytes_that_are_no_text_are_no_obstacle(tmp_path):
    assert read(tmp_path, b"\xff\xfe\x80\nacc = 0.5\n\xe9\n").value == 0.5


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("", ["no 'acc'", "stdout.txt", "OVERTONE_RESULTS"]),
        ("accuracy = 3", ["no 'acc'"]),
        ("acc = nan", ["'acc'", "NaN"]),
        ('{"acc": NaN}', ["NaN"]),
        ("acc = -inf", ["infinite", "-inf"]),
        ('{"acc": Infinity}', ["infinite"]),
        ('{"acc": 1e999}', ["infinite"]),
        (f'{{"acc": 1{"0" * 400}}}', ["not a number"]),
        ("acc = 93%", ["'93%'", "not a number"]),
        ('{"acc": true}', ["True", "not a number"]),
        ('{"acc": null}', ["None", "not a number"]),
        ('{"acc": [1]}', ["[1]", "not a number"]),
        ("acc = 0.5\nacc = none", ["'none'", "not a number"]),
    ],
)
def test_what_is_no_finite_number_is_a_failure_in_words(tmp_path, printed, words):
    reading = read(tmp_path, printed.encode())
    assert reading.value is None
    for word in words:
        assert word in reading.failure


@pytest.mark.parametrize("shape", ["acc = {}", "acc: {}", '{{"acc": "{}"}}'])
@pytest.mark.parametrize(
    "text",
    [
        "1_000", "1_0.5", "1e1_0", "１２", "0.５", "٣.٥", "१", "²", "½", "Ⅻ", "−1", "infinity", "Infinity",  # noqa: RUF001  # ambiguity is the point
        "1,5", "1.000,5", "1.5.2", "0x10", "0x1p3", "1e", "e5", ".", "+", "+-1", "1d5", "1j", "1f", "nan(1)",
        "\N{LATIN SMALL LETTER DOTLESS I}nf", "1%", "$1", "--1", "1-", "True",
    ],
)  # fmt: skip
def test_only_a_plain_decimal_number_is_a_metric(tmp_path, shape, text):
    reading = read(tmp_path, shape.format(text).encode())
    assert reading.value is None
    assert reading.failure == f"'acc' in stdout.txt is {text!r}, which is not a number"


@pytest.mark.parametrize("shape", ["acc = {}", '{{"acc": "{}"}}', '{{"acc": " {} "}}'])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7.0), ("+7", 7.0), ("-0", 0.0), ("007", 7.0), ("7.", 7.0), (".5", 0.5), ("-.5e1", -5.0),
        ("1E3", 1000.0), ("1e+03", 1000.0), ("1.25e-003", 0.00125), ("1" * 30, float("1" * 30)),
    ],
)  # fmt: skip
def test_every_way_in_which_programs_print_a_decimal_number_is_read(tmp_path, shape, text, value):
    assert read(tmp_path, shape.format(text).encode()) == Reading(value, None)


@pytest.mark.parametrize("shape", ["acc = {}", '{{"acc": "{}"}}'])
@pytest.mark.parametrize("text", ["nan", "-nan", "NaN", "NAN", "inf", "+Inf", "-INF", "1e999"])
def test_what_is_not_finite_is_named(tmp_path, shape, text):
    word = "NaN" if "n" in text.lower().replace("inf", "") else "infinite"
    assert word in read(tmp_path, shape.format(text).encode()).failure


@given(st.text(max_size=12) | st.from_regex(r"[+-]?[0-9_.e+-]{1,8}", fullmatch=True))
def test_no_text_has_a_value_that_the_grammar_of_decimal_numbers_does_not_give(
    tmp_path_factory, text
):
    folder = tmp_path_factory.getbasetemp()
    reading = read(folder, json.dumps({"acc": text}).encode(), b"")
    try:
        plain = not set(text.strip()) - set("+-.0123456789eE") and math.isfinite(float(text))
    except ValueError:
        plain = False
    assert reading.value == (float(text) if plain else None)


def test_a_long_line_of_digits_that_is_no_number_is_refused_at_once(tmp_path):
    digits = "1" * (LONGEST_LINE - 100)
    begin = time.perf_counter()
    assert "not a number" in read(tmp_path, f"acc = {digits}_".encode()).failure
    assert time.perf_counter() - begin < 5  # milliseconds, unless the time grows with the square


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (b"\x1b[1;31mno GPU\x1b[0m\n", "no GPU"),
        (b"no GPU\n\x1b[0m\n\x1b[?25h", "no GPU"),
        (b"\x1b]0;title\x07no\x07 GPU\xc2\x9b2J", "no\\x07 GPU"),
        ("no \u202eUPG".encode(), "no \\u202eUPG"),
        (b"[red]no GPU[/red] :100:", "[red]no GPU[/red] :100:"),
        (b"\x1b[31m" * 200 + b"no GPU", "no GPU"),
        (b"\x00" * 400, "\\x00" * 74 + "\\..."),
    ],
)
def test_the_last_words_of_a_crash_hold_nothing_that_a_terminal_would_obey(tmp_path, stderr, words):
    folder = TrialFolder(tmp_path)
    folder.stderr.write_bytes(stderr)
    reading = judge(folder, code=1, metric="acc", timeout=None)
    assert reading == Reading(None, f"crash: exit code 1: {words}")


@pytest.mark.parametrize("value", ["\x1b[2J", "\x07", "\x9b2J", "\u202e1", "\ud800"])
def test_a_bad_value_is_quoted_so_that_a_terminal_does_not_obey_it(tmp_path, value):
    failure = read(tmp_path, json.dumps({"acc": value}).encode()).failure
    assert failure == f"'acc' in stdout.txt is {value!a}, which is not a number"


def test_a_huge_output_is_read_in_little_memory(tmp_path):
    path = tmp_path / "stdout.txt"
    with path.open("wb") as file:
        file.write(b"acc = 0.1\n" * 100_000)
        file.write(b"acc = 0.5\n")
        file.write(b"x" * (6 * LONGEST_LINE) + b"\n")  # one endless line
        file.write(b"progress\r" * 100_000)
    tracemalloc.start()
    try:
        reading = read_metric("acc", results=tmp_path / "none", stdout=path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reading == Reading(0.5, None)
    assert peak < 8 * LONGEST_LINE


def test_a_file_that_is_not_there_has_no_lines(tmp_path):
    assert list(lines_from_end(tmp_path / "none")) == []
    assert list(lines_from_end(tmp_path)) == []


@given(st.lists(st.integers(1, 3 * BLOCK_BYTES // 2), min_size=1, max_size=4), st.booleans())
def test_lines_come_back_in_reverse_whatever_the_blocks(tmp_path_factory, lengths, ends):
    path = tmp_path_factory.getbasetemp() / "lines.txt"
    lines = [chr(97 + i) * length for i, length in enumerate(lengths)]
    path.write_text("\n".join(lines) + ("\n" if ends else ""), encoding="utf-8")
    assert list(lines_from_end(path)) == lines[::-1]


@given(
    st.floats(),
    st.sampled_from(["acc = {}", "acc: {}", "acc={}", '{{"acc": "{}"}}']),
    st.binary(max_size=30),
)
def test_a_printed_number_is_read_back_exactly(tmp_path_factory, value, shape, noise):
    folder = tmp_path_factory.getbasetemp()
    before = noise.replace(b"acc", b"") + b"\n"
    reading = read(folder, before + shape.format(repr(value)).encode(), b"")
    if math.isfinite(value):
        assert reading.value == value
    else:
        assert reading.value is None


@given(st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False) | st.text(max_size=5)))
def test_other_keys_of_a_record_do_not_matter(tmp_path_factory, others):
    folder = tmp_path_factory.getbasetemp()
    line = json.dumps({**others, "acc": 0.25})
    assert read(folder, b"", line.encode() + b"\n") == Reading(0.25, None)
