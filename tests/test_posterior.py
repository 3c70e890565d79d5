"""The Gaussian posterior over all terms, against its textbook formula."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.spectrum.posterior import (
    BOUNDS,
    JITTER,
    PRIOR_DEVIATION,
    PRIOR_MEAN,
    TERM_VARIANCE,
    distances,
    fit_posterior,
)

NAN = np.nan


def test_choices_are_one_apart_however_far_their_places():
    space = SearchSpace([Categorical("kind", ["u", "v", "w"])])
    codes = np.array([[0.0], [2.0], [1.0], [2.0]])
    expected = [[0, 1, 1, 1], [1, 0, 1, 0], [1, 1, 0, 1], [1, 0, 1, 0]]
    assert distances(space, codes, [0]).tolist() == expected


def test_numbers_are_the_square_of_twice_their_share_of_the_range_apart():
    space = SearchSpace([Real("x", -1.0, 3.0), Real("lr", 1e-4, 1.0, log=True)])
    codes = np.array([[-1.0, 1e-4], [3.0, 1e-2], [0.0, 1.0]])
    x = [[0, 4, 0.25], [4, 0, 2.25], [0.25, 2.25, 0]]
    lr = [[0, 1, 4], [1, 0, 1], [4, 1, 0]]
    assert distances(space, codes, [0]) == pytest.approx(np.array(x))
    assert distances(space, codes, [1]) == pytest.approx(np.array(lr))
    assert distances(space, codes, [0, 1]) == pytest.approx(np.add(x, lr))
    assert not distances(space, codes, []).any()


def test_a_whole_number_owns_half_a_step_on_both_sides():
    space = SearchSpace([Integer("k", 1, 4), Integer("one", 7, 7)])
    found = distances(space, np.array([[1.0, 7.0], [4.0, 7.0], [2.0, 7.0]]), [0, 1])
    assert found == pytest.approx(np.array([[0, 2.25, 0.25], [2.25, 0, 1], [0.25, 1, 0]]))


@pytest.mark.parametrize("parameter", [Categorical("p", [0, 1]), Real("p", 0.0, 1.0)])
def test_inactive_on_one_side_is_half_and_on_both_nothing(parameter):
    found = distances(SearchSpace([parameter]), np.array([[0.0], [NAN], [1.0], [NAN]]), [0])
    far = 1 if isinstance(parameter, Categorical) else 4
    assert found.tolist() == [
        [0, 0.5, far, 0.5],
        [0.5, 0, 0.5, 0],
        [far, 0.5, 0, 0.5],
        [0.5, 0, 0.5, 0],
    ]


def places(n, d, seed=0):
    return np.random.default_rng(seed).random((n, d))


def squares(x):
    """Squared distances, one block."""
    return ((x[:, None] - x[None]) ** 2).sum(axis=2)[None]


def textbook(block, terms, y):
    """K (K + noise)^-1 z at the most probable rate, scale and noise, found without gradients."""
    z = (y - y.mean()) / y.std()
    n = len(y)

    def parts(theta):
        rate, scale, noise = np.exp(theta)
        return scale * np.exp(-rate * block) + TERM_VARIANCE * terms @ terms.T, noise + JITTER

    def loss(theta):
        kernel, noise = parts(theta)
        prior = (((theta - PRIOR_MEAN) / PRIOR_DEVIATION) ** 2).sum() / 2
        return prior - multivariate_normal.logpdf(z, np.zeros(n), kernel + noise * np.eye(n))

    theta = minimize(loss, PRIOR_MEAN, method="Nelder-Mead", bounds=BOUNDS, tol=1e-7).x
    kernel, noise = parts(theta)
    return (
        y.mean() + y.std() * kernel @ np.linalg.inv(kernel + noise * np.eye(n)) @ z,
        y.std() * np.exp(theta[2] / 2),
    )


@pytest.mark.parametrize("noise", [0.05, 0.5])
def test_the_mean_is_that_of_the_textbook(noise):
    x = places(25, 2)
    y = 40 + 3 * np.sin(5 * x[:, 0]) + x[:, 1] + noise * np.random.default_rng(1).normal(size=25)
    terms = 2 * (x[:, :1] > 0.5) - 1.0
    for known in (np.zeros((25, 0)), terms):
        found = fit_posterior(4 * squares(x), known, y)
        means, deviation = textbook(4 * squares(x)[0], known, y)
        # The optimiser stops at a flat top: a hundredth of a deviation.
        assert found.means == pytest.approx(means, abs=0.01 * y.std())
        assert found.noise == pytest.approx(deviation, rel=0.02)


def test_values_without_noise_are_kept():
    x = places(60, 2)
    y = np.sin(2 * x[:, 0]) + x[:, 1] ** 2
    found = fit_posterior(4 * squares(x), np.zeros((60, 0)), y)
    assert np.abs(found.means - y).max() < 0.1 * y.std()
    assert found.noise < 0.1 * y.std()


def test_pure_noise_is_shrunk_to_its_mean():
    y = 5 + np.random.default_rng(2).normal(size=80)
    found = fit_posterior(4 * squares(places(80, 3)), np.zeros((80, 0)), y)
    assert found.means.std() < 0.5 * y.std()
    assert found.means.mean() == pytest.approx(y.mean(), abs=0.05)
    assert found.noise == pytest.approx(1.0, abs=0.3)


def test_a_configuration_tried_again_and_again_gets_nearly_its_mean():
    """Two points, each drawn 50 times with a noise of a third of what they differ in."""
    which = np.arange(100) % 2
    y = 3.0 * which + np.random.default_rng(3).normal(size=100)
    apart = (which[:, None] != which[None]).astype(float)[None]
    found = fit_posterior(apart, np.zeros((100, 0)), y)
    for k in (0, 1):
        assert found.means[which == k] == pytest.approx(np.full(50, y[which == k].mean()), abs=0.1)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e15, 1e-300])
@pytest.mark.parametrize("n", [3, 7, 30])
def test_equal_values_are_kept_and_show_no_noise(value, n):
    """The mean of thirty times 0.1 is not 0.1, which is no noise."""
    found = fit_posterior(squares(places(n, 2)), np.zeros((n, 0)), np.full(n, value))
    assert found.means.tolist() == [value] * n
    assert found.noise == 0.0


@pytest.mark.parametrize(("scale", "shift"), [(2.0**20, 0.0), (2.0**-20, 0.0), (1.0, 1000.0)])
def test_scaling_and_shifting_the_values_scales_and_shifts_the_means(scale, shift):
    x = places(30, 2)
    y = x[:, 0] + 0.3 * np.random.default_rng(4).normal(size=30)
    base = fit_posterior(4 * squares(x), np.zeros((30, 0)), y)
    moved = fit_posterior(4 * squares(x), np.zeros((30, 0)), scale * y + shift)
    assert moved.means == pytest.approx(scale * base.means + shift, abs=1e-3 * scale)
    assert moved.noise == pytest.approx(scale * base.noise, rel=1e-2)


def test_turning_the_values_around_turns_the_means_around():
    x = places(30, 2)
    y = x[:, 0] + 0.3 * np.random.default_rng(5).normal(size=30)
    up, down = (fit_posterior(squares(x), np.zeros((30, 0)), s * y) for s in (1, -1))
    assert down.means == pytest.approx(-up.means, abs=1e-6)
    assert down.noise == pytest.approx(up.noise, rel=1e-6)


def test_the_order_of_the_points_does_not_matter():
    x = places(30, 2)
    y = x[:, 0] + 0.3 * np.random.default_rng(6).normal(size=30)
    order = np.random.default_rng(7).permutation(30)
    base = fit_posterior(squares(x), np.zeros((30, 0)), y)
    moved = fit_posterior(squares(x[order]), np.zeros((30, 0)), y[order])
    assert moved.means == pytest.approx(base.means[order], abs=1e-4)
