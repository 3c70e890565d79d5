"""Which settings make trials fail.

A search avoids what fails, so failures are rare where it looks and frequent where it does not look any more:
what tells is that trials with some values failed more often than trials with others, given how many of either
were made. The hypergeometric tail says how probable so many failures would be if values had nothing to do
with them, and it is compared with the number of conditions that were looked at (Bonferroni). The condition
that is least probable is taken, its trials are set aside, and the rest is looked at again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from overtone.search.conclusions.known import Known
from overtone.space import Categorical, Codes, Interval, SearchSpace
from overtone.spectrum.basis import Values

LEAST_FAILURES: Final = 3
# That any of the conditions would be found by chance.
CHANCE: Final = 0.01
MOST_RULES: Final = 5
# Failures one after another that may be a burst.
LEAST_BURST: Final = 4
# Borders of a number's range that a condition may have, at quantiles of its values.
BORDERS: Final = 7
# Single conditions of which pairs are made.
MOST_PAIRED: Final = 40
# A pair of conditions is told if it is this many times less probable than either of its halves.
PAIR_GAIN: Final = 1e-2

Mask: TypeAlias = NDArray[np.bool_]


@final
@dataclass(frozen=True)
class FailureRule:
    """Values with which trials fail.

    Attributes:
        where: intervals of codes by parameter; all must hold.
        failed: how many failed trials have such values.
        of: how many trials failed at all.
        trials: how many trials have such values.
        reasons: why those failed, with how many did, the most frequent first.
    """

    where: tuple[tuple[int, Interval], ...]
    failed: int
    of: int
    trials: int
    reasons: tuple[tuple[str, int], ...]

    def holds(self, codes: Codes) -> Mask:
        """Which configurations have such values."""
        return _meets(self.where, codes)


@final
@dataclass(frozen=True, eq=False)
class Failures:
    """What is known of failures.

    Attributes:
        rules: the least probable by chance first.
        count: of failed trials.
        unexplained: how many of them no rule covers.
        reasons: of those, with how many gave each, the most frequent first.
        bursts: first and last numbers of trials that failed one after another, if that is less probable by
            chance than any rule about them: what made them fail may be no setting. No rule covers these.
    """

    rules: tuple[FailureRule, ...]
    count: int
    unexplained: int
    reasons: tuple[tuple[str, int], ...]
    bursts: tuple[tuple[int, int], ...] = ()


def failures_of(space: SearchSpace, known: Known) -> Failures:
    """Which values make trials fail."""
    codes = np.concatenate([known.failed_codes, known.codes])
    numbers = np.concatenate([known.failed, known.numbers])
    failed = np.arange(len(codes)) < len(known.failed)
    left = np.ones(len(codes), dtype=bool)
    rules: list[FailureRule] = []
    bursts: list[tuple[int, int]] = []
    while len(rules) < MOST_RULES and (failed & left).sum() >= LEAST_FAILURES:
        found, chance = _least_probable(space, codes[left], failed[left])
        burst, alike = _burst(numbers, failed, left)
        if burst is not None and alike < chance + np.log(PAIR_GAIN):
            bursts.append(burst)
            left &= ~((numbers >= burst[0]) & (numbers <= burst[1]))
            continue
        if found is None:
            break
        met = _meets(found, codes)
        rules.append(
            FailureRule(
                found,
                int((met & failed).sum()),
                len(known.failed),
                int(met.sum()),
                _counted(known, met[: len(known.failed)]),
            )
        )
        left &= ~met
    return Failures(
        tuple(rules),
        len(known.failed),
        int((failed & left).sum()),
        _counted(known, left[: len(known.failed)]),
        tuple(sorted(bursts)),
    )


def _burst(
    numbers: NDArray[np.int64], failed: Mask, left: Mask
) -> tuple[tuple[int, int] | None, float]:
    """The longest run of failures without a cause, if it is no chance, and how probable it is by chance.

    A run is of trials with numbers one after another: any other trial ends it, one set aside included.
    """
    if (failed | ~left).all():
        return None, 0.0
    open_ = np.sort(numbers[failed & left])
    runs = np.split(open_, np.flatnonzero(np.diff(open_) > 1) + 1)
    longest = max(runs, key=len)
    inside = np.isin(numbers, longest)
    chance = float(_log_tails(inside[None, left], failed[left])[0])
    if len(longest) < LEAST_BURST or chance > np.log(CHANCE / left.sum()):
        return None, 0.0
    return (int(longest[0]), int(longest[-1])), chance


def _counted(known: Known, chosen: Mask) -> tuple[tuple[str, int], ...]:
    numbers = known.failed[chosen].tolist()
    return tuple(Counter(known.reasons[k] for k in numbers if k in known.reasons).most_common())


Conditions: TypeAlias = tuple[tuple[int, Interval], ...]


def _least_probable(
    space: SearchSpace, codes: Codes, failed: Mask
) -> tuple[Conditions | None, float]:
    """The condition, or pair of them, that failures are least probably spread by chance over.

    Returns:
        None if that is chance, and the logarithm of its probability.
    """
    singles = [] if failed.all() else list(_singles(space, codes, failed))
    if not singles:
        return None, 0.0
    met = np.array([_meets((single,), codes) for single in singles])
    tails = _log_tails(met, failed)
    order = np.argsort(tails, kind="stable")
    best: Conditions = (singles[order[0]],)
    least = float(tails[order[0]])
    paired = combinations(order[:MOST_PAIRED].tolist(), 2)
    pairs = [(a, b) for a, b in paired if singles[a][0] != singles[b][0]]
    looked_at = len(singles) + len(singles) * (len(singles) - 1) // 2
    if pairs:
        both = np.array([met[a] & met[b] for a, b in pairs])
        joint = _log_tails(both, failed)
        k = int(np.argmin(joint))
        if joint[k] < least + np.log(PAIR_GAIN):
            least = float(joint[k])
            best = tuple(sorted((singles[pairs[k][0]], singles[pairs[k][1]])))
    allowed = np.log(CHANCE / (len(singles) if len(best) == 1 else looked_at))
    return (best, least) if least < allowed else (None, 0.0)


def _singles(space: SearchSpace, codes: Codes, failed: Mask) -> Iterator[tuple[int, Interval]]:
    """Conditions on one parameter: a choice, or a number below or above a border."""
    for i, parameter in enumerate(space.parameters):
        column = codes[:, i]
        there = np.unique(column[~np.isnan(column)])
        if len(there) < 1:
            continue
        if isinstance(parameter, Categorical):
            of_failed = np.unique(column[failed & ~np.isnan(column)])
            yield from ((i, Interval(float(code), float(code))) for code in of_failed)
            continue
        low, high = float(parameter.low), float(parameter.high)
        count = min(BORDERS, len(there) - 1)
        places = np.unique((np.arange(1, count + 1) * len(there)) // (count + 1))
        for place in places:
            if 0 < place < len(there):
                yield i, Interval(low, float(there[place - 1]))
                yield i, Interval(float(there[place]), high)


def _meets(conditions: Conditions, codes: Codes) -> Mask:
    met = np.ones(len(codes), dtype=bool)
    for i, (low, high) in conditions:
        met &= (codes[:, i] >= low) & (codes[:, i] <= high)
    return met


def _log_tails(met: Mask, failed: Mask) -> Values:
    """Log P(at least as many failures among the trials met), values having nothing to do with them.

    Of N trials F failed, and K meet a condition: k of those failed with the hypergeometric probability
    C(K, k) C(N - K, F - k) / C(N, F).
    """
    N, F = len(failed), int(failed.sum())
    tails = np.zeros(len(met))
    for place, row in enumerate(met):
        K, least = int(row.sum()), int((row & failed).sum())
        k = np.arange(least, min(K, F) + 1.0)
        logs = _log_choose(K, k) + _log_choose(N - K, F - k) - _log_choose(N, np.array([float(F)]))
        tails[place] = float(np.logaddexp.reduce(logs)) if len(logs) else 0.0
    return tails


def _log_choose(n: int, k: Values) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = gammaln(n + 1.0) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.where(k > n, -np.inf, logs)
