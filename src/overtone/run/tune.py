"""Tuning a plain Python function, without files."""

import math
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import optuna
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import OvertoneWarning, RunError
from overtone.run.records.standing import HOPELESS, best_of
from overtone.run.records.store import quiet_optuna
from overtone.search.repeats import Repeats
from overtone.space import Configuration, SearchSpace
from overtone.space.table import SpaceTable, complete, space_of
from overtone.space.values import is_whole
from overtone.study.distributions import suggest
from overtone.study.storage import DEFAULT, FAILURE, FINISHED, REPEAT, holds_default, may_repeat

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation


@dataclass(frozen=True)
class Tuning:
    """What tuning a function has found.

    Attributes:
        study: Optuna's, with all trials.
        space: the parameters.
        trials: that were asked for.
        best_configuration: the one to use: the best observed, or, where equal configurations were seen to
            give different values, the one of the best expected value.
        best_value: the mean of what its runs gave.
    """

    study: optuna.Study
    space: SearchSpace
    trials: int
    best_configuration: Configuration
    best_value: float

    @cached_property
    def explanation(self) -> "Explanation":
        """The few changes, what each setting does, what fails, and how sure that is."""
        from overtone.report.explanation import explain

        return explain(self.study, space=self.space)

    def report(self) -> str:
        """The best configuration and what mattered, as text."""
        from overtone.report.text import report

        return report(self.study, self.space, trials=self.trials, metric="value", command_line=None)

    def _repr_html_(self) -> str:
        return self.explanation._repr_html_()


def tune(  # noqa: PLR0913  # each is a thing that only the caller knows
    objective: Callable[[Configuration], float],
    space: SearchSpace | SpaceTable,
    *,
    trials: int,
    direction: Literal["minimize", "maximize"] = "minimize",
    parallel: int = 1,
    sampler: optuna.samplers.BaseSampler | None = None,
    storage: str | optuna.storages.BaseStorage | None = None,
    name: str | None = None,
    default: Configuration | None = None,
    repeats: bool | float = True,
) -> Tuning:
    """The best configuration that a number of trials finds.

    Optuna's line for each trial is not shown. A trial whose objective raises, or returns no finite
    number, fails with an `OvertoneWarning`, and tuning goes on. Ctrl-C ends tuning early and returns what is
    finished.

    Args:
        objective: maps a configuration (a dict of active parameters) to a number.
        space: a search space, or a table in the shape of a study file's `[space]`.
        trials: finished trials to reach; a study continued from a storage counts what it has.
        direction: what is better.
        parallel: how many threads call the objective.
        sampler: any Optuna sampler; by default the spectral one.
        storage: an Optuna storage or its URL; by default nothing outlives the process.
        name: the study's name in the storage; give it to continue a study.
        default: a configuration to try first and to compare with.
        repeats: whether some trials run a configuration again, or the share of them that may, to learn how
            much values vary and which configuration is best: a tenth of them at most, by default. Below 20
            trials there are none.

    Raises:
        SpaceError: if the space is none, or `default` is no configuration of it.
        SearchError: if `repeats` is neither true, false nor a share up to 0.5.
        RunError: if a count is none, the first trials all fail, or the study in the storage has another
            direction.
    """
    space = space_of(space)
    first = None if default is None else complete(space, default)
    _refuse_no_count("trials", trials)
    _refuse_no_count("parallel", parallel)
    again = _repeats(trials, repeats)
    with quiet_optuna(optuna.logging.WARNING):  # a line for each trial is not asked for
        study = optuna.create_study(
            storage=storage,
            sampler=sampler or _spectral(space),
            study_name=name,
            direction=direction,
            load_if_exists=True,
        )
        _refuse_other_direction(study, direction)
        finished = len(study.get_trials(deepcopy=False, states=FINISHED))
        if finished < trials:
            if first is not None and not holds_default(study, first):
                study.enqueue_trial(first, user_attrs={DEFAULT: True})
            _Calls(study, space, objective, again).run(trials - finished, parallel=parallel)
    best = best_of(study, space)
    if best is None:
        raise RunError(
            f"Study {study.study_name!r} has no successful trial of this space among its "
            f"{len(study.get_trials(deepcopy=False))}."
        )
    return Tuning(study, space, trials, best.configuration, best.value)


