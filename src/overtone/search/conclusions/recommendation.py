"""Which evaluated configuration to use.

The best value observed is the luckiest of many noisy draws. The recommendation is the configuration of best
posterior mean instead, where there is noise to speak of (`docs/theory.md`, sections 5 and 6).
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.search.history import History, State, fit_values, is_usable
from overtone.search.spectral.coding import coding_of
from overtone.search.spectral.fitting import at_once
from overtone.space import SearchSpace
from overtone.spectrum.threads import one_blas_thread
from overtone.spectrum.units import deviation_of

# The posterior costs N^3, and the worst configurations say little about which is best.
MOST_ROWS: Final = 400
LEAST_ROWS: Final = 3
# Below this share of the values' deviation, what looks like noise is as likely a structure that the
# posterior misses.
NOISY: Final = 0.2


@final
@dataclass(frozen=True)
class Recommendation:
    """The configurations to show; numbers of trials, values to be minimised.

    Attributes:
        number: the trial of best posterior mean.
        mean: its posterior mean.
        luckiest: the trial of best observed value.
        noise: the estimated standard deviation of an observation.
    """

    number: int
    mean: float
    luckiest: int
    noise: float


def recommend(space: SearchSpace, history: History) -> Recommendation | None:
    """The recommendation among the complete trials; None if no trial has a usable value.

    Values beyond the far-out fence are moved onto it: one trial that diverged would make the noise of all
    others look like none.
    """
    complete = np.array([state is State.COMPLETE for state in history.states], dtype=bool)
    kept = history.rows(history.numbers[complete & is_usable(history.y)])
    if not len(kept.y):
        return None
    order = np.argsort(kept.y, kind="stable")[:MOST_ROWS]
    numbers = kept.numbers[order]
    luckiest = Recommendation(int(numbers[0]), float(kept.y[order[0]]), int(numbers[0]), 0.0)
    fenced = fit_values(kept)
    if fenced is None or len(order) < LEAST_ROWS:
        return luckiest
    y = fenced[0][order]
    spread = deviation_of(y)
    # The deviation of equal values may be a rounding error.
    if spread == 0.0 or (y == y[0]).all():
        return luckiest
    with one_blas_thread():
        codes = kept.codes[order]
        posterior, _ = at_once(coding_of(space, codes), codes, (y - y.mean()) / spread)
    means = y.mean() + spread * posterior.means
    noise = spread * float(np.sqrt(posterior.prior.noise))
    best = int(np.argmin(means)) if noise >= NOISY * spread else 0
    return Recommendation(int(numbers[best]), float(means[best]), int(numbers[0]), noise)
