"""Make the pictures of the documentation, from real runs.

    python docs/pictures/make.py [--work FOLDER]

It tunes the digits example in a terminal of tmux, keeps what the terminal shows, and takes pictures of the page of
that study in Chromium: in the light, in the dark, on a phone and on paper. The study stays in the folder, so that
the same call goes on with it. It needs Debian's packages `chromium` and `tmux`, and playwright and pillow.
"""

import argparse
import io
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "digits"
COLUMNS, ROWS = 100, 30
# Trials after which the terminal is shown.
MOMENT = 60
COLOURS = 64


def main() -> None:
    """Run the study, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--work", type=Path, help="where the study is run")
    work = parser.parse_args().work or Path(tempfile.mkdtemp())
    folder = work / "digits"
    if not folder.exists():
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".overtone", "__pycache__"))
    tuned_in_terminal(folder)
    take(folder / ".overtone" / "digits" / "report.html")


def tuned_in_terminal(folder: Path) -> None:
    """Tune the study in a terminal, and keep what it shows in the middle of it."""
    socket = f"pictures-{folder.stat().st_ino}"
    tune = shlex.join([sys.executable, "-m", "overtone.cli.main", "tune", "study.toml"])
    subprocess.run(
        ["tmux", "-L", socket, "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS)]
        + ["-c", str(folder), f"{tune}; touch done; sleep 5"],
        check=True,
    )
    trials, shown = folder / ".overtone" / "digits" / "trials", ""
    (folder / "done").unlink(missing_ok=True)
    while not (folder / "done").exists():
        time.sleep(1)
        count = len(list(trials.iterdir())) if trials.exists() else 0
        if not shown and count >= MOMENT:
            capture = ["tmux", "-L", socket, "capture-pane", "-e", "-p"]
            shown = subprocess.run(capture, check=True, capture_output=True, text=True).stdout
    if shown:
        (HERE / "terminal.svg").write_text(as_svg(shown), encoding="utf-8")


def as_svg(shown: str) -> str:
    """What a terminal shows, as a drawing."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown.rstrip()))
    return console.export_svg(title="overtone tune study.toml")


def take(page: Path) -> None:
    """The pictures of the page."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        shot(browser, page, "page", height=1500)
        shot(browser, page, "dark", height=1500, color_scheme="dark")
        shot(browser, page, "phone", width=375, height=1500)
        shot(browser, page, "print", height=1500, media="print")
        shot(browser, page, "effects", height=900, at="effects")
        browser.close()


def shot(  # noqa: PLR0913  # what one may want of a window
    browser: Browser,
    page: Path,
    name: str,
    *,
    width: int = 900,
    height: int = 1000,
    at: str | None = None,
    media: str = "screen",
    **how: str,
) -> None:
    """One picture of the page, with few colours, so that it is small."""
    context = browser.new_context(viewport={"width": width, "height": height}, **how)
    window = context.new_page()
    window.goto(page.resolve().as_uri())
    # Whose machine it was is nobody's business.
    window.evaluate(
        "folder => document.querySelectorAll('code').forEach("
        "code => (code.textContent = code.textContent.replaceAll(folder + '/', '')))",
        str(page.parents[2]),
    )
    figures = window.locator("figure.panel")
    for k in range(figures.count()):
        figures.nth(k).scroll_into_view_if_needed()
        figures.nth(k).locator(".live svg.main-svg").first.wait_for()
    window.emulate_media(media=media)
    top = 0 if at is None else window.locator(f"#{at}").evaluate("e => e.offsetTop - 20")
    window.evaluate("scrollTo(0, 0)")
    window.wait_for_timeout(500)
    taken = window.screenshot(
        full_page=True, clip={"x": 0, "y": top, "width": width, "height": height}
    )
    picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS)
    picture.save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
