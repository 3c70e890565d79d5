"""The command line as Markdown, read off the application itself."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import typer
import typer.main


@dataclass(frozen=True)
class Page:
    """What is said of one command."""

    name: str
    markdown: str


def pages_of(app: typer.Typer) -> Iterator[Page]:
    """Every command: how it is called, what it does, its arguments and its options."""
    group = typer.main.get_command(app)
    above = typer.Context(group, info_name="overtone")
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=name, parent=above)
        usage = command.get_usage(context).removeprefix("Usage: ")
        records = [
            record
            for parameter in command.get_params(context)
            if (record := parameter.get_help_record(context)) is not None
        ]
        parts = [f"```text\n{usage}\n```", *paragraphs(command.help or ""), *map(_entry, records)]
        yield Page(name, "\n\n".join(parts))


def paragraphs(text: str) -> Iterator[str]:
    r"""The paragraphs of a help text; one after a \b keeps its lines as they are."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if not paragraph.startswith("\b"):
            yield paragraph
            continue
        lines = paragraph.split("\n")[1:]
        if lines and not lines[0].startswith(" "):
            yield lines.pop(0)
        yield "```text\n" + inspect.cleandoc("\n" + "\n".join(lines)) + "\n```"


def _entry(record: tuple[str, str]) -> str:
    name, meaning = record
    return f"`{name}`\n: {meaning}"
