"""A study file is read whole, or refused in one paragraph that says what to change."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from overtone.cli.main import app
from overtone.errors import StudyFileError
from overtone.run.definition.sampler_table import (
    HalvingSettings,
    HarmonicaSettings,
    RandomSettings,
    SpectralSettings,
)
from overtone.run.definition.study_file import BudgetSettings, read_study_file
from overtone.search.halving import Budgets
from overtone.search.harmonica.fidelity import Fidelities
from overtone.search.harmonica.settings import Settings
from overtone.search.repeats import Repeats
from overtone.spectrum.recovery.rule import RecoverySettings

GOOD = """
name = "digits"
command = ["python", "{study_dir}/train.py", "--lr={lr}", ["--momentum", "{momentum}"]]
metric = "accuracy"
direction = "maximize"
trials = 20

[space]
lr = {low = 1e-4, high = 1.0, log = true}
optimizer = ["adam", "sgd"]
momentum = {low = 0.0, high = 0.99, when = {optimizer = "sgd"}}
layers = {low = 1, high = 4}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_minimal_file_gets_the_documented_defaults(tmp_path):
    study = read_study_file(write(tmp_path, GOOD))
    assert study.parallel == 1
    assert study.timeout is None
    assert study.default is None
    assert study.storage is None
    assert study.sampler == SpectralSettings(seed=0)
    assert study.run_directory == tmp_path / ".overtone" / "digits"


@pytest.mark.parametrize(
    ("written", "repeats"),
    [
        ("", Repeats(20)),
        ("repeats = true\n", Repeats(20)),
        ("repeats = false\n", None),
        ("repeats = {}\n", Repeats(20)),
        ("repeats = {share = 0.25}\n", Repeats(20, 0.25)),
        ("repeats = {share = 0}\n", Repeats(20, 0.0)),
        # Trials of several budgets or fidelities are not compared with one another.
        ("budget = {most = 9}\n", None),
        ("sampler = 'harmonica'\nfidelity = {stages = {depth = 8}, end = {depth = 9}}\n", None),
    ],
)
def test_a_tenth_of_the_trials_may_be_repeats_unless_the_file_says_otherwise(
    tmp_path, written, repeats
):
    text = GOOD.replace("trials = 20\n", f"trials = 20\n{written}")
    assert read_study_file(write(tmp_path, text)).repeats == repeats


def test_repeats_may_be_a_table_of_their_own(tmp_path):
    text = f"{GOOD}[repeats]\nshare = 0.05\n"
    assert read_study_file(write(tmp_path, text)).repeats == Repeats(20, 0.05)


def test_settings_of_stages_mean_the_staged_search(tmp_path):
    text = f"{GOOD}[sampler]\nsamples = 8\n"
    found = read_study_file(write(tmp_path, text)).sampler
    assert found == HarmonicaSettings(Settings(samples=8), base=None, wait=False, seed=0)
    assert (found.search.restriction, found.search.stages) == (4, 2)


def test_a_sampler_may_be_given_by_its_name_alone(tmp_path):
    text = GOOD.replace("trials = 20", 'trials = 20\nsampler = "random"')
    assert read_study_file(write(tmp_path, text)).sampler == RandomSettings(seed=0)


def test_every_key_is_read(tmp_path):
    text = GOOD.replace("trials = 20", "trials = 20\nparallel = 3\ntimeout = 90") + (
        '[default]\nlr = 1\noptimizer = "adam"\nlayers = 2\n'
        '[sampler]\nname = "harmonica"\nsamples = 8\ndegree = 2\nsparsity = 3\nrestriction = 2\n'
        'stages = 1\npenalty = 0.5\nbase = "tpe"\nwait = true\nseed = 7\n'
        '[storage]\nurl = "sqlite:///here.db"\n'
    )
    study = read_study_file(write(tmp_path, text))
    assert (study.parallel, study.timeout) == (3, 90.0)
    assert study.default == {"lr": 1.0, "optimizer": "adam", "layers": 2}
    assert isinstance(study.default["lr"], float)
    search = Settings(RecoverySettings(2, 3, 0.5), samples=8, restriction=2, stages=1)
    assert study.sampler == HarmonicaSettings(search, "tpe", wait=True, seed=7)
    assert study.storage == "sqlite:///here.db"


