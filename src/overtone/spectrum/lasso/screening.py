"""What a few scans tell about every term: the listed ones exactly, a bound on all others.

Notation
    X    (W, N)  listed columns: one a term that some scan has listed, centred, divided by its weight
    q_i  (N,)    residual of scan i
    cutoff_i     no term outside the list of scan i has a strength above it for q_i
    reach        no term is longer than this after division by its weight

A term that is in no list has, for any residual r and any numbers a_i,

    strength(r) <= sum_i |a_i| cutoff_i + |r - sum_i a_i q_i| reach                                  (1)

by the triangle inequality and Cauchy-Schwarz.
"""

from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Atoms, Columns, Group, Values
from overtone.spectrum.lasso.homotopy import VECTORISED, dot
from overtone.spectrum.scan.scanner import GroupRows, Scan, Scanner, groups_of

# Groups that one scan lists: fewer need more scans, more slow the homotopy down.
LISTED: Final = 256
# Scans after this many list twice as many terms each, so that their number is bounded by a logarithm.
PATIENT: Final = 4
# A strength above a level by less than this share is rounding.
SLACK: Final = 1e-11
# A centred column with less than this share of its energy is constant.
CONSTANT_ENERGY: Final = 1e-20
# Sweeps over the a_i of (1); more gain little.
SWEEPS: Final = 25


class Screen:
    """The terms that scans have listed, and the residuals that were scanned."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._functions = np.ascontiguousarray(scanner.columns.T, dtype=np.float64)
        self._total = sum(scanner.atoms.count_groups(len(scanner.weights)))
        self._held: set[bytes] = set()
        self._room = np.empty((4 * LISTED, len(scanner.columns)))
        self._scanned: list[Values] = []
        self._cutoffs: list[float] = []
        self._keep = LISTED
        self.reach = _reach(scanner)
        self.atoms: GroupRows = np.zeros((0, len(scanner.weights)), np.int64)  # of the listed terms
        self.means = np.zeros(0)  # of the listed columns before centring

    def __len__(self) -> int:
        return len(self.atoms)

    @property
    def listed(self) -> Columns:
        """X."""
        return self._room[: len(self)]

    @property
    def scans(self) -> int:
        """The number of residuals scanned."""
        return len(self._scanned)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The listed terms."""
        return groups_of(self.atoms)

    def weights(self, rows: NDArray[np.int64]) -> Values:
        """The weights of listed terms in the penalty."""
        weights: Values = self._scanner.weights[(self.atoms[rows] >= 0).sum(axis=1) - 1]
        return weights

    def scan(self, residual: Values) -> Scan:
        """Scan a residual, and list what is new."""
        if self.scans >= PATIENT:
            self._keep *= 2
        scan = self._scanner(residual[None], keep=self._keep)[0]
        self._scanned.append(residual)
        self._cutoffs.append(scan.cutoff)
        self._add(scan.atoms)
        return scan

    def lengthen_lists(self) -> None:
        """List more from the next scan on: the last list was too short to bound the other terms."""
        self._keep *= 4

    def tighten(self, bounds: Values, residuals: Columns, levels: Values) -> None:
        """Lower those bounds on unlisted terms that are above their level, by (1).

        Args:
            bounds: on the strength for each residual, shape `(K,)`; changed in place.
            residuals: shape `(K, N)`.
            levels: shape `(K,)`.
        """
        if len(self) == self._total:
            bounds[:] = 0.0
        scanned, cutoffs = np.array(self._scanned), np.array(self._cutoffs)
        _bound(residuals, levels, scanned, cutoffs, self.reach, bounds)

    def _add(self, atoms: GroupRows) -> None:
        """List those of the groups that are not yet listed."""
        rows, width = atoms.tobytes(), atoms.itemsize * atoms.shape[1]
        names = [rows[at : at + width] for at in range(0, len(rows), width)]
        fresh = atoms[[name not in self._held for name in names]]
        if not len(fresh):
            return
        held, total = len(self), len(self) + len(fresh)
        if total > len(self._room):
            wider = np.empty((2 * total, self._room.shape[1]))
            wider[:held] = self.listed
            self._room = wider
        means = fill(self._functions, fresh, self._scanner.weights, self._room[held:total])
        self.means = np.concatenate([self.means, means])
        self.atoms = np.concatenate([self.atoms, fresh])
        self._held.update(names)


def _reach(scanner: Scanner) -> float:
    """The length of the longest term over its weight, or a bound on it; sqrt(N) for plain parities."""
    if not len(scanner.atoms.owners):
        return 0.0
    if np.abs(scanner.columns).max() <= 1.0:
        return float(np.sqrt(len(scanner.columns)) / scanner.weights.min())
    largest = np.maximum.reduceat(scanner.columns**2, _first_columns(scanner.atoms), axis=1)
    largest = -np.sort(-largest, axis=1)[:, : len(scanner.weights)]
    # The largest square of a product of k parameters is at most the product of the k largest ones.
    lengths = np.sqrt(np.cumprod(largest, axis=1).sum(axis=0))
    return float((lengths / scanner.weights[: len(lengths)]).max())


