"""The default rule: pursuit under a risk inflation criterion, and least squares."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Values
from overtone.spectrum.lasso.group import MOST_ACTIVE, GroupedColumns
from overtone.spectrum.recovery.rule import Auto, RecoverySettings, Rule, Selection
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.recovery.selection import criterion, refit, select
from overtone.spectrum.recovery.shortlist import Shortlist, shortlist_of

# Samples in which a group must be active: with fewer, a few odd values make a term.
LEAST_ACTIVE: Final = 12


@final
@dataclass(frozen=True)
class Pursuit(Rule):
    """Matching pursuit and backward steps under the criterion of `selection`, and least squares."""

    def choose(self, sample: Sample, settings: RecoverySettings) -> Selection:
        """The groups of least criterion among those that the pivotal Lasso lists."""
        degree = settings.highest_degree(sample)
        shortlist = shortlist_of(sample, degree)
        costs = costs_of(sample, shortlist, degree)
        kept = select(shortlist.design, sample.centred, costs, strongest(shortlist, len(sample.y)))
        return refitted(sample, shortlist, kept, costs, settings.sparsity)


def costs_of(sample: Sample, shortlist: Shortlist, degree: int) -> Values:
    """What each listed group adds to the criterion, shape `(G,)`; infinity for one that is too rare."""
    sizes = np.diff(shortlist.design.starts)
    counts = sample.counts(degree)[shortlist.degrees - 1]
    costs: Values = sizes * np.log(len(sample.y)) + 2 * np.log(degree * counts)
    costs[shortlist.active < LEAST_ACTIVE] = np.inf
    return costs


def strongest(shortlist: Shortlist, n: int) -> list[int]:
    """The groups with the largest Lasso coefficients, as many as n samples allow terms."""
    sizes = np.diff(shortlist.design.starts)
    order = [g for g in shortlist.support if shortlist.active[g] >= LEAST_ACTIVE]
    spent = np.cumsum(sizes[order])
    return [g for g, terms in zip(order, spent, strict=True) if terms <= MOST_ACTIVE * n]


def refitted(
    sample: Sample, shortlist: Shortlist, kept: list[int], costs: Values, sparsity: int | Auto
) -> Selection:
    """The choice of some proposed groups, no more than `sparsity`, by least squares.

    Args:
        sample, shortlist: the groups are of.
        kept: their places, ascending.
        costs: of each proposed group in the criterion, shape `(G,)`.
        sparsity: see `RecoverySettings`.
    """
    design, y = shortlist.design, sample.centred
    if sparsity != "auto" and len(kept) > sparsity:
        size = _part(design, kept).norms(refit(design, y, kept))
        kept = sorted(np.array(kept)[np.argsort(-size, kind="stable")[:sparsity]].tolist())
    groups = shortlist.groups(kept)
    flat = refit(design, y, kept)
    constant = float(sample.y.mean() - sample.columns_of(groups).mean(axis=0) @ flat)
    gain = criterion(design, y, costs, []) - criterion(design, y, costs, kept) if kept else 0.0
    coefficients = tuple(np.split(flat, _part(design, kept).starts[1:-1])) if kept else ()
    return Selection(groups, coefficients, constant, shortlist.shrunk, gain)


def _part(design: GroupedColumns, kept: list[int]) -> GroupedColumns:
    return design.select(np.array(kept, dtype=np.int64))
