"""Configurations are paused, promoted and eliminated as the schedule says, and no rung is run twice."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from tiny_studies import Witness, failures, living_in, run, trials_of, write_study
from typer.testing import CliRunner

from overtone.cli.main import app
from overtone.errors import RunError
from overtone.run.definition.study_file import read_study_file
from overtone.run.engines.local.rungs import Rungs, candidates_of
from overtone.run.proposals import proposals_for
from overtone.run.records import store
from overtone.run.records.costs import cost_of, is_paused
from overtone.run.records.lock import locked
from overtone.run.records.trial_folder import trial_folder
from overtone.study.storage import COST, RUNG

# Trains epoch by epoch: goes on from its checkpoint, reports as it goes, and notes each run that it finished.
TRAIN = """
import json, os
from pathlib import Path
p = json.load(open(os.environ["OVERTONE_PARAMETERS"]))
budget = int(os.environ["OVERTONE_BUDGET"])
kept = Path(os.environ["OVERTONE_CHECKPOINT_DIR"]) / "epochs"
done = int(kept.read_text()) if kept.exists() else 0
with open(os.environ["OVERTONE_RESULTS"], "a") as results:
    for epoch in range(done + 1, budget + 1):
        print(json.dumps({"score": p["x"] + epoch / 1000, "budget": epoch}), file=results)
kept.write_text(str(budget))
number = int(os.environ["OVERTONE_TRIAL_NUMBER"])
with open(Path(__file__).parent / "log", "a") as log:
    print(json.dumps([number, done, budget]), file=log)
