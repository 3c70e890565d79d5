"""Recovery of a sparse polynomial from values at uniform samples (PSR).

Hazan, Klivans, Yuan, "Hyperparameter Optimization: A Spectral Approach" (arXiv 1706.00764), Algorithm 1:
solve a Lasso over all terms up to a degree, and keep the s largest coefficients.

Notation
    N, n, m      samples, parameters, terms
    p_k          number of groups of exactly k parameters; D the largest degree considered
    penalty      multiplies |coefficients|_1 beside 1/(2N) |y - A w|^2; the paper's lambda is 2 N penalty

With ``penalty="auto"`` nothing depends on the units of y. The exact Lasso, with the pivotal penalty
PIVOT * sqrt(2 log p_k / N) * sd(residual) for groups of k parameters, proposes groups; pursuit under a risk
inflation criterion keeps some of them (`selection`); least squares gives their coefficients. The fit is
empty unless the same procedure predicts held-out values better than their mean does, or the criterion falls
by OVERWHELMING: with just enough samples for a sum of terms, a fifth less is too few to predict it. How many
shuffles of y correlate as much with some single group is reported; a sum of equal terms need not pass that.
With a number, it is the paper's rule: that penalty, the largest coefficients, no refit.
"""

from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike

from overtone.errors import RecoveryError
from overtone.space import Levels
from overtone.spectrum.aliases import Aliases, distinct_parameters
from overtone.spectrum.basis import Basis, Values, binary_basis
from overtone.spectrum.path import LassoPath
from overtone.spectrum.path import lasso_path as path_of_scanner
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.rules import AUTO_DEGREE, Auto, Rules
from overtone.spectrum.sample import Sample
from overtone.spectrum.selection import LARGEST_SHARE, criterion, refit, select
from overtone.spectrum.threads import one_blas_thread
from overtone.spectrum.working_set import LassoFit, WorkingSet

# Half the universal penalty: the Lasso is to miss nothing, the criterion then sorts out.
PIVOT: Final = 0.5
# A shuffle does as well by chance in 1 of 50 at most.
PERMUTATIONS: Final = 49
# The criterion charges for every choice: noise lowers it by x with a probability of the order of exp(-x / 2).
OVERWHELMING: Final = 20.0
# Samples in which a group must be active: with fewer, a few odd values make a term.
LEAST_ACTIVE: Final = 12
FOLDS: Final = 5
LEAST_SAMPLES: Final = 2


