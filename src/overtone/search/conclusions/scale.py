"""The scale on which the values of a search are fitted: increasing, and anchored in what no model chose.

Notation
    origin  the least value, the metric's own zero, or the middle of the values that no model chose
    unit    the median of the values that no model chose, less the least: as a search converges the median of
            all values moves to the best, and would make all that is not nearly best look alike
    u       (y - origin) / unit
    knee    u up to here as it is, and knee (1 + log(u / knee)) above: nothing is cut off, and values that
            reach over orders of magnitude do not flatten those near the best. An infinite knee leaves all as
            it is. On an odd scale the same is so below zero: with a knee at the smallest value it is the
            logarithm of a metric that never changes its sign
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.spectrum.basis import Values
from overtone.spectrum.units import deviation_of

# The first trials, which a model has hardly chosen yet.
REFERENCE: Final = 12
KNEES: Final = (np.inf, 1.0)
# Values may be on the scale of their logarithm if those that no model chose are further apart than this.
LEAST_RATIO: Final = 10.0
# What is smaller than the least of those that no model chose by more than this is as it is.
MOST_RATIO: Final = 100.0
# If the best is further from the middle than this, in multiples of how far half of the values are, the scale
# may be logarithmic both ways.
LEAST_REACH: Final = 10.0
# Exponents beyond this are of values that no interval needs to tell apart.
MOST_EXPONENT: Final = 200.0


@final
@dataclass(frozen=True)
class Scale:
    """An increasing function of values, and its inverse."""

    origin: float
    unit: float
    knee: float
    is_odd: bool = False

    @property
    def is_bent(self) -> bool:
        """Whether it is logarithmic beyond a knee."""
        return bool(np.isfinite(self.knee))

    def of(self, y: Values) -> Values:
        """Values on the scale."""
        u = np.asarray((y - self.origin) / self.unit)
        if not self.is_bent:
            return u
        size = self._size(u)
        bent = self.knee * (1 + np.log(np.maximum(size, self.knee) / self.knee))
        return np.where(size > self.knee, np.copysign(bent, u), u)

    def back(self, z: Values) -> Values:
        """The values of places on the scale."""
        u = np.asarray(z)
        if self.is_bent:
            size = self._size(u)
            beyond = np.clip(size / self.knee - 1, 0.0, MOST_EXPONENT)
            u = np.where(size > self.knee, np.copysign(self.knee * np.exp(beyond), u), u)
        return np.asarray(self.origin + self.unit * u)

    def log_slopes(self, y: Values) -> float:
        """The sum of the logarithms of the slopes at some values, relative to a unit."""
        if not self.is_bent:
            return 0.0
        size = self._size(np.asarray((y - self.origin) / self.unit))
        return -float(np.log(np.maximum(size, self.knee) / self.knee).sum())

    def _size(self, u: Values) -> Values:
        return np.abs(u) if self.is_odd else u


def scales(y: Values, unchosen: Values) -> list[Scale]:
    """The scales that some values may be on, the linear one first.

    Args:
        y: values, shape `(N,)`, not all equal.
        unchosen: those of them that no model chose.
    """
    best, middle = float(y.min()), float(np.median(unchosen))
    unit = middle - best
    if unit <= 0.0:
        unit = deviation_of(y)
    found = [Scale(best, unit, knee) for knee in KNEES]
    # A search for the least value of what can be 0 comes near it: that alone is no reason for the logarithm.
    sizes = np.abs(unchosen)
    least, most = float(sizes.min()), float(sizes.max())
    knee = max(float(np.abs(y).min()), least / MOST_RATIO) / unit
    is_signed = bool((y > 0).all() or (y < 0).all())
    if is_signed and most / LEAST_RATIO > least and knee > 0.0:
        found.append(Scale(0.0, unit, knee, is_odd=True))
    width = float(np.median(np.abs(unchosen - middle)))
    if unit / LEAST_REACH > width and width / unit > 0.0:
        found.append(Scale(middle, unit, width / unit, is_odd=True))
    return found
