"""The scale on which the values of a search are modelled."""

from typing import Final

import numpy as np

from overtone.spectrum.basis import Values

# The worst value counts no more than this many distances from the median to the best above the median.
WARP_CAP: Final = 2.5
# Digits that scaling or shifting the values leaves alone.
DECIMALS: Final = 9


def warped(y: Values) -> Values:
    """Values of mean 0 and deviation 1 in which the better half is linear and the worse half logarithmic.

    With u = (y - median) / (median - best): u below 0, min(log(1 + u) / 2, WARP_CAP) above. How much worse
    than the median a configuration is matters little, and one outlier must not flatten the others. Unchanged
    by positive multiples and shifts of y.
    """
    median = float(np.median(y))
    unit = median - float(y.min())
    if unit <= 0.0:
        low, high = np.quantile(y, [0.25, 0.75])
        unit = float(high - low) or float(y.std()) or 1.0
    u = (y - median) / unit
    z = np.where(u > 0.0, np.minimum(0.5 * np.log1p(np.maximum(u, 0.0)), WARP_CAP), u)
    deviation = float(z.std())
    # Values that are all equal deviate from each other by rounding only.
    z = (z - z.mean()) / (deviation if deviation > 1e-12 else 1.0)
    return np.asarray(np.round(z, DECIMALS))
