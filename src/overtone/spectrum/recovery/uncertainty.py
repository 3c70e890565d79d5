"""How sure the terms of a recovery are: intervals of their coefficients, and how stably they are chosen.

A term's stability is the share of subsamples from which the same rule chooses it (Meinshausen and Buhlmann
2010). Each value is left out equally often, so that none decides in more of them than another.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from overtone.errors import RecoveryError
from overtone.space import Levels
from overtone.space.streams import stream
from overtone.spectrum.basis import Basis, Group, Term, Values, binary_basis
from overtone.spectrum.recovery.intervals import Bounds
from overtone.spectrum.recovery.recovery import (
    checked_sample,
    judged_choice,
    levels_of_signs,
    rule_of,
    sample_from_outside,
)
from overtone.spectrum.recovery.rivals import RivalChoices
from overtone.spectrum.recovery.rule import Auto, RecoverySettings, Rule
from overtone.spectrum.recovery.sample import Sample
from overtone.spectrum.recovery.uniformity import faults_of
from overtone.spectrum.threads import one_blas_thread

SUBSAMPLES: Final = 50
# Each leaves out a fifth. From half of just enough samples the same terms cannot be found.
PARTS: Final = 5
# A term that is chosen from at least this share of subsamples, and whose interval is on one side of 0, is
# reported as real; `benchmarks/recovering/intervals.py` measures how many of those are not.
STABLE: Final = 0.5
# Where columns are plainly not uniform, a term that another one stands in for is chosen often: the interval
# of one that is chosen from less than this holds 0.
STABLE_IN_FAULTY_SAMPLES: Final = 0.9


@final
@dataclass(frozen=True, eq=False)
class Uncertainty:
    """How sure each kept term is, the constant left out.

    Attributes:
        terms: m of them.
        coefficients: shape `(m,)`.
        low, high: ends of the intervals of the coefficients, shape `(m,)`. Each holds the intervals of
            several fits, so a coefficient need not be in its middle.
        stability: the share of subsamples that the term is chosen from, shape `(m,)`.
        level: of the intervals.
    """

    terms: tuple[Term, ...]
    coefficients: Values
    low: Values
    high: Values
    stability: Values
    level: float

    @property
    def is_real(self) -> NDArray[np.bool_]:
        """Whether each term is stable and its interval leaves out 0, shape `(m,)`.

        Of terms for which this holds at most one in ten is false, over many recoveries of sparse functions
        from uniform points.
        """
        found: NDArray[np.bool_] = (self.stability >= STABLE) & (
            np.sign(self.low) * np.sign(self.high) > 0
        )
        return found


def uncertainty(  # noqa: PLR0913  # those of `recover`, and two of its own
    X: ArrayLike,
    y: ArrayLike,
    *,
    degree: int | Auto = "auto",
    sparsity: int | Auto = "auto",
    penalty: float | Auto = "auto",
    rule: Rule | Auto = "auto",
    level: float = 0.95,
    seed: int = 0,
) -> Uncertainty:
    """How sure the terms are that `recover` finds with the same options.

    As for `recover`, the points are taken to be drawn uniformly, each column whatever the others are, and
    the noise to be independent. An interval is Student's, of least squares on the kept terms, widened to
    hold those of the fits that the sample hardly tells from this one (`docs/design/0010-uncertainty.md`):
    where columns are unbalanced or dependent there are many of them. There, the interval of a term that a
    tenth of the subsamples do without holds 0.

    Args:
        X: points, shape `(N, n)`, entries -1 and +1.
        y: values, shape `(N,)`.
        degree, sparsity, penalty, rule: as for `recover`.
        level: of the intervals, between 0 and 1.
        seed: of the subsamples.

    Raises:
        RecoveryError: as `recover`, or if the level is out of range.

    Warns:
        SampleWarning: as `recover`.
    """
    _check_level(level)
    levels = levels_of_signs(X)
    settings = RecoverySettings(degree, sparsity, penalty, rule)
    sample = sample_from_outside(binary_basis(levels.shape[1]), levels, y)
    return _of_sample(sample, settings, level=level, seed=seed)


def uncertainty_of_levels(
    basis: Basis,
    levels: Levels,
    y: ArrayLike,
    *,
    settings: RecoverySettings | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Uncertainty:
    """How sure the terms are that `recover_levels` finds in the same sample.

    Args:
        basis, levels, y, settings: as for `recover_levels`.
        level: of the intervals, between 0 and 1.
        seed: of the subsamples.

    Raises:
        RecoveryError: as `recover_levels`, or if the level is out of range.
    """
    _check_level(level)
    chosen = RecoverySettings() if settings is None else settings
    return _of_sample(checked_sample(basis, levels, y), chosen, level=level, seed=seed)


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise RecoveryError(f"level is {level!r}, but a number between 0 and 1 is expected.")


def _of_sample(
    sample: Sample, settings: RecoverySettings, *, level: float, seed: int
) -> Uncertainty:
    rng = stream("subsamples", seed)
    intervals = RivalChoices(settings.highest_degree(sample))
    with one_blas_thread():
        choice, _ = judged_choice(sample, settings)
        bounds = intervals.bounds(sample, choice, level=level, rng=rng)
        shares = stability(sample, settings, choice.groups, rng, parts=PARTS)
    terms = [[sample.original(t) for t in sample.basis.atoms.terms_of(g)] for g in choice.groups]
    sizes = [len(group) for group in terms]
    if faults_of(sample):
        bounds = with_zero(bounds, np.repeat(shares < STABLE_IN_FAULTY_SAMPLES, sizes))
    return Uncertainty(
        tuple(term for group in terms for term in group),
        sample.in_own_units(np.concatenate([np.zeros(0), *choice.coefficients])),
        sample.in_own_units(bounds.low),
        sample.in_own_units(bounds.high),
        np.repeat(shares, sizes),
        level,
    )


def with_zero(bounds: Bounds, which: NDArray[np.bool_]) -> Bounds:
    """The same intervals, some of them widened to hold 0."""
    return Bounds(
        np.where(which, np.minimum(bounds.low, 0.0), bounds.low),
        np.where(which, np.maximum(bounds.high, 0.0), bounds.high),
    )


def stability(
    sample: Sample,
    settings: RecoverySettings,
    groups: tuple[Group, ...],
    rng: np.random.Generator,
    *,
    parts: int,
) -> Values:
    """The share of subsamples from which each of some groups is chosen, shape `(len(groups),)`.

    A subsample leaves out one of `parts` equal random parts, each of them in turn: with two parts these are
    the complementary pairs of Shah and Samworth (2013).
    """
    n, rule = len(sample.y), rule_of(settings)
    if not groups:
        return np.zeros(0)
    chosen: list[set[Group]] = []
    for _ in range(SUBSAMPLES // parts):
        part = rng.permutation(n) * parts // n
        kept = [sample.part(part != k) for k in range(parts)]
        chosen += [set(rule.choose(rows, settings).groups) for rows in kept]
    return np.array([np.mean([group in found for found in chosen]) for group in groups])
