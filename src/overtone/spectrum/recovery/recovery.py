"""Recovery of a sparse polynomial from values at uniform samples (PSR).

Hazan, Klivans, Yuan, "Hyperparameter Optimization: A Spectral Approach" (arXiv 1706.00764), Algorithm 1:
solve a Lasso over all terms up to a degree, and keep the s largest coefficients.

Notation
    N, n, m      samples, parameters, terms
    penalty      multiplies |coefficients|_1 beside 1/(2N) |y - A w|^2; the paper's lambda is 2 N penalty

How terms are chosen is a `Rule`. By default `Pursuit` chooses, and nothing depends on the units of y. The fit
is empty unless the same rule predicts held-out values better than their mean does, or its criterion falls by
OVERWHELMING: with just enough samples for a sum of terms, a fifth less is too few to predict it. How many
shuffles of y correlate as much with some single group is reported; a sum of equal terms need not pass that.
A penalty given as a number is the paper's rule, `FixedPenalty`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from numpy.typing import ArrayLike

from overtone.errors import RecoveryError
from overtone.space import Levels
from overtone.space.streams import stream
from overtone.spectrum.basis import Basis, Values, binary_basis
from overtone.spectrum.lasso.path import LassoPath, proved_path
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.recovery.aliases import Aliases
from overtone.spectrum.recovery.lasso_rules import FixedPenalty
from overtone.spectrum.recovery.pursuit import Pursuit
from overtone.spectrum.recovery.rule import AUTO_DEGREE, Auto, RecoverySettings, Rule, Selection
from overtone.spectrum.recovery.sample import Sample, sample_of
from overtone.spectrum.recovery.shortlist import degree_weights
from overtone.spectrum.recovery.uniformity import faults_of, warn_of
from overtone.spectrum.threads import one_blas_thread
from overtone.spectrum.units import exponent_of

# A shuffle does as well by chance in 1 of 20 at most.
PERMUTATIONS: Final = 19
# The criterion charges for every choice: noise lowers it by x with a probability of the order of exp(-x / 2).
OVERWHELMING: Final = 20.0
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
        duality_gap: over all terms up to that degree, relative to `|y|^2 / 2N`.
        noise: the residual's standard deviation.
        validated: R^2 on held-out fifths, the whole recovery repeated for each (by `CrossValidatedLasso`: at
            the penalty and degree that do best there); 0 for an empty fit, NaN where the penalty was given.
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
    rule: Rule | Auto = "auto",
) -> Recovery:
    """The sparse polynomial behind values at points of {-1, +1}^n.

    The points are taken to be drawn uniformly: each column -1 or +1 with equal probability, whatever the
    other columns are. Then all products of columns are uncorrelated, which is what the choice of terms
    counts on (`docs/theory.md`, sections 1 and 3).

    Args:
        X: points, shape `(N, n)`, entries -1 and +1.
        y: values, shape `(N,)`.
        degree, sparsity, penalty, rule: see `RecoverySettings`.

    Raises:
        RecoveryError: if the shapes do not agree, an entry is no sign, or a value is not finite.

    Warns:
        SampleWarning: if columns are plainly unbalanced or dependent. Equal, opposite and constant columns
            are told in `aliases`.
    """
    levels = levels_of_signs(X)
    settings = RecoverySettings(degree, sparsity, penalty, rule)
    sample = sample_from_outside(binary_basis(levels.shape[1]), levels, y)
    return recover_sample(sample, settings)


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
        degree: the most columns in a product, see `RecoverySettings`.
        ratio: the last penalty as a share of the first. Lower it to see weaker terms; raise it to save scans.
        most_terms: the path stops before it would have more. Raise it to see more terms; lower it to save
            scans.

    Raises:
        RecoveryError: as `recover`, or if an option is out of range.
    """
    levels = levels_of_signs(X)
    settings = RecoverySettings(degree)
    sample = checked_sample(binary_basis(levels.shape[1]), levels, y)
    with one_blas_thread():
        scanner = sample.scanner(np.ones(settings.highest_degree(sample)))
        path = proved_path(scanner, sample.y, ratio=ratio, most_terms=most_terms)
    # Each parity is one atom, so that an atom has its parameter's number.
    kept, path = sample.aliases.kept, path.times_two_to(sample.exponent)
    return replace(path, groups=tuple(tuple(kept[a] for a in group) for group in path.groups))


