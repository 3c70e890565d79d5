"""The recovery of a sparse polynomial as a scikit-learn regressor.

Notation
    table     samples by features: an array of numbers, or a pandas or polars frame
    column    one feature of it: float64 for numbers, object for what has no order
    coding    how a fitted regressor turns samples into levels
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from numbers import Real
from typing import Any, Final, Self, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.utils import check_array, check_consistent_length, column_or_1d
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "overtone.sklearn needs scikit-learn 1.6 or newer: pip install 'overtone[sklearn]'",
        name=error.name,
    ) from error

from overtone.errors import RecoveryError, SpaceError
from overtone.search.grid import Grid, grid
from overtone.search.region import Region
from overtone.space import (
    CELLS,
    FINEST_GRID,
    INACTIVE,
    Categorical,
    Configuration,
    Levels,
    SearchSpace,
)
from overtone.space.values import plain
from overtone.spectrum.basis import (
    HIGHEST_ORDER,
    Basis,
    Family,
    Values,
    contrasts,
    orthonormal_polynomials,
)
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.recovery.recovery import Recovery, recover_sample, sample_from_outside
from overtone.spectrum.recovery.rule import Auto, RecoverySettings, Rule

Column: TypeAlias = NDArray[np.float64] | NDArray[np.object_]

# What pandas calls a missing value of its own types; compared by name, so that pandas is not imported.
MISSING_TYPES: Final = ("NAType", "NaTType")


class SparsePolynomialRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A regressor whose prediction is a sum of few products of functions of few features.

    Without a space, a feature of two values becomes a parity, one of at most FINEST_GRID numbers an ordered
    grid of them, and one of more numbers is cut at its quantiles into CELLS ordered cells; another number
    goes to the nearest level. Columns of a frame that hold text, categories or booleans become unordered
    levels, and a category that was not fitted contributes nothing.

    With a space, samples are configurations: a list of them, or a frame whose columns are named as the
    parameters are and whose missing values say that a parameter is inactive.

    Args:
        degree, sparsity, penalty, rule: see `overtone.spectrum.recovery.rule.RecoverySettings`.
        space: what the features are. Give it when some exist under conditions only, or to cut their ranges
            instead of their sample.

    Attributes:
        recovery_: the polynomial with its evidence.
        n_features_in_: the number of features, or of the space's parameters.
        feature_names_in_: their names; absent if they had none.
    """

    recovery_: Recovery

    def __init__(
        self,
        degree: int | Auto = "auto",
        sparsity: int | Auto = "auto",
        penalty: float | Auto = "auto",
        rule: Rule | Auto = "auto",
        space: SearchSpace | None = None,
    ) -> None:
        self.degree = degree
        self.sparsity = sparsity
        self.penalty = penalty
        self.rule = rule
        self.space = space

    @property
    def polynomial_(self) -> SparsePolynomial:
        """The fitted polynomial, of the levels that the features fall into."""
        check_is_fitted(self)
        return self.recovery_.polynomial

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "recovery_")

    def fit(self, X: Any, y: Any) -> Self:
        """Recover the polynomial behind some values.

        Args:
            X: samples by features, or configurations.
            y: values, shape `(N,)`.

        Raises:
            ValueError: if a value is missing, or not what its feature or parameter can be; or as `recover`.

        Warns:
            SampleWarning: as `recover`, of features of two values that are active in every sample.
        """
        settings = RecoverySettings(self.degree, self.sparsity, self.penalty, self.rule)
        coding: _TableCoding | _SpaceCoding
        if self.space is None:
            columns = self._columns(X, is_fit=True)
            coding = _coding_of(self._names(), columns)
            levels = coding.levels(columns)
        else:
            coding = _SpaceCoding(grid(self.space, Region()))
            levels = coding.levels(X)
            self.n_features_in_ = len(self.space)
            self.feature_names_in_ = np.array(self.space.names, dtype=object)
        y = check_array(
            column_or_1d(y, warn=True), ensure_2d=False, dtype=np.float64, input_name="y"
        )
        check_consistent_length(levels, y)
        self._coding = coding
        names = [f"feature {family.name!r}" for family in coding.basis.families]
        sample = sample_from_outside(coding.basis, levels, y, names=names)
        self.recovery_ = recover_sample(sample, settings)
        return self

    def predict(self, X: Any) -> Values:
        """The polynomial's values at some samples, shape `(N,)`."""
        check_is_fitted(self)
        coding: _TableCoding | _SpaceCoding = self._coding
        match coding:
            case _TableCoding():
                levels = coding.levels(self._columns(X, is_fit=False))
            case _SpaceCoding():
                levels = coding.levels(X)
        return self.polynomial_(levels)

    def _columns(self, X: Any, *, is_fit: bool) -> list[Column]:
        """The columns of a table; a fit remembers their number and names, which others must have."""
        series = _series(X)
        if series is None:
            table = validate_data(self, X, reset=is_fit, dtype=np.float64)
            return list(table.T)
        validate_data(self, X, reset=is_fit, skip_check_array=True)
        return [_column(str(name), s) for name, s in zip(X.columns, series, strict=True)]

    def _names(self) -> list[str]:
        unnamed = [f"x{i}" for i in range(self.n_features_in_)]
        return [str(name) for name in getattr(self, "feature_names_in_", unnamed)]


