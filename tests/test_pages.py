"""The blocks of pages are found as they stand, and a wrong one does not pass."""

import pytest
from pages import Runner, assert_printed, blocks_of, commands_of

PAGE = """\
# A page

```{code-block} text
:caption: goal.txt

7
```

```python
from pathlib import Path

goal = int(Path("goal.txt").read_text())
```

```python
print("the goal is", goal)
print("and", goal / 3)
```

```{code-block} text
:caption: It prints
the goal is 7
and 2.3...
```

% not run: it would end the tests.
```python
raise SystemExit
```

```console
$ cat goal.txt
7
$ echo a \\
  b; echo c
a b
...
$ echo 'error: no' >&2; false
error: no
```
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def run(path, folder):
    runner = Runner(folder)
    for block in blocks_of(path):
        if block.is_run:
            runner.run(block)


def test_blocks_run_in_order_in_one_namespace_and_one_folder(page, tmp_path):
    run(page, tmp_path)


def test_blocks_know_their_place_and_kind(page):
    found = [(b.line, b.language, b.caption, b.is_run) for b in blocks_of(page)]
    assert found == [
        (6, "text", "goal.txt", True),
        (10, "python", "", True),
        (16, "python", "", True),
        (22, "text", "It prints", True),
        (28, "python", "", False),
        (32, "console", "", True),
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("the goal is 7", "the goal is 8"),
        ("and 2.3...", "and 2.4..."),
        ("cat goal.txt\n7", "cat goal.txt\n8"),
        ("a b\n...", "a b"),
        ("error: no\n", "error: yes\n"),
        ("echo 'error: no' >&2; false", "echo 'error: no' >&2"),
        ("$ cat goal.txt\n7", "$ cat mole.txt"),
    ],
)
def test_a_page_that_shows_something_else_fails(page, tmp_path, right, wrong):
    assert PAGE.count(right) >= 1
    page.write_text(wrong.join(PAGE.rsplit(right, 1)), encoding="utf-8")
    with pytest.raises(AssertionError):
        run(page, tmp_path)


def test_an_unknown_directive_is_no_snippet_that_nobody_runs(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```{code-cell}\n1 + 1\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="run or not"):
        list(blocks_of(page))


def test_a_command_keeps_its_continued_lines(page):
    console = list(blocks_of(page))[-1]
    assert [command for command, _ in commands_of(console)][1] == "echo a \\\n  b; echo c"


def test_dots_stand_for_lines_and_parts_of_lines():
    assert_printed("a\nb\nc 1.25 s\n", "...\nc ... s", "")
    with pytest.raises(AssertionError):
        assert_printed("a\nb\n", "b", "")