@final
@dataclass(frozen=True, eq=False)
class Recovery:
    """A sparse polynomial together with the evidence for it.

    Attributes:
        polynomial: the kept terms and the constant.
        errors: standard errors of its coefficients by least squares on the kept terms, shape `(m,)`. They do
            not know that the terms were chosen, so they are a little too small.
        shrunk: the coefficients of the Lasso itself, all of them.
        penalty: of the Lasso, for groups of the largest degree considered.
        duality_gap: over all terms up to that degree, relative to |y|^2 / 2N.
        noise: the residual's standard deviation.
        validated: R^2 on held-out fifths, the whole recovery repeated for each; 0 for an empty fit, NaN
            where the penalty was given.
        p_value: the share of shuffles of y (itself included) that correlate as much with some group.
        samples: N.
        aliases: parameters that the sample cannot tell apart, or that did not vary.
    """

    polynomial: SparsePolynomial
    errors: Values
    shrunk: SparsePolynomial
    penalty: float
    duality_gap: float
    noise: float
    validated: float
    p_value: float
    samples: int
    aliases: Aliases

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found above the noise."""
        return not self.polynomial.parameters


def recover(
    X: ArrayLike,
    y: ArrayLike,
    *,
    degree: int | Auto = "auto",
    sparsity: int | Auto = "auto",
    penalty: float | Auto = "auto",
) -> Recovery:
    """The sparse polynomial behind values at points of {-1, +1}^n.

    Args:
        X: points, shape `(N, n)`, entries -1 and +1.
        y: values, shape `(N,)`.
        degree, sparsity, penalty: see `Rules`.

    Raises:
        RecoveryError: if the shapes do not agree, an entry is no sign, or a value is not finite.
    """
    levels = _levels_of_signs(X)
    rules = Rules(degree, sparsity, penalty)
    return recover_levels(binary_basis(levels.shape[1]), levels, y, rules=rules)


def lasso_path(
    X: ArrayLike,
    y: ArrayLike,
    *,
    degree: int | Auto = AUTO_DEGREE,
    ratio: float = 0.1,
    most_terms: int = 40,
) -> LassoPath:
    """The exact Lasso over all products of up to `degree` signs, at every penalty, proved.

    A group (4, 7) of the path is the product of columns 4 and 7 of X. Columns that did not vary are in no
    group, and of columns that are equal, or each other's negative, the first stands for all.

    Args:
        X: points, shape `(N, n)`, entries -1 and +1.
        y: values, shape `(N,)`.
        degree: the most columns in a product, see `Rules`.
        ratio: the last penalty as a share of the first. Lower it to see weaker terms; raise it to save scans.
        most_terms: the path stops before it would have more. Raise it to see more terms; lower it to save
            scans.

    Raises:
        RecoveryError: as `recover`, or if an option is out of range.
    """
    levels = _levels_of_signs(X)
    rules = Rules(degree)
    sample = _sample(binary_basis(levels.shape[1]), levels, y)
    with one_blas_thread():
        scanner = sample.scanner(np.ones(_degree(sample, rules)))
        path = path_of_scanner(scanner, sample.y, ratio=ratio, most_terms=most_terms)
    # Each parity is one atom, so that an atom has its parameter's number.
    kept = sample.aliases.kept
    return replace(path, groups=tuple(tuple(kept[a] for a in group) for group in path.groups))


def recover_levels(
    basis: Basis, levels: Levels, y: ArrayLike, *, rules: Rules | None = None
) -> Recovery:
    """The sparse polynomial behind values at points given by the levels of their parameters.

    Args:
        basis: the functions of each parameter.
        levels: shape `(N, n)`, -1 for inactive.
        y: values, shape `(N,)`.
        rules: what may be chosen; by default everything.

    Raises:
        RecoveryError: if the shapes do not agree, there are fewer than two samples, or a value is not finite.
    """
    chosen = Rules() if rules is None else rules
    sample = _sample(basis, levels, y)
    with one_blas_thread():
        if chosen.penalty == "auto":
            return _recover_automatically(sample, chosen)
        return _recover_by_penalty(sample, chosen, chosen.penalty)


def in_units_of(recovery: Recovery, levels: Levels, y: Values) -> Recovery:
    """The same terms fitted by least squares to other values at the same points.

    Args:
        recovery: of a transformation of `y`, whose evidence stands.
        levels: shape `(N, n)`.
        y: values, shape `(N,)`.
    """
    polynomial = recovery.polynomial
    design = polynomial.basis.design(levels, polynomial.terms)
    coefficients = np.asarray(np.linalg.lstsq(design, y, rcond=1e-10)[0], dtype=np.float64)
    residual = y - design @ coefficients
    noise = float(np.sqrt(residual @ residual / max(len(y) - len(coefficients), 1)))
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    return replace(
        recovery,
        polynomial=replace(polynomial, coefficients=coefficients),
        errors=noise * np.sqrt(np.diag(inverse)),
        noise=noise,
    )


def _levels_of_signs(X: ArrayLike) -> Levels:
    """The levels, 0 for -1 and 1 for +1, of points of {-1, +1}^n."""
    points = np.asarray(X)
    if points.ndim != 2:
        raise RecoveryError(f"X has shape {points.shape}, but (samples, parameters) is expected.")
    if not np.isin(points, (-1, 1)).all():
        odd = points[~np.isin(points, (-1, 1))].ravel()[0]
        raise RecoveryError(
            f"X holds {odd!r}, but -1 and +1 are expected. For bits write 2 * X - 1; for other parameters "
            "use recover_levels with a basis."
        )
    return (points > 0).astype(np.int64)


def _sample(basis: Basis, levels: Levels, y: ArrayLike) -> Sample:
    """The sample, once nothing is wrong with it."""
    values = np.asarray(y, dtype=np.float64)
    _check_sample(basis, levels, values)
    return Sample(basis, levels, values, distinct_parameters(basis, levels))


def _degree(sample: Sample, rules: Rules) -> int:
    """The largest degree of a term: no term has more parameters than there are."""
    return min(AUTO_DEGREE if rules.degree == "auto" else rules.degree, max(len(sample.basis), 1))


def _check_sample(basis: Basis, levels: Levels, y: Values) -> None:
    if y.ndim != 1 or levels.shape != (len(y), len(basis)):
        raise RecoveryError(
            f"There are points of shape {levels.shape} and values of shape {y.shape}, but "
            f"(N, {len(basis)}) and (N,) are expected."
        )
    if len(y) < LEAST_SAMPLES:
        raise RecoveryError(f"There are {len(y)} samples, but at least {LEAST_SAMPLES} are needed.")
    if not np.isfinite(y).all():
        raise RecoveryError(
            f"y holds {y[~np.isfinite(y)][0]}, but finite values are expected. Replace failed samples by "
            "the worst value seen, or leave them out."
        )


@dataclass(frozen=True, eq=False)
class _Choice:
    """The groups kept from one sample, with their least-squares coefficients."""

    fit: LassoFit
    kept: list[int]
    coefficients: Values
    gain: float = 0.0  # by how much the groups lower the criterion

    def without_groups(self) -> "_Choice":
        """The choice of the constant."""
        return _Choice(self.fit, [], np.zeros(0))


def _choose(sample: Sample, degree: int, sparsity: int | Auto) -> _Choice:
    """The automatic choice: pivotal Lasso, pursuit under the criterion, refit."""
    counts = sample.counts(degree)
    n = len(sample.y)
    y = sample.centred
    # log(1 + p) keeps the weight of a single group above 0.
    universal = np.sqrt(2 * np.log1p(counts) / n)
    fit = WorkingSet(sample.scanner(universal / universal.max()), y).fit_pivotal(
        PIVOT * float(universal.max())
    )
    sizes = np.diff(fit.design.starts)
    degrees = np.array([len(group) for group in fit.groups], dtype=np.int64)
    costs = sizes * np.log(n) + 2 * np.log(degree * counts[degrees - 1])
    costs[fit.active < LEAST_ACTIVE] = np.inf
    kept = select(fit.design, y, costs, _strongest(fit, n))
    if sparsity != "auto" and len(kept) > sparsity:
        size = fit.design.select(np.array(kept)).norms(refit(fit.design, y, kept))
        kept = sorted(np.array(kept)[np.argsort(-size, kind="stable")[:sparsity]].tolist())
    gain = (
        criterion(fit.design, y, costs, []) - criterion(fit.design, y, costs, kept) if kept else 0.0
    )
    return _Choice(fit, kept, refit(fit.design, y, kept), gain)


def _strongest(fit: LassoFit, n: int) -> list[int]:
    """The groups with the largest Lasso coefficients, as many as n samples allow terms."""
    norms = fit.design.norms(fit.flat) if fit.groups else np.zeros(0)
    sizes = np.diff(fit.design.starts)
    allowed = (norms > 0) & (fit.active >= LEAST_ACTIVE)
    order = [int(g) for g in np.argsort(-norms, kind="stable") if allowed[g]]
    spent = np.cumsum(sizes[order])
    return [g for g, terms in zip(order, spent, strict=True) if terms <= LARGEST_SHARE * n]


def _recover_automatically(sample: Sample, rules: Rules) -> Recovery:
    degree = _degree(sample, rules)
    p_value = _p_value(sample, degree)
    choice = _choose(sample, degree, rules.sparsity)
    validated = _validated(sample, degree, rules.sparsity) if choice.kept else 0.0
    if validated <= 0 and choice.gain < OVERWHELMING:
        choice, validated = choice.without_groups(), 0.0
    return _record(sample, choice, p_value=p_value, validated=validated)


def _recover_by_penalty(sample: Sample, rules: Rules, penalty: float) -> Recovery:
    """The paper's rule: the Lasso's own coefficients, the largest kept."""
    degree = _degree(sample, rules)
    y = sample.centred
    fit = WorkingSet(sample.scanner(np.ones(degree)), y).fit(penalty)
    norms = np.array([np.linalg.norm(c) for c in fit.coefficients])
    order = [int(g) for g in np.argsort(-norms, kind="stable") if norms[g] > 0]
    kept = sorted(order if rules.sparsity == "auto" else order[: rules.sparsity])
    coefficients = np.concatenate([np.zeros(0), *(fit.coefficients[g] for g in kept)])
    choice = _Choice(fit, kept, coefficients)
    return _record(sample, choice, p_value=_p_value(sample, degree), validated=np.nan)


def _p_value(sample: Sample, degree: int) -> float:
    """The share of y and its shuffles that correlate at least as much with some group as y does."""
    counts = sample.counts(degree)
    spread = sample.centred.std()
    if spread == 0.0 or not len(sample.basis):
        return 1.0
    y = sample.centred / spread
    rng = np.random.default_rng(0)
    rows = np.array([y, *(rng.permutation(y) for _ in range(PERMUTATIONS))])
    weights = np.sqrt(np.log1p(counts))
    largest = sample.scanner(weights).largest(rows)
    return float((largest >= largest[0] * (1 - 1e-6)).mean())


def _validated(sample: Sample, degree: int, sparsity: int | Auto) -> float:
    """R^2 on held-out fifths, everything chosen anew without them."""
    n = len(sample.y)
    fold = np.arange(n) % FOLDS
    predicted = np.zeros(n)
    for k in range(min(FOLDS, n)):
        training = sample.part(fold != k)
        if len(training.y) < LEAST_SAMPLES:
            return 0.0
        choice = _choose(training, degree, sparsity)
        constant = _constant(training.y, choice)
        groups = [choice.fit.groups[g] for g in choice.kept]
        held_out = sample.basis.columns(sample.levels[fold == k])
        blocks = [sample.basis.group_columns(held_out, group) for group in groups]
        columns = np.concatenate([np.zeros((len(held_out), 0)), *blocks], axis=1)
        predicted[fold == k] = constant + columns @ choice.coefficients
    total = float(sample.centred @ sample.centred)
    return 1.0 - float(((sample.y - predicted) ** 2).sum()) / total if total > 0 else 0.0


def _constant(y: Values, choice: _Choice) -> float:
    """The polynomial's constant: the mean of y less that of the centred terms."""
    inside = np.isin(choice.fit.design.group_of, choice.kept)
    return float(y.mean() - choice.fit.means[inside] @ choice.coefficients)


