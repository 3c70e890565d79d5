"""A space inside a region, cut into the levels that functions on it are defined on.

Notation, beside that of `region`
    chooser  a parameter of the search's own: which alternative of an earlier stage a trial follows. In a fit
             it explains what the alternatives differ in, which would be noise without it, and a later stage
             that finds it to matter keeps the best one
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from overtone.search.region import Alternative, Alternatives, Region
from overtone.space import (
    CELLS,
    INACTIVE,
    Categorical,
    Choice,
    Codes,
    Interval,
    Levels,
    Parameter,
    Partition,
    SearchSpace,
    code_of,
    conditions,
    cut,
    value_of,
    whole_range,
)
from overtone.spectrum.basis import Basis, Family, contrasts, family_of
from overtone.spectrum.minimise.minimise import Activity


@final
@dataclass(frozen=True, eq=False)
class Grid:
    """A space inside a region, cut into levels.

    Attributes:
        space: all parameters.
        partitions: of each parameter; a pinned one has a single cell and no function.
        region: what earlier stages left.
        choosers: the stages that left more than one alternative, and decide something that no later one does.
        basis: the functions on the levels of the parameters, then of the choosers.
    """

    space: SearchSpace
    partitions: tuple[Partition, ...]
    region: Region
    choosers: tuple[int, ...]
    basis: Basis

    def levels(self, codes: Codes) -> Levels:
        """The levels of configurations given by their codes `(N, n)`: `(N, n + choosers)`."""
        columns = [p.levels(codes[:, i]) for i, p in enumerate(self.partitions)]
        columns += [self._followed(self.region.decided(k), codes) for k in self.choosers]
        return np.array(columns, dtype=np.int64).T.reshape(len(codes), len(columns))

    def activity(self) -> dict[int, Activity]:
        """When each conditional parameter can be active, by the levels of its parents and of choosers.

        A pinned parent has one level, so it is the choosers of the stages that pinned it that say its value.
        """
        return {
            i: self._activity(parameter)
            for i, parameter in enumerate(self.space.parameters)
            if parameter.when
        }

    def _activity(self, parameter: Parameter) -> Activity:
        parents = [self.space.index(parent) for parent, _ in conditions(parameter)]
        pinning = {k for parent, _ in conditions(parameter) for k in self._pinned_by(parent)}
        columns = [len(self.space) + c for c, k in enumerate(self.choosers) if k in pinning]
        # A conditional parent has one more entry, for being inactive.
        shape = [
            len(self.partitions[i].cells) + bool(self.space.parameters[i].when) for i in parents
        ]
        shape += [self.basis.families[i].levels for i in columns]
        table = np.zeros(shape, dtype=bool)
        for point in np.ndindex(*shape):
            assignment = dict(zip([*parents, *columns], point, strict=True))
            table[point] = all(
                self._can_be(parent, values, assignment) for parent, values in conditions(parameter)
            )
        return Activity((*parents, *columns), table)

    def _can_be(self, name: str, values: Sequence[Choice], assignment: Mapping[int, int]) -> bool:
        """Whether a parameter can have one of some values under an assignment of levels."""
        i = self.space.index(name)
        cells = self.partitions[i].cells
        if assignment[i] == len(cells):
            return False
        low, high = cells[assignment[i]]
        for k in self._pinned_by(name):
            chosen = (
                assignment[len(self.space) + self.choosers.index(k)] if k in self.choosers else 0
            )
            if name in self.region.stages[k][chosen]:
                low, high = self.region.stages[k][chosen][name]
                break
        return any(low <= code_of(self.space.parameters[i], value) <= high for value in values)

    def _pinned_by(self, name: str) -> list[int]:
        """The stages that decide a pinned parameter's value, the last of them first; none if it is free."""
        found: list[int] = []
        if len(self.partitions[self.space.index(name)].cells) > 1:
            return found
        for k in reversed(range(len(self.region.stages))):
            mentions = [name in alternative for alternative in self.region.stages[k]]
            found += [k] if any(mentions) else []
            if all(mentions):
                break
        return found

    def alternative(self, assignment: Mapping[int, int]) -> Alternative:
        """The intervals that some levels stand for; inactive and already pinned parameters are left out."""
        kept: dict[str, Interval] = {}
        n = len(self.space)
        for i, level in assignment.items():
            if i >= n:
                kept.update(self.region.decided(self.choosers[i - n])[level])
        for i, level in assignment.items():
            if i < n and level != INACTIVE and len(self.partitions[i].cells) > 1:
                kept[self.space.parameters[i].name] = self.partitions[i].cells[level]
        return kept

    def _followed(self, alternatives: Alternatives, codes: Codes) -> NDArray[np.int64]:
        """The first alternative that each configuration agrees with; INACTIVE if there is none."""
        found = np.full(len(codes), INACTIVE)
        for k in range(len(alternatives) - 1, -1, -1):
            agrees = np.ones(len(codes), dtype=bool)
            for name, (low, high) in alternatives[k].items():
                column = codes[:, self.space.index(name)]
                agrees &= np.isnan(column) | ((column >= low) & (column <= high))
            found[agrees] = k
        return found


def grid(space: SearchSpace, region: Region) -> Grid:
    """The levels of a space inside a region."""
    partitions = tuple(_partition(parameter, region) for parameter in space.parameters)
    families = [
        family_of(parameter, partition, [interval_label(parameter, c) for c in partition.cells])
        for parameter, partition in zip(space.parameters, partitions, strict=True)
    ]
    choosers = []
    for k in range(len(region.stages)):
        alternatives = region.decided(k)
        if any(a != alternatives[0] for a in alternatives):
            choosers.append(k)
            labels = tuple(str(a + 1) for a in range(len(alternatives)))
            table = contrasts(len(alternatives))
            families.append(Family(f"assignment of stage {k + 1}", table, len(labels) > 2, labels))
    return Grid(space, partitions, region, tuple(choosers), Basis(tuple(families)))


def _partition(parameter: Parameter, region: Region) -> Partition:
    """The levels of one parameter: of each interval that is left, as many as share out CELLS."""
    intervals = region.possible(parameter.name)
    if not intervals:
        return cut(parameter)
    if isinstance(parameter, Categorical) or all(i.low == i.high for i in intervals):
        return Partition((whole_range(parameter),), np.ones(1))
    parts = [cut(parameter, interval) for interval in intervals]
    each = max(CELLS // len(intervals), 1)
    cells: list[Interval] = []
    weights: list[float] = []
    for part in parts:
        for bundle in np.array_split(np.arange(len(part.cells)), min(each, len(part.cells))):
            cells.append(Interval(part.cells[bundle[0]].low, part.cells[bundle[-1]].high))
            weights.append(float(part.probabilities[bundle].sum()))
    return Partition(tuple(cells), np.array(weights) / sum(weights))


def interval_label(parameter: Parameter, interval: Interval) -> str:
    """An interval of codes in words: a choice, a number, or a range."""
    if interval.low == interval.high:
        return _text(value_of(parameter, interval.low), "g")
    return " .. ".join(_text(value_of(parameter, end), ".3g") for end in interval)


def _text(value: object, digits: str) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return format(value, digits) if isinstance(value, float) else str(value)
