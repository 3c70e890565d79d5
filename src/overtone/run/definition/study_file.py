"""The study file: what a person writes down once, checked whole at the door.

    name = "digits"
    command = ["python", "{study_dir}/train.py", "--lr={lr}"]
    metric = "accuracy"
    direction = "maximize"
    trials = 200

    [space]
    lr = {low = 1e-4, high = 1.0, log = true}

    [repeats]                           # some trials run a configuration again, to learn how much runs vary
    share = 0.1                         # at most; or repeats = false

    [budget]                            # the command is run to several budgets
    least = 1
    most = 81
    resume = true                       # it goes on from what it left in its checkpoint folder

    [fidelity]                          # the stages are cheaper than the end
    stages = {layers = 8}
    end = {layers = 56}

Every mistake becomes one StudyFileError of one paragraph: the file, the key, what was found, what is
expected.
"""

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overtone.errors import SearchError, SpaceError, StudyFileError
from overtone.run.definition.command import Command, parse_command
from overtone.run.definition.keys import (
    EXPECTED,
    BudgetTable,
    Direction,
    FidelityTable,
    RepeatsTable,
    StorageTable,
    StudyTable,
)
from overtone.run.definition.sampler_table import (
    HalvingSettings,
    HarmonicaSettings,
    SamplerSettings,
    sampler_settings,
)
from overtone.run.definition.tables import validated
from overtone.search.halving import Budgets
from overtone.search.repeats import Repeats
from overtone.space.table import complete, space_from_table

if TYPE_CHECKING:
    from overtone.search.harmonica.fidelity import Fidelities
    from overtone.space import Configuration, SearchSpace


@dataclass(frozen=True)
class BudgetSettings:
    """How much of its work a command is asked to do, and whether it can go on from where it stopped."""

    budgets: Budgets
    resume: bool


@dataclass(frozen=True)
class StudyFile:
    """A checked study file."""

    path: Path
    name: str
    command: Command
    metric: str
    direction: Direction
    trials: int
    parallel: int
    timeout: float | None  # seconds a run of the command may take
    space: "SearchSpace"
    default: "Configuration | None"
    sampler: SamplerSettings
    budget: BudgetSettings | None
    fidelity: "Fidelities | None"
    storage: str | None  # an Optuna storage URL; None is the embedded store
    repeats: Repeats | None = None  # trials that may run a configuration again
    seconds: float | None = None  # that all runs may take together before no further trial begins

    @property
    def directory(self) -> Path:
        """The folder that the study file lies in."""
        return self.path.parent

    @property
    def run_directory(self) -> Path:
        """The folder that holds everything that running the study writes."""
        return self.directory / ".overtone" / self.name

    def call(self, command: str) -> str:
        """A call of overtone with this file, as it is typed in the present folder."""
        path, here = self.path, Path.cwd()
        named = path.relative_to(here) if path.is_relative_to(here) else path
        return shlex.join(["overtone", command, str(named)])


def read_study_file(path: Path) -> StudyFile:
    """The study that a file describes.

    Raises:
        StudyFileError: one paragraph that names the file, the key, what was found and what is expected.
    """
    return study_of(_text_of(path), path)


