"""Questions on a terminal; where there is none, what was not given is a mistake that names its option."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import typer

from overtone.errors import OvertoneError, StudyFileError

Answer = TypeVar("Answer")


class Asker:
    """Asks, or says what is missing.

    Args:
        may_ask: whether there is someone to answer.
    """

    def __init__(self, *, may_ask: bool) -> None:
        self.may_ask = may_ask
        if may_ask:
            with suppress(ImportError):
                # Importing it lets an answer be edited; some systems lack it.
                import readline  # noqa: F401

    def ask(
        self,
        question: str,
        read: Callable[[str], Answer],
        *,
        missing: str,
        default: str | None = None,
    ) -> Answer:
        """The answer as it is read; asked again while it is a mistake.

        Args:
            question: in a few words.
            read: turns the answer into what it means, or raises a StudyFileError.
            missing: what to say where nobody can be asked and there is no default.
            default: what no answer means.

        Raises:
            StudyFileError: if nobody can be asked, and there is no default or it is a mistake.
        """
        if not self.may_ask:
            if default is None:
                raise StudyFileError(missing)
            return read(default)
        prompt = f"{question}{'' if default is None else f' [{default}]'}: "
        while True:
            answer = input(prompt).strip() or default
            if answer is None:
                typer.echo("  An answer is needed here; Ctrl-C ends without writing anything.")
                continue
            try:
                return read(answer)
            except OvertoneError as error:
                typer.echo(f"  {error}")

    def say(self, text: str = "") -> None:
        """Tell whoever answers."""
        if self.may_ask:
            typer.echo(text)


def on_terminal() -> bool:
    """Whether someone can be asked: both ends of the conversation are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()
