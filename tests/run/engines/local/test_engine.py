"""The engine runs commands, records how each ended, and loses nothing however it ends itself."""

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import optuna
import psutil
import pytest
from optuna.trial import TrialState
from tiny_studies import FOREVER, SCORE, Witness, failures, living_in, run, trials_of, write_study

from overtone.errors import RunError, WeakSignalWarning
from overtone.run.definition.study_file import read_study_file
from overtone.run.engines.local.events import Mailbox
from overtone.run.proposals import proposals_for
from overtone.run.records import store
from overtone.run.records.lock import locked
from overtone.run.records.trial_folder import trial_folder
from overtone.study.distributions import suggest
from overtone.study.storage import begun_trial


def stop_when(condition, mailbox):
    """A thread that asks the engine to stop once a condition holds."""

    def wait():
        while not condition():
            time.sleep(0.01)
        mailbox.stop()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_every_trial_runs_in_a_folder_of_its_own_with_what_it_needs(tmp_path):
    script = """
import json, os
from pathlib import Path
here = Path.cwd()
assert str(here) == os.environ["OVERTONE_TRIAL_DIR"]
assert here.name == os.environ["OVERTONE_TRIAL_NUMBER"].zfill(6)
assert os.environ["OVERTONE_STUDY"] == "tiny"
assert Path(os.environ["OVERTONE_PARAMETERS"]) == here / "parameters.json"
p = json.load(open("parameters.json"))
with open(os.environ["OVERTONE_RESULTS"], "a") as results:
    print(json.dumps({"score": p["x"]}), file=results)
print("written")
"""
    path = write_study(tmp_path, script, trials=3)
    witness = Witness()
    end = run(path, witness)
    assert (end.finished, end.interrupted, end.elsewhere) == (3, False, 0)
    assert list(witness.started) == [0, 1, 2]
    for trial in trials_of(path):
        folder = trial_folder(tmp_path / ".overtone" / "tiny", trial.number)
        assert json.loads(folder.parameters.read_text()) == trial.params
        assert trial.params == witness.started[trial.number]
        assert trial.value == trial.params["x"]
        assert ("depth" in trial.params) == (trial.params["kind"] == "good")
        assert folder.stdout.read_text() == "written\n"
        assert json.loads(folder.outcome.read_text())["value"] == trial.value
        assert json.loads(folder.running.read_text())["argv"][-1].endswith("train.py")


def test_commands_run_at_the_same_time(tmp_path):
    script = """
import os, time
from pathlib import Path
Path("here").touch()
end = time.time() + 20
while time.time() < end and len(list(Path("..").glob("*/here"))) < 3:
    time.sleep(0.01)
print("score =", len(list(Path("..").glob("*/here"))))
"""
    path = write_study(tmp_path, script, trials=3, parallel=3)
    run(path, Witness())
    assert [trial.value for trial in trials_of(path)] == [3.0, 3.0, 3.0]


def test_each_kind_of_failure_is_recorded_with_its_reason(tmp_path):
    script = """
import os, signal, sys
number = int(os.environ["OVERTONE_TRIAL_NUMBER"])
if number == 0: print("score = 1")
if number == 1: sys.exit("no such file: data.csv\\n\\n")
if number == 2: os.kill(os.getpid(), signal.SIGSEGV)
if number == 3: print("nothing to say")
if number == 4: print("score = nan")
if number == 5: print("score = inf")
if number == 6: print("score = 0.9"); raise ValueError("late")
"""
    path = write_study(tmp_path, script, trials=7)
    witness = Witness()
    run(path, witness)
    reasons = failures(witness)
    assert reasons[1] == "crash: exit code 1: no such file: data.csv"
    assert reasons[2] == "crash: ended by SIGSEGV"
    assert "no 'score' in" in reasons[3]
    assert "NaN" in reasons[4]
    assert "infinite" in reasons[5]
    assert reasons[6] == "crash: exit code 1: ValueError: late"
    for trial in trials_of(path):
        assert (trial.state is TrialState.FAIL) == (trial.number in reasons)
        assert trial.user_attrs.get("overtone:failure") == reasons.get(trial.number)


def test_a_timeout_ends_the_whole_process_group(tmp_path):
    script = f"import os\nif os.environ['OVERTONE_TRIAL_NUMBER'] != '0':{FOREVER}\n"
    script = script.replace("\n", "\n    ").replace("    if os", "if os") + "\nprint('score = 1')"
    path = write_study(tmp_path, script, trials=2, timeout=0.5)
    witness = Witness()
    run(path, witness)
    assert failures(witness) == {1: "timeout: still running after 0.5 s"}
    assert living_in(tmp_path) == []


