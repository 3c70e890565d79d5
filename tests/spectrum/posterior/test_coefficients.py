"""A coefficient of the posterior is the projection of its mean, and its deviation that of its draws."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from overtone.search.conclusions.landscape import landscape
from overtone.search.history import History, State
from overtone.space import Categorical, Integer, Real, SearchSpace
from overtone.spectrum.basis import Basis, Family, contrasts
from overtone.spectrum.posterior.coefficients import Axis, Coefficients
from overtone.spectrum.posterior.features import Features, products
from overtone.spectrum.posterior.posterior import condition
from overtone.spectrum.posterior.prior import TERM_VARIANCE, Prior, squared_distances

LEVELS = np.array([2, 3, 2])
PRIOR = Prior(np.array([0.7, 0.4, 0.2]), 1.3, 0.1, 0.1, 0.1)


def basis_of(levels):
    return Basis(
        tuple(
            Family(f"p{j}", contrasts(k), k > 2, tuple(map(str, range(k))))
            for j, k in enumerate(levels)
        )
    )


BASIS = basis_of(LEVELS)
EVERYWHERE = np.array(list(itertools.product(*map(range, LEVELS))), dtype=float)


def axes_of(levels):
    return [
        Axis(
            j,
            np.arange(k, dtype=float),
            np.full(k, 1 / k),
            np.concatenate([np.ones((k, 1)), contrasts(k)], axis=1),
        )
        for j, k in enumerate(levels)
    ]


def fitted(terms, seed=0, count=9):
    rng = np.random.default_rng(seed)
    units = np.column_stack([rng.integers(0, k, count) for k in LEVELS]).astype(float)
    active = np.ones(units.shape, dtype=bool)
    features = Features(LEVELS)
    known = products(features.factors(units, active), terms)
    posterior = condition(
        features, PRIOR, features.smooth(units, active), known, rng.standard_normal(count)
    )
    return Coefficients(BASIS, axes_of(LEVELS), posterior, units, active, terms), posterior


ALL_TERMS = [
    tuple((j, a) for j, a in enumerate(orders) if a)
    for orders in itertools.product(*(range(k) for k in LEVELS))
]


@pytest.mark.parametrize("terms", [(), ((0, 4),)])
def test_the_coefficients_are_the_projections_of_the_mean_on_every_term(terms):
    coefficients, posterior = fitted(terms)
    active = np.ones(EVERYWHERE.shape, dtype=bool)
    features = posterior.features
    known = products(features.factors(EVERYWHERE, active), terms)
    mean, _ = posterior.predict(features.smooth(EVERYWHERE, active), known)
    design = BASIS.design(EVERYWHERE.astype(int), ALL_TERMS)
    expected = design.T @ mean / len(EVERYWHERE)
    np.testing.assert_allclose(coefficients.of(ALL_TERMS)[0], expected, atol=1e-5)


@pytest.mark.parametrize("terms", [(), ((0, 4),)])
def test_the_deviations_are_those_of_the_projected_posterior_covariance(terms):
    coefficients, posterior = fitted(terms)
    active = np.ones(EVERYWHERE.shape, dtype=bool)
    features, rates = posterior.features, posterior.rates
    everywhere = features.smooth(EVERYWHERE, active) * rates
    known = products(features.factors(EVERYWHERE, active), terms)
    own = posterior.smooth * rates
    k = PRIOR.scale * np.exp(-squared_distances(everywhere, everywhere))
    k += TERM_VARIANCE * known @ known.T
    cross = PRIOR.scale * np.exp(-squared_distances(everywhere, own))
    cross += TERM_VARIANCE * known @ posterior.terms.T
    reduced = posterior.inverse @ cross.T
    covariance = k - reduced.T @ reduced
    design = BASIS.design(EVERYWHERE.astype(int), ALL_TERMS) / len(EVERYWHERE)
    expected = np.sqrt(np.maximum(np.diag(design.T @ covariance @ design), 0))
    np.testing.assert_allclose(coefficients.of(ALL_TERMS)[1], expected, atol=1e-6)


def test_the_largest_terms_are_among_the_largest_groups():
    coefficients, _ = fitted(((0, 4),), seed=3, count=12)
    means, _ = coefficients.of(ALL_TERMS)
    best = ALL_TERMS[1 + int(np.argmax(np.abs(means[1:])))]
    listed = [term for group in coefficients.largest(5) for term in BASIS.atoms.terms_of(group)]
    assert best in listed


@pytest.mark.parametrize("decades", [0.0, 2.0, 6.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_largest_groups_are_those_of_a_look_at_all(decades, seed, monkeypatch):
    """Whether few parameters matter, so that most are never looked at, or all do alike."""
    rng = np.random.default_rng(seed)
    levels = np.array([2, 3, 2, 4, 2] * 4)
    prior = Prior(10.0 ** rng.uniform(-decades, 0.0, len(levels)), 1.3, 0.1, 0.1, 0.1)
    units = np.column_stack([rng.integers(0, k, 40) for k in levels]).astype(float)
    active = np.ones(units.shape, dtype=bool)
    features, none = Features(levels), np.zeros((40, 0))
    posterior = condition(
        features, prior, features.smooth(units, active), none, rng.standard_normal(40)
    )
    asked = Coefficients(basis_of(levels), axes_of(levels), posterior, units, active, ())
    counts = (25, 2000)
    of_all = [asked.largest(count) for count in counts]
    assert [len(groups) for groups in of_all] == [25, 1350]
    monkeypatch.setattr("overtone.spectrum.posterior.coefficients.LOOKED_AT", 3)
    assert [asked.largest(count) for count in counts] == of_all


def test_a_function_that_is_0_everywhere_has_no_largest_groups():
    coefficients, posterior = fitted((), seed=1)
    flat = replace(coefficients, posterior=posterior.with_values(np.zeros(len(posterior))))
    assert flat.largest(5) == []


SPACE = SearchSpace(
    [
        *(Categorical(f"b{i}", [0, 1]) for i in range(6)),
        Categorical("kind", ["u", "v", "w"]),
        Real("rate", 1e-4, 1.0, log=True),
        Integer("depth", 1, 6),
    ]
)


def crowded(count, seed):
    """Trials that crowd where b0 is 1, as those of an adaptive search do."""
    rng = np.random.default_rng(seed)
    codes = np.array([SPACE.encode(SPACE.sample(rng)) for _ in range(count)])
    codes[rng.random(count) < 0.7, 0] = 1.0
    y = -2.0 * codes[:, 0] + (2 * codes[:, 1] - 1) * (2 * codes[:, 2] - 1) + np.log10(codes[:, 7])
    return History(np.arange(count), codes, y, (State.COMPLETE,) * count, ("",) * count)


def test_a_landscape_shows_what_was_planted_though_the_trials_crowd_in_a_corner():
    found = landscape(SPACE, crowded(120, 0))
    shares = found.polynomial.variance_shares()
    assert set(list(shares)[:3]) == {(7,), (0,), (1, 2)}
    # Var: (4 / 12) * ln-uniform over 4 decades for the rate, 1 for b0, 1 for the product; all in cells of it.
    total = 1.0 + 1.0 + 16 / 12
    assert shares[0,] == pytest.approx(1.0 / total, abs=0.08)
    assert shares[1, 2] == pytest.approx(1.0 / total, abs=0.08)
    assert found.validated > 0.9
    by_term = dict(zip(found.polynomial.terms, found.polynomial.coefficients, strict=True))
    assert by_term[(0, 1),] == pytest.approx(-1.0, abs=0.1)


def test_a_landscape_of_noise_shows_nothing():
    past = crowded(60, 1)
    noise = np.random.default_rng(5).standard_normal(60)
    found = landscape(SPACE, History(past.numbers, past.codes, noise, past.states, past.regions))
    assert len(found.polynomial.parameters) <= 1
    assert found.validated < 0.3


def test_equal_values_and_few_trials_have_no_landscape():
    past = crowded(20, 2)
    flat = History(past.numbers, past.codes, np.ones(20), past.states, past.regions)
    assert landscape(SPACE, flat) is None
    assert landscape(SPACE, past.rows(np.arange(5))) is None
