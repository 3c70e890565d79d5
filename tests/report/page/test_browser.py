"""The page in a real browser: drawn, readable in every light and at every width, and quiet."""

import re

import pytest
from browsing import browser, opened
from report.kinds import explained
from report.page.hostile import HOSTILE, hostile

from overtone.report.page.write import page_of

pytestmark = pytest.mark.browser
KINDS = ["clean", "failing", "staged", "all failed", "one trial", "hostile"]


def page(explanation, **keys):
    keys = {"name": "a study", "trials": 50, "metric": "seconds", **keys}
    return page_of(explanation, **keys)


@pytest.fixture(name="chromium", scope="module")
def _chromium():
    with browser() as found:
        yield found


@pytest.fixture(name="address", params=KINDS)
def _address(request, tmp_path):
    if request.param == "hostile":
        text = page(
            hostile(), name=HOSTILE[0], metric=HOSTILE[7], command_line=lambda _: HOSTILE[2]
        )
    else:
        text = page(explained(request.param), command_line=lambda c: f"program {c}")
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1000])
def test_every_picture_is_drawn_and_can_be_read(chromium, address, scheme, width):
    seen = opened(chromium, address, width=width, color_scheme=scheme)
    count = seen.draw_all()
    assert seen.page.locator("figure.drawn").count() == count
    for k in range(count):
        live = seen.page.locator("figure.panel").nth(k).locator(".live")
        assert live.locator("path, .point, .bars").count() > 3
    assert seen.said == []
    assert seen.asked == [address]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.outside() == []
    assert seen.faint() == []
    assert seen.page.evaluate("window.alerted") is None


def test_a_page_of_drawings_shows_them_and_says_nothing(chromium, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(explained("clean"), is_live=False), encoding="utf-8")
    seen = opened(chromium, path.as_uri(), width=375)
    assert seen.page.locator(".still.narrow-only svg >> visible=true").count() > 3
    assert seen.outside() == []
    assert seen.said == []


@pytest.mark.parametrize("how", ["no script", "paper"])
def test_without_a_script_and_on_paper_there_are_drawings(chromium, address, how):
    seen = opened(chromium, address, java_script_enabled=how != "no script")
    if how == "paper":
        seen.draw_all()
        seen.page.emulate_media(media="print")
    figures = seen.page.locator("figure.panel")
    for k in range(figures.count()):
        assert figures.nth(k).locator(".still.wide-only svg").is_visible()
        assert not figures.nth(k).locator(".live").is_visible()
        drawn = figures.nth(k).locator(".still.wide-only svg").locator("path, circle, rect")
        assert drawn.count() > 1
    assert not seen.said


def test_a_click_on_a_pair_opens_what_it_does(chromium, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(explained("clean")), encoding="utf-8")
    seen = opened(chromium, path.as_uri())
    seen.draw_all()
    table = seen.page.locator("#joint-1")
    seen.page.evaluate("document.getElementById('joint-1').open = false")
    live = seen.page.locator("#together .live")
    live.scroll_into_view_if_needed()
    middle = live.locator(".scatterlayer path.point").first
    middle.click(force=True)
    seen.page.locator("#joint-1[open]").wait_for()
    assert table.locator("td").count() >= 4


def test_the_keyboard_reaches_the_answer_the_command_and_the_numbers(chromium, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(explained("clean"), command_line=lambda _: "run me"), encoding="utf-8")
    seen = opened(chromium, path.as_uri())
    reached = []
    for _ in range(40):
        seen.page.keyboard.press("Tab")
        reached.append(seen.page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
    assert reached[0].startswith('<a class="skip"')
    assert any(one.startswith("<button") for one in reached)
    assert any(one.startswith("<summary") for one in reached)
    seen.page.locator("button.copy").first.click()
    seen.page.locator("button.copy", has_text=re.compile("Copied|Press")).first.wait_for()
