"""How much of the whole space's variation each setting, and each interaction, makes.

The trials of a search describe the region where they are, and the space around it with growing doubt. So
every share has an interval, only what surely is there is listed, and what is left is called not resolved.
Shares are of the function on the belief's scale, which is the metric's own unless its values reach over
orders of magnitude.

Notation
    V    variance of the function over the space
    c_S  coefficients of the terms over the parameters S: the share of S is the sum of their squares over V
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final, TypeAlias, final

import numpy as np

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.estimate import NINETY, Estimate
from overtone.search.conclusions.noise import Noise
from overtone.search.conclusions.quadrature import (
    Levels,
    at_levels,
    axis_of,
    functions_of,
    has_terms,
    levels_of,
)
from overtone.search.spectral.coding import Coding, Units
from overtone.space import (
    Categorical,
    SearchSpace,
)
from overtone.space.streams import stream
from overtone.spectrum.basis import CONSTANT, Basis, Columns, Family, Term, Values
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.posterior.coefficients import Coefficients
from overtone.spectrum.recovery.recovery import Recovery
from overtone.spectrum.threads import one_blas_thread
from overtone.spectrum.units import deviation_of

Support: TypeAlias = tuple[int, ...]

MOST_GROUPS: Final = 60
# A group is listed if the mean of one of its coefficients is this many standard deviations from 0.
CERTAIN: Final = 2.5758
# Uniform configurations that variances, and means over the space, are computed from, and pairs of them.
SAMPLE: Final = 256
PAIRED: Final = 128
LEAST_VARIANCE: Final = 1e-12
DRAWS: Final = 400
# Less than this share told is not to be listed.
LEAST_TOLD: Final = 0.5
# Combinations of levels of which a table of values is made.
MOST_CELLS: Final = 512


@final
@dataclass(frozen=True)
class Share:
    """What some settings do together, over the whole space.

    Attributes:
        parameters: the settings.
        share: of the variance.
        best, worst: their levels with the best and the worst mean over all other settings, in words.
        gain: how much better the best is, in the metric's units.
    """

    parameters: Support
    share: Estimate
    best: tuple[str, ...]
    worst: tuple[str, ...]
    gain: Estimate


@final
@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the whole space.

    Attributes:
        listed: of single settings and of interactions, the largest first.
        totals: of each setting with all its interactions, by parameter.
        resolved: the sum of what is listed, at most 1.
        score: R^2 of the belief on values that are left out.
    """

    listed: tuple[Share, ...]
    totals: tuple[Estimate, ...]
    resolved: float
    score: float

    @property
    def told(self) -> float:
        """The share of what the function does that the trials tell of."""
        return min(self.resolved, self.score)

    @property
    def is_much_told(self) -> bool:
        """Whether that is enough to list it."""
        return self.told >= LEAST_TOLD


