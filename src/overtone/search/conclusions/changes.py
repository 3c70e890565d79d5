"""The few changes from a default that make most of the gain.

From the recommendation, what costs least is given back, one change after the other, while at least KEPT of
the gain is left. What a setting brings with it (settings that exist under its value only) goes and comes with
it.

Notation
    x0, x*  the default and the recommendation
    A       changes: g(A) = E f(x0) - E f(x0 with the changes A of x*)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from overtone.search.conclusions.belief import Belief
from overtone.search.conclusions.beliefs import Beliefs
from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.failing import Failing
from overtone.search.conclusions.known import Known
from overtone.search.conclusions.settings import NEGLIGIBLE
from overtone.search.spectral.coding import Coding, Units
from overtone.space import (
    Categorical,
    Configuration,
    Parameter,
    SearchSpace,
    conditions,
    value_of,
)
from overtone.spectrum.basis import Values

KEPT: Final = 0.95
# Changes that were run go before fewer predicted ones, unless they are this share more, or two.
SLACK: Final = 0.1
# Where runs vary, changes are chosen for what they seem to be worth, and between the default and the
# recommendation nearly nothing was run: on two functions with interactions and noise, 12 studies, intervals
# of 90 % held .70 to .79. So wide ones held .87 to .90 there, and .90 to 1.00 in 12 fresh studies.
WIDER: Final = 1.6


@final
@dataclass(frozen=True)
class Change:
    """One of the changes that stay.

    Attributes:
        parameter: that is changed.
        before, after: codes; NaN where the default, or the recommendation, does not have the setting.
        brings: codes of settings that come with it, by parameter.
        gain: what it is worth among the others: without it the metric would be worse by so much.
        cumulative: the share of the gain that it and the ones before it make, in their order.
        reached: what it and the ones before it gain over the start.
        verified: whether both the changes and all of them but this one were run.
        fails_without: whether all of them but this one would likely fail.
        without: codes of all of them but this one, shape `(n,)`.
    """

    parameter: int
    before: float
    after: float
    brings: Mapping[int, float]
    gain: Estimate
    cumulative: float
    reached: Estimate
    verified: bool
    fails_without: bool
    without: Values = field(compare=False)


@final
@dataclass(frozen=True, eq=False)
class Fewest:
    """The fewest changes that make most of the gain.

    Attributes:
        start: codes of what the changes are made to, shape `(n,)`.
        is_default: whether that is the user's own default; else the most common values of the better half.
        codes: with the changes, shape `(n,)`.
        changes: that stay, in the order of their worth.
        given_back: parameters that differ in the recommendation, and may stay as they are; all of them if the
            gain is not surely above 0.
        gain: of the recommendation over the start.
        kept: the share of it that the changes are expected to make.
        runs: of the configuration with the changes.
        measured: the share that its runs made, between the runs of the start and of the recommendation; None
            unless all three were run.
    """

    start: Values
    is_default: bool
    codes: Values
    changes: tuple[Change, ...]
    given_back: tuple[int, ...]
    gain: Estimate
    kept: float
    runs: int
    measured: float | None


@final
@dataclass(frozen=True, eq=False)
class _Steps:
    """The changes between two configurations, as rows of one frame.

    Attributes:
        space: the parameters.
        coding: the frame.
        codes: of the configurations, each of shape `(n,)`.
        start, end: their rows.
        members: the columns of each change: a column that both configurations have, with those that only one
            of them has and that depend on it.
    """

    space: SearchSpace
    coding: Coding
    codes: tuple[Values, Values]
    start: Units
    end: Units
    members: list[NDArray[np.int64]] = field(default_factory=list)

    def row(self, made: Sequence[int]) -> Units:
        """The start with some changes made."""
        return np.asarray(self.rows([made])[0])

    def codes_of(self, made: Sequence[int]) -> Values:
        """The codes of the start with some changes made: to the last bit those that were run."""
        before, after = self.codes
        found = np.array(self.coding.codes(self.row(made)))
        changed = {int(self.coding.order[c]) for k in made for c in self.members[k]}
        for i, code in enumerate(found):
            own = after[i] if i in changed else before[i]
            if not np.isnan(code) and not np.isnan(own):
                found[i] = own
        return found

    def made_in(self, codes: Values) -> list[int] | None:
        """The changes that a configuration has; None if it has a value that neither end has."""
        before, after = self.codes
        made = []
        for k, columns in enumerate(self.members):
            i = int(self.coding.order[columns[0]])
            if codes[i] == after[i]:
                made.append(k)
            elif codes[i] != before[i]:
                return None
        is_mixed = (self.codes_of(made) == codes) | np.isnan(codes)
        return made if is_mixed.all() else None

    def rows(self, every: Sequence[Sequence[int]]) -> Units:
        """The rows of several sets of changes."""
        rows = np.repeat(self.start[None], len(every), axis=0)
        for row, made in zip(rows, every, strict=True):
            if made:
                columns = np.concatenate([self.members[k] for k in made])
                row[columns] = self.end[columns]
        return self.coding.snapped(rows)


def start_of(space: SearchSpace, known: Known) -> Values:
    """Where to start from without a default: the most common values of the better half, shape `(n,)`.

    Of a number, the value in the middle of them that was tried.
    """
    order = np.argsort(known.y, kind="stable")
    better = known.codes[order[: max((len(known.y) + 1) // 2, 1)]]
    codes = np.full(len(space), np.nan)
    chosen: Configuration = {}
    for parameter in space.parents_first:
        if not space.is_active(parameter, chosen):
            continue
        i = space.index(parameter.name)
        # What only the worse half has is better than nothing.
        column = next((c for c in (better[:, i], known.codes[:, i]) if not np.isnan(c).all()), None)
        if column is not None:
            codes[i] = _most_common(parameter, column[~np.isnan(column)])
            chosen[parameter.name] = value_of(parameter, codes[i])
    return codes


def _most_common(parameter: Parameter, column: Values) -> float:
    if isinstance(parameter, Categorical):
        seen, counts = np.unique(column, return_counts=True)
        return float(seen[int(np.argmax(counts))])
    return float(np.sort(column)[len(column) // 2])


def fewest_changes(beliefs: Beliefs, end: Values, *, start: Values | None) -> Fewest | None:
    """The fewest changes; None if they cannot be told, or if nothing differs.

    Args:
        beliefs: after the trials.
        end: codes of the recommendation, shape `(n,)`.
        start: codes of the default; None if there is none.
    """
    if beliefs.whole is None:
        return None
    known = beliefs.known
    first = start_of(beliefs.space, known) if start is None else start
    belief = beliefs.near(end) or beliefs.whole
    if (np.isnan(first) != np.isnan(end)).any():
        belief = beliefs.whole
    steps = _steps(belief.coding, beliefs.space, first, end)
    every = list(range(len(steps.members)))
    ends = steps.rows([[], every])
    bound, best = _expected(belief, ends)
    least = 0.0 if start is not None else NEGLIGIBLE * beliefs.gain_at_most
    if not every or bound - best <= least:
        return None
    gain = _gain(belief, ends)
    if gain.low > 0:
        made, kept = _needed(belief, beliefs.failing, steps, bound, best)
        run = _run_before(belief, known, steps, bound, best)
        is_short = run is not None and len(run[0]) <= len(made) * (1 + SLACK) + 1
        if run is not None and is_short and _is_lean(belief, beliefs.failing, steps, run[0]):
            made, kept = run
    elif start is None:
        return None
    else:
        made, kept = [], 0.0  # a gain that is not sure is worth no change
    codes = steps.codes_of(made)
    changes = _changes(belief, beliefs, steps, made, bound - best)
    stay = {change.parameter for change in changes}
    differ = [int(belief.coding.order[m[0]]) for m in steps.members]
    return Fewest(
        start=first,
        is_default=start is not None,
        codes=codes,
        changes=changes,
        given_back=tuple(i for i in differ if i not in stay),
        gain=gain,
        kept=kept,
        runs=len(known.runs_of(codes)),
        measured=_measured(known, first, codes, end),
    )


def _gain(belief: Belief, ends: Units) -> Estimate:
    """What the second of two rows gains over the first; some of it is that it was chosen, where runs vary."""
    gain = belief.contrasts(ends, np.array([[1.0, -1.0]]))[0]
    if not belief.noise.is_seen:
        return gain
    less = belief.chosen(ends[1]).mean - float(belief.back(belief.means(ends[1:]))[0])
    return Estimate(gain.mean - less, gain.low - 2 * less, gain.high)


def _run_before(
    belief: Belief, known: Known, steps: _Steps, bound: float, best: float
) -> tuple[list[int], float] | None:
    """The fewest changes that were run and kept enough of the gain, and how much; None if none did.

    A configuration that was run is better known than one that is predicted.
    """
    found: list[tuple[list[int], float]] = []
    for codes in known.codes[np.unique(known.groups, return_index=True)[1]]:
        made = steps.made_in(codes)
        if made is not None and 0 < len(made) < len(steps.members):
            value = float(_expected(belief, steps.rows([made]))[0])
            found.append((made, float((bound - value) / (bound - best))))
    enough = [(made, share) for made, share in found if share >= KEPT]
    return min(enough, key=lambda one: (len(one[0]), -one[1]), default=None)


def _is_lean(belief: Belief, failing: Failing, steps: _Steps, made: Sequence[int]) -> bool:
    """Whether each of some changes is needed: without it, a noticeable part of the gain would be lost."""
    fewer = [[k for k in made if k != given] for given in made]
    bound, value, *without = _expected(belief, steps.rows([[], made, *fewer]))
    return all(
        worse - value > NEGLIGIBLE * (bound - value) or failing.of(steps.codes_of(some)) > 0
        for worse, some in zip(without, fewer, strict=True)
    )


def _needed(
    belief: Belief, failing: Failing, steps: _Steps, bound: float, best: float
) -> tuple[list[int], float]:
    """The changes that are left once the others are given back, and the share of the gain that they keep."""
    made, kept = list(range(len(steps.members))), 1.0
    while made:
        fewer = [[k for k in made if k != given] for given in made]
        values = _expected(belief, steps.rows(fewer))
        # To ask whether one would likely fail takes long beside the rest: so the best first.
        order = (int(k) for k in np.argsort(values, kind="stable"))
        least = next((k for k in order if not failing.of(steps.codes_of(fewer[k]))), None)
        if least is None:
            break
        left = float((bound - values[least]) / (bound - best))
        if left < KEPT:
            break
        made, kept = fewer[least], left
    return made, kept


def _expected(belief: Belief, rows: Units) -> Values:
    """Expected values in the metric's units, shape `(C,)`."""
    return belief.back(belief.means(rows))


