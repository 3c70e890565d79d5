"""A page on this machine alone, written again when there is something new."""

import http.client
import threading
from contextlib import contextmanager

import pytest

from overtone.cli.serving import HOST, PageServer


@contextmanager
def served(state, write):
    with PageServer(0, state=state, write=write) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(server, path="/", host=None):
    connection = http.client.HTTPConnection(HOST, server.server_address[1], timeout=60)
    headers = {} if host is None else {"Host": host}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_a_page_is_written_once_for_each_state():
    state, written = ["1"], []

    def write():
        written.append(state[0])
        return f"page {state[0]}"

    with served(lambda: state[0], write) as server:
        assert server.address == f"http://127.0.0.1:{server.server_address[1]}/"
        assert ask(server) == ask(server) == (200, "page 1")
        assert ask(server, "/state") == (200, "1")
        state[0] = "2"
        assert ask(server, "/state") == (200, "2")
        assert ask(server) == (200, "page 2")
    assert written == ["1", "2"]


def test_only_this_machine_is_answered_and_there_is_one_page():
    with served(lambda: "1", lambda: "secret") as server:
        port = server.server_address[1]
        for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}"):
            status, text = ask(server, host=host)
            assert (status, "secret" in text) == (403, False)
        for host in ("localhost", f"localhost:{port}", f"127.0.0.1:{port}", f"LocalHost.:{port}"):
            assert ask(server, host=host) == (200, "secret")
        assert ask(server, "/etc/passwd")[0] == 404


def test_the_head_of_the_page_is_its_length():
    with served(lambda: "1", lambda: "page") as server:
        connection = http.client.HTTPConnection(HOST, server.server_address[1], timeout=60)
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert answer.headers["Content-Length"] == "4"
        connection.close()


def test_a_port_that_is_taken_is_refused():
    with served(lambda: "1", lambda: "page") as server, pytest.raises(OSError, match="in use"):
        PageServer(server.server_address[1], state=str, write=str)


def test_a_page_that_cannot_be_written_ends_one_request_only(capfd):
    fails = [True]

    def write():
        if fails[0]:
            raise ValueError("no page today")
        return "page"

    with served(lambda: "1", write) as server:
        status, text = ask(server)
        assert status == 500
        assert "no page today" in text
        fails[0] = False
        assert ask(server) == (200, "page")
