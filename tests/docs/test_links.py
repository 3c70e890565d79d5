"""No page points at a file that is not there, and every page can be reached."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READ = [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md")), ROOT / "benchmarks" / "README.md"]
PAGES = [page for page in READ if "_build" not in page.parts]


def links_of(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "", text)
    return re.findall(r"\]\(([^)\s]+)\)", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_to_a_file(page):
    relative = [link.partition("#")[0] for link in links_of(page) if "://" not in link]
    assert [link for link in relative if link and not (page.parent / link).exists()] == []


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for page in DOCS.rglob("*.md"):
        for body in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for entry in body.split("\n"):
                if entry and not entry.startswith(":"):
                    listed.update(page.parent.glob(f"{entry}.md"))
    missing = {page for page in PAGES if page.is_relative_to(DOCS)} - listed - {DOCS / "index.md"}
    assert missing == set()
