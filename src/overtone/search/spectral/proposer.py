"""What to try next, at any time, in a space of any kind.

A balanced design comes first. Then each trial is where the expected improvement is largest, as far as a walk
through single and double changes finds it. A few trials do something else: some are drawn uniformly, since a
model that never saw a region cannot miss it, and when nothing improves, some stay next to the best, some
redraw what seems not to matter (Harmonica's restriction), more are uniform, and in the end the search begins
anew.

What a trial gets is a function of the seed, its number, the trials that ended and those that run.
"""

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from overtone.search.spectral import design
from overtone.search.spectral.ascent import ascend
from overtone.search.spectral.branches import Branch, another
from overtone.search.spectral.coding import Coding, Units, coding_of
from overtone.search.spectral.moves import Moves
from overtone.search.spectral.outcomes import Outcomes
from overtone.search.spectral.surrogate import Surrogate, Surrogates
from overtone.space import Codes, Parameter, SearchSpace
from overtone.spectrum.basis import Values

# A trial of every UNIFORM_EVERY is drawn uniformly, since the model may believe in the wrong region; fewer if
# it predicts values that are left out with an R^2 of TRUSTED.
UNIFORM_EVERY: Final = 12
UNIFORM_SELDOM: Final = 48
UNIFORM_FIRST: Final = 5
TRUSTED: Final = 0.3
# An improvement counts if it is this share of what was reached from the median of the first trials on: a
# search that polishes the last digits stalls.
NOTICEABLE: Final = 0.002
# Trials without an improvement after which one in LOCAL_EVERY stays near the best (later one in LOCAL_OFTEN),
# every second of these redraws what does not matter, every third is drawn uniformly, and the search begins
# anew: late, since all that it knows but failures is lost to it then.
LOCAL_AFTER: Final = 10
LOCAL_EVERY: Final = 4
REDRAW_AFTER: Final = 25
UNIFORM_AFTER: Final = 30
UNIFORM_TURN: Final = 3
LOCAL_OFTEN_AFTER: Final = 60
LOCAL_OFTEN: Final = 2
ANEW_AFTER: Final = 200
NEIGHBOURS: Final = 256
DISTANT_NEIGHBOURS: Final = 128
REDRAWN: Final = 32
# Where parameters depend on others, one trial of ELSEWHERE_EVERY is then in another branch.
ELSEWHERE_EVERY: Final = 4
ELSEWHERE_FIRST: Final = 2
# A parameter of relevance l is redrawn with probability REDRAW_MOST / (1 + (l / tau)^2).
REDRAW_MOST: Final = 0.5
LEAST_TAU: Final = 0.02
TRIES: Final = 50
# The logarithm of a probability of success below which a uniform row is passed over.
HOPELESS: Final = math.log(0.1)


@final
@dataclass(frozen=True)
class Epoch:
    """Where a search began anew, and what it has reached since.

    Attributes:
        start: trials before it.
        stall: trials since the last noticeable improvement in it.
    """

    start: int
    stall: int


def epoch_of(y: Values) -> Epoch:
    """The epoch that a search is in after some values, NaN for failures."""
    start = improved = 0
    level = marked = np.inf
    first: list[float] = []
    for ended, value in enumerate(y.tolist(), start=1):
        if len(first) < design.ROWS and not math.isnan(value):
            first.append(value)
            level = float(np.median(first))
        if value < marked and (marked == np.inf or marked - value > NOTICEABLE * (level - value)):
            marked, improved = value, ended
        if ended - improved >= ANEW_AFTER:
            start, improved, marked, first = ended, ended, np.inf, []
    return Epoch(start, len(y) - improved)


