"""The stages of Harmonica as a pure replay."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.errors import RecoveryError, SearchError
from overtone.search.harmonica.settings import Settings
from overtone.search.harmonica.stage import (
    LEAST_SAMPLES,
    PATIENCE,
    Stage,
    close,
    cohort,
    evidence,
    region_after,
    samples_for,
    samples_needed,
)
from overtone.search.history import History, State
from overtone.search.region import Region, draw_code
from overtone.space import Categorical, Integer, Interval, Real, SearchSpace
from overtone.spectrum.recovery.rule import RecoverySettings

RULES = Settings(RecoverySettings())


def bits(n):
    return SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(n)])


def drawn(space, region, numbers, *, seed=0, stage=0):
    """The configurations that trials with these numbers draw from a region."""
    rows = []
    for number in numbers:
        kept = region.intervals(seed, stage, number)
        codes = [
            draw_code(p, kept.get(p.name), seed=seed, stage=stage, trial=number)
            for p in space.parameters
        ]
        rows.append(space.encode(space.decode(np.array(codes))))
    return np.array(rows).reshape(len(rows), len(space))


def history(codes, y, *, states=None, region="", first=0):
    n = len(y)
    return History(
        np.arange(first, first + n),
        codes,
        np.array(y, dtype=np.float64),
        (State.COMPLETE,) * n if states is None else tuple(states),
        (region,) * n,
    )


def replay(space, objective, *, samples, stages, rules=RULES, seed=0):
    """Harmonica on a function of codes; the stages and every value seen."""
    closed, seen = [], []
    for k in range(stages):
        region = region_after(closed)
        numbers = range(k * samples, (k + 1) * samples)
        codes = drawn(space, region, numbers, seed=seed, stage=k)
        y = objective(codes)
        seen.append(y)
        closed.append(close(space, rules, closed, history(codes, y, first=k * samples)))
    return closed, np.concatenate(seen)


def as_values(alternatives):
    return [{name: tuple(ends) for name, ends in a.items()} for a in alternatives]


@given(st.integers(1, 60), st.lists(st.booleans(), max_size=6))
def test_a_stage_takes_over_the_trials_of_those_before_it_that_pinned_nothing(samples, pinned):
    stages = [
        Stage(k, "", (), 0, None, None, ({"x": Interval(0.0, 0.0)},) if is_pinned else ())
        for k, is_pinned in enumerate(pinned)
    ]
    idle = len(list(itertools.takewhile(lambda is_pinned: not is_pinned, reversed(pinned))))
    assert samples_needed(samples, stages) == samples * (1 + idle)


def test_automatic_samples_are_ten_times_the_logarithm_of_the_number_of_terms():
    # 60 + 1770 + 34220 terms of degree 1 to 3.
    assert samples_for(bits(60)) == math.ceil(10 * math.log(36_051))
    assert samples_for(bits(20)) == math.ceil(10 * math.log(20 + 190 + 1140 + 1))
    assert samples_for(bits(3)) == LEAST_SAMPLES
    assert samples_for(SearchSpace([])) == LEAST_SAMPLES


@given(st.integers(0, 40), st.integers(1, 500), st.integers(0, 4))
def test_automatic_samples_leave_each_stage_and_the_rest_an_equal_share(n, trials, stages):
    space = bits(n)
    samples = samples_for(space, trials=trials, stages=stages)
    assert 2 <= samples <= samples_for(space)
    assert samples * (stages + 1) <= max(trials, 2 * (stages + 1))
    assert samples == samples_for(space) or samples == max(trials // (stages + 1), 2)


@given(st.integers(0, 30))
def test_a_larger_space_takes_no_fewer_samples(n):
    assert samples_for(bits(n)) <= samples_for(bits(n + 1))


@st.composite
def trials(draw):
    numbers = sorted(draw(st.sets(st.integers(0, 500), max_size=80)))
    unfinished = draw(st.sets(st.sampled_from(numbers), max_size=8)) if numbers else set()
    return numbers, [number not in unfinished for number in numbers]


@given(trials(), st.integers(1, 60))
def test_a_cohort_is_the_first_finished_trials_by_number(sample, needed):
    numbers, finished = sample
    found = cohort(numbers, finished, needed)
    done = [n for n, is_done in zip(numbers, finished, strict=True) if is_done]
    assert found is None or found == tuple(done[:needed])
    assert found is None or len(found) == needed


@given(trials(), st.integers(1, 60))
def test_a_stage_waits_for_its_first_trials_until_its_patience_ends(sample, needed):
    numbers, finished = sample
    patience = max(10, math.ceil(needed / 4))
    has_straggler = not all(finished[:needed])
    is_early = len(numbers) < needed or (has_straggler and len(numbers) < needed + patience)
    enough = sum(finished) >= needed
    assert (cohort(numbers, finished, needed) is None) == (is_early or not enough)


@given(trials(), st.integers(1, 60), st.lists(st.booleans(), max_size=30))
def test_trials_drawn_later_change_no_cohort_without_stragglers(sample, needed, later):
    numbers, _ = sample
    finished = [True] * len(numbers)
    found = cohort(numbers, finished, needed)
    more = [*numbers, *range(1000, 1000 + len(later))]
    if found is not None:
        assert cohort(more, [*finished, *later], needed) == found


def test_a_straggler_that_never_ends_does_not_block_for_ever():
    finished = [True] * 19 + [False] + [True] * PATIENCE
    assert cohort(range(29), finished[:29], 20) is None
    assert cohort(range(30), finished, 20) == (*range(19), 20)


def planted(codes):
    """Two bits that count together only, and one that counts by itself."""
    return -4.0 * codes[:, 0] * codes[:, 3] + 1.5 * codes[:, 5]


def test_a_stage_keeps_the_best_assignment_of_what_matters_and_leaves_the_rest():
    space = bits(12)
    codes = drawn(space, Region(), range(80))
    rng = np.random.default_rng(1)
    y = planted(codes) + rng.normal(0, 0.1, 80)
    stage = close(space, Settings(RecoverySettings(), restriction=1), [], history(codes, y))
    assert as_values(stage.alternatives) == [{"b0": (1, 1), "b3": (1, 1), "b5": (0, 0)}]
    assert stage.cohort == tuple(range(80))
    assert stage.failed == 0
    assert stage.recovery.duality_gap < 1e-9


def test_the_alternatives_are_the_best_assignments_by_brute_force():
    space = bits(8)
    codes = drawn(space, Region(), range(100))
    rng = np.random.default_rng(2)
    y = codes @ [3.0, -2.0, 0, 0, 1.1, 0, 0, 0] + rng.normal(0, 0.1, 100)
    stage = close(space, Settings(RecoverySettings(), restriction=5), [], history(codes, y))
    polynomial = stage.recovery.polynomial
    assert polynomial.parameters == (0, 1, 4)
    cube = np.zeros((8, 8), dtype=np.int64)
    cube[:, [0, 1, 4]] = list(itertools.product([0, 1], repeat=3))
    best = cube[np.argsort(polynomial(cube))[:5]].tolist()
    expected = [{f"b{i}": (row[i], row[i]) for i in (0, 1, 4)} for row in best]
    # Those that are certainly worse than the best may be left out.
    assert stage.alternatives
    assert as_values(stage.alternatives) == expected[: len(stage.alternatives)]
    assert stage.minimum.is_proved


def test_of_equally_good_assignments_those_kept_leave_every_sign_open():
    """A product of three settings has its minimum at four of eight assignments; each setting stays open."""
    space = bits(6)
    codes = drawn(space, Region(), range(80))
    signs = 2 * codes[:, :3] - 1
    stage = close(space, Settings(RecoverySettings()), [], history(codes, signs.prod(axis=1)))
    assert stage.minimum.ties == 4
    kept = np.array([[a[f"b{i}"].low for i in range(3)] for a in stage.alternatives])
    assert len(np.unique(kept, axis=0)) == len(kept) > 1
    assert ((2 * kept - 1).prod(axis=1) == -1).all()
    assert (kept.min(axis=0) == 0).all()
    assert (kept.max(axis=0) == 1).all()


def test_a_second_stage_finds_what_the_first_could_not_and_keeps_to_what_it_found():
    space = SearchSpace(
        [
            *bits(8).parameters,
            Categorical("kind", ["u", "v", "w"]),
            Real("x", 0.0, 1.0),
            Integer("k", 1, 4096, log=True),
        ]
    )

    def objective(codes):
        kind = np.array([0.0, -3.0, 1.0])[codes[:, 8].astype(int)]
        return (
            6 * (codes[:, 1] != codes[:, 2])
            + kind
            + 8 * np.abs(codes[:, 9] - 0.55)
            + np.abs(np.log(codes[:, 10] / 40))
        )

    one = Settings(RecoverySettings(), restriction=1)
    stages, y = replay(space, objective, samples=120, stages=3, rules=one)
    region = region_after(stages)
    assert region.possible("kind") == (Interval(1.0, 1.0),)
    x, k = region.possible("x")[0], region.possible("k")[0]
    assert x.low <= 0.55 <= x.high
    assert x.high - x.low <= 1 / 16
    assert 20 <= k.low <= k.high <= 80
    means = y.reshape(3, 120).mean(axis=1)
    assert means[0] > means[1] > means[2]


def test_a_stage_never_leaves_the_region_that_it_was_drawn_from():
    space = SearchSpace([Real("x", 0.0, 1.0), Real("z", 0.0, 1.0), *bits(4).parameters])

    def objective(codes):
        return (
            (codes[:, 0] - codes[:, 1]) ** 2 + 0.3 * np.abs(codes[:, 0] - 0.8) + 0.1 * codes[:, 3]
        )

    stages, _ = replay(space, objective, samples=80, stages=4)
    for k in range(1, 4):
        earlier = region_after(stages[:k])
        for a in stages[k].alternatives:
            for name, (low, high) in a.items():
                before = earlier.possible(name)
                assert not before or any(b.low <= low and high <= b.high for b in before)


def test_a_child_is_pinned_with_its_parent_and_never_where_it_cannot_be_active():
    space = SearchSpace(
        [
            Categorical("p", ["off", "on"]),
            Categorical("c", [0, 1, 2], when={"p": "on"}),
            Categorical("g", [0, 1], when={"c": [0, 1]}),
            *bits(3).parameters,
        ]
    )
    codes = drawn(space, Region(), range(200))
    on, c, g = codes[:, 0] == 1, codes[:, 1], codes[:, 2]
    y = np.where(on, np.where(c == 1, -2.0, 1.0) + np.where(g == 1, 0.8, 0.0), 0.0)
    stage = close(space, Settings(RecoverySettings(), restriction=6), [], history(codes, y))
    assert as_values(stage.alternatives)[0] == {"p": (1, 1), "c": (1, 1), "g": (0, 0)}
    for a in stage.alternatives:
        assert "c" not in a or a["p"].low == 1
        assert "g" not in a or a["c"].low in (0, 1)


def test_a_parent_that_an_earlier_stage_left_open_is_pinned_with_its_child():
    """What the child does where its parent is on must not be credited to where it is off."""
    space = SearchSpace(
        [
            Categorical("p", ["off", "on"]),
            Categorical("c", [0, 1], when={"p": "on"}),
            *bits(1).parameters,
        ]
    )
    zero, one = Interval(0.0, 0.0), Interval(1.0, 1.0)
    first = Stage(0, "", (), 0, None, None, ({"p": zero, "b0": zero}, {"p": one, "b0": zero}))
    codes = drawn(space, region_after([first]), range(80), stage=1)
    y = np.where(codes[:, 0] == 0, 0.0, np.where(codes[:, 1] == 1, -1.0, 1.6))
    stage = close(space, Settings(RecoverySettings(), restriction=1), [first], history(codes, y))
    assert [(a["p"], a.get("c")) for a in stage.alternatives] == [(one, one)]


@st.composite
def problems(draw):
    """A sparse function of bits, a three-level choice and ordered numbers, with noise, and a stage of it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    space = SearchSpace(
        [*bits(5).parameters, Categorical("kind", ["u", "v", "w"]), Integer("k", 0, 4)]
    )
    codes = drawn(space, Region(), range(60), seed=int(rng.integers(1000)))
    i, j, k = rng.choice(5, 3, replace=False)
    effects = rng.integers(-8, 9, 3)
    y = (
        effects[codes[:, 5].astype(int)]
        + rng.integers(4, 12) * (codes[:, i] == codes[:, j])
        + rng.integers(-6, 7) * codes[:, k]
        + rng.integers(-2, 3) * codes[:, 6]
        + rng.integers(-2, 3, 60)
    )
    return space, codes, y.astype(np.float64)


