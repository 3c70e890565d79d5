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
Seed: TypeAlias = Annotated[int, Field(ge=0, lt=2**32)]


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


class HarmonicaTable(StrictTable):
    """What the sampler "harmonica" may be told; how large a number may be is the search's own rule."""

    samples: int | Auto = Field(
        default=Settings.samples,
        description='The uniform trials of a stage; `"auto"` fits them to the number of terms and to '
        "`trials`. Raise it when values are noisy or interactions matter.",
        examples=[100],
    )
    degree: int | Auto = Field(
        default=RecoverySettings.degree,
        description="The most settings that an interaction may have, from 1 to 5.",
        examples=[3],
    )
    sparsity: int | Auto = Field(
        default=RecoverySettings.sparsity,
        description='The most effects that a stage keeps; `"auto"` keeps all that stand out from the noise.',
        examples=[5],
    )
    restriction: int = Field(
        default=Settings.restriction,
        description="How many of the best assignments a stage keeps. Raise it when stages explain little.",
        examples=[4],
    )
    stages: int = Field(
        default=Settings.stages,
        description="The stages before the end. Raise it when the last one still finds something.",
        examples=[3],
    )
    penalty: float | Auto = Field(
        default=RecoverySettings.penalty,
        description="The penalty of the fit, in units of the metric.",
        examples=[0.1],
    )
    base: str | None = Field(
        default=None,
        description='Who searches what is left after the stages; left out, `"random"`. One of '
        '`"random"`, `"tpe"`, `"gp"`, `"spectral"`, `"successive-halving"`, '
        '`"hyperband"`, `"asha"`, or the name of an Optuna sampler.',
        examples=["tpe"],
    )
    wait: bool = Field(
        default=False,
        description="Whether a worker waits for the last trials of a stage, instead of drawing further ones. "
        "With it, parallel runs repeat exactly.",
        examples=[True],
    )
    seed: Seed = Field(
        default=0,
        description="The same seed, and the same trials, give the same proposals.",
        examples=[1],
    )


class SeedTable(StrictTable):
    """What every other sampler may be told."""

    seed: Seed = Field(
        default=0,
        description="The same seed, and the same trials, give the same proposals.",
        examples=[1],
    )


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
    checked = validated(HarmonicaTable, table, "sampler.", expected=EXPECTED)
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
    return validated(SeedTable, table, "sampler.", expected=EXPECTED).seed


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
