"""Nothing depends on the units of the values, however small or large they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import overtone
from overtone.search.conclusions.findings import concluded
from overtone.search.history import History, State
from overtone.space import Categorical, SearchSpace
from overtone.spectrum.recovery.recovery import lasso_path, recover
from overtone.spectrum.recovery.uncertainty import uncertainty
from overtone.spectrum.units import deviation_of, exponent_of

RULES = [overtone.Pursuit(), overtone.AdaptiveLasso(), overtone.CrossValidatedLasso()]
# Powers of two change no digit; at either end a few more would be no numbers any more.
EXPONENTS = (-1000, -700, -300, 300, 512, 700, 1000)


def sample(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.choice([-1, 1], (120, 20))
    y = X[:, 0] * X[:, 1] + X[:, 2] + 0.1 * rng.normal(size=120)
    return X, y


@pytest.mark.parametrize(
    "exponent",
    [e if e in (-1000, 1000) else pytest.param(e, marks=pytest.mark.slow) for e in EXPONENTS],
)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_recovery_of_scaled_values_is_the_scaled_recovery(rule, exponent):
    X, y = sample()
    one, other = recover(X, y, rule=rule), recover(X, np.ldexp(y, exponent), rule=rule)
    assert other.polynomial.terms == one.polynomial.terms
    for part in ("penalty", "noise", "errors"):
        scaled = np.ldexp(getattr(one, part), exponent)
        assert np.array_equal(getattr(other, part), scaled), part
    coefficients = np.ldexp(one.polynomial.coefficients, exponent)
    assert np.array_equal(other.polynomial.coefficients, coefficients)
    assert np.array_equal(other.shrunk.coefficients, np.ldexp(one.shrunk.coefficients, exponent))
    for part in ("duality_gap", "validated", "p_value"):
        assert getattr(other, part) == getattr(one, part), part


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_given_penalty_is_in_the_units_of_the_values(exponent):
    X, y = sample()
    one = recover(X, y, penalty=0.1)
    other = recover(X, np.ldexp(y, exponent), penalty=float(np.ldexp(0.1, exponent)))
    assert other.polynomial.terms == one.polynomial.terms
    assert other.duality_gap == one.duality_gap
    assert np.array_equal(
        other.polynomial.coefficients, np.ldexp(one.polynomial.coefficients, exponent)
    )


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_path_of_scaled_values_is_the_scaled_path(exponent):
    X, y = sample()
    one, other = lasso_path(X, y), lasso_path(X, np.ldexp(y, exponent))
    assert other.groups == one.groups
    assert np.array_equal(other.penalties, np.ldexp(one.penalties, exponent))
    assert np.array_equal(other.coefficients, np.ldexp(one.coefficients, exponent))
    assert np.array_equal(other.constants, np.ldexp(one.constants, exponent))
    for share in (0.9, 0.3):
        penalty = share * one.penalties[0]
        assert other.gap(np.ldexp(penalty, exponent)) == one.gap(penalty) <= 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_the_uncertainty_of_scaled_values_is_the_scaled_one(exponent):
    X, y = sample()
    one, other = uncertainty(X, y, degree=2), uncertainty(X, np.ldexp(y, exponent), degree=2)
    assert other.terms == one.terms
    for part in ("coefficients", "low", "high"):
        assert np.array_equal(getattr(other, part), np.ldexp(getattr(one, part), exponent)), part
    assert np.array_equal(other.stability, one.stability)


@pytest.mark.parametrize("unit", [5e-324, 1e-310, 1e-90, 1e154, 1e300])
def test_units_that_are_no_powers_of_two_change_no_term(unit):
    X, y = sample()
    whole = np.round(100 * y)  # so that multiples of the least number there is are exact
    assert recover(X, whole * unit).polynomial.terms == recover(X, whole).polynomial.terms


SPACE = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(5)])


@pytest.mark.parametrize("exponent", [-1000, -600, -200, 200])
def test_what_the_trials_say_depends_on_no_unit(exponent):
    """Up to the size from which a value means that a trial went wrong."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 2, (40, 5)).astype(float)
    y = 3 * codes[:, 0] - 2 * codes[:, 1] * codes[:, 2] + 0.3 * rng.normal(size=40)

    def said(values):
        past = History(np.arange(40), codes, values, (State.COMPLETE,) * 40, ("",) * 40)
        return concluded(SPACE, past, sign=1.0, default=codes[0], is_adaptive=True)

    one, other = said(y), said(np.ldexp(y, exponent))
    assert other.recommendation.number == one.recommendation.number
    assert np.ldexp(other.noise.deviation.mean, -exponent) == one.noise.deviation.mean
    assert [s.verdict for s in other.settings] == [s.verdict for s in one.settings]
    assert np.ldexp(other.gain, -exponent) == pytest.approx(one.gain, rel=1e-6)
    assert [s.parameters for s in other.shares.listed] == [s.parameters for s in one.shares.listed]
    for share, scaled in zip(one.shares.listed, other.shares.listed, strict=True):
        assert scaled.share.mean == pytest.approx(share.share.mean, rel=1e-3)
        assert np.ldexp(scaled.gain.mean, -exponent) == pytest.approx(share.gain.mean, rel=1e-3)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20), st.integers(-900, 900))
def test_a_deviation_has_the_units_of_its_values(values, exponent):
    y = np.ldexp(np.round(np.array(values)), exponent)
    assert deviation_of(y) == pytest.approx(np.ldexp(np.round(values).std(), exponent), abs=0)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_the_exponent_brings_the_largest_value_near_1(values):
    y = np.array(values, dtype=float)
    largest = np.abs(np.ldexp(y, -exponent_of(y))).max(initial=0.0)
    assert largest == 0.0 if not y.any() else 0.5 <= largest < 1.0
