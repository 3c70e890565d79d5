"""Warnings, and words of the library's log, as lines that a person reads."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def plain_warnings(say: Callable[[str], None]) -> Iterator[None]:
    """Show each warning, and each word of the library's log, as one line."""

    def show(message: Warning | str, *details: object, **more: object) -> None:
        del details, more
        say(f"warning: {' '.join(str(message).split())}")

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(record.getMessage())

    logger, said = logging.getLogger("overtone"), Said(logging.INFO)
    level = logger.level
    logger.addHandler(said)
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show
            yield
    finally:
        logger.removeHandler(said)
        logger.setLevel(level)
