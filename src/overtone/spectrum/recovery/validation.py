"""Held-out errors of exact Lasso paths, by penalty.

Notation
    N, J, K      samples, folds, knots of the path on all samples
    errors       mean squared errors on the samples that a fold holds out, one row a fold
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.errors import RecoveryError
from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.lasso.group import MOST_ACTIVE
from overtone.spectrum.lasso.path import LassoPath, proved_path
from overtone.spectrum.lasso.working_set import WorkingSet
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.scan.scanner import Scanner

Rows: TypeAlias = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False)
class Validation:
    """A path and how its penalties do on samples that were held out.

    Attributes:
        path: on all samples.
        by_penalty: errors at the penalties of the path's knots, shape `(J, K)`.
        scans: of all paths together.
    """

    path: LassoPath
    by_penalty: Columns
    scans: int


def standard_error(errors: Values) -> float:
    """Of the mean of one error a fold."""
    return float(errors.std(ddof=1) / np.sqrt(len(errors)))


def cross_validate(
    scanner_of: Callable[[Rows], Scanner],
    y: Values,
    folds: Rows,
    *,
    ratio: float = 0.1,
    most_terms: int = 40,
) -> Validation:
    """Exact paths without each fold, held against the fold.

    Args:
        scanner_of: gives a scanner of some of the samples, all with one basis.
        y: shape `(N,)`.
        folds: the fold of each sample, 0 .. J - 1, shape `(N,)`.
        ratio: as for `proved_path`.
        most_terms: as for `proved_path`.

    Raises:
        RecoveryError: if there are fewer than two folds, or one of them is empty.
    """
    sizes = np.bincount(folds)
    if len(sizes) < 2 or sizes.min() == 0:
        raise RecoveryError(
            f"the folds have {sizes.tolist()} samples, but at least two folds are expected and none "
            "may be empty."
        )
    whole = scanner_of(np.arange(len(y)))
    path = proved_path(whole, y, ratio=ratio, most_terms=most_terms)
    by_penalty, scans = [], path.scans
    for fold in range(len(sizes)):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        part = proved_path(scanner_of(inside), y[inside], ratio=ratio, most_terms=most_terms)
        errors = _fits(part, whole, outside) - y[outside]
        penalties = np.maximum(path.penalties, part.penalties[-1])
        at_penalties = np.array([part.between(penalty, errors) for penalty in penalties])
        by_penalty.append((at_penalties**2).mean(axis=1))
        scans += part.scans
    return Validation(path, np.array(by_penalty), scans)


def errors_at(training: Sample, held_out: Sample, weights: Values, penalties: Values) -> Values:
    """The mean squared errors of group Lassos on samples that were held out, shape `(K,)`.

    Args:
        training, held_out: parts of one sample.
        weights: of groups of degree 1, 2, ...
        penalties: descending, shape `(K,)`. Once a fit has a quarter as many coefficients as samples, smaller
            penalties have its error.
    """
    fits = WorkingSet(training.scanner(weights), training.centred)
    mean = training.y.mean()
    errors: list[float] = []
    active = 0
    for penalty in penalties:
        if active <= MOST_ACTIVE * len(training.y):
            fit = fits.fit(float(penalty))
            active = int(np.count_nonzero(fit.flat))
            used = np.flatnonzero([np.any(c != 0) for c in fit.coefficients])
            groups = [fit.groups[g] for g in used]
            b = np.concatenate([np.zeros(0), *(fit.coefficients[g] for g in used)])
            constant = mean - training.columns_of(groups).mean(axis=0) @ b
            residual = held_out.y - constant - held_out.columns_of(groups) @ b
            error = float((residual**2).mean())
        errors.append(error)
    return np.array(errors)


def _fits(path: LassoPath, scanner: Scanner, rows: Rows) -> Columns:
    """What each knot of a path says of some of a scanner's samples, shape `(K, len(rows))`."""
    columns = scanner.columns[rows]
    blocks = [scanner.atoms.group_columns(columns, group) for group in path.groups]
    design = np.concatenate([np.zeros((len(rows), 0)), *blocks], axis=1)
    fits: Columns = path.constants[:, None] + path.coefficients @ design.T
    return fits
