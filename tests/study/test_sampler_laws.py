"""What holds for both samplers in whole Optuna studies: laws, and that any process goes on with a study."""

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import optuna
import pytest
from optuna.storages import InMemoryStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from sampler_studies import HARMONICA, SPECTRAL, Studies, proposed, value_of

from overtone.errors import SpaceWarning
from overtone.space import Integer, SearchSpace
from overtone.study.distributions import suggest

# Whether a small study finds something is not the point.
pytestmark = pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")


@pytest.fixture(scope="module", params=["HARMONICA", "SPECTRAL"])
def name(request):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return request.param


@pytest.fixture(scope="module")
def studies(name) -> Studies:
    return {"HARMONICA": HARMONICA, "SPECTRAL": SPECTRAL}[name]


@pytest.fixture(scope="module")
def plain(studies):
    """The study that the laws compare with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return studies.run()


@pytest.fixture(scope="module")
def negated(studies):
    """The study of the negative, which is another one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return studies.run(lambda trial: -studies.objective(trial))


@pytest.fixture(scope="module")
def begun_elsewhere(tmp_path_factory):
    """The folder in which another process left a journal of each sampler's study, begun and not ended.

    Both come from one process, since it takes longer to import what a study needs than to run it.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    code = f"""
import sys, warnings
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
warnings.simplefilter("ignore")
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from sampler_studies import HARMONICA, SPECTRAL
for name, studies in {{"HARMONICA": HARMONICA, "SPECTRAL": SPECTRAL}}.items():
    storage = JournalStorage(JournalFileBackend({str(folder)!r} + f"/{{name}}.log"))
    study = optuna.create_study(study_name="s", storage=storage, sampler=studies.make())
    studies.run(study=study, n=studies.trials // 2)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return folder


def test_seeds_decide(studies):
    assert proposed(studies.run(sampler=studies.make(seed=1), n=5)) != proposed(studies.run(n=5))
    unseeded = [proposed(studies.run(n=5, sampler=studies.make(seed=None))) for _ in range(2)]
    assert unseeded[0] != unseeded[1]


@pytest.mark.slow
def test_values_decide(negated, plain):
    """What the laws below rest on."""
    assert proposed(negated) != proposed(plain)


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "shift"), [(2.0**-30, 0.0), (1.0, 512.0), (2.0**40, -3.0)])
def test_scaling_and_shifting_the_values_changes_no_proposal(studies, plain, factor, shift):
    moved = studies.run(lambda trial: (studies.objective(trial) + shift) * factor)
    assert proposed(moved) == proposed(plain)


def test_maximising_is_minimising_the_negative(studies, plain):
    turned = studies.run(lambda trial: -studies.objective(trial), direction="maximize")
    assert proposed(turned) == proposed(plain)
    assert turned.best_trial.number == plain.best_trial.number


def test_the_order_of_suggestion_changes_no_proposal(studies, plain):
    backwards = SearchSpace(studies.space.parameters[::-1])
    other = studies.run(lambda trial: value_of(suggest(trial, backwards)))
    assert proposed(other) == proposed(plain)


