"""The exact Lasso over every group of terms, solved on the few groups that matter.

A group outside the working set has coefficient zero in the optimum of all groups exactly when its strength
is at most N * penalty. So: solve on the set, scan the residual, add what is stronger, repeat until nothing
is.
The last scan bounds all groups, and with it the duality gap of the fit over all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.lasso.group import MOST_ACTIVE, GroupedColumns, duality_gap, group_lasso
from overtone.spectrum.scan.scanner import GroupRows, Scanner, groups_of

# Groups that one scan adds: enough that most paths need two or three scans, few enough to solve at once.
LISTED: Final = 256
# A strength above N * penalty by less than this is rounding.
SLACK: Final = 1e-11
# The pivotal penalty follows the residual's deviation until it moves by less than this share.
SETTLED: Final = 0.01
MOST_UPDATES: Final = 20


@final
@dataclass(frozen=True, eq=False)
class LassoFit:
    """A Lasso fit over all groups of a scanner.

    Attributes:
        groups: the working set.
        flat: the coefficients in the order of the columns, shape `(m,)`.
        penalty: in scikit-learn's scaling.
        gap: the duality gap over *all* groups, relative to |y|^2 / 2N.
        design: the centred columns of the working set.
        means: of the columns before centring, shape `(m,)`.
        active: in how many samples each group has a value other than zero, shape `(G,)`.
    """

    groups: tuple[Group, ...]
    flat: Values
    penalty: float
    gap: float
    design: GroupedColumns
    means: Values
    active: NDArray[np.int64]

    @cached_property
    def coefficients(self) -> tuple[Values, ...]:
        """Those of the terms of each group, one array a group."""
        starts = self.design.starts
        return tuple(self.flat[a:b] for a, b in pairwise(starts))


class WorkingSet:
    """The groups listed so far, their columns, and the coefficients of the last fit on them."""

    def __init__(self, scanner: Scanner, y: Values) -> None:
        """List the strongest groups for `y`, which is centred, shape `(N,)`."""
        self._scanner = scanner
        self._y = y
        self._functions = np.ascontiguousarray(scanner.columns.T)
        self._groups: list[Group] = []
        self._held: set[Group] = set()
        self._sizes = np.zeros(0, np.int64)
        self._active = np.zeros(0, np.int64)
        self._means = np.zeros(0)
        self._rows: Columns = np.zeros((0, len(y)))
        self._warm = np.zeros(0)
        self._design = GroupedColumns(self._rows.T, np.zeros(1, np.int64), np.zeros(0))
        first = scanner(y[None], keep=LISTED)[0]
        self.largest_penalty = float(first.strengths.max(initial=0.0)) / len(y)
        self._add(first.atoms)

    def fit(self, penalty: float) -> LassoFit:
        """The fit at a penalty above 0, proved over all groups of the scanner."""
        while True:
            residual = self._solve(penalty)
            scan = self._scanner(residual[None], keep=LISTED)[0]
            strongest = float(scan.strengths.max(initial=0.0))
            is_clean = strongest <= len(self._y) * penalty * (1 + SLACK)
            if not self._add(scan.atoms) or is_clean:
                return self._record(residual, penalty, strongest)

    def fit_pivotal(self, factor: float) -> LassoFit:
        """The fit whose penalty is `factor` times the standard deviation of its own residual.

        This is the square-root Lasso (Belloni, Chernozhukov, Wang 2011): scaling y scales the fit, and the
        penalty needs no knowledge of the noise. With a small factor and few samples the residual would follow
        the penalty to zero, so the penalty stops falling once MOST_ACTIVE of the samples are spent.
        """
        penalty = factor * float(self._y.std())
        for _ in range(MOST_UPDATES):
            settled = factor * float(self._solve(penalty).std())
            spent = np.count_nonzero(self._warm)
            if settled > (1 - SETTLED) * penalty or spent > MOST_ACTIVE * len(self._y):
                break
            penalty = settled
        return self.fit(penalty)

    def _add(self, atoms: GroupRows) -> bool:
        """Add groups to the set; whether any was new."""
        listed = groups_of(atoms)
        fresh = [k for k, group in enumerate(listed) if group not in self._held]
        if not fresh:
            return False
        groups = [listed[k] for k in fresh]
        raw, sizes = self._products(atoms[fresh], groups)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        weights = self._scanner.weights[(atoms[fresh] >= 0).sum(axis=1) - 1]
        is_active = np.maximum.reduceat(raw != 0.0, starts[:-1], axis=0)
        means = raw.mean(axis=1)
        self._held.update(groups)
        self._groups += groups
        self._sizes = np.concatenate([self._sizes, sizes])
        self._active = np.concatenate([self._active, is_active.sum(axis=1)])
        self._means = np.concatenate([self._means, means])
        self._rows = np.concatenate([self._rows, raw - means[:, None]])
        self._warm = np.concatenate([self._warm, np.zeros(len(raw))])
        self._design = GroupedColumns(
            self._rows.T,
            np.concatenate([[0], np.cumsum(self._sizes)]).astype(np.int64),
            np.concatenate([self._design.weights, weights * np.sqrt(sizes)]),
        )
        return True

    def _products(
        self, atoms: GroupRows, groups: Sequence[Group]
    ) -> tuple[Columns, NDArray[np.int64]]:
        """The values of the groups' terms, one term a row, and the number of terms of each group."""
        scanner = self._scanner
        if np.any(scanner.atoms.widths != 1):
            blocks = [scanner.atoms.group_columns(scanner.columns, group).T for group in groups]
            return np.concatenate(blocks), np.array([len(block) for block in blocks])
        rows: Columns = self._functions[atoms[:, 0]]
        for k in range(1, atoms.shape[1]):
            longer = atoms[:, k] >= 0
            rows[longer] *= self._functions[atoms[longer, k]]
        return rows, np.ones(len(rows), dtype=np.int64)

    def _solve(self, penalty: float) -> Values:
        """Solve on the set; the residual."""
        if self._groups:
            self._warm = group_lasso(self._design, self._y, penalty=penalty, warm=self._warm)
        residual: Values = self._y - self._design.columns @ self._warm
        return residual

    def _record(self, residual: Values, penalty: float, strongest: float) -> LassoFit:
        norm = float(self._design.weights @ self._design.norms(self._warm)) if self._groups else 0.0
        gap = duality_gap(self._y, residual, norm=norm, penalty=penalty, strongest=strongest)
        return LassoFit(
            tuple(self._groups),
            self._warm,
            penalty,
            gap,
            self._design,
            self._means,
            self._active,
        )