def _record(sample: Sample, choice: _Choice, *, p_value: float, validated: float) -> Recovery:
    fit, n = choice.fit, len(sample.y)
    kept = fit.design.select(np.array(choice.kept, dtype=np.int64))
    residual = sample.centred - kept.columns @ choice.coefficients
    free = max(n - 1 - len(choice.coefficients), 1)
    noise = float(np.sqrt(residual @ residual / free))
    inverse = np.linalg.pinv(kept.columns.T @ kept.columns, hermitian=True)
    # The constant is the mean of y less that of the terms, and inherits their errors.
    means = fit.means[np.isin(fit.design.group_of, choice.kept)]
    errors = noise * np.sqrt([1 / n + means @ inverse @ means, *np.diag(inverse)])
    parts = np.split(choice.coefficients, kept.starts[1:-1])
    active = [g for g, c in enumerate(fit.coefficients) if np.any(c != 0)]
    constant = float(sample.y.mean() - fit.means @ fit.flat)
    return Recovery(
        polynomial=sample.polynomial(
            [fit.groups[g] for g in choice.kept], parts, _constant(sample.y, choice)
        ),
        errors=errors,
        shrunk=sample.polynomial(
            [fit.groups[g] for g in active], [fit.coefficients[g] for g in active], constant
        ),
        penalty=fit.penalty,
        duality_gap=fit.gap,
        noise=noise,
        validated=validated,
        p_value=p_value,
        samples=n,
        aliases=sample.aliases,
    )
