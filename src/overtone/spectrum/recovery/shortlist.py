"""The Lasso's shortlist: the groups worth a look, the Lasso's fit to them, and its proof.

Notation
    N, p_k       samples, groups of exactly k parameters
    pivotal      the penalty PIVOT * sqrt(2 log p_k / N) * sd(residual) for groups of k parameters

The pivotal penalty is that of the square-root Lasso (Belloni, Chernozhukov, Wang 2011): scaling y scales the
fit, and the noise need not be known. Groups of high degree, of which there are many, pay more than those of
low degree, so the degree of the fit chooses itself.

Where each group has one term the whole path is followed, and the penalty is found on it. Otherwise the group
Lasso is solved at one penalty after the other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Group, Values
from overtone.spectrum.lasso.group import MOST_ACTIVE, GroupedColumns
from overtone.spectrum.lasso.path import LassoPath, proved_path
from overtone.spectrum.lasso.working_set import LassoFit, WorkingSet
from overtone.spectrum.recovery.rule import Shrunk
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.scan.listing import listing_of
from overtone.spectrum.scan.scanner import GroupRows, Scanner, groups_of

# Half the universal penalty: the Lasso is to miss nothing, a criterion then sorts out.
PIVOT: Final = 0.5
# The path ends with this many terms, or MOST_ACTIVE of the samples; what matters has entered by then.
MOST_TERMS: Final = 40
# The last penalty as a share of the first: a fit that leaves so little has no noise to follow.
RATIO: Final = 0.1


@final
@dataclass(frozen=True, eq=False)
class Shortlist:
    """The groups that some scan listed, and the Lasso on all groups.

    Attributes:
        atoms: of G groups, shape `(G, degree)`.
        design: their centred columns.
        active: in how many samples each has a value other than zero, shape `(G,)`.
        support: the places of those with a Lasso coefficient other than 0, the largest first.
        shrunk: the Lasso.
    """

    atoms: GroupRows
    design: GroupedColumns
    active: NDArray[np.int64]
    support: tuple[int, ...]
    shrunk: Shrunk

    @property
    def degrees(self) -> NDArray[np.int64]:
        """The number of parameters in each group."""
        degrees: NDArray[np.int64] = (self.atoms >= 0).sum(axis=1)
        return degrees

    def groups(self, kept: Sequence[int]) -> tuple[Group, ...]:
        """Some of the groups."""
        return groups_of(self.atoms[list(kept)])

    def places(self, groups: Sequence[Group]) -> list[int]:
        """Where some of the groups are, ascending."""
        return sorted(_places(groups, self.atoms).tolist())


def extended(shortlist: Shortlist, sample: Sample, groups: Sequence[Group]) -> Shortlist:
    """A shortlist with more groups behind its own."""
    listed = set(shortlist.groups(range(len(shortlist.atoms))))
    fresh = [group for group in dict.fromkeys(groups) if group not in listed]
    atoms = np.concatenate([shortlist.atoms, _padded(fresh, shortlist.atoms.shape[1])])
    columns = sample.columns_of(fresh)
    widths = [math.prod(sample.basis.atoms.widths[list(group)].tolist()) for group in fresh]
    design = shortlist.design
    return replace(
        shortlist,
        atoms=atoms,
        design=GroupedColumns(
            np.column_stack([design.columns, columns - columns.mean(axis=0)]),
            np.concatenate([design.starts, design.starts[-1] + np.cumsum(widths, dtype=np.int64)]),
            np.concatenate([design.weights, np.ones(len(fresh))]),
        ),
        active=np.concatenate([shortlist.active, _active(sample, atoms[len(shortlist.atoms) :])]),
    )


def degree_weights(sample: Sample, degree: int) -> Values:
    """sqrt(2 log p_k / N) for k = 1 .. degree, as shares of the last; the penalty is in its units."""
    universal = _universal(sample, degree)
    weights: Values = universal / universal.max()
    return weights


def shortlist_of(sample: Sample, degree: int) -> Shortlist:
    """What the Lasso proposes at its pivotal penalty."""
    factor = PIVOT * float(_universal(sample, degree).max())
    scanner = sample.scanner(degree_weights(sample, degree))
    if sample.is_single:
        return _by_path(sample, scanner, factor)
    return _by_working_set(sample, scanner, factor)


def shrunk_at(path: LassoPath, penalty: float) -> Shrunk:
    """A path's solution at a penalty, with its gap."""
    solution = path.at(penalty)
    coefficients = tuple(solution.coefficients[:, None])
    return Shrunk(solution.groups, coefficients, solution.constant, penalty, path.gap(penalty))


