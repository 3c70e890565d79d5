"""Orthonormal functions of one parameter, and the terms that are products of them.

Notation
    L            levels of a parameter; its probabilities sum to 1
    phi_a        functions of one parameter, a = 1 .. L-1, with E[phi_a] = 0 and E[phi_a phi_b] = 1[a = b]
    term         sorted ((parameter, a), ...), one entry a parameter; () is the constant
    atom         what is chosen as one: a single function of an ordered parameter, or all contrasts of an
                 unordered one, since any rotation of contrasts is as good
    F    (N, M)  every function of every parameter at N points; columns of one atom stand together

An inactive parameter has level -1, and all its functions are 0 there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.space import INACTIVE, Categorical, Levels, Parameter, Partition

Term: TypeAlias = tuple[tuple[int, int], ...]
Group: TypeAlias = tuple[int, ...]  # sorted atoms of different parameters
Values: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = NDArray[np.float64]  # (N, M) or (N, m)

CONSTANT: Final[Term] = ()

# Orders above this are steeper than a few hundred samples can resolve, and each multiplies the terms.
HIGHEST_ORDER: Final = 3


def contrasts(k: int) -> Values:
    """The k - 1 Helmert contrasts of k equally likely levels, shape `(k, k - 1)`.

    Orthonormal under the uniform measure. Two levels give the parity -1, +1.
    """
    table = np.zeros((k, max(k - 1, 0)))
    for a in range(1, k):
        table[:a, a - 1] = -1.0
        table[a, a - 1] = a
        table[:, a - 1] *= np.sqrt(k / (a * (a + 1)))
    return table


def orthonormal_polynomials(probabilities: Values) -> Values:
    """The polynomials of degree 1 .. k-1 on k ordered levels, shape `(k, k - 1)`.

    Orthonormal under `probabilities`; for equal ones they are the discrete Chebyshev (Gram) polynomials.
    Built by the three-term recurrence with a second pass of Gram-Schmidt, which keeps the orthogonality
    at rounding level where the recurrence alone loses it beyond about 20 levels.
    """
    k = len(probabilities)
    position = np.linspace(-1.0, 1.0, k) if k > 1 else np.zeros(1)
    columns = [np.ones(k)]
    for _ in range(k - 1):
        column = position * columns[-1]
        for _ in range(2):
            for earlier in columns:
                column = column - (probabilities * column) @ earlier * earlier
        columns.append(column / np.sqrt((probabilities * column) @ column))
    return np.array(columns[1:]).T.reshape(k, k - 1)


@final
@dataclass(frozen=True, eq=False)
class Family:
    """The functions of one parameter.

    Attributes:
        name: the parameter's.
        table: the functions' values on the levels, shape `(L, functions)`.
        is_grouped: whether the functions are contrasts that are chosen together.
        labels: the levels in words.
    """

    name: str
    table: Values
    is_grouped: bool
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        owned = np.array(self.table, dtype=np.float64)
        owned.flags.writeable = False
        object.__setattr__(self, "table", owned)

    @property
    def levels(self) -> int:
        """The number of levels."""
        return len(self.table)


def family_of(parameter: Parameter, partition: Partition, labels: Sequence[str]) -> Family:
    """The functions that a parameter gets on the levels of a partition of its range."""
    k = len(partition.cells)
    unordered = isinstance(parameter, Categorical)
    table = contrasts(k) if unordered else orthonormal_polynomials(partition.probabilities)
    kept = table if unordered else table[:, :HIGHEST_ORDER]
    return Family(parameter.name, kept, unordered and k > 2, tuple(labels))


@final
@dataclass(frozen=True, eq=False)
class Atoms:
    """Which columns of F are whose, and which are chosen as one.

    Attributes:
        functions: the number of functions of each parameter, shape `(n,)`.
        is_grouped: whether those of a parameter are chosen together, shape `(n,)`.
    """

    functions: NDArray[np.int64]
    is_grouped: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """The parameter of each column of F, shape `(M,)`."""
        return np.repeat(np.arange(len(self.functions)), self.functions)

    @cached_property
    def orders(self) -> NDArray[np.int64]:
        """The order, from 1, of each column of F within its parameter, shape `(M,)`."""
        return np.concatenate(
            [np.zeros(0, np.int64), *(np.arange(count) + 1 for count in self.functions)]
        )

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first column of each atom."""
        return np.flatnonzero(~self.is_grouped[self.owners] | (self.orders == 1))

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        """The number of columns of each atom."""
        return np.diff(np.append(self.starts, len(self.owners)))

    @cached_property
    def parameters(self) -> NDArray[np.int64]:
        """The parameter of each atom."""
        return self.owners[self.starts]

    def terms_of(self, group: Group) -> list[Term]:
        """The terms of a group: one function from each of its atoms, the last atom varying fastest."""
        terms: list[Term] = [CONSTANT]
        for atom in group:
            first = self.starts[atom]
            functions = [
                (int(self.owners[c]), int(self.orders[c]))
                for c in range(first, first + self.widths[atom])
            ]
            terms = [(*term, function) for term in terms for function in functions]
        return terms

    def group_columns(self, columns: Columns, group: Group) -> Columns:
        """The values of a group's terms, shape `(N, terms)`, in the order of `terms_of`."""
        product = np.ones((len(columns), 1))
        for atom in group:
            first = self.starts[atom]
            factor = columns[:, first : first + self.widths[atom]]
            product = (product[:, :, None] * factor[:, None, :]).reshape(len(columns), -1)
        return product

    def count_groups(self, degree: int) -> tuple[int, ...]:
        """The number of groups of exactly 1, 2, ..., `degree` parameters."""
        counts = np.bincount(self.parameters, minlength=len(self.functions))
        if (counts == 1).all():
            return tuple(math.comb(len(counts), k) for k in range(1, degree + 1))
        # Elementary symmetric polynomials of the numbers of atoms that the parameters have.
        symmetric = [1] + [0] * degree
        for count in counts:
            for k in range(degree, 0, -1):
                symmetric[k] += symmetric[k - 1] * int(count)
        return tuple(symmetric[1:])


