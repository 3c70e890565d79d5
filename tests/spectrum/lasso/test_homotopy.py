"""The homotopy gives the exact Lasso path on explicit columns, whatever ties and aliases they have."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import lars_path

from overtone.spectrum.lasso.homotopy import TOP, Ending, follow


def columns_of(rng, count, samples):
    """Centred signs, some of them repeated, turned around or constant."""
    X = rng.choice([-1.0, 1.0], (count, samples))
    for j in range(1, count):
        kind = rng.integers(6)
        if kind == 0:
            X[j] = rng.choice([-1.0, 1.0]) * X[rng.integers(j)]
        elif kind == 1 and rng.random() < 0.3:
            X[j] = 1.0
    return np.ascontiguousarray(X - X.mean(axis=1, keepdims=True))


def problem(seed, *, whole=False):
    rng = np.random.default_rng(seed)
    X = columns_of(rng, int(rng.integers(2, 60)), int(rng.integers(3, 60)))
    y = X[0] - 0.5 * X[-1] + 0.3 * rng.normal(size=X.shape[1])
    y = np.round(2 * y) if whole else y
    return X, y - y.mean()


def top(X, y):
    return float(np.abs(X @ y).max())


def dense(knots, k, count):
    b = np.zeros(count)
    b[knots.active[k, : knots.sizes[k]]] = knots.coefficients[k, : knots.sizes[k]]
    return b


def gap_of(X, y, b, level):
    """The duality gap of b in units of |y|^2 / 2, by the definition."""
    r = y - b @ X
    scale = min(1.0, level / max(np.abs(X @ r).max(), 1e-300))
    primal = r @ r / 2 + level * np.abs(b).sum()
    return (primal - scale * (y @ r) + scale**2 * (r @ r) / 2) / (y @ y / 2)


@given(st.integers(0, 2**32), st.booleans(), st.sampled_from([0.3, 0.1, 1e-3, 1e-6]))
def test_every_point_of_the_path_is_optimal(seed, whole, ratio):
    X, y = problem(seed, whole=whole)
    if top(X, y) < 1e-9:
        return
    knots = follow(X, y, TOP, stop=ratio * top(X, y), most=1000)
    assert knots.ending is Ending.LEVEL
    assert knots.levels[0] == pytest.approx(top(X, y))
    assert knots.levels[-1] == ratio * top(X, y)
    b = np.array([dense(knots, k, len(X)) for k in range(len(knots))])
    for k in range(len(knots)):
        assert gap_of(X, y, b[k], knots.levels[k]) <= 1e-11
    for k in range(len(knots) - 1):
        middle = (knots.levels[k] + knots.levels[k + 1]) / 2
        assert gap_of(X, y, (b[k] + b[k + 1]) / 2, middle) <= 1e-11


def test_nearly_parallel_columns_cost_no_digits():
    """Solving with the Gram matrix alone would lose the square of the condition number."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        X = rng.normal(size=(6, 50))
        X = np.concatenate([X, X + 1e-4 * rng.normal(size=X.shape)])
        X -= X.mean(axis=1, keepdims=True)
        y = 100 * (X[0] - X[6]) / 1e-4 + X[1] + rng.normal(size=50)
        y -= y.mean()
        knots = follow(X, y, TOP, stop=1e-5 * top(X, y), most=12)
        for k in range(len(knots)):
            held = slice(0, knots.sizes[k])
            c = X[knots.active[k, held]] @ knots.residuals[k]
            expected = knots.levels[k] * knots.signs[k, held]
            np.testing.assert_allclose(c, expected, atol=1e-12 * top(X, y))


@given(st.integers(0, 2**32), st.booleans())
def test_levels_fall_and_residuals_shrink(seed, whole):
    X, y = problem(seed, whole=whole)
    if top(X, y) < 1e-9:
        return
    knots = follow(X, y, TOP, stop=0.01 * top(X, y), most=1000)
    lengths = np.linalg.norm(knots.residuals, axis=1)
    assert (np.diff(knots.levels) < 0).all()
    assert (np.diff(lengths) <= 1e-12 * lengths[0]).all()
    for k in range(len(knots)):
        expected = y - dense(knots, k, len(X)) @ X
        np.testing.assert_allclose(knots.residuals[k], expected, atol=1e-12 * lengths[0])


