"""Parts of a space with the same active parameters, each of which is a space of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.spectral.moves import Moves
from overtone.search.spectral.outcomes import Outcomes
from overtone.space import Codes

# Branches are those of so many random rows: what is rarer is not looked for.
SAMPLE: Final = 256


@final
@dataclass(frozen=True, eq=False)
class Branch:
    """A part of a space.

    Attributes:
        active: which parameters are active in it, shape `(n,)`.
        held: the codes that lead to it, of parameters on whose values others depend.
    """

    active: NDArray[np.bool_]
    held: Mapping[int, float]

    def holds(self, codes: Codes) -> NDArray[np.bool_]:
        """Which configurations lie in it, shape `(N,)`."""
        return np.asarray((np.isnan(codes) != self.active).all(axis=1))

    def trials(self, outcomes: Outcomes) -> Outcomes:
        """Those of the trials that lie in it."""
        return outcomes.where(self.holds(outcomes.codes))


def branches(moves: Moves, rng: np.random.Generator) -> list[Branch]:
    """The branches of a space; one if no parameter depends on another."""
    coding = moves.coding
    rows = moves.anywhere(SAMPLE, rng)
    _, examples = np.unique(coding.active(rows), axis=0, return_index=True)
    parents = set(coding.order[coding.parents].tolist())
    found = []
    for row in rows[examples]:
        codes = coding.codes(row)
        active = ~np.isnan(codes)
        held = {i: float(codes[i]) for i in sorted(parents) if active[i]}
        found.append(Branch(active, held))
    return found


def another(moves: Moves, outcomes: Outcomes, rng: np.random.Generator) -> Branch | None:
    """A branch other than that of the best trial; None if there is none.

    The branch that is k-th by its best trial among the others has the chance 1 / k, relatively. One that was
    never tried comes first, and one in which all trials failed last.
    """
    best = outcomes.codes[int(np.nanargmin(outcomes.y))]
    others = [b for b in branches(moves, rng) if (np.isnan(best) == b.active).any()]
    if not others:
        return None
    reached = []
    for branch in others:
        y = branch.trials(outcomes).y
        reached.append(float(np.nanmin(np.append(y, np.inf))) if len(y) else -np.inf)
    chances = np.empty(len(others))
    chances[np.argsort(reached, kind="stable")] = 1.0 / np.arange(1, len(others) + 1)
    return others[int(rng.choice(len(others), p=chances / chances.sum()))]
