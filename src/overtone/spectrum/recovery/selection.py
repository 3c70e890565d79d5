"""Which of the listed groups to keep: orthogonal matching pursuit, judged by a risk inflation criterion.

    RIC(A) = N log(RSS(A) / N) + sum_{g in A} ( q_g log N + 2 log(D p_k) )

with q_g the terms of group g, k its degree, p_k the number of groups of degree k, and D the largest degree:
the cost of naming one group among all of its degree, after naming the degree (Foster and George 1994; the
log N is that of BIC). A group of low degree is one of few and needs less evidence than one of high degree,
so the degree of the fit chooses itself. For pure noise the best group passes with probability of about
1 / sqrt(N pi log p).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.lasso.group import MOST_ACTIVE, GroupedColumns

# The search goes on this many groups past the best criterion before it stops.
PATIENCE: Final = 8
# A direction with less than this share of a column's energy left is explained already.
INDEPENDENT: Final = 1e-8
# A residual with less than this share of the energy of y is rounding.
EXACT: Final = 1e-24


def select(design: GroupedColumns, y: Values, costs: Values, proposed: Sequence[int]) -> list[int]:
    """The groups of least criterion found, in order.

    Forward steps begin from nothing, and take a wrong turn where a sum of terms looks like another one;
    the proposed groups hold such a sum together. Backward steps from either end at the better of the two.

    Args:
        design: centred columns of the groups to choose from.
        y: centred values, shape `(N,)`.
        costs: what each group adds to the criterion, shape `(G,)`; infinity forbids a group.
        proposed: groups to begin from as well; no more than the samples can tell apart.
    """
    if not len(costs):
        return []
    forward, criteria = _forward(design, y, costs)
    allowed = [g for g in proposed if np.isfinite(costs[g])]
    starts = [forward[: int(np.argmin(criteria))], allowed]
    found = [_backward(design, y, costs, kept) for kept in starts]
    best = min(found, key=lambda kept: criterion(design, y, costs, kept))
    return sorted(best)


def criterion(design: GroupedColumns, y: Values, costs: Values, kept: Sequence[int]) -> float:
    """RIC of the kept groups, up to a constant; minus infinity if they fit y exactly."""
    columns = design.select(np.array(kept, dtype=np.int64)).columns
    spent = float(costs[list(kept)].sum())
    return _log_rss(y - columns @ refit(design, y, kept), y) + spent


def refit(design: GroupedColumns, y: Values, kept: Sequence[int]) -> Values:
    """The least-squares coefficients of the kept groups, the shortest if they are aliased."""
    columns = design.select(np.array(kept, dtype=np.int64)).columns
    coefficients = np.linalg.lstsq(columns, y, rcond=1e-10)[0]
    return np.asarray(coefficients, dtype=np.float64)


def _forward(design: GroupedColumns, y: Values, costs: Values) -> tuple[list[int], list[float]]:
    """The groups in the order in which they lower the criterion most, and the criterion after each."""
    n, room = len(y), max(int(MOST_ACTIVE * len(y)), 1)
    sizes = np.diff(design.starts)
    rest = _Rest(design, y)
    is_closed, spent = np.isinf(costs), 0.0
    chosen: list[int] = []
    criteria = [_log_rss(y, y)]
    while len(criteria) - int(np.argmin(criteria)) <= PATIENCE:
        explained = rest.explained()
        explained[is_closed | (sizes > room)] = 0.0
        share = np.minimum(explained / max(float(rest.residual @ rest.residual), 1e-300), 1 - 1e-15)
        gain = np.where(share > 0, -n * np.log1p(-share) - costs, -np.inf)
        best = int(np.argmax(gain))
        if share[best] <= 0.0 or criteria[-1] == -np.inf:
            break
        rest.project_out(best)
        is_closed[best] = True
        chosen.append(best)
        spent += costs[best]
        room -= int(sizes[best])
        criteria.append(_log_rss(rest.residual, y) + spent)
    return chosen, criteria


class _Rest:
    """What the directions of the chosen groups leave of y and of the columns of all groups.

    The columns themselves stay: a new direction q changes the products of what is left of them by those of
    Z' q, so that a step costs one product with Z.
    """

    def __init__(self, design: GroupedColumns, y: Values) -> None:
        self._design = design
        self._directions = np.zeros((len(y), 0))
        self._energy = np.einsum("nm,nm->m", design.columns, design.columns)
        self._left = self._energy.copy()  # |z|^2 of what is left of each column
        self._slopes: Values = design.columns.T @ y  # z' residual
        sizes = np.diff(design.starts)
        self._single = np.flatnonzero(sizes == 1)
        self._wide = [_Blocks(design, np.flatnonzero(sizes == q)) for q in set(sizes[sizes > 1])]
        self.residual = y

    def explained(self) -> Values:
        """The part of |residual|^2 that each group's remaining directions explain."""
        explained = np.zeros(len(self._design.weights))
        column = self._design.starts[self._single]
        left = self._left[column]
        usable = left > INDEPENDENT * np.maximum(self._energy[column], 1e-300)
        explained[self._single[usable]] = self._slopes[column[usable]] ** 2 / left[usable]
        for blocks in self._wide:
            explained[blocks.groups] = blocks.explained(self._slopes)
        return explained

    def project_out(self, group: int) -> None:
        """Leave out the directions of a group."""
        own = self._design.columns[:, self._design.starts[group] : self._design.starts[group + 1]]
        fresh = _fresh_directions(own, self._directions)
        self._directions = np.concatenate([self._directions, fresh], axis=1)
        self.residual = self.residual - fresh @ (fresh.T @ self.residual)
        products = self._design.columns.T @ np.column_stack([fresh, self.residual])
        shares, self._slopes = products[:, :-1], products[:, -1]
        self._left -= np.einsum("mq,mq->m", shares, shares)
        for blocks in self._wide:
            blocks.subtract(shares)


