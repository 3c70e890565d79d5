"""The correlation of every group of terms up to a degree with a residual, without the design matrix.

Notation
    F    (N, M)  functions of one parameter at N points; atoms are runs of its columns
    r    (R, N)  residuals, each with sum 0, so that centring the terms would change nothing
    group        atoms of different parameters; its terms are all products of one column from each
    strength     |Z_g' r|_2 / (weight sqrt(q)) of a group g with q terms, where Z_g (N, q) holds their values

A group enters a group Lasso with the penalties `penalty * weight * sqrt(q)` when its strength exceeds
`N * penalty`; with one term and weight 1 it is the plain Lasso.

Groups of degree k are a prefix of k - 2 atoms times a pair, and all pairs behind one prefix are one
matrix product. Nothing is kept but the best: memory is O(N M + R M^2 / tiles), whatever the number of terms.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Columns, Group, Values
from overtone.spectrum.scan.scanner import GroupRows, Scan, Scanner

# Cells of the product of one tile with all later columns: 32 MB of float64.
TILE_CELLS: Final = 4_000_000


@final
@dataclass(frozen=True, eq=False)
class BlockedScanner(Scanner):
    """Scans by matrix products of blocks of columns: any functions, on any processor."""

    def __call__(self, residuals: Values, *, keep: int) -> list[Scan]:
        """The `keep` strongest groups for each residual."""
        best = [_Strongest(keep) for _ in residuals]
        for strengths, groups in self._blocks(residuals):
            for kept, row in zip(best, strengths, strict=True):
                kept.offer(row, groups)
        return [kept.scan() for kept in best]

    def largest(self, residuals: Values) -> Values:
        """The strength of the strongest group for each residual, shape `(R,)`."""
        largest = np.zeros(len(residuals))
        for strengths, _ in self._blocks(residuals):
            if strengths.size:
                np.maximum(largest, strengths.max(axis=1), out=largest)
        return largest

    def _blocks(self, residuals: Values) -> Iterator[tuple[Values, GroupRows]]:
        """Strengths `(R, K)` and atoms `(K, degree)`, padded with -1, of every group once."""
        atoms = len(self.atoms.starts)
        if not atoms:
            return
        singles = np.full((atoms, self.degree), -1)
        singles[:, 0] = np.arange(atoms)
        squares = (residuals @ self.columns) ** 2
        energy = np.add.reduceat(squares, self.atoms.starts, axis=1)
        yield np.sqrt(energy / self.atoms.widths) / self.weights[0], singles
        if self.degree > 1:
            yield from self._pairs_behind((), residuals[None], 0)

    def _pairs_behind(
        self, prefix: Group, products: Values, first: int
    ) -> Iterator[tuple[Values, GroupRows]]:
        """All groups of a prefix and at least two atoms from `first` on.

        Args:
            prefix: atoms.
            products: the prefix's terms times the residuals, shape `(terms, R, N)`.
            first: no earlier atom is used.
        """
        for start, stop in self._tiles(first, products.shape[1]):
            energy = self._energy(products, start, stop)
            yield self._upper(prefix, energy, start)
        if len(prefix) + 2 == self.degree:
            return
        owners = self.atoms.parameters
        for atom in range(first, len(owners)):
            behind = int(np.searchsorted(owners, owners[atom], side="right"))
            if behind < len(owners):
                factor = self._atom_columns(atom, atom + 1).T
                longer = (products[:, None] * factor[:, None, :]).reshape(-1, *products.shape[1:])
                yield from self._pairs_behind((*prefix, atom), longer, behind)

    def _tiles(self, first: int, residuals: int) -> Iterator[tuple[int, int]]:
        """Runs of atoms whose products with all later columns fit into a tile."""
        starts, atoms = self.atoms.starts, len(self.atoms.starts)
        while first < atoms - 1:
            behind = self.columns.shape[1] - starts[first]
            rows = max(TILE_CELLS // (behind * residuals), 1)
            stop = int(np.searchsorted(starts, starts[first] + rows, side="right")) - 1
            stop = min(max(stop, first + 1), atoms)
            yield first, stop
            first = stop

    def _atom_columns(self, start: int, stop: int) -> Columns:
        starts = self.atoms.starts
        end = starts[stop] if stop < len(starts) else self.columns.shape[1]
        return self.columns[:, starts[start] : end]

    def _energy(self, products: Values, start: int, stop: int) -> Values:
        """|Z_g' r|^2 of the groups prefix + a + b, a in the tile, b from it on; shape `(R, a, b)`."""
        left = self._atom_columns(start, stop).T
        right = self._atom_columns(start, len(self.atoms.starts))
        total = np.zeros((products.shape[1], len(left), right.shape[1]))
        for product in products:
            block = np.matmul(left[None] * product[:, None, :], right)
            total += np.square(block, out=block)
        offset = self.atoms.starts[start]
        if total.shape[1] > stop - start:
            total = np.add.reduceat(total, self.atoms.starts[start:stop] - offset, axis=1)
        if total.shape[2] > len(self.atoms.starts) - start:
            total = np.add.reduceat(total, self.atoms.starts[start:] - offset, axis=2)
        return total

    def _upper(self, prefix: Group, energy: Values, start: int) -> tuple[Values, GroupRows]:
        """The groups in which the second atom's parameter comes after the first's."""
        owners, widths = self.atoms.parameters[start:], self.atoms.widths[start:]
        a, b = np.nonzero(owners[: energy.shape[1], None] < owners[None])
        size = widths[a] * widths[b] * np.prod(self.atoms.widths[list(prefix)])
        strengths = np.sqrt(energy[:, a, b] / size) / self.weights[len(prefix) + 1]
        groups = np.full((len(a), self.degree), -1)
        groups[:, : len(prefix)] = prefix
        groups[:, len(prefix)] = a + start
        groups[:, len(prefix) + 1] = b + start
        return strengths, groups


class _Strongest:
    """The strongest groups offered so far, and a bound on all others."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._strengths: list[Values] = []
        self._groups: list[GroupRows] = []
        self._held = 0
        self._cutoff = 0.0

    def offer(self, strengths: Values, groups: GroupRows) -> None:
        above = np.flatnonzero(strengths > self._cutoff)
        self._strengths.append(strengths[above])
        self._groups.append(groups[above])
        self._held += len(above)
        if self._held > 4 * self._keep:
            self._shrink()

    def _shrink(self) -> None:
        strengths = np.concatenate(self._strengths)
        groups = np.concatenate(self._groups)
        if len(strengths) > self._keep:
            split = np.argpartition(-strengths, self._keep)
            self._cutoff = float(strengths[split[self._keep]])
            strengths, groups = strengths[split[: self._keep]], groups[split[: self._keep]]
        self._strengths, self._groups, self._held = [strengths], [groups], len(strengths)

    def scan(self) -> Scan:
        if not self._strengths:
            return Scan(np.zeros((0, 1), np.int64), np.zeros(0), 0.0)
        self._shrink()
        strengths, rows = self._strengths[0], self._groups[0]
        # Ties are listed by degree, then by place: the lowest-degree alias comes first.
        place = tuple(rows[:, k] for k in range(rows.shape[1] - 1, -1, -1))
        order = np.lexsort((*place, (rows >= 0).sum(axis=1), -strengths))
        return Scan(rows[order], strengths[order], self._cutoff)
