"""The part of a space that a search has narrowed itself to.

Notation
    alternative  intervals of codes for some parameters: one of the t best assignments of a stage
    region       for each stage that pinned something, its alternatives; a configuration follows one of each
    pinned       said of a parameter with finitely many values that some alternative sets to one of them

    chooser      a parameter of the search's own: which alternative of an earlier stage a trial follows. In a fit
                 it explains what the alternatives differ in, which would be noise without it, and a later
                 stage that finds it to matter keeps the best one

A later stage may cut the cell of a real or a wide integer parameter again, so its interval goes before
those of earlier stages.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import numpy as np

from numpy.typing import NDArray

from overtone.space import (
    CELLS,
    INACTIVE,
    Categorical,
    Codes,
    Interval,
    Levels,
    Parameter,
    Partition,
    SearchSpace,
    code_of,
    conditions,
    cut,
    draw,
    value_of,
    whole_range,
)
from overtone.spectrum.basis import Basis, Family, contrasts, family_of
from overtone.spectrum.minimise import Activity

Alternative: TypeAlias = Mapping[str, Interval]
Alternatives: TypeAlias = tuple[Alternative, ...]

# Streams of random numbers beside those of the parameters; a name's checksum has 32 bits, this is above.
ALTERNATIVE_STREAM: Final = 2**32


@final
@dataclass(frozen=True)
class Region:
    """The alternatives of the stages that pinned something, first stage first."""

    stages: tuple[Alternatives, ...] = ()

    @property
    def digest(self) -> str:
        """A short name of the region's content: equal regions have equal names, on every machine."""
        content = [[{k: list(v) for k, v in sorted(a.items())} for a in s] for s in self.stages]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

    def narrowed(self, alternatives: Alternatives) -> "Region":
        """The region behind one more stage; itself if the stage pinned nothing."""
        return Region((*self.stages, alternatives)) if any(alternatives) else self

    def intervals(self, seed: int, stage: int, trial: int) -> dict[str, Interval]:
        """The intervals that one trial keeps to: one alternative of each stage, drawn for it alone."""
        kept: dict[str, Interval] = {}
        for k, alternatives in enumerate(self.stages):
            rng = np.random.default_rng([seed, stage, trial, ALTERNATIVE_STREAM + k])
            kept.update(alternatives[rng.integers(len(alternatives))])
        return kept

    def possible(self, name: str) -> tuple[Interval, ...]:
        """The intervals that the latest stage to restrict a parameter left open, without repeats."""
        for alternatives in reversed(self.stages):
            found = sorted({a[name] for a in alternatives if name in a})
            if found:
                return tuple(found)
        return ()


def draw_code(
    parameter: Parameter, within: Interval | None, *, seed: int, stage: int, trial: int
) -> float:
    """A uniform code of one parameter in one trial.

    The stream depends on the parameter's name, never on its place, on other parameters or on other trials.
    """
    rng = np.random.default_rng([seed, stage, trial, zlib.crc32(parameter.name.encode())])
    return draw(parameter, rng, within)


@final
@dataclass(frozen=True, eq=False)
class Grid:
    """A space inside a region, cut into levels.

    Attributes:
        space: all parameters.
        partitions: of each parameter; a pinned one has a single cell and no function.
        choosers: the alternatives of each stage that left more than one.
        basis: the functions on the levels of the parameters, then of the choosers.
    """

    space: SearchSpace
    partitions: tuple[Partition, ...]
    choosers: tuple[Alternatives, ...]
    basis: Basis

    def levels(self, codes: Codes) -> Levels:
        """The levels of configurations given by their codes `(N, n)`: `(N, n + choosers)`."""
        columns = [p.levels(codes[:, i]) for i, p in enumerate(self.partitions)]
        columns += [self._followed(alternatives, codes) for alternatives in self.choosers]
        return np.array(columns, dtype=np.int64).T.reshape(len(codes), len(columns))

    def activity(self) -> dict[int, Activity]:
        """When each conditional parameter can be active, by its parents' levels."""
        return {
            i: _activity(self.space, self.partitions, parameter)
            for i, parameter in enumerate(self.space.parameters)
            if parameter.when
        }

    def alternative(self, assignment: Mapping[int, int]) -> Alternative:
        """The intervals that some levels stand for; inactive and already pinned parameters are left out."""
        kept: dict[str, Interval] = {}
        n = len(self.space)
        for i, level in assignment.items():
            if i >= n:
                kept.update(self.choosers[i - n][level])
        for i, level in assignment.items():
            if i < n and level != INACTIVE and len(self.partitions[i].cells) > 1:
                kept[self.space.parameters[i].name] = self.partitions[i].cells[level]
        return kept

    def _followed(self, alternatives: Alternatives, codes: Codes) -> NDArray[np.int64]:
        """The first alternative that each configuration agrees with; INACTIVE if a later stage overrode it."""
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
        family_of(parameter, partition, cell_labels(parameter, partition))
        for parameter, partition in zip(space.parameters, partitions, strict=True)
    ]
    choosers = []
    for k, alternatives in enumerate(region.stages):
        if len(alternatives) > 1:
            choosers.append(alternatives)
            labels = tuple(str(a + 1) for a in range(len(alternatives)))
            table = contrasts(len(alternatives))
            families.append(Family(f"assignment of stage {k + 1}", table, len(labels) > 2, labels))  # noqa: PLR2004
    return Grid(space, partitions, tuple(choosers), Basis(tuple(families)))


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


def cell_labels(parameter: Parameter, partition: Partition) -> list[str]:
    """The levels in words: a choice, a number, or a range."""
    labels = []
    for low, high in partition.cells:
        if low == high or (isinstance(parameter, Categorical) and len(partition.cells) > 1):
            labels.append(_text(value_of(parameter, low)))
        else:
            labels.append(f"{_text(value_of(parameter, low))} .. {_text(value_of(parameter, high))}")
    return labels


def _text(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _activity(
    space: SearchSpace, partitions: Sequence[Partition], parameter: Parameter
) -> Activity:
    parents = tuple(space.index(parent) for parent, _ in conditions(parameter))
    table = np.ones((), dtype=bool)
    for parent, (_, values) in zip(parents, conditions(parameter), strict=True):
        codes = [code_of(space.parameters[parent], value) for value in values]
        reached = [any(c.low <= code <= c.high for code in codes) for c in partitions[parent].cells]
        if space.parameters[parent].when:
            reached.append(False)  # An inactive parent has no value.
        table = np.logical_and.outer(table, reached)
    return Activity(parents, table)
