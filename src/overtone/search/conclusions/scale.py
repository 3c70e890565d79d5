"""The scale on which the values of a search are fitted: increasing, and anchored in what no model chose.

Notation
    origin  the least value, or the metric's own zero
    unit    the median of the values that no model chose, less the least: as a search converges the median of
            all values moves to the best, and would make all that is not nearly best look alike
    u       (y - origin) / unit
    knee    u up to here as it is, and knee (1 + log(u / knee)) above: nothing is cut off, and values that
            reach over orders of magnitude do not flatten those near the best. An infinite knee leaves all as
            it is; above zero, with a knee at the least value, the scale is the logarithm
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Values
from overtone.spectrum.units import deviation_of

# The first trials, which a model has hardly chosen yet.
REFERENCE: Final = 12
KNEES: Final = (np.inf, 1.0)
# Values that are further apart than this, as multiples, may be on the scale of their logarithm.
LEAST_RATIO: Final = 10.0
# Exponents beyond this are of values that no interval needs to tell apart.
MOST_EXPONENT: Final = 200.0


@final
@dataclass(frozen=True)
class Scale:
    """An increasing function of values, and its inverse."""

    origin: float
    unit: float
    knee: float

    @property
    def is_bent(self) -> bool:
        """Whether it is logarithmic beyond a knee."""
        return bool(np.isfinite(self.knee))

    def of(self, y: Values) -> Values:
        """Values on the scale."""
        u = np.asarray((y - self.origin) / self.unit)
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
        return np.asarray(self.origin + self.unit * u)

    def log_slopes(self, y: Values) -> float:
        """The sum of the logarithms of the slopes at some values, relative to a unit."""
        if np.isinf(self.knee):
            return 0.0
        u = (y - self.origin) / self.unit
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
    found = [Scale(best, unit, knee) for knee in KNEES]
    if best > 0.0 and float(y.max()) / LEAST_RATIO > best and best / unit > 0.0:
        found.append(Scale(0.0, unit, best / unit))
    return found
