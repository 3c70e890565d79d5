"""How much the metric varies between runs of one configuration, as far as configurations were run again."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from overtone.search.conclusions.estimate import Estimate, exactly
from overtone.space import Codes
from overtone.spectrum.basis import Values
from overtone.spectrum.units import exponent_of

# Values that differ by less than this share of their size are equal: a sum in another order.
ROUNDING: Final = 1e-12


@final
@dataclass(frozen=True)
class Noise:
    """What runs of equal configurations have shown.

    Attributes:
        deviation: of an observation from the mean over all runs of its configuration; None if no
            configuration was run twice, and 0 exactly if none was seen to differ.
        repeats: runs of a configuration beyond its first, over all configurations.
    """

    deviation: Estimate | None
    repeats: int

    @property
    def is_unknown(self) -> bool:
        """Whether nothing was run twice."""
        return self.deviation is None

    @property
    def is_seen(self) -> bool:
        """Whether equal configurations were seen to differ."""
        return self.deviation is not None and self.deviation.mean > 0.0

    @property
    def is_none(self) -> bool:
        """Whether equal configurations were seen to be equal."""
        return self.deviation is not None and self.deviation.mean == 0.0


NO_REPEATS: Final = Noise(None, 0)


def alike(codes: Codes) -> NDArray[np.int64]:
    """The number of each configuration among the different ones in order of appearance, shape `(N,)`."""
    numbers: dict[bytes, int] = {}
    keys = [row.tobytes() for row in np.where(np.isnan(codes), np.inf, codes) + 0.0]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def noise_of(codes: Codes, y: Values) -> Noise:
    """The noise of some values.

    k runs of one configuration give the sum of squares around their mean with k - 1 degrees of freedom; the
    interval of the deviation is the chi-squared one.

    Args:
        codes: configurations, shape `(N, n)`, NaN where inactive.
        y: values, shape `(N,)`.
    """
    # Squares of very small values are 0.
    exponent = exponent_of(y)
    near_1 = np.ldexp(y, -exponent)
    squares, repeats = within(alike(codes), near_1)
    if not repeats:
        return NO_REPEATS
    if squares <= repeats * (ROUNDING * float(np.abs(near_1).max())) ** 2:
        return Noise(exactly(0.0), repeats)
    # chdtri(k, p) is exceeded with probability p.
    degrees = (repeats, chdtri(repeats, 0.05), chdtri(repeats, 0.95))
    ends = (float(np.ldexp(np.sqrt(squares / k), exponent)) for k in degrees)
    return Noise(Estimate(*ends), repeats)


def within(groups: NDArray[np.int64], values: Values) -> tuple[float, int]:
    """The sum of squares of values around the means of their groups, and its degrees of freedom."""
    if not len(values):
        return 0.0, 0
    counts = np.bincount(groups)
    # Around the first of each, since the values may all be large.
    first = values[np.unique(groups, return_index=True)[1]][groups]
    means = np.bincount(groups, values - first) / counts
    left = values - first - means[groups]
    return float(left @ left), int(len(values) - len(counts))
