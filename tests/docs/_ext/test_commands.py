"""What the reference says of a command is what its help says."""

from typing import Annotated

import typer
from docs._ext.commands import pages_of, paragraphs


def sing(
    song: Annotated[str, typer.Argument(help="What to sing.")],
    loud: Annotated[bool, typer.Option("--loud", help="So that all hear it.")] = False,
) -> None:
    """Sing a song.

    \b
    Example:
        overtone sing lullaby
    """


def dance() -> None:
    """Dance."""


app = typer.Typer()
app.command()(sing)
app.command()(dance)


def test_every_command_has_a_page_with_its_call_help_and_options():
    pages = {page.name: page.markdown for page in pages_of(app)}
    assert list(pages) == ["sing", "dance"]
    assert "overtone sing [OPTIONS]" in pages["sing"]
    assert "Sing a song." in pages["sing"]
    assert "Example:\n\n```text\novertone sing lullaby\n```" in pages["sing"]
    assert "`--loud`\n: So that all hear it." in pages["sing"]
    assert "What to sing." in pages["sing"]


def test_a_kept_paragraph_keeps_its_lines_and_a_plain_one_stays_plain():
    assert list(paragraphs("One\ntwo.\n\n\b\n    a = 1\n      b = 2")) == [
        "One\ntwo.",
        "```text\na = 1\n  b = 2\n```",
    ]
