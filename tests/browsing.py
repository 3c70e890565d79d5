"""A page in a real browser, and what is asked of every page of ours there."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Milliseconds; machines are shared.
PATIENCE = 120_000

# Texts outside the window, but for what scrolls by itself and what is hidden.
OUTSIDE = """() => [...document.querySelectorAll('h1,h2,h3,p,a,summary,td,th,figcaption,text,button,li')]
  .filter((one) => !one.closest('.scroll,pre,.skip') && one.checkVisibility())
  .map((one) => [one.getBoundingClientRect(), one.textContent])
  .filter(([box]) => box.width && (box.left < -1 || box.right > innerWidth + 1))
  .map(([box, text]) => `${Math.round(box.left)}..${Math.round(box.right)}: ${text.slice(0, 60)}`)"""

# Contrast of every text with what lies behind it, by WCAG 2.1 (1.4.3); 4.5 is asked of text of this size.
FAINT = """() => {
  const parse = (code) => (code.match(/[\\d.]+/g) || []).map(Number);
  const luminance = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const code = getComputedStyle(at).backgroundColor;
      const is_share = code.startsWith('color(srgb');
      const srgb = parse(is_share ? code.slice(10) : code).map((v, k) => is_share && k < 3 ? 255 * v : v);
      const alpha = srgb.length > 3 ? srgb[3] : 1;
      if (alpha > 0) layers.push([srgb, alpha]);
      if (alpha === 1) break;
    }
    const mixed = (under, [over, a]) => over.slice(0, 3).map((v, k) => a * v + (1 - a) * under[k]);
    return layers.reverse().reduce(mixed, [255, 255, 255]);
  };
  const found = [];
  const texts = 'h1,h2,h3,p,strong,a,summary,td,th,figcaption,code,button,li,svg text';
  for (const one of document.querySelectorAll(texts)) {
    if (!one.textContent.trim() || !one.checkVisibility() || one.closest('.skip')) continue;
    const style = getComputedStyle(one);
    const ink = parse(one.closest('svg') ? style.fill : style.color);
    const under = (one.closest('svg') && one.closest('figure')) || one;
    const [a, b] = [luminance(ink), luminance(behind(under))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${style.color} ${one.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""


@dataclass
class Seen:
    """A page that is open, what its console said, and what it asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def draw_all(self) -> int:
        """Scroll to every picture, so that it is drawn; how many there are."""
        figures = self.page.locator("figure.panel")
        for k in range(figures.count()):
            figures.nth(k).scroll_into_view_if_needed(timeout=PATIENCE)
            figures.nth(k).locator(".live svg.main-svg").first.wait_for(timeout=PATIENCE)
        return figures.count()

    def outside(self) -> list[str]:
        """Texts that are not in the window."""
        return self.page.evaluate(OUTSIDE)

    def faint(self) -> list[str]:
        """Texts that are hard to read."""
        return self.page.evaluate(FAINT)


def chromium() -> str:
    """The browser of this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"there is no browser: one of {', '.join(NAMES)}")
    return found


@contextmanager
def browser():
    """A browser, without a window."""
    path = chromium()
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    with playwright.sync_playwright() as driver:
        # A container has no place for the sandbox, and little shared memory; what is opened is ours.
        words = ["--no-sandbox", "--disable-dev-shm-usage"]
        found = driver.chromium.launch(executable_path=path, args=words)
        yield found
        found.close()


def opened(browser, address, *, width=1000, height=800, **how) -> Seen:
    """A page of an address, in a window of a size."""
    context = browser.new_context(viewport={"width": width, "height": height}, **how)
    seen = Seen(context.new_page())
    seen.page.set_default_timeout(PATIENCE)
    seen.page.on("console", lambda message: seen.said.append(message.text))
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    seen.page.goto(address, timeout=PATIENCE)
    return seen
