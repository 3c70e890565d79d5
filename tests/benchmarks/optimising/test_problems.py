"""Problems of the benchmark: what is asked of a sampler, and what it is told."""

import math

import numpy as np
import optuna
import pytest

from benchmarks.optimising import compiler, development, installed, registry, shipped
from benchmarks.optimising.problems import Problem, categorical, integer, ordinal, real

FOLDER = '''
"""A folder's problems."""


class Param:
    def __init__(self, name, kind, choices=None, low=None, high=None, log=False, when=()):
        self.name, self.kind, self.choices = name, kind, choices
        self.low, self.high, self.log, self.when = low, high, log, list(when)


class Kept:
    family, note, noise, optimum, scale = "small", "own", None, 1.0, "log"
    params = [
        Param("kind", "cat", ["a", "b"]),
        Param("size", "ordinal", [16, 64, 512], when=[("kind", ["b"])]),
        Param("pair", "ordinal", [5, 7]),
        Param("rate", "float", low=1e-3, high=1.0, log=True),
        Param("count", "int", low=1, high=9),
    ]

    def true(self, configuration):
        return configuration.get("size", 16) / 16 + configuration["count"] - 1


def names():
    return ["small"]


def get(name):
    return Kept()
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "problems.py").write_text(FOLDER)
    development._folder.cache_clear()
    return tmp_path


def nested(noise=None):
    return Problem(
        name="nested",
        family="small",
        parameters=(
            categorical("kind", ["a", "b"]),
            ordinal("size", [16, 64, 512], [("kind", ("b",))]),
            real("rate", 1e-3, 1.0, log=True, when=[("size", (64, 512))]),
            integer("count", 1, 9),
        ),
        truth=lambda c: float(c["count"] + c.get("size", 0)),
        source="a test",
        noise=noise,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_problem_is_defined_wherever_it_is_sampled(name):
    problem = shipped.PROBLEMS[name]()
    rng = np.random.default_rng(1)
    values = [problem.truth(problem.sample(rng)) for _ in range(8 if "gcc" in name else 200)]
    finite = [value for value in values if math.isfinite(value)]
    assert problem.name == name
    assert len(finite) >= 0.3 * len(values)
    assert len(set(finite)) > 1
    assert not problem.is_logarithmic or min(finite) > 0
    assert problem.optimum is None or min(finite) >= problem.optimum


@pytest.mark.parametrize("name", ["sparse_40", "mixed_30", "mixed_100", "paper_60_a"])
def test_a_shipped_problem_is_the_same_each_time_it_is_made(name):
    first, second = shipped.PROBLEMS[name](), shipped.PROBLEMS[name]()
    configuration = first.sample(np.random.default_rng(2))
    assert first.truth(configuration) == second.truth(configuration)


@pytest.mark.slow
def test_the_terms_of_a_mixed_problem_have_the_size_of_their_weights():
    """Factors have mean 0 and variance 1, so the variance of the sum is near that of the weights."""
    problem = shipped.PROBLEMS["mixed_30_noisy"]()
    rng = np.random.default_rng(3)
    values = np.array([problem.truth(problem.sample(rng)) for _ in range(4000)])
    noise = np.array([problem.noise(rng) for _ in range(4000)])
    assert values.std() == pytest.approx(2 * noise.std(), rel=0.3)


def test_no_configuration_of_the_pipeline_is_below_its_optimum():
    problem = shipped.PROBLEMS["pipeline"]()
    best = {
        "scaling": "unit", "learner": "nets", "dropped": 0.3, "layers": 3, "width": 256,
        "solver": "adam", "rate": 1e-3,
    }  # fmt: skip
    assert problem.truth(best) == pytest.approx(problem.optimum)
    rng = np.random.default_rng(4)
    assert all(problem.truth(problem.sample(rng)) > problem.optimum for _ in range(2000))


def test_only_active_parameters_are_asked_for():
    problem, study = nested(), optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    seen = set()
    for _ in range(60):
        trial = study.ask()
        asked = problem.suggest(trial)
        assert set(asked) == set(trial.params)
        assert ("size" in asked) == (asked["kind"] == "b")
        assert ("rate" in asked) == (asked.get("size", 16) > 16)
        seen.add(frozenset(asked))
    assert len(seen) == 3


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of empty leaves of its forest
def test_smac_asks_for_active_parameters_alone(tmp_path):
    pytest.importorskip("smac")
    from benchmarks.optimising.rivals import Smac

    problem = nested()
    made = Smac(problem, 0, 30, str(tmp_path))
    sizes = []
    for index in range(30):
        token, asked = made.propose()
        assert list(asked) == [p.name for p in problem.parameters if p.is_active(asked)]
        sizes.append(asked.get("size"))
        made.tell(token, math.nan if index < 2 else problem.truth(asked))
    assert {None, 16, 64, 512} == set(sizes)


def test_a_sampler_may_be_told_the_conditions(tmp_path):
    from benchmarks.optimising.rivals import TOLD, optimiser

    problem = nested()
    made = optimiser(TOLD, problem, 0, 12, str(tmp_path))
    for _ in range(12):
        token, asked = made.propose()
        assert list(asked) == [p.name for p in problem.parameters if p.is_active(asked)]
        # What is proposed jointly is stored whole, and no parameter is drawn alone, from the first trial on.
        assert set(token.relative_params) == set(token.params) == set(asked)
        made.tell(token, problem.truth(asked))


def test_a_level_is_chosen_by_its_place():
    trial = optuna.trial.FixedTrial({"kind": "b", "size": 1, "rate": 0.5, "count": 3})
    assert nested().suggest(trial) == {"kind": "b", "size": 64, "rate": 0.5, "count": 3}


def test_a_neighbour_lies_in_the_space_and_differs():
    problem, rng = nested(), np.random.default_rng(5)
    configuration = problem.sample(rng)
    moved = 0
    for _ in range(300):
        neighbour = problem.mutate(configuration, rng, 0.1)
        allowed = {p.name for p in problem.parameters if p.is_active(neighbour)}
        assert set(neighbour) == allowed
        assert 1 <= neighbour["count"] <= 9
        assert 1e-3 <= neighbour.get("rate", 0.1) <= 1.0
        assert neighbour.get("size", 16) in (16, 64, 512)
        moved += neighbour != configuration
        configuration = neighbour
    assert moved > 100


def test_noise_depends_on_the_seed_and_the_trial_alone():
    problem = nested(noise=lambda rng: rng.normal())
    one, other = {"kind": "a", "count": 2}, {"kind": "a", "count": 7}
    noise = [problem.observe(c, 3, 8)[0] - problem.truth(c) for c in (one, other)]
    assert noise[0] == pytest.approx(noise[1])
    assert problem.observe(one, 3, 8)[1] == problem.truth(one)
    assert problem.observe(one, 3, 9)[0] != problem.observe(one, 3, 8)[0]


def test_a_failure_has_no_noise():
    problem = nested(noise=lambda rng: rng.normal())
    failing = Problem("f", "small", problem.parameters, lambda c: math.nan, "", problem.noise)
    assert all(math.isnan(value) for value in failing.observe({}, 0, 0))


def test_a_folder_of_problems_is_read_as_it_is_written(folder):
    problem = registry.load(folder, "small")
    assert registry.names(folder)[0] == "small"
    assert problem.is_logarithmic
    assert problem.is_conditional
    trial = optuna.trial.FixedTrial({"kind": "b", "size": 2, "pair": 1, "rate": 0.1, "count": 4})
    asked = problem.suggest(trial)
    assert asked == {"kind": "b", "size": 512, "pair": 7, "rate": 0.1, "count": 4}
    assert problem.truth(asked) == 35


def test_an_unknown_problem_is_named():
    with pytest.raises(ValueError, match="'nowhere'"):
        registry.load(None, "nowhere")


def test_names_are_those_of_the_problems():
    assert set(installed.names()) <= set(installed.PROBLEMS)
    assert not set(installed.PROBLEMS) & set(shipped.PROBLEMS)


@pytest.mark.skipif(compiler.name() is None, reason="needs gcc")
def test_the_compiler_obeys_the_level_and_repeats_itself():
    problem = compiler.problem()
    flags = dict.fromkeys(compiler.FLAGS, 0)
    limits = {limit: low for limit, (low, _) in compiler.LIMITS.items()}
    small = {"level": "-Os", **flags, **limits}
    large = {**small, "level": "-O3", "unroll-all-loops": 1, "max-unrolled-insns": 400}
    assert problem.truth(small) == problem.truth(small)
    assert problem.truth(small) < problem.truth(large)
    assert math.isnan(problem.truth({**small, "level": "-Onone"}))