def test_a_new_sampler_goes_on_where_another_stopped(studies, plain):
    study = studies.run(n=studies.trials // 2)
    study.sampler = studies.make()
    studies.run(study=study, n=studies.trials - len(study.trials))
    assert proposed(study) == proposed(plain)


def test_a_pickled_copy_goes_on_where_the_original_stopped(studies, plain):
    study = studies.run(n=studies.trials // 2)
    study.sampler = pickle.loads(pickle.dumps(study.sampler))
    studies.run(study=study, n=studies.trials - len(study.trials))
    assert proposed(study) == proposed(plain)


@pytest.mark.slow
def test_another_process_goes_on_where_the_first_stopped(name, studies, plain, begun_elsewhere):
    storage = JournalStorage(JournalFileBackend(str(begun_elsewhere / f"{name}.log")))
    study = optuna.load_study(study_name="s", storage=storage, sampler=studies.make())
    assert len(study.trials) == studies.trials // 2
    studies.run(study=study, n=studies.trials - len(study.trials))
    assert proposed(study) == proposed(plain)


@pytest.mark.slow
def test_one_sampler_serves_several_studies_and_confuses_none(studies, plain, negated):
    """Studies in memory have the same ids, each in its own storage."""
    shared = studies.make()
    both = [optuna.create_study(sampler=shared) for _ in range(2)]
    for _ in range(4):
        for study, sign in zip(both, (1.0, -1.0), strict=True):
            studies.run(
                lambda t, sign=sign: sign * studies.objective(t), study=study, n=studies.trials // 4
            )
    assert proposed(both[0]) == proposed(plain)
    assert proposed(both[1]) == proposed(negated)


@pytest.mark.slow
def test_one_sampler_serves_two_studies_of_one_storage(studies, plain):
    storage, shared, directions = InMemoryStorage(), studies.make(), ("minimize", "maximize")
    both = [
        optuna.create_study(storage=storage, sampler=shared, direction=direction)
        for direction in directions
    ]
    half = studies.trials // 2
    for study in both * 2:
        studies.run(study=study, n=half)
    assert proposed(both[0]) == proposed(plain, 2 * half)
    assert proposed(both[1]) == proposed(studies.run(n=2 * half, direction="maximize"))


@pytest.mark.slow
def test_a_study_of_the_same_name_begun_anew_begins_anew(studies):
    storage, sampler, found = RDBStorage("sqlite:///:memory:"), studies.make(**studies.hasty), []
    for _ in range(2):
        study = optuna.create_study(study_name="s", storage=storage, sampler=sampler)
        studies.run(study=study, n=12)
        found.append(proposed(study))
        optuna.delete_study(study_name="s", storage=storage)
    assert found[0] == found[1]


def test_a_parameter_that_the_given_space_lacks_is_named_and_drawn(studies):
    space = SearchSpace([p for p in studies.space.parameters if p.name != "x"])
    sampler = studies.make(space=space)
    with pytest.warns(SpaceWarning, match=r"asks for 'x', which is not in the space .* has b0, "):
        study = studies.run(sampler=sampler, n=12)
    assert len({trial.params["x"] for trial in study.trials}) == 12


def test_a_large_space_is_not_listed_whole(studies):
    sampler = studies.make(space=SearchSpace([Integer(f"k{i}", 1, 4) for i in range(100)]))
    with pytest.warns(SpaceWarning, match=r"The space has k0, .*, k7 and 92 more\.$"):
        optuna.create_study(sampler=sampler).ask().suggest_int("other", 1, 4)


def test_a_misspelt_parameter_is_answered_with_the_near_name(studies):
    study = optuna.create_study(sampler=studies.make(space=studies.space))
    with pytest.warns(SpaceWarning, match="Did you mean 'kind'?"):
        study.ask().suggest_categorical("knd", ["u", "v", "w"])


def test_a_study_of_the_given_space_warns_of_nothing(studies):
    with warnings.catch_warnings():
        warnings.simplefilter("error", SpaceWarning)
        studies.run(sampler=studies.make(space=studies.space), n=12)


@pytest.fixture(scope="module")
def forked():
    """What is printed of each sampler by a process that forks while a thread of it holds the lock."""
    code = f"""
import os, signal, sys, threading, warnings
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
warnings.simplefilter("ignore")
from sampler_studies import HARMONICA, SPECTRAL
def ask(sampler, held):
    with sampler._lock:
        held.set()
        threading.Event().wait()
for name, studies in {{"HARMONICA": HARMONICA, "SPECTRAL": SPECTRAL}}.items():
    sampler = studies.make()
    study = studies.run(n=6, sampler=sampler)
    held = threading.Event()
    threading.Thread(target=ask, args=(sampler, held), daemon=True).start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        again = studies.run(n=6, sampler=sampler)
        os._exit([t.params for t in again.trials] != [t.params for t in study.trials])
    print(name, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_forked_while_a_thread_asks_goes_on(name, forked):
    """The thread that held the sampler's lock is not there any more, nor is what it was changing."""
    assert f"{name} 0" in forked