def closed(space, codes, y):
    return close(space, RULES, [], history(codes, y))


def unordered(alternatives):
    return sorted(sorted(a.items()) for a in as_values(alternatives))


@settings(max_examples=6)
@given(
    problems(), st.sampled_from([2.0**-40, 0.25, 2.0**60]), st.sampled_from([0.0, 64.0, -4096.0])
)
@pytest.mark.slow
def test_scaling_and_shifting_the_values_changes_no_decision(problem, factor, shift):
    space, codes, y = problem
    moved = closed(space, codes, (y + shift) * factor)
    assert as_values(moved.alternatives) == as_values(closed(space, codes, y).alternatives)


@pytest.mark.slow
@settings(max_examples=6)
@given(problems(), st.permutations(range(7)))
def test_permuting_the_parameters_changes_no_decision(problem, order):
    space, codes, y = problem
    permuted = SearchSpace([space.parameters[i] for i in order])
    moved = closed(permuted, codes[:, order], y)
    assert unordered(moved.alternatives) == unordered(closed(space, codes, y).alternatives)


@pytest.mark.slow
@settings(max_examples=6)
@given(problems(), st.integers(0, 4))
def test_reversing_the_two_choices_of_a_bit_turns_the_decision_around(problem, i):
    space, codes, y = problem
    flipped = codes.copy()
    flipped[:, i] = 1 - flipped[:, i]
    expected = [
        {n: (1 - e[0], 1 - e[1]) if n == f"b{i}" else e for n, e in a.items()}
        for a in as_values(closed(space, codes, y).alternatives)
    ]
    assert as_values(closed(space, flipped, y).alternatives) == expected


