"""Which evaluated configuration to use.

The best value observed is the luckiest of many noisy draws. The recommendation is the configuration of best
posterior mean instead (theory: the Gaussian posterior over all terms), where there is noise to speak of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.search.outcomes import History, State, fit_values, is_usable
from overtone.search.region import Grid
from overtone.space import Codes, SearchSpace
from overtone.spectrum.basis import Values
from overtone.spectrum.polynomial import SparsePolynomial
from overtone.spectrum.posterior import distances, fit_posterior
from overtone.spectrum.threads import one_blas_thread

# The posterior costs N^3, and the worst configurations say little about which is best.
MOST_ROWS: Final = 400
LEAST_ROWS: Final = 3
# Below this share of the values' deviation, what looks like noise is as likely a structure that the
# posterior misses. Measured once on 20 simulated problems each (200 trials, 21 parameters): at a true noise
# of 0.3, 0.5 and 1 deviations the posterior's choice was truly better 6, 3 and 6 times and worse 4, 1 and 0
# times; at 0 and 0.1 it was better 0 and 4 times and worse 6 and 11 times.
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


def recommend(
    space: SearchSpace, history: History, polynomials: Sequence[tuple[Grid, SparsePolynomial]]
) -> Recommendation | None:
    """The recommendation among the complete trials; None if no trial has a usable value.

    Values beyond the far-out fence are moved onto it: one trial that diverged would make the noise of all
    others look like none.

    Args:
        space: all parameters.
        history: all trials.
        polynomials: what the stages found, each on its own levels.
    """
    complete = np.array([state is State.COMPLETE for state in history.states], dtype=bool)
    kept = history.rows(history.numbers[complete & is_usable(history.y)])
    if not len(kept.y):
        return None
    order = np.argsort(kept.y, kind="stable")[:MOST_ROWS]
    numbers = kept.numbers[order]
    fenced = fit_values(kept)
    if fenced is None or len(order) < LEAST_ROWS:
        return Recommendation(int(numbers[0]), float(kept.y[order[0]]), int(numbers[0]), 0.0)
    y = fenced[0][order]
    with one_blas_thread():
        posterior = fit_posterior(*_model(space, kept.codes[order], polynomials), y)
    best = int(np.argmin(posterior.means))
    if posterior.noise < NOISY * float(y.std()):
        best = 0
    return Recommendation(
        int(numbers[best]), float(posterior.means[best]), int(numbers[0]), posterior.noise
    )


def _model(
    space: SearchSpace, codes: Codes, polynomials: Sequence[tuple[Grid, SparsePolynomial]]
) -> tuple[Values, Values]:
    """The distances over the parameters that matter and over the others, and the values of known terms."""
    known = {i for _, polynomial in polynomials for i in polynomial.parameters if i < len(space)}
    rest = set(range(len(space))) - known
    blocks = [distances(space, codes, sorted(block)) for block in (known, rest) if block]
    designs = [
        grid.basis.design(grid.levels(codes), polynomial.terms[1:])
        for grid, polynomial in polynomials
    ]
    return np.array(blocks), np.concatenate([np.zeros((len(codes), 0)), *designs], axis=1)
