"""The exact best assignments of a sparse polynomial.

A polynomial with few terms falls into components that share no parameter. Each is minimised by variable
elimination (`elimination`), and the lists of the components are merged. Where a component's tables would
exceed MOST_CELLS, branch and bound sets its best connected parameter first and bounds each branch by
mini-bucket elimination.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.space import INACTIVE, Levels
from overtone.spectrum.basis import Values
from overtone.spectrum.minimise.elimination import (
    TIE,
    Assignment,
    Factor,
    best_assignments,
    count_minima,
    lower_bound,
    order,
)
from overtone.spectrum.polynomial import SparsePolynomial, connected

# Cells of the largest table when USUAL_COUNT assignments are wanted. A table for t of them takes about 32 t^2
# bytes a cell, so it may have fewer cells the more are wanted.
MOST_CELLS: Final = 2**16
USUAL_COUNT: Final = 4
# Mini-buckets are smaller, since a bound is computed for every branch.
BOUND_CELLS: Final = 2**12
# Branches after which the answer is returned without proof.
MOST_BRANCHES: Final = 20_000


@final
@dataclass(frozen=True, eq=False)
class Activity:
    """When a parameter is active: a Boolean table over its parents' levels.

    A parent that can be inactive itself has one more entry, the last, for that.
    """

    parents: tuple[int, ...]
    is_active: NDArray[np.bool_]


@final
@dataclass(frozen=True, eq=False)
class Minimum:
    """The best assignments of a polynomial.

    Attributes:
        parameters: those that the polynomial depends on (and the parents that decide their activity).
        assignments: levels of these parameters, best first, -1 for inactive, shape `(t, len(parameters))`.
        values: the polynomial's values there, ascending, shape `(t,)`.
        ties: how many assignments of these parameters have the smallest value.
        is_proved: whether no better assignment can exist.
    """

    parameters: tuple[int, ...]
    assignments: Levels
    values: Values
    ties: int
    is_proved: bool


def minimise(
    polynomial: SparsePolynomial,
    *,
    count: int = 4,
    activity: Mapping[int, Activity] | None = None,
) -> Minimum:
    """The best assignments of the parameters that a polynomial depends on.

    Args:
        polynomial: any.
        count: how many, at least 1; fewer are returned if there are not so many.
        activity: for each parameter that can be inactive, when it is active; its functions are 0 otherwise.

    Raises:
        ValueError: if `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}, but at least one assignment must be asked for.")
    activities = activity or {}
    sizes = {
        i: family.levels + (i in activities) for i, family in enumerate(polynomial.basis.families)
    }
    involved = _with_parents(polynomial.parameters, activities)
    factors = _factors(polynomial, {i: activities[i] for i in involved if i in activities}, sizes)
    # Without the constant, which moves all values alike.
    scale = float(
        sum(abs(c) for c, t in zip(polynomial.coefficients, polynomial.terms, strict=True) if t)
    )
    search = _Search(sizes, count, scale)
    found = search.solve([f for f in factors if f.scope])
    points = [
        [_level(point[i], i, polynomial, activities) for i in involved] for _, point in found.best
    ]
    return Minimum(
        involved,
        np.array(points, dtype=np.int64).reshape(len(points), len(involved)),
        np.array([value for value, _ in found.best])
        + sum(float(f.table) for f in factors if not f.scope),
        found.ties,
        search.is_proved,
    )


def _level(
    value: int, i: int, polynomial: SparsePolynomial, activities: Mapping[int, Activity]
) -> int:
    return INACTIVE if i in activities and value == polynomial.basis.families[i].levels else value


def _with_parents(parameters: Sequence[int], activities: Mapping[int, Activity]) -> tuple[int, ...]:
    involved: set[int] = set()
    waiting = list(parameters)
    while waiting:
        i = waiting.pop()
        if i not in involved:
            involved.add(i)
            waiting.extend(activities[i].parents if i in activities else ())
    return tuple(sorted(involved))


def _factors(
    polynomial: SparsePolynomial, activities: Mapping[int, Activity], sizes: Mapping[int, int]
) -> list[Factor]:
    """One table for each set of parameters that terms share, and one for each rule of activity."""
    tables: dict[tuple[int, ...], Values] = {}
    for coefficient, term in zip(polynomial.coefficients, polynomial.terms, strict=True):
        support = tuple(parameter for parameter, _ in term)
        table = coefficient * polynomial.term_table(term)
        padding = [(0, sizes[i] - length) for i, length in zip(support, table.shape, strict=True)]
        tables[support] = tables.get(support, 0.0) + (np.pad(table, padding) if support else table)
    factors = [Factor(support, table) for support, table in tables.items()]
    for child, activity in activities.items():
        scope = (*activity.parents, child)
        allowed = np.full(tuple(sizes[i] for i in scope), np.inf)
        allowed[..., :-1] = np.where(activity.is_active, 0.0, np.inf)[..., None]
        allowed[..., -1] = np.where(activity.is_active, np.inf, 0.0)
        factors.append(Factor(scope, allowed))
    return factors


@dataclass(frozen=True, eq=False)
class _Found:
    """The best assignments of some factors, ascending, and the number that tie for the first place."""

    best: list[tuple[float, Assignment]]
    ties: int


class _Search:
    """Elimination where tables fit, branch and bound where they do not."""

    def __init__(self, sizes: Mapping[int, int], count: int, scale: float) -> None:
        self._sizes = sizes
        self._count = count
        self._scale = scale
        self._branches = 0
        self.is_proved = True

    def solve(self, factors: Sequence[Factor]) -> _Found:
        """The best assignments of all variables of the factors."""
        merged = _Found([(0.0, {})], 1)
        for component in connected([f.scope for f in factors]):
            members = set(component)
            own = [f for f in factors if members & set(f.scope)]
            merged = self._merge(merged, self._component(own))
        return merged

    def _merge(self, a: _Found, b: _Found) -> _Found:
        pairs = [(x + y, {**p, **q}) for x, p in a.best for y, q in b.best]
        pairs.sort(key=lambda entry: entry[0])
        return _Found(pairs[: self._count], a.ties * b.ties)

    def _component(self, factors: Sequence[Factor]) -> _Found:
        sequence, cells = order([f.scope for f in factors], self._sizes)
        if cells * self._count**2 > MOST_CELLS * USUAL_COUNT**2:
            return self._branch(factors)
        best = best_assignments(factors, sequence, self._sizes, self._count)
        _, ties = count_minima(factors, sequence, self._sizes, self._scale)
        return _Found(best, ties)

    def _branch(self, factors: Sequence[Factor]) -> _Found:
        """Set the variable of most neighbours to each value in turn, the most promising first."""
        neighbours = {
            v: {u for f in factors if v in f.scope for u in f.scope}
            for f in factors
            for v in f.scope
        }
        variable = max(neighbours, key=lambda v: (len(neighbours[v]), -v))
        branches = []
        for value in range(self._sizes[variable]):
            left = [_set(f, variable, value) for f in factors]
            branches.append((lower_bound(left, self._sizes, BOUND_CELLS), value, left))
        branches.sort(key=lambda branch: branch[:2])
        found = _Found([], 0)
        for bound, value, left in branches:
            if len(found.best) == self._count and bound > found.best[-1][0] + TIE * self._scale:
                break
            self._branches += 1
            if self._branches > MOST_BRANCHES and found.best:
                self.is_proved = False
                break
            found = self._join(found, self._behind(variable, value, left))
        return found

    def _behind(self, variable: int, value: int, factors: Sequence[Factor]) -> _Found:
        constant = sum(float(f.table) for f in factors if not f.scope)
        found = self.solve([f for f in factors if f.scope])
        best = [(total + constant, {variable: value, **point}) for total, point in found.best]
        return _Found([entry for entry in best if np.isfinite(entry[0])], found.ties)

    def _join(self, a: _Found, b: _Found) -> _Found:
        if not a.best or not b.best:
            return a if a.best else b
        difference = b.best[0][0] - a.best[0][0]
        ties = (difference <= TIE * self._scale) * b.ties + (
            difference >= -TIE * self._scale
        ) * a.ties
        best = sorted(a.best + b.best, key=lambda entry: entry[0])[: self._count]
        return _Found(best, ties)


def _set(factor: Factor, variable: int, value: int) -> Factor:
    if variable not in factor.scope:
        return factor
    place = factor.scope.index(variable)
    rest = tuple(v for v in factor.scope if v != variable)
    return Factor(rest, np.asarray(factor.table.take(value, axis=place)))
