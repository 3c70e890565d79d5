"""A fit to all values at once: its prior, its terms and its loss belong together."""

from dataclasses import replace

import numpy as np
import pytest

from overtone.search.spectral.coding import coding_of
from overtone.search.spectral.fitting import _likelihood, fit_at_once
from overtone.space import Categorical, SearchSpace
from overtone.spectrum.posterior.features import products
from overtone.spectrum.posterior.prior import Hyperprior

SWITCHES = SearchSpace([Categorical(f"b{i}", [0, 1]) for i in range(30)])


def polynomial(seed, count, noise):
    """Values of two triples, three pairs and two single switches of thirty."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, (count, 30)).astype(float)
    signs, used = 2 * codes - 1, rng.permutation(30)
    y, at = np.zeros(count), 0
    for degree in (3, 3, 2, 2, 2, 1, 1):
        y += rng.uniform(0.4, 1.5) * np.prod(signs[:, used[at : at + degree]], axis=1)
        at += degree
    y += noise * rng.normal(size=count)
    return codes, (y - y.mean()) / y.std()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_loss_is_that_of_the_prior_with_its_terms(seed, noise):
    """Terms that make the values less probable are not kept: they would be sure of what is not there."""
    codes, z = polynomial(seed, 150, noise)
    coding = coding_of(SWITCHES, codes)
    fit, loss = fit_at_once(coding, codes, z, Hyperprior())
    factors, likelihood = _likelihood(coding, codes, z)
    with_terms = replace(likelihood, terms=products(factors, fit.terms))
    assert with_terms(fit.prior.theta)[0] == pytest.approx(loss, rel=1e-6, abs=1e-6)
    without = likelihood(fit.prior.theta)[0]
    assert loss <= without
