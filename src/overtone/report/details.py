"""What settings do value by value, and how well the fit predicts, in the user's own values and units."""

from dataclasses import dataclass
from typing import final

from overtone.report.answers import value_at
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.findings import Findings
from overtone.space import Choice


@final
@dataclass(frozen=True)
class Joint:
    """What changing two settings at once would do, for each pair of their values.

    Attributes:
        settings: their names.
        values: of each, in order, those of the recommendation among them.
        changes: the metric with the pair less the metric at the recommendation, a row for each value of the
            first; None where it would likely fail, or where other settings would exist.
    """

    settings: tuple[str, str]
    values: tuple[tuple[Choice, ...], tuple[Choice, ...]]
    changes: tuple[tuple[Estimate | None, ...], ...]


@final
@dataclass(frozen=True)
class Triple:
    """Three settings that do together what they do not do one by one and two by two.

    Attributes:
        settings: their names.
        before, after: their values in the recommendation, and what they are changed to.
        together: what all three do.
        beyond: that, less what the single changes and the pairs add up to.
    """

    settings: tuple[str, ...]
    before: tuple[Choice, ...]
    after: tuple[Choice, ...]
    together: Estimate
    beyond: Estimate


@final
@dataclass(frozen=True)
class Curve:
    """What changing a number would do, all along its range.

    Attributes:
        setting: its name.
        values: ascending.
        changes: the metric with each less the metric at the recommendation.
    """

    setting: str
    values: tuple[float, ...]
    changes: tuple[Estimate, ...]


@final
@dataclass(frozen=True)
class Predicted:
    """A trial, and what all others say that a run like it would give.

    Attributes:
        trial: its number.
        observed: what it gave.
        predicted: from the others.
        is_inside: whether the one lies in the interval of the other.
    """

    trial: int
    observed: float
    predicted: Estimate
    is_inside: bool


def joint_of(findings: Findings) -> tuple[Joint, ...]:
    """The tables of the pairs that interact, in their order."""
    space = findings.space
    return tuple(
        Joint(
            (space.names[found.parameters[0]], space.names[found.parameters[1]]),
            (
                tuple(value_at(space, found.parameters[0], code) for code in found.codes[0]),
                tuple(value_at(space, found.parameters[1], code) for code in found.codes[1]),
            ),
            tuple(
                tuple(None if cell is None else cell.signed(findings.sign) for cell in row)
                for row in found.changes
            ),
        )
        for found in findings.joint
    )


def triples_of(findings: Findings) -> tuple[Triple, ...]:
    """The triples that interact, the strongest first."""
    space = findings.space
    return tuple(
        Triple(
            tuple(space.names[i] for i in found.parameters),
            tuple(map(lambda i, code: value_at(space, i, code), found.parameters, found.before)),
            tuple(map(lambda i, code: value_at(space, i, code), found.parameters, found.after)),
            found.together.signed(findings.sign),
            found.beyond.signed(findings.sign),
        )
        for found in findings.triples
    )


def curves_of(findings: Findings) -> tuple[Curve, ...]:
    """The curves of the numbers that matter."""
    return tuple(
        Curve(
            findings.space.names[found.parameter],
            tuple(
                float(value_at(findings.space, found.parameter, code))  # type: ignore[arg-type]  # of a number
                for code in found.codes
            ),
            tuple(change.signed(findings.sign) for change in found.changes),
        )
        for found in findings.curves
    )


def predictions_of(findings: Findings) -> tuple[Predicted, ...]:
    """What all other trials say of each, by number."""
    return tuple(
        Predicted(
            found.number,
            findings.sign * found.y,
            found.predicted.signed(findings.sign),
            found.is_inside,
        )
        for found in findings.predictions
    )
