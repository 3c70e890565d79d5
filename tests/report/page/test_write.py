"""The page: its numbers are those of the explanation, nothing leaves it, and a text stays a text."""

import json
import re
from html.parser import HTMLParser

import pytest
from report.kinds import PICTURED, explained
from report.page.hostile import HOSTILE, hostile

from overtone.report.page.tables import joint_tables, numbers_of
from overtone.report.page.write import fragment_of, page_of, waiting_page
from overtone.report.text import report_of


class Read(HTMLParser):
    """What a browser would make of a page: its elements, its texts and its figures."""

    VOID = frozenset({"meta", "link", "br", "path", "rect", "circle", "polygon"})

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.figures, self.rows = [], [], [], []
        self.texts, self._open, self._section = [], [], None
        self.sections = {}
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "section":
            self._section = attributes["id"]
            self.sections[self._section] = {"figures": [], "rows": [], "text": []}
        if tag == "tr" and self._section:
            self.sections[self._section]["rows"].append([])
        if tag not in self.VOID:
            self._open.append((tag, attributes))

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        opened, _ = self._open.pop()
        assert opened == tag
        if tag == "section":
            self._section = None

    def handle_data(self, data):
        tag, attributes = self._open[-1] if self._open else ("", {})
        own = self.sections.get(self._section)
        if tag == "script" and attributes.get("type") == "application/json":
            own["figures"].append(json.loads(data))
        elif tag not in ("script", "style"):
            self.texts.append(data)
            if own is not None:
                own["text"].append(data)
                if tag in ("td", "th"):
                    own["rows"][-1].append(data)


def page(explanation, **keys):
    """A page without plotly's script, whose five megabytes take long to read and tell nothing here."""
    keys = {"name": "a study", "trials": 50, "metric": "seconds", **keys}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("plotly.offline.get_plotlyjs", lambda: "")
        return page_of(explanation, **keys)


@pytest.fixture(name="shown", scope="module", params=PICTURED)
def _shown(request):
    explanation = explained(request.param)
    return explanation, Read(page(explanation))


def numbers(told):
    return [told["mean"], told["low"], told["high"]]


def drawn_numbers(section):
    """All numbers in the figures of a section, the ends of intervals included."""
    found = []
    for figure in section["figures"]:
        for trace in figure["data"]:
            base = trace.get("base", [0.0] * len(trace["x"]))
            x = [a + b for a, b in zip(base, trace["x"], strict=True)]
            for along, own in (("x", x), ("y", trace["y"])):
                found += own
                if error := trace.get(f"error_{along}"):
                    found += [v + e for v, e in zip(own, error["array"], strict=True)]
                    found += [v - e for v, e in zip(own, error["arrayminus"], strict=True)]
    return found


def holds(found, wanted):
    found = sorted(found)
    return all(any(abs(v - w) <= 1e-9 * max(1.0, abs(w)) for v in found) for w in wanted)


def test_the_numbers_of_the_figures_are_those_of_the_json(shown):
    explanation, read = shown
    told = json.loads(json.dumps(explanation.to_dict()))
    if "changes" in read.sections:
        wanted = [v for change in told["changes"] for v in numbers(change["reached"])]
        assert holds(
            drawn_numbers(read.sections["changes"]), [*wanted, *numbers(told["fewest"]["gain"])]
        )
    if "effects" in read.sections:
        mattering = [s for s in told["settings"] if s["verdict"] == "matters"][:12]
        curves = {curve["setting"]: curve for curve in told["curves"]}
        wanted = []
        for setting in mattering:
            listed = curves.get(setting["setting"])
            changes = listed["changes"] if listed else [x["change"] for x in setting["levels"]]
            wanted += [v for change in changes for v in numbers(change)]
        assert holds(drawn_numbers(read.sections["effects"]), wanted)
    if "space" in read.sections and read.sections["space"]["figures"]:
        shares = [s["share"] for s in told["space"]["shares"] if s["share"]["mean"] >= 0.01][:14]
        assert holds(drawn_numbers(read.sections["space"]), [v for s in shares for v in numbers(s)])
    if "restricted" in read.sections:
        wanted = [v for one in told["restricted"] for v in numbers(one["mean"])]
        assert holds(drawn_numbers(read.sections["restricted"]), wanted)
    if "transfer" in read.sections and read.sections["transfer"]["figures"]:
        pairs = [p for p in told["transfer"]["pairs"] if None not in p.values()]
        wanted = [v for pair in pairs for v in (pair["at_stages"], pair["at_end"])]
        assert holds(drawn_numbers(read.sections["transfer"]), wanted)
    if "progress" in read.sections:
        ends = read.sections["progress"]["figures"][0]["layout"]["yaxis"]["range"]
        is_log = read.sections["progress"]["figures"][0]["layout"]["yaxis"]["type"] == "log"
        low, high = sorted(10**end if is_log else end for end in ends)
        values = [r["value"] for r in told["runs"] if r["value"] is not None]
        inside = [v for v in values if low <= v <= high]
        assert holds(drawn_numbers(read.sections["progress"]), inside)
        assert inside