class Proposer:
    """Proposes configurations; holds its settings, and a cache.

    Args:
        space: the parameters.
        seed: of everything.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self._space = space
        self._seed = seed
        ranks = {name: rank for rank, name in enumerate(sorted(space.names))}
        self._keys = [ranks[name] for name in space.names]
        self._surrogates = Surrogates(space)
        self._branches: dict[bytes, Surrogates] = {}

    def propose(
        self, outcomes: Outcomes, pending: Codes, *, number: int, fixed: Mapping[int, float]
    ) -> Values:
        """The codes of a configuration to try, shape `(n,)`, NaN where inactive.

        Args:
            outcomes: of the trials that ended.
            pending: codes of the trials that run, shape `(b, n)`.
            number: of the trial.
            fixed: columns of codes that must have a value, with it.
        """
        epoch = epoch_of(outcomes.y)
        surrogate = self._surrogate(outcomes, epoch)
        coding = surrogate.coding if surrogate else coding_of(self._space, outcomes.codes)
        rng = np.random.default_rng([self._seed, number])
        known = np.concatenate([outcomes.codes, pending])
        walk = _walk(coding, fixed, known, rng)
        # A search that begins anew counts its own trials.
        row = len(known) - epoch.start if epoch.start else number
        if surrogate is None or row < design.ROWS:
            unit = self._design_row(walk.moves, row, epoch.start)
            return coding.codes(unit if walk.is_new(unit) else walk.uniform())
        if epoch.stall >= LOCAL_AFTER and number % ELSEWHERE_EVERY == ELSEWHERE_FIRST:
            branch = another(walk.moves, outcomes, rng) if len(coding.parents) else None
            if branch is not None:
                return self._elsewhere(branch, outcomes, pending, fixed, rng)
        believing = surrogate.believing(coding.units(pending))
        found: Values = coding.codes(walk.next(believing, number, epoch.stall))
        return found

    def _elsewhere(
        self,
        branch: Branch,
        outcomes: Outcomes,
        pending: Codes,
        fixed: Mapping[int, float],
        rng: np.random.Generator,
    ) -> Values:
        """A proposal in a branch, by what the trials in it say.

        What a choice brings with it is hardly known as long as the search stays elsewhere, and the model of
        the whole space expects little of it. So a branch is searched by a model of its own.
        """
        surrogates = self._branches.setdefault(branch.active.tobytes(), Surrogates(self._space))
        inside = branch.trials(outcomes)
        surrogate = surrogates.after(inside)
        coding = surrogate.coding if surrogate else coding_of(self._space, inside.codes)
        known = np.concatenate([outcomes.codes, pending])
        walk = _walk(coding, {**branch.held, **fixed}, known, rng)
        if surrogate is None:
            return coding.codes(walk.uniform())
        believing = surrogate.believing(coding.units(pending[branch.holds(pending)]))
        return coding.codes(walk.likely(believing))

    def _surrogate(self, outcomes: Outcomes, epoch: Epoch) -> Surrogate | None:
        """What the values since the search began, or began anew, say, and all failures."""
        return self._surrogates.after(outcomes.beginning_at(epoch.start))

    def _design_row(self, moves: Moves, row: int, start: int) -> Units:
        drawn = design.stratified(row, seed=self._seed + start, keys=self._keys)
        rows = moves.settled(moves.coding.spread(drawn[moves.coding.order][None]))
        return np.asarray(rows[0])


def _walk(
    coding: Coding, fixed: Mapping[int, float], known: Codes, rng: np.random.Generator
) -> "Walk":
    tried = frozenset(row.tobytes() for row in coding.units(known))
    return Walk(Moves(coding, coding.columns_of(fixed)), tried, rng)


@final
@dataclass(frozen=True, eq=False)
class Walk:
    """The ways to the next configuration.

    Attributes:
        moves: through the space.
        tried: rows that were evaluated or are being evaluated, as bytes.
        rng: of everything.
    """

    moves: Moves
    tried: frozenset[bytes]
    rng: np.random.Generator

    def is_new(self, row: Units) -> bool:
        """Whether a row has not been tried."""
        return row.tobytes() not in self.tried

    def next(self, surrogate: Surrogate, number: int, stall: int) -> Units:
        """The row to try in a trial.

        Args:
            surrogate: what is known.
            number: of the trial.
            stall: trials since the last improvement.
        """
        every = UNIFORM_EVERY if surrogate.objective.left_out_score < TRUSTED else UNIFORM_SELDOM
        if number % every == UNIFORM_FIRST:
            return self.uniform(surrogate)
        found = None
        every = LOCAL_EVERY if stall < LOCAL_OFTEN_AFTER else LOCAL_OFTEN
        if stall >= LOCAL_AFTER and number % every == 0:
            turn = number // every
            if stall >= UNIFORM_AFTER and turn % UNIFORM_TURN == 1:
                return self.uniform(surrogate)
            redraws = turn % 2 == 0 and stall >= REDRAW_AFTER
            found = self.redrawn(surrogate) if redraws else self.near(surrogate)
        elif self.moves.whole is not None:
            found = self._best_new(surrogate, self.moves.whole)
        return self.likely(surrogate) if found is None else found

    def likely(self, surrogate: Surrogate) -> Units:
        """The row with the largest expected improvement that a walk finds."""
        found = self._best_new(surrogate, *ascend(surrogate, self.moves, self.rng))
        return self.mutant(surrogate) if found is None else found

    def uniform(self, surrogate: Surrogate | None = None) -> Units:
        """A uniform row that has not been tried, unless there is hardly one left, nor is known to fail."""
        rows = self.moves.anywhere(TRIES, self.rng)
        if surrogate is not None:
            hopeless = surrogate.log_chances(rows) < HOPELESS
            rows = np.concatenate([rows[~hopeless], rows[hopeless]])
        return next((row for row in rows if self.is_new(row)), np.asarray(rows[-1]))

    def near(self, surrogate: Surrogate) -> Units | None:
        """The best new row one change from the best, or two."""
        best = surrogate.units[surrogate.best]
        count = len(self.moves)
        if not count:
            return None
        # A random step may be tried twice.
        single = np.tile(np.arange(count), 2 if self.moves.has_numbers else 1)
        if len(single) > NEIGHBOURS:
            single = self.rng.choice(single, NEIGHBOURS, replace=False)
        rows = self.moves.changed(np.repeat(best[None], len(single), axis=0), single, self.rng)
        double = np.repeat(best[None], DISTANT_NEIGHBOURS, axis=0)
        for _ in range(2):
            picked = self.rng.integers(0, count, DISTANT_NEIGHBOURS)
            double = self.moves.changed(double, picked, self.rng)
        return self._best_new(surrogate, self.moves.settled(np.concatenate([rows, double])))

    def redrawn(self, surrogate: Surrogate) -> Units | None:
        """The best new row that keeps what matters of the best one, and draws the rest again."""
        prior, best = surrogate.fit.prior, surrogate.units[surrogate.best]
        ratio = prior.relevance / max(prior.tau, LEAST_TAU)
        is_redrawn = self.rng.random((REDRAWN, len(best))) < REDRAW_MOST / (1.0 + ratio**2)
        rows = np.where(is_redrawn, self.moves.anywhere(REDRAWN, self.rng), best)
        return self._best_new(surrogate, self.moves.settled(rows))

    def mutant(self, surrogate: Surrogate) -> Units:
        """A new row near the best, whatever the model says of it."""
        best = surrogate.units[surrogate.best]
        for row in self.moves.mutants(best, TRIES, np.ones(len(best)), self.rng):
            if self.is_new(row):
                return np.asarray(row)
        return self.uniform()

    def _best_new(
        self, surrogate: Surrogate, rows: Units, scores: Values | None = None
    ) -> Units | None:
        known = surrogate.score(rows) if scores is None else scores
        for i in np.argsort(-known, kind="stable"):
            if self.is_new(rows[i]):
                return np.asarray(rows[i])
        return None


def draw_first(parameter: Parameter, number: int, seed: int) -> float:
    """A code of a parameter that no trial is known to have: stratified over the first trials."""
    key = zlib.crc32(parameter.name.encode())
    coding = coding_of(SearchSpace([replace(parameter, when={})]), np.zeros((0, 1)))
    drawn = design.stratified(number, seed=seed, keys=[key])
    return float(coding.codes(coding.spread(drawn[None])[0])[0])