def study_of(text: str, path: Path) -> StudyFile:
    """The study that the text of a file describes, whether the file is there or not.

    Raises:
        StudyFileError: as `read_study_file`.
    """
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # also of a number with thousands of digits
        raise StudyFileError(
            f"{path}: this is not valid TOML: {error}. "
            "Is a quote, a bracket or a comma missing, or a key given twice?"
        ) from None
    except RecursionError:
        raise StudyFileError(f"{path}: brackets are nested too deeply for TOML.") from None
    try:
        # Whichever way a folder is reached, a later tuner must find what an earlier one left there.
        return _study(path.parent.resolve() / path.name, table)
    except SpaceError as error:
        raise StudyFileError(f"{path}: [space]: {error}") from None
    except StudyFileError as error:
        raise StudyFileError(f"{path}: {error}") from None


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyFileError(
            f"{path}: there is no such file. Give the path of a study file, such as study.toml."
        ) from None
    except IsADirectoryError:
        raise StudyFileError(
            f"{path}: this is a folder, but a study file is expected. Is it {path / 'study.toml'}?"
        ) from None
    except UnicodeDecodeError as error:
        raise StudyFileError(
            f"{path}: byte {error.start} is not UTF-8 text. TOML files are saved as UTF-8."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise StudyFileError(f"{path}: the file cannot be read: {reason}.") from None


def _study(path: Path, table: dict[str, Any]) -> StudyFile:
    checked = validated(StudyTable, table, "", expected=EXPECTED)
    space = space_from_table(checked.space)
    named = checked.sampler if isinstance(checked.sampler, dict) else {"name": checked.sampler}
    sampler = sampler_settings(named, has_stages=checked.fidelity is not None)
    budget = None if checked.budget is None else _budget(checked.budget)
    fidelity = None if checked.fidelity is None else _fidelity(checked.fidelity, space, sampler)
    _refuse_halving_without_budgets(sampler, budget)
    return StudyFile(
        path=path,
        name=checked.name,
        command=parse_command(
            checked.command,
            space,
            path.parent,
            fixed=() if fidelity is None else tuple(fidelity.end),
            has_budget=budget is not None,
        ),
        metric=checked.metric,
        direction=checked.direction,
        trials=checked.trials,
        parallel=checked.parallel,
        timeout=checked.timeout,
        space=space,
        default=None if checked.default is None else _default(checked.default, space),
        sampler=sampler,
        budget=budget,
        fidelity=fidelity,
        storage=None if checked.storage is None else _storage(checked.storage),
        repeats=_repeats(checked, is_whole=budget is None and fidelity is None),
    )


def _default(table: Mapping[str, Any], space: "SearchSpace") -> "Configuration":
    try:
        return complete(space, table)
    except SpaceError as error:
        raise StudyFileError(
            f"[default] is no configuration of [space]: {error} "
            "Give each active parameter a value, and inactive ones none."
        ) from None


def _repeats(checked: StudyTable, *, is_whole: bool) -> Repeats | None:
    """The trials that may be repeats: none where trials are of several budgets or fidelities."""
    table = {} if isinstance(checked.repeats, bool) else checked.repeats
    share = validated(RepeatsTable, table, "repeats.", expected=EXPECTED).share
    return Repeats(checked.trials, share) if is_whole and checked.repeats is not False else None


def _storage(table: dict[str, Any]) -> str:
    return validated(StorageTable, table, "storage.", expected=EXPECTED).url


def _budget(table: dict[str, Any]) -> BudgetSettings:
    checked = validated(BudgetTable, table, "budget.", expected=EXPECTED)
    try:
        budgets = Budgets(checked.least, checked.most, checked.eta)
    except SearchError as error:
        raise StudyFileError(f"[budget]: {error}") from None
    return BudgetSettings(budgets, checked.resume)


def _fidelity(
    table: dict[str, Any], space: "SearchSpace", sampler: SamplerSettings
) -> "Fidelities":
    # Importing the search takes longer than a short trial, so studies without fidelities do without.
    from overtone.search.harmonica.fidelity import Fidelities

    checked = validated(FidelityTable, table, "fidelity.", expected=EXPECTED)
    stages = checked.stages if isinstance(checked.stages, list) else [checked.stages]
    if not isinstance(sampler, HarmonicaSettings):
        raise StudyFileError(
            '[fidelity] gives stages and their end values of their own, but only the sampler "harmonica" has '
            'stages. Write name = "harmonica" in [sampler], or leave [fidelity] out.'
        )
    if len(stages) not in (1, sampler.search.stages):
        raise StudyFileError(
            f"fidelity.stages has {len(stages)} tables, but sampler.stages is {sampler.search.stages}. "
            "Give one table for each stage, or one for all of them."
        )
    try:
        fidelities = Fidelities(tuple(stages), checked.end, checked.check, checked.threshold)
        fidelities.refuse_varying(space.names)
    except SearchError as error:
        raise StudyFileError(f"[fidelity]: {error}") from None
    return fidelities


def _refuse_halving_without_budgets(
    sampler: SamplerSettings, budget: BudgetSettings | None
) -> None:
    match sampler:
        case HalvingSettings(halving=name):
            key = "name"
        case HarmonicaSettings(halving=str(name)):
            key = "base"
        case _:
            return
    if budget is None:
        raise StudyFileError(
            f"sampler.{key} is {name!r}, which runs configurations to several budgets, but there is no table "
            "[budget]. Add one, such as: [budget] least = 1, most = 27; and mention {budget} in the command."
        )
