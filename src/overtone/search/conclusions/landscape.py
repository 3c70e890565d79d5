"""What an adaptive search has learnt of the whole space: the largest terms of its posterior.

The trials of an adaptive search crowd where values are good, so a regression on them would describe that
corner. The posterior describes the whole space, and knows where it is uncertain.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.search.grid import grid
from overtone.search.history import History, fit_values
from overtone.search.region import Region
from overtone.search.spectral.coding import Coding, coding_of
from overtone.search.spectral.fitting import at_once
from overtone.space import Interval, Parameter, SearchSpace, to_unit
from overtone.space.streams import stream
from overtone.spectrum.basis import CONSTANT, Family, Values
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.posterior.coefficients import Axis, Coefficients
from overtone.spectrum.threads import one_blas_thread
from overtone.spectrum.units import deviation_of

LEAST_ROWS: Final = 8
MOST_ROWS: Final = 400
MOST_GROUPS: Final = 60
# A group is shown if the mean of one of its coefficients is this many standard deviations from 0.
CERTAIN: Final = 2.0
NODES: Final = 6


@final
@dataclass(frozen=True, eq=False)
class Landscape:
    """The largest terms of a posterior, in values to be minimised.

    Attributes:
        polynomial: posterior means of coefficients that are surely not 0, and of the constant.
        errors: their posterior standard deviations, shape `(m,)`.
        validated: R^2 of the values of trials that are left out one at a time.
        noise: the standard deviation of an observation.
        trials, failed: that were known.
    """

    polynomial: SparsePolynomial
    errors: Values
    validated: float
    noise: float
    trials: int
    failed: int


def landscape(space: SearchSpace, history: History) -> Landscape | None:
    """The landscape behind some trials; None before there are enough, or if all have one value."""
    fitted = fit_values(history)
    if fitted is None or len(history.y) < LEAST_ROWS:
        return None
    y, failed = fitted
    rows = np.arange(len(y))
    if len(y) > MOST_ROWS:
        rows = stream("landscape", len(y)).permutation(len(y))[:MOST_ROWS]
    codes, kept = history.codes[rows], y[rows]
    spread = deviation_of(kept)
    if spread == 0.0 or (kept == kept[0]).all():
        return None
    with one_blas_thread():
        coding = coding_of(space, codes)
        posterior, terms = at_once(coding, codes, (kept - kept.mean()) / spread)
        units = coding.units(codes)
        cells = grid(space, Region())
        axes = [
            _axis(coding, i, family, cells.partitions[i].cells)
            for i, family in enumerate(cells.basis.families)
        ]
        known = Coefficients(cells.basis, axes, posterior, units, coding.active(units), terms)
        chosen = [CONSTANT]
        for group in known.largest(MOST_GROUPS):
            of_group = cells.basis.atoms.terms_of(group)
            means, deviations = known.of(of_group)
            if (np.abs(means) > CERTAIN * deviations).any():
                chosen += of_group
        means, deviations = known.of(chosen)
    means[0] += kept.mean() / spread
    polynomial = SparsePolynomial(cells.basis, tuple(chosen), means * spread)
    return Landscape(
        polynomial,
        deviations * spread,
        posterior.left_out_score,
        spread * float(np.sqrt(posterior.prior.noise)),
        len(y),
        failed,
    )


def _axis(coding: Coding, place: int, family: Family, cells: tuple[Interval, ...]) -> Axis:
    """A parameter's quadrature: its choices, or nodes in each cell of its range."""
    column = int(np.flatnonzero(coding.order == place)[0])
    parameter = coding.parameters[column]
    if coding.levels[column]:
        units = coding.units_of(column, np.arange(len(cells), dtype=np.float64))
        levels = np.arange(len(cells))
        weights = np.full(len(cells), 1.0 / len(cells))
    else:
        units, levels, weights = _number_nodes(parameter, cells)
        if coding.reflected[column]:
            units = 1.0 - units
    functions = np.concatenate([np.ones((len(levels), 1)), family.table[levels]], axis=1)
    return Axis(column, units, weights, functions)


def _number_nodes(
    parameter: Parameter, cells: tuple[Interval, ...]
) -> tuple[Values, np.ndarray[tuple[int], np.dtype[np.int64]], Values]:
    """Gauss-Legendre nodes in every cell, on the axis where the measure is uniform."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    ends = to_unit(parameter, np.array([[cell.low, cell.high] for cell in cells]).ravel())
    low, high = ends.reshape(-1, 2).T
    # The border between two cells of a grid lies halfway between their values.
    borders = np.concatenate([[0.0], (high[:-1] + low[1:]) / 2, [1.0]])
    middle, half = (borders[1:] + borders[:-1]) / 2, (borders[1:] - borders[:-1]) / 2
    units = (middle[:, None] + half[:, None] * nodes).ravel()
    probabilities = (half[:, None] * weights).ravel()
    levels = np.repeat(np.arange(len(cells)), NODES)
    return units, levels, np.asarray(probabilities / probabilities.sum())
