"""A page on this machine alone, which is written again when there is something new."""

import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

HOST: Final = "127.0.0.1"
# A page from elsewhere may have any name resolved to this machine; it must not read ours.
NAMES: Final = (HOST, "localhost")


def is_here(host: str | None) -> bool:
    """Whether a browser that asks this host, with its port, asks this machine by a name of its own."""
    return host is None or host.partition(":")[0].lower().removesuffix(".") in NAMES


class PageServer(ThreadingHTTPServer):
    """Serves one page on loopback.

    Args:
        port: to listen at; 0 for any free one.
        state: a text that changes when the page does.
        write: the page.

    Raises:
        OSError: if the port cannot be had.
    """

    daemon_threads = True

    def __init__(self, port: int, *, state: Callable[[], str], write: Callable[[], str]) -> None:
        self._state = state
        self._write = write
        self._written: tuple[str, str] | None = None
        self._lock = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as they came

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def state(self) -> str:
        """A text that changes when the page does."""
        return self._state()

    def page(self) -> str:
        """The page, written again if its state has changed."""
        with self._lock:
            state = self._state()
            if self._written is None or self._written[0] != state:
                self._written = state, self._write()
            return self._written[1]


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a browser."""
        path = self.path.partition("?")[0]
        if not is_here(self.headers.get("Host")):
            self._answer(HTTPStatus.FORBIDDEN, "This page is for this machine alone.", "plain")
        elif path == "/":
            self._answer_with(self.server.page, "html")
        elif path == "/state":
            self._answer_with(self.server.state, "plain")
        else:
            self._answer(
                HTTPStatus.NOT_FOUND,
                "There is only one page here, and its address ends with the port and a slash.",
                "plain",
            )

    do_HEAD = do_GET  # noqa: N815  # the base class names it so

    def _answer_with(self, write: Callable[[], str], kind: str) -> None:
        try:
            text = write()
        except Exception as error:  # noqa: BLE001  # a store that is away now may be back for the next one
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"No page now: {error}", "plain")
        else:
            self._answer(HTTPStatus.OK, text, kind)

    def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
        content = text.encode("utf-8", errors="backslashreplace")
        self.send_response(status)
        self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Say nothing: a terminal is no log."""
