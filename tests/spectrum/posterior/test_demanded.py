"""Terms are demanded where the values hold them, and not where they hold noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overtone.spectrum.posterior.demanded import demanded
from overtone.spectrum.posterior.features import Features
from overtone.spectrum.posterior.prior import (
    MarginalLikelihood,
    default_prior,
    fit_prior,
)


def signs(rng, count, n=30):
    """Uniform rows of n binary parameters as units, and as signs."""
    units = rng.integers(0, 2, (count, n)).astype(float)
    return units, 2 * units - 1


def found_in(units, y, levels, *, fits=True):
    """The demanded terms of values, beside a prior that is fitted to them, or the default one."""
    features, active = Features(levels), np.ones(units.shape, dtype=bool)
    smooth, factors = features.smooth(units, active), features.factors(units, active)
    nothing = np.zeros((len(y), 0))
    likelihood = MarginalLikelihood(features, smooth, nothing, nothing, (y - y.mean()) / y.std())
    prior = default_prior(len(levels))
    if fits:
        prior, _ = fit_prior(likelihood, prior, iterations=30)
    return demanded(factors, likelihood, prior)


BINARY = np.full(30, 2)


@pytest.mark.parametrize("seed", range(8))
def test_a_planted_triple_product_is_demanded(seed):
    """Three of 30 bits, 120 rows: the correlation of 4,525 products with noise is below 0.5 by far."""
    rng = np.random.default_rng(seed)
    units, x = signs(rng, 120)
    triple = tuple(sorted(rng.choice(30, 3, replace=False).tolist()))
    y = x[:, triple].prod(axis=1) + 0.3 * rng.standard_normal(120)
    assert found_in(units, y, BINARY, fits=False)[0] == triple


@pytest.mark.parametrize("seed", range(4))
def test_the_strongest_term_comes_first(seed):
    rng = np.random.default_rng(100 + seed)
    units, x = signs(rng, 200)
    y = 3 * x[:, [2, 5, 11]].prod(axis=1) + 1.5 * x[:, [7, 8, 9]].prod(axis=1)
    y += 0.2 * rng.standard_normal(200)
    assert found_in(units, y, BINARY, fits=False)[:2] == ((2, 5, 11), (7, 8, 9))


@pytest.mark.statistical
def test_nothing_is_demanded_of_noise():
    """A term must gain g nats, 1 more than the logarithm of the number of terms of its degree.

    That takes a square r, r - 1 - log r = 2 g, of 12.3, 18.0 and 22.7 for degrees 1 to 3, and some of the 30,
    435 and 4,060 terms has it with a probability of at most 0.0135 + 0.0094 + 0.0075 = 0.03. So more than
    6 of 40 runs demand something with a probability below 1e-4.
    """
    false = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        units, _ = signs(rng, 100)
        false += bool(found_in(units, rng.standard_normal(100), BINARY))
    assert false <= 6


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_values_hold_less_than_the_planted_ones(seed):
    """The negative control of the planted product: the same values on other rows."""
    rng = np.random.default_rng(seed)
    units, x = signs(rng, 120)
    y = x[:, [3, 14, 25]].prod(axis=1) + 0.3 * rng.standard_normal(120)
    assert (3, 14, 25) in found_in(units, y, BINARY, fits=False)
    assert (3, 14, 25) not in found_in(units, rng.permutation(y), BINARY, fits=False)


def test_a_product_of_a_choice_a_number_and_a_bit_is_demanded():
    rng = np.random.default_rng(4)
    levels = np.array([2] * 6 + [3] * 4 + [0] * 4)
    units = np.column_stack(
        [rng.integers(0, k, 160).astype(float) if k else rng.random(160) for k in levels]
    )
    y = (2 * units[:, 2] - 1) * (units[:, 7] == 1) * (2 * units[:, 11] - 1)
    found = found_in(units, y + 0.05 * rng.standard_normal(160), levels, fits=False)
    atoms = Features(levels).atoms
    owners = [{int(atoms.owners[column]) for column in term} for term in found]
    assert {2, 7, 11} in owners


def test_what_the_smooth_part_explains_is_not_demanded_again():
    """Once the relevances of its bits are known, a product is no term beside the posterior."""
    rng = np.random.default_rng(5)
    units, x = signs(rng, 120)
    for term in ((4,), (4, 9), (4, 9, 20)):
        y = x[:, term].prod(axis=1) + 0.1 * rng.standard_normal(120)
        assert term in found_in(units, y, BINARY, fits=False)
        assert term not in found_in(units, y, BINARY)


@settings(max_examples=10)
@given(st.permutations(range(8)), st.lists(st.booleans(), min_size=8, max_size=8))
def test_permuted_and_flipped_bits_have_permuted_terms(order, flips):
    """A flip changes the sign of a term, which is not part of it."""
    rng = np.random.default_rng(6)
    units, x = signs(rng, 60, n=8)
    y = x[:, [0, 3, 6]].prod(axis=1) + x[:, [1, 2]].prod(axis=1) + 0.1 * rng.standard_normal(60)
    levels = np.full(8, 2)
    plain = found_in(units, y, levels, fits=False)
    other = np.where(flips, 1 - units, units)[:, order]
    moved = found_in(other, y, levels, fits=False)
    assert {(0, 3, 6), (1, 2)} <= set(plain)
    assert {tuple(sorted(order[c] for c in term)) for term in moved} == set(plain)


def test_few_rows_demand_few_terms():
    rng = np.random.default_rng(7)
    units, x = signs(rng, 12, n=10)
    y = x @ rng.standard_normal(10)
    assert len(found_in(units, y, np.full(10, 2), fits=False)) <= 3
