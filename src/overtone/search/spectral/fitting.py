"""The priors of a search, fitted again and again to the trials that have ended.

A fit starts where the last one ended, so it is a function of the trials in the order in which they ended.
"""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.spectral.coding import Coding, Units, coding_of
from overtone.search.spectral.outcomes import Outcomes
from overtone.space import Codes, SearchSpace
from overtone.space.streams import stream
from overtone.spectrum.basis import Columns, Values
from overtone.spectrum.posterior.demanded import demanded
from overtone.spectrum.posterior.features import Terms, products
from overtone.spectrum.posterior.prior import (
    TERM_VARIANCE,
    Hyperprior,
    MarginalLikelihood,
    Prior,
    default_prior,
    fit_prior,
)

Rows: TypeAlias = NDArray[np.int64]

# A likelihood of values takes failures at random for a rough function, in which what lies beside failures is
# as unknown as the rest. With enough labels most of their variance is expected to be chance, and few
# parameters to matter; with fewer, clear-cut failures would be learnt too slowly.
MANY_LABELS: Final = 40
LABELS: Final = Hyperprior(noise=(float(np.log(0.4)), 0.25), tau=(-4.5, 0.5), first=0.4)

# The first fit begins far from its optimum, the others where the last one ended.
FIRST_ITERATIONS: Final = 30
ITERATIONS: Final = 10
# At these trials a fit begins at the default prior too, and is kept if it is better by some nats.
RENEWALS: Final = tuple(round(10 * 1.6**k) for k in range(20))
BETTER: Final = 0.1
# With more rows it is cut short, so that no proposal takes long.
FEW_ROWS: Final = 150
TERMS_EVERY: Final = 10
# A fit to all values at once looks for terms so often, each time beside the prior of the last one.
MOST_ROUNDS: Final = 3
# A fit looks at the best rows and at others drawn from the rest.
FIT_ROWS: Final = 250
BEST_FIT_ROWS: Final = 50


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """What is believed before the values are seen, fitted to the first trials.

    Attributes:
        rows: how many trials had ended, those included that only say whether they failed.
        coding: their frame.
        prior, terms: of the objective.
        failures: the prior of whether a trial fails, or None if none had failed.
    """

    rows: int
    coding: Coding
    prior: Prior
    terms: Terms
    failures: Prior | None

    def design(self, units: Units) -> tuple[Columns, Columns]:
        """The smooth features of some rows, and the terms and the curves, of one prior variance each."""
        features, active = self.coding.features, self.coding.active(units)
        smooth = features.smooth(units, active)
        variances = self.prior.additive * self.prior.shares[features.curve_owners]
        known = features.curves(units, active) * np.sqrt(variances / TERM_VARIANCE)
        if not self.terms:
            return smooth, known
        terms = products(features.factors(units, active), self.terms)
        return smooth, np.concatenate([terms, known], axis=1)


def next_fit(
    space: SearchSpace, outcomes: Outcomes, before: Fit | None, *, learns_failures: bool
) -> Fit:
    """The fit to some trials, at least one of which has a value.

    Args:
        space: the parameters.
        outcomes: of all trials that ended so far.
        before: the last fit.
        learns_failures: whether the prior of failures is fitted again, too.
    """
    coding = coding_of(space, outcomes.codes)
    prior, terms = _fit_objective(coding, outcomes, before)
    failures = _fit_failures(coding, outcomes, before, is_due=learns_failures)
    return Fit(len(outcomes), coding, prior, terms, failures)


def label_design(coding: Coding, units: Units) -> tuple[Columns, Columns]:
    """The smooth features of some rows, and no terms."""
    smooth = coding.features.smooth(units, coding.active(units))
    return smooth, np.zeros((len(units), 0))