def test_budgets_and_fidelities_are_read(tmp_path):
    text = GOOD.replace("--lr={lr}", "--lr={lr} {depth} {budget} {checkpoint_dir}") + (
        '[sampler]\nbase = "hyperband"\n'
        "[budget]\nleast = 3\nmost = 81\neta = 4\nresume = true\n"
        "[fidelity]\nstages = [{depth = 8}, {depth = 14}]\nend = {depth = 56}\ncheck = 6\n"
    )
    study = read_study_file(write(tmp_path, text))
    assert study.budget == BudgetSettings(Budgets(3, 81, 4), resume=True)
    assert study.fidelity == Fidelities(({"depth": 8}, {"depth": 14}), {"depth": 56}, check=6)
    assert study.sampler.halving == "hyperband"
    least = GOOD + '[sampler]\nname = "asha"\nseed = 4\n[budget]\nmost = 9\n'
    study = read_study_file(write(tmp_path, least))
    assert study.budget == BudgetSettings(Budgets(1, 9, 3), resume=False)
    assert study.sampler == HalvingSettings("asha", 4)
    assert study.fidelity is None


def test_a_parameter_may_be_named_budget_where_there_are_none(tmp_path):
    text = GOOD.replace("layers = {low = 1, high = 4}", "budget = {low = 1, high = 4}")
    assert "budget" in read_study_file(write(tmp_path, text)).space.names


def test_a_relative_path_is_made_absolute(tmp_path, monkeypatch):
    write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    assert read_study_file(Path("study.toml")).directory == tmp_path


