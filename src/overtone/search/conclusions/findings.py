"""Everything that the trials of a study have shown, as one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np

from overtone.errors import SearchError
from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.beliefs import Beliefs
from overtone.search.conclusions.changes import Fewest, fewest_changes, start_of
from overtone.search.conclusions.expectation import Expectation, random_search, random_searches
from overtone.search.conclusions.failures import Failures
from overtone.search.conclusions.interactions import Interaction, interactions_at
from overtone.search.conclusions.joint import (
    Curve,
    Joint,
    Triple,
    curves_at,
    joint_of,
    triples_at,
)
from overtone.search.conclusions.known import Known, known_of
from overtone.search.conclusions.noise import Noise
from overtone.search.conclusions.predictions import Prediction, predictions_of
from overtone.search.conclusions.quadrature import has_terms
from overtone.search.conclusions.recommendation import Recommendation, recommend
from overtone.search.conclusions.restricted import Restricted, restricted_of
from overtone.search.conclusions.settings import Setting, Verdict, margins_at, settings_at
from overtone.search.conclusions.shares import Shares, shares_of, shares_of_recovery
from overtone.search.conclusions.ties import ties_of
from overtone.search.conclusions.uniformity import looks_uniform
from overtone.search.course import Trial, course_of
from overtone.search.grid import grid
from overtone.search.harmonica.fidelity import Transfer
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import Stage, close
from overtone.search.history import History, State, fit_values
from overtone.search.region import Region
from overtone.space import SearchSpace, cut
from overtone.spectrum.basis import Values
from overtone.spectrum.recovery.recovery import Recovery
from overtone.spectrum.recovery.rule import AUTO_DEGREE
from overtone.spectrum.threads import one_blas_thread

LEAST_TRIALS: Final = 1
# A fit that looks at more groups of terms takes long, and the belief says nearly the same.
MOST_FITTED: Final = 60_000


@final
@dataclass(frozen=True, eq=False)
class Findings:
    """What a study has shown, in values to be minimised; what takes time is found when it is first asked for.

    Attributes:
        space: the parameters.
        sign: what turns the values into the study's own.
        history: of all finished trials at the end's fidelity.
        known: those of them with a value, and those that failed.
        stages: closed stages of Harmonica.
        default: codes of the user's default configuration, shape `(n,)`, if there is one.
        values: of the trials that have one, by number.
        finished, failed: numbers of trials.
        cheap: how many of the finished ones were evaluated at another fidelity than the end's. They are in
            the stages, and nowhere else.
        transfer: how well their values tell of those at the end, if that was checked.
        course: every finished trial, those at other fidelities included, by number.
        draws_alone: whether no adaptive search drew the trials, so that they may be uniform draws.
    """

    space: SearchSpace
    sign: float
    history: History
    known: Known
    values: Mapping[int, float]
    finished: int
    failed: int
    stages: tuple[Stage, ...] = ()
    default: Values | None = None
    cheap: int = 0
    transfer: Transfer | None = None
    course: tuple[Trial, ...] = ()
    draws_alone: bool = False

    @property
    def is_staged(self) -> bool:
        """Whether there are stages of Harmonica."""
        return bool(self.stages)

    @cached_property
    def beliefs(self) -> Beliefs:
        """What the trials say of any configuration."""
        return Beliefs(self.space, self.known)

    @property
    def belief(self) -> Belief | None:
        """The belief after all trials; None before there are enough."""
        return self.beliefs.whole

    @property
    def noise(self) -> Noise:
        """What runs of equal configurations have shown."""
        return self.beliefs.noise

    @cached_property
    def recommendation(self) -> Recommendation | None:
        """The configuration to use; None if no trial has a value."""
        with one_blas_thread():
            return recommend(self.known, self.beliefs)

    @cached_property
    def recommended(self) -> Values | None:
        """Its codes, shape `(n,)`."""
        if self.recommendation is None:
            return None
        place = int(np.flatnonzero(self.known.numbers == self.recommendation.number)[0])
        return np.asarray(self.known.codes[place])

    @cached_property
    def expectation(self) -> Expectation | None:
        """Of random search with as many trials; None without uniform draws of the whole space."""
        uniform = self._uniform
        return None if uniform is None else random_search(uniform, len(self.history.y))

    @cached_property
    def expectations(self) -> tuple[Expectation, ...]:
        """Of random search with fewer trials, up to as many."""
        uniform = self._uniform
        return () if uniform is None else random_searches(uniform, len(self.history.y))

    @property
    def _uniform(self) -> Values | None:
        """The values of uniform draws of the whole space, shape `(N,)`; None if there are too few."""
        draws = [i for i, r in enumerate(self.history.regions) if r == Region().digest]
        uniform = fit_values(self.history.rows(self.history.numbers[draws]))
        return None if uniform is None else uniform[0]

    @cached_property
    def gain(self) -> float:
        """What the search has gained, from the default or else from the middle of the first trials."""
        anchored = self.beliefs.gain_at_most
        if self.fewest is None or self.default is None:
            return anchored
        return max(anchored, self.fewest.gain.mean)

    @cached_property
    def unnoticed(self) -> float:
        """The largest change of the recommendation that does not count, in the metric's units."""
        if self.recommended is None:
            return 0.0
        return margins_at(self.beliefs, self.recommended, self.gain).unnoticed

    @cached_property
    def fewest(self) -> Fewest | None:
        """The few changes that make most of the gain."""
        if self.recommended is None:
            return None
        start = self.default
        if start is not None and self.known.only_failed(start):
            start = None  # there is no gain over what does not run
        with one_blas_thread():
            return fewest_changes(self.beliefs, self.recommended, start=start)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """What changing each setting of the recommendation would do."""
        if self.recommended is None:
            return ()
        with one_blas_thread():
            return settings_at(self.beliefs, self.recommended, gain=self.gain)

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Pairs of settings that do together what they do not do one by one."""
        if self.recommended is None:
            return ()
        start = start_of(self.space, self.known) if self.default is None else self.default
        with one_blas_thread():
            return interactions_at(
                self.beliefs, self.recommended, self.settings, start, gain=self.gain
            )

    @cached_property
    def joint(self) -> tuple[Joint, ...]:
        """What each of these pairs does, value by value."""
        if self.recommended is None:
            return ()
        with one_blas_thread():
            return joint_of(self.beliefs, self.recommended, self.interactions)

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """Triples of settings that do together what they do not do one by one and two by two."""
        if self.recommended is None:
            return ()
        with one_blas_thread():
            return triples_at(self.beliefs, self.recommended, self.interactions, gain=self.gain)

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """What the numbers that matter do all along their ranges."""
        if self.recommended is None:
            return ()
        mattering = [s for s in self.settings if s.verdict is Verdict.MATTERS]
        with one_blas_thread():
            return curves_at(self.beliefs, self.recommended, mattering)

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """What all other trials say of each."""
        if self.belief is None:
            return ()
        with one_blas_thread():
            return predictions_of(self.belief, self.known)

    @cached_property
    def restricted(self) -> tuple[Restricted, ...]:
        """How good what is left of the space is after each stage; empty without stages."""
        return restricted_of(self.course, len(self.stages)) if self.is_staged else ()

    @property
    def failures(self) -> Failures:
        """Which settings make trials fail."""
        return self.beliefs.failures

    @cached_property
    def ties(self) -> tuple[tuple[int, ...], ...]:
        """Groups of parameters that the trials cannot tell apart."""
        return ties_of(self.space, self.known)

    @cached_property
    def fit(self) -> Stage | None:
        """One fit to all trials, if they look like uniform draws and no search proposed them."""
        if not len(self.known.y):
            return None
        if self.is_staged or not self.draws_alone or not looks_uniform(self.space, self.known):
            return None
        if not all(has_terms(parameter) for parameter in self.space.parameters):
            return None
        atoms = grid(self.space, Region()).basis.atoms
        if sum(atoms.count_groups(min(AUTO_DEGREE, len(self.space)))) > MOST_FITTED:
            return None
        return close(self.space, Settings(), [], self.history.rows(self.known.numbers))

    @property
    def _recovery(self) -> Recovery | None:
        """What the fit to all trials found; None without one, or if that is nothing."""
        recovery = None if self.fit is None else self.fit.recovery
        return None if recovery is None or recovery.is_empty else recovery

    @property
    def _is_cut_by_values(self) -> bool:
        """Whether the terms of a recovery are functions of values, and not of cells of a range."""
        cells = (cell for p in self.space.parameters for cell in cut(p).cells)
        return all(cell.low == cell.high for cell in cells)

    @property
    def is_bent(self) -> bool:
        """Whether the shares are of the values on a logarithmic scale."""
        if self._recovery is not None and self._is_cut_by_values:
            return False
        return self.belief is not None and self.belief.scale.is_bent

    @property
    def failures_in_all(self) -> int:
        """How many trials failed, penalties included; of several fidelities, those without a value."""
        return self.failed if self.cheap else self.failures.count

    @cached_property
    def shares(self) -> Shares | None:
        """Shares of the whole space; None before there are enough trials."""
        if self._recovery is not None and self._is_cut_by_values:
            return shares_of_recovery(self.space, self._recovery, self.known.y, self.noise)
        return None if self.belief is None else shares_of(self.space, self.belief)


def concluded(  # noqa: PLR0913  # each is a thing that only the study knows
    space: SearchSpace,
    history: History,
    *,
    sign: float,
    stages: Sequence[Stage] = (),
    default: Values | None = None,
    reasons: Mapping[int, str] | None = None,
    is_adaptive: bool,
) -> Findings:
    """What trials have shown, without what only their study knows: other fidelities, their numbers.

    Args:
        space: the parameters.
        history: of all finished trials at the end's fidelity.
        sign: what turns the values into the study's own.
        stages: that were closed.
        default: codes of the user's default configuration.
        reasons: why trials failed, by number.
        is_adaptive: whether a search drew them, so that they are no uniform draws.
    """
    return Findings(
        space=space,
        sign=sign,
        history=history,
        known=known_of(history, reasons),
        stages=tuple(stages),
        default=default,
        values={
            int(number): float(y)
            for number, y, state in zip(history.numbers, history.y, history.states, strict=True)
            if state is State.COMPLETE
        },
        finished=len(history.y),
        failed=sum(state is State.FAILED for state in history.states),
        course=course_of(history),
        draws_alone=not is_adaptive,
    )


def refuse_too_few(finished: int, whose: str) -> None:
    """Let enough finished trials to say something pass.

    Raises:
        SearchError: if there are fewer than LEAST_TRIALS.
    """
    if finished < LEAST_TRIALS:
        raise SearchError(
            f"{whose} has {finished} finished trials, but at least {LEAST_TRIALS} is needed to say "
            "anything."
        )
