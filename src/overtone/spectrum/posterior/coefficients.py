"""The posterior of the coefficient of any term: what a posterior over all terms says of one.

A coefficient is <f, phi_S> = E[f(x) phi_S(x)] under uniform sampling, a linear function of f, so its
posterior is Gaussian. The covariance is a product over parameters, so every expectation is one as well.

Notation, beside that of `prior`
    c_j  (N, 1 + f)  E_u[phi_a(u) exp(-l_j d_j(u, x_ij))] for the constant, a = 0, and the f functions of j
    g_j  (1 + f,)    E_uu'[phi_a(u) phi_a(u') exp(-l_j d_j(u, u'))]
    q    (N,)        covariance of a coefficient with f at the points; its mean is q' K^-1 z
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Basis, Columns, Group, Term, Values
from overtone.spectrum.posterior.features import Features, Terms, differences
from overtone.spectrum.posterior.posterior import Posterior
from overtone.spectrum.posterior.prior import TERM_VARIANCE, squared_distances
from overtone.spectrum.scan.fastest import scanner_for

DEGREE: Final = 3
# Groups of so few parameters are all looked at; of more, first those of LOOKED_AT parameters.
LOW_DEGREE: Final = 2
LOOKED_AT: Final = 64


@final
@dataclass(frozen=True, eq=False)
class Axis:
    """One parameter as nodes of a quadrature over its range.

    Attributes:
        column: of the posterior's units.
        units: the nodes, shape `(q,)`.
        weights: their probabilities, shape `(q,)`.
        functions: the constant and the functions of the basis at the nodes, shape `(q, 1 + f)`.
    """

    column: int
    units: Values
    weights: Values
    functions: Columns


@final
@dataclass(frozen=True, eq=False)
class Coefficients:
    """The posterior of the coefficients of a basis.

    Attributes:
        basis: whose terms are asked for.
        axes: of its parameters, in its order.
        posterior: of the function.
        units, active: of the points that it is conditioned on, shapes `(N, n)`.
        terms: that were recovered beside the smooth part; the posterior's further columns are curves.
    """

    basis: Basis
    axes: Sequence[Axis]
    posterior: Posterior
    units: Values
    active: NDArray[np.bool_]
    terms: Terms

    def of(self, terms: Sequence[Term]) -> tuple[Values, Values]:
        """Mean and standard deviation of the coefficients of some terms, each of shape `(m,)`."""
        means, deviations = np.empty(len(terms)), np.empty(len(terms))
        for k, term in enumerate(terms):
            q, prior = self._covariance(term)
            means[k] = q @ self.posterior.weights
            explained = self.posterior.inverse @ q
            deviations[k] = np.sqrt(max(prior - float(explained @ explained), 0.0))
        return means, deviations

    def left_out(self, terms: Sequence[Term], values: Columns) -> Values:
        """What some terms predict for each point from the values of all others, shape `(N,)`.

        Leaving out i moves the weights by -K^-1_i a_i / (K^-1)_ii, and the coefficients with them.

        Args:
            terms: m of them.
            values: of the terms at the points, shape `(N, m)`.
        """
        p = self.posterior
        Q = np.stack([self._covariance(term)[0] for term in terms], axis=1)
        means = Q.T @ p.weights
        moves = (Q.T @ p.inverse.T) @ p.inverse * (p.weights / (p.inverse**2).sum(axis=0))
        return np.asarray(values @ means - (values * moves.T).sum(axis=1))

    def largest(self, count: int) -> list[Group]:
        """Groups of at most DEGREE parameters: the largest of the smooth part, and all recovered ones.

        No function of parameter j exceeds t_j = max |c_j / c_j0|, so no group of larger degree exceeds
        |r|_1 times the product of its t_j, r = a scale prod_j c_j0. So those of the parameters that reach
        far are looked at first, and the others only if they might be among the largest.
        """
        if not len(self.basis.atoms):
            return []
        degree = min(DEGREE, len(self.basis))
        strengths = self._scanned(np.arange(len(self.basis)), min(degree, LOW_DEGREE), count)
        if degree > LOW_DEGREE:
            reach = np.array([np.abs(ratios).max(initial=0.0) for ratios in self._ratios])
            farthest = np.argsort(-reach, kind="stable")
            most = np.abs(self._residual).sum() * reach[farthest[: degree - 1]].prod()
            looked_at = LOOKED_AT
            while True:
                strengths |= self._scanned(np.sort(farthest[:looked_at]), degree, count)
                ranked = sorted(strengths.values(), reverse=True)
                least = ranked[count - 1] if len(ranked) >= count else 0.0
                if looked_at >= len(reach) or most * reach[farthest[looked_at]] <= least:
                    break
                looked_at *= 2
        found = sorted(strengths, key=lambda group: (-strengths[group], len(group), group))
        return list(dict.fromkeys([*self._recovered_groups, *self._curved_groups, *found[:count]]))

    def _scanned(
        self, parameters: NDArray[np.int64], degree: int, count: int
    ) -> dict[Group, float]:
        """The largest groups of some parameters, given in order, with their strengths."""
        basis = Basis(tuple(self.basis.families[i] for i in parameters))
        columns = np.concatenate([self._ratios[i] for i in parameters], axis=1)
        scanner = scanner_for(basis.atoms, columns, np.ones(degree))
        scan = scanner(self._residual[None], keep=count)[0]
        atoms = np.flatnonzero(np.isin(self.basis.atoms.parameters, parameters)).tolist()
        groups = (tuple(atoms[a] for a in group) for group in scan.groups)
        return dict(zip(groups, scan.strengths.tolist(), strict=True))

    @cached_property
    def _residual(self) -> Values:
        """What the products of ratios are summed with, shape `(N,)`."""
        return np.asarray(self.posterior.weights * self._base * self.posterior.prior.scale)

    @cached_property
    def _base(self) -> Values:
        """The product of all c_j0, shape `(N,)`."""
        return np.asarray(np.stack([c[:, 0] for c, _ in self._profiles], axis=1).prod(axis=1))

    @cached_property
    def _ratios(self) -> list[Columns]:
        """The functions of every parameter beside its constant, each of shape `(N, f)`."""
        return [c[:, 1:] / c[:, :1] for c, _ in self._profiles]

    @cached_property
    def _profiles(self) -> list[tuple[Columns, Values]]:
        """c_j and g_j of every parameter."""
        return [self._profile(axis) for axis in self.axes]

    def _profile(self, axis: Axis) -> tuple[Columns, Values]:
        features = self.posterior.features
        one = Features(features.levels[[axis.column]], features.is_rough)
        nodes = one.smooth(axis.units[:, None], np.ones((len(axis.units), 1), dtype=bool))
        points = one.smooth(self.units[:, [axis.column]], self.active[:, [axis.column]])
        rate = self.posterior.prior.relevance[axis.column]
        weighted = axis.weights[:, None] * axis.functions
        c = np.exp(-rate * _distances(one, points, nodes)) @ weighted
        between = np.exp(-rate * _distances(one, nodes, nodes))
        return c, np.asarray((weighted * (between @ weighted)).sum(axis=0))

    def _covariance(self, term: Term) -> tuple[Values, float]:
        """Q of a term, and its prior variance."""
        orders = dict(term)
        q, prior = self._constant
        for parameter, order in term:
            g = self._profiles[parameter][1]
            q = q * self._ratios[parameter][:, order - 1]
            prior *= float(g[order] / g[0])
        shares = np.array([self._overlap(known, orders) for known in self.terms])
        shares = np.append(shares, self._curve_overlap(term))
        if shares.any():
            q = q + TERM_VARIANCE * self.posterior.terms @ shares
            prior += TERM_VARIANCE * float(shares @ shares)
        return q, prior

    def _overlap(self, known: Group, orders: dict[int, int]) -> float:
        """<phi_t, phi_S> of a recovered term and a term of the basis, a product over parameters."""
        own = {int(self.posterior.features.atoms.owners[c]): c for c in known}
        share = 1.0
        for parameter, axis in enumerate(self.axes):
            order = orders.get(parameter, 0)
            if axis.column in own:
                values = self._function_at_nodes(axis, own[axis.column])
                share *= float((axis.weights * values) @ axis.functions[:, order])
            elif order:
                return 0.0
        return share

    def _function_at_nodes(self, axis: Axis, column: int) -> Values:
        features = self.posterior.features
        rows = np.zeros((len(axis.units), len(features)))
        rows[:, axis.column] = axis.units
        everywhere = np.ones(rows.shape, dtype=bool)
        return np.asarray(features.factors(rows, everywhere)[:, column])

    @cached_property
    def _constant(self) -> tuple[Values, float]:
        """Q of the constant, and its prior variance, the smooth part alone."""
        prior = self.posterior.prior.scale
        for _, g in self._profiles:
            prior *= float(g[0])
        return self._base * self.posterior.prior.scale, prior

    @cached_property
    def _curves(self) -> list[tuple[int, Values]]:
        """Of every curve, its parameter and <curve, phi_a> for the constant and the functions."""
        features, prior = self.posterior.features, self.posterior.prior
        count = self.posterior.terms.shape[1] - len(self.terms)
        owners = features.curve_owners[:count]
        scales = np.sqrt(prior.additive * prior.shares[owners] / TERM_VARIANCE)
        found: list[tuple[int, int, Values]] = []
        for parameter, axis in enumerate(self.axes):
            columns = np.flatnonzero(owners == axis.column)
            if not len(columns):
                continue
            rows = np.zeros((len(axis.units), len(features)))
            rows[:, axis.column] = axis.units
            values = features.curves(rows, np.ones(rows.shape, dtype=bool))[:, columns]
            inner = (values * scales[columns]).T @ (axis.weights[:, None] * axis.functions)
            found += [(int(c), parameter, row) for c, row in zip(columns, inner, strict=True)]
        return [(parameter, row) for _, parameter, row in sorted(found, key=lambda f: f[0])]

    def _curve_overlap(self, term: Term) -> Values:
        """<curve, phi_S> of every curve."""
        count = self.posterior.terms.shape[1] - len(self.terms)
        if len(term) > 1:
            return np.zeros(count)
        parameter, order = term[0] if term else (-1, 0)
        return np.array(
            [row[order] if owner == parameter or not term else 0.0 for owner, row in self._curves]
        )

    @cached_property
    def _curved_groups(self) -> list[Group]:
        """The groups of single parameters that have curves."""
        curved = {parameter for parameter, _ in self._curves}
        return [
            (atom,)
            for atom, parameter in enumerate(self.basis.atoms.parameters.tolist())
            if parameter in curved
        ]

    @cached_property
    def _recovered_groups(self) -> list[Group]:
        """The groups of the basis over the parameters of recovered terms."""
        owner = {axis.column: parameter for parameter, axis in enumerate(self.axes)}
        found: list[Group] = []
        for known in self.terms:
            supports = sorted(owner[int(self.posterior.features.atoms.owners[c])] for c in known)
            groups: list[Group] = [()]
            for parameter in supports:
                atoms = np.flatnonzero(self.basis.atoms.parameters == parameter)
                groups = [(*group, int(atom)) for group in groups for atom in atoms]
            found += groups
        return found


def _distances(one: Features, a: Columns, b: Columns) -> Values:
    """d_j of one parameter, between rows of its F."""
    return differences(a[:, 0], b[:, 0]) if one.wide else squared_distances(a, b)
