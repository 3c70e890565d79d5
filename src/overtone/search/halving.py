"""Successive halving, Hyperband and ASHA: what to run next, given how far every configuration has come.

Jamieson, Talwalkar, "Non-stochastic Best Arm Identification" (2016): successive halving. Li et al.,
"Hyperband" (JMLR 18, 2018), Algorithm 1. Li et al., "A System for Massively Parallel Hyperparameter Tuning"
(arXiv 1810.05934), Algorithm 2: ASHA.

Notation
    R       the full budget of one configuration
    eta     of each rung one in eta goes on, to eta times the budget
    s       how often a configuration of a bracket can be promoted: it begins at R eta^-s
    n       configurations that begin in a bracket; n eta^-k of them reach its rung k

A schedule pauses a configuration at the end of a rung, and promotes or eliminates it later. What it decides
is a function of the candidates alone: it keeps no memory, and every worker decides the same.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, pairwise
from typing import TypeAlias, final

from overtone.errors import SearchError
from overtone.space.values import is_whole


@final
@dataclass(frozen=True)
class Budgets:
    """What one configuration may cost, in whole units such as epochs.

    Attributes:
        least: the smallest budget whose value says something. Raise it when early values mislead.
        most: the full budget, R.
        eta: of each rung, one in so many goes on. Raise it to eliminate faster.

    Raises:
        SearchError: if one of them is out of range.
    """

    least: int
    most: int
    eta: int = 3

    def __post_init__(self) -> None:
        for what, smallest in (("least", 1), ("most", 1), ("eta", 2)):
            number = getattr(self, what)
            if not is_whole(number) or number < smallest:
                raise SearchError(
                    f"{what} is {number!r}, but a whole number from {smallest} on is expected."
                )
        if self.least > self.most:
            raise SearchError(
                f"least is {self.least} and most is {self.most}, but the smallest budget cannot be above "
                "the full one. Are they swapped?"
            )

    @property
    def promotions(self) -> int:
        """How often the smallest budget can grow by eta: the largest s."""
        return next(s for s in count() if self.least * self.eta ** (s + 1) > self.most)

    def ladder(self, promotions: int) -> tuple[int, ...]:
        """The budgets of a bracket's rungs, the full one last; rounded, but never below the least."""
        return tuple(
            max(self.least, round(self.most / self.eta**k)) for k in range(promotions, -1, -1)
        )


@final
@dataclass(frozen=True)
class Rung:
    """So many configurations, each run to this budget."""

    size: int
    budget: int


Bracket: TypeAlias = tuple[Rung, ...]


@final
@dataclass(frozen=True)
class Candidate:
    """How far a configuration has come.

    Attributes:
        number: of its trial.
        bracket: that it began in.
        goal: the budget of its latest run.
        values: by budget, of the runs that have ended, to be minimised; infinite for one that failed.
        is_over: whether it was eliminated, failed, or has its full budget.
        is_here: whether the one who asks can go on with it.
    """

    number: int
    bracket: int
    goal: int
    values: Mapping[int, float]
    is_over: bool = False
    is_here: bool = True

    @property
    def is_running(self) -> bool:
        """Whether its latest run has not ended."""
        return self.goal not in self.values and not self.is_over

    def is_kept(self, budget: int) -> bool:
        """Whether it may go on, or has gone on, beyond the rung of this budget, which it has finished."""
        return math.isfinite(self.values[budget]) and (not self.is_over or self.goal > budget)


@final
@dataclass(frozen=True)
class Begin:
    """Run a new configuration, to this budget."""

    bracket: int
    budget: int


@final
@dataclass(frozen=True)
class Promote:
    """Go on with a paused configuration, to this budget."""

    number: int
    budget: int


Decision: TypeAlias = Begin | Promote


class Schedule(ABC):
    """What is run to which budget, given all configurations that have begun."""

    @abstractmethod
    def place(self, position: int) -> Begin:
        """Where a configuration begins, by how many of the schedule's have a smaller number.

        Workers that begin at once see different candidates, but trials have different numbers.
        """

    @abstractmethod
    def promotion(self, candidates: Sequence[Candidate], *, may_begin: bool) -> Promote | None:
        """Who goes on next; None if some runs have to end first, or nobody will.

        Args:
            candidates: all configurations that have begun.
            may_begin: whether the study may have further ones.
        """

    @abstractmethod
    def eliminated(
        self, candidates: Sequence[Candidate], *, may_begin: bool
    ) -> tuple[Candidate, ...]:
        """The paused candidates that will never be promoted."""

    def decide(self, candidates: Sequence[Candidate], *, may_begin: bool) -> Decision | None:
        """What to run next: the promotion that is due, or else a new configuration if there may be one."""
        promotion = self.promotion(candidates, may_begin=may_begin)
        if promotion is None and may_begin:
            return self.place(len(candidates))
        return promotion


