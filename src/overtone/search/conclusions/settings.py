"""What changing one setting of the recommendation would do, and whether that is known.

Every difference is that of two configurations, from the joint posterior of the two: what they share cancels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.beliefs import Beliefs, with_column
from overtone.search.conclusions.estimate import NINETY, Estimate
from overtone.space import Categorical, from_unit, grid_size
from overtone.spectrum.basis import Values

# A change of less than this share of the gain is no reason to keep a value.
NEGLIGIBLE: Final = 0.01
# Trials that a choice must have had before anything is sure of it.
LEAST_RUNS: Final = 3
# Places of a number that are looked at before any of its values is said to do.
BETWEEN: Final = 33
# However much runs vary, a change of more than this share is one.
MOST_UNNOTICED: Final = 0.1
# What predicts less than this of values left out (R^2) is sure of nothing: so do fits to noise alone.
LEAST_SCORE: Final = 0.1
# Values of a choice that are described; of more, the ones with the most trials.
MOST_VALUES: Final = 24
# A number of at most so many values is described at each, others at places of their range.
FINEST: Final = 8
PLACES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


class Verdict(Enum):
    """What is known of a setting at the recommendation."""

    MATTERS = "matters"  # some change of it surely changes the metric noticeably
    FREE = "free"  # no change of it does, surely
    UNKNOWN = "unknown"
    INACTIVE = "inactive"  # the recommendation does not have it


@final
@dataclass(frozen=True)
class Level:
    """Another value of a setting.

    Attributes:
        code: of the value.
        change: the metric after the change less the metric at the recommendation.
        runs: trials with that value.
        brings: codes of settings that exist under that value only, by parameter: the best tried ones.
    """

    code: float
    change: Estimate
    runs: int
    brings: Mapping[int, float]


@final
@dataclass(frozen=True)
class Avoided:
    """Another value with which the recommendation would likely fail.

    Attributes:
        code: of the value.
        failed: trials that had it, or had it together with another value of the recommendation: all failed.
    """

    code: float
    failed: int


@final
@dataclass(frozen=True)
class Setting:
    """What changing one setting of the recommendation would do.

    Attributes:
        parameter: the setting.
        code: of its value in the recommendation, NaN if it has none.
        verdict: what is known.
        levels: other values, in order.
        avoided: other values, of which nobody knows what they would give.
        needed: of an unknown setting, about how many further runs would tell; None otherwise, or if how much
            runs vary is unknown.
    """

    parameter: int
    code: float
    verdict: Verdict
    levels: tuple[Level, ...]
    avoided: tuple[Avoided, ...] = ()
    needed: int | None = None

    @property
    def size(self) -> float:
        """The largest change that is expected."""
        return max((abs(level.change.mean) for level in self.levels), default=0.0)


@final
@dataclass(frozen=True)
class Margins:
    """Changes that do not count, in the metric's units.

    Attributes:
        negligible: a hundredth of what the search gained, on the scale of the values.
        unnoticed: that, or what equal runs differ by, a tenth of the gain at the most.
    """

    negligible: float
    unnoticed: float


def margins_at(beliefs: Beliefs, codes: Values, gain: float) -> Margins:
    """What changes of a configuration do not count.

    Args:
        beliefs: after the trials.
        codes: the configuration, shape `(n,)`.
        gain: that the search has made.
    """
    belief, noise = beliefs.whole, beliefs.noise
    if belief is None:
        return Margins(0.0, 0.0)
    value = belief.values(belief.row_of(codes)[None])[0].mean
    negligible, most = (belief.part_of(gain, k, at=value) for k in (NEGLIGIBLE, MOST_UNNOTICED))
    deviation = 0.0 if noise.deviation is None else noise.deviation.mean
    return Margins(negligible, max(negligible, min(deviation, most)))


def settings_at(beliefs: Beliefs, codes: Values, *, gain: float) -> tuple[Setting, ...]:
    """What changing each setting of a configuration would do, the largest first, by verdict.

    Args:
        beliefs: after the trials.
        codes: the configuration.
        gain: that the search has made, from which a negligible change is judged.
    """
    whole = beliefs.whole
    if whole is None:
        return ()
    is_conditional = np.array([bool(parameter.when) for parameter in beliefs.space.parameters])
    near = beliefs.near(codes) if is_conditional.any() else None
    found = _levels(beliefs, whole, codes, ~is_conditional)
    if near is not None:
        found |= _levels(beliefs, near, codes, is_conditional)
    margins = margins_at(beliefs, codes, gain)
    settings = []
    for i, code in enumerate(codes):
        levels, avoided = found.get(i, ([], []))
        setting = _judged(beliefs, i, float(code), levels, margins)
        belief = near if near is not None and is_conditional[i] else whole
        is_free = setting.verdict is Verdict.FREE and bool(levels)
        if is_free and not _is_flat(belief, codes, i, margins.unnoticed):
            setting = replace(setting, verdict=Verdict.UNKNOWN)
        settings.append(replace(setting, avoided=tuple(avoided)))
    scores = np.where(is_conditional, whole.score if near is None else near.score, whole.score)
    settings = [
        _unsure(setting) if scores[setting.parameter] < LEAST_SCORE else setting
        for setting in settings
    ]
    rank = list(Verdict)
    return tuple(sorted(settings, key=lambda s: (rank.index(s.verdict), -s.size, s.parameter)))


def _is_flat(belief: Belief, codes: Values, parameter: int, unnoticed: float) -> bool:
    """Whether no value of a number is noticed, those between the ones that are shown included."""
    coding = belief.coding
    column = int(np.flatnonzero(coding.order == parameter)[0])
    if not coding.is_number[column]:
        return True
    row = belief.row_of(codes)
    others = coding.snapped(with_column(row, column, np.linspace(0.0, 1.0, BETWEEN)))
    rows = np.concatenate([row[None], others])
    places = {column: np.arange(1, len(rows))}
    return all(change.is_within(unnoticed) for change in belief.changes(rows, places)[column])


def _unsure(setting: Setting) -> Setting:
    """A setting of which a belief that predicts nothing claims to be sure."""
    if setting.verdict is not Verdict.MATTERS:
        return setting
    return replace(setting, verdict=Verdict.UNKNOWN)


def _levels(
    beliefs: Beliefs, belief: Belief, codes: Values, chosen: NDArray[np.bool_]
) -> dict[int, tuple[list[Level], list[Avoided]]]:
    """The other values of some parameters of a configuration, and those to avoid, by parameter."""
    row, coding = belief.row_of(codes), belief.coding
    pattern = coding.active(row[None])
    rows, places = [row], dict[int, list[int]]()
    found: dict[int, tuple[list[Level], list[Avoided]]] = {}
    changed_to: dict[int, list[float]] = {}
    for column, parameter in enumerate(coding.order.tolist()):
        if not (pattern[0, column] and chosen[parameter]):
            continue
        levels, avoided = found.setdefault(parameter, ([], []))
        for unit, code in other_values(beliefs, belief, column, codes):
            changed = coding.snapped(with_column(row, column, np.array([unit])))
            is_inside = bool((coding.active(changed) == pattern).all())
            other = _with(codes, parameter, code) if is_inside else None
            failed = 0 if other is None else beliefs.failing.of(other, parameter)
            if failed:
                avoided.append(Avoided(code, failed))
            elif is_inside:
                places.setdefault(column, []).append(len(rows))
                changed_to.setdefault(column, []).append(code)
                rows.append(changed[0])
            else:
                levels.extend(_across(beliefs, codes, parameter, code))
    estimates = belief.changes(np.array(rows), {c: np.array(k) for c, k in places.items()})
    for column, changes in estimates.items():
        parameter = int(coding.order[column])
        found[parameter][0].extend(
            Level(code, change, _runs(beliefs, parameter, code), {})
            for code, change in zip(changed_to[column], changes, strict=True)
        )
    for levels, _ in found.values():
        levels.sort(key=lambda level: level.code)
    return found


def _with(codes: Values, parameter: int, code: float) -> Values:
    changed = np.array(codes)
    changed[parameter] = code
    return changed


def other_values(
    beliefs: Beliefs, belief: Belief, column: int, codes: Values
) -> list[tuple[float, float]]:
    """Other values of a column than a configuration has, as units and codes."""
    coding, parameter = belief.coding, int(belief.coding.order[column])
    size = grid_size(coding.parameters[column])
    if not coding.is_number[column]:
        every = np.arange(int(coding.levels[column]))
        if len(every) > MOST_VALUES:
            seen, counts = np.unique(beliefs.known.codes[:, parameter], return_counts=True)
            seen, counts = seen[~np.isnan(seen)], counts[~np.isnan(seen)]
            every = np.sort(seen[np.argsort(-counts, kind="stable")[:MOST_VALUES]])
        chosen = every.astype(np.float64)
    elif size is not None and size <= FINEST:
        chosen = from_unit(coding.parameters[column], (np.arange(size) + 0.5) / size)
    else:
        chosen = from_unit(coding.parameters[column], np.array(PLACES))
    chosen = np.unique(chosen)
    units = coding.units_of(column, chosen)
    own = coding.units_of(column, codes[[parameter]])[0]
    return [
        (float(unit), float(code)) for unit, code in zip(units, chosen, strict=True) if unit != own
    ]


def _across(beliefs: Beliefs, codes: Values, parameter: int, code: float) -> list[Level]:
    """A value under which other settings exist, with the best of those that were tried; none without any."""
    known, whole = beliefs.known, beliefs.whole
    tried = np.flatnonzero(known.codes[:, parameter] == code)
    if not len(tried) or whole is None:
        return []
    best = known.codes[tried[int(np.argmin(known.y[tried]))]]
    changed = np.where(np.isnan(codes), best, codes)
    changed[parameter] = code
    row = whole.coding.snapped(whole.row_of(changed)[None])
    active = whole.coding.active(row)[0]
    own = dict(zip(whole.coding.order.tolist(), active.tolist(), strict=True))
    brings = {
        i: float(best[i]) for i in own if own[i] and np.isnan(codes[i]) and not np.isnan(best[i])
    }
    if any(own[i] and np.isnan(changed[i]) for i in own):
        return []
    rows = np.concatenate([whole.row_of(codes)[None], row])
    change = whole.contrasts(rows, np.array([[-1.0, 1.0]]))[0]
    return [Level(code, change, len(tried), brings)]


def _runs(beliefs: Beliefs, parameter: int, code: float) -> int:
    return int((beliefs.known.codes[:, parameter] == code).sum())


def _judged(
    beliefs: Beliefs, parameter: int, code: float, levels: list[Level], margins: Margins
) -> Setting:
    if np.isnan(code):
        return Setting(parameter, code, Verdict.INACTIVE, ())
    open_ = [level for level in levels if not level.change.is_within(margins.unnoticed)]
    is_choice = isinstance(beliefs.space.parameters[parameter], Categorical)
    if any(
        level.change.is_beyond(margins.negligible)
        for level in levels
        if not is_choice or level.runs >= LEAST_RUNS
    ):
        verdict = Verdict.MATTERS
    elif not open_ and (levels or grid_size(beliefs.space.parameters[parameter]) == 1):
        verdict = Verdict.FREE
    else:
        verdict = Verdict.UNKNOWN
    needed = None
    deviation = beliefs.noise.deviation
    if verdict is Verdict.UNKNOWN and deviation is not None:
        # k runs of either configuration leave a deviation of sqrt(2 / k) times the noise.
        each = (
            np.ceil(2 * (NINETY * deviation.mean / margins.unnoticed) ** 2) if deviation.mean else 1
        )
        needed = int(each) * max(len(open_), 1)
    return Setting(parameter, code, verdict, tuple(levels), needed=needed)
