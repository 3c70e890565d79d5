"""The Optuna sampler that the settings of a study file ask for."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import optuna

from overtone.errors import RecoveryError, RunError, SearchError, StudyFileError
from overtone.run.store import SAMPLES
from overtone.run.study_file import (
    Base,
    HarmonicaSettings,
    RandomSettings,
    StudyFile,
    TpeSettings,
)


@dataclass(frozen=True)
class Proposals:
    """A sampler, and whether it wants trials of a study to end before it is asked for the next."""

    sampler: optuna.samplers.BaseSampler
    is_held: Callable[[optuna.Study], bool]


def proposals_for(study: optuna.Study, study_file: StudyFile) -> Proposals:
    """The sampler that goes on with a study.

    Raises:
        RunError: if a package that the sampler needs is not installed.
        StudyFileError: if the sampler refuses a setting.
    """
    settings = study_file.sampler
    # Optuna's samplers count from their seed on: with the seed alone, a continued study would propose
    # its first configurations again.
    seed = _seed_from_here(settings.seed, len(study.get_trials(deepcopy=False)))
    match settings:
        case HarmonicaSettings():
            return _harmonica(settings, _samples(study, study_file, settings), study_file, seed)
        case RandomSettings():
            return Proposals(optuna.samplers.RandomSampler(seed=seed), _never)
        case TpeSettings():
            return Proposals(optuna.samplers.TPESampler(seed=seed), _never)
        case _:
            assert_never(settings)


def _seed_from_here(seed: int, trials: int) -> int:
    return int(np.random.SeedSequence([seed, trials]).generate_state(1)[0])


def _samples(study: optuna.Study, study_file: StudyFile, settings: HarmonicaSettings) -> int:
    """The trials of a stage; chosen once, so that raising `trials` later leaves the stages as they are."""
    if settings.samples is not None:
        return settings.samples
    chosen = study.user_attrs.get(SAMPLES)
    if chosen is None:
        from overtone.search.harmonica import samples_for

        chosen = samples_for(study_file.space, trials=study_file.trials, stages=settings.stages)
        study.set_user_attr(SAMPLES, chosen)
    return int(chosen)


def _harmonica(
    settings: HarmonicaSettings, samples: int, study_file: StudyFile, base_seed: int
) -> Proposals:
    # Importing the search takes longer than a short trial, so the other samplers do without.
    from overtone.study.sampler import HarmonicaSampler

    try:
        sampler = HarmonicaSampler(
            space=study_file.space,
            samples=samples,
            degree=settings.degree,
            sparsity=settings.sparsity,
            restriction=settings.restriction,
            stages=settings.stages,
            penalty=settings.penalty,
            base=_base(settings.base, base_seed),
            seed=settings.seed,
            wait=settings.wait,
        )
    except (RecoveryError, SearchError) as error:
        raise StudyFileError(f"{study_file.path}: [sampler]: {error}") from None
    # The engine is one thread: a sampler that waited for its trials to end would wait for ever.
    return Proposals(sampler, sampler.is_closing if settings.wait else _never)


def _never(study: optuna.Study) -> bool:
    del study
    return False


def _base(base: Base | None, seed: int) -> optuna.samplers.BaseSampler | None:
    match base:
        case None:
            return None
        case "random":
            return optuna.samplers.RandomSampler(seed=seed)
        case "tpe":
            return optuna.samplers.TPESampler(seed=seed)
        case "gp":
            if importlib.util.find_spec("torch") is None:
                raise RunError(
                    'sampler.base is "gp", which needs PyTorch, and that is not installed. '
                    'Install it with: pip install torch. Or write base = "tpe".'
                )
            return optuna.samplers.GPSampler(seed=seed)
        case _:
            assert_never(base)
