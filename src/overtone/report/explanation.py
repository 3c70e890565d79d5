"""What to use, which few changes make the gain, and what is known of every setting."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from overtone.errors import SearchError
from overtone.report import answers, course, details, schema
from overtone.report.answers import (
    Change,
    Failure,
    Fewest,
    Interaction,
    Recommended,
    Setting,
    Share,
)
from overtone.report.course import AtBoth, RandomSearch, Ranked, RestrictedMean, Run, Slot
from overtone.report.details import Curve, Joint, Predicted, Triple
from overtone.report.effects import Effect, StageFinding, stage_finding
from overtone.report.lines import explanation_lines
from overtone.report.page.write import fragment_of, page_of
from overtone.search.conclusions.findings import Findings
from overtone.search.conclusions.noise import Noise
from overtone.search.harmonica.stage import evidence
from overtone.space import SearchSpace
from overtone.spectrum.polynomial import SparsePolynomial

if TYPE_CHECKING:
    import optuna
    import pandas as pd


@final
@dataclass(frozen=True, eq=False)
class Explanation:
    """What a study has shown about its settings; each part is found when it is first asked for.

    Attributes:
        findings: the numbers behind it.
    """

    findings: Findings

    @cached_property
    def recommended(self) -> Recommended | None:
        """The configuration to use; None if no trial has a value."""
        return answers.recommended_of(self.findings)

    @cached_property
    def fewest(self) -> Fewest | None:
        """The fewest changes that keep nearly all of the gain; None if they cannot be told."""
        return answers.fewest_of(self.findings)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Those changes, in the order of their worth."""
        return () if self.fewest is None else self.fewest.changes

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """What changing each setting of the recommendation would do."""
        return answers.settings_of(self.findings)

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Pairs that do together, at the recommendation, what they do not do one by one."""
        return answers.interactions_of(self.findings)

    @cached_property
    def joint(self) -> tuple[Joint, ...]:
        """What each of these pairs does, value by value."""
        return details.joint_of(self.findings)

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """Triples that do together what they do not do one by one and two by two."""
        return details.triples_of(self.findings)

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """What the numbers that matter do all along their ranges."""
        return details.curves_of(self.findings)

    @cached_property
    def predictions(self) -> tuple[Predicted, ...]:
        """What all other trials say of each; of many trials, of some."""
        return details.predictions_of(self.findings)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every finished trial, by number."""
        return course.runs_of(self.findings)

    @cached_property
    def random_search(self) -> tuple[RandomSearch, ...]:
        """What random search would be expected to have reached; empty without uniform draws."""
        return course.random_search_of(self.findings)

    @cached_property
    def best(self) -> tuple[Ranked, ...]:
        """The best tenth of the trials, the best first."""
        return course.best_of(self.findings)

    @cached_property
    def restricted(self) -> tuple[RestrictedMean, ...]:
        """What uniform draws gave in the space that was left to each stage."""
        return course.restricted_means(self.findings)

    @cached_property
    def at_both(self) -> tuple[AtBoth, ...]:
        """What configurations gave at the fidelities of the stages and of the end."""
        return course.at_both_of(self.findings)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """When and where trials ran, as far as that is known."""
        return course.slots_of(self.findings)

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """Values with which trials fail."""
        return answers.failures_of(self.findings)

    @cached_property
    def space(self) -> tuple[Share, ...]:
        """Shares of the variation over the whole space, the largest first."""
        return answers.shares_of(self.findings)

    @property
    def noise(self) -> Noise:
        """How much runs of one configuration differ, as far as any was run again."""
        return self.findings.noise

    @cached_property
    def stages(self) -> tuple[StageFinding, ...]:
        """What each stage of Harmonica found; of uniform draws without stages, the one fit to them."""
        stages = self.findings.stages
        if not stages and self.findings.fit is not None:
            stages = (self.findings.fit,)
        return tuple(stage_finding(stage, self.findings) for stage in stages)

    @cached_property
    def polynomial(self) -> SparsePolynomial | None:
        """Of the first stage, or the fit to uniform draws, that found something; else None.

        It describes the whole space, in units and direction of the objective.
        """
        fit = self.findings.fit
        fits = [stage.recovery for stage in (*self.findings.stages, *([fit] if fit else []))]
        own = next((f.polynomial for f in fits if f is not None and not f.is_empty), None)
        if own is None:
            return None
        return SparsePolynomial(own.basis, own.terms, self.findings.sign * own.coefficients)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Effects over the whole space, largest share first.

        Those of the first stage that found something, or else those of the shares of the space.
        """
        staged = next((stage.effects for stage in self.stages if stage.effects), ())
        return staged or tuple(_effect(share) for share in self.space)

    def evidence(self, name: str) -> tuple[tuple[int, str, float, float], ...]:
        """Why a setting was restricted: stage, term, coefficient and standard error of each term with it.

        In units and direction of the objective; empty for a setting that no stage found to matter.
        """
        return tuple(
            (stage.index + 1, term, self.findings.sign * coefficient, error)
            for stage in self.findings.stages
            for term, coefficient, error in evidence(stage, name)
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values, by the schema of `overtone.report.schema`."""
        return schema.as_dict(self)

    def to_frame(self) -> "pd.DataFrame":
        """A row for each other value of each setting: setting, value, verdict, to, change, low, high.

        Raises:
            SearchError: if pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise SearchError(
                "to_frame needs pandas, which is not installed. Install it with: pip install pandas. "
                "Or use to_dict()."
            ) from None
        return pd.DataFrame(schema.rows(self), columns=list(schema.COLUMNS))

    def table(self) -> str:
        """The answers as text, 80 columns wide."""
        return "\n".join(explanation_lines(self))

    def __str__(self) -> str:
        return self.table()

    def to_html(self, path: str | Path, *, metric: str = "value", name: str = "") -> None:
        """Write the page: what to use, why, and all pictures, in one file that works without a network.

        Args:
            path: of the file.
            metric: what the values are called.
            name: above it.
        """
        page = page_of(self, name=name, trials=self.findings.finished, metric=metric)
        Path(path).write_text(page, encoding="utf-8", errors="backslashreplace")

    def _repr_html_(self) -> str:
        return fragment_of(self, metric="value")


def _effect(share: Share) -> Effect:
    return Effect(
        names=share.settings,
        share=share.share.mean,
        whole=share.share.mean,
        best=share.best,
        worst=share.worst,
        gain=share.gain.mean,
        error=(share.gain.high - share.gain.low) / 2 / 1.6449,
    )


def explain(study: "optuna.Study", *, space: SearchSpace | None = None) -> Explanation:
    """What the trials of a study say: the configuration to use, the few changes, what each setting does.

    Args:
        study: run by any sampler. Failed, pruned and noisy trials, outliers and penalty values are taken for
            what they are.
        space: its parameters, if the study's trials do not show their conditions.

    Raises:
        SearchError: if no trial is finished.
        ValueError: if the study has several objectives.
    """
    from overtone.study.findings import (
        findings_of,  # and with it Optuna, which a search may do without
    )

    return Explanation(findings_of(study, space))