@final
@dataclass(frozen=True)
class Synchronous(Schedule):
    """Brackets one after the other, each of whose rungs is decided once all of it has ended.

    Brackets are independent, so a worker that has nothing to do in one begins the next.

    Attributes:
        eta: see `Budgets`.
        brackets: repeated from the first when the last is full.
    """

    eta: int
    brackets: tuple[Bracket, ...]

    def place(self, position: int) -> Begin:
        """In the bracket that this position falls into when they are filled one after the other."""
        ends = accumulate(self._planned(i)[0].size for i in count())
        index = next(i for i, end in enumerate(ends) if position < end)
        return Begin(index, self._planned(index)[0].budget)

    def promotion(self, candidates: Sequence[Candidate], *, may_begin: bool) -> Promote | None:
        """The first that is due in the first bracket that has one."""
        for budget, _, kept in self._decided(candidates, may_begin=may_begin):
            for candidate in kept:
                if candidate.goal < budget and candidate.is_here:
                    return Promote(candidate.number, budget)
        return None

    def eliminated(
        self, candidates: Sequence[Candidate], *, may_begin: bool
    ) -> tuple[Candidate, ...]:
        """Those that a decided rung left behind."""
        return tuple(
            candidate
            for _, before, kept in self._decided(candidates, may_begin=may_begin)
            for candidate in before
            if not candidate.is_over and candidate not in kept
        )

    def _planned(self, index: int) -> Bracket:
        return self.brackets[index % len(self.brackets)]

    def _decided(
        self, candidates: Sequence[Candidate], *, may_begin: bool
    ) -> Iterator[tuple[int, list[Candidate], list[Candidate]]]:
        """The decided rungs of every bracket, see `_decided_rungs`."""
        brackets: dict[int, list[Candidate]] = {}
        for candidate in candidates:
            brackets.setdefault(candidate.bracket, []).append(candidate)
        for index, members in sorted(brackets.items()):
            if all(c.is_over for c in members):
                continue
            bracket = self._planned(index)
            if not may_begin and len(members) < bracket[0].size:
                # No more will come: the rungs shrink in proportion.
                ladder = [rung.budget for rung in bracket]
                bracket = bracket_of(len(members), ladder, eta=self.eta)
            yield from _decided_rungs(bracket, members)


@final
@dataclass(frozen=True)
class Asynchronous(Schedule):
    """ASHA: a configuration is promoted as soon as it is among the best 1/eta of those that ended its rung.

    Nobody waits for a rung, at the price of promotions that a whole rung would not have made.

    Attributes:
        eta: see `Budgets`.
        ladder: the budgets of the rungs.
    """

    eta: int
    ladder: tuple[int, ...]

    def place(self, position: int) -> Begin:
        """At the lowest rung."""
        del position
        return Begin(0, self.ladder[0])

    def promotion(self, candidates: Sequence[Candidate], *, may_begin: bool) -> Promote | None:
        """The highest that is due."""
        for candidate, budget in self._due(candidates, may_begin=may_begin):
            if candidate.is_here:
                return Promote(candidate.number, budget)
        return None

    def eliminated(
        self, candidates: Sequence[Candidate], *, may_begin: bool
    ) -> tuple[Candidate, ...]:
        """All that are paused, once nothing runs and nothing is due: until then each may be promoted."""
        if may_begin or any(c.is_running for c in candidates):
            return ()
        if any(self._due(candidates, may_begin=may_begin)):
            return ()
        return tuple(c for c in candidates if not c.is_over)

    def _due(
        self, candidates: Sequence[Candidate], *, may_begin: bool
    ) -> Iterator[tuple[Candidate, int]]:
        """The promotions that are due, each with its budget, from the highest rung down."""
        is_ending = not may_begin and not any(c.is_running for c in candidates)
        for budget, after in reversed(list(pairwise(self.ladder))):
            ended = [c for c in candidates if budget in c.values]
            quota = len(ended) // self.eta
            if is_ending and not any(c.goal > budget for c in candidates):
                # Too few began for the ladder. The best of them still gets the full budget.
                quota = max(quota, 1)
            best = sorted(
                (c for c in ended if c.is_kept(budget)), key=lambda c: (c.values[budget], c.number)
            )
            for candidate in best[:quota]:
                if candidate.goal == budget:
                    yield candidate, after


def successive_halving(budgets: Budgets) -> Schedule:
    """Successive halving from the least budget on: eta^s configurations begin, one gets the full budget."""
    s = budgets.promotions
    return Synchronous(
        budgets.eta, (bracket_of(budgets.eta**s, budgets.ladder(s), eta=budgets.eta),)
    )


def hyperband(budgets: Budgets) -> Schedule:
    """Hyperband: brackets of about equal cost, from many configurations at the least budget to few at R."""
    eta, largest = budgets.eta, budgets.promotions
    return Synchronous(
        eta,
        tuple(
            # n = ceil((s_max + 1) / (s + 1) eta^s), Algorithm 1
            bracket_of(-(-(largest + 1) * eta**s // (s + 1)), budgets.ladder(s), eta=eta)
            for s in range(largest, -1, -1)
        ),
    )


def asynchronous_halving(budgets: Budgets) -> Schedule:
    """ASHA from the least budget on."""
    return Asynchronous(budgets.eta, budgets.ladder(budgets.promotions))


def bracket_of(size: int, ladder: Sequence[int], *, eta: int) -> Bracket:
    """The rungs of a bracket in which so many configurations begin: floor(n eta^-k), but at least one."""
    return tuple(Rung(max(size // eta**k, 1), budget) for k, budget in enumerate(ladder))


def _decided_rungs(
    bracket: Bracket, members: Sequence[Candidate]
) -> Iterator[tuple[int, list[Candidate], list[Candidate]]]:
    """Each rung that is decided: the next rung's budget, who was in the rung, and who is in the next one."""
    present = list(members)
    if len(present) < bracket[0].size:
        return
    for rung, after in pairwise(bracket):
        if any(rung.budget not in candidate.values for candidate in present):
            return
        # Whoever was promoted stays so: with a longer study, a bracket may begin to grow again.
        ranked = sorted(
            (c for c in present if c.is_kept(rung.budget)),
            key=lambda c: (c.goal <= rung.budget, c.values[rung.budget], c.number),
        )
        kept = ranked[: after.size]
        yield after.budget, present, kept
        present = kept
