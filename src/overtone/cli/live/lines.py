"""The lines of a run that no terminal shows: one for each trial that has ended."""

from overtone.cli.live.state import State
from overtone.cli.live.words import number, plain, took
from overtone.run.engines.local.events import Finished, Past


def going_on(past: Past, state: State) -> str | None:
    """That a study goes on; None if it begins."""
    if not past.finished and not past.taken_up:
        return None
    again = f", {past.taken_up} cut off and taken up again" if past.taken_up else ""
    return (
        f"{plain(state.aim.name)}: going on; {len(past.finished)} of {state.aim.trials} trials are "
        f"finished{again}."
    )


def finished_line(trial: Finished, state: State) -> str:
    """How a trial ended, and what is best now."""
    outcome = trial.outcome
    if outcome is None:
        how = "was eliminated"
    elif outcome.value is not None:
        how = f"gave {plain(state.aim.metric)} = {number(outcome.value)} in {outcome.seconds:.1f} s"
    else:
        how = f"failed in {outcome.seconds:.1f} s: {plain(str(outcome.failure))}"
    return f"{state.finished} of {state.total}: trial {trial.number} {how}; {_best(state)}"


def ended_line(state: State, now: float) -> str:
    """How a run that is one of several has ended."""
    failed = f", {state.failed} failed" if state.failed else ""
    best = "no value" if state.best is None else f"best {number(state.best.value)}"
    return (
        f"{plain(state.aim.name)}: {state.finished} of {state.total} trials{failed}, {best}, "
        f"took {took(now - state.begun)}"
    )


def _best(state: State) -> str:
    if state.best is None:
        return "no value so far"
    return f"best {number(state.best.value)} in trial {state.best.number}"
