"""Least squares on the chosen terms, and on those that the sample can hardly tell from them.

Notation
    Z    (N, m)  centred values of the chosen terms
    y    (N,)    centred values
    z, r (N,)    what the other chosen terms leave of a column of Z, and of y
    c    (N,)    what they leave of a rival: a term that is not chosen

Where columns are uniform and independent all terms are uncorrelated, and no rival resembles a chosen term by
more than chance. Where they are not, a chosen term may stand in for another one, or for a sum of others, and
Student's interval about it is a narrow one about the wrong number.
"""

from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
from scipy.special import stdtrit

from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.recovery.intervals import Bounds, ConfidenceIntervals, around, centred
from overtone.spectrum.recovery.pursuit import costs_of
from overtone.spectrum.recovery.rule import Selection
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.recovery.selection import criterion, select
from overtone.spectrum.recovery.shortlist import extended, shortlist_of
from overtone.spectrum.recovery.uniformity import faults_of

# Groups that are listed for each chosen term, those most like it and those most like what it explains.
LISTED: Final = 500
# Of those, how many another choice may fall back on, beside the Lasso's shortlist.
OFFERED: Final = 50
# A fit is told from a better one if its criterion is larger by this: the odds are exp(-x / 2).
TOLD_APART: Final = 10.0
# The criterion counts on uncorrelated terms; where they are not, it takes twice as much.
TOLD_APART_IN_FAULTY_SAMPLES: Final = 20.0
# What is left of a column is its own above this share of its energy, and rounding below.
INDEPENDENT: Final = 1e-6


@final
@dataclass(frozen=True)
class RivalFits(ConfidenceIntervals):
    """The hull of Student's intervals over the chosen fit and the fits that the sample does not tell from it.

    These are the fits with one more term, if it resembles a chosen one by more than chance, and the choices
    that are made when one of the chosen terms is forbidden, if their criterion is as good. A fit without a
    term says 0 for it.

    Attributes:
        degree: the most parameters in a rival.
    """

    degree: int

    def bounds(
        self, sample: Sample, choice: Selection, *, level: float, rng: np.random.Generator
    ) -> Bounds:
        """The hull of the intervals of all these fits."""
        del rng
        Z, y = centred(sample, choice.groups), sample.centred
        chosen = student(Z, y, level)
        if not choice.groups:
            return chosen
        lefts = [_Left.by_others(Z, y, j) for j in range(Z.shape[1])]
        alike, explaining = _listed(sample, lefts, self.degree)
        chance = self._chance(sample)
        beside = []
        for j, left in enumerate(lefts):
            rivals = sorted({*alike[j], *explaining[j]} - set(choice.groups))
            own = (float(chosen.low[j]), float(chosen.high[j]))
            beside.append(left.beside(centred(sample, tuple(rivals)), own, level, chance))
        fits = [Bounds(*np.array(beside).T)]
        offered = [group for scan in (*alike, *explaining) for group in scan[:OFFERED]]
        fits += [
            _fitted_to_others(sample, choice.groups, groups, level)
            for groups in _choices_without_each(sample, choice.groups, offered, self.degree)
        ]
        return Bounds(
            np.min([fit.low for fit in fits], axis=0), np.max([fit.high for fit in fits], axis=0)
        )

    def _chance(self, sample: Sample) -> float:
        """The correlation that the most correlated of all groups has with a given one by chance."""
        return float(np.sqrt(2 * np.log1p(sample.counts(self.degree).sum()) / len(sample.y)))


def student(Z: Columns, y: Values, level: float) -> Bounds:
    """Student's intervals of least squares on some centred columns."""
    gram = np.linalg.pinv(Z.T @ Z, hermitian=True)
    b = gram @ (Z.T @ y)
    residual = y - Z @ b
    free = max(len(Z) - 1 - len(b), 1)
    errors = np.sqrt(residual @ residual / free * np.diag(gram))
    return around(b, errors, float(stdtrit(free, (1 + level) / 2)))


