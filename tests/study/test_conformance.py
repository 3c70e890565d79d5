"""Both samplers under Optuna's own conformance tests."""

from collections.abc import Callable

import pytest
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    RelativeSamplerTestCase,
    SingleOnlySamplerTestCase,
)

from overtone import HarmonicaSampler, SpectralSampler

FACTORIES = {
    "uniform": lambda: HarmonicaSampler(seed=0, samples=3, stages=2),
    "automatic": lambda: HarmonicaSampler(seed=0),
    "random base": lambda: HarmonicaSampler(
        base=RandomSampler(seed=0), seed=0, samples=2, stages=1
    ),
    "tpe base": lambda: HarmonicaSampler(base=TPESampler(seed=0), seed=0, stages=0),
}


@pytest.mark.filterwarnings("ignore::overtone.errors.WeakSignalWarning")
class TestHarmonicaSampler(
    BasicSamplerTestCase, RelativeSamplerTestCase, SingleOnlySamplerTestCase
):
    # A base is asked as it would be by itself: its samplers are for the slow tests.
    @pytest.fixture(
        params=[
            pytest.param(name, marks=pytest.mark.slow if "base" in name else ())
            for name in FACTORIES
        ],
        ids=str,
    )
    def sampler(self, request: pytest.FixtureRequest) -> Callable[[], BaseSampler]:
        return FACTORIES[request.param]


class TestSpectralSampler(BasicSamplerTestCase, RelativeSamplerTestCase, SingleOnlySamplerTestCase):
    @pytest.fixture
    def sampler(self) -> Callable[[], BaseSampler]:
        return lambda: SpectralSampler(seed=0)