class _Blocks:
    """The products among what is left of the columns of each group, for groups of one size."""

    def __init__(self, design: GroupedColumns, groups: NDArray[np.int64]) -> None:
        self.groups = groups
        size = design.starts[groups[0] + 1] - design.starts[groups[0]]
        self._members = design.starts[groups][:, None] + np.arange(size)
        columns = design.columns[:, self._members].transpose(1, 0, 2)
        self._left = np.matmul(columns.transpose(0, 2, 1), columns)
        self._energy = np.trace(self._left, axis1=1, axis2=2)

    def subtract(self, shares: Columns) -> None:
        """Leave out directions, given the products of all columns with them."""
        own = shares[self._members]
        self._left -= np.matmul(own, own.transpose(0, 2, 1))

    def explained(self, slopes: Values) -> Values:
        """The part of |residual|^2 that the remaining directions of each group explain."""
        own = slopes[self._members]
        inverse = np.linalg.pinv(self._left, rcond=INDEPENDENT, hermitian=True)
        explained = np.einsum("gi,gij,gj->g", own, inverse, own)
        left = np.trace(self._left, axis1=1, axis2=2)
        return np.where(left > INDEPENDENT * self._energy, explained, 0.0)


def _fresh_directions(block: Columns, directions: Columns) -> Columns:
    """Orthonormal directions of what others leave of a block of columns."""
    rest = block - directions @ (directions.T @ block)
    rest -= directions @ (directions.T @ rest)
    if rest.shape[1] == 1:
        length = float(np.linalg.norm(rest))
        is_fresh = length**2 > INDEPENDENT * float(np.sum(block**2))
        return rest / length if is_fresh else rest[:, :0]
    left, lengths, _ = np.linalg.svd(rest, full_matrices=False)
    # Of columns that are aliased, or explained already, the last directions are arbitrary.
    fresh: Columns = left[:, lengths**2 > INDEPENDENT * np.sum(block**2)]
    return fresh