def _first_columns(atoms: Atoms) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(atoms.owners, prepend=-1))


@numba.njit(cache=True, fastmath=VECTORISED)
def fill(functions: Columns, atoms: NDArray[np.int64], weights: Values, columns: Columns) -> Values:
    """Fill rows with the products of functions, centred and divided by weights; their means before that."""
    n = functions.shape[1]
    means = np.empty(len(atoms))
    for j in range(len(atoms)):
        row, first = columns[j], functions[atoms[j, 0]]
        for i in range(n):
            row[i] = first[i]
        degree = 1
        while degree < atoms.shape[1] and atoms[j, degree] >= 0:
            factor = functions[atoms[j, degree]]
            for i in range(n):
                row[i] *= factor[i]
            degree += 1
        total, energy = 0.0, 0.0
        for i in range(n):
            total += row[i]
        means[j] = mean = total / n
        scale = 1.0 / weights[degree - 1]
        for i in range(n):
            centred = row[i] - mean
            energy += centred * centred
            row[i] = centred * scale
        if energy <= CONSTANT_ENERGY * n * mean**2:
            for i in range(n):
                row[i] = 0.0
    return means


@numba.njit(cache=True, fastmath=VECTORISED)
def _bound(
    residuals: Columns,
    levels: Values,
    scanned: Columns,
    cutoffs: Values,
    reach: float,
    bounds: Values,
) -> None:
    """Lower the bounds that are above their levels to the right side of (1), with good a_i."""
    gram = np.empty((len(scanned), len(scanned)))
    products, costs = np.empty(len(scanned)), cutoffs / reach
    for i in range(len(scanned)):
        for j in range(len(scanned)):
            gram[i, j] = dot(scanned[i], scanned[j])
    rest, a = np.empty(scanned.shape[1]), np.empty(len(scanned))
    for k in range(len(residuals)):
        if bounds[k] <= levels[k] * (1 + SLACK):
            continue
        for i in range(len(scanned)):
            products[i] = dot(scanned[i], residuals[k])
        _choose(gram, products, dot(residuals[k], residuals[k]), costs, levels[k] / reach, a)
        for j in range(len(rest)):
            rest[j] = residuals[k, j]
        bound = 0.0
        for i in range(len(scanned)):
            bound += abs(a[i]) * cutoffs[i]
            for j in range(len(rest)):
                rest[j] -= a[i] * scanned[i, j]
        bounds[k] = min(bounds[k], bound + reach * np.sqrt(dot(rest, rest)))


@numba.njit(cache=True, fastmath=VECTORISED)
def _choose(
    gram: Columns, slopes: Values, rest: float, costs: Values, enough: float, a: Values
) -> None:
    """Set a by coordinate descent on sum_i |a_i| costs_i + |r - sum_i a_i q_i|, a square-root Lasso.

    One coordinate: the best a_i has |a_i - t| = costs_i h / sqrt(|q_i|^2 (|q_i|^2 - costs_i^2)), nearer to 0
    than t, with t = q_i'(r without i) / |q_i|^2 and h the distance of that r from the line of q_i.
    Stops when the sum is below `enough`.

    Args:
        gram: q_i' q_j.
        slopes: q_i' r; overwritten by those of what a leaves of r.
        rest: |r|^2.
        costs: cutoff_i / reach.
        enough: level / reach.
        a: overwritten.
    """
    # The most parallel one comes first: it alone does for a residual that was scanned.
    first = 0
    for i in range(len(a)):
        a[i] = 0.0
        if slopes[i] ** 2 * gram[first, first] > slopes[first] ** 2 * gram[i, i]:
            first = i
    for _ in range(SWEEPS):
        reached = 0.0
        for step in range(len(a)):
            i = (first + step) % len(a)
            square = gram[i, i]
            if square <= costs[i] ** 2:
                continue
            t = a[i] + slopes[i] / square
            height = max(rest - slopes[i] ** 2 / square, 0.0)
            shrink = costs[i] * np.sqrt(height / (square * (square - costs[i] ** 2)))
            change = np.sign(t) * max(abs(t) - shrink, 0.0) - a[i]
            rest = max(rest - 2 * change * slopes[i] + change**2 * square, 0.0)
            for j in range(len(a)):
                slopes[j] -= change * gram[i, j]
            a[i] += change
            reached += abs(a[i]) * costs[i]
        if reached + np.sqrt(rest) < 0.999 * enough:
            break
