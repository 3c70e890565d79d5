"""What a recovery may choose by itself, what it is told, and how it chooses."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final

from overtone.errors import RecoveryError
from overtone.space.values import is_finite, is_whole
from overtone.spectrum.basis import Group, Values

if TYPE_CHECKING:  # settings are read at the doors, where nothing heavy is to be imported
    from overtone.spectrum.recovery.sample import Sample

Auto: TypeAlias = Literal["auto"]

HIGHEST_DEGREE: Final = 5
AUTO_DEGREE: Final = 3


@final
@dataclass(frozen=True, eq=False)
class Shrunk:
    """A Lasso fit over all groups of a sample.

    Attributes:
        groups: those whose coefficients are not 0.
        coefficients: of the terms of each group, one array a group.
        constant: unpenalised.
        penalty: in scikit-learn's scaling, for groups of the largest degree considered.
        gap: the duality gap over *all* groups, relative to |y|^2 / 2N.
    """

    groups: tuple[Group, ...]
    coefficients: tuple[Values, ...]
    constant: float
    penalty: float
    gap: float


@final
@dataclass(frozen=True, eq=False)
class Selection:
    """What a rule makes of a sample.

    Attributes:
        groups: those that are kept.
        coefficients: of the terms of each group, one array a group.
        constant: beside them.
        shrunk: the Lasso that it began with.
        gain: by how much the groups lower the criterion of `selection`; 0 where the rule has none.
        validated: R^2 on the samples that the rule held out itself, NaN where none must be; None where
            the rule held none out.
    """

    groups: tuple[Group, ...]
    coefficients: tuple[Values, ...]
    constant: float
    shrunk: Shrunk
    gain: float = 0.0
    validated: float | None = None


class Rule(ABC):
    """How groups of terms and their coefficients are chosen from a sample."""

    @property
    def given_penalty(self) -> float | Auto:
        """The penalty in units of y; "auto" if it follows the values, so that their units do not matter."""
        return "auto"

    @abstractmethod
    def choose(self, sample: "Sample", settings: "RecoverySettings") -> Selection:
        """The choice from a sample, within the degree and sparsity of `settings`."""


@final
@dataclass(frozen=True)
class RecoverySettings:
    """What a recovery may choose.

    Attributes:
        degree: the most parameters in a term. Raise it when interactions of many settings matter and samples
            are plenty; "auto" goes up to 3, where each term must pay for its degree.
        sparsity: the most groups kept. Lower it to pin less; "auto" keeps all that the rule keeps.
        penalty: of the Lasso, in units of y. Raise it for fewer terms; "auto" follows the noise.
        rule: how to choose. "auto" is `Pursuit`, or `FixedPenalty` if a penalty is given.

    Raises:
        RecoveryError: if one of them is out of range, or the penalty is not that of the rule.
    """

    degree: int | Auto = "auto"
    sparsity: int | Auto = "auto"
    penalty: float | Auto = "auto"
    rule: Rule | Auto = "auto"

    def __post_init__(self) -> None:
        if self.degree != "auto" and not (
            is_whole(self.degree) and 1 <= self.degree <= HIGHEST_DEGREE
        ):
            raise RecoveryError(
                f"degree is {self.degree!r}, but a whole number from 1 to {HIGHEST_DEGREE} or "
                '"auto" is expected.'
            )
        if self.sparsity != "auto" and not (is_whole(self.sparsity) and self.sparsity >= 1):
            raise RecoveryError(
                f'sparsity is {self.sparsity!r}, but a whole number from 1 on or "auto" is expected.'
            )
        if self.penalty != "auto" and not is_penalty(self.penalty):
            raise RecoveryError(
                f'penalty is {self.penalty!r}, but a number above 0 or "auto" is expected.'
            )
        if self.rule == "auto":
            return
        if not isinstance(self.rule, Rule):
            raise RecoveryError(
                f'rule is {self.rule!r}, but a rule such as Pursuit() or "auto" is expected.'
            )
        if self.penalty not in ("auto", self.rule.given_penalty):
            raise RecoveryError(
                f"penalty is {self.penalty!r}, but the rule is {self.rule!r}: give one of them. A given "
                "penalty is a rule of its own, FixedPenalty."
            )
        object.__setattr__(self, "penalty", self.rule.given_penalty)

    def highest_degree(self, sample: "Sample") -> int:
        """The largest degree of a term: no term has more parameters than there are."""
        limit = AUTO_DEGREE if self.degree == "auto" else self.degree
        return min(limit, max(len(sample.basis), 1))


def is_penalty(value: object) -> bool:
    """Whether a value is a number that a Lasso can have as its penalty."""
    return is_finite(value) and bool(value > 0)
