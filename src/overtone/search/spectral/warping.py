"""The scale on which the values of a search are modelled."""

from typing import Final

import numpy as np

from overtone.spectrum.basis import Values

# The worst value counts no more than this many distances from the median to the best above the median.
WARP_CAP: Final = 4.0
# Digits that scaling or shifting the values leaves alone.
DECIMALS: Final = 9


def warped(y: Values) -> Values:
    """Values of mean 0 and deviation 1, linear as far above the median as the best lies below it.

    With u = (y - median) / (median - best): u up to 1, min(1 + log u, WARP_CAP) above. How much worse than
    most a configuration is matters little, and one outlier must not flatten the others; but bad values tell
    of a sparse polynomial what good ones do. Unchanged by positive multiples and shifts of y.
    """
    median = float(np.median(y))
    unit = median - float(y.min())
    if unit <= 0.0:
        low, high = np.quantile(y, [0.25, 0.75])
        unit = float(high - low) or float(y.std()) or 1.0
    u = (y - median) / unit
    z = np.minimum(np.where(u > 1.0, 1.0 + np.log(np.maximum(u, 1.0)), u), WARP_CAP)
    deviation = float(z.std())
    # Values that are all equal deviate from each other by rounding only.
    z = (z - z.mean()) / (deviation if deviation > 1e-12 else 1.0)
    return np.asarray(np.round(z, DECIMALS))
