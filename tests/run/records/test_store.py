"""A study goes on with its own store, and with no other."""

import os
import sys
from pathlib import Path

import pytest
from tiny_studies import SPACE, Witness, run, write_study

from overtone.errors import RunError
from overtone.run.definition.study_file import read_study_file
from overtone.run.records import store
from overtone.run.records.lock import locked
from overtone.study.storage import STUDY


def refusal(path):
    with pytest.raises(RunError) as caught:
        run(path, Witness())
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metric": "points"}, ["metric", "'score'", "'points'"]),
        ({"direction": "minimize"}, ["direction", "'maximize'", "'minimize'"]),
        ({"space": SPACE.replace("9", "8")}, ["'x'", "high = 8 instead of 9"]),
        ({"space": SPACE + "y = [1]"}, ["'y' is new"]),
        ({"space": "x = {low = 0, high = 9}\nkind = ['good', 'bad']"}, ["'depth' is gone"]),
        ({"space": SPACE.replace('"good"}', '["good", "bad"]}')}, ["'depth'", "when"]),
    ],
)
def test_a_study_whose_meaning_changed_is_refused(tmp_path, changes, words):
    path = write_study(tmp_path, trials=1)
    run(path, Witness())
    write_study(tmp_path, **{"trials": 2, **changes})
    message = refusal(path)
    for word in [str(path), "another name", *words]:
        assert word in message


def test_a_study_whose_manner_changed_goes_on(tmp_path):
    path = write_study(tmp_path, trials=1)
    run(path, Witness())
    reordered = "\n".join(reversed(SPACE.strip().splitlines()))
    write_study(
        tmp_path, space=reordered, trials=3, parallel=2, timeout=60,
        command=[sys.executable, "-I", "-S", "{study_dir}/train.py", "{x}"],
        rest="[sampler]\nname = 'tpe'\nseed = 4\n",
    )  # fmt: skip
    assert run(path, Witness()).finished == 3


def test_a_study_that_was_never_started_says_so(tmp_path):
    path = write_study(tmp_path)
    with pytest.raises(RunError, match="has not been started"):
        store.load(read_study_file(path))
    assert not (tmp_path / ".overtone").exists()
    path = write_study(tmp_path, rest='[storage]\nurl = "sqlite:///other.db"\n')
    with pytest.raises(RunError, match="has not been started"):
        store.load(read_study_file(path))


def test_a_relative_sqlite_url_is_relative_to_the_study_file(tmp_path):
    path = write_study(tmp_path, trials=1, rest='[storage]\nurl = "sqlite:///other.db"\n')
    run(path, Witness())
    assert (tmp_path / "other.db").exists()


NAMES = [
    "a b", "{x}", "{SCHEMA_VERSION}", "}{", "50%", "a%20b", "%s", "what?", "a?uri=true&mode=memory",
    "a#b", "it's", 'say "hi"', "größe 研究", "a\\b", "new\nline", "$HOME", "`id`", "a;b&c|d", "*", "~", "-n",
    "[red]", "a=b", "a@b:c", ":memory:", "file:x", os.fsdecode(b"caf\xe9"),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("kept", ["embedded", pytest.param("beside", marks=pytest.mark.slow)])
def test_a_store_lies_where_it_should_whatever_its_folder_is_called(tmp_path, name, kept):
    folder = tmp_path / name
    try:
        folder.mkdir()
    except OSError:  # macOS has no names that are no UTF-8
        pytest.skip("the file system has no such name")
    rest = '[storage]\nurl = "sqlite:///other.db"\n' if kept == "beside" else ""
    study_file = read_study_file(write_study(folder, rest=rest))
    with locked(study_file):
        begun = store.create_or_continue(study_file)
    assert store.study_key(store.load(study_file)) == store.study_key(begun)
    database = {"embedded": study_file.run_directory / "study.db", "beside": folder / "other.db"}
    assert list(tmp_path.rglob("*.db*")) == [database[kept]]
    assert database[kept].read_bytes().startswith(b"SQLite format 3")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///a{b}.db", "a{b}.db"),
        ("sqlite:///a b#c.db", "a b#c.db"),
        ("sqlite:///plain.db?timeout=3", "plain.db"),
        ("sqlite+pysqlite:///plain.db", "plain.db"),
    ],
)
def test_a_url_of_sqlite_names_a_file_beside_the_study_file(tmp_path, monkeypatch, url, file):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    study_file = read_study_file(write_study(tmp_path, rest=f'[storage]\nurl = "{url}"\n'))
    store.create_or_continue(study_file)
    assert (tmp_path / file).read_bytes().startswith(b"SQLite format 3")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nosuch://user:secret@host/base", "nosuch"),
        ("nosuch://user:{secret}@host/base", "nosuch"),
        ("nosuch://user:sec@ret:2@host/base", "port"),
        ("nosuch://user:secret@host:first/base", "port"),
        ("sqlite:////no/such/folder/study.db", "unable to open"),
    ],
)
def test_a_store_that_cannot_be_used_is_named_without_its_password(tmp_path, url, word):
    path = write_study(tmp_path, rest=f'[storage]\nurl = "{url}"\n')
    message = refusal(path)
    assert word in message
    assert "sec" not in message
    assert "\n" not in message


def test_the_kept_description_is_readable(tmp_path):
    path = write_study(tmp_path, trials=1)
    run(path, Witness())
    kept = store.load(read_study_file(path)).user_attrs[STUDY]
    assert kept["space"] == {
        "x": {"type": "integer", "low": 0, "high": 9, "step": 1, "log": False, "when": {}},
        "kind": {"choices": ["good", "bad"], "when": {}},
        "depth": {
            "type": "integer", "low": 1, "high": 3, "step": 1, "log": False,
            "when": {"kind": ["good"]},
        },
    }  # fmt: skip
    assert (kept["metric"], kept["direction"]) == ("score", "maximize")


def test_an_embedded_store_is_made_whole_or_not_at_all(tmp_path, monkeypatch):
    """One that dies between two tables leaves nothing that the next one would take for a store."""
    database = tmp_path / "study.db"

    def dying(url):
        Path(url.database).write_bytes(b"half a schema")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "_in_file", dying)
        with pytest.raises(KeyboardInterrupt):
            store._create(database)
    assert not database.exists()
    store._create(database)
    whole = database.read_bytes()
    assert b"ix_studies_study_name" in whole
    store._create(database)
    assert database.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [database]


def test_an_embedded_store_needs_no_file_system_with_links(tmp_path, monkeypatch):
    def refused(self, target):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    store._create(tmp_path / "study.db")
    assert list(tmp_path.iterdir()) == [tmp_path / "study.db"]