@final
@dataclass(frozen=True, eq=False)
class Basis:
    """All products of functions of different parameters."""

    families: tuple[Family, ...]

    def __len__(self) -> int:
        return len(self.families)

    @cached_property
    def atoms(self) -> Atoms:
        """Which columns of F are whose."""
        return Atoms(
            np.array([f.table.shape[1] for f in self.families], dtype=np.int64),
            np.array([f.is_grouped for f in self.families], dtype=bool),
        )

    @cached_property
    def _tables(self) -> tuple[tuple[Values, NDArray[np.int64]], ...]:
        """Each table of function values, and the parameters that have it."""
        owners: dict[tuple[tuple[int, ...], bytes], list[int]] = {}
        for i, family in enumerate(self.families):
            owners.setdefault((family.table.shape, family.table.tobytes()), []).append(i)
        return tuple((self.families[own[0]].table, np.array(own)) for own in owners.values())

    def columns(self, levels: Levels) -> Columns:
        """Every function at every point: F of shape `(N, M)`, 0 where a parameter is inactive."""
        rows = np.empty((len(self.atoms.owners), len(levels)))
        for table, parameters in self._tables:
            own = levels[:, parameters].T
            for order, values in enumerate(table.T):
                at = np.searchsorted(self.atoms.owners, parameters) + order
                rows[at] = np.where(own == INACTIVE, 0.0, values[own])
        return rows.T

    def design(self, levels: Levels, terms: Sequence[Term]) -> Columns:
        """The values of listed terms, shape `(N, m)`; the constant is 1."""
        columns = self.columns(levels)
        offset = np.searchsorted(self.atoms.owners, np.arange(len(self)))
        design = np.ones((len(levels), len(terms)))
        for k, term in enumerate(terms):
            for parameter, order in term:
                design[:, k] *= columns[:, offset[parameter] + order - 1]
        return design


def binary_basis(n: int) -> Basis:
    """The parities of n two-valued parameters x0, x1, ..., with levels 0 for -1 and 1 for +1."""
    table = contrasts(2)
    return Basis(tuple(Family(f"x{i}", table, False, ("-1", "+1")) for i in range(n)))
