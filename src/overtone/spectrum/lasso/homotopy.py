"""The exact path of the Lasso on a small, explicit set of columns.

Notation
    X    (W, N)  columns, one a row: centred, and divided by their weights in the penalty
    y    (N,)    centred values
    b    (W,)    coefficients;  minimise 1/2 |y - X' b|^2 + level * |b|_1
    level        N * penalty in scikit-learn's scaling
    c    (W,)    correlations X r with the residual r = y - X' b
    A, s         active columns, and the signs of their correlations

At the optimum c_A = level * s and |c| <= level. So b_A = G^-1 (X_A y - level s) with G = X_A X_A', which is
linear in the level while A stays. Going down by one, b_A moves by d = G^-1 s and c by -a with a = X X_A' d:
    column j enters  when |c_j - a_j t| = level - t,    t = (level -+ c_j) / (1 -+ a_j),
    column i leaves  when b_i + d_i t = 0
(Osborne, Presnell, Turlach 2000; Efron, Hastie, Johnstone, Tibshirani 2004). A weight u_j of |b_j| is a
division: with X_j / u_j for X_j the problem has weight 1 and the coefficients u_j b_j.

Ties are steps of length 0. Their changes solve a linear complementarity problem, and always to change the
column that comes first does that in finitely many (Murty 1974).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple, final

import numba
import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Columns, Values

# Sums in any order and fused multiply-adds: what lets a loop use vector registers. NaN and infinity count.
VECTORISED: Final = {"reassoc", "contract"}
# A step shorter than this share of the level is a tie.
TIE: Final = 1e-12
# A correlation that falls with the level to within this does not cross it: its column is spanned.
PARALLEL: Final = 1e-10
# A column with less than this share of its energy outside the active ones is spanned by them.
SPANNED: Final = 1e-9
# A coefficient whose column, times it, is shorter than this share of y is 0.
ZERO: Final = 1e-13
# Changes of the active set for each knot that there is room for: only ties need more than one.
CHANGES_PER_KNOT: Final = 20

_FREE, _ACTIVE, _BANNED = 0, 1, 2
_AT_STOP, _AT_MOST, _FULL, _TIED = 0, 1, 2, 3


class Ending(Enum):
    """Why a path stops."""

    LEVEL = _AT_STOP  # it reached the level that was asked for
    TERMS = _AT_MOST  # one more column would be more than allowed
    ROOM = _FULL  # the record is full: the path can go on from its last knot
    TIES = _TIED  # ties took too many changes


@final
@dataclass(frozen=True, eq=False)
class Face:
    """A level, and the columns that are active below it with their signs."""

    level: float
    active: NDArray[np.int64]
    signs: Values


# Where all coefficients are 0: above every correlation.
TOP: Final = Face(np.inf, np.zeros(0, np.int64), np.zeros(0))


@final
@dataclass(frozen=True, eq=False)
class Knots:
    """Solutions at descending levels, between which the coefficients are linear.

    Attributes:
        levels: shape `(K,)`.
        sizes: the number of active columns below each level, shape `(K,)`.
        active: those columns in the order in which they entered, shape `(K, most)`.
        signs: of their correlations; what is left of a row has no meaning.
        coefficients: theirs; what enters or ties at this very level has 0.
        residuals: shape `(K, N)`.
        ending: why there are no more.
    """

    levels: Values
    sizes: NDArray[np.int64]
    active: NDArray[np.int64]
    signs: Values
    coefficients: Values
    residuals: Columns
    ending: Ending

    def __len__(self) -> int:
        return len(self.levels)

    def face(self, knot: int) -> Face:
        """Where a path is that goes on from a knot."""
        held = slice(0, int(self.sizes[knot]))
        return Face(float(self.levels[knot]), self.active[knot, held], self.signs[knot, held])

    def followed_by(self, later: "Knots", start: int) -> "Knots":
        """The first `start` knots, and then those of another path that began at knot `start`."""
        width = later.active.shape[1]
        return Knots(
            np.concatenate([self.levels[:start], later.levels]),
            np.concatenate([self.sizes[:start], later.sizes]),
            np.concatenate([_widened(self.active[:start], width), later.active]),
            np.concatenate([_widened(self.signs[:start], width), later.signs]),
            np.concatenate([_widened(self.coefficients[:start], width), later.coefficients]),
            np.concatenate([self.residuals[:start], later.residuals]),
            later.ending,
        )


def _widened(rows: NDArray[Any], width: int) -> NDArray[Any]:
    """Rows with more places, which nothing uses."""
    wide = np.zeros((len(rows), width), rows.dtype)
    wide[:, : rows.shape[1]] = rows
    return wide


def follow(columns: Columns, y: Values, start: Face, *, stop: float, most: int) -> Knots:
    """The path from a face down to a level.

    Args:
        columns, y: X, C-contiguous, and y, which is not orthogonal to all of X.
        start: TOP, or a face of the path on these columns with at most `most` active.
        stop, most: the path ends at this level, above 0, or before it has more active columns.
    """
    room = min(most, len(y))
    knots = _recorded(columns, y, start, stop, room)
    while knots.ending is Ending.ROOM:
        last = len(knots) - 1
        knots = knots.followed_by(_recorded(columns, y, knots.face(last), stop, room), last)
    return knots


def _recorded(columns: Columns, y: Values, start: Face, stop: float, most: int) -> Knots:
    """As many knots as one record has room for."""
    room = 4 * most + 8
    record = _Record(
        np.zeros(room),
        np.zeros(room, np.int64),
        np.full((room, most), -1),
        np.zeros((room, most)),
        np.zeros((room, most)),
        np.empty((room, len(y))),
    )
    state = _State(
        np.zeros(1, np.int64),
        np.zeros(most, np.int64),
        np.zeros(most),
        np.zeros(most),
        np.zeros((most, most)),
        np.zeros((most, most)),
        np.zeros(len(columns), np.int8),
    )
    count, ending = walk(columns, y, start.level, start.active, start.signs, stop, state, record)
    fields: Any = (*(array[:count] for array in record), Ending(ending))
    return Knots(*fields)


class _State(NamedTuple):
    """The active columns; arrays of `most` places, of which the first `size[0]` are in use."""

    size: NDArray[np.int64]  # (1,)
    active: NDArray[np.int64]
    signs: Values
    targets: Values  # X_A y
    gram: Columns  # G
    factor: Columns  # the lower Cholesky factor of G
    kind: NDArray[np.int8]  # (W,) free, active or banned


class _Record(NamedTuple):
    """The arrays of `Knots`, with room for more."""

    levels: Values
    sizes: NDArray[np.int64]
    active: NDArray[np.int64]
    signs: Values
    coefficients: Values
    residuals: Columns


@numba.njit(cache=True)
def walk(  # noqa: PLR0913, PLR0917  # a compiled loop takes arrays, not records
    columns: Columns,
    y: Values,
    level: float,
    active: NDArray[np.int64],
    signs: Values,
    stop: float,
    state: _State,
    record: _Record,
) -> tuple[int, int]:
    """Fill the record; the number of knots and the ending."""
    room, most = record.active.shape
    b, d = np.empty(most), np.empty(most)
    r, u, c, a = y.copy(), np.zeros(len(y)), np.empty(len(columns)), np.empty(len(columns))
    if level == np.inf:
        _correlate(columns, r, u, c, a)
        level = max(c.max(), -c.min())
    for i in range(len(active)):
        _enter(columns, y, active[i], signs[i], state)
    count, ending = 0, -1
    for _ in range(CHANGES_PER_KNOT * room):
        _solve_at(columns, y, level, state, b, d, r, u)
        if count == 0 or level < record.levels[count - 1]:
            count += 1
        _write(record, count - 1, level, state, b, r)
        if ending >= 0 or count == room:
            return count, (ending if ending >= 0 else _FULL)
        _correlate(columns, r, u, c, a)
        step, column, sign = _next_change(level, level - stop, state, b, d, c, a)
        level = level - step if column >= 0 else stop
        if column < 0:
            ending = _AT_STOP
        elif state.kind[column] == _ACTIVE:
            _leave(column, state)
        elif state.size[0] == most:
            ending = _AT_MOST
        else:
            _enter(columns, y, column, sign, state)
    return count, _TIED


@numba.njit(cache=True)
def _next_change(  # noqa: PLR0913, PLR0917
    level: float, longest: float, state: _State, b: Values, d: Values, c: Values, a: Values
) -> tuple[float, int, float]:
    """The step to the next change, its column (-1 if none comes) and the sign with which it enters."""
    step, column, sign = longest, -1, 0.0
    tied, tied_sign = len(c), 0.0
    for j in range(len(c)):
        if state.kind[j] != _FREE:
            continue
        for side in (1.0, -1.0):
            closing = 1.0 - side * a[j]
            if closing > PARALLEL:
                t = (level - side * c[j]) / closing
                if t <= TIE * level and j < tied:
                    tied, tied_sign = j, side
                if t < step:
                    step, column, sign = t, j, side
    for i in range(state.size[0]):
        shrinking = -state.signs[i] * d[i]
        if shrinking > 0.0:
            t = max(state.signs[i] * b[i], 0.0) / shrinking
            if t <= TIE * level and state.active[i] < tied:
                tied = state.active[i]
            if t < step:
                step, column = t, state.active[i]
    if tied < len(c):
        return 0.0, tied, tied_sign
    return step, column, sign


@numba.njit(cache=True)
def _solve_at(  # noqa: PLR0913, PLR0917
    columns: Columns,
    y: Values,
    level: float,
    state: _State,
    b: Values,
    d: Values,
    r: Values,
    u: Values,
) -> None:
    """The exact solution at a level: b_A, its direction d, the residual r and u = X_A' d."""
    k = state.size[0]
    for i in range(k):
        b[i] = state.targets[i] - level * state.signs[i]
        d[i] = state.signs[i]
    _solve(state, b)
    _solve(state, d)
    for i in range(len(y)):
        r[i], u[i] = y[i], 0.0
    for i in range(k):
        _add(r, -b[i], columns[state.active[i]])
        _add(u, d[i], columns[state.active[i]])
    # One refinement gives the accuracy of a QR factorisation (corrected seminormal equations, Bjorck 1987).
    change = np.empty(len(b))
    for i in range(k):
        change[i] = dot(columns[state.active[i]], r) - level * state.signs[i]
    _solve(state, change)
    for i in range(k):
        b[i] += change[i]
        _add(r, -change[i], columns[state.active[i]])
    # What enters or leaves at this very level has a coefficient of rounding errors.
    scale = ZERO * np.sqrt(dot(y, y))
    for i in range(k):
        if abs(b[i]) * np.sqrt(state.gram[i, i]) <= scale:
            b[i] = 0.0