@pytest.mark.slow
@settings(max_examples=6)
@given(problems(), st.permutations(range(3)))
def test_renumbering_the_levels_of_a_choice_renumbers_the_decision(problem, order):
    """The contrasts of three levels are turned by this, so no decision may hang on one of them."""
    space, codes, y = problem
    renumbered = codes.copy()
    renumbered[:, 5] = np.array(order)[codes[:, 5].astype(int)]
    expected = [
        {n: (order[int(e[0])],) * 2 if n == "kind" else e for n, e in a.items()}
        for a in as_values(closed(space, codes, y).alternatives)
    ]
    assert as_values(closed(space, renumbered, y).alternatives) == expected


@settings(max_examples=3)
@given(problems())
def test_closing_twice_gives_the_same_stage(problem):
    a, b = closed(*problem), closed(*problem)
    assert as_values(a.alternatives) == as_values(b.alternatives)
    assert a.recovery.polynomial.terms == b.recovery.polynomial.terms
    assert (
        a.recovery.polynomial.coefficients.tolist() == b.recovery.polynomial.coefficients.tolist()
    )


def test_failed_trials_count_as_the_worst_value_and_are_avoided():
    """A choice that crashes is found to be bad, though no value says so."""
    space = bits(10)
    codes = drawn(space, Region(), range(80))
    rng = np.random.default_rng(3)
    crashes = codes[:, 4] == 1
    y = np.where(crashes, np.nan, codes[:, 0] + rng.normal(0, 0.05, 80))
    states = [State.FAILED if c else State.COMPLETE for c in crashes]
    stage = close(
        space, Settings(RecoverySettings(), restriction=1), [], history(codes, y, states=states)
    )
    assert stage.failed == crashes.sum()
    assert stage.alternatives[0]["b4"] == (0, 0)


