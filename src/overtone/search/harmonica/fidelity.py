"""Cheap stages before an expensive end: what each is run at, and whether the one tells of the other.

That settings keep their effect from a small network to a large one is an assumption. The transfer check
measures it: a few configurations of the last stage, its best, its worst and some at random, are evaluated
again at the end's fidelity, and the two rankings are compared.

Notation
    m       configurations evaluated at both fidelities
    rho     Spearman's rank correlation of their m pairs of values
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, final

import numpy as np

from overtone.errors import SearchError
from overtone.search.history import is_usable, ranks
from overtone.space import Choice
from overtone.space.streams import stream
from overtone.space.values import is_among, is_finite, is_number, is_whole, plain
from overtone.spectrum.basis import Values

# Fewer pairs than this have no interval.
LEAST_PAIRS: Final = 4
# The normal quantile of a 95 % interval.
TWO_SIDED: Final = 1.959964


@final
@dataclass(frozen=True)
class Fidelities:
    """What is fixed in each stage, and at the end.

    Attributes:
        stages: for each stage, or once for all of them, the values of what is fixed in it.
        end: their values after the last stage.
        check: configurations evaluated at both fidelities before the end, 0 for none. Raise it for a narrower
            interval; each costs one evaluation at the end's fidelity.
        threshold: the rank correlation below which the end begins with a warning.

    Raises:
        SearchError: if they contradict each other.
    """

    stages: tuple[Mapping[str, Choice], ...]
    end: Mapping[str, Choice]
    check: int = 10
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if isinstance(self.stages, Mapping):
            raise SearchError(
                f"stages is the table {dict(self.stages)!r}, but a tuple of tables is expected, one for each "
                f"stage or one for all of them: write stages=({dict(self.stages)!r},)."
            )
        tables = [_checked_table("stages", table) for table in _listed(self.stages)]
        object.__setattr__(self, "stages", tuple(tables))
        object.__setattr__(self, "end", _checked_table("end", self.end))
        if not self.stages or not self.end:
            raise SearchError(
                f"stages is {self.stages!r} and end is {self.end!r}, but each needs a value for at least one "
                "name, such as stages = ({'layers': 8},) and end = {'layers': 56}."
            )
        for table in self.stages:
            if set(table) != set(self.end):
                raise SearchError(
                    f"a stage fixes {_names(table)}, but the end fixes {_names(self.end)}. "
                    "Give each stage and the end a value for the same names."
                )
        self._refuse_alike()
        if not is_whole(self.check) or self.check < 0 or 0 < self.check < LEAST_PAIRS:
            raise SearchError(
                f"check is {self.check!r}, but 0, or a whole number from {LEAST_PAIRS} on, is expected: "
                "fewer pairs say nothing about a rank correlation."
            )
        if not is_number(self.threshold) or not -1 <= self.threshold <= 1:
            raise SearchError(
                f"threshold is {self.threshold!r}, but a correlation from -1 to 1 is expected."
            )

    def _refuse_alike(self) -> None:
        for name in self.end:
            for one, other in combinations(self.values(name), 2):
                if one == other:
                    raise SearchError(
                        f"{name!r} is fixed to {one!r} and to {other!r}, which a study cannot tell apart. "
                        "Use numbers only, or true and false only."
                    )

    def refuse_varying(self, names: Iterable[str]) -> None:
        """Let names that nothing fixes pass.

        Raises:
            SearchError: if one of them is fixed.
        """
        for name in names:
            if name in self.end:
                raise SearchError(
                    f"{name!r} is fixed in the stages and at the end, but the space says that it may vary. "
                    "Keep it in one of them."
                )

    def at(self, stage: int, stages: int) -> Mapping[str, Choice]:
        """What is fixed in a stage, from 0; in the end if so many stages are closed."""
        if stage >= stages:
            return self.end
        return self.stages[stage if len(self.stages) > 1 else 0]

    def values(self, name: str) -> tuple[Choice, ...]:
        """The values that a name has in the stages and at the end, each once."""
        found: list[Choice] = []
        for table in (*self.stages, self.end):
            if not is_among(table[name], found):
                found.append(table[name])
        return tuple(found)


def _listed(stages: object) -> Iterable[object]:
    if isinstance(stages, str) or not isinstance(stages, Iterable):
        raise SearchError(
            f"stages is {stages!r}, but a tuple of tables is expected, such as ({{'layers': 8}},)."
        )
    return stages


def _checked_table(what: str, table: object) -> dict[str, Choice]:
    if not isinstance(table, Mapping):
        raise SearchError(
            f"{what} holds {table!r}, but a table from names to values is expected, such as {{'layers': 8}}."
            if what == "stages"
            else f"end is {table!r}, but a table from names to values is expected, such as {{'layers': 56}}."
        )
    for name, value in table.items():
        is_plain = isinstance(value, str | bool) or is_finite(value)
        if not isinstance(name, str) or not is_plain:
            raise SearchError(
                f"{name!r} is fixed to {value!r}, but a name is fixed to a text, a number, true or false."
            )
    # As records hold them, which are JSON.
    return {name: plain(value) for name, value in table.items()}


def _names(table: Mapping[str, Choice]) -> str:
    return ", ".join(table) or "nothing"


@final
@dataclass(frozen=True)
class Transfer:
    """How well the stages' fidelity tells of the end's.

    Attributes:
        pairs: the trials at the stages' fidelity, each with the one that repeated it at the end's.
        correlation: Spearman's; 0 if all values of one fidelity are equal.
        low, high: its 95 % interval.
        threshold: below which there was a warning.
    """

    pairs: tuple[tuple[int, int], ...]
    correlation: float
    low: float
    high: float
    threshold: float

    @property
    def is_doubtful(self) -> bool:
        """Whether the end began with a warning."""
        return self.correlation < self.threshold


def picks(numbers: Sequence[int], y: Values, count: int, *, seed: int) -> tuple[int, ...]:
    """The trials to evaluate again: the best, the worst, and some at random of the others with a value.

    Args:
        numbers: of the trials.
        y: their values, to be minimised, shape `(N,)`.
        count: how many to pick; fewer if fewer have a value.
        seed: of the search.
    """
    usable = [int(i) for i in np.flatnonzero(is_usable(y))]
    ranked = sorted(usable, key=lambda i: (y[i], numbers[i]))
    ends = [*ranked[:1], *ranked[1:][-1:]]
    between = sorted(ranked[1:-1])
    rng = stream("check", seed)
    drawn = rng.permutation(len(between))[: max(count - len(ends), 0)]
    return tuple(numbers[i] for i in [*ends, *(between[k] for k in drawn)][:count])


def transfer(
    pairs: Sequence[tuple[int, int]], small: Values, large: Values, *, threshold: float
) -> Transfer:
    """The rank correlation of values at two fidelities, and its interval.

    A configuration without a value at the large fidelity counts as the worst there. The best and the worst at
    the small fidelity are among the pairs, which spreads them: where the fidelities agree, the correlation is
    above that of random pairs; where they have nothing in common, it is 0 on average all the same.

    Args:
        pairs: trials, `m` of them.
        small: values at the stages' fidelity, to be minimised, shape `(m,)`.
        large: values at the end's, NaN where a trial failed.
        threshold: see `Fidelities`.
    """
    rho = _spearman(small, np.where(is_usable(large), large, np.inf))
    low, high = _interval(rho, len(pairs))
    return Transfer(tuple(pairs), rho, low, high, threshold)


def _spearman(a: Values, b: Values) -> float:
    from scipy.stats import spearmanr

    ranked = ranks(a), ranks(b)
    is_flat = any(np.ptp(rank) == 0.0 for rank in ranked)
    return 0.0 if is_flat else float(spearmanr(*ranked).statistic)


def _interval(rho: float, m: int) -> tuple[float, float]:
    """Fisher's transformation with the standard error of Bonett and Wright (Psychometrika 65, 2000)."""
    if m < LEAST_PAIRS:
        return -1.0, 1.0
    z = math.atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))
    error = math.sqrt((1 + rho * rho / 2) / (m - 3))
    return math.tanh(z - TWO_SIDED * error), math.tanh(z + TWO_SIDED * error)
