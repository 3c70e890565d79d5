"""A search without Optuna proposes what the sampler does, and holds what it is told."""

import pickle
import subprocess
import sys

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampler_studies import SPECTRAL, value_of

import overtone
from overtone import Search, SearchError, SearchSpace, SpaceError

TABLE = {
    "kind": ["u", "v", "w"],
    "k": {"low": 1, "high": 9},
    "x": {"low": 0.0, "high": 1.0},
    "deep": {"low": 0.0, "high": 1.0, "when": {"kind": "v"}},
}


def loss(c):
    return (c["kind"] != "v") + abs(c["k"] - 4) + (c["x"] - 0.3) ** 2 + c.get("deep", 0.5)


def run(search, count, function=loss):
    tried = []
    for _ in range(count):
        (configuration,) = search.ask()
        search.tell(configuration, function(configuration))
        tried.append(configuration)
    return tried


def test_it_proposes_what_the_sampler_proposes():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = SPECTRAL.run(sampler=SPECTRAL.make(space=SPECTRAL.space), n=30)
    tried = run(Search(SPECTRAL.space, seed=0), 30, value_of)
    assert tried == [t.params for t in study.trials]


def test_maximising_is_minimising_the_negative():
    lowest = run(Search(TABLE, seed=1), 25)
    highest = Search(TABLE, seed=1, direction="maximize")
    assert run(highest, 25, lambda c: -loss(c)) == lowest
    configuration, value = highest.best
    assert value == -loss(configuration) == -min(map(loss, lowest))


def test_what_is_asked_for_together_differs_and_is_spread_out():
    search = Search(TABLE, seed=0)
    run(search, 15)
    batch = search.ask(6)
    assert len({tuple(c.items()) for c in batch}) == 6
    for configuration in reversed(batch):  # told in any order
        search.tell(configuration, loss(configuration))
    assert len(search.ask(2)) == 2


def test_a_search_may_be_pickled_and_goes_on_alike():
    search = Search(TABLE, seed=2)
    run(search, 12)
    search.ask(2)
    copy = pickle.loads(pickle.dumps(search))
    assert run(copy, 6) == run(search, 6)


@pytest.mark.slow
@settings(max_examples=20)
@given(st.integers(0, 5))
def test_configurations_that_nobody_asked_for_count_too(seed):
    rng = np.random.default_rng(seed)
    told = Search(TABLE, seed=0)
    space = told.space
    for _ in range(20):
        configuration = space.sample(rng)
        told.tell(configuration, loss(configuration))
    found = run(told, 15)
    assert min(map(loss, found)) <= told.best[1] + 1e-12
    assert told.best[1] < 1.0


def test_failures_are_avoided_and_never_the_best():
    search = Search(TABLE, seed=0)
    failed = 0
    for number in range(40):
        (configuration,) = search.ask()
        has_failed = configuration["kind"] == "v"
        failed += has_failed and number >= 20
        search.tell(configuration, None if has_failed else loss(configuration), failed=has_failed)
    assert failed <= 4
    assert search.best[0]["kind"] != "v"


def test_nothing_told_has_no_best_and_no_explanation():
    search = Search(TABLE)
    assert search.best is None
    with pytest.raises(SearchError, match="The search has 0 finished trials"):
        search.explain()
    for value in (np.inf, np.nan, 1e200):
        search.tell(search.ask()[0], value)
    assert search.best is None


def test_it_is_explained():
    search = Search(TABLE, seed=0)
    run(search, 40)
    explanation = search.explain()
    assert explanation.effects[0].names == ("k",)
    configuration, value = search.best
    found = explanation.recommended
    assert (found.configuration, found.observed, found.repeats) == (configuration, value, 0)
    by_name = {setting.setting: setting for setting in explanation.settings}
    assert by_name["kind"].verdict == by_name["k"].verdict == "matters"
    assert min(level.change.low for level in by_name["k"].levels) > 0.0
    assert "What each setting does at the recommendation" in str(explanation)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_trials_are_explained_as_far_as_they_go(count):
    search = Search(TABLE, seed=0)
    run(search, count)
    found = search.explain()
    assert (found.recommended.configuration, found.recommended.observed) == search.best
    assert found.settings == found.space == ()
    assert found.fewest is None


def test_configurations_that_are_told_twice_show_how_much_values_vary():
    search = Search(TABLE, seed=0)
    tried = run(search, 20)
    for k in range(3):
        search.tell(tried[0], loss(tried[0]) + 0.1 * k)
    noise = search.explain().noise
    assert noise.repeats == 3
    # Squares around the mean of 0, 0, 0.1 and 0.2, with three degrees of freedom.
    assert noise.deviation.mean == pytest.approx((0.0275 / 3) ** 0.5)
    assert noise.deviation.low < noise.deviation.mean < noise.deviation.high


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda s: s.ask(0), SearchError, "count is 0"),
        (lambda s: s.ask(1.0), SearchError, "count is 1.0"),
        (lambda s: s.ask(True), SearchError, "count is True"),
        (lambda s: s.tell(s.ask()[0]), SearchError, "value is None"),
        (lambda s: s.tell(s.ask()[0], "3"), SearchError, "value is '3'"),
        (lambda s: s.tell(s.ask()[0], 3.0, failed=True), SearchError, "failed is True"),
        (lambda s: s.tell({"kind": "u"}, 3.0), SpaceError, "'k'"),
        (lambda s: s.tell({"kind": "z", "k": 1, "x": 0.1}, 3.0), SpaceError, "'kind' is 'z'"),
        (lambda s: s.tell({"kind": "u", "k": 11, "x": 0.1}, 3.0), SpaceError, "'k' is 11"),
        (lambda s: Search(TABLE, direction="up"), SearchError, "direction is 'up'"),
        (lambda s: Search(TABLE, seed=-1), SearchError, "seed is -1"),
        (lambda s: s.tell([1, 2], 3.0), SpaceError, r"The configuration is \[1, 2\]"),
        (lambda s: s.tell(None, 3.0), SpaceError, "The configuration is None"),
        (lambda s: s.tell(s.ask()[0], 3.0, failed="no"), SearchError, "failed is 'no'"),
        (lambda s: s.tell(s.ask()[0], failed=2), SearchError, "failed is 2"),
        (lambda s: Search({}), SpaceError, "no parameters"),
        (lambda s: Search(SearchSpace([])), SpaceError, "no parameters"),
        (lambda s: Search([1]), SpaceError, "The space is"),
        (lambda s: Search({"x": "abc"}), SpaceError, "'x' is 'abc'"),
    ],
)
def test_a_mistake_is_named(act, error, words):
    search = Search(TABLE)
    with pytest.raises(error, match=words):
        act(search)
    # Nothing was spoilt by it.
    assert len(run(search, 3)) == 3


def test_optuna_is_not_loaded():
    code = (
        "import sys, overtone\n"
        "s = overtone.Search({'x': {'low': 0.0, 'high': 1.0}, 'b': [0, 1]})\n"
        "for _ in range(12):\n"
        "    c = s.ask()[0]\n"
        "    s.tell(c, c['x'] + c['b'])\n"
        "s.explain()\n"
        "print('optuna' in sys.modules, s.best[1] < 0.2)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True"


def test_it_is_public():
    assert overtone.Search is Search


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8, int, float])
def test_a_value_is_any_number(kind):
    search = Search(TABLE)
    search.tell(search.ask()[0], kind(2))
    assert search.best[1] == 2.0
    assert type(search.best[1]) is float
