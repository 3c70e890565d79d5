"""A function on the search space as a sum of few terms.

    p(x) = sum_k coefficients[k] * prod_{(i, a) in terms[k]} phi_{i,a}(x_i)

The terms are orthonormal under uniform sampling, so the variance of p is the sum of the squared
coefficients of all terms but the constant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from overtone.space import INACTIVE, Levels
from overtone.spectrum.basis import CONSTANT, Basis, Term, Values
from overtone.spectrum.units import exponent_of

Support = tuple[int, ...]  # the parameters that an effect depends on


@final
@dataclass(frozen=True, eq=False)
class SparsePolynomial:
    """A sum of few terms.

    Attributes:
        basis: the functions that the terms multiply.
        terms: m different terms.
        coefficients: theirs, shape `(m,)`.

    Raises:
        ValueError: if there is not exactly one coefficient a term, or a term stands twice.
    """

    basis: Basis
    terms: tuple[Term, ...]
    coefficients: Values

    def __post_init__(self) -> None:
        if len(self.terms) != len(self.coefficients):
            raise ValueError(
                f"{len(self.terms)} terms but {len(self.coefficients)} coefficients: "
                "give one coefficient per term."
            )
        if len(set(self.terms)) != len(self.terms):
            raise ValueError("A term stands twice: add up its coefficients.")
        owned = np.array(self.coefficients, dtype=np.float64)
        owned.flags.writeable = False
        object.__setattr__(self, "coefficients", owned)

    def __call__(self, levels: Levels) -> Values:
        """The values at N points given by their levels `(N, n)`; shape `(N,)`."""
        return self.basis.design(levels, self.terms) @ self.coefficients

    def __str__(self) -> str:
        return " ".join(
            f"{'-' if c < 0 else '+'} {abs(c):.4g}{' * ' if t else ''}{self.describe(t)}"
            for c, t in zip(self.coefficients, self.terms, strict=True)
        ).removeprefix("+ ")

    def describe(self, term: Term) -> str:
        """A term in words: `lr * depth`, with the order of a function where a parameter has several."""
        names = []
        for parameter, order in term:
            family = self.basis.families[parameter]
            several = family.table.shape[1] > 1
            names.append(f"{family.name}[{order}]" if several else family.name)
        return " * ".join(names)

    @property
    def constant(self) -> float:
        """The mean under uniform sampling."""
        return float(
            sum(c for c, t in zip(self.coefficients, self.terms, strict=True) if t == CONSTANT)
        )

    @property
    def parameters(self) -> tuple[int, ...]:
        """The parameters that it depends on, in order."""
        return tuple(sorted({parameter for term in self.terms for parameter, _ in term}))

    @property
    def variance(self) -> float:
        """The variance under uniform sampling of always active parameters."""
        return float(sum(self.variance_shares(relative=False).values()))

    def variance_shares(self, *, relative: bool = True) -> dict[Support, float]:
        """The share of the variance that each effect explains, largest first.

        An effect is all terms over the same parameters, so the shares do not depend on how the contrasts
        of a parameter are rotated. They are the Sobol indices of p (`docs/theory.md`, section 2).
        """
        # The squares of coefficients in units of y may be no numbers.
        exponent = exponent_of(self.coefficients[[term != CONSTANT for term in self.terms]])
        variances: dict[Support, float] = {}
        for coefficient, term in zip(self.coefficients, self.terms, strict=True):
            if term != CONSTANT:
                support = tuple(parameter for parameter, _ in term)
                square = float(np.ldexp(coefficient, -exponent)) ** 2
                variances[support] = variances.get(support, 0.0) + square
        total = sum(variances.values()) or 1.0
        ordered = sorted(variances.items(), key=lambda item: (-item[1], item[0]))
        if relative:
            return {support: variance / total for support, variance in ordered}
        with np.errstate(over="ignore", under="ignore"):
            return {s: float(np.ldexp(variance, 2 * exponent)) for s, variance in ordered}

    def effect(self, support: Support) -> Values:
        """The contribution of one effect at each combination of its parameters' levels.

        Shape `(L_i, L_j, ...)` over the parameters of the support; independent of rotations.
        """
        shape = tuple(self.basis.families[i].levels for i in support)
        table = np.zeros(shape)
        for coefficient, term in zip(self.coefficients, self.terms, strict=True):
            if tuple(parameter for parameter, _ in term) == support:
                table += coefficient * self.term_table(term)
        return table

    def within(self, support: Support) -> Values:
        """The sum of all terms of some parameters, at each combination of their levels, less the constant.

        Shape `(L_i, L_j, ...)`: what a person means by the effect of a combination.
        """
        table = np.zeros(tuple(self.basis.families[i].levels for i in support))
        for coefficient, term in zip(self.coefficients, self.terms, strict=True):
            own = [i for i, _ in term]
            if own and set(own) <= set(support):
                others = [axis for axis, i in enumerate(support) if i not in own]
                table += coefficient * np.expand_dims(self.term_table(term), others)
        return table

    def term_table(self, term: Term) -> Values:
        """A term's values at each combination of its parameters' levels."""
        table = np.ones(())
        for parameter, order in term:
            table = np.multiply.outer(table, self.basis.families[parameter].table[:, order - 1])
        return table

    def restrict(self, fixed: Mapping[int, int]) -> "SparsePolynomial":
        """The polynomial with some parameters set to a level (or INACTIVE), over the others.

        The basis stays, so that a parameter keeps its number; the fixed ones occur in no term.
        """
        summed: dict[Term, float] = {}
        for coefficient, term in zip(self.coefficients, self.terms, strict=True):
            weight = float(coefficient)
            for parameter, order in term:
                if parameter in fixed:
                    weight *= self._function(parameter, order, fixed[parameter])
            rest = tuple(factor for factor in term if factor[0] not in fixed)
            summed[rest] = summed.get(rest, 0.0) + weight
        kept = [(term, c) for term, c in summed.items() if c != 0.0]
        return SparsePolynomial(
            self.basis, tuple(term for term, _ in kept), np.array([c for _, c in kept])
        )

    def _function(self, parameter: int, order: int, level: int) -> float:
        if level == INACTIVE:
            return 0.0
        return float(self.basis.families[parameter].table[level, order - 1])


def connected(scopes: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """The connected components of the graph in which two members of one scope touch.

    Each is sorted, and so is the list of them.
    """
    component: dict[int, set[int]] = {}
    for scope in scopes:
        merged = set(scope).union(*(component.get(i, {i}) for i in scope))
        component.update(dict.fromkeys(merged, merged))
    unique = {min(members): members for members in component.values()}
    return [tuple(sorted(unique[first])) for first in sorted(unique)]
