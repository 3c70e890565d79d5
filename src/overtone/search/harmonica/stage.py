"""Harmonica: sample, recover, minimise, restrict, and again; a pure replay of the history.

Hazan, Klivans, Yuan, "Hyperparameter Optimization: A Spectral Approach" (arXiv 1706.00764), Algorithm 2.

A stage draws `samples` uniform configurations from its region, recovers a sparse polynomial from them,
and restricts the parameters that it depends on to its `restriction` best assignments; every
later configuration follows one of them, drawn at random. After `stages` stages a base optimiser goes on.

What is proposed is a function of the finished trials, the settings, the seed and the trial's number. A stage
closes on a cohort: the first trials, by number, that were drawn from its region. A closed stage is kept,
and nothing that arrives later changes it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from overtone.search.grid import Grid, grid
from overtone.search.harmonica.settings import LEAST, Settings
from overtone.search.history import History, fit_values, is_usable, normal_scores
from overtone.search.region import Alternatives, Region
from overtone.space import Levels, SearchSpace
from overtone.space.streams import stream
from overtone.spectrum.basis import CONSTANT, Values
from overtone.spectrum.minimise.minimise import Minimum, minimise
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.recovery.recovery import Recovery, in_units_of, recover_levels
from overtone.spectrum.recovery.rule import AUTO_DEGREE

# Samples of a stage per natural logarithm of the number of terms: with ten, five to ten terms were found in
# nearly every simulated problem with a noise of half a standard deviation.
SAMPLES_PER_LOG: Final = 10
LEAST_SAMPLES: Final = 30
# A stage that has all its samples but for stragglers goes on without them after this many extra draws.
PATIENCE: Final = 10
PATIENCE_SHARE: Final = 0.25
# How far equal assignments are moved apart, as a share of the polynomial's scale.
TIE_BREAK: Final = 1e-7
# Standard errors by which an assignment must be worse than the best to be dropped.
CONVINCING: Final = 2.0


@final
@dataclass(frozen=True, eq=False)
class Stage:
    """A closed stage.

    Attributes:
        index: from 0.
        region: the digest of the region that its trials were drawn from.
        cohort: the numbers of the trials that it was decided on.
        failed: how many of them had no value.
        recovery: the polynomial, in units of the values, and its evidence; None if too few trials had a
            value. With an automatic penalty the terms were chosen on the values' normal scores.
        minimum: the best assignments of the polynomial that was chosen; None if nothing was found above
            the noise.
        alternatives: the intervals that they stand for.
    """

    index: int
    region: str
    cohort: tuple[int, ...]
    failed: int
    recovery: Recovery | None
    minimum: Minimum | None
    alternatives: Alternatives


def samples_for(space: SearchSpace, *, trials: int | None = None, stages: int = 2) -> int:
    """The samples of one stage: enough for the size of the space, but no more than the budget's share.

    Args:
        space: all parameters.
        trials: the whole budget, if there is one; each stage and the base optimiser get an equal share.
        stages: see `Settings`.
    """
    terms = sum(
        grid(space, Region()).basis.atoms.count_groups(min(AUTO_DEGREE, max(len(space), 1)))
    )
    wanted = max(math.ceil(SAMPLES_PER_LOG * math.log(terms + 1)), LEAST_SAMPLES)
    share = wanted if trials is None else trials // (stages + 1)
    return max(min(wanted, share), LEAST["samples"])


def region_after(stages: Sequence[Stage]) -> Region:
    """The region that closed stages leave."""
    region = Region()
    for stage in stages:
        region = region.narrowed(stage.alternatives)
    return region


def samples_needed(samples: int, stages: Sequence[Stage]) -> int:
    """The size of the next stage's cohort.

    A stage that pinned nothing leaves its region as it was, so its trials are valid samples of the next
    stage too: the next fit has its own samples and those.
    """
    repeats = 1
    while repeats <= len(stages) and not any(stages[-repeats].alternatives):
        repeats += 1
    return samples * repeats


def cohort(numbers: Sequence[int], finished: Sequence[bool], needed: int) -> tuple[int, ...] | None:
    """The trials that a stage closes on, or None if it is too early.

    Args:
        numbers: of the trials drawn from the stage's region, ascending.
        finished: whether each of them is.
        needed: how many are wanted.

    The first `needed` trials by number, once all are finished: the same on every machine. A trial that
    never finishes is passed over when a quarter more trials than needed have been drawn, and at least ten.
    """
    if len(numbers) < needed:
        return None
    if all(finished[:needed]):
        return tuple(numbers[:needed])
    done = [number for number, is_done in zip(numbers, finished, strict=True) if is_done]
    patience = max(PATIENCE, math.ceil(PATIENCE_SHARE * needed))
    if len(numbers) >= needed + patience and len(done) >= needed:
        return tuple(done[:needed])
    return None


def close(
    space: SearchSpace, settings: Settings, stages: Sequence[Stage], history: History
) -> Stage:
    """The stage after `stages`, decided on a history that holds its cohort and nothing else."""
    region = region_after(stages)
    prepared = fit_values(history)
    numbers = tuple(int(number) for number in history.numbers)
    if prepared is None:
        failed = len(numbers) - int(is_usable(history.y).sum())
        return Stage(len(stages), region.digest, numbers, failed, None, None, ())
    y, failed = prepared
    cells = grid(space, region)
    levels = cells.levels(history.codes)
    # A penalty given as a number is in units of the values.
    fitted = normal_scores(y) if settings.recovery.penalty == "auto" else y
    recovery = recover_levels(cells.basis, levels, fitted, settings=settings.recovery)
    minimum: Minimum | None = None
    alternatives: Alternatives = ()
    if not recovery.is_empty:
        minimum = _best(recovery.polynomial, cells, levels, fitted, settings.restriction)
        if settings.recovery.penalty == "auto":
            minimum = _undecided(minimum, recovery, levels)
        alternatives = _alternatives(minimum, cells)
    if settings.recovery.penalty == "auto":
        recovery = in_units_of(recovery, levels, y)
    return Stage(len(stages), region.digest, numbers, failed, recovery, minimum, alternatives)


def _best(
    polynomial: SparsePolynomial,
    cells: Grid,
    levels: Levels,
    y: Values,
    count: int,
) -> Minimum:
    """The polynomial's best assignments; of equal ones, some that differ.

    A product of settings has its least value at many assignments. They are told apart by the mean of the
    values seen at each level, which knows nothing of how levels are numbered: the first assignment has the
    levels that did best on their own, the second those that did worst, and each further pair turns the
    preference around for a random half of the parameters and for the other half. So what the polynomial
    leaves open stays open, and a product of an odd number of settings has either sign in some assignment.
    """
    activity = cells.activity()
    exact = minimise(polynomial, count=count, activity=activity)
    chosen: list[tuple[int, ...]] = []
    is_proved = exact.is_proved
    for attempt in range(count if exact.ties > count else 1):
        tilt = _tilt(polynomial, levels, y, attempt)
        ordered = minimise(tilt, count=count, activity=activity)
        is_proved &= ordered.is_proved
        fresh = [a for a in map(tuple, ordered.assignments.tolist()) if a not in chosen]
        chosen += fresh[:1] if exact.ties > count else fresh
    assignments = np.array(chosen, dtype=np.int64)
    values = _values(polynomial, exact.parameters, assignments)
    order = np.argsort(values, kind="stable")
    return Minimum(exact.parameters, assignments[order], values[order], exact.ties, is_proved)


def _undecided(minimum: Minimum, recovery: Recovery, levels: Levels) -> Minimum:
    """The assignments that the samples do not show to be worse than the best one.

    With few parameters the t best assignments are all there are, the worst included. Each is kept only while
    it is better than the mean, and its difference from the best is within CONVINCING standard errors of that
    difference by least squares.
    """
    polynomial = recovery.polynomial
    basis, terms = polynomial.basis, polynomial.terms
    design = basis.design(levels, terms)
    covariance = recovery.noise**2 * np.linalg.pinv(design.T @ design, hermitian=True)
    rows = basis.design(_full(polynomial, minimum.parameters, minimum.assignments), terms)
    apart = rows - rows[0]
    errors = np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", apart, covariance, apart), 0.0))
    kept = minimum.values - minimum.values[0] <= CONVINCING * errors + TIE_BREAK * abs(
        minimum.values[0]
    )
    kept[1:] &= minimum.values[1:] < polynomial.constant
    return replace(minimum, assignments=minimum.assignments[kept], values=minimum.values[kept])


def _tilt(
    polynomial: SparsePolynomial, levels: Levels, y: Values, attempt: int
) -> SparsePolynomial:
    """The polynomial plus its parameters' single functions, too small to reorder unequal assignments."""
    basis = polynomial.basis
    singles = [
        ((int(i), int(a)),)
        for i, a in zip(basis.atoms.owners, basis.atoms.orders, strict=True)
        if i in polynomial.parameters
    ]
    slopes = basis.design(levels, singles).T @ (y - y.mean()) / len(y)
    turned = {i: _is_turned(basis.families[i].name, attempt) for i in polynomial.parameters}
    signs = np.array([-1.0 if turned[term[0][0]] else 1.0 for term in singles])
    scale = TIE_BREAK * float(np.abs(polynomial.coefficients[1:]).max())
    size = float(np.abs(slopes).max(initial=0.0)) or 1.0
    summed = {t: float(c) for t, c in zip(polynomial.terms, polynomial.coefficients, strict=True)}
    for term, slope in zip(singles, signs * slopes, strict=True):
        summed[term] = summed.get(term, 0.0) + scale * slope / size
    return SparsePolynomial(basis, tuple(summed), np.array(list(summed.values())))


