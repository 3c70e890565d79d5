"""Schedules follow the papers' tables, repeat no rung, and need to be told nothing but the candidates."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overtone.errors import SearchError
from overtone.search.halving import (
    Begin,
    Budgets,
    Candidate,
    Promote,
    Rung,
    Synchronous,
    asynchronous_halving,
    bracket_of,
    hyperband,
    successive_halving,
)

SCHEDULES = [successive_halving, hyperband, asynchronous_halving]
# Table 1 of the Hyperband paper (JMLR 18), R = 81 and eta = 3: n and r of each rung, a bracket a row.
PUBLISHED = [
    [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
    [(34, 3), (11, 9), (3, 27), (1, 81)],
    [(15, 9), (5, 27), (1, 81)],
    [(8, 27), (2, 81)],
    [(5, 81)],
]


class Run:
    """Workers that run what a schedule decides, in a random order, on learning curves with crossings."""

    def __init__(self, schedule, *, trials, workers=1, seed=0, failing=0.0):
        self.schedule, self.trials, self.workers = schedule, trials, workers
        self.rng = np.random.default_rng(seed)
        self.losses = self.rng.standard_normal((trials + 1000, 400))
        self.failing = failing
        self.candidates: dict[int, Candidate] = {}
        self.begun: list[tuple[int, int]] = []  # number and budget of every run
        self.eliminated: list[int] = []

    def finish(self):
        while self.step():
            pass
        return self

    def step(self) -> bool:
        """One decision, or the end of one run; whether there was anything to do."""
        may_begin = len(self.candidates) < self.trials
        for gone in self.schedule.eliminated(self.now(), may_begin=may_begin):
            assert not gone.is_over
            assert not gone.is_running
            self.eliminated.append(gone.number)
            self.candidates[gone.number] = replace(gone, is_over=True)
        running = [c for c in self.candidates.values() if c.is_running]
        if len(running) < self.workers:
            match self.schedule.decide(self.now(), may_begin=may_begin):
                case Begin(bracket, budget):
                    number = len(self.candidates)
                    self.candidates[number] = Candidate(number, bracket, budget, {})
                    self.begun.append((number, budget))
                    return True
                case Promote(number, budget):
                    paused = self.candidates[number]
                    assert not paused.is_over
                    assert not paused.is_running
                    self.candidates[number] = replace(paused, goal=budget)
                    self.begun.append((number, budget))
                    return True
        if running:
            self.end(running[self.rng.integers(len(running))])
        return bool(running)

    def end(self, candidate):
        failed = self.rng.random() < self.failing
        value = math.inf if failed else self.losses[candidate.number, candidate.goal]
        values = {**candidate.values, candidate.goal: value}
        over = failed or candidate.goal == self.most
        self.candidates[candidate.number] = replace(candidate, values=values, is_over=over)

    @property
    def most(self):
        if isinstance(self.schedule, Synchronous):
            return self.schedule.brackets[0][-1].budget
        return self.schedule.ladder[-1]

    def now(self):
        return list(self.candidates.values())


def as_table(schedule):
    return [[(rung.size, rung.budget) for rung in bracket] for bracket in schedule.brackets]


def test_hyperband_has_the_published_brackets():
    assert as_table(hyperband(Budgets(1, 81, 3))) == PUBLISHED


def test_successive_halving_is_the_first_bracket_of_a_power():
    assert as_table(successive_halving(Budgets(1, 81))) == PUBLISHED[:1]
    assert as_table(successive_halving(Budgets(2, 16, 2))) == [[(8, 2), (4, 4), (2, 8), (1, 16)]]


def test_budgets_that_are_no_power_are_rounded_and_stay_in_their_range():
    assert Budgets(1, 100, 3).ladder(4) == (1, 4, 11, 33, 100)
    assert Budgets(2, 100, 3).promotions == 3
    assert Budgets(5, 5).promotions == 0
    assert as_table(hyperband(Budgets(7, 7))) == [[(1, 7)]]


@given(st.integers(1, 50), st.integers(1, 400), st.integers(2, 6))
def test_every_ladder_rises_from_at_least_the_least_to_the_most(least, most, eta):
    if least > most:
        return
    budgets = Budgets(least, most, eta)
    assert least * eta**budgets.promotions <= most < least * eta ** (budgets.promotions + 1)
    for s in range(budgets.promotions + 1):
        ladder = budgets.ladder(s)
        assert len(ladder) == s + 1
        assert ladder[-1] == most
        assert ladder[0] >= least
        assert list(ladder) == sorted(set(ladder))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"least": 0}, "least is 0"),
        ({"most": 8.5}, "most is 8.5"),
        ({"eta": 1}, "eta is 1"),
        ({"least": True}, "least is True"),
        ({"least": 100}, "swapped"),
    ],
)
def test_budgets_that_cannot_be_are_refused(keys, words):
    with pytest.raises(SearchError, match=words):
        Budgets(**{"least": 1, "most": 81, **keys})


@pytest.mark.parametrize("workers", [1, 4])
def test_a_whole_hyperband_runs_every_rung_of_the_table_once(workers):
    run = Run(hyperband(Budgets(1, 81)), trials=143, workers=workers).finish()
    assert sum(bracket[0][0] for bracket in PUBLISHED) == 143
    for index, bracket in enumerate(PUBLISHED):
        ran = Counter(b for number, b in run.begun if run.candidates[number].bracket == index)
        assert ran == {budget: size for size, budget in bracket}
    assert len(run.eliminated) == 143 - sum(bracket[-1][0] for bracket in PUBLISHED)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_rung_promotes_its_best_and_only_when_all_of_it_has_ended(workers):
    run = Run(successive_halving(Budgets(1, 9)), trials=9, workers=workers)
    while not any(budget == 3 for _, budget in run.begun):
        assert run.step()
    assert all(1 in candidate.values for candidate in run.candidates.values())
    run.finish()
    best = sorted(run.candidates, key=lambda number: run.losses[number, 1])[:3]
    assert {number for number, budget in run.begun if budget == 3} == set(best)
    winner = min(best, key=lambda number: run.losses[number, 3])
    assert [number for number, budget in run.begun if budget == 9] == [winner]


def test_asha_promotes_as_its_algorithm_says():
    """Written out: values 5, 3, 1, 2, 4, 0 arrive in turn, one worker, eta = 3."""
    schedule = asynchronous_halving(Budgets(1, 9))
    candidates, seen = {}, []
    for value in [5, 3, 1, 2, 4, 0]:
        decision = schedule.decide(list(candidates.values()), may_begin=True)
        while isinstance(decision, Promote):
            seen.append((decision.number, decision.budget))
            before = candidates[decision.number]
            values = {**before.values, decision.budget: before.values[1]}
            candidates[decision.number] = replace(before, goal=decision.budget, values=values)
            decision = schedule.decide(list(candidates.values()), may_begin=True)
        assert decision == Begin(0, 1)
        number = len(candidates)
        candidates[number] = Candidate(number, 0, 1, {1: value})
    # After three the best of them (number 2) goes on; after six the best two are numbers 5 and 2.
    assert seen == [(2, 3)]
    assert schedule.decide(list(candidates.values()), may_begin=True) == Promote(5, 3)


def test_asha_keeps_all_workers_busy_and_halving_fills_in_with_the_next_bracket():
    for make in SCHEDULES:
        run = Run(make(Budgets(1, 27)), trials=200, workers=7, seed=1)
        for _ in range(300):
            run.step()
            short = len([c for c in run.candidates.values() if c.is_running]) < 7
            assert not short or run.schedule.decide(run.now(), may_begin=True) is not None


@given(
    st.sampled_from(SCHEDULES),
    st.integers(1, 60),
    st.integers(1, 6),
    st.integers(0, 100),
    st.sampled_from([0.0, 0.2]),
)
def test_no_rung_is_repeated_and_nothing_is_left_undecided(make, trials, workers, seed, failing):
    run = Run(make(Budgets(1, 27)), trials=trials, workers=workers, seed=seed, failing=failing)
    run.finish()
    assert max(Counter(run.begun).values()) == 1
    assert len(run.candidates) == trials
    assert all(candidate.is_over for candidate in run.candidates.values())
    # Only survivors have seen the full budget, and unless all failed, there is one.
    full = [c for c in run.candidates.values() if math.isfinite(c.values.get(27, math.inf))]
    assert not {c.number for c in full} & set(run.eliminated)
    assert full or failing


@given(st.sampled_from(SCHEDULES), st.integers(1, 40), st.integers(1, 40), st.integers(0, 50))
def test_a_study_that_is_prolonged_goes_on_without_what_was_eliminated(make, trials, more, seed):
    run = Run(make(Budgets(1, 27)), trials=trials, seed=seed).finish()
    gone = set(run.eliminated)
    already = len(run.begun)
    run.trials += more
    run.finish()
    assert not {number for number, _ in run.begun[already:]} & gone
    assert max(Counter(run.begun).values()) == 1
    assert all(candidate.is_over for candidate in run.candidates.values())


@pytest.mark.parametrize("make", SCHEDULES)
def test_a_configuration_of_another_machine_is_waited_for(make):
    run = Run(make(Budgets(1, 3)), trials=9).finish()
    assert any(budget == 3 for _, budget in run.begun)
    elsewhere = [
        Candidate(number, 0, 1, {1: float(number)}, is_here=False)
        for number in range(run.schedule.brackets[0][0].size if make is not SCHEDULES[2] else 3)
    ]
    assert run.schedule.decide(elsewhere, may_begin=False) is None
    here = [replace(candidate, is_here=True) for candidate in elsewhere]
    assert run.schedule.decide(here, may_begin=False) == Promote(0, 3)


def test_one_candidate_too_many_in_a_bracket_competes_with_the_others():
    """Two workers that begin at once may both take the last place of a bracket."""
    schedule = successive_halving(Budgets(1, 3))
    late = [Candidate(number, 0, 1, {1: -float(number)}) for number in range(4)]
    assert schedule.decide(late, may_begin=True) == Promote(3, 3)
    unfinished = [*late[:3], replace(late[3], values={})]
    assert schedule.decide(unfinished, may_begin=False) is None


def test_a_failed_configuration_is_never_promoted():
    schedule = successive_halving(Budgets(1, 3))
    failed = [Candidate(number, 0, 1, {1: math.inf}, is_over=True) for number in range(3)]
    assert schedule.decide(failed, may_begin=False) is None
    assert schedule.eliminated(failed, may_begin=False) == ()


def test_small_brackets_keep_one_configuration_to_the_end():
    assert bracket_of(2, (1, 3, 9), eta=3) == (Rung(2, 1), Rung(1, 3), Rung(1, 9))
