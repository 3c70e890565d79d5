"""Rules that follow the Lasso: at a given penalty, at a cross-validated one, and with adapted weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.errors import RecoveryError
from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.lasso.group import GroupedColumns, group_lasso
from overtone.spectrum.lasso.working_set import WorkingSet
from overtone.spectrum.recovery.pursuit import refitted, strongest
from overtone.spectrum.recovery.rule import (
    Auto,
    RecoverySettings,
    Rule,
    Selection,
    Shrunk,
    is_penalty,
)
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.recovery.selection import criterion
from overtone.spectrum.recovery.shortlist import Shortlist, shortlist_of, shrunk_at, shrunk_of
from overtone.spectrum.recovery.validation import Rows, cross_validate, errors_at, standard_error

FOLDS: Final = 5
# A curve goes from the largest penalty down to this share of it; on a grid of so many penalties for groups.
PENALTIES: Final = 15
RATIO: Final = 0.05
# Penalties of the second Lasso of `AdaptiveLasso`, down to this share of the largest.
STEPS: Final = 30
LAST: Final = 1e-3


@final
@dataclass(frozen=True)
class FixedPenalty(Rule):
    """The paper's rule: the Lasso at one penalty, its largest coefficients, no refit.

    Attributes:
        penalty: in units of y; the paper's lambda is 2 N penalty. The only rule that depends on those units.

    Raises:
        RecoveryError: if the penalty is not a number above 0.
    """

    penalty: float

    def __post_init__(self) -> None:
        if not is_penalty(self.penalty):
            raise RecoveryError(f"penalty is {self.penalty!r}, but a number above 0 is expected.")

    @property
    def given_penalty(self) -> float:
        """The penalty."""
        return self.penalty

    def choose(self, sample: Sample, settings: RecoverySettings) -> Selection:
        """The `sparsity` largest coefficients of the Lasso."""
        scanner = sample.scanner(np.ones(settings.highest_degree(sample)))
        penalty = float(np.ldexp(self.penalty, -sample.exponent))
        fit = WorkingSet(scanner, sample.centred).fit(penalty)
        return _largest(shrunk_of(fit, sample), sample, settings.sparsity, validated=np.nan)


@final
@dataclass(frozen=True)
class CrossValidatedLasso(Rule):
    """The Lasso at the degree and penalty of least error on held-out fifths, no refit.

    Nothing is kept if the mean does as well within one standard error of either.
    """

    def choose(self, sample: Sample, settings: RecoverySettings) -> Selection:
        """The largest coefficients of the Lasso that predicts best."""
        highest = settings.highest_degree(sample)
        folds = np.arange(len(sample.y)) % FOLDS
        if len(sample.y) < 2 * FOLDS:
            nothing = shortlist_of(sample, highest).shrunk
            return Selection((), (), float(sample.y.mean()), nothing, validated=0.0)
        lowest = 1 if settings.degree == "auto" else highest
        curves = [_curve(sample, degree, folds) for degree in range(lowest, highest + 1)]
        best = min(curves, key=lambda curve: curve.least)
        place = int(np.argmin(best.errors.mean(axis=0)))
        shrunk = best.at(float(best.penalties[place]))
        of_mean = best.errors[:, 0]
        doubt = max(standard_error(of_mean), standard_error(best.errors[:, place]))
        if of_mean.mean() <= best.least + doubt:
            return Selection((), (), float(sample.y.mean()), shrunk, validated=0.0)
        validated = 1.0 - best.least / float(of_mean.mean())
        return _largest(shrunk, sample, settings.sparsity, validated=validated)


@final
@dataclass(frozen=True)
class AdaptiveLasso(Rule):
    """A second Lasso that spares what the first found large, the extended BIC, and least squares.

    The first is the pivotal Lasso; a group's weight in the second is the inverse of its coefficient there
    (Zou 2006). Of the second's supports at all penalties that of least extended BIC is kept,

        N log(RSS / N) + q log N + 2 log C(p, k)

    with k groups of q terms among p (Chen and Chen 2008).
    """

    def choose(self, sample: Sample, settings: RecoverySettings) -> Selection:
        """The support of least extended BIC."""
        shortlist = shortlist_of(sample, settings.highest_degree(sample))
        first = sorted(strongest(shortlist, len(sample.y)))
        total = float(sample.counts(settings.highest_degree(sample)).sum())
        sizes = np.diff(shortlist.design.starts)
        costs = sizes * np.log(len(sample.y))
        best: list[int] = []
        least = np.inf
        for kept in _supports(shortlist, first, sample.centred):
            named = np.log(total - np.arange(len(kept))) - np.log1p(np.arange(len(kept)))
            reached = criterion(shortlist.design, sample.centred, costs, kept) + 2 * named.sum()
            if reached < least:
                best, least = kept, reached
        return refitted(sample, shortlist, best, costs + 2 * np.log(total), settings.sparsity)


def _largest(
    shrunk: Shrunk, sample: Sample, sparsity: int | Auto, *, validated: float
) -> Selection:
    """The groups of a Lasso with the largest coefficients, at most `sparsity`, as they are."""
    norms = np.array([np.linalg.norm(c) for c in shrunk.coefficients])
    order = np.argsort(-norms, kind="stable")
    kept = sorted(order.tolist() if sparsity == "auto" else order[:sparsity].tolist())
    groups = tuple(shrunk.groups[g] for g in kept)
    coefficients = tuple(shrunk.coefficients[g] for g in kept)
    flat = np.concatenate([np.zeros(0), *coefficients])
    constant = float(sample.y.mean() - sample.columns_of(groups).mean(axis=0) @ flat)
    return Selection(groups, coefficients, constant, shrunk, validated=validated)


@dataclass(frozen=True, eq=False)
class _Curve:
    """The Lasso of one degree, and how its penalties do on held-out samples.

    Attributes:
        penalties: descending; at the first all coefficients are 0, shape `(K,)`.
        errors: mean squared errors of each fold, shape `(J, K)`.
        at: the solution at a penalty.
    """

    penalties: Values
    errors: Columns
    at: Callable[[float], Shrunk]

    @property
    def least(self) -> float:
        """The least mean error."""
        return float(self.errors.mean(axis=0).min())


def _curve(sample: Sample, degree: int, folds: Rows) -> _Curve:
    """At all knots of the path; on a grid where groups have several terms, which has no path."""
    weights = np.ones(degree)
    whole = sample.scanner(weights)
    if sample.is_single:
        validation = cross_validate(
            lambda rows: sample.part(rows).scanner(weights), sample.y, folds, ratio=RATIO
        )
        path = validation.path
        return _Curve(path.penalties, validation.by_penalty, lambda p: shrunk_at(path, p))
    fits = WorkingSet(whole, sample.centred)
    penalties = np.geomspace(1.0, RATIO, PENALTIES) * fits.largest_penalty
    errors = [
        errors_at(sample.part(folds != fold), sample.part(folds == fold), weights, penalties)
        for fold in range(FOLDS)
    ]
    return _Curve(penalties, np.array(errors), lambda p: shrunk_of(fits.fit(p), sample))


def _supports(shortlist: Shortlist, first: list[int], y: Values) -> list[list[int]]:
    """The supports of the adaptive Lasso at its penalties, each once, none first."""
    found: dict[tuple[int, ...], None] = {(): None}
    if not first:
        return [[]]
    part = shortlist.design.select(np.array(first, dtype=np.int64))
    shrunk = zip(shortlist.shrunk.groups, shortlist.shrunk.coefficients, strict=True)
    sizes = {group: float(np.linalg.norm(c)) for group, c in shrunk}
    weights = np.array([1.0 / sizes[group] for group in shortlist.groups(first)])
    design = GroupedColumns(np.asfortranarray(part.columns), part.starts, weights)
    largest = float((design.norms(design.columns.T @ y) / weights).max()) / len(y)
    warm = np.zeros(len(part.starts) and int(part.starts[-1]))
    for penalty in largest * np.geomspace(1.0, LAST, STEPS)[1:]:
        warm = group_lasso(design, y, penalty=float(penalty), warm=warm)
        found[tuple(np.array(first)[design.norms(warm) > 0].tolist())] = None
    return [list(support) for support in found]