@numba.njit(cache=True)
def _enter(columns: Columns, y: Values, column: int, sign: float, state: _State) -> None:
    """Make a column active, or ban it if the active ones span it."""
    k = state.size[0]
    state.active[k], state.signs[k] = column, sign
    state.targets[k] = dot(columns[column], y)
    for i in range(k + 1):
        state.gram[k, i] = dot(columns[column], columns[state.active[i]])
    if _factor_row(state, k):
        state.kind[column] = _ACTIVE
        state.size[0] = k + 1
    else:
        state.kind[column] = _BANNED


@numba.njit(cache=True)
def _leave(column: int, state: _State) -> None:
    """Make a column free, and those that it may have spanned with others."""
    k = state.size[0]
    first = 0
    while state.active[first] != column:
        first += 1
    for i in range(first, k - 1):
        state.active[i] = state.active[i + 1]
        state.signs[i] = state.signs[i + 1]
        state.targets[i] = state.targets[i + 1]
        for j in range(i + 1):
            state.gram[i, j] = state.gram[i + 1, j + (j >= first)]
    state.size[0] = k - 1
    for i in range(first, k - 1):
        _factor_row(state, i)
    state.kind[column] = _FREE
    for j in range(len(state.kind)):
        if state.kind[j] == _BANNED:
            state.kind[j] = _FREE


