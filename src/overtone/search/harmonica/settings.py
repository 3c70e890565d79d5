"""What a Harmonica search is told: one rule for each setting, and one default, whoever asks for it."""

from dataclasses import dataclass, field
from typing import Final, final

from overtone.errors import SearchError
from overtone.space.values import is_whole
from overtone.spectrum.recovery.rule import Auto, RecoverySettings

# The least a setting may be. With fewer samples than two there is nothing to fit; without stages, the base
# sampler has the whole space.
LEAST: Final = {"samples": 2, "restriction": 1, "stages": 0}


@final
@dataclass(frozen=True)
class Settings:
    """What a Harmonica search is told.

    Attributes:
        recovery: degree, sparsity and penalty of each recovery.
        samples: uniform trials of a stage. Raise it when values are noisy or interactions matter; "auto"
            takes ten times the logarithm of the number of terms.
        restriction: assignments kept by a stage. Raise it when the polynomial explains little.
        stages: recoveries before the base optimiser. Raise it when stages still find something.

    Raises:
        SearchError: if one of them is out of range.
    """

    recovery: RecoverySettings = field(default_factory=RecoverySettings)
    samples: int | Auto = "auto"
    restriction: int = 4
    stages: int = 2

    def __post_init__(self) -> None:
        for what, least in LEAST.items():
            number = getattr(self, what)
            may_be_auto = what == "samples"
            if (may_be_auto and number == "auto") or (is_whole(number) and number >= least):
                continue
            or_auto = ' or "auto"' if may_be_auto else ""
            raise SearchError(
                f"{what} is {number!r}, but a whole number from {least} on{or_auto} is expected."
            )
