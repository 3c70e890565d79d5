"""What is attached is renewed when trials have ended, and then only."""

import threading

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from optuna_dashboard import get_note

from overtone.run.dashboard import renewal as module
from overtone.run.dashboard.attachments import Attachments
from overtone.run.dashboard.renewal import LOOK_SECONDS, Renewal, pause_after
from overtone.study.storage import storage_of


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def renewal(study, study_file, said) -> Renewal:
    return Renewal(study, study_file, warn=said.append)


@pytest.fixture(autouse=True)
def explained(monkeypatch) -> list[bool]:
    """Whether each explanation was quiet; what is explained is how many trials there are."""
    found: list[bool] = []

    def counted(study, study_file, *, quiet):
        found.append(quiet)
        return Attachments(f"{len(study.trials)} trials", {})

    monkeypatch.setattr(module, "attachments_of", counted)
    return found


class Unwritable:
    """A store that takes nothing until it is mended."""

    def __init__(self, study, monkeypatch):
        self.tries, self.is_mended = 0, False
        self._write = storage_of(study).set_study_system_attr
        monkeypatch.setattr(storage_of(study), "set_study_system_attr", self)

    def __call__(self, *what):
        if not self.is_mended:
            self.tries += 1
            raise StorageInternalError from OSError("attempt to write a readonly database")
        self._write(*what)


def test_a_study_is_explained_when_trials_have_ended_and_then_only(
    study, renewal, run_trials, explained
):
    renewal.look()
    assert (explained, get_note(study)) == ([], "")
    run_trials(5)
    renewal.look()
    renewal.look()
    assert "5 trials" in get_note(study)
    study.ask()
    renewal.look()
    assert explained == [False]
    run_trials(1)
    renewal.look()
    assert explained == [False, True]
    assert "7 trials" in get_note(study)


def test_a_store_that_cannot_be_written_is_told_of_once_and_tried_again(
    study, renewal, run_trials, explained, said, monkeypatch
):
    run_trials(5)
    store = Unwritable(study, monkeypatch)
    for _ in range(3):
        renewal.look()
        run_trials(1)
    assert store.tries == 3
    # It is not explained anew for a store that does not take what there is.
    assert len(explained) == 1
    [warning] = said
    assert "'tiny' cannot be renewed: attempt to write a readonly database." in warning
    store.is_mended = True
    renewal.look()
    assert "8 trials" in get_note(study)
    assert len(said) == 1


def test_a_study_that_is_deleted_meanwhile_ends_the_renewal(study, renewal, run_trials, said):
    run_trials(2)
    optuna.delete_study(study_name=study.study_name, storage=storage_of(study))
    with renewal:
        renewal._thread.join(60)
        assert not renewal._thread.is_alive()
    [warning] = said
    assert "it is not in the store any more" in warning


def test_a_mistake_of_ours_is_not_taken_for_a_study_that_is_gone(
    study, renewal, run_trials, monkeypatch
):
    def mistaken(*arguments, **options):
        raise KeyError("verdict")

    monkeypatch.setattr(module, "attachments_of", mistaken)
    run_trials(2)
    with pytest.raises(KeyError, match="verdict"):
        renewal.look()


def test_the_end_waits_for_what_is_half_written_and_nothing_is_written_after_it(
    study, renewal, run_trials, monkeypatch
):
    run_trials(5)
    begun, goes_on, happened = threading.Event(), threading.Event(), []

    def slow(study, new, old):
        begun.set()
        goes_on.wait(60)
        happened.append("written")

    monkeypatch.setattr(module, "attach", slow)
    monkeypatch.setattr(module, "END_SECONDS", 0.01)
    with renewal:
        assert begun.wait(60)
        threading.Timer(0.1, goes_on.set).start()
    happened.append("ended")
    run_trials(1)
    renewal.look()
    assert happened == ["written", "ended"]


def test_a_look_takes_a_tenth_of_the_time_at_most():
    assert pause_after(0.0) == LOOK_SECONDS
    for took in (0.01, 1.0, 60.0):
        assert took / (took + pause_after(took)) <= 0.1 + 1e-9
