"""What settings do together, value by value: tables of two of them, curves of one, and triples."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.beliefs import Beliefs, with_column
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.interactions import Interaction
from overtone.search.conclusions.settings import FINEST, Setting, margins_at, other_values
from overtone.search.spectral.coding import Units
from overtone.space import Categorical, from_unit, grid_size
from overtone.spectrum.basis import Values

# Values of a setting in a table; of more, the best of those that were tried.
MOST_ROWS: Final = 6
# Places of a number on its curve.
PLACES: Final = 25
MOST_TRIPLES: Final = 4


@final
@dataclass(frozen=True)
class Joint:
    """What changing two settings at once would do, for each pair of their values.

    Attributes:
        parameters: the settings.
        codes: their values, those of the recommendation included, in order.
        changes: the metric with the pair less the metric at the recommendation, a row for each value of the
            first; None where it would likely fail, or where other settings would exist.
    """

    parameters: tuple[int, int]
    codes: tuple[tuple[float, ...], tuple[float, ...]]
    changes: tuple[tuple[Estimate | None, ...], ...]


@final
@dataclass(frozen=True)
class Triple:
    """Three settings that do together what they do not do one by one and two by two.

    Attributes:
        parameters: the settings.
        before, after: codes at the recommendation, and what they are changed to.
        together: what all three do.
        beyond: that, less what the single changes and the pairs add up to.
    """

    parameters: tuple[int, int, int]
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    together: Estimate
    beyond: Estimate


@final
@dataclass(frozen=True)
class Curve:
    """What changing a number would do, all along its range.

    Attributes:
        parameter: the number.
        codes: its values, ascending.
        changes: the metric with each less the metric at the recommendation.
    """

    parameter: int
    codes: tuple[float, ...]
    changes: tuple[Estimate, ...]


def joint_of(beliefs: Beliefs, codes: Values, pairs: Sequence[Interaction]) -> tuple[Joint, ...]:
    """The tables of some pairs.

    Args:
        beliefs: after the trials.
        codes: the recommendation, shape `(n,)`.
        pairs: that interact there.
    """
    belief = beliefs.near(codes)
    if belief is None:
        return ()
    return tuple(_joint(beliefs, belief, codes, pair) for pair in pairs)


def _joint(beliefs: Beliefs, belief: Belief, codes: Values, pair: Interaction) -> Joint:
    columns = [_column(belief, parameter) for parameter in pair.parameters]
    values = [
        _values_of(beliefs, belief, column, codes, {before, after})
        for column, before, after in zip(columns, pair.before, pair.after, strict=True)
    ]
    cells = list(product(*values))
    row = belief.row_of(codes)
    rows = np.repeat(row[None], len(cells), axis=0)
    for place, column in enumerate(columns):
        chosen = np.array([cell[place] for cell in cells])
        rows[:, column] = belief.coding.units_of(column, chosen)
    rows = belief.coding.snapped(rows)
    is_inside = _keeps_pattern(belief, rows, row)
    for k, cell in enumerate(cells):
        changed = np.array(codes)
        changed[list(pair.parameters)] = cell
        is_own = bool((changed == codes)[list(pair.parameters)].all())
        is_inside[k] &= is_own or not beliefs.failing.of(changed)
    weights = np.concatenate([-np.ones((len(cells), 1)), np.eye(len(cells))], axis=1)
    changes = belief.contrasts(np.concatenate([row[None], rows]), weights)
    kept = [change if inside else None for change, inside in zip(changes, is_inside, strict=True)]
    width = len(values[1])
    table = tuple(tuple(kept[k : k + width]) for k in range(0, len(kept), width))
    return Joint(pair.parameters, (tuple(values[0]), tuple(values[1])), table)


def _values_of(
    beliefs: Beliefs, belief: Belief, column: int, codes: Values, needed: set[float]
) -> list[float]:
    """The values of a setting that a table shows, ascending: a few, those of the pair among them."""
    others = [code for _, code in other_values(beliefs, belief, column, codes)]
    rest = [code for code in others if code not in needed]
    room = MOST_ROWS - len(needed)
    if len(rest) > room:
        rest = [rest[k] for k in np.linspace(0, len(rest) - 1, room).round().astype(int)]
    return sorted({*needed, *rest})


def triples_at(
    beliefs: Beliefs, codes: Values, pairs: Sequence[Interaction], *, gain: float
) -> tuple[Triple, ...]:
    """The triples of settings that surely interact, of those that do in pairs, the strongest first.

    Args:
        beliefs: after the trials.
        codes: the recommendation, shape `(n,)`.
        pairs: that interact there.
        gain: that the search has made, from which a negligible difference is judged.
    """
    belief = beliefs.near(codes)
    changed_to = {
        p: to for pair in pairs for p, to in zip(pair.parameters, pair.after, strict=True)
    }
    if belief is None or len(changed_to) < 3:
        return ()
    negligible = margins_at(beliefs, codes, gain).negligible
    found = []
    for members in combinations(sorted(changed_to), 3):
        triple = _triple(beliefs, belief, codes, {p: changed_to[p] for p in members})
        if triple is not None and triple.beyond.is_beyond(negligible):
            found.append(triple)
    found.sort(key=lambda triple: -abs(triple.beyond.mean))
    return tuple(found[:MOST_TRIPLES])


def _triple(
    beliefs: Beliefs, belief: Belief, codes: Values, after: dict[int, float]
) -> Triple | None:
    """The triple of these changes; None where it would likely fail, or other settings would exist."""
    a, b, c = after
    row = belief.row_of(codes)
    corners = list(product((0, 1), repeat=3))
    rows = np.repeat(row[None], len(corners), axis=0)
    for place, parameter in enumerate((a, b, c)):
        column = _column(belief, parameter)
        unit = belief.coding.units_of(column, np.array([after[parameter]]))[0]
        rows[[corner[place] == 1 for corner in corners], column] = unit
    rows = belief.coding.snapped(rows)
    changed = np.array(codes)
    changed[[a, b, c]] = [after[a], after[b], after[c]]
    if not _keeps_pattern(belief, rows, row).all() or beliefs.failing.of(changed):
        return None
    # The contrast of the third order: + where an odd number of the three is changed.
    signs = np.array([-1.0 if sum(corner) % 2 == 0 else 1.0 for corner in corners])
    both = np.zeros(len(corners))
    both[[0, -1]] = -1.0, 1.0
    beyond, together = belief.contrasts(rows, np.array([signs, both]))
    before = (float(codes[a]), float(codes[b]), float(codes[c]))
    return Triple((a, b, c), before, (after[a], after[b], after[c]), together, beyond)


def curves_at(beliefs: Beliefs, codes: Values, settings: Sequence[Setting]) -> tuple[Curve, ...]:
    """The curves of those of some settings that are numbers of more values than are listed one by one.

    Args:
        beliefs: after the trials.
        codes: the recommendation, shape `(n,)`.
        settings: whose values are all inside the recommendation's branch.
    """
    found = []
    near = beliefs.near(codes)
    for setting in settings:
        parameter = beliefs.space.parameters[setting.parameter]
        belief = near if parameter.when else beliefs.whole
        size = grid_size(parameter)
        is_listed = isinstance(parameter, Categorical) or (size is not None and size <= FINEST)
        if belief is None or is_listed or not setting.levels:
            continue
        if not any(level.brings for level in setting.levels):
            found.append(_curve(belief, codes, setting, _column(belief, setting.parameter)))
    return tuple(found)


def _curve(belief: Belief, codes: Values, setting: Setting, column: int) -> Curve:
    parameter = belief.coding.parameters[column]
    places = np.linspace(0.0, 1.0, PLACES)
    # The listed values are on the curve.
    listed = [level.code for level in setting.levels]
    every = np.unique([*from_unit(parameter, places), *listed, codes[setting.parameter]])
    row = belief.row_of(codes)
    rows = belief.coding.snapped(
        with_column(row, column, belief.coding.units_of(column, np.asarray(every)))
    )
    at = {column: np.arange(1, len(rows) + 1)}
    changes = belief.changes(np.concatenate([row[None], rows]), at)[column]
    return Curve(setting.parameter, tuple(float(code) for code in every), tuple(changes))


def _column(belief: Belief, parameter: int) -> int:
    return int(np.flatnonzero(belief.coding.order == parameter)[0])


def _keeps_pattern(belief: Belief, rows: Units, row: Units) -> NDArray[np.bool_]:
    """Which rows have the same settings active as another."""
    same = belief.coding.active(rows) == belief.coding.active(row[None])
    return np.asarray(same.all(axis=1))
