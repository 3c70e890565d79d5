"""A run is told of what lies behind it as of what it does itself."""

import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import TrialState, create_trial
from tiny_studies import Witness, run, write_study

from overtone.run.definition.study_file import read_study_file
from overtone.run.engines.local.past import past_of
from overtone.run.records import store
from overtone.run.records.lock import locked
from overtone.study.storage import FAILURE, SECONDS

DEFAULT = "[default]\nx = 3\nkind = 'bad'\n"
CHEAP = '[sampler]\nname = "harmonica"\n[fidelity]\nstages = {layers = 8}\nend = {layers = 56}\n'


def begun(folder, **keys):
    study_file = read_study_file(write_study(folder, **keys))
    with locked(study_file):
        return store.create_or_continue(study_file), study_file


def add(study, x, state=TrialState.COMPLETE, *, kind="bad", marks=None, **fixed):
    params = {"x": x, "kind": kind, **fixed}
    distributions = {
        "x": IntDistribution(0, 9),
        "kind": CategoricalDistribution(["good", "bad"]),
        **{name: CategoricalDistribution([8, 56]) for name in fixed},
    }
    value = float(x) if state is TrialState.COMPLETE else None
    study.add_trial(
        create_trial(
            state=state, value=value, params=params, distributions=distributions, user_attrs=marks
        )
    )


def test_each_trial_that_is_over_is_told_with_how_it_ended(tmp_path):
    study, study_file = begun(tmp_path, rest=DEFAULT)
    add(study, 3, marks={SECONDS: {"None": 1.5}})
    add(study, 4, TrialState.FAIL, marks={FAILURE: "crash: no GPU", SECONDS: {"None": 2.0}})
    add(study, 5, TrialState.PRUNED)
    add(study, 6, TrialState.FAIL)
    study.ask()
    past = past_of(study, study_file, 1)
    assert [trial.number for trial in past.finished] == [0, 1, 2, 3]
    values, reasons = zip(
        *[(t.outcome and t.outcome.value, t.outcome and t.outcome.failure) for t in past.finished],
        strict=True,
    )
    assert values == (3.0, None, None, None)
    assert reasons == (None, "crash: no GPU", None, "no reason recorded")
    assert [t.outcome is None for t in past.finished] == [False, False, True, False]
    assert [t.is_default for t in past.finished] == [True, False, False, False]
    assert (past.taken_up, past.seconds, past.paused) == (1, 3.5, ())


def test_a_trial_of_another_space_or_fidelity_does_not_count(tmp_path):
    study, study_file = begun(tmp_path, rest=CHEAP + DEFAULT)
    add(study, 3, layers=8)
    add(study, 3, layers=56)
    add(study, 4, kind="good", layers=56)  # which lacks the depth that a good one has
    told = past_of(study, study_file, 0).finished
    assert [trial.counts for trial in told] == [False, True, False]
    assert [trial.is_default for trial in told] == [False, True, False]


def test_a_run_tells_of_its_default_and_of_how_many_trials_are_over(tmp_path):
    witness = Witness()
    run(write_study(tmp_path, trials=3, rest=DEFAULT), witness)
    assert [trial.is_default for trial in witness.finished] == [True, False, False]
    assert all(trial.counts for trial in witness.finished)
    assert witness.in_all == 3


@pytest.mark.slow
def test_a_trial_that_an_earlier_run_paused_is_told(tmp_path):
    halving = '[sampler]\nname = "successive-halving"\n[budget]\nmost = 9\n'
    study, study_file = begun(tmp_path, trials=9, rest=halving)
    trial = study.ask()
    trial.set_user_attr("overtone:rung", {"bracket": 0, "budget": 1})
    trial.report(1.0, 1)
    assert past_of(study, study_file, 0).paused == (0,)