def _repeats(trials: int, repeats: object) -> Repeats | None:
    if repeats is False:
        return None
    return Repeats(trials) if repeats is True else Repeats(trials, repeats)  # type: ignore[arg-type]  # it checks


def _spectral(space: SearchSpace) -> optuna.samplers.BaseSampler:
    # Importing the search takes about a second, and only this default needs it.
    from overtone.study.spectral.sampler import SpectralSampler

    return SpectralSampler(space=space)


def _refuse_no_count(argument: str, count: object) -> None:
    if not is_whole(count) or count < 1:
        raise RunError(f"{argument} is {count!r}, but a whole number from 1 on is expected.")


def _refuse_other_direction(study: optuna.Study, direction: str) -> None:
    before = study.direction.name.lower()
    if before != direction:
        raise RunError(
            f"direction is {direction!r}, but the study {study.study_name!r} in the storage was started "
            f"with {before!r}. Use that, or another name."
        )


@dataclass
class _Calls:
    """The calls of an objective, and how they end."""

    study: optuna.Study
    space: SearchSpace
    objective: Callable[[Configuration], float]
    repeats: Repeats | None
    _begun: list[int] = field(default_factory=list)
    _failures: list[Exception] = field(default_factory=list)
    _is_hopeful: bool = False
    _parallel: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, count: int, *, parallel: int) -> None:
        """Call the objective this often, or until Ctrl-C."""
        self._parallel = parallel
        self._is_hopeful = bool(
            self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        )
        try:
            self.study.optimize(self._call, n_trials=count, n_jobs=parallel, callbacks=[self._look])
        except KeyboardInterrupt:
            self._end_begun()
            if not self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
                raise
        if self._failures and not self._is_hopeful:
            last = self._failures[-1]
            raise RunError(
                f"All of the first {len(self._failures)} trials failed; the last one with "
                f"{type(last).__name__}: {last}. Correct the objective, or the space."
            ) from last

    def _call(self, trial: optuna.Trial) -> float:
        self._begun.append(trial.number)
        configuration = suggest(trial, self.space)
        try:
            return _finite(self.objective(configuration))
        except Exception as error:  # noqa: BLE001  # the objective is a stranger; it may raise anything
            self._failures.append(error)
            reason = f"{type(error).__name__}: {error}"
            trial.set_user_attr(FAILURE, reason)
            warnings.warn(f"Trial {trial.number} failed: {reason}", OvertoneWarning, stacklevel=2)
            return math.nan  # which Optuna records as a failure

    def _look(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self._is_hopeful = self._is_hopeful or trial.state is TrialState.COMPLETE
        if not self._is_hopeful and len(self._failures) >= HOPELESS:
            study.stop()
        with self._lock:  # or two threads would repeat the same
            if may_repeat(study, self.repeats):
                self._repeat(study)

    def _repeat(self, study: optuna.Study) -> None:
        # Importing what decides it takes longer than most functions.
        from overtone.study.repeats import due_repeat

        begun = len(study.get_trials(deepcopy=False))
        if self.repeats is None or begun + self._parallel > self.repeats.trials:
            return  # other threads may take the last trials, and a repeat would be left waiting
        due = due_repeat(study, self.repeats, self.space)
        if due is not None and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            configuration, why = due
            study.enqueue_trial(configuration, user_attrs={REPEAT: why.value})

    def _end_begun(self) -> None:
        for number in self._begun:
            self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)


def _finite(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]  # what is no number raises, as it should
    if not math.isfinite(number):
        raise ValueError(f"the objective returned {number}, which is not finite")
    return number
