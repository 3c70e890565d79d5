"""Pairs of settings whose joint change differs from the sum of the single ones, at the recommendation."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final, final

import numpy as np

from overtone.search.conclusions.beliefs import Beliefs
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.settings import Setting, Verdict, margins_at
from overtone.spectrum.basis import Values

# Settings of which pairs are looked at.
MOST_PAIRED: Final = 10
MOST_SHOWN: Final = 8
# What predicts less of the values left out (R^2) tells of no two settings together.
LEAST_SCORE: Final = 0.5


@final
@dataclass(frozen=True)
class Interaction:
    """Two settings that do together what they do not do one by one.

    Attributes:
        parameters: the settings.
        before, after: codes at the recommendation, and what they are changed to.
        alone: what each change does by itself.
        together: what both do.
        beyond: what both do, less the sum of the single changes.
    """

    parameters: tuple[int, int]
    before: tuple[float, float]
    after: tuple[float, float]
    alone: tuple[Estimate, Estimate]
    together: Estimate
    beyond: Estimate


def interactions_at(
    beliefs: Beliefs, codes: Values, settings: tuple[Setting, ...], start: Values, *, gain: float
) -> tuple[Interaction, ...]:
    """The pairs that surely interact, the strongest first.

    Args:
        beliefs: after the trials.
        codes: the recommendation, shape `(n,)`.
        settings: what changing each would do.
        start: the default, whose values are what a setting is changed to where they differ.
        gain: that the search has made, from which a negligible difference is judged.
    """
    belief = beliefs.near(codes)
    chosen = [
        s
        for s in settings
        if s.verdict is Verdict.MATTERS and any(not level.brings for level in s.levels)
    ][:MOST_PAIRED]
    if belief is None or len(chosen) < 2 or belief.score < LEAST_SCORE:
        return ()
    place = {int(parameter): column for column, parameter in enumerate(belief.coding.order)}
    row = belief.row_of(codes)
    found = []
    for a, b in combinations(chosen, 2):
        after = (_other(a, start), _other(b, start))
        both = np.array(codes)
        both[[a.parameter, b.parameter]] = after
        if beliefs.failing.of(both):
            continue
        rows = np.repeat(row[None], 4, axis=0)
        for k, (setting, code) in enumerate(zip((a, b), after, strict=True), start=1):
            column = place[setting.parameter]
            unit = belief.coding.units_of(column, np.array([code]))[0]
            rows[k, column] = rows[3, column] = unit
        rows = belief.coding.snapped(rows)
        if (belief.coding.active(rows) != belief.coding.active(row[None])).any():
            continue
        weights = np.array([[-1, 1, 0, 0], [-1, 0, 1, 0], [-1, 0, 0, 1], [1, -1, -1, 1]])
        first, second, together, beyond = belief.contrasts(rows, weights.astype(np.float64))
        pair, before = (a.parameter, b.parameter), (a.code, b.code)
        found.append(Interaction(pair, before, after, (first, second), together, beyond))
    negligible = margins_at(beliefs, codes, gain).negligible
    sure = [pair for pair in found if pair.beyond.is_beyond(negligible)]
    sure.sort(key=lambda pair: -abs(pair.beyond.mean))
    return tuple(sure[:MOST_SHOWN])


def _other(setting: Setting, start: Values) -> float:
    """What a setting is changed to: its value at the start, or else what changes most."""
    by_code = {level.code: level for level in setting.levels if not level.brings}
    code = float(start[setting.parameter])
    if code in by_code:
        return code
    return max(by_code.values(), key=lambda level: abs(level.change.mean)).code
