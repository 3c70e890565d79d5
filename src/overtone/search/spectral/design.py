"""The first configurations of a search: balanced over the levels of every parameter.

A Latin hypercube (McKay, Beckman and Conover 1979): in every ROWS rows each tenth of a parameter's range is
met once, and each choice about as often as any other. Every parameter has its own stream of random numbers,
so one that is asked for alone gets what it would have got among others.
"""

from typing import Final

import numpy as np

from overtone.spectrum.basis import Values

ROWS: Final = 10


def stratified(row: int, *, seed: int, keys: list[int]) -> Values:
    """One row of the design as numbers in [0, 1), one for each key.

    Args:
        row: from 0 on; each further block of ROWS rows is another design.
        seed: of the design.
        keys: of the parameters' streams.
    """
    block, place = divmod(row, ROWS)
    drawn = np.empty(len(keys))
    for k, key in enumerate(keys):
        rng = np.random.default_rng([seed, block, key])
        drawn[k] = (rng.permutation(ROWS)[place] + rng.random(ROWS)[place]) / ROWS
    return drawn
