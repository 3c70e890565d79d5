"""Make the pictures of the documentation, from real runs.

    python docs/pictures/make.py [--work FOLDER]

It tunes the digits example in a terminal of tmux, keeps what the terminal shows, and takes pictures of the page
of that study in Chromium: in the light, in the dark, on a phone and on paper. The study stays in the folder, so
that the same call goes on with it. It needs Debian's packages `chromium` and `tmux`, and playwright and pillow.
"""

import argparse
import base64
import io
import re
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
# Of the rows, those that the panel has.
LINES = 18
# Trials after which the terminal is shown, a picture each, and how long one stands.
MOMENTS = (4, 12, 25, 45, 70, 100, 135)
SECONDS = 2
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
    """Tune the study in a terminal, and keep what it shows now and then."""
    socket = f"pictures-{folder.stat().st_ino}"
    tune = shlex.join([sys.executable, "-m", "overtone.cli.main", "tune", "study.toml"])
    subprocess.run(
        ["tmux", "-L", socket, "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS)]
        + ["-c", str(folder), f"{tune}; touch done; sleep 5"],
        check=True,
    )
    trials = folder / ".overtone" / "digits" / "trials"
    frames: list[str] = []
    is_new = not trials.exists()
    (folder / "done").unlink(missing_ok=True)
    while not (folder / "done").exists():
        time.sleep(1)
        count = len(list(trials.iterdir())) if trials.exists() else 0
        if len(frames) < len(MOMENTS) and count >= MOMENTS[len(frames)]:
            capture = ["tmux", "-L", socket, "capture-pane", "-e", "-p"]
            shown = subprocess.run(capture, check=True, capture_output=True, text=True).stdout
            frames.append(as_svg(shown))
    if is_new and len(frames) == len(MOMENTS):
        (HERE / "terminal.svg").write_text(film(frames), encoding="utf-8")


def as_svg(shown: str) -> str:
    """What a terminal shows, as a drawing that asks for no font from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(shown.split("\n")[:LINES])))
    drawn = console.export_svg(title="overtone tune study.toml")
    return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


def film(frames: list[str]) -> str:
    """Drawings of one size, one after the other, again and again."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', frames[0])
    assert size is not None
    whole, share = SECONDS * len(frames), 100 / len(frames)
    style = (
        f"image {{ opacity: 0; animation: shown {whole}s step-end infinite }}"
        f"@keyframes shown {{ 0% {{ opacity: 1 }} {share:.3f}% {{ opacity: 0 }} }}"
    )
    images = "".join(
        f'<image width="{size[1]}" height="{size[2]}" style="animation-delay: {SECONDS * k}s" '
        f'href="data:image/svg+xml;base64,{base64.b64encode(frame.encode()).decode()}"/>'
        for k, frame in enumerate(frames)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[1]} {size[2]}">'
        f"<title>overtone tune, while it runs</title><style>{style}</style>{images}</svg>\n"
    )


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


def shot(
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