def _measured(known: Known, start: Values, codes: Values, end: Values) -> float | None:
    runs = [known.y[known.runs_of(row)] for row in (start, codes, end)]
    if not all(len(y) for y in runs):
        return None
    bound, few, best = (float(y.mean()) for y in runs)
    return (bound - few) / (bound - best) if bound > best else None


def _changes(
    belief: Belief, beliefs: Beliefs, steps: _Steps, made: Sequence[int], gain: float
) -> tuple[Change, ...]:
    """The changes that stay, in the order of their worth."""
    if not made:
        return ()
    without = [[k for k in made if k != given] for given in made]
    rows = steps.rows([made, *without])
    weights = np.concatenate([-np.ones((len(made), 1)), np.eye(len(made))], axis=1)
    worths = belief.contrasts(rows, weights)
    order = sorted(range(len(made)), key=lambda k: -worths[k].mean)
    ordered = [made[k] for k in order]
    path = steps.rows([ordered[:k] for k in range(len(made) + 1)])
    values = _expected(belief, path)
    reached = belief.contrasts(
        path, np.concatenate([np.ones((len(made), 1)), -np.eye(len(made))], axis=1)
    )
    known, codes = beliefs.known, steps.codes_of(made)
    is_run = len(known.runs_of(codes)) > 0
    found = []
    for place, k in enumerate(order):
        i, *others = belief.coding.order[steps.members[made[k]]].tolist()
        rest = steps.codes_of(without[k])
        found.append(
            Change(
                i,
                float(steps.codes[0][i]),
                float(codes[i]),
                {j: float(codes[j]) for j in others if not np.isnan(codes[j])},
                _as_sure(belief, worths[k]),
                float((values[0] - values[place + 1]) / gain),
                _as_sure(belief, reached[place]),
                is_run and len(known.runs_of(rest)) > 0,
                beliefs.failing.of(rest) > 0,
                rest,
            )
        )
    return tuple(found)