@final
@dataclass(frozen=True, eq=False)
class _Ordered:
    """A feature of numbers, cut at borders; a number at a border belongs above it."""

    family: Family
    borders: Values

    def levels(self, column: Column) -> NDArray[np.int64]:
        if column.dtype == object:
            raise RecoveryError(
                f"the feature {self.family.name!r} was fitted to numbers, but holds {column[0]!r}."
            )
        return np.searchsorted(self.borders, column, side="right").astype(np.int64)


@final
@dataclass(frozen=True, eq=False)
class _Unordered:
    """A feature of categories; one that was not fitted has no level."""

    family: Family
    level_of: Mapping[object, int]

    def levels(self, column: Column) -> NDArray[np.int64]:
        found = [self.level_of.get(value, INACTIVE) for value in column.tolist()]
        return np.array(found, dtype=np.int64)


@final
@dataclass(frozen=True, eq=False)
class _TableCoding:
    """The levels of tables."""

    features: tuple[_Ordered | _Unordered, ...]

    @property
    def basis(self) -> Basis:
        return Basis(tuple(feature.family for feature in self.features))

    def levels(self, columns: list[Column]) -> Levels:
        pairs = zip(self.features, columns, strict=True)
        return np.array([feature.levels(column) for feature, column in pairs]).T


@final
@dataclass(frozen=True, eq=False)
class _SpaceCoding:
    """The levels of configurations."""

    grid: Grid

    @property
    def basis(self) -> Basis:
        return self.grid.basis

    def levels(self, X: Any) -> Levels:
        space = self.grid.space
        codes = [space.encode(_configuration(space, row)) for row in _rows(space, X)]
        return self.grid.levels(np.array(codes).reshape(-1, len(space)))


def _coding_of(names: list[str], columns: list[Column]) -> _TableCoding:
    """The coding that a table's columns call for."""
    return _TableCoding(
        tuple(
            _unordered(name, column) if column.dtype == object else _ordered(name, column)
            for name, column in zip(names, columns, strict=True)
        )
    )


