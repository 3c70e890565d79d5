"""What a recovery may choose by itself, and what it is told."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

import numpy as np

from overtone.errors import RecoveryError

Auto: TypeAlias = Literal["auto"]

HIGHEST_DEGREE: Final = 5
AUTO_DEGREE: Final = 3


@final
@dataclass(frozen=True)
class Rules:
    """What a recovery may choose.

    Attributes:
        degree: the most parameters in a term. Raise it when interactions of many settings matter and samples
            are plenty; "auto" goes up to 3, where each term must pay for its degree.
        sparsity: the most groups kept. Lower it to pin less; "auto" keeps all that the criterion keeps.
        penalty: of the Lasso, in units of y. Raise it for fewer terms; "auto" follows the noise.

    Raises:
        RecoveryError: if one of them is out of range.
    """

    degree: int | Auto = "auto"
    sparsity: int | Auto = "auto"
    penalty: float | Auto = "auto"

    def __post_init__(self) -> None:
        if self.degree != "auto" and not (
            _is_whole(self.degree) and 1 <= self.degree <= HIGHEST_DEGREE
        ):
            raise RecoveryError(
                f"degree is {self.degree!r}, but a whole number from 1 to {HIGHEST_DEGREE} or "
                '"auto" is expected.'
            )
        if self.sparsity != "auto" and not (_is_whole(self.sparsity) and self.sparsity >= 1):
            raise RecoveryError(
                f'sparsity is {self.sparsity!r}, but a whole number from 1 on or "auto" is expected.'
            )
        if self.penalty != "auto" and not (_is_number(self.penalty) and 0 < self.penalty < np.inf):
            raise RecoveryError(
                f'penalty is {self.penalty!r}, but a number above 0 or "auto" is expected.'
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
