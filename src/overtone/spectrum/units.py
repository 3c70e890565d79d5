"""Values in units in which the largest is near 1: a power of two, which changes no digit of any."""

import numpy as np

from overtone.spectrum.basis import Values


def exponent_of(values: Values) -> int:
    """The least power of two above every absolute value; 0 where all are 0."""
    return int(np.frexp(np.abs(values).max(initial=0.0))[1])


def deviation_of(values: Values) -> float:
    """The standard deviation, also where squares of the values are no numbers."""
    exponent = exponent_of(values)
    return float(np.ldexp(np.ldexp(values, -exponent).std(), exponent))
