"""Search spaces: parameters in order, and the coding of configurations into arrays and back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.errors import SpaceError
from overtone.space.cells import draw
from overtone.space.parameters import (
    Categorical,
    Choice,
    Configuration,
    Integer,
    Parameter,
    Real,
    code_of,
    conditions,
    describe_condition,
    value_of,
)
from overtone.space.values import is_among

Codes: TypeAlias = NDArray[np.float64]  # (N, n)
Levels: TypeAlias = NDArray[np.int64]  # (N, n)


@final
@dataclass(frozen=True)
class SearchSpace:
    """Parameters in order, with their conditions.

    A parameter with a condition is active when every parent is active and has one of the values named
    in `when`. A configuration holds active parameters only.

    Raises:
        SpaceError: on a name used twice, an unknown parent, a value that a parent cannot have, a real
            parent, or conditions in a circle.
    """

    parameters: Sequence[Parameter]

    def __post_init__(self) -> None:
        parameters = tuple(self.parameters)
        for parameter in parameters:
            if not isinstance(parameter, Categorical | Integer | Real):
                raise SpaceError(
                    f"A search space holds {parameter!r}, but a Categorical, an Integer or a Real is "
                    "expected. A table of parameters is taken by overtone.tune and overtone.Search as it is."
                )
        names = [parameter.name for parameter in parameters]
        for name, count in Counter(names).items():
            if count > 1:
                raise SpaceError(f"Two parameters are named {name!r}: rename one of them.")
        object.__setattr__(self, "parameters", parameters)
        by_name = {p.name: p for p in parameters}
        for parameter in parameters:
            _check_parents(parameter, by_name)
        object.__setattr__(self, "_order", _parents_first(parameters))
        object.__setattr__(self, "_columns", {name: i for i, name in enumerate(names)})

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, name: str) -> Parameter:
        return self.parameters[self.index(name)]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def parents_first(self) -> tuple[Parameter, ...]:
        """The parameters, each after the parents that its condition names."""
        order: tuple[int, ...] = self._order  # type: ignore[attr-defined]  # set in __post_init__
        return tuple(self.parameters[i] for i in order)

    def index(self, name: str) -> int:
        """The column of a parameter.

        Raises:
            SpaceError: if there is no such parameter.
        """
        columns: dict[str, int] = self._columns  # type: ignore[attr-defined]  # set in __post_init__
        if name not in columns:
            raise SpaceError(f"There is no parameter {name!r}; there are {', '.join(self.names)}.")
        return columns[name]

    def is_active(self, parameter: Parameter, configuration: Mapping[str, Choice]) -> bool:
        """Whether a parameter's condition holds; its parents must have been decided before it."""
        if not parameter.when:
            return True  # nearly all are, and this is asked for each value of each trial
        return all(
            parent in configuration and is_among(configuration[parent], values)
            for parent, values in conditions(parameter)
        )

    def sample(self, rng: np.random.Generator) -> Configuration:
        """A uniform configuration; every parameter is drawn, the inactive ones are left out."""
        codes = [draw(parameter, rng) for parameter in self.parameters]
        return self.decode(np.array(codes))

    def decode(self, codes: NDArray[np.float64]) -> Configuration:
        """The configuration of one row of codes, `(n,)`: inactive parameters are left out.

        A code of a parameter whose condition fails is ignored, so a row may hold a draw of everything.
        """
        chosen: Configuration = {}
        for parameter in self.parents_first:
            code = codes[self.index(parameter.name)]
            if self.is_active(parameter, chosen) and not np.isnan(code):
                chosen[parameter.name] = value_of(parameter, code)
        return {name: chosen[name] for name in self.names if name in chosen}

    def encode(self, configuration: Mapping[str, Choice]) -> NDArray[np.float64]:
        """The codes of a configuration, `(n,)`; NaN where a parameter is inactive.

        Raises:
            SpaceError: on an unknown name, a value out of range, a missing active parameter, or a value
                for an inactive one.
        """
        for name in configuration:
            self.index(name)
        codes = np.full(len(self), np.nan)
        # Parents first, so that a wrong parent is not blamed on its children.
        for parameter in self.parents_first:
            active = self.is_active(parameter, configuration)
            if active and parameter.name not in configuration:
                raise SpaceError(f"{parameter.name!r} is active but has no value.")
            if not active and parameter.name in configuration:
                raise SpaceError(
                    f"{parameter.name!r} has the value {configuration[parameter.name]!r}, but it is only "
                    f"active when {describe_condition(parameter)}."
                )
            if active:
                codes[self.index(parameter.name)] = code_of(
                    parameter, configuration[parameter.name]
                )
        return codes


def _check_parents(parameter: Parameter, by_name: Mapping[str, Parameter]) -> None:
    for parent, values in conditions(parameter):
        if parent not in by_name:
            raise SpaceError(
                f"{parameter.name!r} depends on {parent!r}, but there is no such parameter; "
                f"there are {', '.join(by_name)}."
            )
        if isinstance(by_name[parent], Real):
            raise SpaceError(
                f"{parameter.name!r} depends on {parent!r}, which is a real number. "
                "A condition needs a categorical or an integer parent."
            )
        for value in values:
            try:
                code_of(by_name[parent], value)
            except SpaceError as error:
                raise SpaceError(f"The condition of {parameter.name!r}: {error}") from None


def _parents_first(parameters: Sequence[Parameter]) -> tuple[int, ...]:
    """An order in which every parameter follows its parents."""
    index = {parameter.name: i for i, parameter in enumerate(parameters)}
    order: list[int] = []
    placed: set[int] = set()
    waiting = list(range(len(parameters)))
    while waiting:
        ready = [
            i
            for i in waiting
            if all(index[parent] in placed for parent, _ in conditions(parameters[i]))
        ]
        if not ready:
            circle = ", ".join(repr(parameters[i].name) for i in waiting)
            raise SpaceError(f"The conditions of {circle} depend on each other in a circle.")
        order.extend(ready)
        placed.update(ready)
        waiting = [i for i in waiting if i not in placed]
    return tuple(order)
