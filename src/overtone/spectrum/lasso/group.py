"""The exact group Lasso on a small, explicit set of columns.

Notation
    Z    (N, m)  centred columns; those of one group stand together
    y    (N,)    centred values
    b    (m,)    coefficients
    u    (G,)    weight of each group: its own weight times the square root of its size

    minimise  P(b) = 1/(2N) |y - Z b|^2 + penalty * sum_g u_g |b_g|_2

The 1/(2N) is scikit-learn's scaling: the paper's lambda multiplies |y - Z b|^2 without it, so
lambda = 2 N penalty. With groups of one column and u = 1 it is the Lasso.

Block coordinate descent finds the active groups, and is safe whatever the columns; Newton's method on the
active groups then gains all digits in a few steps. For single columns one Newton step is the exact solution.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numba
import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.lasso.homotopy import VECTORISED
from overtone.spectrum.units import exponent_of

# The gap is measured against |y|^2 / 2N, the objective at b = 0, so that scaling y changes nothing. Aimed
# at ten times below the promised 1e-10, since the groups outside the working set can only add to it.
RELATIVE_GAP: Final = 1e-11
# Coefficients that a fit may have, as a share of its samples: with more, it follows the noise.
MOST_ACTIVE: Final = 0.25
SWEEPS_PER_ROUND: Final = 20
MOST_ROUNDS: Final = 500
NEWTON_STEPS: Final = 12


@final
@dataclass(frozen=True, eq=False)
class GroupedColumns:
    """Columns Z `(N, m)` in groups: group g holds columns starts[g] .. starts[g + 1] - 1."""

    columns: Columns
    starts: NDArray[np.int64]  # (G + 1,)
    weights: Values  # (G,)

    @cached_property
    def group_of(self) -> NDArray[np.int64]:
        """The group of each column."""
        return np.repeat(np.arange(len(self.weights)), np.diff(self.starts))

    @cached_property
    def curvatures(self) -> Values:
        """A bound on the largest eigenvalue of Z_g' Z_g / N for each group; exact for one column."""
        squares = np.einsum("nm,nm->m", self.columns, self.columns) / len(self.columns)
        curvatures = np.add.reduceat(squares, self.starts[:-1])
        for g in np.flatnonzero(np.diff(self.starts) > 1):
            block = self.columns[:, self.starts[g] : self.starts[g + 1]]
            curvatures[g] = np.linalg.norm(block, 2) ** 2 / len(block)
        return curvatures

    def norms(self, vector: Values) -> Values:
        """|v_g| of each group, for v of shape `(m,)`."""
        return np.sqrt(np.add.reduceat(vector**2, self.starts[:-1]))

    def select(self, groups: NDArray[np.int64]) -> "GroupedColumns":
        """Some of the groups, given in ascending order."""
        chosen = np.zeros(len(self.weights), dtype=bool)
        chosen[groups] = True
        kept = chosen[self.group_of]
        sizes = np.diff(self.starts)[groups]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        return GroupedColumns(self.columns[:, kept], starts, self.weights[groups])


def duality_gap(
    y: Values, residual: Values, *, norm: float, penalty: float, strongest: float
) -> float:
    """P(b) minus the dual value of the rescaled residual, relative to |y|^2 / 2N.

    Args:
        y, residual: centred, shape `(N,)`.
        norm: sum_g u_g |b_g|.
        penalty: above 0.
        strongest: max_g |Z_g' residual| / u_g over *all* groups that the fit competes with.
    """
    exponent = -exponent_of(y)
    y, residual = np.ldexp(y, exponent), np.ldexp(residual, exponent)
    norm, penalty, strongest = (float(np.ldexp(x, exponent)) for x in (norm, penalty, strongest))
    n, energy = len(y), float(y @ y)
    if energy == 0.0:
        return 0.0
    # Any feasible dual point bounds the optimum from below; the rescaled residual becomes the optimal one.
    scale = min(1.0, n * penalty / strongest) if strongest > 0 else 1.0
    primal = float(residual @ residual) / (2 * n) + penalty * norm
    dual = scale * float(y @ residual) / n - scale**2 * float(residual @ residual) / (2 * n)
    return (primal - dual) / (energy / (2 * n))


def group_lasso(design: GroupedColumns, y: Values, *, penalty: float, warm: Values) -> Values:
    """The coefficients of a smallest P, shape `(m,)`, to a relative duality gap of RELATIVE_GAP.

    Args:
        design: the columns.
        y: shape `(N,)`.
        penalty: above 0.
        warm: coefficients to start from, shape `(m,)`.
    """
    b = np.array(warm)
    for _ in range(MOST_ROUNDS):
        residual = y - design.columns @ b
        if _gap(design, y, residual, b, penalty) <= RELATIVE_GAP:
            break
        sweeps(
            np.ascontiguousarray(design.columns.T),
            design.starts,
            penalty * design.weights,
            design.curvatures,
            residual,
            b,
            SWEEPS_PER_ROUND,
        )
        b = _newton(design, y, b, penalty)
    return b


