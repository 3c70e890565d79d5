"""What each setting, and each interaction, does over the space of a stage: its largest effects."""

from dataclasses import dataclass
from typing import final

import numpy as np

from overtone.search.conclusions.findings import Findings
from overtone.search.grid import interval_label
from overtone.search.harmonica.stage import Stage
from overtone.search.region import Region
from overtone.space import SearchSpace
from overtone.spectrum.basis import CONSTANT, Values
from overtone.spectrum.polynomial import SparsePolynomial, Support


@final
@dataclass(frozen=True)
class Effect:
    """What one setting, or the interaction of several, does to the objective.

    Attributes:
        names: of the settings.
        share: of the explained variance.
        whole: of the whole variance, that of what is left included.
        best, worst: the levels with the best and the worst value, one a setting; for an interaction, with
            what its settings do one by one.
        gain: how much better the best is than the worst, in units of the objective, positive.
        error: the largest standard error among its coefficients, in units of the objective; an interval of
            90 % of the gain is about 3.3 of them to either side.
    """

    names: tuple[str, ...]
    share: float
    whole: float
    best: tuple[str, ...]
    worst: tuple[str, ...]
    gain: float
    error: float


@final
@dataclass(frozen=True)
class StageFinding:
    """What one stage found.

    Attributes:
        number: from 1.
        trials, failed: of its cohort.
        validated: R^2 on held-out trials, of the normal scores of the values' ranks.
        noise: the residual's standard deviation.
        p_value: the share of shuffles of the values that look as strong.
        duality_gap: of the Lasso, over all terms.
        effects: largest share first; empty if nothing was found above the noise.
        aliases: sets of settings that the trials cannot tell apart.
        pinned: the values that are left for each setting that the stage restricted.
    """

    number: int
    trials: int
    failed: int
    validated: float
    noise: float
    p_value: float
    duality_gap: float
    effects: tuple[Effect, ...]
    aliases: tuple[tuple[str, ...], ...]
    pinned: tuple[tuple[str, tuple[str, ...]], ...]


def stage_finding(stage: Stage, findings: Findings) -> StageFinding:
    """What a closed stage, or one fit to all trials, found."""
    recovery = stage.recovery
    if recovery is None:
        return StageFinding(
            stage.index + 1, len(stage.cohort), stage.failed, 0.0, np.nan, 1.0, 0.0, (), (), ()
        )
    polynomial = recovery.polynomial
    names = [family.name for family in polynomial.basis.families]
    left = recovery.noise**2
    resolved = polynomial.variance / (polynomial.variance + left) if left > 0 else 1.0
    return StageFinding(
        number=stage.index + 1,
        trials=len(stage.cohort),
        failed=stage.failed,
        validated=recovery.validated,
        noise=recovery.noise,
        p_value=recovery.p_value,
        duality_gap=recovery.duality_gap,
        effects=tuple(
            _effect(polynomial, support, (share, share * resolved), recovery.errors)
            for support, share in polynomial.variance_shares().items()
        ),
        aliases=tuple(
            tuple(names[i] for i in members)
            for members in recovery.aliases.merged
            if set(members) & set(polynomial.parameters)
        ),
        pinned=_pinned(stage, findings.space) if findings.is_staged else (),
    )


def _effect(
    polynomial: SparsePolynomial, support: Support, shares: tuple[float, float], errors: Values
) -> Effect:
    table = polynomial.within(support)
    lowest, highest = (
        np.unravel_index(int(pick), table.shape) for pick in (np.argmin(table), np.argmax(table))
    )
    families = [polynomial.basis.families[i] for i in support]
    own = [
        float(error)
        for term, error in zip(polynomial.terms, errors, strict=True)
        if term != CONSTANT and tuple(i for i, _ in term) == support
    ]
    return Effect(
        names=tuple(family.name for family in families),
        share=shares[0],
        whole=shares[1],
        best=tuple(f.labels[level] for f, level in zip(families, lowest, strict=True)),
        worst=tuple(f.labels[level] for f, level in zip(families, highest, strict=True)),
        gain=float(table.max() - table.min()),
        error=max(own),
    )


def _pinned(stage: Stage, space: SearchSpace) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The values that the stage's alternatives leave to each setting, in the order of the space."""
    if not any(stage.alternatives):
        return ()
    region = Region((stage.alternatives,))
    left = [(parameter, region.possible(parameter.name)) for parameter in space.parameters]
    return tuple(
        (parameter.name, tuple(interval_label(parameter, interval) for interval in intervals))
        for parameter, intervals in left
        if intervals
    )
