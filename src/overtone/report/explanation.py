"""Which settings matter, how they interact, and on what evidence.

Shares are of the variance that a stage's polynomial explains, and always stand beside its R^2 on held-out
trials (of the values' ranks, on which the terms were chosen): an explanation of five percent of the variance
says so.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from overtone.report.effects import Effect, StageFinding, landscape_finding, stage_finding
from overtone.report.lines import stage_lines
from overtone.search.conclusions.findings import Findings
from overtone.search.harmonica.stage import evidence
from overtone.space import SearchSpace
from overtone.spectrum.polynomial import SparsePolynomial

if TYPE_CHECKING:
    import optuna


@final
@dataclass(frozen=True, eq=False)
class Explanation:
    """What a study has shown about its settings.

    Attributes:
        findings: the numbers behind it.
        stages: what each stage found, first to last.
        polynomial: of the first stage that found something, in units and direction of the objective; it
            describes the whole space. None if nothing was found.
    """

    findings: Findings
    stages: tuple[StageFinding, ...]
    polynomial: SparsePolynomial | None

    @property
    def effects(self) -> tuple[Effect, ...]:
        """All effects of the first stage that found something, largest share first."""
        return next((stage.effects for stage in self.stages if stage.effects), ())

    @property
    def interactions(self) -> tuple[Effect, ...]:
        """Those of two or more settings."""
        return tuple(effect for effect in self.effects if len(effect.names) > 1)

    def evidence(self, name: str) -> tuple[tuple[int, str, float, float], ...]:
        """Why a setting was restricted: stage, term, coefficient and standard error of each term with it.

        In units and direction of the objective; empty for a setting that no stage found to matter.
        """
        return tuple(
            (stage.index + 1, term, self.findings.sign * coefficient, error)
            for stage in self.findings.stages
            for term, coefficient, error in evidence(stage, name)
        )

    def table(self) -> str:
        """The effects of every stage as text."""
        is_staged = self.findings.is_staged
        return "\n".join(
            line for stage in self.stages for line in stage_lines(stage, is_staged=is_staged)
        )

    def __str__(self) -> str:
        return self.table()


def explain(study: "optuna.Study", *, space: SearchSpace | None = None) -> Explanation:
    """What the settings of a study do.

    Args:
        study: run by any sampler; with Harmonica's, the stages that it closed are explained, with the
            spectral one's the largest terms of its posterior, otherwise one fit to all its finished trials
            (which are no uniform draws then: shares are approximate).
        space: its parameters, if the study's trials do not show their conditions.

    Raises:
        SearchError: if fewer than three trials are finished.
    """
    from overtone.study.findings import (
        findings_of,  # and with it Optuna, which a search may do without
    )

    return explanation_of(findings_of(study, space))


def explanation_of(findings: Findings) -> Explanation:
    """The explanation of a study's findings."""
    found = [stage_finding(stage, findings) for stage in findings.stages]
    fits = [s.recovery for s in findings.stages if s.recovery is not None]
    own = next((fit.polynomial for fit in fits if not fit.is_empty), None)
    if findings.landscape is not None:
        found.append(landscape_finding(findings.landscape))
        own = findings.landscape.polynomial if findings.landscape.polynomial.parameters else None
    polynomial = None
    if own is not None:
        polynomial = SparsePolynomial(own.basis, own.terms, findings.sign * own.coefficients)
    return Explanation(findings, tuple(found), polynomial)