def _fit_objective(coding: Coding, outcomes: Outcomes, before: Fit | None) -> tuple[Prior, Terms]:
    """The prior of the objective and the terms beside it."""
    n, z = len(outcomes) - outcomes.start, outcomes.z
    rows = _fit_rows(z, n)
    factors, likelihood = _likelihood(coding, outcomes.codes[outcomes.usable[rows]], z[rows])
    start = _moved(before.coding, before.prior, coding) if before else default_prior(len(coding))
    terms: Terms = ()
    known = before.rows - outcomes.start if before else 0
    if before is not None:
        is_due = n // TERMS_EVERY > known // TERMS_EVERY or not before.coding.agrees(coding)
        terms = demanded(factors, likelihood, start) if is_due else before.terms
    likelihood = replace(likelihood, terms=products(factors, terms))
    iterations = ITERATIONS if before else FIRST_ITERATIONS
    prior, loss = fit_prior(likelihood, start, iterations=iterations)
    if before is not None and any(known < mark <= n for mark in RENEWALS):
        first = default_prior(len(coding))
        renewing = FIRST_ITERATIONS if len(rows) <= FEW_ROWS else ITERATIONS
        other, other_loss = fit_prior(likelihood, first, iterations=renewing)
        prior = other if other_loss < loss - BETTER else prior
    return prior, terms


def _fit_rows(z: Values, trials: int) -> Rows:
    """The rows that a fit looks at: the best, and others drawn from the rest."""
    if len(z) <= FIT_ROWS:
        return np.arange(len(z))
    order = np.argsort(z, kind="stable")
    drawn = stream("rows of a fit", trials).permutation(order[BEST_FIT_ROWS:])
    return np.concatenate([order[:BEST_FIT_ROWS], drawn[: FIT_ROWS - BEST_FIT_ROWS]])


def _likelihood(coding: Coding, codes: Codes, z: Values) -> tuple[Columns, MarginalLikelihood]:
    """The factors that terms are made of, and the likelihood of some values without terms."""
    units = coding.units(codes)
    features, active = coding.features, coding.active(units)
    smooth, curves = features.smooth(units, active), features.curves(units, active)
    likelihood = MarginalLikelihood(features, smooth, curves, np.zeros((len(z), 0)), z)
    return features.factors(units, active), likelihood


def fit_at_once(coding: Coding, codes: Codes, z: Values, expected: Hyperprior) -> tuple[Fit, float]:
    """A fit to all of some values, from the default prior on, and its loss.

    Args:
        coding: a frame.
        codes: configurations, shape `(N, n)`.
        z: values of mean 0 and variance 1, shape `(N,)`.
        expected: of the prior.
    """
    factors, likelihood = _likelihood(coding, codes, z)
    likelihood = replace(likelihood, expected=expected)
    terms: Terms = ()
    prior, loss = fit_prior(
        likelihood, default_prior(len(coding), expected), iterations=FIRST_ITERATIONS
    )
    for _ in range(MOST_ROUNDS):
        # Terms are what the smooth part does not explain, so that has to be known first.
        found = demanded(factors, likelihood, prior)
        if found == terms:
            break
        likelihood = replace(likelihood, terms=products(factors, found))
        other, other_loss = fit_prior(likelihood, prior, iterations=FIRST_ITERATIONS)
        if other_loss > loss:
            break
        prior, loss, terms = other, other_loss, found
    return Fit(len(z), coding, prior, terms, None), loss


def _fit_failures(
    coding: Coding, outcomes: Outcomes, before: Fit | None, *, is_due: bool
) -> Prior | None:
    """The prior of whether a trial fails; None if none has."""
    if np.isfinite(outcomes.y).all():
        return None
    expected = LABELS if len(outcomes) >= MANY_LABELS else Hyperprior()
    known = before.failures if before else None
    if before is not None and known is not None:
        start = _moved(before.coding, known, coding)
        if not is_due:
            return start
    else:
        start = default_prior(len(coding), expected)
    newest = slice(max(len(outcomes) - FIT_ROWS, 0), None)
    smooth, none = label_design(coding, coding.units(outcomes.codes[newest]))
    labels = outcomes.labels[newest]
    likelihood = MarginalLikelihood(coding.features, smooth, none, none, labels, expected)
    iterations = FIRST_ITERATIONS if known is None else ITERATIONS
    return fit_prior(likelihood, start, iterations=iterations)[0]


def _moved(frame: Coding, prior: Prior, coding: Coding) -> Prior:
    """A prior in another frame."""
    relevance = np.empty(len(coding))
    relevance[frame.order] = prior.relevance
    return replace(prior, relevance=relevance[coding.order])