def _log_rss(residual: Values, y: Values) -> float:
    """N log RSS; minus infinity when the fit is exact to rounding."""
    rss, total = float(residual @ residual), float(y @ y)
    return len(y) * float(np.log(rss)) if rss > EXACT * total else -np.inf


def _backward(design: GroupedColumns, y: Values, costs: Values, kept: list[int]) -> list[int]:
    """Drop groups, each time the one whose loss lowers the criterion most, while any does.

    Leaving out group g raises |residual|^2 by b_g' (M_gg)^-1 b_g with M = (Z'Z)^-1, and changes b and M of
    the others by a block elimination; so each step costs the square of what is kept, and no new fit.
    """
    groups, inside, inverse = _inverted(design, sorted(kept))
    b: Values = inverse @ (inside.columns.T @ y)
    residual = y - inside.columns @ b
    # A fit that is exact to rounding has an error of that size, which no superfluous group can raise.
    rss = max(float(residual @ residual), EXACT * float(y @ y))
    held = np.ones(len(groups), dtype=bool)
    while held.any():
        losses = _losses(inverse, b, inside.starts)
        change = np.where(held, len(y) * np.log1p(losses / rss) - costs[groups], np.inf)
        g = int(np.argmin(change))
        if change[g] >= 0:
            break
        own = slice(inside.starts[g], inside.starts[g + 1])
        passed_on = inverse[:, own] @ _inverse(inverse[own, own])
        b = b - passed_on @ b[own]
        inverse -= passed_on @ inverse[own]
        b[own] = inverse[own] = inverse[:, own] = 0.0
        rss += float(losses[g])
        held[g] = False
    return [group for group, is_held in zip(groups, held, strict=True) if is_held]


def _inverted(design: GroupedColumns, kept: list[int]) -> tuple[list[int], GroupedColumns, Columns]:
    """The groups that are not combinations of earlier ones, their columns Z, and (Z'Z)^-1."""
    inside = design.select(np.array(kept, dtype=np.int64))
    factor = np.linalg.qr(inside.columns, mode="r")
    distances = np.diag(factor) ** 2  # of each column from the span of those before it
    energies = np.bincount(
        inside.group_of, np.einsum("nm,nm->m", inside.columns, inside.columns), len(kept)
    )
    is_full = len(distances) == inside.columns.shape[1]
    if is_full and np.all(distances > INDEPENDENT * energies[inside.group_of]):
        root = np.linalg.inv(factor)
        return kept, inside, root @ root.T
    groups = _independent(design, kept)
    inside = design.select(np.array(groups, dtype=np.int64))
    gram = inside.columns.T @ inside.columns
    return groups, inside, np.asarray(np.linalg.pinv(gram, hermitian=True), dtype=np.float64)


def _independent(design: GroupedColumns, kept: Sequence[int]) -> list[int]:
    """The groups that are not combinations of earlier ones."""
    directions = np.zeros((len(design.columns), 0))
    found = []
    for g in kept:
        block = design.columns[:, design.starts[g] : design.starts[g + 1]]
        fresh = _fresh_directions(block, directions)
        if fresh.shape[1]:
            directions = np.concatenate([directions, fresh], axis=1)
            found.append(g)
    return found


def _losses(inverse: Values, b: Values, starts: NDArray[np.int64]) -> Values:
    """How much |residual|^2 grows when each group is left out; 0 for one that is out already."""
    sizes = np.diff(starts)
    losses = np.zeros(len(sizes))
    is_single = sizes == 1
    single = starts[:-1][is_single]
    spread = inverse[single, single]
    losses[is_single] = np.divide(
        b[single] ** 2, spread, out=np.zeros(len(single)), where=spread > 0
    )
    for g in np.flatnonzero(~is_single):
        own = slice(starts[g], starts[g + 1])
        losses[g] = b[own] @ _inverse(inverse[own, own]) @ b[own]
    return losses


def _inverse(block: Columns) -> Columns:
    if block.size == 1 and block[0, 0] > 0:
        return 1.0 / block
    return np.asarray(np.linalg.pinv(block, hermitian=True), dtype=np.float64)
