"""Runs that have come some way, to be looked at."""

from overtone.cli.live.state import Aim, Change, Insight, State
from overtone.run.engines.local.events import Finished, Past
from overtone.run.records.trial_folder import Outcome


def an_aim(**changes):
    facts = {
        "name": "digits", "metric": "accuracy", "is_maximised": True, "trials": 100, "parallel": 2,
        "seconds": None,
    }  # fmt: skip
    return Aim(**{**facts, **changes})


def begun(past=(), **changes):
    """A run that begins at 0."""
    return State.begun_after(Past(tuple(past)), an_aim(**changes), 0.0)


def gave(number, value, seconds=10.0, **more):
    return Finished(number, Outcome(value, None, seconds), **more)


def failed(number, reason="crash: exit code 1: no GPU", seconds=2.0):
    return Finished(number, Outcome(None, reason, seconds))


def after(state, *trials, seconds=10.0):
    """The run when these trials have run, one after the other."""
    now = state.begun
    for trial in trials:
        state = state.started(trial.number, now)
        now += seconds
        state = state.with_finished(trial, state.finished + 1, now)
    return state


INSIGHT = Insight(
    40,
    "",
    (
        Change("solver = lbfgs", "saga", "-0.031", "-0.031 (-0.042 to -0.021)", is_sure=True),
        Change("C = 0.3", "10", "-0.02", "-0.02 (-0.05 to 0.01)", is_sure=False),
    ),
)
