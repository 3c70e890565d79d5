"""A number that is not known exactly."""

from dataclasses import dataclass
from typing import Final, final

# Standard deviations of a normal distribution to either end of an interval of 90 %, and of 99.7 %.
NINETY: Final = 1.6449
SURE: Final = 3.0


@final
@dataclass(frozen=True)
class Estimate:
    """What a number is expected to be.

    Attributes:
        mean: the expected one.
        low, high: the ends of its interval of 90 %.
    """

    mean: float
    low: float
    high: float

    def signed(self, sign: float) -> "Estimate":
        """The same of the number times 1 or -1."""
        low, high = sorted((sign * self.low, sign * self.high))
        return Estimate(sign * self.mean, low, high)

    def is_within(self, size: float) -> bool:
        """Whether the number is at most this far from 0, by its interval."""
        return -size <= self.low and self.high <= size

    def is_outside(self, size: float) -> bool:
        """Whether the number is further from 0, by its interval."""
        return self.low > size or self.high < -size

    def is_beyond(self, size: float) -> bool:
        """Whether it surely is further from 0, by one of 99.7 %: of many numbers some look so."""
        wider = SURE / NINETY
        low = self.mean - wider * (self.mean - self.low)
        high = self.mean + wider * (self.high - self.mean)
        return Estimate(self.mean, low, high).is_outside(size)

    def over(self, size: float) -> "Estimate":
        """The same of the number's share of something above 0."""
        return Estimate(self.mean / size, self.low / size, self.high / size)


def exactly(number: float) -> Estimate:
    """A number that is known."""
    return Estimate(number, number, number)
