"""The table `[sampler]` of a study file: which sampler, and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import Field

from overtone.errors import RecoveryError, SearchError, StudyFileError, suggestion
from overtone.run.definition.tables import StrictTable, shown, validated
from overtone.search.harmonica.settings import Settings
from overtone.spectrum.recovery.rule import Auto, RecoverySettings

Halving: TypeAlias = Literal["successive-halving", "hyperband", "asha"]
HALVINGS: Final[tuple[Halving, ...]] = get_args(Halving)
# Apart from these, a base may be the name of a class of Optuna's, such as "QMCSampler".
BASES: Final = ("random", "tpe", "gp", "spectral", *HALVINGS)


@dataclass(frozen=True)
class HarmonicaSettings:
    """The staged search: what it is told, and who goes on after its stages."""

    search: Settings = field(default_factory=Settings)
    base: str | None = None
    wait: bool = False
    seed: int = 0

    @property
    def halving(self) -> Halving | None:
        """The schedule by which its last stage promotes and eliminates, if any."""
        return next((name for name in HALVINGS if name == self.base), None)


@dataclass(frozen=True)
class RandomSettings:
    """Uniform random search."""

    seed: int


@dataclass(frozen=True)
class TpeSettings:
    """Optuna's tree-structured Parzen estimator."""

    seed: int


@dataclass(frozen=True)
class SpectralSettings:
    """The anytime search by a posterior over all products of settings."""

    seed: int


@dataclass(frozen=True)
class HalvingSettings:
    """Random configurations, of which the better ones are promoted to larger budgets."""

    halving: Halving
    seed: int


SamplerSettings: TypeAlias = (
    HarmonicaSettings | RandomSettings | TpeSettings | SpectralSettings | HalvingSettings
)


class _HarmonicaTable(StrictTable):
    # How large a number may be is the search's own rule.
    samples: int | Auto = Settings.samples
    degree: int | Auto = RecoverySettings.degree
    sparsity: int | Auto = RecoverySettings.sparsity
    restriction: int = Settings.restriction
    stages: int = Settings.stages
    penalty: float | Auto = RecoverySettings.penalty
    base: str | None = None
    wait: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class _SeedTable(StrictTable):
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


EXPECTED: Final = {
    "sampler.name": '"spectral", "harmonica", "random", "tpe", "successive-halving", "hyperband" or "asha"',
    "sampler.samples": 'a whole number: the trials of a stage; "auto" fits them to trials',
    "sampler.degree": 'a whole number, or "auto"',
    "sampler.sparsity": 'a whole number, or "auto"',
    "sampler.restriction": "a whole number: the minimisers that a stage keeps",
    "sampler.stages": "a whole number",
    "sampler.penalty": 'a number above 0, or "auto"',
    "sampler.base": '"random", "tpe", "gp", "spectral", "successive-halving", "hyperband", "asha", or the '
    'name of an Optuna sampler such as "QMCSampler"',
    "sampler.wait": "true or false",
    "sampler.seed": "a whole number from 0 to 4294967295",
}


def sampler_settings(table: Mapping[str, Any], *, has_stages: bool = False) -> SamplerSettings:
    """The settings that a table `[sampler]` gives.

    Args:
        table: with or without a name.
        has_stages: whether the study file speaks of stages elsewhere.

    Raises:
        StudyFileError: naming the key, what was found and what is expected.
    """
    settings = dict(table)
    # Whoever gives stages settings of their own, or a fidelity, means the staged search.
    is_staged = has_stages or bool(settings.keys() - {"seed"})
    name = settings.pop("name", "harmonica" if is_staged else "spectral")
    if not isinstance(name, str) or name not in _SAMPLERS:
        close = suggestion(name, _SAMPLERS) if isinstance(name, str) else ""
        raise StudyFileError(
            f"sampler.name is {name!r}, but {EXPECTED['sampler.name']} is expected.{close}"
        )
    return _SAMPLERS[name](settings)


def _harmonica(table: dict[str, Any]) -> SamplerSettings:
    checked = validated(_HarmonicaTable, table, "sampler.", expected=EXPECTED)
    base = checked.base
    if base is not None and base not in BASES and not base.endswith("Sampler"):
        raise StudyFileError(
            f"sampler.base is {shown(base)}, but {EXPECTED['sampler.base']} is expected."
            f"{suggestion(base, BASES)}"
        )
    try:
        recovery = RecoverySettings(checked.degree, checked.sparsity, checked.penalty)
        search = Settings(recovery, checked.samples, checked.restriction, checked.stages)
    except (RecoveryError, SearchError) as error:  # each begins with the name of the key
        raise StudyFileError(f"sampler.{error}") from None
    return HarmonicaSettings(search, base, checked.wait, checked.seed)


def _seed(table: dict[str, Any]) -> int:
    return validated(_SeedTable, table, "sampler.", expected=EXPECTED).seed


def _random(table: dict[str, Any]) -> SamplerSettings:
    return RandomSettings(_seed(table))


def _tpe(table: dict[str, Any]) -> SamplerSettings:
    return TpeSettings(_seed(table))


def _spectral(table: dict[str, Any]) -> SamplerSettings:
    return SpectralSettings(_seed(table))


def _successive_halving(table: dict[str, Any]) -> SamplerSettings:
    return HalvingSettings("successive-halving", _seed(table))


def _hyperband(table: dict[str, Any]) -> SamplerSettings:
    return HalvingSettings("hyperband", _seed(table))


def _asha(table: dict[str, Any]) -> SamplerSettings:
    return HalvingSettings("asha", _seed(table))


_SAMPLERS: Final[dict[str, Callable[[dict[str, Any]], SamplerSettings]]] = {
    "harmonica": _harmonica,
    "random": _random,
    "tpe": _tpe,
    "spectral": _spectral,
    "successive-halving": _successive_halving,
    "hyperband": _hyperband,
    "asha": _asha,
}
