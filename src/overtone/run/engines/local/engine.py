"""The local engine: runs the commands of a study on this machine, several at a time.

One thread asks, tells and decides; a thread for each command waits for its end and puts a message into
the engine's mailbox. A trial goes through these steps, and a tuner may die between any two of them:

    created in the store, with the name of its worker
    its parameters chosen, each in the store
    its folder prepared, its command started
    the command ended, outcome.json written
    the outcome told to the store

Where a schedule pauses trials, the last four steps are those of one rung, and a promotion begins them again.

A later tuner finds the trial still running in the store. With an outcome it tells it; without, it chooses
what is missing and runs the command again, under the same number.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import RunError
from overtone.run.definition.study_file import StudyFile
from overtone.run.engines.local.child import StartError, end_orphans
from overtone.run.engines.local.commands import Commands, Ended
from overtone.run.engines.local.events import Mailbox, Observer
from overtone.run.engines.local.invocation import invocation
from overtone.run.engines.local.past import finished_trial, first_configuration, past_of
from overtone.run.engines.local.results import judge
from overtone.run.engines.local.rungs import Rungs
from overtone.run.proposals import Proposals, proposals_for
from overtone.run.records import store
from overtone.run.records.costs import is_paused, note, seconds_of
from overtone.run.records.lock import locked
from overtone.run.records.standing import HOPELESS
from overtone.run.records.trial_folder import Outcome, TrialFolder, trial_folder, trials_directory
from overtone.study.distributions import suggest, suggest_fixed
from overtone.study.storage import (
    DEFAULT,
    FAILURE,
    FINISHED,
    REPEAT,
    WORKER,
    begun_trial,
    holds_default,
    may_repeat,
    taken_up,
)

# Seconds between two looks at the store while other workers' trials are waited for.
POLL: Final = 0.5
MOST_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class RunEnd:
    """Where a study stands when its engine ends."""

    finished: int
    elsewhere: int  # trials that still run on other machines
    interrupted: bool


def run_study(
    study_file: StudyFile,
    *,
    observer: Observer,
    mailbox: Mailbox,
    others_succeed: bool | None = None,
) -> RunEnd:
    """Run or resume a study until it has its number of finished trials, or the mailbox asks to stop.

    Args:
        study_file: of the study.
        observer: is told what happens.
        mailbox: is asked whether to stop.
        others_succeed: whether another study of the same command has a success, so that the command is not
            to blame if this one has none; None if there is no other study.

    Raises:
        RunError: if another tuner runs the study, the store disagrees with the file or cannot be used,
            or the command cannot succeed. Whatever has finished is in the store by then.
    """
    try:
        with locked(study_file):
            end_orphans(trials_directory(study_file.run_directory))
            study = store.create_or_continue(study_file)
            proposals = proposals_for(study, study_file)
            study.sampler = proposals.sampler
            return _Engine(study, study_file, proposals, observer, mailbox).run(others_succeed)
    except store.STORE_ERRORS as error:
        raise RunError(
            f"{study_file.path}: the store failed while the study ran: {error}. "
            "What was finished is kept; start the study again to go on."
        ) from error
    except OSError as error:
        raise RunError(
            f"{study_file.path}: a file of the study cannot be used: {error}. "
            "Is the disk full, or the folder read-only?"
        ) from error


class _Engine:
    def __init__(
        self,
        study: optuna.Study,
        study_file: StudyFile,
        proposals: Proposals,
        observer: Observer,
        mailbox: Mailbox,
    ) -> None:
        self._study = study
        self._file = study_file
        self._is_held = proposals.is_held
        self._observer = observer
        self._worker = store.worker_of(study_file.run_directory)
        self._key = store.study_key(study)
        owner = None if study_file.storage is None else self._worker
        self._rungs = (
            None if study_file.budget is None else Rungs(study, study_file.budget, proposals, owner)
        )
        self._commands = Commands(mailbox, study_file.timeout)
        self._cut_off: deque[FrozenTrial] = deque()
        self._hopeful = bool(self._trials(TrialState.COMPLETE))
        self._is_alone = True
        self._ended = 0
        self._is_waiting = False  # for trials of other workers or of our own to end

    def run(self, others_succeed: bool | None) -> RunEnd:
        """Ask, run and tell until nothing is left to do."""
        self._is_alone = others_succeed is None
        self._hopeful = self._hopeful or bool(others_succeed)
        self._cut_off.extend(self._own_trials())
        self._observer.run_started(past_of(self._study, self._file, len(self._cut_off)))
        self._enqueue_default()
        commands = self._commands
        with commands.none_left_running():
            self._fill()
            while not commands.is_stopping and (len(commands) or self._is_waiting):
                # Nobody sends a message when a trial of another worker ends.
                ended = commands.next_end(POLL if self._is_waiting else None)
                if ended is not None:
                    self._judge(ended)
                self._fill()
        running = len(self._trials(TrialState.RUNNING))
        elsewhere = 0 if commands.is_stopping else running
        return RunEnd(len(self._trials(*FINISHED)), elsewhere, commands.is_stopping)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials in these states; without any state, all trials."""
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _own_trials(self) -> list[FrozenTrial]:
        """The trials that a dead tuner of this run directory left running."""
        is_shared = self._file.storage is not None
        return [
            trial
            for trial in self._trials(TrialState.RUNNING)
            if not is_shared or trial.user_attrs.get(WORKER) == self._worker
            if not is_paused(trial, self._file.budget)
        ]

    def _enqueue_default(self) -> None:
        default = first_configuration(self._file)
        if default is None or len(self._trials(*FINISHED)) >= self._file.trials:
            return
        if not holds_default(self._study, default):
            marks = {DEFAULT: True, WORKER: self._worker}
            self._study.enqueue_trial(default, user_attrs=marks)

    def _fill(self) -> None:
        """Start commands until enough run, or none may be started."""
        while not self._commands.is_stopping and len(self._commands) < self._file.parallel:
            if self._cut_off:
                self._take_up(self._cut_off.popleft())
            elif (trial := self._next()) is not None:
                self._start(trial)
            else:
                return
            for ended in self._commands.ended_already():
                self._judge(ended)

    def _next(self) -> optuna.Trial | None:
        """The trial to run next: a promoted one, or a new one; None if none may be started now."""
        is_short, rungs = self._is_short_of_trials(), self._rungs
        if rungs is not None:
            for number in rungs.eliminate(may_begin=is_short):
                self._observer.trial_eliminated(number)
            promoted = rungs.promote(may_begin=is_short)
            if promoted is not None:
                return promoted
        is_held = is_short and self._is_held(self._study)
        self._is_waiting = is_held or (rungs is not None and rungs.holds_paused())
        return self._ask() if is_short and not is_held else None

    def _is_short_of_trials(self) -> bool:
        begun = len(self._trials(*FINISHED, TrialState.RUNNING))
        most = self._file.seconds
        return begun < self._file.trials and (most is None or seconds_of(self._trials()) < most)

    def _ask(self) -> optuna.Trial:
        if self._trials(TrialState.WAITING):
            trial = self._study.ask()
            trial.set_user_attr(WORKER, self._worker)
            return trial
        marks = {WORKER: self._worker}
        if may_repeat(self._study, self._file.repeats):
            # Importing what decides it takes longer than a short trial.
            from overtone.study.repeats import due_repeat

            due = due_repeat(self._study, self._file.repeats, self._file.space)
            if due is not None:
                again, why = due
                return begun_trial(self._study, {**marks, REPEAT: why.value}, again)
        return begun_trial(self._study, marks)

    def _take_up(self, cut_off: FrozenTrial) -> None:
        """Go on with a trial that a dead tuner left running."""
        folder = trial_folder(self._file.run_directory, cut_off.number)
        trial = taken_up(self._study, cut_off)
        budget = None if self._rungs is None else self._rungs.goal(trial)
        outcome = folder.read_outcome(study_key=self._key, budget=budget)
        if outcome is None and folder.attempts() >= MOST_ATTEMPTS:
            times = "three times" if MOST_ATTEMPTS == 3 else f"{MOST_ATTEMPTS} times"
            outcome = Outcome(None, f"the tuner died {times} while it ran", 0.0, budget)
        if outcome is None:
            self._start(trial)
        else:
            self._tell(trial, outcome)

    def _start(self, trial: optuna.Trial) -> None:
        chosen = suggest(trial, self._file.space)
        configuration = {**chosen, **suggest_fixed(trial, self._file.fidelity)}
        folder, rungs = trial_folder(self._file.run_directory, trial.number), self._rungs
        budget = None if rungs is None else rungs.goal(trial)
        folder.prepare(
            configuration, resumed_from=None if rungs is None else rungs.resumed_from(trial)
        )
        call = invocation(
            self._file, configuration, folder=folder, number=trial.number, budget=budget
        )
        try:
            self._commands.start(trial, folder, call.argv, variables=call.variables, budget=budget)
        except StartError as refusal:
            self._refuse(trial, folder, refusal, budget)
            return
        self._observer.trial_started(trial.number, configuration)

    def _refuse(
        self, trial: optuna.Trial, folder: TrialFolder, refusal: StartError, budget: int | None
    ) -> None:
        if not self._hopeful and not self._ended:
            folder.forget_attempts()
            raise RunError(
                f"{self._file.path}: the command cannot be started: {refusal}. "
                "Correct the command, then start the study again."
            )
        self._finish(trial, folder, Outcome(None, f"cannot be started: {refusal}", 0.0, budget))

    def _judge(self, ended: Ended) -> None:
        """Read what a command has left, and tell it."""
        reading = judge(
            ended.folder,
            code=ended.code,
            metric=self._file.metric,
            timeout=ended.timeout,
            budget=ended.budget,
        )
        outcome = Outcome(reading.value, reading.failure, ended.seconds, ended.budget)
        self._finish(ended.trial, ended.folder, outcome)

    def _finish(self, trial: optuna.Trial, folder: TrialFolder, outcome: Outcome) -> None:
        folder.write_outcome(outcome, study_key=self._key)
        self._tell(trial, outcome)
        self._ended += 1
        is_over = not (len(self._commands) or self._cut_off or self._is_short_of_trials())
        if not self._hopeful and (self._ended >= HOPELESS or (self._is_alone and is_over)):
            again = "raise `trials`, as failed ones count" if is_over else "start the study again"
            raise RunError(
                f"{self._file.path}: {_count(self._ended)} failed; trial {trial.number} with: "
                f"{outcome.failure}. Its output is in {folder.path}. "
                f"Correct the command or the program and {again}; the study goes on from here."
            )

    def _tell(self, trial: optuna.Trial, outcome: Outcome) -> None:
        self._hopeful = self._hopeful or outcome.failure is None
        note(self._study, trial, outcome.seconds, outcome.budget)
        if outcome.failure is None:
            if self._rungs is not None and not self._rungs.record(trial, outcome):
                trial_folder(self._file.run_directory, trial.number).forget_attempts()
                self._observer.trial_paused(trial.number, outcome)
                return
            self._study.tell(trial, outcome.value, skip_if_finished=True)
        else:
            # Someone else, such as a heartbeat of the storage, may have ended the trial.
            with suppress(UpdateFinishedTrialError):
                trial.set_user_attr(FAILURE, outcome.failure)
            self._study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        in_all = len(self._trials(*FINISHED))
        self._observer.trial_finished(finished_trial(trial, outcome, self._file), in_all)


def _count(trials: int) -> str:
    return "the only trial of this run" if trials == 1 else f"all {trials} trials of this run"
