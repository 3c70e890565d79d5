"""How many configurations a space has."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from overtone.space.cells import grid_size
from overtone.space.parameters import Parameter, code_of, conditions
from overtone.space.search_space import SearchSpace

# Cases of the parents' values that are gone through, at most.
MOST_CASES: Final = 20_000

# For each parent of a parameter, the codes under which the parameter is active.
Asked: TypeAlias = Mapping[str, set[float]]


def combinations(space: SearchSpace) -> int | None:
    """The number of configurations, each continuum counted as one value; None if conditions are too many.

    Of a parent only the values matter that its children ask for, so all its others are one case.
    """
    asked = {p.name: _asked(p, space) for p in space.parameters}
    codes: dict[str, set[float]] = {}
    for own in asked.values():
        for parent, wanted in own.items():
            codes[parent] = codes.get(parent, set()) | wanted
    if math.prod(len(own) + 2 for own in codes.values()) > MOST_CASES:
        return None
    total = 0
    for case in itertools.product(*(_cases(space[name], codes[name]) for name in codes)):
        decided = {name: code for name, (code, _) in zip(codes, case, strict=True)}
        active = {name: _holds(own, decided) for name, own in asked.items()}
        if all(active[name] == (code is not None) for name, code in decided.items()):
            sizes = (_size(p) for p in space.parameters if p.name not in codes and active[p.name])
            total += math.prod(weight for _, weight in case) * math.prod(sizes)
    return total


def _asked(parameter: Parameter, space: SearchSpace) -> Asked:
    return {
        parent: {code_of(space[parent], value) for value in values}
        for parent, values in conditions(parameter)
    }


def _cases(parent: Parameter, codes: set[float]) -> Iterator[tuple[float | None, int]]:
    """Each value that is asked for, all others as one (NaN), and none, for an inactive parent."""
    yield from ((code, 1) for code in sorted(codes))
    if others := _size(parent) - len(codes):
        yield math.nan, others
    yield None, 1


def _size(parameter: Parameter) -> int:
    return grid_size(parameter) or 1


def _holds(asked: Asked, decided: Mapping[str, float | None]) -> bool:
    return all(decided[parent] in codes for parent, codes in asked.items())
