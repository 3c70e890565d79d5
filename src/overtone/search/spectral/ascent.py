"""The walk to where an evaluation is worth most: its score, climbed by single and double changes."""

from typing import Final

import numpy as np

from overtone.search.spectral.coding import Units
from overtone.search.spectral.moves import Indices, Moves
from overtone.search.spectral.surrogate import Surrogate
from overtone.spectrum.basis import Values

# It begins at the best evaluated rows, and at the best of some random ones and of mutants.
BEST_STARTS: Final = 4
OTHER_STARTS: Final = 3
RANDOM: Final = 60
MUTANTS_OF_BEST: Final = 40
MUTANTS_OF_ANOTHER: Final = 20
RANKS_OF_ANOTHER: Final = 6
STEPS: Final = 12
# Changes that are looked at in a step. The cost of a look grows with the trials, so their number falls.
SINGLES: Final = (24, 64, 16_000)
DOUBLES: Final = (6, 16, 4_000)
# A parameter with a smaller share l / (1 + l) is changed with this probability only.
IRRELEVANT: Final = 2e-3
CHANGED_ALL_THE_SAME: Final = 0.05
BETTER: Final = 1e-6


def ascend(surrogate: Surrogate, moves: Moves, rng: np.random.Generator) -> tuple[Units, Values]:
    """All rows that the walk looked at, `(C, n)`, and their scores, `(C,)`."""
    share = surrogate.fit.prior.relevance / (1.0 + surrogate.fit.prior.relevance)
    first = _first_looks(surrogate, moves, share, rng)
    seen, scores = [first], [surrogate.score(first)]
    if not len(moves):
        return first, scores[0]
    top = np.argsort(-scores[0], kind="stable")[:OTHER_STARTS]
    best = surrogate.order[:BEST_STARTS]
    rows = np.concatenate([moves.settled(surrogate.units[best]), first[top]])
    # The evaluated ones are not to be tried again, so any step away from them is one up.
    heights = np.concatenate([np.full(len(best), -np.inf), scores[0][top]])
    # A step of a number is random, so one failure does not mean that there is no way up.
    patience = np.full(len(rows), 2 if moves.has_numbers else 1)
    walking = np.arange(len(rows))
    for _ in range(STEPS):
        looks = _looks(rows[walking], moves, _changes(moves, share, len(surrogate.units), rng), rng)
        score = surrogate.score(looks.reshape(-1, looks.shape[2])).reshape(looks.shape[:2])
        seen.append(looks.reshape(-1, looks.shape[2]))
        scores.append(score.ravel())
        highest = score.argmax(axis=1)
        reached = score[np.arange(len(walking)), highest]
        is_up = reached > heights[walking] + BETTER
        up = walking[is_up]
        rows[up], heights[up] = looks[is_up, highest[is_up]], reached[is_up]
        patience[walking[~is_up]] -= 1
        patience[up] = 2 if moves.has_numbers else 1
        walking = walking[patience[walking] > 0]
        if not len(walking):
            break
    return np.concatenate(seen), np.concatenate(scores)


def _first_looks(
    surrogate: Surrogate, moves: Moves, share: Values, rng: np.random.Generator
) -> Units:
    best, order = surrogate.units[surrogate.best], surrogate.order
    other = surrogate.units[order[min(int(rng.integers(1, RANKS_OF_ANOTHER)), len(order) - 1)]]
    return np.concatenate(
        [
            moves.anywhere(RANDOM, rng),
            moves.mutants(best, MUTANTS_OF_BEST, share, rng),
            moves.mutants(other, MUTANTS_OF_ANOTHER, share, rng),
        ]
    )


def _changes(
    moves: Moves, share: Values, known: int, rng: np.random.Generator
) -> tuple[Indices, Indices]:
    """The single changes of a step, and the first halves of its double changes."""
    by_change = share[moves.columns]
    is_kept = (by_change > IRRELEVANT) | (rng.random(len(moves)) < CHANGED_ALL_THE_SAME)
    kept = np.flatnonzero(is_kept)
    if not len(kept):
        kept = rng.integers(0, len(moves), DOUBLES[0])
    singles, doubles = (
        int(np.clip(total // known, least, most)) for least, most, total in (SINGLES, DOUBLES)
    )
    if len(kept) > singles:
        kept = rng.choice(kept, singles, replace=False)
    return kept, rng.choice(kept, doubles)


def _looks(
    rows: Units, moves: Moves, changes: tuple[Indices, Indices], rng: np.random.Generator
) -> Units:
    """The rows one step from each row, shape `(W, C, n)`."""
    single, double = changes
    both = np.concatenate([single, double])
    looks = np.repeat(rows, len(both), axis=0)
    looks = moves.changed(looks, np.tile(both, len(rows)), rng)
    is_double = np.tile(np.arange(len(both)) >= len(single), len(rows))
    second = rng.integers(0, len(moves), int(is_double.sum()))
    looks[is_double] = moves.changed(looks[is_double], second, rng)
    return moves.settled(looks).reshape(len(rows), len(both), -1)
