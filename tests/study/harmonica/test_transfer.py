"""Between cheap stages and the end, some configurations are evaluated again, and the answer is kept."""

import warnings

import optuna
import pytest
from optuna.trial import TrialState

from overtone.errors import SearchError, TransferWarning, WeakSignalWarning
from overtone.search.harmonica.fidelity import Fidelities
from overtone.space import Categorical, Integer, SearchSpace
from overtone.study.findings import findings_of
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.sampler import HarmonicaSampler
from overtone.study.harmonica.transfer import transfer_of
from overtone.study.spectral.sampler import SpectralSampler
from overtone.study.storage import TAG, trials_of

LAYERS = Fidelities(({"layers": 8},), {"layers": 56}, check=6)
NAMES = [f"b{i}" for i in range(6)]
SPACE = SearchSpace([*(Categorical(name, (0, 1)) for name in NAMES), Integer("width", 1, 4)])


def agreeing(bits, width, layers):
    return 100 / layers + 3 * (bits[0] != bits[1]) + 2 * bits[2] + 0.1 * width


def opposed(bits, width, layers):
    return agreeing(bits, width, layers) * (1 if layers == 8 else -1)


def search(problem, *, fidelities=LAYERS, trials=60, seed=0, **options):
    """A study, and the warnings that were no weak signals."""

    def objective(trial):
        bits = [trial.suggest_categorical(name, (0, 1)) for name in NAMES]
        width = trial.suggest_int("width", 1, 4)
        return problem(bits, width, trial.suggest_int("layers", 8, 56))

    options = {"space": SPACE, "samples": 30, "stages": 1, **options}
    sampler = HarmonicaSampler(fidelities=fidelities, seed=seed, **options)
    study = optuna.create_study(sampler=sampler)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", WeakSignalWarning)
        study.optimize(objective, n_trials=trials)
    return study, [w for w in caught if issubclass(w.category, TransferWarning)]


