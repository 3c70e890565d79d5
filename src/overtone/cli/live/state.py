"""What is known of a run while it goes on: a value that each event replaces by another.

Times are seconds of one clock that never goes back; nobody here looks at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, final

from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.events import Finished, Past

# Ends of trials that the time left is judged by: enough to be steady, few enough to follow a change.
RECENT: Final = 30
# A trial that runs longer than is typical counts as this much of a finished one: it may run on.
NEARLY: Final = 0.95


@final
@dataclass(frozen=True)
class Aim:
    """What a run is to reach.

    Attributes:
        name: of the study.
        metric: its name.
        is_maximised: whether more of it is better.
        trials: that are to be finished.
        parallel: commands that run at a time, at most.
        seconds: that all runs of commands may take; None if they may take any.
    """

    name: str
    metric: str
    is_maximised: bool
    trials: int
    parallel: int
    seconds: float | None


def aim_of(study_file: StudyFile) -> Aim:
    """What the run of a study file is to reach."""
    return Aim(
        study_file.name,
        study_file.metric,
        study_file.direction == "maximize",
        study_file.trials,
        study_file.parallel,
        study_file.seconds,
    )


@final
@dataclass(frozen=True)
class Best:
    """The best value so far, and the trial that had it first."""

    number: int
    value: float
    is_default: bool


@final
@dataclass(frozen=True)
class Running:
    """A trial whose command runs, and since when."""

    number: int
    since: float


@final
@dataclass(frozen=True)
class Change:
    """What another value of a setting would change, in words.

    Attributes:
        setting: its name, with its value at the recommendation.
        to: the other value.
        mean: the change of the metric that is expected.
        change: the same with its interval.
        is_sure: whether the setting surely matters.
    """

    setting: str
    to: str
    mean: str
    change: str
    is_sure: bool


@final
@dataclass(frozen=True)
class Insight:
    """What seems to matter so far.

    Attributes:
        trials: that were finished when it was found.
        note: what is to be said before the changes; may be empty.
        changes: the most important first.
    """

    trials: int
    note: str
    changes: tuple[Change, ...]


@final
@dataclass(frozen=True)
class Mark:
    """How far this run had come when a trial ended: the time, and the trials done until then, with parts."""

    time: float
    done: float


@final
@dataclass(frozen=True)
class State:
    """What is known of a run.

    Attributes:
        aim: what it is to reach.
        begun: when it began.
        before: trials that were finished before it.
        finished: trials that are finished, whoever ran them.
        running: the trials whose commands run, in the order in which they began.
        paused: numbers of the trials that wait to be promoted or eliminated.
        has_paused: whether any trial has paused, or was eliminated.
        failures: how many trials failed for each reason.
        best: the best value so far.
        defaults: values of the runs of the default configuration.
        course: the best value so far after each finished trial; None before the first value.
        marks: the newest ends of trials of this run, after where it began.
        typical: seconds that a recent trial of this run took, in the mean; 0 before the first.
        spent: seconds that all runs of commands have taken.
        insight: what seems to matter so far.
    """

    aim: Aim
    begun: float
    before: int = 0
    finished: int = 0
    running: tuple[Running, ...] = ()
    paused: frozenset[int] = frozenset()
    has_paused: bool = False
    failures: Mapping[str, int] = field(default_factory=dict)
    best: Best | None = None
    defaults: tuple[float, ...] = ()
    course: tuple[float | None, ...] = ()
    marks: tuple[Mark, ...] = ()
    typical: float = 0.0
    spent: float = 0.0
    insight: Insight | None = None

    @property
    def failed(self) -> int:
        """How many trials failed."""
        return sum(self.failures.values())

    @property
    def total(self) -> int:
        """The number of trials that the run ends with."""
        return max(self.aim.trials, self.finished)

    @property
    def is_over(self) -> bool:
        """Whether the study has its number of trials."""
        return self.finished >= self.aim.trials

    @property
    def default(self) -> float | None:
        """What the default configuration gave, in the mean of its runs."""
        return sum(self.defaults) / len(self.defaults) if self.defaults else None

    @property
    def gain(self) -> float | None:
        """How much better the best value is than the default's; None while either is missing."""
        if self.best is None or self.default is None:
            return None
        gain = self.best.value - self.default
        return gain if self.aim.is_maximised else -gain

    def started(self, number: int, now: float) -> "State":
        """After the command of a trial was started."""
        return replace(
            self,
            running=(*self._others_running(number), Running(number, now)),
            paused=self.paused - {number},
        )

    def with_pause(self, number: int, seconds: float) -> "State":
        """After a trial has ended a rung, whose run took so long."""
        return replace(
            self,
            running=self._others_running(number),
            paused=self.paused | {number},
            has_paused=True,
            spent=self.spent + seconds,
        )

    def with_elimination(self, number: int) -> "State":
        """After a paused trial was eliminated."""
        return replace(
            self._with_end(Finished(number, None)),
            finished=self.finished + 1,
            paused=self.paused - {number},
            has_paused=True,
        )

    def with_finished(self, trial: Finished, in_all: int, now: float) -> "State":
        """After a trial has ended, with which so many are over."""
        seconds = 0.0 if trial.outcome is None else trial.outcome.seconds
        known = self._with_end(trial)
        own = len(known.course) - self.before
        # A mean that forgets: each of the newest counts for a RECENTth at the least.
        typical = self.typical + (seconds - self.typical) / min(own, RECENT)
        known = replace(
            known,
            finished=max(in_all, self.finished + 1),
            running=self._others_running(trial.number),
            typical=typical,
            spent=self.spent + seconds,
        )
        mark = Mark(now, known.done(now))
        return replace(known, marks=(*self.marks, mark)[-RECENT - 1 :])

    def done(self, now: float) -> float:
        """How many trials have been finished in this run, with the parts of those that run."""
        return self.finished - self.before + sum(self._part(trial, now) for trial in self.running)

    def seconds_left(self, now: float) -> float | None:
        """About how long the run will go on; None while nothing tells."""
        # Where trials pause, ends come late and all at once.
        if self.has_paused or len(self.marks) < 2 or not self.typical:
            return None
        first, done = self.marks[0], self.done(now)
        passed, came = now - first.time, done - first.done
        if passed <= 0 or came <= 0:
            return None
        left = self.total - self.before - done
        seconds = max(left, 0.0) * passed / came
        # However many run at a time, the last one takes its time.
        waiting = self.finished + len(self.running) < self.total
        parts = [0.0 if waiting else self._part(trial, now) for trial in self.running]
        seconds = max(seconds, self.typical * (1.0 - min(parts, default=1.0)))
        if self.aim.seconds is not None:
            running = sum(now - trial.since for trial in self.running)
            budget = self.aim.seconds - self.spent - running
            seconds = min(seconds, max(budget, 0.0) / max(len(self.running), 1))
        return seconds

    def _part(self, trial: Running, now: float) -> float:
        return min((now - trial.since) / self.typical, NEARLY) if self.typical else 0.0

    def _others_running(self, number: int) -> tuple[Running, ...]:
        return tuple(trial for trial in self.running if trial.number != number)

    def _with_end(self, trial: Finished) -> "State":
        """What a trial's end says of the values and of the failures."""
        outcome, best, failures, defaults = trial.outcome, self.best, self.failures, self.defaults
        if outcome is not None and outcome.failure is not None:
            failures = {**failures, outcome.failure: failures.get(outcome.failure, 0) + 1}
        if outcome is not None and outcome.value is not None and trial.counts:
            if best is None or self._is_better(outcome.value, best.value):
                best = Best(trial.number, outcome.value, trial.is_default)
            if trial.is_default:
                defaults = (*defaults, outcome.value)
        course = (*self.course, None if best is None else best.value)
        return replace(self, best=best, failures=failures, defaults=defaults, course=course)

    def _is_better(self, value: float, than: float) -> bool:
        return value > than if self.aim.is_maximised else value < than

    @classmethod
    def begun_after(cls, past: Past, aim: Aim, now: float) -> "State":
        """Where a run begins that has this behind it."""
        state = cls(aim, now)
        for trial in past.finished:
            state = state._with_end(trial)
        count = len(past.finished)
        return replace(
            state,
            before=count,
            finished=count,
            paused=frozenset(past.paused),
            has_paused=bool(past.paused) or any(t.outcome is None for t in past.finished),
            marks=(Mark(now, 0.0),),
            spent=past.seconds,
        )