"""
SPACE = "x = {low = 0.0, high = 9.0}"
BUDGET = "[budget]\nleast = 1\nmost = 9\n"
# R = 9 and eta = 3: 9/1 3/3 1/9, then 5/3 1/9, then 3/9.
RUNS = {1: 9, 3: 3 + 5, 9: 1 + 1 + 3}


def study(folder, sampler="hyperband", *, script=TRAIN, rest=BUDGET, **keys):
    keys = {"trials": 17, "space": SPACE, **keys}
    return write_study(folder, script, rest=f'[sampler]\nname = "{sampler}"\n{rest}', **keys)


def call(*words):
    answer = CliRunner().invoke(app, [str(word) for word in words])
    assert answer.exit_code == 0, answer.output
    return answer


def runs(folder):
    """Every finished run: trial, budget that it began from, budget that it reached."""
    return [tuple(json.loads(line)) for line in (folder / "log").read_text().splitlines()]


def by_budget(trials):
    return Counter(budget for trial in trials for budget in trial.intermediate_values)


@pytest.mark.slow
@pytest.mark.parametrize("parallel", [1, 3])
def test_a_resumed_hyperband_runs_each_rung_once_and_costs_only_what_is_new(tmp_path, parallel):
    path = study(tmp_path, rest=BUDGET + "resume = true\n", parallel=parallel)
    witness = Witness()
    assert run(path, witness).finished == 17
    trials = trials_of(path)
    assert by_budget(trials) == RUNS
    assert Counter(budget for _, _, budget in runs(tmp_path)) == RUNS
    assert cost_of(trials) == sum(budget - done for _, done, budget in runs(tmp_path))
    if parallel == 1:
        # 9 at 1, 3 from 1 to 3, 1 from 3 to 9; 5 at 3, 1 from 3 to 9; 3 at 9.
        assert cost_of(trials) == 9 + 6 + 6 + 15 + 6 + 27
    for trial in trials:
        done = sorted(trial.intermediate_values)
        assert [d for n, d, _ in runs(tmp_path) if n == trial.number] == [0, *done[:-1]]
        assert (trial.state is TrialState.COMPLETE) == (9 in done)
        assert trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
        if trial.state is TrialState.COMPLETE:
            assert trial.value == trial.params["x"] + 0.009
    eliminated = {t.number for t in trials if t.state is TrialState.PRUNED}
    assert set(witness.eliminated) == eliminated
    assert len(witness.eliminated) == 12
    assert set(witness.outcomes) == {t.number for t in trials} - eliminated


@pytest.fixture(scope="module")
def halved(tmp_path_factory):
    """A bracket of a command that cannot resume, run to its end: its study file."""
    path = study(tmp_path_factory.mktemp("halved"), "successive-halving", trials=9)
    run(path, Witness())
    return path


def test_the_best_of_each_rung_goes_on(halved):
    ranked = sorted(trials_of(halved), key=lambda trial: -trial.params["x"])
    assert [len(trial.intermediate_values) for trial in ranked] == [3, 2, 2, 1, 1, 1, 1, 1, 1]
    assert ranked[0].state is TrialState.COMPLETE


def test_a_command_that_cannot_resume_starts_from_nothing_and_costs_the_whole_budget(halved):
    assert all(done == 0 for _, done, _ in runs(halved.parent))
    assert cost_of(trials_of(halved)) == 9 * 1 + 3 * 3 + 1 * 9
    best = max(trials_of(halved), key=lambda trial: trial.params["x"])
    assert best.user_attrs[COST] == {"1": 1, "3": 3, "9": 9}


@pytest.mark.slow
def test_a_kept_folder_holds_what_each_run_reported(tmp_path):
    path = study(tmp_path, "successive-halving", rest=BUDGET + "resume = true\n", trials=9)
    run(path, Witness())
    best = max(trials_of(path), key=lambda trial: trial.params["x"])
    folder = trial_folder(tmp_path / ".overtone" / "tiny", best.number)
    epochs = [
        [json.loads(line)["budget"] for line in (folder.path / name).read_text().splitlines()]
        for name in ("results.1.jsonl", "results.3.jsonl", "results.jsonl")
    ]
    assert epochs == [[1], [2, 3], [4, 5, 6, 7, 8, 9]]
    assert json.loads(folder.outcome.read_text())["budget"] == 9


@pytest.mark.slow
def test_asha_promotes_without_waiting_and_ends_with_a_full_budget(tmp_path):
    path = study(tmp_path, "asha", trials=10, parallel=2)
    run(path, Witness())
    trials = trials_of(path)
    assert max(Counter((n, b) for n, _, b in runs(tmp_path)).values()) == 1
    assert sum(trial.state is TrialState.COMPLETE for trial in trials) >= 1
    assert all(trial.state.is_finished() for trial in trials)
    assert by_budget(trials)[1] == 10
    assert by_budget(trials)[3] >= 3


def test_the_budget_is_a_placeholder_and_a_full_one_without_a_schedule(tmp_path):
    script = "import sys; print('score =', sys.argv[1])"
    command = [sys.executable, "-I", "-S", "{study_dir}/train.py", "{budget}", "{checkpoint_dir}"]
    path = study(tmp_path, "random", script=script, command=command, trials=2)
    run(path, Witness())
    assert [trial.value for trial in trials_of(path)] == [9.0, 9.0]
    assert [trial.intermediate_values for trial in trials_of(path)] == [{9: 9.0}, {9: 9.0}]
    folder = trial_folder(tmp_path / ".overtone" / "tiny", 0)
    assert json.loads(folder.running.read_text())["argv"][-1] == str(folder.checkpoint)


@pytest.mark.slow
def test_a_value_of_a_smaller_budget_than_asked_for_is_none(tmp_path):
    script = TRAIN.replace("budget + 1)", "min(budget, 2) + 1)")
    path = study(tmp_path, "successive-halving", script=script, trials=9)
    witness = Witness()
    with pytest.raises(RunError, match="of budget 2, but 3 was asked for"):
        run_until_hopeless(path, witness)
    assert {trial.state for trial in trials_of(path)} == {TrialState.PRUNED, TrialState.FAIL}
    assert len(failures(witness)) == 3
    assert "did the command stop early?" in next(iter(failures(witness).values()))


def run_until_hopeless(path, witness):
    """A study whose rungs succeed is not hopeless, though none of its trials is complete."""
    run(path, witness)
    raise RunError(next(iter(failures(witness).values())))


HARMONICA = """[sampler]
name = "harmonica"
samples = 24
stages = 1
base = "successive-halving"
[fidelity]
stages = {depth = 2}
end = {depth = 5}
check = 4
"""


@pytest.mark.slow
def test_halving_after_cheap_stages_searches_what_they_left(tmp_path):
    script = TRAIN.replace('p["x"] +', 'p["depth"] + p["x"] + 100 * (p["kind"] == "good") +')
    path = write_study(
        tmp_path, script, trials=37, rest=HARMONICA + BUDGET + "resume = true\n",
        space=SPACE + '\nkind = ["good", "bad"]',
    )  # fmt: skip
    run(path, Witness())
    trials = trials_of(path)
    stage, check, end = trials[:24], trials[24:28], trials[28:]
    assert [set(trial.intermediate_values) for trial in (*stage, *check)] == [{9}] * 28
    assert [trial.params["depth"] for trial in trials] == [2] * 24 + [5] * 13
    assert {trial.params["kind"] for trial in end} == {"good"}
    assert by_budget(end) == {1: 9, 3: 3, 9: 1}
    best = json.loads(call("best", path).stdout)
    assert best["depth"] == 5
    assert best["kind"] == "good"
    assert "OVERTONE_BUDGET=9 " in call("best", path, "--command").stdout
    folder = trial_folder(tmp_path / ".overtone" / "tiny", 0)
    assert json.loads(folder.parameters.read_text())["depth"] == 2
    status = call("status", path).stdout
    assert "37 of 37 trials finished, 8 of them eliminated" in status
    assert f"cost      {cost_of(trials)} of budget" in status
    assert cost_of(trials) == 28 * 9 + 9 + 3 * 2 + 6


def test_a_paused_trial_is_counted_by_status(tmp_path):
    path = study(tmp_path, "successive-halving", trials=9)
    study_file = read_study_file(path)
    with locked(study_file):
        held = store.create_or_continue(study_file)
    trial = held.ask()
    trial.set_user_attr(RUNG, {"bracket": 0, "budget": 1})
    trial.report(0.5, 1)
    held.ask()
    status = call("status", path).stdout
    assert "paused    1 trials" in status
    assert "running   trial 1" in status
    assert "running   trial 0" not in status


@pytest.mark.slow
def test_a_failed_configuration_takes_no_place_in_the_next_rung(tmp_path):
    script = TRAIN + "if number % 2: raise SystemExit('odd')\n"
    path = study(tmp_path, "successive-halving", script=script, trials=9)
    run(path, Witness())
    trials = trials_of(path)
    assert [trial.state is TrialState.FAIL for trial in trials] == [n % 2 == 1 for n in range(9)]
    assert by_budget(trials) == {1: 5, 3: 3, 9: 1}


@pytest.mark.slow
def test_the_default_runs_once_to_the_full_budget_beside_the_brackets(tmp_path):
    path = study(tmp_path, "successive-halving", rest=BUDGET + "[default]\nx = 3\n", trials=10)
    run(path, Witness())
    first = trials_of(path)[0]
    assert first.params == {"x": 3.0}
    assert first.intermediate_values == {9: 3.009}
    assert by_budget(trials_of(path)[1:]) == {1: 9, 3: 3, 9: 1}


@pytest.mark.slow
def test_a_longer_study_goes_on_with_the_bracket_that_was_cut_short(tmp_path):
    path = study(tmp_path, "successive-halving", trials=6)
    run(path, Witness())
    assert by_budget(trials_of(path)) == {1: 6, 3: 2, 9: 1}
    over = {t.number for t in trials_of(path)}
    path = study(tmp_path, "successive-halving", trials=12)
    run(path, Witness())
    assert all(trial.state.is_finished() for trial in trials_of(path))
    again = [n for n, _, budget in runs(tmp_path)[9:] if n in over and budget == 1]
    assert again == []
    assert max(Counter((n, b) for n, _, b in runs(tmp_path)).values()) == 1


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("[budget]\nmost = 27\n", "budget was .*'most': 9.* and is now .*'most': 27"),
        ("[budget]\nmost = 9\neta = 2\n", "'eta': 2"),
        ("", "and is now None"),
        (BUDGET + "[fidelity]\nstages = {d = 1}\nend = {d = 2}\n", "fidelity was None"),
    ],
)
def test_budgets_and_fidelities_stay_while_a_study_goes_on(tmp_path, rest, words):
    def harmonica(rest):
        return study(tmp_path, "harmonica", rest=rest, trials=1)

    run(harmonica(BUDGET), Witness())
    with pytest.raises(RunError, match=words):
        run(harmonica(rest), Witness())
    # Whether the command can resume is about the command.
    run(harmonica(BUDGET + "resume = true\n"), Witness())


def test_a_paused_trial_is_told_from_one_that_runs():
    settings = read_budget()
    study = optuna.create_study()
    trial = study.ask()
    assert not is_paused(study.trials[0], settings)
    trial.set_user_attr(RUNG, {"bracket": 0, "budget": 3})
    assert not is_paused(study.trials[0], settings)
    trial.report(0.5, 3)
    assert is_paused(study.trials[0], settings)
    assert not is_paused(study.trials[0], None)
    [candidate] = candidates_of(study.trials, sign=-1.0, worker="someone else")
    assert candidate.values == {3: -0.5}
    assert not candidate.is_here
    trial.set_user_attr(RUNG, {"bracket": 0, "budget": 9})
    trial.report(0.6, 9)  # and the tuner dies before it tells
    assert not is_paused(study.trials[0], settings)


def read_budget():
    from overtone.run.definition.study_file import BudgetSettings
    from overtone.search.halving import Budgets

    return BudgetSettings(Budgets(1, 9), resume=False)


# The functions after which a tuner may die, in the order in which a rung meets them. None of them is
# `start`: a run that is cut off is begun again.
DEATHS = [
    ("overtone.run.engines.local.rungs.Rungs", "goal"),
    ("overtone.run.records.trial_folder.TrialFolder", "prepare"),
    ("overtone.run.records.trial_folder.TrialFolder", "write_outcome"),
    ("overtone.run.engines.local.rungs.Rungs", "record"),
    ("overtone.run.records.trial_folder.TrialFolder", "forget_attempts"),
    ("overtone.run.engines.local.rungs.Rungs", "promote"),
    ("optuna.Trial", "report"),
    ("overtone.run.engines.local.rungs.Rungs", "eliminate"),
    ("optuna.Study", "tell"),
]
# Dies the second time that the function has done something, so that rungs are under way.
DIE_AFTER_EACH = """
import json, os, pkgutil, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import optuna
import overtone.run.engines.local.engine
from tiny_studies import Witness, run

