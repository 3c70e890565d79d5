"""The study file: what a person writes down once, checked whole at the door.

    name = "digits"
    command = ["python", "{study_dir}/train.py", "--lr={lr}"]
    metric = "accuracy"
    direction = "maximize"
    trials = 200

    [space]
    lr = {low = 1e-4, high = 1.0, log = true}

Every mistake becomes one StudyFileError of one paragraph: the file, the key, what was found, what is
expected.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overtone.errors import SpaceError, StudyFileError
from overtone.run.command import Command, parse_command
from overtone.run.space_table import complete, space_from_table, suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from overtone.space import Configuration, SearchSpace

Direction: TypeAlias = Literal["minimize", "maximize"]
Base: TypeAlias = Literal["random", "tpe", "gp"]
Auto: TypeAlias = Literal["auto"]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class HarmonicaSettings:
    """The settings of the staged search; None and "auto" leave the choice to the search."""

    samples: int | None
    degree: int | Auto
    sparsity: int | Auto
    restriction: int
    stages: int
    penalty: float | Auto
    base: Base | None
    wait: bool
    seed: int


@dataclass(frozen=True)
class RandomSettings:
    """Uniform random search."""

    seed: int


@dataclass(frozen=True)
class TpeSettings:
    """Optuna's tree-structured Parzen estimator."""

    seed: int


SamplerSettings: TypeAlias = HarmonicaSettings | RandomSettings | TpeSettings


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
    timeout: float | None  # seconds a trial may take
    space: "SearchSpace"
    default: "Configuration | None"
    sampler: SamplerSettings
    storage: str | None  # an Optuna storage URL; None is the embedded store

    @property
    def directory(self) -> Path:
        """The folder that the study file lies in."""
        return self.path.parent

    @property
    def run_directory(self) -> Path:
        """The folder that holds everything that running the study writes."""
        return self.directory / ".overtone" / self.name


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _HarmonicaTable(_Strict):
    samples: Annotated[int, Field(ge=1)] | None = None
    degree: Annotated[int, Field(ge=1)] | Auto = "auto"
    sparsity: Annotated[int, Field(ge=1)] | Auto = "auto"
    restriction: Annotated[int, Field(ge=1)] = 4
    stages: Annotated[int, Field(ge=1)] = 2
    penalty: Annotated[float, Field(gt=0)] | Auto = "auto"
    base: Base | None = None
    wait: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class _SeedTable(_Strict):
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class _StorageTable(_Strict):
    url: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+.-]+://.+")]


class _StudyTable(_Strict):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")]
    command: list[str | list[str]]
    metric: Annotated[str, Field(pattern=r"^[^\s:=]([^\r\n:=]*[^\s:=])?$")]
    direction: Direction
    trials: Annotated[int, Field(ge=1)]
    parallel: Annotated[int, Field(ge=1)] = 1
    timeout: Annotated[float, Field(gt=0)] | None = None
    space: dict[str, Any]
    default: dict[str, Any] | None = None
    sampler: dict[str, Any] = Field(default_factory=dict)
    storage: _StorageTable | None = None


# What each key expects, in the words of a message.
_EXPECTED = {
    "name": "text of letters, digits, '_', '-' and '.' (it names a folder), such as \"digits\"",
    "command": 'a list of texts such as ["python", "{study_dir}/train.py", "--lr={lr}"]',
    "metric": 'the name of the value that the command reports, without ":" and "=", '
    'such as "accuracy"',
    "direction": '"minimize" or "maximize"',
    "trials": "a whole number of at least 1",
    "parallel": "a whole number of at least 1: how many commands run at a time",
    "timeout": "a number of seconds above 0; leave it out for no limit",
    "space": "a table [space] with a line for each parameter, such as lr = {low = 0.001, high = 1.0}",
    "default": "a table [default] with a value for each active parameter",
    "sampler": 'a table [sampler], such as name = "harmonica"',
    "storage": 'a table [storage] with url = "..."; leave it out for the embedded store',
    "storage.url": 'an Optuna storage URL such as "sqlite:///study.db" or "postgresql://host/base"',
    "sampler.name": '"harmonica", "random" or "tpe"',
    "sampler.samples": "a whole number of at least 1: the trials of a stage; leave it out to fit trials",
    "sampler.degree": 'a whole number of at least 1, or "auto"',
    "sampler.sparsity": 'a whole number of at least 1, or "auto"',
    "sampler.restriction": "a whole number of at least 1: the minimisers that a stage keeps",
    "sampler.stages": "a whole number of at least 1",
    "sampler.penalty": 'a number above 0, or "auto"',
    "sampler.base": '"random", "tpe" or "gp"',
    "sampler.wait": "true or false",
    "sampler.seed": "a whole number from 0 to 4294967295",
}