def test_infinities_and_pruned_trials_break_no_stage():
    space = bits(10)
    codes = drawn(space, Region(), range(80))
    y = planted(codes)
    states = [State.COMPLETE] * 80
    y[5], y[6], y[7] = np.inf, -np.inf, np.nan
    states[7], states[8], states[9] = State.FAILED, State.PRUNED, State.PRUNED
    y[9] = np.nan
    stage = close(
        space, Settings(RecoverySettings(), restriction=1), [], history(codes, y, states=states)
    )
    assert stage.failed == 4
    assert as_values(stage.alternatives) == [{"b0": (1, 1), "b3": (1, 1), "b5": (0, 0)}]


@pytest.mark.parametrize("values", [[np.nan] * 20, [1.0] + [np.inf] * 19])
def test_a_stage_whose_trials_all_failed_pins_nothing(values):
    space = bits(4)
    codes = drawn(space, Region(), range(20))
    states = [State.FAILED if np.isnan(v) else State.COMPLETE for v in values]
    stage = close(space, RULES, [], history(codes, values, states=states))
    assert stage.alternatives == ()
    assert stage.recovery is None
    assert stage.failed == sum(not np.isfinite(v) for v in values)


def test_equal_values_pin_nothing():
    space = bits(4)
    stage = closed(space, drawn(space, Region(), range(30)), np.full(30, 0.1))
    assert stage.alternatives == ()
    assert stage.recovery.is_empty


