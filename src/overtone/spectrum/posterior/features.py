"""What functions of rows of units are made of: the features of a space, made once and read by all.

Notation
    units   (N, n)  the number of a choice, or the place of a number in its range, from 0 to 1
    F       (N, M)  smooth features: |F_i - F_i'|^2, summed over the columns of parameter j, is the distance
                    d_j(x_i, x_i') of the covariance, unless it is wide
    G       (N, q)  curves: functions of one parameter each, there if some parameters are numbers
    C       (N, r)  factors of terms: orthonormal functions of one parameter, but for indicators; a term is
                    the product of columns of different owners

An inactive parameter has zeros in all of them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.spectrum.basis import Atoms, Columns, Group, Values

Mask: TypeAlias = NDArray[np.bool_]  # (N, n)
Terms: TypeAlias = tuple[Group, ...]  # of columns of C

# Orders of the polynomials of a number in G; the values of order k are divided by k.
ORDERS: Final = 5
# A choice of more values than this has no columns in C: it is left to the smooth part.
MOST_LEVELS: Final = 6
# A choice of more values than this has one column in F, the number of its value, and none in G: an indicator
# for each of thousands of values would be nearly all zeros.
WIDE: Final = 256
# Columns in F of a number whose functions may have kinks: more follow them closer, and cost more.
STEPS: Final = 16


@final
@dataclass(frozen=True, eq=False)
class Features:
    """The columns F, G and C of the rows of a space.

    Attributes:
        levels: the number of unordered values of each parameter, 0 for a number, shape `(n,)`.
        is_rough: whether functions of numbers may have kinks. Distances are then those of STEPS columns for
            each number, that rise from 0 to their height one after the other: |x - x'| but for its steps, the
            covariance exp(-l |x - x'|), where they are squares of x - x' otherwise.
    """

    levels: NDArray[np.int64]
    is_rough: bool = False

    def __len__(self) -> int:
        return len(self.levels)

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """The parameter of each column of F, shape `(M,)`."""
        return np.repeat(np.arange(len(self)), self._widths)

    @cached_property
    def curve_owners(self) -> NDArray[np.int64]:
        """The parameter of each column of G, shape `(q,)`; empty without numbers."""
        counts = np.where(self._is_number, ORDERS, np.where(self._is_wide, 0, self._widths))
        return np.repeat(np.arange(len(self)), counts if self._is_number.any() else 0)

    @cached_property
    def atoms(self) -> Atoms:
        """The columns of C, each an atom of its own."""
        several = np.where(self.levels <= MOST_LEVELS, self.levels, 0)
        # Two polynomials of a number, a parity, or one indicator a value.
        counts = np.where(self._is_number, 2, np.where(self.levels == 2, 1, several))
        return Atoms(counts, np.zeros(len(self), dtype=bool))

    @cached_property
    def _is_number(self) -> NDArray[np.bool_]:
        return np.asarray(self.levels == 0)

    @cached_property
    def _is_wide(self) -> NDArray[np.bool_]:
        return np.asarray(self.levels > WIDE)

    @cached_property
    def _widths(self) -> NDArray[np.int64]:
        """Columns of F: one for a smooth number, two values and a wide choice, one per value for others."""
        counts = np.where((self.levels > 2) & ~self._is_wide, self.levels, 1)
        return np.where(self._is_number, STEPS if self.is_rough else 1, counts)

    @cached_property
    def wide(self) -> tuple[int, ...]:
        """The columns of F that hold the numbers of values."""
        return tuple(np.flatnonzero(self._is_wide[self.owners]).tolist())

    def rates(self, relevance: Values) -> Values:
        """What the columns of F are multiplied with, so that their distances are those of D, shape `(M,)`.

        The columns of wide choices count nothing: `wide_distances` counts them.
        """
        return np.asarray(np.sqrt(np.where(self._is_wide, 0.0, relevance))[self.owners])

    def wide_distances(self, a: Columns, b: Columns, relevance: Values) -> Values | float:
        """The part of D of wide choices, for all rows of F, shape `(len(a), len(b))`; 0 without any."""
        total: Values | float = 0.0
        for column in self.wide:
            apart = differences(a[:, column], b[:, column])
            total = total + float(relevance[self.owners[column]]) * apart
        return total

    def distances(self, parameter: int, a: Columns, b: Columns) -> Values:
        """The distances d_j of one parameter, for all rows of F, shape `(len(a), len(b))`."""
        columns = self.owners == parameter
        own, other = a[:, columns], b[:, columns]
        if self._is_wide[parameter]:
            return differences(own[:, 0], other[:, 0])
        return np.asarray(((own[:, None, :] - other[None, :, :]) ** 2).sum(axis=2))

    @cached_property
    def _column_levels(self) -> NDArray[np.int64]:
        return self.levels[self.owners]

    @cached_property
    def _indicated(self) -> Values:
        """The value that a column of F indicates."""
        starts = np.searchsorted(self.owners, np.arange(len(self)))
        return np.asarray(np.arange(len(self.owners)) - starts[self.owners], dtype=np.float64)

    def smooth(self, units: Values, active: Mask) -> Columns:
        """F of shape `(N, M)`.

        An inactive parameter is at the distance 1/4, 1/2 or the square of its place from where it is active,
        and at none from where it is not.
        """
        wide = units[:, self.owners]
        # A number at 2u - 1; two values at -1/2 and 1/2, a distance of 1 apart; of more, an indicator.
        columns = np.where(
            self._column_levels > 2,
            (wide == self._indicated) * np.sqrt(0.5),
            np.where(self._column_levels == 0, 2.0 * wide - 1.0, wide - 0.5),
        )
        if self.is_rough:
            risen = np.clip(STEPS * wide - self._indicated, 0.0, 1.0) * np.sqrt(1.0 / STEPS)
            columns = np.where(self._column_levels == 0, risen, columns)
        # From 1 on, since what is inactive is 0.
        columns[:, self.wide] = wide[:, self.wide] + 1.0
        return np.asarray(columns * active[:, self.owners])

    def curves(self, units: Values, active: Mask) -> Columns:
        """G of shape `(N, q)`."""
        if not len(self.curve_owners):
            return np.zeros((len(units), 0))
        chosen = np.flatnonzero((self.levels > 0) & ~self._is_wide)
        choices = Features(self.levels[chosen])
        places = 2.0 * units[:, self._is_number] - 1.0
        orders = np.arange(1, ORDERS + 1)
        legendre = np.polynomial.legendre.legvander(places, ORDERS)[..., 1:]
        columns = np.empty((len(units), len(self.curve_owners)))
        is_number = self._is_number[self.curve_owners]
        columns[:, is_number] = (legendre * (np.sqrt(2.0 * orders + 1.0) / orders)).reshape(
            len(units), -1
        )
        columns[:, ~is_number] = 2.0 * choices.smooth(units[:, chosen], active[:, chosen])
        return np.asarray(columns * active[:, self.curve_owners])

    def factors(self, units: Values, active: Mask) -> Columns:
        """C of shape `(N, r)`."""
        owners, orders = self.atoms.owners, self.atoms.orders
        wide, levels = units[:, owners], self.levels[owners]
        place = 2.0 * wide - 1.0
        linear, bent = np.sqrt(3.0) * place, np.sqrt(5.0) * (1.5 * place**2 - 0.5)
        number = np.where(orders == 1, linear, bent)
        share = 1.0 / np.maximum(levels, 2)
        indicator = ((wide == orders - 1) - share) / np.sqrt(share * (1.0 - share))
        values = np.where(levels == 0, number, np.where(levels == 2, place, indicator))
        return np.asarray(values * active[:, owners])


def products(factors: Columns, terms: Terms) -> Columns:
    """P of shape `(N, m)`: the values of terms, given those of their factors, C."""
    if not terms:
        return np.zeros((len(factors), 0))
    return np.stack([factors[:, list(term)].prod(axis=1) for term in terms], axis=1)


def differences(a: Values, b: Values) -> Values:
    """The distances of a choice's numbers, from 1 on and 0 where inactive: 0, 1/2 or 1, for all pairs."""
    is_same = a[:, None] == b
    is_absent = (a[:, None] == 0) | (b == 0)
    return np.where(is_same, 0.0, np.where(is_absent, 0.5, 1.0))