@numba.njit(cache=True, fastmath=VECTORISED)
def _factor_row(state: _State, k: int) -> bool:
    """Row k of the Cholesky factor; whether the column has a direction of its own."""
    factor = state.factor
    pivot = state.gram[k, k]
    for i in range(k):
        rest = state.gram[k, i]
        for j in range(i):
            rest -= factor[k, j] * factor[i, j]
        factor[k, i] = rest / factor[i, i]
        pivot -= factor[k, i] ** 2
    if pivot <= SPANNED * state.gram[k, k]:
        return False
    factor[k, k] = np.sqrt(pivot)
    return True


@numba.njit(cache=True, fastmath=VECTORISED)
def _solve(state: _State, v: Values) -> None:
    """Overwrite v with G^-1 v."""
    factor = state.factor
    for i in range(state.size[0]):
        for j in range(i):
            v[i] -= factor[i, j] * v[j]
        v[i] /= factor[i, i]
    for i in range(state.size[0] - 1, -1, -1):
        v[i] /= factor[i, i]
        for j in range(i):
            v[j] -= factor[i, j] * v[i]


@numba.njit(cache=True)
def _write(record: _Record, row: int, level: float, state: _State, b: Values, r: Values) -> None:
    record.levels[row], record.sizes[row] = level, state.size[0]
    for i in range(state.size[0]):
        record.active[row, i], record.signs[row, i] = state.active[i], state.signs[i]
        record.coefficients[row, i] = b[i]
    for i in range(len(r)):
        record.residuals[row, i] = r[i]


@numba.njit(cache=True, fastmath=VECTORISED)
def _correlate(columns: Columns, r: Values, u: Values, c: Values, a: Values) -> None:
    """Set c = X r and a = X u in one pass over X, which is most of what a knot costs."""
    for j in range(len(columns)):
        with_r = with_u = 0.0
        for i in range(len(r)):
            with_r += columns[j, i] * r[i]
            with_u += columns[j, i] * u[i]
        c[j], a[j] = with_r, with_u


@numba.njit(cache=True, fastmath=VECTORISED)
def dot(x: Values, y: Values) -> float:
    """The product x' y, for compiled loops."""
    total = 0.0
    for i in range(len(x)):
        total += x[i] * y[i]
    return total


@numba.njit(cache=True, fastmath=VECTORISED)
def _add(v: Values, factor: float, x: Values) -> None:
    for i in range(len(v)):
        v[i] += factor * x[i]
