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
from overtone.spectrum.lasso import GroupedColumns

# The search goes on this many groups past the best criterion before it stops.
PATIENCE: Final = 8
# Terms a fit may have, as a share of the samples.
LARGEST_SHARE: Final = 0.25
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
    n, room = len(y), max(int(LARGEST_SHARE * len(y)), 1)
    sizes = np.diff(design.starts)
    rest = np.array(design.columns)
    energy = np.einsum("nm,nm->m", rest, rest)
    residual, spent = y, 0.0
    chosen: list[int] = []
    criteria = [_log_rss(y, y)]
    while len(criteria) - int(np.argmin(criteria)) <= PATIENCE:
        explained = _explained(rest, design.starts, residual, energy)
        explained[chosen] = 0.0
        explained[(sizes > room) | np.isinf(costs)] = 0.0
        share = np.minimum(explained / max(float(residual @ residual), 1e-300), 1 - 1e-15)
        gain = np.where(share > 0, -n * np.log1p(-share) - costs, -np.inf)
        best = int(np.argmax(gain))
        if share[best] <= 0.0 or criteria[-1] == -np.inf:
            break
        own = slice(design.starts[best], design.starts[best + 1])
        directions, lengths, _ = np.linalg.svd(rest[:, own], full_matrices=False)
        # Of columns that are aliased, or explained already, the last directions are arbitrary.
        directions = directions[:, lengths**2 > INDEPENDENT * energy[own].sum()]
        residual = residual - directions @ (directions.T @ residual)
        rest -= directions @ (directions.T @ rest)
        chosen.append(best)
        spent += costs[best]
        room -= int(sizes[best])
        criteria.append(_log_rss(residual, y) + spent)
    return chosen, criteria


def _log_rss(residual: Values, y: Values) -> float:
    """N log RSS; minus infinity when the fit is exact to rounding."""
    rss, total = float(residual @ residual), float(y @ y)
    return len(y) * float(np.log(rss)) if rss > EXACT * total else -np.inf


def _explained(
    rest: Columns, starts: NDArray[np.int64], residual: Values, energy: Values
) -> Values:
    """The part of |residual|^2 that each group's remaining directions explain."""
    slopes = residual @ rest
    left = np.einsum("nm,nm->m", rest, rest)
    sizes = np.diff(starts)
    explained = np.zeros(len(sizes))
    single = starts[:-1][sizes == 1]
    usable = left[single] > INDEPENDENT * np.maximum(energy[single], 1e-300)
    explained[sizes == 1] = np.where(
        usable, slopes[single] ** 2 / np.where(usable, left[single], 1), 0
    )
    for size in np.unique(sizes[sizes > 1]):
        groups = np.flatnonzero(sizes == size)
        members = starts[groups][:, None] + np.arange(size)
        blocks = rest[:, members].transpose(1, 0, 2)
        inverse = np.linalg.pinv(
            np.matmul(blocks.transpose(0, 2, 1), blocks), rcond=INDEPENDENT, hermitian=True
        )
        explained[groups] = np.einsum("gi,gij,gj->g", slopes[members], inverse, slopes[members])
        spent = left[members].sum(axis=1) <= INDEPENDENT * energy[members].sum(axis=1)
        explained[groups[spent]] = 0.0
    return explained


def _backward(design: GroupedColumns, y: Values, costs: Values, kept: list[int]) -> list[int]:
    """Drop groups, each time the one whose loss lowers the criterion most, while any does.

    Leaving out group g raises |residual|^2 by b_g' (M_gg)^-1 b_g with M = (Z'Z)^-1, and changes b and M of
    the others by a block elimination; so each step costs the square of what is left, and no new fit.
    """
    groups = _independent(design, sorted(kept))
    inside = design.select(np.array(groups, dtype=np.int64))
    gram = inside.columns.T @ inside.columns
    inverse = np.asarray(np.linalg.pinv(gram, hermitian=True), dtype=np.float64)
    b: Values = inverse @ (inside.columns.T @ y)
    residual = y - inside.columns @ b
    # A fit that is exact to rounding has an error of that size, which no superfluous group can raise.
    rss = max(float(residual @ residual), EXACT * float(y @ y))
    sizes = np.diff(inside.starts)
    while groups:
        losses = _losses(inverse, b, sizes)
        change = len(y) * np.log1p(losses / rss) - costs[groups]
        g = int(np.argmin(change))
        if change[g] >= 0:
            break
        own = np.zeros(len(b), dtype=bool)
        own[sizes[:g].sum() : sizes[: g + 1].sum()] = True
        passed_on = inverse[np.ix_(~own, own)] @ np.linalg.pinv(inverse[np.ix_(own, own)])
        b = b[~own] - passed_on @ b[own]
        inverse = inverse[np.ix_(~own, ~own)] - passed_on @ inverse[np.ix_(own, ~own)]
        rss += float(losses[g])
        sizes = np.delete(sizes, g)
        del groups[g]
    return groups


def _independent(design: GroupedColumns, kept: Sequence[int]) -> list[int]:
    """The groups that are not combinations of earlier ones."""
    directions = np.zeros((len(design.columns), 0))
    found = []
    for g in kept:
        block = design.columns[:, design.starts[g] : design.starts[g + 1]]
        rest = block - directions @ (directions.T @ block)
        rest -= directions @ (directions.T @ rest)
        left, lengths, _ = np.linalg.svd(rest, full_matrices=False)
        fresh = lengths**2 > INDEPENDENT * np.sum(block**2)
        if fresh.any():
            directions = np.concatenate([directions, left[:, fresh]], axis=1)
            found.append(g)
    return found


def _losses(inverse: Values, b: Values, sizes: NDArray[np.int64]) -> Values:
    """How much |residual|^2 grows when each group is left out."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    losses = np.zeros(len(sizes))
    single = starts[:-1][sizes == 1]
    losses[sizes == 1] = b[single] ** 2 / inverse[single, single]
    for g in np.flatnonzero(sizes > 1):
        own = slice(starts[g], starts[g + 1])
        losses[g] = b[own] @ np.linalg.pinv(inverse[own, own], hermitian=True) @ b[own]
    return losses
