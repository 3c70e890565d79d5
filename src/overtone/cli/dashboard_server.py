"""optuna-dashboard on this machine alone, with what is attached to a study in one piece."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from overtone.cli.serving import HOST, is_here

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

STUDIES: Final = "/api/studies/"
# Between two looks whether it is to end.
POLL_SECONDS: Final = 0.1


class DashboardServer(ThreadingMixIn, WSGIServer):
    """Serves a dashboard on loopback.

    Args:
        port: to listen at; 0 for any free one.
        dashboard: the application.
        writing: held while something of a study is half written.

    Raises:
        OSError: if the port cannot be had.
    """

    daemon_threads = True

    def __init__(self, port: int, dashboard: "WSGIApplication", *, writing: threading.Lock) -> None:
        super().__init__((HOST, port), _Handler)
        self.set_app(_Guarded(dashboard, writing))

    def server_bind(self) -> None:
        """Take the port, and ask no name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]
        self.setup_environ()

    def address_of(self, study: int) -> str:
        """Where a browser finds a study.

        Args:
            study: its key in the store.
        """
        return f"http://{HOST}:{self.server_port}/dashboard/studies/{study}"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Answer browsers meanwhile, in other threads."""
        threading.Thread(target=self.serve_forever, args=[POLL_SECONDS], daemon=True).start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Say nothing: a terminal is no log."""


class _Guarded:
    """A dashboard that answers this machine only, and no study while it is half written.

    A note or a figure is written in pieces, so a reader in between would see one torn apart, and a user's
    own note could be lost between the reading and the writing of it.
    """

    def __init__(self, dashboard: "WSGIApplication", writing: threading.Lock) -> None:
        self._dashboard = dashboard
        self._writing = writing

    def __call__(
        self, environment: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        # A page from elsewhere may have any name resolved to this machine, and a dashboard deletes studies.
        if not is_here(environment.get("HTTP_HOST")):
            status = f"{HTTPStatus.FORBIDDEN.value} {HTTPStatus.FORBIDDEN.phrase}"
            start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This dashboard is for this machine alone."]
        _, _, rest = environment.get("PATH_INFO", "").partition(STUDIES)
        key, _, part = rest.partition("/")
        if key and part in {"", "note"}:
            with self._writing:
                return list(self._dashboard(environment, start_response))
        return self._dashboard(environment, start_response)
