"""The served page in a real browser: it is renewed by itself while a study is tuned."""

import re
import signal
import subprocess
import sys

import pytest
from browsing import PATIENCE, browser, opened
from tiny_studies import write_study

from overtone.cli.serving import HOST

pytestmark = pytest.mark.browser
OVERTONE = [sys.executable, "-m", "overtone.cli.main"]


def test_a_served_page_shows_what_has_ended_since_and_survives_its_server(tmp_path):
    path = write_study(tmp_path, trials=3)
    subprocess.run([*OVERTONE, "tune", str(path)], check=True, capture_output=True)
    words = [*OVERTONE, "report", str(path), "--serve", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            said = server.stdout.readline()
            address = re.search(rf"http://{HOST}:\d+/", said)[0]
            with browser() as chromium:
                seen = opened(chromium, address)
                assert "3 of 3 trials finished" in seen.page.inner_text("header")
                path.write_text(path.read_text().replace("trials = 3", "trials = 5"))
                subprocess.run([*OVERTONE, "tune", str(path)], check=True, capture_output=True)
                seen.page.locator("header", has_text="5 of 5").wait_for(timeout=PATIENCE)
                seen.draw_all()
                assert {request.removeprefix(address) for request in seen.asked} == {"", "state"}
                assert seen.said == []
                server.send_signal(signal.SIGINT)
                assert server.wait(timeout=60) == 0
                seen.page.wait_for_timeout(4000)
                assert "trials finished" in seen.page.inner_text("header")
        finally:
            server.kill()