@pytest.fixture(scope="module", autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(optuna.logging.INFO)


def test_stages_are_cheap_the_check_repeats_some_of_them_and_the_end_is_dear():
    study, caught = search(agreeing)
    trials = study.trials
    assert [trial.params["layers"] for trial in trials] == [8] * 30 + [56] * 30
    found = transfer_of(study)
    assert [again for _, again in found.pairs] == list(range(30, 36))
    for origin, again in found.pairs:
        assert origin < 30
        expected = {**trials[origin].params, "layers": 56}
        assert trials[again].params == expected
        assert trials[again].system_attrs[TAG]["check"] == origin
    values = [trial.value for trial in trials[:30]]
    picked = {origin for origin, _ in found.pairs}
    assert {values[n] for n in picked} >= {min(values), max(values)}
    assert found.correlation == pytest.approx(1.0)
    assert caught == []
    assert all(TAG in t.system_attrs and "check" not in t.system_attrs[TAG] for t in trials[36:])


def test_a_check_that_disagrees_warns_before_the_end_begins():
    study, caught = search(opposed, trials=36)
    assert caught == []
    assert transfer_of(study) is None
    study, caught = search(opposed, trials=37)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "-1.00" in message
    assert "threshold of 0.5" in message
    assert "6 configurations" in message
    assert transfer_of(study).is_doubtful
    _, caught = search(opposed, trials=60)
    assert len(caught) == 1


@pytest.mark.parametrize(
    "base", [None, optuna.samplers.TPESampler(seed=0), SpectralSampler(space=SPACE, seed=0)]
)
@pytest.mark.slow
def test_the_pinned_stay_pinned_and_the_fixed_stay_fixed_under_any_base(base):
    study, _ = search(agreeing, base=base, trials=54)
    end = study.trials[36:]
    assert {trial.params["layers"] for trial in end} == {56}
    assert {trial.params["b2"] for trial in end} == {0}
    assert {trial.params["b0"] == trial.params["b1"] for trial in end} == {True}


def test_a_base_sampler_sees_the_end_only():
    seen, storages = [], set()

    class Watching(optuna.samplers.RandomSampler):
        def sample_independent(self, study, trial, name, distribution):
            listed = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            stored = [t for t in trials_of(study) if t.state is TrialState.COMPLETE]
            seen.append({t.params["layers"] for t in [*listed, *stored]})
            storages.add(study._storage)
            return super().sample_independent(study, trial, name, distribution)

    search(agreeing, base=Watching(seed=0), trials=40)
    assert seen
    assert all(layers <= {56} for layers in seen)
    assert {56} in seen
    assert len(storages) == 1  # whatever is kept by storage is found again


def test_each_stage_may_have_its_own_fidelity_and_fits_its_own_trials_only():
    each = Fidelities(({"layers": 8}, {"layers": 14}), {"layers": 56}, check=4)
    flat = search(lambda bits, width, layers: float(layers), fidelities=each, stages=2, trials=70)[
        0
    ]
    assert [t.params["layers"] for t in flat.trials] == [8] * 30 + [14] * 30 + [56] * 10
    first, second = stages_in(flat._storage.get_study_system_attrs(flat._study_id))
    assert first.cohort == tuple(range(30))
    # A stage that pinned nothing lends its trials to the next one, but not at another fidelity.
    assert second.cohort == tuple(range(30, 60))
    assert {pair[0] for pair in transfer_of(flat).pairs} <= set(range(30, 60))


def test_stages_of_one_fidelity_lend_their_trials_as_ever():
    flat, _ = search(lambda bits, width, layers: float(layers), stages=2, trials=80)
    _, second = stages_in(flat._storage.get_study_system_attrs(flat._study_id))
    assert second.cohort == tuple(range(60))


def test_no_check_if_none_is_wanted_or_nothing_changes():
    without = Fidelities(({"layers": 8},), {"layers": 56}, check=0)
    study, caught = search(opposed, fidelities=without, trials=40)
    assert transfer_of(study) is None
    assert caught == []
    same = Fidelities(({"layers": 56},), {"layers": 56})
    study, _ = search(agreeing, fidelities=same, trials=40)
    assert not any("check" in trial.system_attrs[TAG] for trial in study.trials)


def test_a_restarted_search_goes_on_inside_the_check():
    study, _ = search(agreeing, trials=33)
    again = HarmonicaSampler(space=SPACE, samples=30, stages=1, fidelities=LAYERS, seed=0)
    study.sampler = again
    study.optimize(
        lambda t: agreeing(
            [t.suggest_categorical(n, (0, 1)) for n in NAMES],
            t.suggest_int("width", 1, 4),
            t.suggest_int("layers", 8, 56),
        ),
        n_trials=7,
    )
    whole, _ = search(agreeing, trials=40)
    assert [t.params for t in study.trials] == [t.params for t in whole.trials]
    assert transfer_of(study) == transfer_of(whole)


def test_whoever_can_wait_is_held_while_the_check_is_under_way():
    study, _ = search(agreeing, trials=30)
    sampler = study.sampler
    begun = []
    for _ in range(6):
        assert not sampler.is_held(study)
        begun.append(study.ask())
        for name in NAMES:
            begun[-1].suggest_categorical(name, (0, 1))
    assert sampler.is_held(study)
    for trial in begun:
        origin = study.trials[trial.number].system_attrs[TAG]["check"]
        study.tell(trial, study.trials[origin].value)
    assert not sampler.is_held(study)
    assert not any(sampler.is_after_stages(trial) for trial in study.trials)
    study.ask().suggest_categorical("b0", (0, 1))
    assert sampler.is_after_stages(study.trials[-1])


def test_findings_are_of_the_end_and_hold_the_check():
    study, _ = search(agreeing)
    findings = findings_of(study)
    assert set(findings.values) == set(range(30, 60))
    assert findings.recommendation.number >= 30
    assert (findings.finished, findings.cheap) == (60, 30)
    assert findings.transfer == transfer_of(study)
    assert "layers" not in findings.space.names
    assert findings.expectation is None


def test_a_study_that_has_cheap_trials_only_has_no_best():
    study, _ = search(agreeing, trials=20)
    findings = findings_of(study, SPACE)
    assert (findings.finished, findings.cheap) == (20, 20)
    assert findings.recommendation is None


def test_a_value_that_the_trial_may_not_have_is_refused():
    odd = Fidelities(({"layers": 5},), {"layers": 56})
    with pytest.raises(SearchError, match="'layers' is fixed to 5"):
        search(agreeing, fidelities=odd, trials=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fidelities": {"layers": 8}}, "Fidelities are expected"),
        ({"fidelities": Fidelities(({"a": 1}, {"a": 2}), {"a": 3}), "stages": 3}, "stages is 3"),
        ({"base": "hyperband"}, "pauses trials"),
        ({"base": "successive-halving"}, "overtone tune"),
        ({"base": "random"}, "an Optuna sampler such as"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, words):
    with pytest.raises(SearchError, match=words):
        HarmonicaSampler(**options)


def test_what_is_fixed_and_in_the_space_too_is_refused_at_the_door():
    space = SearchSpace([Integer("layers", 1, 8)])
    with pytest.raises(SearchError, match="'layers' is fixed in the stages"):
        HarmonicaSampler(space=space, fidelities=LAYERS)