@pytest.mark.slow
def test_a_command_that_ignores_the_request_to_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr("overtone.run.engines.local.commands.GRACE", 0.2)
    script = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ["OVERTONE_TRIAL_NUMBER"] == "0":
    print("score = 1")
else:
    time.sleep(600)
"""
    path = write_study(tmp_path, script, trials=2, timeout=0.5)
    witness = Witness()
    run(path, witness)
    assert list(failures(witness)) == [1]


def test_what_a_command_leaves_in_the_background_is_ended(tmp_path):
    script = """
import subprocess, sys
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
print("score = 1")
"""
    path = write_study(tmp_path, script, trials=2)
    run(path, Witness())
    assert [trial.value for trial in trials_of(path)] == [1.0, 1.0]
    assert living_in(tmp_path) == []


def test_a_program_that_is_not_there_stops_the_study_at_once(tmp_path):
    path = write_study(tmp_path, command=["no-such-program", "{x}"])
    with pytest.raises(RunError, match="'no-such-program' was not found"):
        run(path, Witness())
    assert [trial.state for trial in trials_of(path)] == [TrialState.RUNNING]
    # Corrected, the study goes on with the same trial.
    write_study(tmp_path)
    run(path, Witness())
    assert [trial.number for trial in trials_of(path)] == [0, 1, 2, 3]
    assert {trial.state for trial in trials_of(path)} == {TrialState.COMPLETE}


def test_a_program_that_may_not_be_executed_stops_the_study_at_once(tmp_path):
    (tmp_path / "plain.txt").write_text("not a program")
    path = write_study(tmp_path, command=["{study_dir}/plain.txt"])
    with pytest.raises(RunError, match="permission denied"):
        run(path, Witness())


def test_a_program_that_vanishes_later_fails_its_trials_only(tmp_path):
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho score = 1\nrm '{program}'\n")
    program.chmod(0o755)
    path = write_study(tmp_path, command=["{study_dir}/program"], trials=3)
    witness = Witness()
    run(path, witness)
    assert list(failures(witness)) == [1, 2]
    assert "cannot be started" in failures(witness)[1]


def test_five_failures_without_a_success_stop_the_study_and_it_goes_on_later(tmp_path):
    path = write_study(tmp_path, "raise SystemExit('no GPU')", trials=9)
    with pytest.raises(RunError) as caught:
        run(path, Witness())
    assert "all 5 trials of this run failed; trial 4 with: crash" in str(caught.value)
    assert "no GPU" in str(caught.value)
    assert "start the study again" in str(caught.value)
    assert str(tmp_path / ".overtone" / "tiny" / "trials" / "000004") in str(caught.value)
    assert len(trials_of(path)) == 5
    write_study(tmp_path, trials=9)
    witness = Witness()
    run(path, witness)
    assert [trial.number for trial in witness.past.finished] == [0, 1, 2, 3, 4]
    assert all("no GPU" in trial.outcome.failure for trial in witness.past.finished)
    states = [trial.state for trial in trials_of(path)]
    assert states == [TrialState.FAIL] * 5 + [TrialState.COMPLETE] * 4


@pytest.mark.parametrize(("trials", "words"), [(1, "the only trial"), (4, "all 4 trials")])
def test_a_short_study_of_failures_only_is_an_error_too(tmp_path, trials, words):
    path = write_study(tmp_path, "raise SystemExit('no GPU')", trials=trials)
    # To start it again would run nothing.
    with pytest.raises(RunError, match=f"{words} of this run failed.*no GPU.*raise `trials`"):
        run(path, Witness())
    assert len(trials_of(path)) == trials


def test_the_default_is_the_first_trial_and_runs_once(tmp_path):
    default = "[default]\nx = 3\nkind = 'good'\ndepth = 2\n"
    path = write_study(tmp_path, trials=2, rest=default)
    run(path, Witness())
    write_study(tmp_path, trials=4, rest=default)
    run(path, Witness())
    trials = trials_of(path)
    assert trials[0].params == {"x": 3, "kind": "good", "depth": 2}
    assert [trial.user_attrs.get("overtone:default") for trial in trials] == [
        True,
        None,
        None,
        None,
    ]


def test_a_finished_study_runs_nothing_and_more_trials_go_on(tmp_path):
    path = write_study(tmp_path, trials=2)
    run(path, Witness())
    witness = Witness()
    assert run(path, witness).finished == 2
    assert witness.started == {}
    values = [trial.value for trial in trials_of(path)]
    assert [trial.outcome.value for trial in witness.past.finished] == values
    assert (witness.past.paused, witness.past.taken_up) == ((), 0)
    write_study(tmp_path, trials=5)
    run(path, witness)
    assert list(witness.started) == [2, 3, 4]


def test_a_continued_random_study_does_not_repeat_its_draws(tmp_path):
    space = "x = {low = 0.0, high = 1.0}\nkind = ['bad']"
    path = write_study(tmp_path, trials=3, space=space)
    run(path, Witness())
    write_study(tmp_path, trials=6, space=space)
    run(path, Witness())
    assert len({trial.params["x"] for trial in trials_of(path)}) == 6


def test_a_stop_ends_the_commands_and_the_study_goes_on_under_the_same_numbers(tmp_path):
    path = write_study(tmp_path, FOREVER, trials=3, parallel=2)
    trials = tmp_path / ".overtone" / "tiny" / "trials"
    for _ in range(4):  # more often than a trial may be cut off by a dead tuner
        mailbox = Mailbox()
        thread = stop_when(lambda: len(list(trials.glob("*/ready"))) == 2, mailbox)
        end = run(path, Witness(), mailbox)
        thread.join()
        assert (end.finished, end.interrupted) == (0, True)
        assert living_in(tmp_path) == []
        for mark in trials.glob("*/ready"):
            mark.unlink()
    before = [trial.params for trial in trials_of(path)]
    write_study(tmp_path, trials=3)
    witness = Witness()
    run(path, witness)
    assert witness.past.taken_up == 2
    assert [trial.state for trial in trials_of(path)] == [TrialState.COMPLETE] * 3
    assert [trial.params for trial in trials_of(path)][:2] == before


def test_a_kept_outcome_is_told_and_nothing_is_run_twice(tmp_path):
    path = write_study(tmp_path, trials=2)
    run(path, Witness())
    study_file = read_study_file(path)
    study = store.create_or_continue(study_file)
    trial = study.ask()
    folder = trial_folder(study_file.run_directory, trial.number)
    folder.prepare({"x": 1, "kind": "bad"})
    record = {"study": store.study_key(study), "value": 77.0, "failure": None, "seconds": 1.0}
    folder.outcome.write_text(json.dumps(record))
    write_study(tmp_path, trials=3)
    witness = Witness()
    run(path, witness)
    assert witness.started == {}
    assert trials_of(path)[2].value == 77.0


def test_an_outcome_of_a_study_that_is_gone_does_not_count(tmp_path):
    path = write_study(tmp_path, trials=2)
    run(path, Witness())
    (tmp_path / ".overtone" / "tiny" / "study.db").unlink()
    study = store.create_or_continue(read_study_file(path))
    study.ask()  # and the tuner dies here
    witness = Witness()
    run(path, witness)
    assert list(witness.started) == [0, 1]


def test_a_trial_under_which_the_tuner_dies_again_and_again_fails(tmp_path):
    path = write_study(tmp_path, trials=3)
    study_file = read_study_file(path)
    with locked(study_file):
        trial = store.create_or_continue(study_file).ask()
    folder = trial_folder(study_file.run_directory, trial.number)
    for _ in range(3):
        folder.prepare({"x": 1, "kind": "bad"})
    witness = Witness()
    run(path, witness)
    assert failures(witness) == {0: "the tuner died three times while it ran"}
    assert list(witness.started) == [1, 2]


def test_processes_of_a_dead_tuner_are_ended_before_anything_runs(tmp_path):
    path = write_study(tmp_path, trials=1)
    trials = tmp_path / ".overtone" / "tiny" / "trials"
    sleep = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
    environment = {**os.environ, "OVERTONE_TRIAL_DIR": str(trials / "000000")}
    named = subprocess.Popen(sleep, env=environment, start_new_session=True)
    recorded = subprocess.Popen(sleep, start_new_session=True)
    stranger = subprocess.Popen(sleep, start_new_session=True)
    (trials / "000001").mkdir(parents=True)
    created = psutil.Process(recorded.pid).create_time()
    record = {"pid": recorded.pid, "created": created, "argv": sleep}
    (trials / "000001" / "process.json").write_text(json.dumps(record))
    # A process number that has been given to another process since.
    (trials / "000002").mkdir(parents=True)
    record = {"pid": stranger.pid, "created": created - 1000, "argv": sleep}
    (trials / "000002" / "process.json").write_text(json.dumps(record))
    try:
        run(path, Witness())
        assert not psutil.pid_exists(named.pid)
        assert not psutil.pid_exists(recorded.pid)
        assert stranger.poll() is None
    finally:
        for process in (named, recorded, stranger):
            process.kill()
            process.wait()


def test_trials_of_other_workers_in_a_shared_store_are_left_alone(tmp_path):
    shared = f'[storage]\nurl = "sqlite:///{tmp_path}/shared.db"\n'
    path = write_study(tmp_path, trials=3, rest=shared)
    study = store.create_or_continue(read_study_file(path))
    foreign = study.ask()
    end = run(path, Witness())
    assert (end.finished, end.elsewhere) == (2, 1)
    assert trials_of(path)[foreign.number].state is TrialState.RUNNING
    marks = {trial.user_attrs.get("overtone:worker") for trial in trials_of(path)}
    assert len(marks) == 2  # ours, and none


def test_a_failed_start_leaves_no_lock_and_no_child(tmp_path):
    path = write_study(tmp_path, trials=2)

    class Clumsy(Witness):
        def trial_started(self, number, configuration):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(path, Clumsy())
    assert living_in(tmp_path) == []
    assert run(path, Witness()).finished == 2


def test_a_sampler_that_waits_is_not_asked_while_its_stage_is_closing(tmp_path):
    harmonica = '[sampler]\nname = "harmonica"\nsamples = 3\nstages = 1\nwait = true\n'
    running, seen = set(), {}

    class Counting(Witness):
        def trial_started(self, number, configuration):
            running.add(number)
            seen[number] = set(running)

        def trial_finished(self, trial, in_all):
            running.discard(trial.number)

    # However long the choice of the next trial takes, these still run.
    until_the_next = (
        "\nimport time\n"
        "following = {'0': '../000001', '3': '../000004'}.get(os.environ['OVERTONE_TRIAL_NUMBER'], '.')\n"
        "while not os.path.exists(following): time.sleep(0.01)\n"
    )
    path = write_study(tmp_path, SCORE + until_the_next, trials=6, parallel=2, rest=harmonica)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeakSignalWarning)
        run(path, Counting())
    assert seen[1] == {0, 1}
    assert seen[3] == {3}
    assert seen[4] == {3, 4}


@pytest.mark.slow
def test_a_sampler_that_waits_for_another_worker_can_be_stopped(tmp_path):
    harmonica = '[sampler]\nname = "harmonica"\nsamples = 2\nstages = 1\nwait = true\n'
    shared = f'[storage]\nurl = "sqlite:///{tmp_path}/shared.db"\n'
    path = write_study(tmp_path, trials=6, rest=harmonica + shared)
    study_file = read_study_file(path)
    study = store.create_or_continue(study_file)
    study.sampler = proposals_for(study, study_file).sampler
    for _ in range(2):  # by another worker, which is slow
        suggest(study.ask(), study_file.space)
    mailbox = Mailbox()
    threading.Timer(1.0, mailbox.stop).start()
    end = run(path, Witness(), mailbox)
    assert (end.interrupted, end.finished) == (True, 0)
    assert len(trials_of(path)) == 2


def test_optuna_is_only_spoken_to_by_the_calling_thread(tmp_path, monkeypatch):
    threads = set()
    tell = optuna.Study.tell

    def spy(self, *arguments, **options):
        threads.add(threading.current_thread())
        return tell(self, *arguments, **options)

    monkeypatch.setattr(optuna.Study, "tell", spy)
    run(write_study(tmp_path, parallel=3), Witness())
    assert threads == {threading.current_thread()}


def repeated(path):
    return [trial for trial in trials_of(path) if "overtone:repeat" in trial.user_attrs]


@pytest.mark.slow
def test_some_trials_run_a_configuration_again_in_a_folder_of_their_own(tmp_path):
    path = write_study(tmp_path, trials=20)
    run(path, Witness())
    assert len(trials_of(path)) == 20
    again = repeated(path)
    assert 1 <= len(again) <= 2
    first = trials_of(path)[0]
    assert again[0].params == first.params
    assert again[0].value == first.value
    folder = trial_folder(tmp_path / ".overtone" / "tiny", again[0].number)
    assert json.loads(folder.parameters.read_text()) == first.params
    assert again[0].user_attrs["overtone:worker"] == first.user_attrs["overtone:worker"]


@pytest.mark.slow
def test_a_tuner_that_dies_in_the_middle_of_a_repeat_goes_on_with_it(tmp_path):
    """It runs the same configuration under the same number, and counts it once."""
    path = write_study(tmp_path, trials=20)

    class Dying(Witness):
        def trial_started(self, number, configuration):
            super().trial_started(number, configuration)
            if "overtone:repeat" in trials_of(path)[number].user_attrs:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(path, Dying())
    (cut_off,) = repeated(path)
    assert cut_off.state is TrialState.RUNNING
    assert cut_off.number == len(trials_of(path)) - 1
    witness = Witness()
    run(path, witness)
    assert witness.past.taken_up == 1
    first = trials_of(path)[0]
    assert witness.started[cut_off.number] == first.params
    again = repeated(path)
    assert again[0].number == cut_off.number
    assert (again[0].params, again[0].value) == (first.params, first.value)
    assert len(again) <= 2
    assert [trial.state for trial in trials_of(path)] == [TrialState.COMPLETE] * 20


def test_a_repeat_that_a_dead_tuner_only_created_is_run_as_one(tmp_path):
    """It died before any parameter was in the store: what it was given is."""
    path = write_study(tmp_path, trials=3)
    run(path, Witness())
    study_file = read_study_file(path)
    with locked(study_file):
        study = store.create_or_continue(study_file)
        worker = study.trials[0].user_attrs["overtone:worker"]
        marks = {"overtone:worker": worker, "overtone:repeat": "noise"}
        begun_trial(study, marks, study.trials[1].params)
    write_study(tmp_path, trials=4)
    witness = Witness()
    run(path, witness)
    assert witness.past.taken_up == 1
    assert trials_of(path)[3].params == trials_of(path)[1].params == witness.started[3]
    assert [trial.number for trial in repeated(path)] == [3]


@pytest.mark.slow
def test_a_study_that_wants_no_repeats_has_none(tmp_path):
    path = write_study(tmp_path, trials=20, repeats=False)
    run(path, Witness())
    assert repeated(path) == []
    assert len(trials_of(path)) == 20


# The functions after which a tuner may die, in the order in which a trial meets them.
DEATHS = [
    ("overtone.run.records.store", "worker_of"),
    ("overtone.run.engines.local.engine._Engine", "_enqueue_default"),
    ("overtone.run.engines.local.engine._Engine", "_ask"),
    ("overtone.run.engines.local.engine", "suggest"),
    ("overtone.run.records.trial_folder.TrialFolder", "prepare"),
    ("overtone.run.engines.local.commands", "start"),
    ("overtone.run.records.trial_folder.TrialFolder", "write_outcome"),
    ("optuna.Study", "tell"),
]
# One process that imports everything, and forks a tuner for each death.
DIE_AFTER_EACH = """
import json, os, pkgutil, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import optuna
import overtone.run.engines.local.engine
from tiny_studies import Witness, run

