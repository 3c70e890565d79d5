"""The finished trials of a study as arrays that grow, each trial read once."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import SpaceError
from overtone.search.history import LARGEST
from overtone.search.spectral.outcomes import Outcomes
from overtone.space import Codes, SearchSpace
from overtone.spectrum.basis import Values
from overtone.study.discovery import discovered_space, merged
from overtone.study.distributions import distribution_of
from overtone.study.history import coded
from overtone.study.storage import FIXED, GIVEN


@dataclass(frozen=True, eq=False)
class _Entry:
    """A finished trial."""

    place: tuple[float, int]  # when it ended, and its number: entries are in this order
    trial: FrozenTrial
    codes: Values


class Ledger:
    """The finished trials of a study in the order in which they ended, and their space.

    Args:
        space: the parameters; None for what the trials asked for.
        sign: what turns the study's values into values to be minimised.

    Attributes:
        space: the parameters; without any before a trial has ended, if it was not given.
        distributions: Optuna's, of the same values.
        outcomes: of the finished trials.
    """

    def __init__(self, space: SearchSpace | None, sign: float) -> None:
        self._is_given = space is not None
        self._sign = sign
        self._entries: list[_Entry] = []
        self._numbers: set[int] = set()
        self._left_out: dict[int, FrozenTrial] = {}  # they have a value that the space does not
        self._patterns: set[frozenset[str]] = set()
        self.space = space or SearchSpace([])
        self.distributions: dict[str, BaseDistribution] = {
            p.name: distribution_of(p) for p in self.space.parameters
        }
        self.outcomes = self._outcomes([])

    def continues(self, trials: Sequence[FrozenTrial]) -> bool:
        """Whether the trials that were read are still there: else this is another study."""
        if not self._entries:
            return True
        ended, number = self._entries[-1].place
        return number < len(trials) and _place(trials[number]) == (ended, number)

    def update(self, trials: Sequence[FrozenTrial]) -> dict[int, SpaceError]:
        """Read the trials that ended since; why some of them, by number, are left out."""
        new = [t for t in trials if t.state.is_finished() and t.number not in self._numbers]
        if not new:
            return {}
        if not self._is_given and not all(map(self._explains, new)):
            # A wider range may hold what was left out before.
            new = [*(entry.trial for entry in self._entries), *self._left_out.values(), *new]
            self._discover(new)
            self._entries, self._left_out = [], {}
            self.outcomes = self._outcomes([])
        self._numbers.update(t.number for t in new)
        kept, codes, reasons = coded(new, self.space)
        self._left_out.update({t.number: t for t in new if t.number in reasons})
        self._add(
            sorted(
                (_Entry(_place(t), t, c) for t, c in zip(kept, codes, strict=True)),
                key=lambda e: e.place,
            )
        )
        return reasons

    def _add(self, added: Sequence[_Entry]) -> None:
        if not added:
            return
        is_behind = not self._entries or self._entries[-1].place < added[0].place
        self._entries.extend(added)
        if is_behind:
            self.outcomes = self.outcomes.followed_by(self._outcomes(added))
        else:
            # Another worker's trial ended earlier, but was seen later.
            self._entries.sort(key=lambda e: e.place)
            self.outcomes = self._outcomes(self._entries)

    def _outcomes(self, entries: Sequence[_Entry]) -> Outcomes:
        return Outcomes(
            np.array([e.codes for e in entries]).reshape(len(entries), len(self.space)),
            np.array([self._value(e.trial) for e in entries]),
            np.array([e.trial.state == TrialState.PRUNED for e in entries], dtype=bool),
        )

    def _value(self, trial: FrozenTrial) -> float:
        if trial.state == TrialState.FAIL or not trial.values:
            return math.nan
        y = self._sign * trial.values[0]
        return y if abs(y) <= LARGEST else math.nan

    def _explains(self, trial: FrozenTrial) -> bool:
        """Whether the space would be the same, had it been discovered with a trial too.

        So it is if the ranges are known, the trial asked for what another one asked for, and the conditions
        found hold in it: those that were not found cannot hold with more trials either.
        """
        if not trial.params:
            return True
        for name, distribution in trial.distributions.items():
            if self.distributions.get(name) != distribution:
                return False
        if frozenset(trial.params) not in self._patterns:
            return False
        conditional = [p for p in self.space.parameters if p.when]
        if not conditional:
            return True
        _, codes, left_out = coded([trial], self.space)
        if left_out:
            return True
        found = self.space.decode(codes[0])
        return all((p.name in trial.params) == self.space.is_active(p, found) for p in conditional)

    def _discover(self, trials: Sequence[FrozenTrial]) -> None:
        asked = sorted((t for t in trials if t.params), key=_place)
        self._patterns = {frozenset(t.params) for t in asked}
        found = discovered_space(asked)
        # Trials that ask for a part of a known range leave the space, and what was learnt in it, as it is.
        self.space = self.space if found == self.space else found
        self.distributions = {
            name: merged(t.distributions[name] for t in asked if name in t.params)
            for name in self.space.names
        }

    def values(self, codes: Values) -> dict[str, Any]:
        """One row of codes in Optuna's words, active parameters only."""
        return {
            name: self.distributions[name].to_external_repr(float(code))
            for name, code in zip(self.space.names, codes, strict=True)
            if not np.isnan(code)
        }

    def given(self, values: Mapping[str, Any]) -> dict[str, float]:
        """Values in Optuna's internal representation."""
        return {n: self.distributions[n].to_internal_repr(v) for n, v in values.items()}

    def pending(self, trials: Sequence[FrozenTrial]) -> Codes:
        """The codes of trials that run, as far as they are known, shape `(b, n)`."""
        rows = [row for t in trials if (row := self._running(t)) is not None]
        return np.array(rows).reshape(len(rows), len(self.space))

    def _running(self, trial: FrozenTrial) -> Values | None:
        given = trial.system_attrs.get(GIVEN)
        if given is not None and FIXED not in trial.system_attrs:
            return np.array([given.get(name, math.nan) for name in self.space.names])
        is_known = trial.params and all(
            self.distributions.get(name) == d for name, d in trial.distributions.items()
        )
        _, codes, _ = coded([trial] if is_known else [], self.space)
        return codes[0] if codes else None

    def latest(self, names: Collection[str]) -> dict[int, float]:
        """The last known codes of some parameters, by column."""
        found: dict[int, float] = {}
        for name in names:
            column = self.space.index(name)
            seen = self.outcomes.codes[:, column]
            seen = seen[~np.isnan(seen)]
            if len(seen):
                found[column] = float(seen[-1])
        return found


def _place(trial: FrozenTrial) -> tuple[float, int]:
    ended = trial.datetime_complete
    return (ended.timestamp() if ended else math.inf), trial.number
