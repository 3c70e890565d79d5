"""The anytime sampler with one of its parts taken out: what each part is worth.

    python -m benchmarks.optimising.optimise run --records runs.jsonl \\
        --samplers spectral spectral:terms spectral:warp

The name after the colon is the part that is missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from overtone.search.spectral.turns import Turns
from overtone.space.streams import stream

NEVER = 10**9


def _standardised(y: Any) -> Any:
    spread = float(y.std())
    return np.round((y - y.mean()) / (spread if spread > 1e-12 else 1.0), 9)


def _uniform(row: int, keys: Sequence[int | str], *, seed: int, start: int = 0) -> Any:
    return np.array([stream("uniform", seed, start, row, key).random() for key in keys])


def _nothing(*arguments: object, **options: object) -> tuple[()]:
    del arguments, options
    return ()


def _none(*arguments: object, **options: object) -> None:
    del arguments, options


# When a trial does something else.
TURNS: Mapping[str, Turns] = {
    # The largest expected improvement even when nothing improves.
    "local": Turns(local_after=NEVER),
    # No uniform draws between.
    "uniform": Turns(uniform_every=NEVER),
    # Uniform draws whatever the model predicts.
    "trust": Turns(trusted=np.inf),
    # A search that stalls goes on.
    "anew": Turns(anew_after=NEVER),
}
# What is put in the place of what else, below `overtone`.
PARTS: Mapping[str, tuple[str, Any]] = {
    # The values as they are, standardised: no logarithm for the worse half.
    "warp": ("search.spectral.outcomes.warped", _standardised),
    # The first trials uniform instead of stratified.
    "design": ("search.spectral.design.stratified", _uniform),
    # No recovered terms beside the smooth part.
    "terms": ("search.spectral.fitting.demanded", _nothing),
    # Failures are left out, and nothing is learnt of where they are.
    "feasibility": ("search.spectral.fitting._fit_failures", _none),
    # Numbers by products alone.
    "curves": ("spectrum.posterior.prior.ADDITIVE_PRIOR", (-9.0, 0.01)),
    # No steps of numbers to the ends of their ranges.
    "ends": ("search.spectral.moves.NUMBER_STEPS", (-1, -2, -3, -4)),
    # The prior is fitted a quarter as often.
    "schedule": ("search.spectral.surrogate.SPACING", 4),
    # No walk: the best of random rows and of mutants.
    "walk": ("search.spectral.ascent.STEPS", 0),
    # Best posterior means instead of best values, however small the noise.
    "observed": ("search.spectral.surrogate.NOISY", 0.0),
}


def ablated(part: str, seed: int) -> BaseSampler:
    """The sampler without a part."""
    import overtone

    if part in TURNS:

        class Turned(overtone.SpectralSampler):
            turns = TURNS[part]

        return Turned(seed=seed)

    target, value = PARTS[part]

    class Ablated(overtone.SpectralSampler):
        def sample_relative(
            self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
        ) -> dict[str, Any]:
            with patch(f"overtone.{target}", value):
                return super().sample_relative(study, trial, search_space)

    return Ablated(seed=seed)
