"""A sample as a recovery sees it: the parameters that it can tell apart, and the way back to all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from overtone.space import Levels
from overtone.spectrum.basis import CONSTANT, Basis, Columns, Group, Term, Values
from overtone.spectrum.lasso.path import centred
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.recovery.aliases import Aliases, distinct_parameters
from overtone.spectrum.scan.fastest import scanner_for
from overtone.spectrum.scan.scanner import Scanner
from overtone.spectrum.units import exponent_of


@final
@dataclass(frozen=True, eq=False)
class Sample:
    """The distinct parameters of a sample, and the way back to all of them.

    Attributes:
        full: the functions of all parameters.
        aliases: which of them are distinct.
        basis: the functions of those.
        columns: F, their values at the points, shape `(N, M)`.
        y: values in units of 2^exponent, in which the largest is near 1, shape `(N,)`: nothing that is done
            with them depends on their own units.
        exponent: see `y`.
    """

    full: Basis
    aliases: Aliases
    basis: Basis
    columns: Columns
    y: Values
    exponent: int

    @cached_property
    def centred(self) -> Values:
        """The values less their mean; 0 where all are equal."""
        return centred(self.y)

    @property
    def is_single(self) -> bool:
        """Whether each group has one term."""
        return bool((self.basis.atoms.widths == 1).all())

    def part(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Sample":
        """Some of the samples, with the same distinct parameters."""
        return replace(self, columns=self.columns[rows], y=self.y[rows])

    def counts(self, degree: int) -> Values:
        """p_k for k = 1 .. degree, at least 1."""
        return np.maximum(np.array(self.basis.atoms.count_groups(degree), dtype=np.float64), 1.0)

    def scanner(self, weights: Values) -> Scanner:
        """A scan of the sample, groups of degree 1, 2, ... weighted by `weights`."""
        return scanner_for(self.basis.atoms, self.columns, weights)

    def columns_of(self, groups: Sequence[Group]) -> Columns:
        """The values of the terms of some groups, shape `(N, terms)`."""
        blocks = [self.basis.atoms.group_columns(self.columns, group) for group in groups]
        return np.concatenate([np.zeros((len(self.y), 0)), *blocks], axis=1)

    def in_own_units(self, values: Values | float) -> Values:
        """Values in the units that the sample was given in."""
        return np.asarray(np.ldexp(values, self.exponent))

    def original(self, term: Term) -> Term:
        """A term with the parameters' numbers in the full basis."""
        return tuple((self.aliases.kept[i], order) for i, order in term)

    def polynomial(
        self, groups: Sequence[Group], coefficients: Sequence[Values], constant: float
    ) -> SparsePolynomial:
        """The polynomial of some groups with the coefficients of their terms, over all parameters.

        The coefficients and the constant are in units of `y`, those of the polynomial in the sample's own.
        """
        terms = [
            self.original(term) for group in groups for term in self.basis.atoms.terms_of(group)
        ]
        values = np.concatenate([[constant], *coefficients])
        return SparsePolynomial(self.full, (CONSTANT, *terms), self.in_own_units(values))


def sample_of(basis: Basis, levels: Levels, y: Values) -> Sample:
    """The sample of values `(N,)` at points given by their levels `(N, n)`."""
    aliases = distinct_parameters(basis, levels)
    kept = list(aliases.kept)
    distinct = Basis(tuple(basis.families[i] for i in kept))
    exponent = exponent_of(y)
    columns = distinct.columns(levels[:, kept])
    return Sample(basis, aliases, distinct, columns, np.ldexp(y, -exponent), exponent)
