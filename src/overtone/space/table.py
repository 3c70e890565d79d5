"""A search space from a plain table and back: the `[space]` of a study file, or a mapping given in Python.

A parameter takes one of these forms:

    optimizer = ["adam", "sgd"]                                          Categorical
    momentum = {low = 0.0, high = 0.99, when = {optimizer = "sgd"}}       Real
    layers = {low = 1, high = 8}                                         Integer: whole bounds
    width = {choices = [64, 128], when = {layers = [2, 3]}}              Categorical
"""

from collections.abc import Mapping, Sized
from typing import Final, TypeAlias

from overtone.errors import SpaceError, suggestion
from overtone.space.parameters import (
    Categorical,
    Configuration,
    Integer,
    Parameter,
    Real,
    conditions,
)
from overtone.space.search_space import SearchSpace
from overtone.space.values import is_whole

SpaceTable: TypeAlias = Mapping[str, object]

CHOICE_KEYS: Final = ("choices", "when")
RANGE_KEYS: Final = ("low", "high", "step", "log", "type", "when")
SHAPES: Final = "a list of choices, {choices = [...]} or {low = ..., high = ...}"


def space_from_table(table: SpaceTable) -> SearchSpace:
    """The search space that a table describes.

    Raises:
        SpaceError: naming the parameter, what was found and what is expected.
    """
    if not isinstance(table, Mapping):
        raise SpaceError(f"The space is {table!r}, but a table from names to {SHAPES} is expected.")
    _refuse_empty(table)
    return SearchSpace([_parameter(name, entry) for name, entry in table.items()])


def space_of(given: SearchSpace | SpaceTable) -> SearchSpace:
    """The search space that is given, as such or as a table.

    Raises:
        SpaceError: as `space_from_table`, also if a search space has no parameters.
    """
    if not isinstance(given, SearchSpace):
        return space_from_table(given)
    _refuse_empty(given.parameters)
    return given


def _refuse_empty(parameters: Sized) -> None:
    if not len(parameters):
        raise SpaceError(f"The space has no parameters: give at least one name with {SHAPES}.")


def table_of(space: SearchSpace) -> dict[str, dict[str, object]]:
    """The table that describes a space, of plain JSON values: the inverse of `space_from_table`."""
    return {parameter.name: _entry(parameter) for parameter in space.parameters}


def complete(space: SearchSpace, configuration: Mapping[str, object]) -> Configuration:
    """A configuration in the order of its space, with an Integer's values as int and a Real's as float.

    Raises:
        SpaceError: if it is no configuration of the space: see `SearchSpace.encode`.
    """
    plain: Configuration = dict(configuration)  # type: ignore[arg-type]  # encode checks each value
    return space.decode(space.encode(plain))


def _entry(parameter: Parameter) -> dict[str, object]:
    entry: dict[str, object]
    match parameter:
        case Categorical(choices=choices):
            entry = {"choices": list(choices)}
        case Integer(low=low, high=high, step=step, log=log):
            entry = {"type": "integer", "low": low, "high": high, "step": step, "log": log}
        case Real(low=low, high=high, step=spacing, log=log):
            entry = {"type": "real", "low": low, "high": high, "step": spacing, "log": log}
    return {**entry, "when": {parent: list(values) for parent, values in conditions(parameter)}}


def _parameter(name: str, entry: object) -> Parameter:
    if isinstance(entry, list | tuple):
        return Categorical(name, entry)
    if not isinstance(entry, Mapping):
        raise SpaceError(
            f"{name!r} is {entry!r}, but {SHAPES} is expected. "
            "A value that never changes belongs in the program, not in the space."
        )
    if "choices" in entry:
        _refuse_unknown_keys(name, entry, CHOICE_KEYS)
        return Categorical(name, entry["choices"], when=entry.get("when", {}))
    _refuse_unknown_keys(name, entry, RANGE_KEYS)
    for bound in ("low", "high"):
        if bound not in entry:
            raise SpaceError(f"{name!r} is {dict(entry)!r}: {bound} is missing. Write {SHAPES}.")
    return _range(name, entry)


def _range(name: str, entry: Mapping[str, object]) -> Integer | Real:
    low, high, step = entry["low"], entry["high"], entry.get("step")
    log, when = entry.get("log", False), entry.get("when", {})
    if not isinstance(log, bool):
        raise SpaceError(f"{name!r}: log is {log!r}, but true or false is expected.")
    kind = entry.get("type", _natural_kind(low, high, step))
    # The constructors check the bounds, the step and the condition themselves.
    match kind:
        case "integer":
            spacing = 1 if step is None else step
            return Integer(name, low, high, step=spacing, log=log, when=when)  # type: ignore[arg-type]
        case "real":
            return Real(name, low, high, log=log, step=step, when=when)  # type: ignore[arg-type]
        case _:
            raise SpaceError(f'{name!r}: type is {kind!r}, but "integer" or "real" is expected.')


def _natural_kind(low: object, high: object, step: object) -> str:
    numbers = [low, high] if step is None else [low, high, step]
    return "integer" if all(map(is_whole, numbers)) else "real"


def _refuse_unknown_keys(name: str, entry: Mapping[str, object], known: tuple[str, ...]) -> None:
    for key, value in entry.items():
        if key not in known:
            raise SpaceError(
                f"{name!r} has the key {key!r} (= {value!r}), but only {', '.join(known)} are known "
                f"here.{suggestion(str(key), known)}"
            )
