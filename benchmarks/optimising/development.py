"""Problems kept in a folder: `problems.py` with `names()` and `get(name)`, which reads its data itself."""

import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from optuna.distributions import IntDistribution

from benchmarks.optimising.problems import Parameter, Problem, categorical, integer, real


@cache
def _folder(folder: Path) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("problems_of_folder", folder / "problems.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def names(folder: Path) -> list[str]:
    return list(_folder(folder).names())


def load(folder: Path, name: str) -> Problem:
    kept = _folder(folder).get(name)
    return Problem(
        name=name,
        family=kept.family,
        parameters=tuple(_parameter(parameter) for parameter in kept.params),
        truth=kept.true,
        source=kept.note,
        noise=kept.noise,
        optimum=kept.optimum,
        is_logarithmic=kept.scale == "log",
    )


def _parameter(kept: Any) -> Parameter:
    when = tuple((parent, tuple(values)) for parent, values in kept.when)
    match kept.kind:
        case "binary" | "cat":
            return categorical(kept.name, kept.choices, when)
        case "ordinal":
            places = IntDistribution(0, len(kept.choices) - 1)
            return Parameter(kept.name, places, when, tuple(kept.choices))
        case "int":
            return integer(kept.name, kept.low, kept.high, log=kept.log, when=when)
        case "float":
            return real(kept.name, kept.low, kept.high, log=kept.log, when=when)
    raise ValueError(f"{kept.name!r} is of the kind {kept.kind!r}, which is none of the folder's")