def _is_turned(name: str, attempt: int) -> bool:
    """Whether an attempt turns a parameter's preference around: none, all, a random half, the other, ..."""
    rng = stream("preference", attempt // 2, name)
    in_half = attempt > 1 and bool(rng.integers(2))
    return in_half != bool(attempt % 2)


def _values(
    polynomial: SparsePolynomial, parameters: tuple[int, ...], assignments: Levels
) -> Values:
    return polynomial(_full(polynomial, parameters, assignments))


def _full(polynomial: SparsePolynomial, parameters: tuple[int, ...], assignments: Levels) -> Levels:
    """Assignments of some parameters as levels of all, 0 for the others."""
    levels = np.zeros((len(assignments), len(polynomial.basis)), dtype=np.int64)
    levels[:, list(parameters)] = assignments
    return levels


def _alternatives(minimum: Minimum, cells: Grid) -> Alternatives:
    """The assignments' intervals, each once: those that differ in inactive parameters only are equal."""
    found = [
        cells.alternative(dict(zip(minimum.parameters, assignment, strict=True)))
        for assignment in minimum.assignments.tolist()
    ]
    return tuple(a for k, a in enumerate(found) if a not in found[:k])


def evidence(stage: Stage, name: str) -> list[tuple[str, float, float]]:
    """Why a stage restricted a parameter: the terms that hold it, their coefficients and standard errors."""
    if stage.recovery is None:
        return []
    polynomial = stage.recovery.polynomial
    return [
        (polynomial.describe(term), float(coefficient), float(error))
        for term, coefficient, error in zip(
            polynomial.terms, polynomial.coefficients, stage.recovery.errors, strict=True
        )
        if term != CONSTANT and name in {polynomial.basis.families[i].name for i, _ in term}
    ]
