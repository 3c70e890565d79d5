"""The dashboard's server answers this machine alone, and shows no study while it is half written."""

import threading
import urllib.error
import urllib.request

import pytest

from overtone.cli.dashboard_server import DashboardServer


class Application:
    """Answers with the path, and remembers what was asked."""

    def __init__(self):
        self.asked: list[str] = []

    def __call__(self, environment, start_response):
        self.asked.append(environment["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environment["PATH_INFO"].encode()]


@pytest.fixture(scope="module")
def application() -> Application:
    return Application()


@pytest.fixture(scope="module")
def writing() -> threading.Lock:
    return threading.Lock()


@pytest.fixture(scope="module")
def address(application, writing):
    server = DashboardServer(0, application, writing=writing)
    with server.served():
        yield server.address_of(1).removesuffix("/dashboard/studies/1")


def get(address: str, *, host: str | None = None) -> str:
    request = urllib.request.Request(address, headers={} if host is None else {"Host": host})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def test_it_listens_on_loopback_and_writes_no_log(address, capfd):
    assert address.startswith("http://127.0.0.1:")
    assert get(f"{address}/dashboard") == "/dashboard"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:9"])
def test_every_name_of_this_machine_is_answered(address, host):
    assert get(f"{address}/api/studies", host=host) == "/api/studies"


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example:8080"])
def test_a_page_from_elsewhere_is_not(address, application, host):
    application.asked.clear()
    with pytest.raises(urllib.error.HTTPError, match="403") as refusal:
        get(f"{address}/api/studies", host=host)
    assert refusal.value.read() == b"This dashboard is for this machine alone."
    assert application.asked == []


@pytest.mark.parametrize("path", ["/api/studies/1", "/api/studies/1/note"])
def test_a_study_is_not_shown_while_it_is_half_written(address, application, writing, path):
    application.asked.clear()
    answers: list[str] = []
    reader = threading.Thread(target=lambda: answers.append(get(address + path)))
    with writing:
        reader.start()
        # What concerns no note and no figure is answered meanwhile.
        others = ["/dashboard", "/api/studies", "/api/studies/1/param_importances"]
        assert [get(address + other) for other in others] == others
        assert application.asked == others
    reader.join(60)
    assert answers == [path]


def test_a_port_in_use_is_refused(address):
    port = int(address.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        DashboardServer(port, Application(), writing=threading.Lock())
