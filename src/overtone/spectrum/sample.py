"""A sample as a recovery sees it: the parameters that it can tell apart, and the way back to all of them."""

from typing import Final

import numpy as np

from overtone.space import Levels
from overtone.spectrum.aliases import Aliases
from overtone.spectrum.basis import CONSTANT, Basis, Group, Term, Values
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.scanning import AnyScanner, scanner_for

# Values that differ by less than this share of the largest are equal.
ROUNDING: Final = 1e-13


class Sample:
    """The distinct parameters of a sample, and the way back to all of them."""

    def __init__(self, basis: Basis, levels: Levels, y: Values, aliases: Aliases) -> None:
        self.full = basis
        self.aliases = aliases
        kept = list(aliases.kept)
        self.basis = Basis(tuple(basis.families[i] for i in kept))
        self.levels = levels[:, kept]
        self.y = y
        centred = y - y.mean()
        # Equal values less their mean may leave rounding, which is no variation.
        varies = np.abs(centred).max() > ROUNDING * np.abs(y).max()
        self.centred: Values = centred if varies else np.zeros(len(y))

    def part(self, rows: Values) -> "Sample":
        """The sample without the other rows."""
        return Sample(self.full, self._full_levels()[rows], self.y[rows], self.aliases)

    def _full_levels(self) -> Levels:
        levels = np.zeros((len(self.y), len(self.full)), dtype=np.int64)
        levels[:, list(self.aliases.kept)] = self.levels
        return levels

    def counts(self, degree: int) -> Values:
        """p_k for k = 1 .. degree, at least 1."""
        return np.maximum(np.array(self.basis.count_groups(degree), dtype=np.float64), 1.0)

    def scanner(self, weights: Values) -> AnyScanner:
        """A scan of the sample, groups of degree 1, 2, ... weighted by `weights`."""
        return scanner_for(self.basis, self.basis.columns(self.levels), weights)

    def original(self, term: Term) -> Term:
        """A term with the parameters' numbers in the full basis."""
        return tuple((self.aliases.kept[i], order) for i, order in term)

    def polynomial(
        self, groups: list[Group], coefficients: list[Values], constant: float
    ) -> SparsePolynomial:
        """The polynomial of some groups with the coefficients of their terms, over all parameters."""
        terms = [self.original(term) for group in groups for term in self.basis.terms_of(group)]
        values = np.concatenate([[constant], *coefficients])
        return SparsePolynomial(self.full, (CONSTANT, *terms), values)
