"""The Optuna sampler that the settings of a study file ask for."""

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import optuna
from optuna.trial import FrozenTrial

from overtone.errors import RecoveryError, RunError, SearchError, StudyFileError, suggestion
from overtone.run.definition.sampler_table import (
    HALVINGS,
    Halving,
    HalvingSettings,
    HarmonicaSettings,
    RandomSettings,
    SpectralSettings,
    TpeSettings,
)
from overtone.run.definition.study_file import BudgetSettings, StudyFile
from overtone.run.records.store import worker_of
from overtone.search.halving import (
    Budgets,
    Schedule,
    asynchronous_halving,
    hyperband,
    successive_halving,
)
from overtone.search.harmonica.settings import Settings
from overtone.space import SearchSpace
from overtone.space.streams import stream
from overtone.study.storage import FIXED, SAMPLES


def _is_drawn(trial: FrozenTrial) -> bool:
    return FIXED not in trial.system_attrs


@dataclass(frozen=True)
class Proposals:
    """What is tried next.

    Attributes:
        sampler: of configurations.
        is_held: whether it wants trials of a study to end before it is asked for the next.
        schedule: of the budgets, if configurations are paused and promoted.
        is_halved: whether a trial that the sampler has drawn is one of the schedule's.
    """

    sampler: optuna.samplers.BaseSampler
    is_held: Callable[[optuna.Study], bool]
    schedule: Schedule | None = None
    is_halved: Callable[[FrozenTrial], bool] = _is_drawn


def proposals_for(study: optuna.Study, study_file: StudyFile) -> Proposals:
    """The sampler that goes on with a study.

    Raises:
        RunError: if a package that the sampler needs is not installed.
        StudyFileError: if the sampler refuses a setting.
    """
    settings = study_file.sampler
    # Optuna's samplers count from their seed on: with the seed alone, a continued study would propose
    # its first configurations again.
    # Two workers of one store that begin together would propose the same ones.
    worker = "" if study_file.storage is None else worker_of(study_file.run_directory)
    begun = len(study.get_trials(deepcopy=False))
    seed = int(stream("Optuna's sampler", settings.seed, begun, worker).integers(2**32))
    budget = study_file.budget
    match settings:
        case HarmonicaSettings():
            samples = _samples(study, study_file.space, study_file.trials, settings.search)
            return _harmonica(settings, samples, study_file, seed)
        case RandomSettings():
            return Proposals(optuna.samplers.RandomSampler(seed=seed), _never)
        case TpeSettings():
            return Proposals(optuna.samplers.TPESampler(seed=seed), _never)
        case SpectralSettings():
            return Proposals(_spectral(study_file.space, settings.seed), _never)
        case HalvingSettings(halving=name):
            sampler = optuna.samplers.RandomSampler(seed=seed)
            return Proposals(sampler, _never, schedule_of(name, budget))
        case _:
            assert_never(settings)


def _spectral(space: SearchSpace, seed: int) -> optuna.samplers.BaseSampler:
    # As for Harmonica.
    from overtone.study.spectral.sampler import SpectralSampler

    return SpectralSampler(space=space, seed=seed)


def schedule_of(name: Halving, budget: BudgetSettings | None) -> Schedule:
    """The schedule of this name for a study's budgets."""
    assert budget is not None  # the study file, or the rival, was refused otherwise
    make: dict[Halving, Callable[[Budgets], Schedule]] = {
        "successive-halving": successive_halving,
        "hyperband": hyperband,
        "asha": asynchronous_halving,
    }
    return make[name](budget.budgets)


def _samples(study: optuna.Study, space: SearchSpace, trials: int, search: Settings) -> int:
    """The trials of a stage; chosen once, so that raising `trials` later leaves the stages as they are."""
    if search.samples != "auto":
        return search.samples
    chosen = study.user_attrs.get(SAMPLES)
    if chosen is None:
        from overtone.search.harmonica.stage import samples_for

        chosen = samples_for(space, trials=trials, stages=search.stages)
        study.set_user_attr(SAMPLES, chosen)
    return int(chosen)


def _harmonica(
    settings: HarmonicaSettings, samples: int, study_file: StudyFile, base_seed: int
) -> Proposals:
    # Importing the search takes longer than a short trial, so the other samplers do without.
    from overtone.study.harmonica.sampler import HarmonicaSampler

    search = settings.search
    try:
        sampler = HarmonicaSampler(
            space=study_file.space,
            samples=samples,
            degree=search.recovery.degree,
            sparsity=search.recovery.sparsity,
            restriction=search.restriction,
            stages=search.stages,
            penalty=search.recovery.penalty,
            base=_base(settings.base, base_seed, study_file.space),
            fidelities=study_file.fidelity,
            seed=settings.seed,
            wait=settings.wait,
        )
    except (RecoveryError, SearchError) as error:
        raise StudyFileError(f"{study_file.path}: [sampler]: {error}") from None
    # The engine is one thread: a sampler that waited for its trials to end would wait for ever.
    halving = settings.halving
    return Proposals(
        sampler,
        sampler.is_held,
        None if halving is None else schedule_of(halving, study_file.budget),
        sampler.is_after_stages,
    )


def _never(study: optuna.Study) -> bool:
    del study
    return False


def _base(base: str | None, seed: int, space: SearchSpace) -> optuna.samplers.BaseSampler | None:
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
        case "spectral":
            return _spectral(space, seed)
        case name if name in HALVINGS:
            # The schedule decides how far each of its configurations is run.
            return optuna.samplers.RandomSampler(seed=seed)
        case name:
            return _of_optuna(name, seed)


def _of_optuna(name: str, seed: int) -> optuna.samplers.BaseSampler:
    """The sampler of Optuna's that has this class name and needs nothing but a seed.

    Raises:
        SearchError: if there is none.
        RunError: if a package that it needs is not installed.
    """
    usable = [n for n in sorted(optuna.samplers.__all__) if _needs_a_seed_at_most(n)]
    if name not in usable:
        raise SearchError(
            f"base is {name!r}, but of Optuna's samplers only {', '.join(usable)} can be made from a seed "
            f"alone.{suggestion(name, usable)}"
        )
    try:
        made: optuna.samplers.BaseSampler = getattr(optuna.samplers, name)(seed=seed)
    except ImportError as error:
        raise RunError(
            f"sampler.base is {name!r}, which needs a package that is not installed: {error}"
        ) from None
    return made


def _needs_a_seed_at_most(name: str) -> bool:
    if not name.endswith("Sampler"):
        return False
    parameters = inspect.signature(getattr(optuna.samplers, name)).parameters
    return "seed" in parameters and all(p.default is not p.empty for p in parameters.values())