def test_a_space_without_parameters_pins_nothing():
    stage = closed(SearchSpace([]), np.zeros((10, 0)), np.arange(10.0))
    assert stage.alternatives == ()


def test_the_evidence_for_a_parameter_is_the_terms_that_hold_it():
    space = bits(6)
    codes = drawn(space, Region(), range(80))
    signs = 2 * codes - 1
    rng = np.random.default_rng(4)
    y = 3 * signs[:, 0] * signs[:, 1] - 2 * signs[:, 1] + rng.normal(0, 0.2, 80)
    stage = closed(space, codes, y)
    found = {term: (c, e) for term, c, e in evidence(stage, "b1")}
    assert set(found) == {"b1", "b0 * b1"}
    assert found["b1"][0] == pytest.approx(-2, abs=0.15)
    assert found["b0 * b1"][0] == pytest.approx(3, abs=0.15)
    # A coefficient's error is about noise / sqrt(N).
    assert found["b1"][1] == pytest.approx(0.2 / math.sqrt(80), rel=0.4)
    assert [term for term, _, _ in evidence(stage, "b0")] == ["b0 * b1"]
    assert evidence(stage, "b5") == []


def test_a_stage_without_a_fit_has_no_evidence():
    assert evidence(Stage(0, "", (), 0, None, None, ()), "b0") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("samples", 1),
        ("samples", 0),
        ("samples", 10.5),
        ("samples", "many"),
        ("samples", None),
        ("samples", True),
        ("samples", math.nan),
        ("restriction", 0),
        ("restriction", 1.5),
        ("restriction", "4"),
        ("restriction", True),
        ("stages", -1),
        ("stages", 1.5),
        ("stages", None),
        ("stages", False),
    ],
)
def test_a_setting_out_of_range_is_refused_by_its_name(name, value):
    with pytest.raises(SearchError, match=rf"^{name} is .*whole number.*expected") as caught:
        Settings(RecoverySettings(), **{name: value})
    assert repr(value) in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("degree", 0),
        ("degree", 6),
        ("degree", "3"),
        ("degree", 2.5),
        ("degree", None),
        ("sparsity", 0),
        ("sparsity", 1.5),
        ("sparsity", "all"),
        ("penalty", 0),
        ("penalty", -1.0),
        ("penalty", math.inf),
        ("penalty", math.nan),
        ("penalty", "3"),
    ],
)
def test_a_rule_out_of_range_is_refused_by_its_name(name, value):
    with pytest.raises(RecoveryError, match=rf"^{name} is .*expected") as caught:
        RecoverySettings(**{name: value})
    assert repr(value) in str(caught.value)


