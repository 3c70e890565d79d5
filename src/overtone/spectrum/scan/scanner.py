"""What a scan is: the strongest groups of terms for residuals, whoever finds them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Atoms, Columns, Group, Values

# Groups as rows of atoms, with -1 behind the last.
GroupRows: TypeAlias = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False)
class Scan:
    """The strongest groups for one residual, strongest first.

    Attributes:
        atoms: of at most `keep` groups, shape `(K, degree)`.
        strengths: theirs, shape `(K,)`.
        cutoff: no group that is not listed is stronger than this.
    """

    atoms: GroupRows
    strengths: Values
    cutoff: float

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups as tuples."""
        return groups_of(self.atoms)


def groups_of(atoms: GroupRows) -> tuple[Group, ...]:
    """The groups behind rows of atoms."""
    sizes = (atoms >= 0).sum(axis=1).tolist()
    return tuple(tuple(row[:size]) for row, size in zip(atoms.tolist(), sizes, strict=True))


@dataclass(frozen=True, eq=False)
class Scanner(ABC):
    """Finds the strongest groups of a fixed sample for any residuals.

    Attributes:
        atoms: which columns of F are whose.
        columns: F, shape `(N, M)`.
        weights: the weight of a group of degree 1, 2, ..., shape `(degree,)`.
    """

    atoms: Atoms
    columns: Columns
    weights: Values

    @property
    def degree(self) -> int:
        """The largest number of parameters in a group."""
        return len(self.weights)

    @abstractmethod
    def __call__(self, residuals: Values, *, keep: int) -> list[Scan]:
        """The `keep` strongest groups for each residual.

        Args:
            residuals: shape `(R, N)`, each summing to 0.
            keep: at least 1.
        """

    @abstractmethod
    def largest(self, residuals: Values) -> Values:
        """The strength of the strongest group for each residual, shape `(R,)`."""
