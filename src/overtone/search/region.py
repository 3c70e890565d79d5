"""The part of a space that a search has narrowed itself to.

Notation
    alternative  intervals of codes for some parameters: one of the t best assignments of a stage
    region       for each stage that pinned something, its alternatives; a configuration follows one of each
    pinned       said of a parameter with finitely many values that some alternative sets to one of them

    chooser      a parameter of the search's own: which alternative of an earlier stage a trial follows. In a
                 fit it explains what the alternatives differ in, which would be noise without it, and a
                 later stage that finds it to matter keeps the best one

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
    draw,
    value_of,
    whole_range,
)
from overtone.spectrum.basis import Basis, Family, contrasts, family_of
from overtone.spectrum.minimise.minimise import Activity

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

    def decided(self, k: int) -> Alternatives:
        """The alternatives of one stage, less what later stages decided again."""
        later = {name for stage in self.stages[k + 1 :] for a in stage for name in a}
        return tuple(
            {name: interval for name, interval in a.items() if name not in later}
            for a in self.stages[k]
        )

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
