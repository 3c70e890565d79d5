"""Variable elimination: the exact best t assignments of a sum of small tables.

Notation
    variable     a number; sizes[variable] values 0 .. size - 1
    factor       a scope of variables and a table over it; the objective is the sum of all factors
    t            assignments wanted

Eliminating a variable adds up the factors that hold it and keeps, for every assignment of its neighbours, the
t best ways to set it and whatever was eliminated before (Dechter 1999; the t-best semiring of Flerova,
Marinescu, Dechter 2016). Cost and memory are exponential only in the largest scope that arises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Values

Assignment: TypeAlias = dict[int, int]
Sizes: TypeAlias = Mapping[int, int]

# Values of the objective that differ by less than this share of its scale are equal: sums of a few hundred
# terms in different orders agree to about 1e-14.
TIE: Final = 1e-11


@final
@dataclass(frozen=True, eq=False)
class Factor:
    """A table over a scope of variables: `table.shape == tuple(sizes[v] for v in scope)`."""

    scope: tuple[int, ...]
    table: Values


@dataclass(frozen=True, eq=False)
class _Message:
    """The t best sums over eliminated variables, for every assignment of a scope.

    Attributes:
        scope: the variables that remain.
        best: ascending, infinity where there are fewer, shape `(*scope, t)`.
        levels: of the eliminated variable, in the same shape.
        picks: for each earlier message, which of its t entries was used, shape `(earlier, *scope, t)`.
        variable, earlier: what was eliminated, and the messages that it absorbed.
    """

    scope: tuple[int, ...]
    best: Values
    levels: NDArray[np.int64]
    picks: NDArray[np.int64]
    variable: int
    earlier: tuple["_Message", ...]

    def trace(self, point: Assignment, pick: int) -> None:
        """Write the eliminated variables of one of the t entries into `point`."""
        place = tuple(point[v] for v in self.scope)
        chosen = [int(self.picks[k][(*place, pick)]) for k in range(len(self.earlier))]
        point[self.variable] = int(self.levels[(*place, pick)])
        for message, earlier_pick in zip(self.earlier, chosen, strict=True):
            message.trace(point, earlier_pick)


def order(scopes: Sequence[Sequence[int]], sizes: Sizes) -> tuple[list[int], float]:
    """A min-fill elimination order of one component, and the cells of the largest table that it meets."""
    neighbours: dict[int, set[int]] = {v: set() for scope in scopes for v in scope}
    for scope in scopes:
        for v in scope:
            neighbours[v] |= set(scope) - {v}
    sequence: list[int] = []
    largest = 1.0
    while neighbours:
        chosen = min(neighbours, key=lambda v: (_fill(neighbours, v), len(neighbours[v]), v))
        clique = neighbours.pop(chosen)
        largest = max(largest, float(np.prod([sizes[v] for v in (chosen, *clique)], dtype=float)))
        for v in clique:
            neighbours[v] = (neighbours[v] | clique) - {v, chosen}
        sequence.append(chosen)
    return sequence, largest


def _fill(neighbours: Mapping[int, set[int]], v: int) -> int:
    return sum(b not in neighbours[a] for a, b in combinations(sorted(neighbours[v]), 2))


def best_assignments(
    factors: Sequence[Factor], sequence: Sequence[int], sizes: Sizes, count: int
) -> list[tuple[float, Assignment]]:
    """The `count` smallest sums, ascending, each with its assignment; fewer if there are not so many."""
    waiting = list(factors)
    messages: list[_Message] = []
    for variable in sequence:
        touched = [f for f in waiting if variable in f.scope]
        absorbed = tuple(m for m in messages if variable in m.scope)
        waiting = [f for f in waiting if variable not in f.scope]
        messages = [m for m in messages if variable not in m.scope]
        messages.append(_eliminate(variable, touched, absorbed, sizes, count))
    constant = sum(float(f.table) for f in waiting)
    sums, picks = _combine(
        np.full((1,), constant), np.zeros((0, 1), np.int64), [m.best for m in messages], count
    )
    found = []
    for k in np.flatnonzero(np.isfinite(sums)):
        point: Assignment = {}
        for message, pick in zip(messages, picks[:, k], strict=True):
            message.trace(point, int(pick))
        found.append((float(sums[k]), point))
    return found


def _eliminate(
    variable: int,
    factors: Sequence[Factor],
    absorbed: tuple[_Message, ...],
    sizes: Sizes,
    count: int,
) -> _Message:
    scopes = [f.scope for f in factors] + [m.scope for m in absorbed]
    rest = tuple(sorted({v for scope in scopes for v in scope} - {variable}))
    scope = (*rest, variable)
    table = np.zeros(tuple(sizes[v] for v in scope))
    for factor in factors:
        table = table + _aligned(factor.table, factor.scope, scope)
    shape = table.shape
    lists = [
        np.broadcast_to(_aligned(m.best, m.scope, scope), (*shape, m.best.shape[-1]))
        for m in absorbed
    ]
    best, picks = _combine(table[..., None], np.zeros((0, *shape, 1), np.int64), lists, count)
    # All values of the variable side by side, (*rest, size * t), then the t best of them.
    width = best.shape[-1]
    flat = best.reshape(*shape[:-1], -1)
    kept = np.argsort(flat, axis=-1, kind="stable")[..., :count]
    flat_picks = picks.reshape(len(absorbed), *flat.shape)
    chosen = np.take_along_axis(
        flat_picks, np.broadcast_to(kept, (len(absorbed), *kept.shape)), axis=-1
    )
    return _Message(
        rest, np.take_along_axis(flat, kept, axis=-1), kept // width, chosen, variable, absorbed
    )


def _combine(
    best: Values, picks: NDArray[np.int64], lists: Sequence[Values], count: int
) -> tuple[Values, NDArray[np.int64]]:
    """The `count` best sums of one entry from each ascending list, and which entries they are.

    Args:
        best: shape `(..., 1)`.
        picks: shape `(0, ..., 1)`.
        lists: each of shape `(..., t_k)`.
    """
    for entries in lists:
        sums = (best[..., :, None] + entries[..., None, :]).reshape(*best.shape[:-1], -1)
        kept = np.argsort(sums, axis=-1, kind="stable")[..., :count]
        before, now = np.divmod(kept, entries.shape[-1])
        earlier = np.take_along_axis(
            picks, np.broadcast_to(before, (len(picks), *before.shape)), axis=-1
        )
        best = np.take_along_axis(sums, kept, axis=-1)
        picks = np.concatenate([earlier, now[None]])
    return best, picks


def _aligned(table: Values, scope: tuple[int, ...], target: tuple[int, ...]) -> Values:
    """A table over `scope` with axes for `target`, a superset; trailing axes beyond the scope stay last."""
    sorted_axes = sorted(range(len(scope)), key=lambda k: target.index(scope[k]))
    trailing = range(len(scope), table.ndim)
    moved = table.transpose(*sorted_axes, *trailing)
    sizes = iter(moved.shape)
    shape = [next(sizes) if v in scope else 1 for v in target]
    return moved.reshape(*shape, *sizes)


def count_minima(
    factors: Sequence[Factor], sequence: Sequence[int], sizes: Sizes, scale: float
) -> tuple[float, int]:
    """The smallest sum, and the number of assignments that reach it to TIE * scale."""
    lowest = [(f.scope, f.table, np.ones(f.table.shape, dtype=object)) for f in factors]
    for variable in sequence:
        touched = [entry for entry in lowest if variable in entry[0]]
        lowest = [entry for entry in lowest if variable not in entry[0]]
        scope = (*sorted({v for s, _, _ in touched for v in s} - {variable}), variable)
        shape = tuple(sizes[v] for v in scope)
        total, ways = np.zeros(shape), np.ones(shape, dtype=object)
        for own, table, number in touched:
            total = total + _aligned(table, own, scope)
            ways = ways * _aligned(number, own, scope)
        least = total.min(axis=-1)
        near = total <= (least + TIE * scale)[..., None]
        lowest.append((scope[:-1], least, np.where(near, ways, 0).sum(axis=-1)))
    value = sum(float(table) for _, table, _ in lowest)
    return value, int(np.prod([int(number) for _, _, number in lowest], dtype=object))


def lower_bound(factors: Sequence[Factor], sizes: Sizes, most_cells: float) -> float:
    """A value that no sum lies below: mini-bucket elimination (Dechter and Rish 2003).

    Where the factors of a variable would make a table of more than `most_cells`, they are split into
    bundles that are minimised apart.
    """
    waiting = list(factors)
    remaining = {v for f in factors for v in f.scope}
    while remaining:
        variable = min(remaining, key=lambda v: (sum(v in f.scope for f in waiting), v))
        remaining.discard(variable)
        touched = sorted((f for f in waiting if variable in f.scope), key=lambda f: -len(f.scope))
        waiting = [f for f in waiting if variable not in f.scope]
        for bundle in _bundles(touched, sizes, most_cells):
            scope = (*sorted({v for f in bundle for v in f.scope} - {variable}), variable)
            total = np.zeros(tuple(sizes[v] for v in scope))
            for factor in bundle:
                total = total + _aligned(factor.table, factor.scope, scope)
            waiting.append(Factor(scope[:-1], total.min(axis=-1)))
    return sum(float(f.table) for f in waiting)


def _bundles(factors: Sequence[Factor], sizes: Sizes, most_cells: float) -> list[list[Factor]]:
    bundles: list[list[Factor]] = []
    for factor in factors:
        for bundle in bundles:
            scope = set(factor.scope).union(*(f.scope for f in bundle))
            if np.prod([sizes[v] for v in scope], dtype=float) <= most_cells:
                bundle.append(factor)
                break
        else:
            bundles.append([factor])
    return bundles