def test_whole_numbers_of_numpy_are_whole_numbers():
    settings_ = Settings(
        RecoverySettings(np.int64(2), np.int32(3), np.float64(0.5)),
        np.int64(20),
        np.int64(1),
        np.int8(3),
    )
    assert (settings_.samples, settings_.restriction, settings_.stages) == (20, 1, 3)


def test_the_settings_of_the_paper_can_be_said():
    recovery = RecoverySettings(degree=3, sparsity=5, penalty=3 / 600)
    paper = Settings(recovery, samples=300, restriction=4, stages=2)
    assert paper.recovery.penalty == 0.005


def noisy_stages(seed, effect):
    """Two stages of 40 on 20 bits; the samples of a stage that pinned nothing are used again."""
    space = bits(20)
    rng = np.random.default_rng(seed)
    codes = drawn(space, Region(), range(80), seed=seed)
    y = 7.0 + effect * codes[:, 3] + rng.normal(size=80)
    first = close(space, RULES, [], history(codes[:40], y[:40]))
    if first.alternatives:
        return [first]
    return [first, close(space, RULES, [first], history(codes, y))]


def is_pinned(seed, effect):
    return any(stage.alternatives for stage in noisy_stages(seed, effect))


# A stage pins noise by chance in 1 of 40 (the requirement: at most 10 of 200 studies of two stages). At that
# rate 20 studies pin in more than 4 once in 500, and 200 in more than 20 once in 1000.


@pytest.mark.slow
def test_pure_noise_pins_nothing():
    assert sum(is_pinned(seed, 0.0) for seed in range(20)) <= 4


def test_a_strong_signal_is_pinned():
    """Negative control: the same check must fail when there is something to find."""
    assert sum(is_pinned(seed, 4.0) for seed in range(10)) == 10


@pytest.mark.statistical
def test_pure_noise_pins_nothing_in_190_of_200_studies():
    """The seeds are fixed; at a true rate of 2.5 % a new range of seeds fails once in 70."""
    assert sum(is_pinned(seed, 0.0) for seed in range(200)) <= 10


def tree(n, seed):
    """Three levels of 32^i vectors of five monomials; the signs of each choose the vector of the next."""
    rng = np.random.default_rng(seed)
    levels = []
    for i in range(3):
        vectors = []
        for _ in range(32**i):
            # Of the monomials of degree 1 to 3, nearly all have degree 3.
            counts = np.array([math.comb(n, k) for k in (1, 2, 3)])
            degrees = rng.choice([1, 2, 3], 5, p=counts / counts.sum())
            terms = [rng.choice(n, k, replace=False) for k in degrees]
            weights = rng.choice([-1, 1], 5) * (100 + 100 * rng.random(5)) / 4**i
            vectors.append((terms, weights))
        levels.append(vectors)

    def value(x):
        total, chosen = 0.0, 0
        for vectors in levels:
            terms, weights = vectors[chosen]
            signs = np.array([x[t].prod() for t in terms])
            total += float(weights @ signs)
            chosen = 32 * chosen + int((signs > 0) @ (2 ** np.arange(5)))
        return total

    return value


@pytest.mark.slow
def test_the_synthetic_family_of_the_paper_is_solved_within_five_percent():
    """60 bits, three stages of 100; no regret is no worse than the best of ten greedy local searches."""
    n = 60
    value = tree(n, seed=0)
    noise = np.random.default_rng(1)

    def objective(codes):
        return np.array([value(2 * row - 1) for row in codes]) + 4 * noise.random(len(codes))

    closed_stages, _ = replay(bits(n), objective, samples=100, stages=3)
    space, region = bits(n), region_after(closed_stages)
    last = drawn(space, region, range(300, 320), stage=3)
    found = min(value(2 * row - 1) for row in last)

    rng = np.random.default_rng(2)
    points = rng.choice([-1, 1], (500, n))
    mean = np.mean([value(x) for x in points])
    best = found
    for start in points[:10]:
        x, values = start, [-np.inf]
        while min(values) < value(x):
            flips = x * (1 - 2 * np.eye(n, dtype=int))
            values = [value(f) for f in flips]
            x = min([x, *flips], key=value)
        best = min(best, value(x))
    assert (found - best) / (mean - best) <= 0.05