def test_a_file_of_a_windows_editor_is_read(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_study_file(path).name == "digits"


def test_the_random_sampler_takes_a_seed(tmp_path):
    text = GOOD + '[sampler]\nname = "random"\nseed = 3\n'
    assert read_study_file(write(tmp_path, text)).sampler == RandomSettings(3)


# What replaces what in GOOD, and the words that the message must hold: the key and what was found.
LR = "lr = {low = 1e-4, high = 1.0, log = true}"
BAD = {
    "syntax": ('metric = "accuracy"', 'metric = "accuracy', ["line 4", "TOML"]),
    "key given twice": ("trials = 20", "trials = 20\ntrials = 30", ["TOML", "line 7"]),
    "unknown key": ("trials = 20", "trails = 20", ["'trails'", "20", "'trials'"]),
    "missing metric": ('metric = "accuracy"\n', "", ["'metric'", "missing"]),
    "missing space": (GOOD[GOOD.index("[space]") :], "", ["'space'", "missing"]),
    "empty space": (GOOD[GOOD.index("lr = {") :], "", ["space", "no parameters"]),
    "space of a list": (GOOD[GOOD.index("[space]") :], "space = [1]", ["space", "[1]"]),
    "empty metric": ('metric = "accuracy"', 'metric = ""', ["metric", "''"]),
    "metric of two lines": ('"accuracy"', '"a\\nb"', ["metric", "a\\nb"]),
    "direction": ('"maximize"', '"up"', ["direction", "'up'", '"minimize"']),
    "trials of zero": ("trials = 20", "trials = 0", ["trials", "0", "at least 1"]),
    "trials as text": ("trials = 20", 'trials = "20"', ["trials", "'20'"]),
    "trials of a half": ("trials = 20", "trials = 2.5", ["trials", "2.5"]),
    "trials true": ("trials = 20", "trials = true", ["trials", "true"]),
    "parallel": ("trials = 20", "trials = 20\nparallel = -2", ["parallel", "-2"]),
    "negative timeout": ("trials = 20", "trials = 20\ntimeout = -1.5", ["timeout", "-1.5"]),
    "endless timeout": ("trials = 20", "trials = 20\ntimeout = inf", ["timeout", "inf"]),
    "name with a slash": ('"digits"', '"../digits"', ["name", "'../digits'", "folder"]),
    "empty name": ('"digits"', '""', ["name", "''"]),
    "command as text": ('command = ["python"', 'command = "python train.py"\nx = ["a"', ["x"]),
    "command of a number": ('"--lr={lr}"', "1.5", ["command", "word 3", "1.5"]),
    "unknown placeholder": ("{lr}", "{lrr}", ["command", "{lrr}", "'lr'"]),
    "lone brace": ("{lr}", "{lr", ["command", "'--lr={lr'", "{{"]),
    "lone closing brace": ("{lr}", "lr}", ["command", "'--lr=lr}'", "}}"]),
    "empty group": ('["--momentum", "{momentum}"]', "[]", ["command", "[]"]),
    "flag without its value": (
        '["--momentum", "{momentum}"]',
        '"--momentum", "{momentum}"',
        ["command", "{momentum}", "--momentum", '["--momentum", "{momentum}"]'],
    ),
    "script beside the file": (
        "{study_dir}/train.py",
        "train.py",
        ["command", '"train.py"', "{study_dir}/train.py", "./train.py"],
    ),
    "program that may be left out": ('"python"', '"{momentum}"', ["command", "first word"]),
    "reserved name": (LR, LR + "\ntrial_dir = [1]", ["trial_dir", "Rename"]),
    "parameter of a number": (LR, "lr = 0.1", ["lr", "0.1"]),
    "swapped bounds": (LR, "lr = {low = 2, high = 1}", ["lr", "2", "1", "swapped"]),
    "missing bound": (LR, "lr = {low = 2}", ["lr", "high", "2"]),
    "unknown key of a parameter": (LR, "lr = {low = 1, hihg = 2}", ["lr", "hihg", "'high'"]),
    "unknown type": (LR, 'lr = {low = 1, high = 2, type = "int"}', ["lr", "'int'"]),
    "log of zero": (LR, "lr = {low = 0.0, high = 1.0, log = true}", ["lr", "0.0", "above 0"]),
    "log as text": (LR, 'lr = {low = 1, high = 2, log = "yes"}', ["lr", "'yes'"]),
    "bound not a number": (LR, "lr = {low = nan, high = 1.0}", ["lr", "nan"]),
    "bound beyond floats": (LR, f"lr = {{low = 0, high = 1{'0' * 400}}}", ["lr", "high"]),
    "number of too many digits": ("trials = 20", f"trials = {'9' * 5000}", ["TOML", "digits"]),
    "timeout beyond floats": ("trials = 20", f"trials = 1\ntimeout = 1{'0' * 400}", ["timeout"]),
    "whole numbers wanted": (LR, 'lr = {low = 1.5, high = 3, type = "integer"}', ["lr", "1.5"]),
    "no choices": ('["adam", "sgd"]', "[]", ["optimizer", "no choices"]),
    "equal choices": ('["adam", "sgd"]', '["sgd", "sgd"]', ["optimizer", "'sgd'"]),
    "choice of a date": ('["adam", "sgd"]', '["sgd", 2020-01-01]', ["optimizer", "date"]),
    "unknown parent": ('{optimizer = "sgd"}', '{optimiser = "sgd"}', ["momentum", "'optimiser'"]),
    "impossible condition": ('{optimizer = "sgd"}', '{optimizer = "x"}', ["momentum", "'x'"]),
    "condition of text": ('when = {optimizer = "sgd"}', 'when = "sgd"', ["momentum", "'sgd'"]),
    "default out of range": (
        "layers = {low = 1, high = 4}",
        'layers = {low = 1, high = 4}\n[default]\nlr = 7.5\noptimizer = "adam"\nlayers = 1',
        ["default", "lr", "7.5"],
    ),
    "default without a value": (
        "layers = {low = 1, high = 4}",
        'layers = {low = 1, high = 4}\n[default]\nlr = 0.5\noptimizer = "adam"',
        ["default", "'layers'", "no value"],
    ),
    "default of an inactive parameter": (
        "[space]",
        "default = {lr = 1, optimizer = 'adam', layers = 1, momentum = 0.25}\n[space]",
        ["default", "'momentum'", "0.25", "optimizer"],
    ),
    "default of an unknown parameter": (
        "layers = {low = 1, high = 4}",
        "layers = {low = 1, high = 4}\n[default]\nlayer = 1",
        ["default", "'layer'"],
    ),
    "unknown sampler": ("trials = 20", 'trials = 20\nsampler.name = "harmonic"', ["'harmonic'"]),
    "sampler of a number": ("trials = 20", "trials = 20\nsampler.name = 3", ["sampler.name", "3"]),
    "unknown sampler setting": (
        "trials = 20",
        "trials = 20\nsampler.stage = 3",
        ["'sampler.stage'", "3", "'stages'"],
    ),
    "setting of another sampler": (
        "trials = 20",
        'trials = 20\nsampler = {name = "random", samples = 9}',
        ["'sampler.samples'", "9"],
    ),
    "wrong sampler setting": (
        "trials = 20",
        "trials = 20\nsampler.penalty = 'big'",
        ["sampler.penalty", "'big'", '"auto"'],
    ),
    "sampler not a table": ("trials = 20", "trials = 20\nsampler = ['tpe']", ["sampler", "'tpe'"]),
    "sampler of an unknown name": ("trials = 20", "trials = 20\nsampler = 'tpf'", ["'tpf'", "tpe"]),
    "storage without a URL": ("trials = 20", "trials = 20\nstorage = {}", ["storage.url"]),
    "halving without budgets": (
        "trials = 20",
        'trials = 20\nsampler.name = "hyperband"',
        ["sampler.name", "'hyperband'", "[budget]"],
    ),
    "base of halving without budgets": (
        "trials = 20",
        'trials = 20\nsampler.base = "asha"',
        ["sampler.base", "'asha'", "[budget]"],
    ),
    "unknown base": (
        "trials = 20",
        'trials = 20\nsampler.base = "hyper-band"',
        ["sampler.base", "'hyper-band'", "Did you mean 'hyperband'?"],
    ),
    "budget without a most": (
        "trials = 20",
        "trials = 20\nbudget = {}",
        ["'budget.most'", "missing"],
    ),
    "budget of a half": (
        "trials = 20",
        "trials = 20\nbudget = {least = 0.5, most = 9}",
        ["budget.least", "0.5", "whole number"],
    ),
    "swapped budgets": (
        "trials = 20",
        "trials = 20\nbudget = {least = 27, most = 9}",
        ["[budget]", "27", "9", "swapped"],
    ),
    "eta of one": ("trials = 20", "trials = 20\nbudget = {most = 9, eta = 1}", ["budget.eta", "1"]),
    "resume as text": (
        "trials = 20",
        "trials = 20\nbudget = {most = 9, resume = 'yes'}",
        ["budget.resume", "'yes'"],
    ),
    "unknown budget key": (
        "trials = 20",
        "trials = 20\nbudget = {max = 9}",
        ["'budget.max'", "[budget]", "most"],
    ),
    "budget in the command alone": ("{lr}", "{budget}", ["{budget}", "[budget]", "no budgets"]),
    "parameter named budget": (
        "[space]",
        "budget = {most = 9}\n[space]\nbudget = [1]",
        ["'budget'", "Rename"],
    ),
    "fidelity without an end": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = 8}}",
        ["'fidelity.end'", "missing"],
    ),
    "fidelity of other names": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = 8}, end = {width = 9}}",
        ["[fidelity]", "depth", "width", "same names"],
    ),
    "fidelity of a parameter": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {layers = 8}, end = {layers = 9}}",
        ["[fidelity]", "'layers'", "the space says that it may vary"],
    ),
    "fidelity of a list": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = [8]}, end = {depth = 9}}",
        ["[fidelity]", "'depth'", "[8]"],
    ),
    "fidelity of too many stages": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = [{depth = 8}, {depth = 8}, {depth = 8}], end = {depth = 9}}",
        ["fidelity.stages", "3 tables", "sampler.stages is 2"],
    ),
    "fidelity of text": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = 'small', end = {depth = 9}}",
        ["fidelity.stages", "'small'"],
    ),
    "fidelity without stages": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = 8}, end = {depth = 9}}\nsampler.name = 'tpe'",
        ["[fidelity]", "harmonica"],
    ),
    "check of two": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = 8}, end = {depth = 9}, check = 2}",
        ["[fidelity]", "check is 2"],
    ),
    "threshold of two": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = 8}, end = {depth = 9}, threshold = 2.0}",
        ["[fidelity]", "threshold is 2.0"],
    ),
    "samples of one": (
        "trials = 20",
        "trials = 20\nsampler.samples = 1",
        ["sampler.samples is 1", "from 2 on"],
    ),
    "degree of six": (
        "trials = 20",
        "trials = 20\nsampler.degree = 6",
        ["sampler.degree is 6", "from 1 to 5"],
    ),
    "check of a part": (
        "trials = 20",
        "trials = 20\nfidelity = {stages = {depth = 8}, end = {depth = 9}, check = 4.5}",
        ["fidelity.check is 4.5"],
    ),
    "repeats as text": (
        "trials = 20",
        "trials = 20\nrepeats = 'yes'",
        ["repeats", "'yes'", "true, false, or a table"],
    ),
    "repeats of a number": ("trials = 20", "trials = 20\nrepeats = 0.1", ["repeats", "0.1"]),
    "repeats of too many": (
        "trials = 20",
        "trials = 20\nrepeats = {share = 0.6}",
        ["repeats.share", "0.6", "from 0.0 to 0.5"],
    ),
    "repeats of less than none": (
        "trials = 20",
        "trials = 20\nrepeats.share = -0.1",
        ["repeats.share", "-0.1"],
    ),
    "share of repeats as text": (
        "trials = 20",
        "trials = 20\nrepeats.share = 'a tenth'",
        ["repeats.share", "'a tenth'"],
    ),
    "unknown key of repeats": (
        "trials = 20",
        "trials = 20\nrepeats.shares = 0.1",
        ["'repeats.shares'", "[repeats]", "share"],
    ),
    "storage of a path": (
        "trials = 20",
        'trials = 20\nstorage.url = "study.db"',
        ["storage.url", "'study.db'", "sqlite:///"],
    ),
}