@final
@dataclass(frozen=True, eq=False)
class _Left:
    """What the other chosen terms leave: z of a chosen column, r of y.

    Attributes:
        directions: orthonormal, of those other terms, shape `(N, k)`.
        z, r: shape `(N,)`.
    """

    directions: Columns
    z: Values
    r: Values

    @classmethod
    def by_others(cls, Z: Columns, y: Values, j: int) -> Self:
        """What all but column j of Z leave of it and of y."""
        left, lengths, _ = np.linalg.svd(np.delete(Z, j, axis=1), full_matrices=False)
        directions = left[:, lengths**2 > INDEPENDENT * np.max(lengths**2, initial=0.0)]
        z, r = (v - directions @ (directions.T @ v) for v in (Z[:, j], y))
        return cls(directions, z, r)

    def beside(
        self, rivals: Columns, own: tuple[float, float], level: float, chance: float
    ) -> tuple[float, float]:
        """The hull of the intervals of z's coefficient beside each of the rivals that are like z.

        A rival that is nearly z has an interval without end; of it counts what one of the two is worth
        alone, from 0 to the end of z's own interval.
        """
        c = rivals - self.directions @ (self.directions.T @ rivals)
        energies = np.einsum("nk,nk->k", c, c)
        c = c[:, energies > INDEPENDENT * np.einsum("nk,nk->k", rivals, rivals)]
        zz, cc, zc = self.z @ self.z, np.einsum("nk,nk->k", c, c), self.z @ c
        squared = zc**2 / np.maximum(zz * cc, 1e-300)
        like = squared > chance**2
        c, cc, zc, squared = c[:, like], cc[like], zc[like], np.minimum(squared[like], 1.0)
        zr, cr = self.z @ self.r, self.r @ c
        is_z = squared > 1 - INDEPENDENT
        determinant = zz * cc * np.where(is_z, 1.0, 1 - squared)
        b, of_c = (cc * zr - zc * cr) / determinant, (zz * cr - zc * zr) / determinant
        rss = np.maximum(self.r @ self.r - b * zr - of_c * cr, 0.0)
        free = max(len(self.z) - self.directions.shape[1] - 3, 1)
        found = around(b, np.sqrt(rss / free * cc / determinant), stdtrit(free, (1 + level) / 2))
        low = np.maximum(np.where(is_z, -np.inf, found.low), min(own[0], 0.0))
        high = np.minimum(np.where(is_z, np.inf, found.high), max(own[1], 0.0))
        return float(np.append(low, own[0]).min()), float(np.append(high, own[1]).max())


def _listed(
    sample: Sample, lefts: list[_Left], degree: int
) -> tuple[list[tuple[Group, ...]], list[tuple[Group, ...]]]:
    """For each chosen column, the groups most like it, and those most like what it explains of y."""
    rows = np.array([left.z for left in lefts] + [left.r for left in lefts])
    scans = sample.scanner(np.ones(degree))(rows - rows.mean(axis=1, keepdims=True), keep=LISTED)
    groups = [scan.groups for scan in scans]
    return groups[: len(lefts)], groups[len(lefts) :]


def _choices_without_each(
    sample: Sample, chosen: tuple[Group, ...], offered: list[Group], degree: int
) -> list[tuple[Group, ...]]:
    """What is chosen when one of some groups is forbidden, where no better choice is known with it.

    The choice is that of `Pursuit`, from its shortlist, the chosen groups and those that are offered.
    """
    shortlist = extended(shortlist_of(sample, degree), sample, [*chosen, *offered])
    design, y, costs = shortlist.design, sample.centred, costs_of(sample, shortlist, degree)
    kept = shortlist.places(chosen)
    criteria = [criterion(design, y, costs, kept)]
    choices = []
    for place in kept:
        forbidding = costs.copy()
        forbidding[place] = np.inf
        choice = select(design, y, forbidding, [p for p in kept if p != place])
        choices.append(choice)
        criteria += [criterion(design, y, costs, sorted({*choice, place}))]
        criteria += [criterion(design, y, costs, choice)]
    told_apart = TOLD_APART_IN_FAULTY_SAMPLES if faults_of(sample) else TOLD_APART
    best = min(criteria)
    is_left = [value <= best + told_apart for value in criteria[2::2]]
    return [shortlist.groups(c) for c, found in zip(choices, is_left, strict=True) if found]


def _fitted_to_others(
    sample: Sample, chosen: tuple[Group, ...], groups: tuple[Group, ...], level: float
) -> Bounds:
    """The intervals of the chosen terms in a fit of other groups; 0 for those that are not among them."""
    found = student(centred(sample, groups), sample.centred, level)
    sizes = [len(sample.basis.atoms.terms_of(group)) for group in groups]
    places = dict(zip(groups, np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1]), strict=True))
    low, high = [np.zeros(0)], [np.zeros(0)]
    for group in chosen:
        place = places.get(group)
        absent = np.zeros(len(sample.basis.atoms.terms_of(group)))
        low.append(absent if place is None else found.low[place])
        high.append(absent if place is None else found.high[place])
    return Bounds(np.concatenate(low), np.concatenate(high))