def _gap(design: GroupedColumns, y: Values, residual: Values, b: Values, penalty: float) -> float:
    strongest = (design.norms(design.columns.T @ residual) / design.weights).max(initial=0.0)
    norm = float(design.weights @ design.norms(b))
    return duality_gap(y, residual, norm=norm, penalty=penalty, strongest=float(strongest))


@numba.njit(cache=True, fastmath=VECTORISED)
def sweeps(  # noqa: PLR0917, PLR0913  # a compiled loop takes arrays, not records
    rows: Columns,
    starts: NDArray[np.int64],
    penalties: Values,
    curvatures: Values,
    residual: Values,
    b: Values,
    sweeps: int,
) -> None:
    """Majorised block coordinate descent on Z' `(m, N)`; updates `residual` and `b` in place.

    Every first sweep passes all groups, the others only those that are not zero.
    """
    n = len(residual)
    for sweep in range(sweeps):
        for g in range(len(starts) - 1):
            first, last = starts[g], starts[g + 1]
            if curvatures[g] == 0.0:
                continue
            if sweep > 0:
                active = False
                for j in range(first, last):
                    active = active or b[j] != 0.0
                if not active:
                    continue
            target = np.empty(last - first)
            square = 0.0
            for j in range(first, last):
                slope = 0.0
                for i in range(n):
                    slope += rows[j, i] * residual[i]
                target[j - first] = b[j] + slope / (n * curvatures[g])
                square += target[j - first] ** 2
            shrunk = 0.0
            if square > 0.0:
                shrunk = max(0.0, 1.0 - penalties[g] / (curvatures[g] * np.sqrt(square)))
            for j in range(first, last):
                change = shrunk * target[j - first] - b[j]
                if change != 0.0:
                    b[j] += change
                    for i in range(n):
                        residual[i] -= change * rows[j, i]


def _newton(design: GroupedColumns, y: Values, b: Values, penalty: float) -> Values:
    """Newton's method for P on the groups that are not zero, each step taken only if P falls.

    A step that would turn a group around (a single column: change its sign) stops where it reaches
    zero, and leaves that group out of the next step.
    """
    value = _objective(design, y, b, penalty)
    places, active, best = np.arange(len(b)), design, b
    for _ in range(NEWTON_STEPS):
        held = active.norms(best) > 0
        if not held.any():
            break
        if not held.all():
            kept = held[active.group_of]
            places, best = places[kept], best[kept]
            active = active.select(np.flatnonzero(held))
        step = _newton_step(active, y, best, penalty)
        candidate = best + _until_first_zero(active, best, step) * step
        candidate[active.norms(candidate)[active.group_of] <= 1e-14 * np.abs(best).max()] = 0.0
        reached = _objective(active, y, candidate, penalty)
        if reached >= value:
            break
        best, value = candidate, reached
    found = np.zeros(len(b))
    found[places] = best
    return found


def _newton_step(design: GroupedColumns, y: Values, b: Values, penalty: float) -> Values:
    n = len(y)
    size = design.norms(b)[design.group_of]
    direction = b / size
    pull = penalty * design.weights[design.group_of]
    gradient = -(design.columns.T @ (y - design.columns @ b)) / n + pull * direction
    hessian = design.columns.T @ design.columns / n
    same = design.group_of[:, None] == design.group_of[None]
    hessian += (pull / size)[:, None] * (np.eye(len(b)) - same * np.outer(direction, direction))
    try:
        return -cho_solve(cho_factor(hessian, check_finite=False), gradient, check_finite=False)
    except LinAlgError:
        # Aliased columns make the matrix singular: the shortest solution splits the step among them.
        step = -np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        return np.asarray(step, dtype=np.float64)


def _until_first_zero(design: GroupedColumns, b: Values, step: Values) -> float:
    """The largest part of a step, at most 1, up to which no single column changes its sign."""
    single = (np.diff(design.starts) == 1)[design.group_of] & (b != 0)
    crossing = single & (b * (b + step) < 0)
    return float(np.min(-b[crossing] / step[crossing], initial=1.0))


def _objective(design: GroupedColumns, y: Values, b: Values, penalty: float) -> float:
    residual = y - design.columns @ b
    norm = float(design.weights @ design.norms(b))
    return float(residual @ residual) / (2 * len(y)) + penalty * norm
