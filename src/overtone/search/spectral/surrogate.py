"""What the finished trials say of every configuration: the value to expect, and whether it fails.

The prior is fitted on a schedule, from the trials that had ended by then and from the fit before. So it is a
function of the trials in the order in which they ended, and of nothing else: a process that starts late
repeats the schedule, and agrees with all others.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, final

import numpy as np

from overtone.search.spectral.acquisition import (
    log_expected_improvement,
    log_probability_of_success,
)
from overtone.search.spectral.coding import Coding, Units
from overtone.search.spectral.fitting import Fit, Rows, label_design, next_fit
from overtone.search.spectral.outcomes import Outcomes, no_outcomes
from overtone.space import SearchSpace
from overtone.spectrum.basis import Values
from overtone.spectrum.posterior.posterior import Posterior, condition

# A fit needs some usable trials; the first waits for most of the design.
LEAST_USABLE: Final = 3
FIRST_FIT: Final = 8
# A fit every N / SPACING trials; failures are learnt from fewer: a label changes less than a value.
SPACING: Final = 16
FAILURES_EVERY: Final = 3
# A noise of more than this share of the variance of the values is taken for noise.
NOISY: Final = 0.1
# A posterior keeps the best rows and the newest others.
MOST_ROWS: Final = 600


@final
@dataclass(frozen=True, eq=False)
class Surrogate:
    """The posterior of the objective, in warped values, in the frame of a fit.

    Attributes:
        fit: the priors.
        units: of the trials that the objective is conditioned on.
        rows: their places among the usable trials.
        objective: conditioned on their values, and perhaps on pending trials behind them.
        feasibility: conditioned on the labels of finished trials; None if the fit knew no failure.
        finished: trials that were known.
    """

    fit: Fit
    units: Units
    rows: Rows
    objective: Posterior
    feasibility: Posterior | None
    finished: int

    @property
    def coding(self) -> Coding:
        """The frame."""
        return self.fit.coding

    @cached_property
    def means(self) -> Values:
        """Posterior means at `units`, shape `(N,)`."""
        return self.objective.means[: len(self.units)]

    @cached_property
    def order(self) -> Rows:
        """The places of `units`, the most promising first.

        By posterior mean where there is noise; by value where there is hardly any, since what the model then
        calls noise is what it does not understand.
        """
        values = self.objective.z[: len(self.units)]
        return np.argsort(self.means if self._is_noisy else values, kind="stable")

    @property
    def best(self) -> int:
        """The place of the most promising of `units`."""
        return int(self.order[0])

    @cached_property
    def _to_beat(self) -> float:
        values = self.means if self._is_noisy else self.objective.z[: len(self.units)]
        return float(values.min())

    @property
    def _is_noisy(self) -> bool:
        return self.fit.prior.noise > NOISY

    def predict(self, rows: Units) -> tuple[Values, Values]:
        """Mean and standard deviation of the warped objective, each of shape `(C,)`."""
        return self.objective.predict(*self.fit.design(rows))

    def score(self, rows: Units) -> Values:
        """The logarithm of the expected improvement that succeeds, shape `(C,)`.

        The improvement is on the most promising of the evaluated configurations.
        """
        means, deviations = self.predict(rows)
        score = log_expected_improvement(means, deviations, self._to_beat)
        return score if self.feasibility is None else score + self.log_chances(rows)

    def log_chances(self, rows: Units) -> Values:
        """The logarithm of the probability of success, shape `(C,)`; 0 if no trial has failed."""
        if self.feasibility is None:
            return np.zeros(len(rows))
        return log_probability_of_success(
            *self.feasibility.predict(*label_design(self.coding, rows))
        )

    def believing(self, rows: Units) -> "Surrogate":
        """As if further rows had been evaluated, to their posterior means (kriging believer)."""
        if not len(rows):
            return self
        features, terms = self.fit.design(rows)
        means, _ = self.objective.predict(features, terms)
        z = np.concatenate([self.objective.z, means])
        return replace(self, objective=self.objective.extended(features, terms, z))

    def with_trials(self, outcomes: Outcomes) -> "Surrogate":
        """The same priors after further trials.

        They are added one by one, whether they ended together or not, so that rounding is the same too.
        """
        z = outcomes.z
        behind = outcomes.usable[outcomes.usable >= self.finished]
        new = self.coding.units(outcomes.codes[behind])
        first = len(outcomes.usable) - len(behind)
        rows = np.concatenate([self.rows, np.arange(first, len(z))])
        objective = self.objective
        for k in range(len(new)):
            so_far = z[rows[: len(self.rows) + k + 1]]
            objective = objective.extended(*self.fit.design(new[[k]]), so_far)
        feasibility = self.feasibility
        if feasibility is not None:
            ended = self.coding.units(outcomes.codes[self.finished :])
            for row, label in zip(ended, outcomes.labels[self.finished :], strict=True):
                labels = np.append(feasibility.z, label)
                feasibility = feasibility.extended(*label_design(self.coding, row[None]), labels)
        return Surrogate(
            self.fit,
            np.concatenate([self.units, new]),
            rows,
            objective.with_values(z[rows]),
            feasibility,
            len(outcomes),
        )


class Surrogates:
    """The surrogates of growing sequences of trials; holds nothing but what can be computed again."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._seen = no_outcomes(len(space))
        self._fits: list[Fit] = []
        self._last: Surrogate | None = None

    def after(self, outcomes: Outcomes) -> Surrogate | None:
        """The surrogate after some trials; None before there are enough."""
        if not outcomes.begins_with(self._seen):
            self._fits, self._last = [], None
        self._seen = outcomes
        for since in _schedule(len(outcomes) - outcomes.start):
            rows = outcomes.start + since
            if not self._fits or rows > self._fits[-1].rows:
                self._fit(outcomes.first(rows))
        if not self._fits:
            return None
        last, fit = self._last, self._fits[-1]
        if last is None or last.fit is not fit:
            last = _conditioned(fit, outcomes.first(fit.rows))
        self._last = last.with_trials(outcomes)
        return self._last

    def _fit(self, outcomes: Outcomes) -> None:
        if len(outcomes.usable) >= LEAST_USABLE:
            before = self._fits[-1] if self._fits else None
            is_due = len(self._fits) % FAILURES_EVERY == 0
            self._fits.append(next_fit(self._space, outcomes, before, learns_failures=is_due))


