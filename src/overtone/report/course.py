"""How a study went, in the metric's own units and direction: its trials, stages, workers and fidelities."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from overtone.search.conclusions.estimate import Estimate
from overtone.search.conclusions.findings import Findings
from overtone.search.course import Trial
from overtone.search.history import State
from overtone.space import Configuration

# Trials that are laid side by side are this share of all, and no more than so many.
BEST: Final = 0.1
MOST_BEST: Final = 40
LEAST_BEST: Final = 5


@final
@dataclass(frozen=True)
class Run:
    """A finished trial.

    Attributes:
        trial: its number.
        value: what it gave; None without one.
        state: "complete", "failed" or "pruned". A penalty such as 1e9 is a failure.
        origin: why it was run: "default", "search", "uniform", "repeat" or "given".
        stage: of Harmonica, from 1; None outside of stages.
        is_cheap: whether it was evaluated at another fidelity than the end's.
        best: the best value so far, of trials at the end's fidelity; None before there is one.
        reason: why it failed, where that was recorded.
    """

    trial: int
    value: float | None
    state: str
    origin: str
    stage: int | None
    is_cheap: bool
    best: float | None
    reason: str | None


@final
@dataclass(frozen=True)
class RandomSearch:
    """What random search would be expected to have reached after some trials.

    Attributes:
        trials: so many.
        expected: the best of them, with the ends of nine in ten resamples.
        is_extrapolated: whether there are too few uniform draws to say it without.
    """

    trials: int
    expected: Estimate
    is_extrapolated: bool


@final
@dataclass(frozen=True)
class Slot:
    """When and where a trial ran.

    Attributes:
        trial: its number.
        worker: from 1, in the order in which they began.
        slot: of the worker, from 1: trials that it ran side by side.
        begun, ended: seconds since the first trial began.
        state: as a run's.
    """

    trial: int
    worker: int
    slot: int
    begun: float
    ended: float
    state: str


@final
@dataclass(frozen=True)
class RestrictedMean:
    """What uniform draws give in the space that the stages before have left.

    Attributes:
        stage: from 1; one more than there are stages for what the last one left.
        mean: of what a draw gives.
        trials: that it rests on.
        failed: draws without a value.
    """

    stage: int
    mean: Estimate
    trials: int
    failed: int


@final
@dataclass(frozen=True)
class AtBoth:
    """A configuration that was evaluated at both fidelities.

    Attributes:
        trial, again: the trials at the stages' fidelity and at the end's.
        at_stages, at_end: what they gave; None without a value.
    """

    trial: int
    again: int
    at_stages: float | None
    at_end: float | None


@final
@dataclass(frozen=True)
class Ranked:
    """One of the best trials."""

    trial: int
    value: float
    configuration: Configuration


def runs_of(findings: Findings) -> tuple[Run, ...]:
    """Every finished trial, by number."""
    return tuple(_runs(findings))


def _runs(findings: Findings) -> Iterator[Run]:
    failed, best = _penalties(findings), np.inf
    for trial in findings.course:
        state = _state(trial, failed)
        is_known = state == State.COMPLETE.value
        if is_known and not trial.is_cheap:
            best = min(best, trial.y)
        yield Run(
            trial.number,
            _value(findings, trial.y) if state != State.FAILED.value else None,
            state,
            trial.origin.value,
            None if trial.stage is None else trial.stage + 1,
            trial.is_cheap,
            _value(findings, best),
            trial.reason,
        )


def _penalties(findings: Findings) -> set[int]:
    """The trials whose value, if they have one, is none."""
    return set(findings.known.failed.tolist())


def _state(trial: Trial, failed: set[int]) -> str:
    return State.FAILED.value if trial.number in failed else trial.state.value


def _value(findings: Findings, y: float) -> float | None:
    return findings.sign * y if np.isfinite(y) else None


def random_search_of(findings: Findings) -> tuple[RandomSearch, ...]:
    """What random search would have reached after some trials; empty without uniform draws."""
    return tuple(
        RandomSearch(
            found.draws,
            Estimate(found.mean, found.low, found.high).signed(findings.sign),
            found.is_extrapolated,
        )
        for found in findings.expectations
    )


def slots_of(findings: Findings) -> tuple[Slot, ...]:
    """When and where trials ran, by number, as far as that is known.

    The slots of a worker are as many as it had trials at once: each takes the first that is free.
    """
    failed = _penalties(findings)
    timed = [t for t in findings.course if t.begun is not None and t.ended is not None]
    timed.sort(key=lambda trial: (trial.begun, trial.number))
    workers: dict[str | None, int] = {}
    free: dict[int, list[int]] = {}
    busy: dict[int, list[tuple[float, int]]] = {}
    found = []
    for trial in timed:
        begun, ended = trial.begun, trial.ended
        assert begun is not None  # asked above
        assert ended is not None
        worker = workers.setdefault(trial.worker, len(workers) + 1)
        open_, taken = free.setdefault(worker, []), busy.setdefault(worker, [])
        while taken and taken[0][0] <= begun:
            heapq.heappush(open_, heapq.heappop(taken)[1])
        slot = heapq.heappop(open_) if open_ else len(taken) + 1
        heapq.heappush(taken, (ended, slot))
        found.append(Slot(trial.number, worker, slot, begun, ended, _state(trial, failed)))
    return tuple(sorted(found, key=lambda slot: slot.trial))


def restricted_means(findings: Findings) -> tuple[RestrictedMean, ...]:
    """How good what is left of the space is after each stage; empty without stages."""
    return tuple(
        RestrictedMean(
            found.stage + 1, found.mean.signed(findings.sign), found.trials, found.failed
        )
        for found in findings.restricted
    )


def at_both_of(findings: Findings) -> tuple[AtBoth, ...]:
    """The configurations of the transfer check; empty without one."""
    if findings.transfer is None:
        return ()
    y = {trial.number: _value(findings, trial.y) for trial in findings.course}
    return tuple(
        AtBoth(trial, again, y.get(trial), y.get(again)) for trial, again in findings.transfer.pairs
    )


def best_of(findings: Findings) -> tuple[Ranked, ...]:
    """The best tenth of the trials with a value, the best first; a few at least."""
    known = findings.known
    count = min(max(round(BEST * len(known.y)), LEAST_BEST), MOST_BEST, len(known.y))
    order = np.argsort(known.y, kind="stable")[:count]
    return tuple(
        Ranked(
            int(known.numbers[k]),
            findings.sign * float(known.y[k]),
            findings.space.decode(known.codes[k]),
        )
        for k in order
    )