def _as_sure(belief: Belief, known: Estimate) -> Estimate:
    """What a change of those that were chosen is worth, with the interval that choosing leaves."""
    if not belief.noise.is_seen:
        return known
    low, high = (
        known.mean - WIDER * (known.mean - known.low),
        known.mean + WIDER * (known.high - known.mean),
    )
    return Estimate(known.mean, low, high)


def _steps(coding: Coding, space: SearchSpace, start: Values, end: Values) -> _Steps:
    """The changes from one configuration to another."""
    first, last = coding.units(start[None])[0], coding.units(end[None])[0]
    place = {int(parameter): column for column, parameter in enumerate(coding.order)}
    members: dict[int, list[int]] = {}
    for parameter in space.parents_first:
        i = space.index(parameter.name)
        column = place[i]
        if np.isnan(start[i]) and np.isnan(end[i]):
            continue
        if np.isnan(start[i]) or np.isnan(end[i]):
            parents = [place[space.index(name)] for name, _ in conditions(parameter)]
            owner = next((o for o, m in members.items() if set(m) & set(parents)), None)
            if owner is not None:
                members[owner].append(column)
        elif first[column] != last[column]:
            members[column] = [column]
    chosen = [np.array(m) for m in members.values()]
    return _Steps(space, coding, (start, end), first, last, chosen)
