"""A scan that remembers what it listed."""

from dataclasses import dataclass, field
from typing import final

import numpy as np

from overtone.spectrum.basis import Values
from overtone.spectrum.scan.scanner import GroupRows, Scan, Scanner


@final
@dataclass(frozen=True, eq=False)
class ListingScanner(Scanner):
    """Scans as another scanner does, and remembers the groups in the order in which they were listed.

    Attributes:
        scanner: that scans.
    """

    scanner: Scanner
    _lists: list[GroupRows] = field(default_factory=list)

    def __call__(self, residuals: Values, *, keep: int) -> list[Scan]:
        """The `keep` strongest groups for each residual."""
        scans = self.scanner(residuals, keep=keep)
        self._lists.extend(scan.atoms for scan in scans)
        return scans

    def largest(self, residuals: Values) -> Values:
        """The strength of the strongest group for each residual, shape `(R,)`."""
        return self.scanner.largest(residuals)

    def listed(self) -> GroupRows:
        """The groups that were listed, each where it came first."""
        rows = np.concatenate(self._lists)
        # Rows as single items: much faster to compare than rows.
        names = np.ascontiguousarray(rows).view(f"V{rows.itemsize * rows.shape[1]}").ravel()
        first = np.unique(names, return_index=True)[1]
        return rows[np.sort(first)]


def listing_of(scanner: Scanner) -> ListingScanner:
    """A scanner that scans as this one does, and has listed nothing yet."""
    return ListingScanner(scanner.atoms, scanner.columns, scanner.weights, scanner)
