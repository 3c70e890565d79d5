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
PATIENCE: Final = 3
# Terms a fit may have, as a share of the samples.
LARGEST_SHARE: Final = 0.25
# A direction with less than this share of a column's energy left is explained already.
INDEPENDENT: Final = 1e-8


def select(design: GroupedColumns, y: Values, costs: Values) -> list[int]:
    """The groups of least criterion found by forward steps and then backward steps, in order.

    Args:
        design: centred columns of the groups to choose from.
        y: centred values, shape `(N,)`.
        costs: what each group adds to the criterion, shape `(G,)`.
    """
    if not len(costs):
        return []
    forward, criteria = _forward(design, y, costs)
    kept = forward[: int(np.argmin(criteria))]
    return sorted(_backward(design, y, costs, kept))


def refit(design: GroupedColumns, y: Values, kept: Sequence[int]) -> Values:
    """The least-squares coefficients of the kept groups, the shortest if they are aliased."""
    columns = design.select(np.array(kept, dtype=np.int64)).columns
    return np.linalg.lstsq(columns, y, rcond=1e-10)[0]


def _forward(
    design: GroupedColumns, y: Values, costs: Values
) -> tuple[list[int], list[float]]:
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
        explained[sizes > room] = 0.0
        share = np.minimum(explained / max(residual @ residual, 1e-300), 1 - 1e-15)
        gain = -n * np.log1p(-share) - costs
        best = int(np.argmax(gain))
        if share[best] <= 0.0 or criteria[-1] == -np.inf:
            break
        block = rest[:, design.starts[best] : design.starts[best + 1]]
        directions, _, _ = np.linalg.svd(block, full_matrices=False)
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
    return len(y) * float(np.log(rss)) if rss > 1e-24 * total else -np.inf


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
    explained[sizes == 1] = np.where(usable, slopes[single] ** 2 / np.where(usable, left[single], 1), 0)
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


def _backward(
    design: GroupedColumns, y: Values, costs: Values, kept: list[int]
) -> list[int]:
    """Drop groups, each time the one whose loss lowers the criterion most, while any does."""

    def criterion(groups: Sequence[int]) -> float:
        inside = np.array(groups, dtype=np.int64)
        columns = design.select(inside).columns
        return _log_rss(y - columns @ refit(design, y, groups), y) + float(costs[inside].sum())

    current = criterion(kept)
    while kept:
        shorter = [[h for h in kept if h != g] for g in kept]
        criteria = [criterion(groups) for groups in shorter]
        if min(criteria) >= current:
            break
        kept, current = shorter[int(np.argmin(criteria))], min(criteria)
    return kept