optuna.storages.RDBStorage("sqlite://")  # imports what every tuner would import again

def die_after(owner, name):
    original = getattr(owner, name)
    def last_act(*arguments, **options):
        original(*arguments, **options)
        os.kill(os.getpid(), 9)
    setattr(owner, name, last_act)
    run(Path(sys.argv[2]), Witness())
    os._exit(0)

for owner, name in json.loads(sys.argv[3]):
    if os.fork() == 0:
        die_after(pkgutil.resolve_name(owner), name)
    _, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == -9, name
"""


@pytest.mark.slow
def test_a_tuner_that_dies_between_any_two_steps_loses_nothing(tmp_path):
    rest = "[default]\nx = 3\nkind = 'good'\ndepth = 2\n"
    path = write_study(tmp_path, trials=4, rest=rest)
    here = str(Path(__file__).parents[3])
    script = [sys.executable, "-c", DIE_AFTER_EACH, here, str(path), json.dumps(DEATHS)]
    died = subprocess.run(script, check=False, capture_output=True)
    assert died.returncode == 0, died.stderr
    witness = Witness()
    run(path, witness)
    trials = trials_of(path)
    assert [trial.number for trial in trials] == [0, 1, 2, 3]
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.FAIL}
    assert trials[0].params == {"x": 3, "kind": "good", "depth": 2}
    assert [trial.user_attrs.get("overtone:default") for trial in trials] == [
        True,
        None,
        None,
        None,
    ]
    assert {trial.user_attrs["overtone:worker"] for trial in trials} == {
        store.worker_of(tmp_path / ".overtone" / "tiny")
    }
    assert living_in(tmp_path) == []
