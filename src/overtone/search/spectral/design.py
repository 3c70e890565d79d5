"""The first configurations of a search: balanced over the levels of every parameter.

A Latin hypercube (McKay, Beckman and Conover 1979): in every ROWS rows each tenth of a parameter's range is
met once, and each choice about as often as any other. Every parameter has its own stream of random numbers,
whose key is its rank among the names in order. The first trial of a space that is not known yet asks for one
parameter after the other, and has streams by name; the rows after it are balanced among themselves.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from overtone.space.streams import stream
from overtone.spectrum.basis import Values

ROWS: Final = 10


def stratified(row: int, keys: Sequence[int | str], *, seed: int, start: int = 0) -> Values:
    """One row of the design as numbers in [0, 1), one for each key.

    Args:
        row: from 0 on; each further block of ROWS rows is another design.
        keys: of the parameters' streams.
        seed: of the search.
        start: where the search began, or began anew.
    """
    block, place = divmod(row, ROWS)
    drawn = np.empty(len(keys))
    for k, key in enumerate(keys):
        rng = stream("design", seed, start, block, key)
        drawn[k] = (rng.permutation(ROWS)[place] + rng.random(ROWS)[place]) / ROWS
    return drawn