optuna.storages.RDBStorage("sqlite://")

def die_after(owner, name):
    original, calls = getattr(owner, name), []
    def last_act(*arguments, **options):
        answer = original(*arguments, **options)
        calls.append(answer) if answer or name not in ("promote", "eliminate") else None
        if len(calls) == 2:
            os.kill(os.getpid(), 9)
        return answer
    setattr(owner, name, last_act)
    run(Path(sys.argv[2]), Witness())
    os._exit(0)

for owner, name in json.loads(sys.argv[3]):
    if os.fork() == 0:
        die_after(pkgutil.resolve_name(owner), name)
    _, status = os.wait()
    print(name, os.waitstatus_to_exitcode(status))
"""


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["hyperband", "asha"])
def test_a_tuner_that_dies_inside_a_bracket_goes_on_and_repeats_no_rung(tmp_path, sampler):
    path = study(tmp_path, sampler, rest=BUDGET + "resume = true\n", trials=17)
    here = str(Path(__file__).parents[3])
    script = [sys.executable, "-c", DIE_AFTER_EACH, here, str(path), json.dumps(DEATHS)]
    died = subprocess.run(script, check=False, capture_output=True, text=True)
    assert died.stdout.count("-9") >= len(DEATHS) - 2, died.stdout + died.stderr
    assert run(path, Witness()).finished == 17
    trials = trials_of(path)
    assert max(Counter((n, b) for n, _, b in runs(tmp_path)).values()) == 1
    assert Counter(b for _, _, b in runs(tmp_path)) == by_budget(trials)
    assert cost_of(trials) == sum(budget - done for _, done, budget in runs(tmp_path))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.PRUNED}
    if sampler == "hyperband":
        assert by_budget(trials) == RUNS
    assert living_in(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["hyperband", "asha"])
def test_two_workers_share_the_brackets_of_one_store(tmp_path, sampler):
    shared = f'[storage]\nurl = "sqlite:///{tmp_path}/shared.db"\n'
    paths = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        paths.append(
            study(tmp_path / name, sampler, rest=BUDGET + "resume = true\n" + shared, trials=17)
        )
    store.create_or_continue(read_study_file(paths[0]))
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "overtone.cli.main", "tune", str(path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for path in paths
    ]  # fmt: skip
    for worker in workers:
        _, stderr = worker.communicate(timeout=240)
        assert worker.returncode == 0, stderr
    trials = trials_of(paths[0])
    assert all(trial.state.is_finished() for trial in trials)
    # Both may begin the last trial at once.
    assert 17 <= len(trials) <= 18
    ran = [runs(path.parent) for path in paths if (path.parent / "log").exists()]
    assert max(Counter((n, b) for log in ran for n, _, b in log).values()) == 1
    for trial in trials:
        # Its checkpoint is where it began.
        assert sum(any(n == trial.number for n, _, _ in log) for log in ran) == 1
    if sampler == "hyperband" and len(trials) == 17:
        assert by_budget(trials) == RUNS


def test_workers_that_begin_at_once_fill_a_bracket_exactly(tmp_path):
    """Each creates its trial before either gives one a place; the later one asks first."""
    study_file = read_study_file(study(tmp_path, trials=17))
    held = optuna.create_study()
    settings, proposals = study_file.budget, proposals_for(held, study_file)
    for _ in range(8):
        Rungs(held, settings, proposals, None).goal(held.ask())
    ninth, tenth = held.ask(), held.ask()
    a, b = (Rungs(held, settings, proposals, worker) for worker in "ab")
    assert a.goal(tenth) == 3
    # The first bracket may not be decided without the ninth, though no further trial may begin.
    for trial in held.trials[:8]:
        optuna.Trial(held, trial._trial_id).report(float(trial.number), 1)
    assert a.promote(may_begin=False) is None
    assert b.goal(ninth) == 1
    assert [t.user_attrs[RUNG]["bracket"] for t in held.trials] == [0] * 9 + [1]
