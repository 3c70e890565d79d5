"""A typed command becomes words that run, with its own values, as they were typed."""

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import StudyFileError
from overtone.run.definition.command import Surroundings, parse_command
from overtone.run.definition.writing.setting_text import Setting, typed_values
from overtone.run.definition.writing.typed_command import typed_command
from overtone.space import Integer, SearchSpace

NOWHERE = Path("/nowhere")
SETTINGS = st.sampled_from(
    ["--lr=0.1", "--layers 2", "-n 7", "-O2", "--cache", "SIZE=64", "-j4", "--mode fast", "-fno-x",
     "--braces={{}}", "'a b'", "--seed 1", "--shift -3", "{w}"]
)  # fmt: skip


def argv(typed, settings, study_dir="/nowhere"):
    """The command of the settings' defaults."""
    space = SearchSpace([s.parameter for s in settings.values()] or [Integer("unused", 0, 1)])
    command = parse_command(typed.words(settings), space, NOWHERE)
    defaults = {name: setting.default for name, setting in settings.items()}
    return command.argv(defaults or {"unused": 0}, Surroundings(study_dir, ".", 0))


def offered(typed):
    return {c.name: c.offer.setting for c in typed.candidates if c.offer.setting is not None}


@given(st.lists(SETTINGS, max_size=6), st.data())
def test_whatever_is_taken_the_default_is_the_command_that_was_typed(words, data):
    source = " ".join(["program", *words])
    typed = typed_command(source, here=NOWHERE, folder=NOWHERE)
    taken = {k: v for k, v in offered(typed).items() if data.draw(st.booleans())}
    assert argv(typed, taken) == shlex.split(source)


@given(st.lists(SETTINGS.filter(lambda word: word != "--cache"), max_size=5), st.data())
def test_so_it_is_for_a_shell(words, data):
    source = f"cd x && {' '.join(['program', *words])} | tail -n 1 > 'o u t'"
    typed = typed_command(source, here=NOWHERE, folder=NOWHERE)
    taken = {k: v for k, v in offered(typed).items() if data.draw(st.booleans())}
    assert argv(typed, taken) == ["sh", "-c", source]


@pytest.fixture
def beside(tmp_path):
    """A folder that holds what commands name."""
    for name in ["train.py", "job.c", "job", "run.sh", "sp ace.py", "data/x.csv", "{b}.txt", "sh"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "test").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("cat --data data/x.csv", ["cat", "--data", "{study_dir}/data/x.csv"]),
        ("python train.py --data=data/", ["python", "{study_dir}/train.py", "--data={study_dir}/data"]),
        ("python 'sp ace.py' {b}.txt", ["python", "{study_dir}/sp ace.py", "{study_dir}/{{b}}.txt"]),
        ("./run.sh /a/b -Idata no.txt", ["{study_dir}/run.sh", "/a/b", "-I{study_dir}/data", "no.txt"]),
        ("gcc job.c -o job", ["gcc", "{study_dir}/job.c", "-o", "./job"]),
        ("make test", ["make", "test"]),
        ("A=1 ./run.sh", ["env", "A=1", "{study_dir}/run.sh"]),
        ("run.sh {trial_dir}", ["{study_dir}/run.sh", "{trial_dir}"]),
        ("sh -c true", ["sh", "-c", "true"]),
    ],
)  # fmt: skip
def test_files_are_found_beside_the_study_file(beside, source, words):
    typed = typed_command(source, here=beside, folder=beside)
    assert typed.words({}) == words
    parse_command(words, SearchSpace([Integer("unused", 0, 1)]), beside)


def test_files_are_found_from_a_study_file_in_another_folder(beside):
    typed = typed_command("python train.py", here=beside, folder=beside / "studies" / "one")
    assert typed.words({}) == ["python", "{study_dir}/../../train.py"]


def test_what_is_compiled_is_run_in_the_trial_and_not_the_file_of_that_name_here(beside):
    typed = typed_command("gcc -O2 job.c -o job && ./job", here=beside, folder=beside)
    settings = offered(typed)
    script = 'gcc -O{O} "$1"/job.c -o job && ./job'
    assert typed.words(settings) == ["sh", "-c", script, "sh", "{study_dir}"]


def test_a_shell_finds_the_files_whatever_their_folder_is_called(tmp_path):
    folder = tmp_path / 'it\'s {a} "$HOME" folder'
    folder.mkdir()
    (folder / "a b.txt").write_text("found")
    typed = typed_command("cat 'a b.txt' | tr f F", here=folder, folder=folder)
    # A word in quotes stays as it was typed.
    assert typed.words({}) == ["sh", "-c", "cat 'a b.txt' | tr f F"]
    (folder / "a.txt").write_text("found")
    typed = typed_command("cat a.txt | tr f F", here=folder, folder=folder)
    run = subprocess.run(
        argv(typed, {}, str(folder)), capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert run.stdout == "Found"


def test_braces_become_places_of_settings_that_are_taken():
    typed = typed_command("awk '{print}' {w}x{h}", here=NOWHERE, folder=NOWHERE)
    w = Setting(Integer("w", 1, 9), 4)
    assert typed.words({"w": w}) == ["awk", "{{print}}", "{w}x{{h}}"]


def test_choices_that_a_shell_would_not_take_as_they_are_are_refused():
    typed = typed_command("prog --mode fast | cat", here=NOWHERE, folder=NOWHERE)
    with pytest.raises(StudyFileError, match="the choice 'a;b', which a shell"):
        typed.words({"mode": typed_values("mode", "fast,a;b")})
    words = typed.words({"mode": typed_values("mode", "fast,slow")})
    assert words == ["sh", "-c", "prog --mode {mode} | cat"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("python src/train.py --lr 1", "train"),
        ("OMP=1 time ./my-prog 3", "my-prog"),
        ("gcc a.c && ./a.out", "gcc"),
        ("python -m pkg.mod", "pkg"),
        ("'./ü a ü'", "a_"),
        ("'./ü'", "study"),
        ("env", "study"),
    ],
)
def test_a_study_is_named_by_its_program(source, name):
    assert typed_command(source, here=NOWHERE, folder=NOWHERE).name() == name
