"""What to try next, at any time, in a space of any kind.

A balanced design comes first. Then each trial is where the expected improvement is largest, as far as a walk
through single and double changes finds it. A few trials do something else: some are drawn uniformly, since a
model that never saw a region cannot miss it, and when nothing improves, some stay next to the best, some
redraw what seems not to matter (Harmonica's restriction), more are uniform, and in the end the search begins
anew.

What a trial gets is a function of the seed, its number, the trials that ended and those that run.
"""

import math
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
from overtone.search.spectral.turns import USUAL, Epoch, Turn, Turns, epoch_of
from overtone.space import Codes, Parameter, SearchSpace
from overtone.space.streams import stream
from overtone.spectrum.basis import Values

# Rows one change from the best that are looked at, two changes from it, and redrawn ones.
NEIGHBOURS: Final = 256
DISTANT_NEIGHBOURS: Final = 128
REDRAWN: Final = 32
# A parameter of relevance l is redrawn with probability REDRAW_MOST / (1 + (l / tau)^2).
REDRAW_MOST: Final = 0.5
LEAST_TAU: Final = 0.02
TRIES: Final = 50
# The logarithm of a probability of success below which a uniform row is passed over.
HOPELESS: Final = math.log(0.1)


class Proposer:
    """Proposes configurations; holds its settings, and a cache.

    Args:
        space: the parameters.
        seed: of everything.
        turns: when a trial does something else.
    """

    def __init__(self, space: SearchSpace, seed: int, turns: Turns = USUAL) -> None:
        self._space = space
        self._seed = seed
        self._turns = turns
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
        epoch = epoch_of(outcomes.y, self._turns, first_rows=design.ROWS)
        surrogate = self._surrogate(outcomes, epoch)
        coding = surrogate.coding if surrogate else coding_of(self._space, outcomes.codes)
        rng = stream("proposal", self._seed, number)
        known = np.concatenate([outcomes.codes, pending])
        walk = _walk(coding, fixed, known, rng)
        # A search that begins anew counts its own trials.
        row = len(known) - epoch.start if epoch.start else number
        if surrogate is None or row < design.ROWS:
            unit = self._design_row(walk.moves, row, epoch.start)
            return coding.codes(unit if walk.is_new(unit) else walk.uniform())
        if self._turns.is_elsewhere(number, stall=epoch.stall):
            branch = another(walk.moves, outcomes, rng) if len(coding.parents) else None
            if branch is not None:
                return self._elsewhere(branch, outcomes, pending, fixed, rng)
        believing = surrogate.believing(coding.units(pending))
        score = believing.objective.left_out_score
        turn = self._turns.of(number, stall=epoch.stall, score=score)
        found: Values = coding.codes(walk.next(believing, turn))
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
        drawn = design.stratified(row, self._keys, seed=self._seed, start=start)
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

    def next(self, surrogate: Surrogate, turn: Turn) -> Units:
        """The row to try, by what is known."""
        found = None
        match turn:
            case Turn.UNIFORM:
                return self.uniform(surrogate)
            case Turn.NEAR:
                found = self.near(surrogate)
            case Turn.REDRAW:
                found = self.redrawn(surrogate)
            case Turn.CLIMB:
                if self.moves.whole is not None:
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
    coding = coding_of(SearchSpace([replace(parameter, when={})]), np.zeros((0, 1)))
    drawn = design.stratified(number, [parameter.name], seed=seed)
    return float(coding.codes(coding.spread(drawn[None])[0])[0])