def recover_levels(
    basis: Basis, levels: Levels, y: ArrayLike, *, settings: RecoverySettings | None = None
) -> Recovery:
    """The sparse polynomial behind values at points given by the levels of their parameters.

    Args:
        basis: the functions of each parameter.
        levels: shape `(N, n)`, -1 for inactive.
        y: values, shape `(N,)`.
        settings: what may be chosen; by default everything.

    Raises:
        RecoveryError: if the shapes do not agree, there are fewer than two samples, or a value is not finite.
    """
    chosen = RecoverySettings() if settings is None else settings
    return recover_sample(checked_sample(basis, levels, y), chosen)


def recover_sample(sample: Sample, settings: RecoverySettings) -> Recovery:
    """The sparse polynomial behind the values of a sample."""
    with one_blas_thread():
        choice, validated = judged_choice(sample, settings)
        p_value = _p_value(sample, settings.highest_degree(sample))
        return _record(sample, choice, p_value=p_value, validated=validated)


def in_units_of(recovery: Recovery, levels: Levels, y: Values) -> Recovery:
    """The same terms fitted by least squares to other values at the same points.

    Args:
        recovery: of a transformation of `y`, whose evidence stands.
        levels: shape `(N, n)`.
        y: values, shape `(N,)`.
    """
    polynomial, exponent = recovery.polynomial, exponent_of(y)
    design, scaled = polynomial.basis.design(levels, polynomial.terms), np.ldexp(y, -exponent)
    coefficients = np.asarray(np.linalg.lstsq(design, scaled, rcond=1e-10)[0], dtype=np.float64)
    residual = scaled - design @ coefficients
    noise = float(np.sqrt(residual @ residual / max(len(y) - len(coefficients), 1)))
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    return replace(
        recovery,
        polynomial=replace(polynomial, coefficients=np.ldexp(coefficients, exponent)),
        errors=np.ldexp(noise * np.sqrt(np.diag(inverse)), exponent),
        noise=float(np.ldexp(noise, exponent)),
    )


def levels_of_signs(X: ArrayLike) -> Levels:
    """The levels, 0 for -1 and 1 for +1, of points of {-1, +1}^n.

    Raises:
        RecoveryError: if there is anything else, or no matrix.
    """
    points = np.asarray(X)
    if points.ndim != 2:
        raise RecoveryError(f"X has shape {points.shape}, but (samples, parameters) is expected.")
    is_sign = (points == 1) | (points == -1)
    if not np.all(is_sign):
        odd = points[~is_sign].ravel()[:1].tolist()[0]
        raise RecoveryError(
            f"X holds {odd!r}, but -1 and +1 are expected. For bits write 2 * X - 1; for other values "
            "use overtone.sklearn.SparsePolynomialRegressor."
        )
    return (points > 0).astype(np.int64)


def sample_from_outside(
    basis: Basis, levels: Levels, y: ArrayLike, *, names: Sequence[str] | None = None
) -> Sample:
    """The sample, once nothing is wrong with it, of points that somebody else drew.

    Args:
        basis, levels, y: as for `recover_levels`.
        names: what the user calls the parameters; by default columns by number.

    Raises:
        RecoveryError: as `recover_levels`.

    Warns:
        SampleWarning: of the caller's caller, if columns are plainly unbalanced or dependent.
    """
    sample = checked_sample(basis, levels, y)
    called = [f"column {i}" for i in range(len(basis))] if names is None else names
    highs = [family.labels[-1] for family in basis.families]
    warn_of(faults_of(sample), names=called, highs=highs, stacklevel=3)
    return sample


