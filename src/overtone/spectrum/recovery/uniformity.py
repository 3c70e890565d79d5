"""Whether the two-valued columns of a sample are plainly not uniform and independent.

A recovery counts on terms that are uncorrelated, which they are if each column is +1 in half of the points,
whatever the others are. Then the sum of a column of N signs is that of N fair coins, and so is the sum of
the product of two columns: both tests are exact at any N.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from overtone.errors import SampleWarning
from overtone.spectrum.basis import Columns, Family, Values
from overtone.spectrum.recovery.sample import Sample

# Uniform independent columns fail one of the two tests with at most twice this probability, however many.
FALSE_ALARM: Final = 5e-6
# A column's mean is the correlation that it gives to terms with and without it. Below this it does no harm.
RELEVANT: Final = 0.2


@final
@dataclass(frozen=True)
class Faults:
    """What is plainly not uniform in a sample; empty where nothing is.

    Attributes:
        unbalanced: parameters, the worst first, with the mean of their signs.
        dependent: pairs of parameters, the worst first, with their correlation.
    """

    unbalanced: tuple[tuple[int, float], ...]
    dependent: tuple[tuple[int, int, float], ...]

    def __bool__(self) -> bool:
        return bool(self.unbalanced or self.dependent)


def faults_of(sample: Sample) -> Faults:
    """The plain faults of the two-valued parameters that are active everywhere, and no alias or constant."""
    owners = sample.basis.atoms.owners
    halves = [i for i, family in enumerate(sample.basis.families) if _has_equal_halves(family)]
    columns = np.flatnonzero(np.isin(owners, halves) & sample.columns.all(axis=0))
    signs = np.sign(sample.columns[:, columns])
    numbers = np.array(sample.aliases.kept, dtype=np.int64)[owners[columns]]
    means = signs.mean(axis=0)
    # A column that is unbalanced agrees with others for that reason alone.
    is_fair = ~_is_plain(means, len(signs), tests=len(means))
    worst = np.flatnonzero(~is_fair)[np.argsort(-np.abs(means[~is_fair]), kind="stable")]
    return Faults(
        tuple((int(numbers[i]), float(means[i])) for i in worst),
        _dependent(signs[:, is_fair], numbers[is_fair].tolist()),
    )


def warn_of(faults: Faults, *, names: Sequence[str], highs: Sequence[str], stacklevel: int) -> None:
    """Warn of plain faults, the worst of each kind by name.

    Args:
        faults: of a sample.
        names: of all parameters, as a user calls them.
        highs: what a user calls the upper value of each.
        stacklevel: of the caller's caller, as for `warnings.warn` there.
    """
    if not faults:
        return
    found = []
    if faults.unbalanced:
        i, mean = faults.unbalanced[0]
        found.append(
            f"{names[i]} is {highs[i]} in {(1 + mean) / 2:.0%} of the points"
            + _and_more(
                len(faults.unbalanced) - 1, "column is", "columns are", "plainly unbalanced"
            )
        )
    if faults.dependent:
        i, j, correlation = faults.dependent[0]
        found.append(
            f"{names[i]} and {names[j]} have a correlation of {correlation:+.2f}"
            + _and_more(len(faults.dependent) - 1, "pair is", "pairs are", "plainly correlated")
        )
    text = ", and ".join(found)
    warnings.warn(
        f"{text[0].upper()}{text[1:]}, but points drawn uniformly and independently are expected: each "
        "column with either value in about half of them, whatever the other columns are. Were the points "
        "chosen by a search, or filtered? Terms that are found may be wrong, and their intervals too.",
        SampleWarning,
        stacklevel=stacklevel + 1,
    )


def _has_equal_halves(family: Family) -> bool:
    return family.levels == 2 and bool(np.allclose(np.abs(family.table), 1.0))


def _is_plain(means: Values, n: int, *, tests: int) -> NDArray[np.bool_]:
    """Whether means of n signs are far from 0, and further than `tests` of fair coins come."""
    fewer = np.rint(n * (1 - np.abs(means)) / 2)
    p_values = 2 * bdtr(fewer, n, 0.5)
    is_plain: NDArray[np.bool_] = (np.abs(means) >= RELEVANT) & (p_values * tests <= FALSE_ALARM)
    return is_plain


def _dependent(signs: Columns, numbers: list[int]) -> tuple[tuple[int, int, float], ...]:
    """The pairs of columns of signs whose product is plainly unbalanced, the largest first."""
    n, k = signs.shape
    single = signs.astype(np.float32)  # sums of fewer than 2^24 signs are exact
    products = (single.T @ single).astype(np.float64) / n
    first, second = np.nonzero(np.triu(np.abs(products) >= RELEVANT, 1))
    correlations = products[first, second]
    plain = np.flatnonzero(_is_plain(correlations, n, tests=k * (k - 1) // 2))
    order = plain[np.argsort(-np.abs(correlations[plain]), kind="stable")]
    return tuple((numbers[first[o]], numbers[second[o]], float(correlations[o])) for o in order)


def _and_more(count: int, one: str, many: str, what: str) -> str:
    return f" ({count} more {one if count == 1 else many} {what})" if count else ""