def read_study_file(path: Path) -> StudyFile:
    """The study that a file describes.

    Raises:
        StudyFileError: one paragraph that names the file, the key, what was found and what is expected.
    """
    try:
        table = tomllib.loads(_text_of(path))
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
    checked = _validated(_StudyTable, table, "")
    space = space_from_table(checked.space)
    return StudyFile(
        path=path,
        name=checked.name,
        command=parse_command(checked.command, space, path.parent),
        metric=checked.metric,
        direction=checked.direction,
        trials=checked.trials,
        parallel=checked.parallel,
        timeout=checked.timeout,
        space=space,
        default=None if checked.default is None else _default(checked.default, space),
        sampler=_sampler(checked.sampler),
        storage=None if checked.storage is None else checked.storage.url,
    )


def _default(table: Mapping[str, Any], space: "SearchSpace") -> "Configuration":
    try:
        return complete(space, table)
    except SpaceError as error:
        raise StudyFileError(
            f"[default] is no configuration of [space]: {error} "
            "Give each active parameter a value, and inactive ones none."
        ) from None


def _harmonica(table: dict[str, Any]) -> SamplerSettings:
    return HarmonicaSettings(**_validated(_HarmonicaTable, table, "sampler.").model_dump())


def _random(table: dict[str, Any]) -> SamplerSettings:
    return RandomSettings(_validated(_SeedTable, table, "sampler.").seed)


def _tpe(table: dict[str, Any]) -> SamplerSettings:
    return TpeSettings(_validated(_SeedTable, table, "sampler.").seed)


_SAMPLERS: dict[str, Callable[[dict[str, Any]], SamplerSettings]] = {
    "harmonica": _harmonica,
    "random": _random,
    "tpe": _tpe,
}


def _sampler(table: dict[str, Any]) -> SamplerSettings:
    settings = dict(table)
    name = settings.pop("name", "harmonica")
    if not isinstance(name, str) or name not in _SAMPLERS:
        close = suggestion(name, _SAMPLERS) if isinstance(name, str) else ""
        raise StudyFileError(
            f"sampler.name is {name!r}, but {_EXPECTED['sampler.name']} is expected.{close}"
        )
    return _SAMPLERS[name](settings)


def _validated(model: type[Model], table: dict[str, Any], prefix: str) -> Model:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A misspelt key is also a missing one: the spelling is the cause, so it comes first.
        found.sort(key=lambda detail: detail["type"] != "extra_forbidden")
        raise StudyFileError(_paragraph(found[0], model, prefix)) from None


def _paragraph(detail: "ErrorDetails", model: type[BaseModel], prefix: str) -> str:
    """One pydantic finding in a person's words."""
    first, *rest = (str(step) for step in detail["loc"])
    if first == "storage" and rest:
        model, prefix, first = _StorageTable, "storage.", rest[0]
    key = prefix + first
    known = [*model.model_fields, *(["name"] if prefix == "sampler." else [])]
    match detail["type"]:
        case "extra_forbidden":
            return (
                f"the key {key!r} (= {_shown(detail['input'])}) is unknown"
                f"{_where(prefix)}.{suggestion(first, known)} Known are {', '.join(known)}."
            )
        case "missing":
            return f"the key {key!r} is missing. Expected is {_EXPECTED[key]}."
        case _:
            place = _place_in_list(rest) if first == "command" else ""
            return f"{key}{place} is {_shown(detail['input'])}, but {_EXPECTED[key]} is expected."


def _where(prefix: str) -> str:
    return f" in [{prefix.rstrip('.')}]" if prefix else ""


def _place_in_list(steps: list[str]) -> str:
    return f": word {int(steps[0]) + 1}" if steps and steps[0].isdigit() else ""


def _shown(value: object) -> str:
    """A found value as TOML would write it, shortened."""
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= 120 else shown[:117] + "..."