def test_the_numbers_of_the_text_are_on_the_page(shown):
    explanation, read = shown
    text = report_of(explanation, name="a study", trials=50, metric="seconds", command_line=None)
    on_page = " ".join(" ".join(read.texts).split())
    for paragraph in text.split("\n\n"):
        flat = " ".join(paragraph.split())
        if flat.startswith(("Use this", "How that compares", "What is free", "Over the whole")):
            for sentence in re.findall(r"[A-Z][^.]*\d[^.]*\.(?:\d[^.]*\.)*(?= |$)", flat):
                tail = sentence.split(" . ")[-1]
                for number in re.findall(r"\d+\.\d+", tail):
                    assert number in on_page, (sentence, number)


def test_tables_have_a_row_for_each_record(shown):
    explanation, read = shown
    for key, table in numbers_of(explanation).items():
        if key in read.sections and read.sections[key]["figures"] and key != "together":
            rows = [row for row in read.sections[key]["rows"] if len(row) == len(table.heads)]
            assert len(rows) >= len(table.rows), key
    for table, joint in zip(joint_tables(explanation), explanation.joint, strict=True):
        assert len(table.rows) == len(joint.values[0])
        used = [cell for _, row in table.rows for cell in row if cell.is_used]
        assert len(used) == 1


def test_no_request_leaves_the_page(shown):
    _, read = shown
    for name, value in read.attributes:
        if name in ("src", "href", "action", "srcset", "data", "poster"):
            assert value.startswith(("#", "data:")), (name, value)
    policy = next(v for n, v in read.attributes if n == "content" and "default-src" in v)
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy


def test_a_notebook_gets_the_same_without_a_script(shown):
    explanation, read = shown
    text = fragment_of(explanation, metric="value")
    fragment = Read(text)
    assert set(fragment.sections) == set(read.sections)
    assert "<script" not in text
    assert len(text) < 1_000_000
    assert explanation._repr_html_() == text


def test_a_page_of_drawings_has_all_but_the_interactive_figures(shown):
    explanation, read = shown
    text = page_of(explanation, name="a study", trials=50, metric="seconds", is_live=False)
    static = Read(text)
    assert set(static.sections) == set(read.sections)
    assert sum(len(section["figures"]) for section in static.sections.values()) == 0
    assert text.count("<script") == 1
    assert len(text) < 1_000_000


def test_links_and_labels_lead_to_elements_and_ids_are_unique(shown):
    _, read = shown
    ids = [value for name, value in read.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    targets = [v[1:] for n, v in read.attributes if n == "href" and v.startswith("#")]
    targets += [v for n, v in read.attributes if n in ("aria-labelledby", "data-copy")]
    assert set(targets) <= set(ids)


POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'"
)


def test_hostile_names_stay_text():
    text = page(hostile(), name=HOSTILE[0], metric=HOSTILE[1], command_line=lambda c: HOSTILE[1])
    read = Read(text)
    assert "img" not in read.tags
    assert not any(name.startswith("on") for name, _ in read.attributes)
    scripts = [k for k, tag in enumerate(read.tags) if tag == "script"]
    assert len(scripts) == 2 + sum(len(s["figures"]) for s in read.sections.values())
    assert "49" not in " ".join(read.sections["answer"]["text"])
    assert {"changes", "effects", "progress"} <= set(read.sections)
    assert "\x1b" not in text
    assert len(text) < 1_000_000


def test_no_hostile_text_is_markup_or_a_colour_to_plotly():
    read = Read(page(hostile(), metric=HOSTILE[7]))

    def texts(part, key=""):
        if isinstance(part, dict):
            for name, value in part.items():
                yield from texts(value, name)
        elif isinstance(part, list):
            for value in part:
                yield from texts(value, key)
        elif isinstance(part, str) and not key.endswith("color"):
            yield part

    for section in read.sections.values():
        for figure in section["figures"]:
            assert not [text for text in texts(figure) if "<" in text]


def test_only_what_a_user_wrote_is_long_and_it_is_cut():
    read = Read(page(hostile()))
    assert max(map(len, read.texts)) < 3_000
    cells = [cell for section in read.sections.values() for row in section["rows"] for cell in row]
    assert max(map(len, cells)) <= 160


def test_a_served_page_asks_its_own_server_and_a_waiting_one_says_why():
    served = page(explained("clean"), is_served=True)
    assert ("content", POLICY) in Read(served).attributes
    assert ("class", "overtone page served") in Read(served).attributes
    waiting = waiting_page(HOSTILE[0])
    assert "No trial has succeeded so far" in waiting
    assert "<script>alert" not in waiting


def test_the_page_is_one_file_of_at_most_six_megabytes(tmp_path):
    path = tmp_path / "page.html"
    explained("noisy").to_html(path, metric="score", name="noisy")
    assert path.stat().st_size <= 6_000_000
    assert '<h1 dir="auto">noisy</h1>' in path.read_text(encoding="utf-8")


def test_a_command_is_whole_and_may_be_copied():
    line = "program --a='<b>' --long=" + "x" * 3000
    read = Read(page(explained("clean"), command_line=lambda _: line))
    assert line in read.sections["answer"]["text"]
