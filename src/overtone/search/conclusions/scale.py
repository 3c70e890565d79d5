"""The scale on which the values of a search are fitted: increasing, and anchored in what no model chose.

Notation
    best  the least value
    unit  the median of the values that no model chose, less the best: as a search converges the median of all
          values moves to the best, and would make all that is not nearly best look alike
    u     (y - best) / unit
    knee  u up to here as it is, and knee (1 + log(u / knee)) above: nothing is cut off, and values that reach
          over orders of magnitude do not flatten those near the best. An infinite knee leaves all as it is
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Values
from overtone.spectrum.units import deviation_of

# The first trials, which a model has hardly chosen yet.
REFERENCE: Final = 12
KNEES: Final = (np.inf, 1.0)
# Exponents beyond this are of values that no interval needs to tell apart.
MOST_EXPONENT: Final = 200.0


@final
@dataclass(frozen=True)
class Scale:
    """An increasing function of values, and its inverse."""

    best: float
    unit: float
    knee: float

    @property
    def is_bent(self) -> bool:
        """Whether it is logarithmic beyond a knee."""
        return bool(np.isfinite(self.knee))

    def of(self, y: Values) -> Values:
        """Values on the scale."""
        u = np.asarray((y - self.best) / self.unit)
        if np.isinf(self.knee):
            return u
        return np.where(
            u > self.knee, self.knee * (1 + np.log(np.maximum(u, self.knee) / self.knee)), u
        )

    def back(self, z: Values) -> Values:
        """The values of places on the scale."""
        u = np.asarray(z)
        if np.isfinite(self.knee):
            beyond = np.clip(u / self.knee - 1, 0.0, MOST_EXPONENT)
            u = np.where(u > self.knee, self.knee * np.exp(beyond), u)
        return np.asarray(self.best + self.unit * u)

    def log_slopes(self, y: Values) -> float:
        """The sum of the logarithms of the slopes at some values, relative to a unit."""
        if np.isinf(self.knee):
            return 0.0
        u = (y - self.best) / self.unit
        return -float(np.log(np.maximum(u, self.knee) / self.knee).sum())


def scales(y: Values, unchosen: Values) -> list[Scale]:
    """The scales that some values may be on, the linear one first.

    Args:
        y: values, shape `(N,)`, not all equal.
        unchosen: those of them that no model chose.
    """
    best = float(y.min())
    unit = float(np.median(unchosen)) - best
    if unit <= 0.0:
        unit = deviation_of(y)
    return [Scale(best, unit, knee) for knee in KNEES]