@given(st.integers(0, 2**32))
def test_a_path_can_go_on_from_any_of_its_knots(seed):
    X, y = problem(seed)
    stop = 0.02 * top(X, y)
    whole = follow(X, y, TOP, stop=stop, most=1000)
    start = seed % len(whole)
    joined = whole.followed_by(follow(X, y, whole.face(start), stop=stop, most=1000), start)
    np.testing.assert_allclose(joined.levels, whole.levels, rtol=1e-9)
    np.testing.assert_allclose(joined.residuals, whole.residuals, atol=1e-9)


def test_the_knots_are_those_of_scikit_learn_when_nothing_is_tied():
    rng = np.random.default_rng(0)
    for _ in range(20):
        X = rng.normal(size=(30, 40))
        X -= X.mean(axis=1, keepdims=True)
        y = X[:4].sum(axis=0) + rng.normal(size=40)
        y -= y.mean()
        alphas, _, coefficients = lars_path(X.T, y, method="lasso", alpha_min=0.05 * top(X, y) / 40)
        knots = follow(X, y, TOP, stop=0.05 * top(X, y), most=1000)
        np.testing.assert_allclose(knots.levels / 40, alphas, rtol=1e-9)
        found = np.array([dense(knots, k, 30) for k in range(len(knots))])
        np.testing.assert_allclose(found, coefficients.T, atol=1e-9)


def test_the_signs_of_drops_are_followed():
    """Two columns against their sum: one leaves again on the way (a drop of the lasso, not of lars)."""
    rng = np.random.default_rng(3)
    drops = 0
    for _ in range(50):
        X = rng.normal(size=(12, 10))
        X -= X.mean(axis=1, keepdims=True)
        y = rng.normal(size=10)
        y -= y.mean()
        knots = follow(X, y, TOP, stop=1e-3 * top(X, y), most=1000)
        drops += int((np.diff(knots.sizes) < 0).sum())
    assert drops > 20


@pytest.mark.parametrize("most", [1, 2, 5])
def test_the_path_stops_at_the_knot_where_one_more_would_enter(most):
    rng = np.random.default_rng(most)
    X = columns_of(rng, 40, 50)
    y = rng.normal(size=50)
    y -= y.mean()
    short = follow(X, y, TOP, stop=1e-3 * top(X, y), most=most)
    whole = follow(X, y, TOP, stop=1e-3 * top(X, y), most=1000)
    assert short.ending is Ending.TERMS
    assert short.sizes.max() == most
    np.testing.assert_allclose(short.levels, whole.levels[: len(short)], rtol=1e-12)


def test_a_full_record_goes_on(monkeypatch):
    X, y = problem(5)
    expected = follow(X, y, TOP, stop=1e-4 * top(X, y), most=200)
    narrow = follow(X, y, TOP, stop=1e-4 * top(X, y), most=int(expected.sizes.max()))
    np.testing.assert_allclose(narrow.levels, expected.levels, rtol=1e-9)


def test_scaling_y_scales_the_path():
    X, y = problem(11)
    one = follow(X, y, TOP, stop=0.05 * top(X, y), most=50)
    for factor in (1e-150, 2.0**-40, 3.0, 1e120):
        other = follow(X, factor * y, TOP, stop=0.05 * top(X, factor * y), most=50)
        np.testing.assert_allclose(other.levels, factor * one.levels, rtol=1e-9)
        np.testing.assert_allclose(other.coefficients, factor * one.coefficients, rtol=1e-7)


def test_a_full_factorial_ties_all_at_once():
    """Orthogonal columns with equal coefficients enter together, at one knot."""
    bits = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1)
    y = bits.sum(axis=0)
    knots = follow(np.ascontiguousarray(bits), y, TOP, stop=1.6, most=10)
    assert knots.levels == pytest.approx([16.0, 1.6])
    assert knots.sizes[0] == 4
    assert knots.coefficients[-1, :4] == pytest.approx(0.9 * np.ones(4))


def test_aliased_columns_share_one_coefficient():
    rng = np.random.default_rng(1)
    X = rng.choice([-1.0, 1.0], (1, 30))
    X = np.concatenate([X, X, -X])
    X = np.ascontiguousarray(X - X.mean(axis=1, keepdims=True))
    y = X[0] + 0.1 * rng.normal(size=30)
    y -= y.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        knots = follow(X, y, TOP, stop=0.01 * top(X, y), most=10)
    assert knots.sizes.max() == 1
    assert knots.active[-1, 0] == 0
