"""Intervals of least squares on the chosen terms, and on the choices that the sample hardly tells from them.

Notation
    Z    (N, m)  centred values of the chosen terms
    y    (N,)    centred values

Where columns are uniform and independent all terms are uncorrelated, and no other choice is nearly as good.
Where they are not, or the samples just suffice, a chosen term may stand in for another one, or for a sum of
others, and Student's interval about it is a narrow one about the wrong number.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.special import stdtrit

from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.recovery.intervals import Bounds, ConfidenceIntervals, around, centred
from overtone.spectrum.recovery.pursuit import costs_of
from overtone.spectrum.recovery.rule import Selection
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.recovery.selection import criterion, select
from overtone.spectrum.recovery.shortlist import extended, shortlist_of

# A choice is told from a better one if its criterion is larger by this: the odds are exp(-x / 2).
TOLD_APART: Final = 10.0


@final
@dataclass(frozen=True)
class RivalChoices(ConfidenceIntervals):
    """The hull of Student's intervals over the given choice and the rivals that are nearly as good.

    The rivals are what `Pursuit` chooses when one of the terms is forbidden. A choice without a term says 0
    for it.

    Attributes:
        degree: the most parameters in a rival's term.
    """

    degree: int

    def bounds(
        self, sample: Sample, choice: Selection, *, level: float, rng: np.random.Generator
    ) -> Bounds:
        """The hull of the intervals of all these choices."""
        del rng
        rivals = _rivals(sample, choice.groups, self.degree) if choice.groups else []
        found = [
            _said_of(choice.groups, sample, groups, level) for groups in (choice.groups, *rivals)
        ]
        return Bounds(
            np.min([b.low for b in found], axis=0), np.max([b.high for b in found], axis=0)
        )


def student(Z: Columns, y: Values, level: float) -> Bounds:
    """Student's intervals of least squares on some centred columns."""
    inverse = np.linalg.pinv(Z.T @ Z, hermitian=True)
    b = inverse @ (Z.T @ y)
    residual = y - Z @ b
    free = max(len(Z) - 1 - len(b), 1)
    errors = np.sqrt(residual @ residual / free * np.diag(inverse))
    return around(b, errors, float(stdtrit(free, (1 + level) / 2)))


def _rivals(sample: Sample, chosen: tuple[Group, ...], degree: int) -> list[tuple[Group, ...]]:
    """What is chosen without each of some groups, where it is as good as all that is known with it."""
    shortlist = extended(shortlist_of(sample, degree), sample, chosen)
    design, y, costs = shortlist.design, sample.centred, costs_of(sample, shortlist, degree)
    kept = shortlist.places(chosen)
    without = []
    for place in kept:
        allowed = costs.copy()
        allowed[place] = np.inf
        without.append(select(design, y, allowed, [p for p in kept if p != place]))
    # The given choice may lack terms, as one of given sparsity does: a rival that has them is no better for
    # what it forbids.
    completed = [sorted([*rival, place]) for rival, place in zip(without, kept, strict=True)]
    best = min(criterion(design, y, costs, c) for c in (kept, *without, *completed))
    return [
        shortlist.groups(rival)
        for rival in without
        if criterion(design, y, costs, rival) <= best + TOLD_APART
    ]


def _said_of(
    asked: tuple[Group, ...], sample: Sample, fitted: tuple[Group, ...], level: float
) -> Bounds:
    """The intervals of the terms of some groups in a fit of others; 0 for those that are not in it."""
    found = student(centred(sample, fitted), sample.centred, level)
    sizes = {group: len(sample.basis.atoms.terms_of(group)) for group in {*asked, *fitted}}
    ends = dict(zip(fitted, np.cumsum([sizes[group] for group in fitted]).tolist(), strict=True))
    low, high = [np.zeros(0)], [np.zeros(0)]
    for group in asked:
        size, end = sizes[group], ends.get(group)
        low.append(np.zeros(size) if end is None else found.low[end - size : end])
        high.append(np.zeros(size) if end is None else found.high[end - size : end])
    return Bounds(np.concatenate(low), np.concatenate(high))
