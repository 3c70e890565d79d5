"""The exact Lasso over every group of terms, solved on the few groups that matter.

A group outside the working set has coefficient zero in the optimum of all groups exactly when its strength
is at most N * penalty. So: solve on the set, scan the residual, add what is stronger, repeat until nothing
is.
The last scan bounds all groups, and with it the duality gap of the fit over all of them.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.lasso import GroupedColumns, duality_gap, group_lasso
from overtone.spectrum.scanning import AnyScanner

# Groups that one scan adds: enough that most paths need two or three scans, few enough to solve at once.
LISTED: Final = 256
# A strength above N * penalty by less than this is rounding.
SLACK: Final = 1e-11
# The pivotal penalty follows the residual's deviation until it moves by less than this share.
SETTLED: Final = 0.01
MOST_UPDATES: Final = 20
# Coefficients of a pivotal fit, as a share of the samples.
MOST_ACTIVE: Final = 0.25


@final
@dataclass(frozen=True, eq=False)
class LassoFit:
    """A Lasso fit over all groups of a scanner.

    Attributes:
        groups: the working set.
        coefficients: of the terms of each group, one array a group.
        penalty: in scikit-learn's scaling.
        gap: the duality gap over *all* groups, relative to |y|^2 / 2N.
        design: the centred columns of the working set.
        means: of the columns before centring, shape `(m,)`.
        active: in how many samples each group has a value other than zero, shape `(G,)`.
    """

    groups: tuple[Group, ...]
    coefficients: tuple[Values, ...]
    penalty: float
    gap: float
    design: GroupedColumns
    means: Values
    active: NDArray[np.int64]

    @property
    def flat(self) -> Values:
        """All coefficients in the order of the columns, shape `(m,)`."""
        return np.concatenate([np.zeros(0), *self.coefficients])


class WorkingSet:
    """The groups listed so far, their columns, and the coefficients of the last fit on them."""

    def __init__(self, scanner: AnyScanner, y: Values) -> None:
        """List the strongest groups for `y`, which is centred, shape `(N,)`."""
        self._scanner = scanner
        self._y = y
        self._groups: list[Group] = []
        self._sizes: list[int] = []
        self._active: list[int] = []
        self._columns: Columns = np.zeros((len(y), 0), order="F")
        self._warm = np.zeros(0)
        first = scanner(y[None], keep=LISTED)[0]
        self.largest_penalty = float(first.strengths.max(initial=0.0)) / len(y)
        self._add(first.groups)

    def fit(self, penalty: float) -> LassoFit:
        """The fit at a penalty above 0, proved over all groups of the scanner."""
        while True:
            residual = self._solve(penalty)
            scan = self._scanner(residual[None], keep=LISTED)[0]
            strongest = float(scan.strengths.max(initial=0.0))
            is_clean = strongest <= len(self._y) * penalty * (1 + SLACK)
            if not self._add(scan.groups) or is_clean:
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

    def _add(self, groups: tuple[Group, ...]) -> bool:
        """Add groups to the set; whether any was new."""
        held = set(self._groups)
        fresh = [group for group in groups if group not in held]
        blocks = [
            self._scanner.basis.group_columns(self._scanner.columns, group) for group in fresh
        ]
        self._groups += fresh
        self._sizes += [block.shape[1] for block in blocks]
        self._active += [int(block.any(axis=1).sum()) for block in blocks]
        self._columns = np.asfortranarray(np.concatenate([self._columns, *blocks], axis=1))
        self._warm = np.append(self._warm, np.zeros(self._columns.shape[1] - len(self._warm)))
        self._means = self._columns.mean(axis=0)
        self._design = GroupedColumns(
            np.asfortranarray(self._columns - self._means),
            np.concatenate([[0], np.cumsum(self._sizes)]).astype(np.int64),
            self._weights(),
        )
        return bool(fresh)

    def _weights(self) -> Values:
        degrees = np.array([len(group) for group in self._groups], dtype=np.int64)
        return self._scanner.weights[degrees - 1] * np.sqrt(self._sizes)

    def _solve(self, penalty: float) -> Values:
        """Solve on the set; the residual."""
        if self._groups:
            self._warm = group_lasso(self._design, self._y, penalty=penalty, warm=self._warm)
        residual: Values = self._y - self._design.columns @ self._warm
        return residual

    def _record(self, residual: Values, penalty: float, strongest: float) -> LassoFit:
        norm = float(self._design.weights @ self._design.norms(self._warm)) if self._groups else 0.0
        gap = duality_gap(self._y, residual, norm=norm, penalty=penalty, strongest=strongest)
        coefficients = np.split(self._warm, self._design.starts[1:-1]) if self._groups else []
        return LassoFit(
            tuple(self._groups),
            tuple(coefficients),
            penalty,
            gap,
            self._design,
            self._means,
            np.array(self._active, dtype=np.int64),
        )