def _ordered(name: str, column: Column) -> _Ordered:
    values: Values = np.unique(column.astype(np.float64))
    if len(values) <= FINEST_GRID:
        # Halves are added so that no sum overflows; where they round down to the lower value, the upper
        # one is the border.
        middles = values[:-1] / 2 + values[1:] / 2
        borders = np.where(middles > values[:-1], middles, values[1:])
        labels = [f"{value:.6g}" for value in values]
    else:
        quantiles = np.quantile(column, np.arange(1, CELLS) / CELLS, method="higher")
        # Where the least value fills a quarter or more, it is a cell of its own.
        borders = np.unique(np.maximum(quantiles, values[1]))
        ends = [f"{border:.6g}" for border in borders]
        inner = [f"{low} .. {high}" for low, high in pairwise(ends)]
        labels = [f"< {ends[0]}", *inner, f">= {ends[-1]}"]
    table = orthonormal_polynomials(np.full(len(labels), 1 / len(labels)))[:, :HIGHEST_ORDER]
    return _Ordered(Family(name, table, False, tuple(labels)), borders)


def _unordered(name: str, column: Column) -> _Unordered:
    categories = sorted(set(column.tolist()), key=str)
    family = Family(
        name, contrasts(len(categories)), len(categories) > 2, tuple(map(str, categories))
    )
    return _Unordered(family, {category: level for level, category in enumerate(categories)})


def _series(X: Any) -> list[Any] | None:
    """The columns of a pandas or polars frame; None for anything else."""
    if hasattr(X, "iloc") and hasattr(X, "columns"):
        return [X.iloc[:, i] for i in range(X.shape[1])]
    if hasattr(X, "get_columns"):
        return list(X.get_columns())
    return None


def _column(name: str, series: Any) -> Column:
    """The numbers or the categories of a frame's column, none of them missing."""
    values = np.asarray(series.to_numpy())
    if values.dtype.kind in "mM":
        raise RecoveryError(
            f"column {name!r} holds dates or durations: turn them into numbers, such as days."
        )
    if str(series.dtype) != "category":
        values = _as_numbers(values)
    if values.dtype == np.float64:
        missing = ~np.isfinite(values)
    else:
        values = values.astype(object)
        missing = np.array([_is_missing(value) for value in values], dtype=bool)
        for value in values:
            if not isinstance(value, Hashable):
                raise RecoveryError(
                    f"column {name!r} holds {value!r}, but a number, text or a category is expected."
                )
    if missing.any():
        raise RecoveryError(
            f"column {name!r} holds {values[missing][0]!r}, but every value is expected to be there and "
            "finite. Fill it in, or give a space in which it may be inactive."
        )
    return values


def _as_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """A column as float64, NaN where a number is missing; itself if it holds anything else."""
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    missing = np.array([_is_missing(value) for value in values], dtype=bool)
    if not all(_is_number(value) for value in values[~missing]):
        return values
    return np.where(missing, np.nan, values).astype(np.float64)


def _rows(space: SearchSpace, X: Any) -> Iterable[Mapping[str, object]]:
    """The samples, each as a mapping from names to values."""
    series = _series(X)
    if series is None:
        rows = list(X)
        for row in rows:
            if not isinstance(row, Mapping):
                raise SpaceError(
                    f"A sample is {row!r}, but with a space a configuration is expected: a mapping from "
                    "names to values, or a row of a frame with named columns."
                )
        return rows
    names = [str(name) for name in X.columns]
    for name in names:
        space.index(name)
    columns = [s.to_list() for s in series]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _configuration(space: SearchSpace, row: Mapping[str, Any]) -> Configuration:
    """A configuration without what is missing, unless that is an active parameter's choice."""
    chosen: Configuration = {
        name: plain(value) for name, value in row.items() if not _is_missing(value)
    }
    for parameter in space.parents_first:
        can_be_null = isinstance(parameter, Categorical) and None in parameter.choices
        if can_be_null and parameter.name in row and space.is_active(parameter, chosen):
            chosen.setdefault(parameter.name, None)
    return chosen


def _is_missing(value: object) -> bool:
    is_nan = isinstance(value, float | np.floating) and bool(np.isnan(value))
    return value is None or is_nan or type(value).__name__ in MISSING_TYPES


def _is_number(value: object) -> bool:
    return isinstance(value, Real | Decimal) and not isinstance(value, bool | np.bool_)
