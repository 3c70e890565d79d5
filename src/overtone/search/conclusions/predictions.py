"""What the other trials say of each, beside what it gave."""

from dataclasses import dataclass
from typing import final

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.known import Known


@final
@dataclass(frozen=True)
class Prediction:
    """A trial, and what all others say that a run like it would give.

    Attributes:
        number: of the trial.
        y: what it gave, to be minimised.
        predicted: from the others.
    """

    number: int
    y: float
    predicted: Estimate

    @property
    def is_inside(self) -> bool:
        """Whether what it gave lies in the interval."""
        return self.predicted.low <= self.y <= self.predicted.high


def predictions_of(belief: Belief, known: Known) -> tuple[Prediction, ...]:
    """The predictions of the trials that a belief is given, by number; of many trials it is given some.

    A configuration that was run several times is left out: its other runs would tell of it.
    """
    trials: dict[bytes, list[int]] = {}
    for place, row in enumerate(belief.coding.units(known.codes)):
        trials.setdefault(row.tobytes(), []).append(place)
    found = []
    for place, row in enumerate(belief.units):
        own = trials.get(row.tobytes(), [])
        if len(own) == 1:
            number = int(known.numbers[own[0]])
            found.append(Prediction(number, float(belief.y[place]), belief.left_out(place)))
    return tuple(sorted(found, key=lambda prediction: prediction.number))