def shrunk_of(fit: LassoFit, sample: Sample) -> Shrunk:
    """The groups of a fit to a sample whose coefficients are not 0."""
    active = [g for g, c in enumerate(fit.coefficients) if np.any(c != 0)]
    return Shrunk(
        tuple(fit.groups[g] for g in active),
        tuple(fit.coefficients[g] for g in active),
        float(sample.y.mean() - fit.means @ fit.flat),
        fit.penalty,
        fit.gap,
    )


def _universal(sample: Sample, degree: int) -> Values:
    # log(1 + p) keeps the weight of a single group above 0.
    universal: Values = np.sqrt(2 * np.log1p(sample.counts(degree)) / len(sample.y))
    return universal


def _by_path(sample: Sample, scanner: Scanner, factor: float) -> Shortlist:
    listing = listing_of(scanner)
    most = max(min(MOST_TERMS, int(MOST_ACTIVE * len(sample.y))), 1)
    path = proved_path(listing, sample.y, ratio=RATIO, most_terms=most)
    shrunk = shrunk_at(path, _pivotal_penalty(path, factor))
    atoms = listing.listed()
    weights = scanner.weights[(atoms >= 0).sum(axis=1) - 1]
    # A path's columns are those listed, in order, divided by the weights of their groups.
    columns = (path.proof.listed * weights[:, None]).T
    strengths = np.abs(np.concatenate([np.zeros(0), *shrunk.coefficients]))
    return Shortlist(
        atoms,
        GroupedColumns(columns, np.arange(len(atoms) + 1), weights),
        _active(sample, atoms),
        tuple(_places(shrunk.groups, atoms)[np.argsort(-strengths, kind="stable")].tolist()),
        shrunk,
    )


def _padded(groups: Sequence[Group], degree: int) -> GroupRows:
    """Groups as rows of atoms."""
    atoms = np.full((len(groups), degree), -1)
    for row, group in zip(atoms, groups, strict=True):
        row[: len(group)] = group
    return atoms


def _places(groups: Sequence[Group], atoms: GroupRows) -> NDArray[np.int64]:
    """The row of each group, all of which are among the atoms."""
    sought = _padded(groups, atoms.shape[1])
    return np.nonzero((sought[:, None] == atoms[None]).all(axis=2))[1]


def _pivotal_penalty(path: LassoPath, factor: float) -> float:
    """The largest penalty at most `factor` times its residual's deviation; if none is, the path's last."""
    penalties = path.penalties
    reached = np.flatnonzero(penalties <= factor * path.proof.residuals.std(axis=1))
    if not len(reached) or reached[0] == 0:
        return float(penalties[reached[0] if len(reached) else -1])
    high, low = float(penalties[reached[0] - 1]), float(penalties[reached[0]])
    while high - low > 1e-9 * high:
        middle = (high + low) / 2
        spread = path.between(middle, path.proof.residuals).std()
        high, low = (high, middle) if middle <= factor * spread else (middle, low)
    return low


def _by_working_set(sample: Sample, scanner: Scanner, factor: float) -> Shortlist:
    fit = WorkingSet(scanner, sample.centred).fit_pivotal(factor)
    norms = fit.design.norms(fit.flat) if fit.groups else np.zeros(0)
    order = np.argsort(-norms, kind="stable")
    support = tuple(int(g) for g in order if norms[g] > 0)
    atoms = _padded(fit.groups, len(scanner.weights))
    return Shortlist(atoms, fit.design, fit.active, support, shrunk_of(fit, sample))


def _active(sample: Sample, atoms: GroupRows) -> NDArray[np.int64]:
    """In how many samples each group of one term has a value other than zero."""
    if sample.columns.all():
        return np.full(len(atoms), len(sample.y))
    present = np.column_stack([sample.columns != 0, np.ones(len(sample.y), dtype=bool)])
    counts: NDArray[np.int64] = present[:, atoms].all(axis=2).sum(axis=0)  # -1 is the last column
    return counts
