"""How a run is asked to stop: by Ctrl-C, by SIGTERM, or by a terminal that is closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from overtone.run.engines.local.events import Mailbox


@contextmanager
def stopped_by_signals(mailbox: Mailbox) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end the run in good order; a second time, at once."""
    asked = False

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        mailbox.stop()

    # What is ignored stays so: nohup counts on it.
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heeded = [which for which in wanted if signal.getsignal(which) is not signal.SIG_IGN]
    before = {which: signal.signal(which, ask_to_stop) for which in heeded}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
