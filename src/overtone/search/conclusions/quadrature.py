"""Parameters as quadratures: nodes, probabilities and orthonormal functions, and the levels people read."""

from typing import Final, TypeAlias

import numpy as np

from overtone.search.grid import interval_label
from overtone.search.spectral.coding import Coding, Units
from overtone.space import Categorical, Parameter, cut, grid_size, to_unit
from overtone.space.streams import stream
from overtone.spectrum.basis import Columns, Values, contrasts
from overtone.spectrum.posterior.coefficients import Axis

# Nodes of a number's quadrature, and the highest order of its polynomials.
NODES: Final = 24
ORDERS: Final = 4
# Choices with more values have no terms: their single changes and totals say what is known of them.
MOST_VALUES: Final = 48
MOST_NODES: Final = 256

# A column, the units where each of some levels begins and ends, `(L, 2)`, and the levels' labels.
Levels: TypeAlias = tuple[int, Values, tuple[str, ...]]


def has_terms(parameter: Parameter) -> bool:
    """Whether a parameter has functions beside the constant: a choice of very many values has none."""
    return not isinstance(parameter, Categorical) or len(parameter.choices) <= MOST_VALUES


def axis_of(coding: Coding, place: int) -> Axis:
    """A parameter's quadrature, and its orthonormal functions at the nodes."""
    column = int(np.flatnonzero(coding.order == place)[0])
    count = int(coding.levels[column])
    if not count:
        places, weights = np.polynomial.legendre.leggauss(NODES)
        nodes, weights = (places + 1) / 2, np.asarray(weights / 2, dtype=np.float64)
    else:
        chosen = np.arange(count)
        if not has_terms(coding.parameters[column]):
            chosen = stream("values of a choice", count).permutation(count)[:MOST_NODES]
        nodes, weights = chosen.astype(np.float64), np.full(len(chosen), 1.0 / len(chosen))
    return Axis(column, nodes, weights, functions_of(coding, column, nodes))


def functions_of(coding: Coding, column: int, units: Values) -> Columns:
    """The constant and the orthonormal functions of one column at some of its units, `(N, 1 + f)`.

    Contrasts of a choice, Legendre polynomials of a number; a choice of many values has none.
    """
    parameter, count = coding.parameters[column], int(coding.levels[column])
    if count:
        if not has_terms(parameter):
            return np.ones((len(units), 1))
        table = np.column_stack([np.ones(count), contrasts(count)])
        return np.asarray(table[units.astype(np.int64)], dtype=np.float64)
    size = grid_size(parameter)
    orders = ORDERS if size is None else min(ORDERS, size - 1)
    values = np.polynomial.legendre.legvander(2.0 * units - 1.0, orders)
    return np.asarray(values * np.sqrt(2.0 * np.arange(orders + 1) + 1.0), dtype=np.float64)


def levels_of(coding: Coding, parameter: int) -> Levels:
    """A parameter's levels: its choices, or the cells of its range."""
    column = int(np.flatnonzero(coding.order == parameter)[0])
    chosen = coding.parameters[column]
    cells = cut(chosen).cells
    labels = tuple(interval_label(chosen, cell) for cell in cells)
    codes = np.array([[cell.low, cell.high] for cell in cells])
    if coding.levels[column]:
        return column, np.stack([coding.units_of(column, end) for end in codes.T], axis=1), labels
    ends = to_unit(chosen, codes.ravel()).reshape(-1, 2)
    return column, 1.0 - ends if coding.reflected[column] else ends, labels


def at_levels(coding: Coding, rows: Units, levels: Levels) -> Units:
    """Rows with each level of a parameter, spread over the level as they are over its range.

    Args:
        coding: the frame.
        rows: shape `(C, n)`, not snapped: numbers are uniform in them.
        levels: L of them.

    Returns:
        Shape `(L, C, n)`.
    """
    column, ends, _ = levels
    found = np.repeat(rows[None], len(ends), axis=0)
    places = rows[:, column] if coding.is_number[column] else np.zeros(len(rows))
    found[:, :, column] = ends[:, :1] + (ends[:, 1] - ends[:, 0])[:, None] * places
    return found