def _schedule(trials: int) -> list[int]:
    """After how many trials of a search there is a fit."""
    due = [FIRST_FIT]
    while due[-1] <= trials:
        due.append(due[-1] + max(1, due[-1] // SPACING))
    return due[:-1]


def _conditioned(fit: Fit, outcomes: Outcomes) -> Surrogate:
    """The posterior given the trials that the priors were fitted to."""
    coding, usable = fit.coding, outcomes.usable
    z = outcomes.z
    rows = _kept(z, MOST_ROWS // 2, MOST_ROWS)
    units = coding.units(outcomes.codes[usable[rows]])
    design = fit.design(units)
    objective = condition(coding.features, fit.prior, *design, z[rows])
    feasibility = None
    if fit.failures is not None:
        newest = slice(max(len(outcomes) - MOST_ROWS, 0), None)
        known = label_design(coding, coding.units(outcomes.codes[newest]))
        feasibility = condition(coding.features, fit.failures, *known, outcomes.labels[newest])
    return Surrogate(fit, units, rows, objective, feasibility, len(outcomes))


def _kept(z: Values, best: int, most: int) -> Rows:
    """The places of the best values and of the newest others, at most `most`, in order."""
    order = np.argsort(z, kind="stable")
    others = np.sort(order[best:])
    return np.sort(np.concatenate([order[:best], others[max(best + len(others) - most, 0) :]]))