def checked_sample(basis: Basis, levels: Levels, y: ArrayLike) -> Sample:
    """The sample, once nothing is wrong with it.

    Raises:
        RecoveryError: as `recover_levels`.
    """
    values = np.asarray(y, dtype=np.float64)
    _check_sample(basis, levels, values)
    return sample_of(basis, levels, values)


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


def rule_of(settings: RecoverySettings) -> Rule:
    """The rule that chooses: the one told, the paper's if a penalty is, else `Pursuit`."""
    if settings.rule != "auto":
        return settings.rule
    return Pursuit() if settings.penalty == "auto" else FixedPenalty(settings.penalty)


def judged_choice(sample: Sample, settings: RecoverySettings) -> tuple[Selection, float]:
    """What the rule chooses, or nothing if it does not predict; and R^2 on held-out fifths."""
    rule = rule_of(settings)
    choice = rule.choose(sample, settings)
    validated = choice.validated
    if validated is None:
        validated = _validated(sample, rule, settings) if choice.groups else 0.0
    if validated <= 0 and choice.gain < OVERWHELMING:
        mean = float(sample.y.mean())
        return replace(choice, groups=(), coefficients=(), constant=mean), 0.0
    return choice, validated


def _p_value(sample: Sample, degree: int) -> float:
    """The share of y and its shuffles that correlate at least as much with some group as y does."""
    spread = sample.centred.std()
    if spread == 0.0 or not len(sample.basis):
        return 1.0
    y = sample.centred / spread
    rng = stream("shuffles")
    rows = np.array([y, *(rng.permutation(y) for _ in range(PERMUTATIONS))])
    largest = sample.scanner(degree_weights(sample, degree)).largest(rows)
    return float((largest >= largest[0] * (1 - 1e-6)).mean())


def _validated(sample: Sample, rule: Rule, settings: RecoverySettings) -> float:
    """R^2 on held-out fifths, everything chosen anew without them."""
    n = len(sample.y)
    fold = np.arange(n) % FOLDS
    predicted = np.zeros(n)
    for k in range(min(FOLDS, n)):
        training = sample.part(fold != k)
        if len(training.y) < LEAST_SAMPLES:
            return 0.0
        choice = rule.choose(training, settings)
        columns = sample.part(fold == k).columns_of(choice.groups)
        predicted[fold == k] = choice.constant + columns @ _flat(choice)
    total = float(sample.centred @ sample.centred)
    return 1.0 - float(((sample.y - predicted) ** 2).sum()) / total if total > 0 else 0.0


def _flat(choice: Selection) -> Values:
    return np.concatenate([np.zeros(0), *choice.coefficients])


def _record(sample: Sample, choice: Selection, *, p_value: float, validated: float) -> Recovery:
    n, flat, shrunk = len(sample.y), _flat(choice), choice.shrunk
    columns = sample.columns_of(choice.groups)
    means = columns.mean(axis=0)
    residual = sample.y - choice.constant - columns @ flat
    noise = float(np.sqrt(residual @ residual / max(n - 1 - len(flat), 1)))
    centred = columns - means
    inverse = np.linalg.pinv(centred.T @ centred, hermitian=True)
    # The constant is the mean of y less that of the terms, and inherits their errors.
    errors = noise * np.sqrt([1 / n + means @ inverse @ means, *np.diag(inverse)])
    return Recovery(
        polynomial=sample.polynomial(choice.groups, choice.coefficients, choice.constant),
        errors=sample.in_own_units(errors),
        shrunk=sample.polynomial(shrunk.groups, shrunk.coefficients, shrunk.constant),
        penalty=float(sample.in_own_units(shrunk.penalty)),
        duality_gap=shrunk.gap,
        noise=float(sample.in_own_units(noise)),
        validated=validated,
        p_value=p_value,
        samples=n,
        aliases=sample.aliases,
    )
