"""Where a study is kept: an Optuna storage, and the name under which a run directory owns trials in it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from overtone.errors import RunError
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.trial_folder import write_whole
from overtone.space.table import table_of
from overtone.study.storage import STUDY

STORE_ERRORS: Final = (SQLAlchemyError, StorageInternalError)

# A reader (`overtone status`) holds the database for milliseconds; a writer waits for it this long.
LOCK_SECONDS: Final = 60
SQLITE: Final = "sqlite"


def worker_of(run_directory: Path) -> str:
    """The name under which the tuners of this run directory, one after the other, own their trials."""
    path = run_directory / "worker"
    if not path.exists():
        run_directory.mkdir(parents=True, exist_ok=True)
        write_whole(path, uuid.uuid4().hex + "\n")
    return path.read_text(encoding="ascii").strip()


def create_or_continue(study_file: StudyFile) -> optuna.Study:
    """The study of a study file, as the store has it or newly begun.

    Raises:
        RunError: if the store cannot be reached, or holds a study of another space, metric or direction.
    """
    with _storage_errors(study_file):
        study = optuna.create_study(
            storage=_storage(study_file),
            study_name=study_file.name,
            direction=study_file.direction,
            load_if_exists=True,
        )
        begun = study.user_attrs.get(STUDY)
        if begun is None:
            study.set_user_attr(STUDY, {"key": uuid.uuid4().hex, **_agreement(study_file)})
        else:
            _refuse_disagreement(study_file, begun)
    return study


def load(study_file: StudyFile) -> optuna.Study:
    """The study of a study file, to look at.

    Raises:
        RunError: if it has not been started, or the store cannot be reached.
    """
    not_started = (
        f"{study_file.path}: the study {study_file.name!r} has not been started yet. "
        f"Start it with: {study_file.call('tune')}"
    )
    if study_file.storage is None and not _embedded(study_file).exists():
        raise RunError(not_started)
    with _storage_errors(study_file):
        try:
            return optuna.load_study(study_name=study_file.name, storage=_storage(study_file))
        except KeyError:
            raise RunError(not_started) from None


def study_key(study: optuna.Study) -> str:
    """A text that no other study has, not even a later one of the same name."""
    return str(study.user_attrs[STUDY]["key"])


@contextmanager
def quiet_optuna(least: int = optuna.logging.ERROR) -> Iterator[None]:
    """Keep Optuna from logging each trial, and whatever else is below a level."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(max(verbosity, least))
    try:
        yield
    finally:
        optuna.logging.set_verbosity(verbosity)


def _embedded(study_file: StudyFile) -> Path:
    return study_file.run_directory / "study.db"


def _storage(study_file: StudyFile) -> RDBStorage:
    if study_file.storage is None:
        _create(_embedded(study_file))
        return _in_file(URL.create(SQLITE, database=str(_embedded(study_file))))
    url = _parsed(study_file.storage)
    if url.get_backend_name() != SQLITE:
        # Optuna fills templates in a URL; a brace is a brace here.
        return RDBStorage(study_file.storage.replace("{", "{{").replace("}", "}}"))
    # A relative path is relative to the study file, wherever the tuner is called from.
    return _in_file(url.set(database=str(study_file.directory / (url.database or ""))))


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ValueError:
        # What was found may be a piece of the password, so it is not shown.
        raise ArgumentError(
            "its port is no number, or its password has an '@' that is not written as %40"
        ) from None


def _in_file(url: URL) -> RDBStorage:
    """The SQLite store of a URL, whatever characters its path has."""
    # Not every path can be written as a URL, and Optuna and SQLAlchemy would read that text again: templates
    # in braces, "?" and "%". So the path reaches the driver by itself, and what they are given is a name.
    dialect = url.get_dialect()()
    words, options = dialect.create_connect_args(url)
    connect = partial(
        dialect.import_dbapi().connect, *words, **{"timeout": LOCK_SECONDS, **options}
    )
    return RDBStorage(f"{url.drivername}:///study.db", engine_kwargs={"creator": connect})


def _create(database: Path) -> None:
    """Make an embedded store, whole or not at all, unless there is one.

    Optuna makes tables and then their unique indexes; one killed in between would never get the indexes.
    """
    if database.exists():
        return
    begun = database.with_name(f"{database.name}.{os.getpid()}")
    begun.unlink(missing_ok=True)
    _in_file(URL.create(SQLITE, database=str(begun))).engine.dispose()
    try:
        database.hardlink_to(begun)
    except FileExistsError:
        pass  # another process was faster, and a replacement would take its store away
    except OSError:
        begun.rename(database)  # a file system without links
    begun.unlink(missing_ok=True)


@contextmanager
def _storage_errors(study_file: StudyFile) -> Iterator[None]:
    where = study_file.storage or str(_embedded(study_file))
    try:
        yield
    except (*STORE_ERRORS, ImportError, OSError) as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise RunError(
            f"{study_file.path}: the store {_without_password(where)} cannot be used: {cause}. "
            "Is the URL right, the server up, and its driver installed?"
        ) from error


def _without_password(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    _, at, host = rest.rpartition("@")
    return f"{scheme}{mark}***@{host}" if at else url


def _agreement(study_file: StudyFile) -> dict[str, object]:
    """What must stay the same while a study goes on."""
    return {
        "metric": study_file.metric,
        "direction": study_file.direction,
        "space": table_of(study_file.space),
        "budget": None if study_file.budget is None else asdict(study_file.budget.budgets),
        "fidelity": _fidelity_record(study_file),
    }


def _fidelity_record(study_file: StudyFile) -> dict[str, object] | None:
    fidelity = study_file.fidelity
    if fidelity is None:
        return None
    return {"stages": [dict(table) for table in fidelity.stages], "end": dict(fidelity.end)}


def _refuse_disagreement(study_file: StudyFile, begun: dict[str, object]) -> None:
    now = _agreement(study_file)
    changes = [
        f"{key} was {begun.get(key)!r} and is now {now[key]!r}"
        for key in ("metric", "direction", "budget", "fidelity")
        if begun.get(key) != now[key]
    ]
    before, after = begun["space"], now["space"]
    assert isinstance(before, dict) and isinstance(after, dict)  # noqa: PT018  # both are our own
    changes.extend(
        f"in [space], {name!r} {_change(before.get(name), after.get(name))}"
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    )
    if changes:
        raise RunError(
            f"{study_file.path}: the study {study_file.name!r} was started with other settings: "
            f"{'; '.join(changes)}. Its trials cannot be compared with new ones. Change this back, or "
            "give the study another name to start afresh."
        )


def _change(before: dict[str, object] | None, after: dict[str, object] | None) -> str:
    if before is None:
        return "is new"
    if after is None:
        return "is gone"
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return " and ".join(
        f"has {key} = {after.get(key)!r} instead of {before.get(key)!r}" for key in keys
    )