@pytest.mark.parametrize(("old", "new", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_in_one_paragraph(tmp_path, old, new, words):
    assert old in GOOD
    (tmp_path / "train.py").touch()
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(StudyFileError) as caught:
        read_study_file(path)
    message = str(caught.value)
    for word in [str(path), *words]:
        assert word in message
    assert "\n" not in message
    assert "pydantic" not in message
    assert "Input should" not in message
    # The command line says the same, and nothing else.
    answer = CliRunner().invoke(app, ["tune", str(path)])
    assert answer.exit_code == 2
    assert answer.stderr == f"error: {message}\n"
    assert answer.stdout == ""


def test_bad_files_are_many():
    assert len(BAD) >= 25


@pytest.mark.parametrize("command", ["tune", "best", "status", "report"])
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: path.write_bytes(b"name = '\xff'"), "UTF-8"),
    ],
    ids=["missing", "folder", "binary"],
)
def test_what_is_no_readable_file_is_named(tmp_path, command, make, word):
    path = tmp_path / "study.toml"
    make(path)
    answer = CliRunner().invoke(app, [command, str(path)])
    assert answer.exit_code == 2
    assert answer.stderr.count(f"{path}: ") == 1
    assert word in answer.stderr
    assert "not valid TOML" not in answer.stderr
    assert answer.stderr.count("\n") == 1