def shares_of(space: SearchSpace, belief: Belief) -> Shares:
    """The shares that a belief knows."""
    with one_blas_thread():
        uniform = _uniform(belief.coding)
        if any(parameter.when for parameter in space.parameters):
            variances, score = _variances(belief, uniform), belief.score
            listed = _of_branches(space, belief, uniform, variances)
        else:
            listed, variances, score = _of_terms(space, belief, uniform)
        totals = _totals(belief, uniform[:: SAMPLE // PAIRED], variances)
    totals = tuple(_at_least(total, i, listed) for i, total in enumerate(totals))
    # The shares of branches are estimated one by one.
    most = max(sum(found.share.mean for found in listed), 1.0)
    listed = [replace(found, share=found.share.over(most)) for found in listed]
    listed.sort(key=lambda found: (-found.share.mean, found.parameters))
    resolved = min(sum(found.share.mean for found in listed), 1.0)
    return Shares(tuple(listed), totals, resolved, max(score, 0.0))


def _at_least(total: Estimate, parameter: int, listed: list[Share]) -> Estimate:
    """A total share, which has as its parts all that is listed of its parameter."""
    parts = [found.share for found in listed if parameter in found.parameters]
    ends = ((total.low, total.mean, total.high), *((p.low, p.mean, p.high) for p in parts))
    low, mean, high = (max(total_end, sum(own)) for total_end, *own in zip(*ends, strict=True))
    return _within(mean, min(low, 1.0), high)


def shares_of_recovery(space: SearchSpace, recovery: Recovery, y: Values, noise: Noise) -> Shares:
    """The shares of a polynomial that was recovered from uniform draws.

    V is the variance of their values, less that of the noise where it is known.
    """
    polynomial = recovery.polynomial
    terms = [tuple(i for i, _ in term) for term in polynomial.terms]
    # In deviations of the values, since squares of very small ones are 0.
    unit, variance = deviation_of(y), 1.0
    if noise.deviation is not None:
        told = float(((polynomial.coefficients[list(map(bool, terms))] / unit) ** 2).sum())
        variance = max(1.0 - (noise.deviation.mean / unit) ** 2, told)
    rng = stream("draws of coefficients")
    listed = []
    for support in polynomial.variance_shares():
        chosen = np.array([own == support for own in terms])
        errors = recovery.errors[chosen]
        means = polynomial.coefficients[chosen] / unit
        drawn = means + errors / unit * rng.standard_normal((DRAWS, len(means)))
        low, high = np.quantile((drawn**2).sum(axis=1) / variance, [0.05, 0.95])
        share = float((means**2).sum()) / variance
        listed.append(
            _recovered(polynomial, support, _within(share, float(low), float(high)), errors)
        )
    totals = [Estimate(0.0, 0.0, 0.0)] * len(space)
    for found in listed:
        for i in found.parameters:
            total, own = totals[i], found.share
            totals[i] = _within(total.mean + own.mean, total.low + own.low, total.high + own.high)
    resolved = min(sum(found.share.mean for found in listed), 1.0)
    score = float(np.nan_to_num(recovery.validated))
    return Shares(tuple(listed), tuple(totals), resolved, max(score, 0.0))


def _recovered(
    polynomial: SparsePolynomial, support: Support, share: Estimate, errors: Values
) -> Share:
    """An effect of a polynomial, with the best and the worst of all terms within its parameters."""
    table = polynomial.within(support)
    best, worst = (
        np.unravel_index(int(pick), table.shape) for pick in (np.argmin(table), np.argmax(table))
    )
    families = [polynomial.basis.families[i] for i in support]
    gain = float(table.max() - table.min())
    half = 2 * NINETY * float(np.linalg.norm(errors))
    return Share(
        support,
        share,
        tuple(f.labels[level] for f, level in zip(families, best, strict=True)),
        tuple(f.labels[level] for f, level in zip(families, worst, strict=True)),
        Estimate(gain, gain - half, gain + half),
    )


def _uniform(coding: Coding) -> Units:
    """Uniform configurations, stratified in every parameter, to be settled, shape `(SAMPLE, n)`."""
    rng = stream("uniform sample")
    places = np.argsort(rng.random((len(coding), SAMPLE)), axis=1).T
    return coding.unsettled((places + rng.random(places.shape)) / SAMPLE)


def _variances(belief: Belief, uniform: Units) -> Values:
    """V in draws of the posterior, shape `(DRAWS,)`."""
    drawn = belief.draws(belief.coding.snapped(uniform), DRAWS)
    return _bounded(belief, drawn.var(axis=1))


def _bounded(belief: Belief, variances: Values) -> Values:
    """Variances that the values which no model chose allow: far from all trials a posterior allows more."""
    return np.clip(variances, LEAST_VARIANCE, max(belief.most_variance, LEAST_VARIANCE))


def _of_terms(
    space: SearchSpace, belief: Belief, uniform: Units
) -> tuple[list[Share], Values, float]:
    """The groups of terms that are surely there, draws of V, and how well they alone predict.

    V is their energy and that of what is left of the function without them: a sample errs in the latter only.
    The last is R^2 of the values that are left out one at a time.
    """
    known = _coefficients(space, belief)
    terms_of: dict[Support, list[Term]] = {}
    sure: set[Support] = set()
    for group in known.largest(MOST_GROUPS):
        terms = known.basis.atoms.terms_of(group)
        support = tuple(i for i, _ in terms[0])
        means, deviations = known.of(terms)
        terms_of.setdefault(support, []).extend(terms)
        if (np.abs(means) > CERTAIN * deviations).any():
            sure.add(support)
    supports = sorted(sure)
    chosen = [term for support in supports for term in terms_of[support]]
    means, deviations = known.of([CONSTANT, *chosen])
    noise = stream("draws of coefficients").standard_normal((DRAWS, len(chosen)))
    energies = (means[1:] + deviations[1:] * noise) ** 2
    rows = belief.coding.snapped(uniform)
    left = belief.draws(rows, DRAWS) - _values(belief, known, [CONSTANT, *chosen], rows) @ means
    told = energies.sum(axis=1)
    # The bound is on what is left: a few values may vary less than what is surely there.
    variances = np.maximum(_bounded(belief, told + left.var(axis=1)), told)
    owner = np.repeat(np.arange(len(supports)), [len(terms_of[support]) for support in supports])
    listed = []
    for k, support in enumerate(supports):
        low, high = np.quantile(energies[:, owner == k].sum(axis=1) / variances, [0.05, 0.95])
        share = float((means[1:][owner == k] ** 2).sum() / np.median(variances))
        levels = [_tried(belief, levels_of(belief.coding, i)) for i in support]
        listed.append(_share(belief, uniform, support, share, (float(low), float(high)), levels))
    return listed, variances, _score(belief, known, chosen)


def _tried(belief: Belief, levels: Levels) -> Levels:
    """The levels that trials with a value had; all of them if that is not said of two at least."""
    column, ends, labels = levels
    own = belief.units[belief.coding.active(belief.units)[:, column], column]
    # Cells are equally wide in units, so that a number is in that of the nearest middle.
    kept = np.unique(np.abs(own[:, None] - ends.mean(axis=1)).argmin(axis=1))
    return levels if len(kept) < 2 else (column, ends[kept], tuple(labels[k] for k in kept))


def _values(belief: Belief, known: Coefficients, terms: list[Term], rows: Units) -> Columns:
    """The values of some terms at some rows, shape `(C, m)`."""
    columns = {
        i: functions_of(belief.coding, known.axes[i].column, rows[:, known.axes[i].column])
        for i in {i for term in terms for i, _ in term}
    }
    values = np.ones((len(rows), len(terms)))
    for k, term in enumerate(terms):
        for i, order in term:
            values[:, k] *= columns[i][:, order]
    return values


def _score(belief: Belief, known: Coefficients, terms: list[Term]) -> float:
    """R^2 of the values that are left out one at a time, by some terms and the constant alone."""
    if not terms:
        return 0.0
    every = [CONSTANT, *terms]
    z = belief.posterior.z
    apart = z - known.left_out(every, _values(belief, known, every, belief.units))
    return 1.0 - float(apart @ apart) / float(((z - z.mean()) ** 2).sum())


def _coefficients(space: SearchSpace, belief: Belief) -> Coefficients:
    coding = belief.coding
    families, axes = [], []
    for i, parameter in enumerate(space.parameters):
        axis = axis_of(coding, i)
        table = axis.functions[:, 1:]
        is_grouped = isinstance(parameter, Categorical) and table.shape[1] > 1
        families.append(Family(parameter.name, table, is_grouped, ("",) * len(table)))
        axes.append(axis)
    units = belief.units
    active = coding.active(units)
    return Coefficients(
        Basis(tuple(families)), axes, belief.posterior, units, active, belief.fit.terms
    )


def _share(
    belief: Belief,
    uniform: Units,
    support: Support,
    share: float,
    ends: tuple[float, float],
    levels: list[Levels],
) -> Share:
    """A share with its best and worst levels: means over all other settings."""
    combinations = list(product(*(range(len(units)) for _, units, _ in levels)))
    stride = max(1, len(combinations) * len(uniform) // (MOST_CELLS * 16))
    sample = uniform[::stride]
    rows = np.repeat(sample[None], len(combinations), axis=0)
    for place, one in enumerate(levels):
        column, at = one[0], at_levels(belief.coding, sample, one)
        for k, combination in enumerate(combinations):
            rows[k, :, column] = at[combination[place], :, column]
    flat = belief.coding.snapped(rows.reshape(-1, rows.shape[2]))
    means = belief.expected(flat).reshape(len(combinations), len(sample)).mean(axis=1)
    best, worst = int(np.argmin(means)), int(np.argmax(means))
    pair = belief.averages(rows[[best, worst]])
    return Share(
        support,
        _within(share, *ends),
        tuple(labels[c] for (_, _, labels), c in zip(levels, combinations[best], strict=True)),
        tuple(labels[c] for (_, _, labels), c in zip(levels, combinations[worst], strict=True)),
        _scaled(pair, float(means[worst] - means[best])),
    )


def _scaled(on_scale: tuple[float, float], gain: float) -> Estimate:
    """A gain in the metric's units, as unsure as the same one on the scale."""
    mean, deviation = on_scale
    relative = NINETY * deviation / mean if mean > 0 else np.inf
    return Estimate(gain, gain * (1 - relative), gain * (1 + relative))


def _within(mean: float, low: float, high: float) -> Estimate:
    mean = min(mean, 1.0)
    return Estimate(mean, min(low, mean), min(max(high, mean), 1.0))


def _of_branches(
    space: SearchSpace, belief: Belief, uniform: Units, variances: Values
) -> list[Share]:
    """Single settings of a space with conditions, over the configurations that have them.

    The share of a setting is the variance of its mean over all others, where it exists, times how often it
    does.
    """
    listed = []
    active = belief.coding.active(belief.coding.snapped(uniform))
    for i, parameter in enumerate(space.parameters):
        if not has_terms(parameter):
            continue
        column = int(np.flatnonzero(belief.coding.order == i)[0])
        sample = uniform[active[:, column]]
        if not len(sample):
            continue
        levels = levels_of(belief.coding, i)
        drawn = _drawn_means(belief, sample, levels)
        effects = drawn - drawn.mean(axis=1, keepdims=True)
        share = (effects**2).mean(axis=1) * active[:, column].mean() / variances[: len(drawn)]
        mean_effects = effects.mean(axis=0)
        if (np.abs(mean_effects) > CERTAIN * effects.std(axis=0)).any():
            low, high = np.quantile(share, [0.05, 0.95])
            mean = float((mean_effects**2).mean() * active[:, column].mean() / np.median(variances))
            tried = [_tried(belief, levels)]
            listed.append(_share(belief, sample, (i,), mean, (float(low), float(high)), tried))
    return listed


def _drawn_means(belief: Belief, sample: Units, levels: Levels) -> Values:
    """Means over a sample for each level of one parameter, in draws, shape `(DRAWS, levels)`."""
    count = len(levels[1])
    few = at_levels(belief.coding, sample[:: max(1, len(sample) * count // MOST_CELLS)], levels)
    flat = belief.coding.snapped(few.reshape(-1, few.shape[2]))
    drawn = belief.draws(flat, DRAWS)
    return np.asarray(drawn.reshape(len(drawn), count, -1).mean(axis=2))


def _totals(belief: Belief, uniform: Units, variances: Values) -> tuple[Estimate, ...]:
    """The total share of each parameter, in the order of the space.

    E[(f(x) - f(x'))^2] / 2 V, where x' differs from x by another draw of the parameter (Jansen 1999); what
    depends on it comes along. Half of it stays where x' = x.
    """
    coding = belief.coding
    other = np.roll(uniform, len(uniform) // 2 - 1, axis=0)
    middle = float(np.median(variances))
    found: list[Estimate] = [Estimate(0.0, 0.0, 0.0)] * len(coding)
    changed = (
        coding.snapped(np.where(np.arange(len(coding)) == column, other, uniform))
        for column in range(len(coding))
    )
    pairs = belief.pairs(coding.snapped(uniform), changed)
    for parameter, (means, deviations) in zip(coding.order.tolist(), pairs, strict=True):
        size = np.abs(means)
        ends = (np.maximum(size - NINETY * deviations, 0.0), size, size + NINETY * deviations)
        low, mean, high = (float((end**2).mean()) / 2 / middle for end in ends)
        # Of so many pairs only.
        error = NINETY * float((size**2).std() / np.sqrt(len(size))) / 2 / middle
        found[parameter] = _within(mean, max(low - error, 0.0), high + error)
    return tuple(found)
