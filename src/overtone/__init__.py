"""Tunes systems that have many settings, and explains which of them matter.

The public names are listed in `__all__`. Each is imported when it is first used, so that
`import overtone`, and with it the command line, starts in the time of an empty module.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overtone.ask_tell import Search
    from overtone.errors import (
        OvertoneError,
        OvertoneWarning,
        RecoveryError,
        RunError,
        SampleWarning,
        SearchError,
        SpaceError,
        SpaceWarning,
        StudyFileError,
        TransferWarning,
        WeakSignalWarning,
    )
    from overtone.report.explanation import Explanation, explain
    from overtone.report.plots import plot_changes, plot_effects, plot_interactions
    from overtone.run.tune import Tuning, tune
    from overtone.search.harmonica.fidelity import Fidelities
    from overtone.search.repeats import Repeats
    from overtone.space import Categorical, Integer, Real, SearchSpace
    from overtone.spectrum.lasso.path import LassoPath
    from overtone.spectrum.minimise.minimise import Minimum, minimise
    from overtone.spectrum.polynomial import SparsePolynomial
    from overtone.spectrum.recovery.lasso_rules import (
        AdaptiveLasso,
        CrossValidatedLasso,
        FixedPenalty,
    )
    from overtone.spectrum.recovery.pursuit import Pursuit
    from overtone.spectrum.recovery.recovery import Recovery, lasso_path, recover
    from overtone.spectrum.recovery.uncertainty import Uncertainty, uncertainty
    from overtone.study.harmonica.sampler import HarmonicaSampler
    from overtone.study.importance import SpectralImportanceEvaluator
    from overtone.study.spectral.sampler import SpectralSampler

__version__ = "0.1.0"

__all__ = [
    "AdaptiveLasso",
    "Categorical",
    "CrossValidatedLasso",
    "Explanation",
    "Fidelities",
    "FixedPenalty",
    "HarmonicaSampler",
    "Integer",
    "LassoPath",
    "Minimum",
    "OvertoneError",
    "OvertoneWarning",
    "Pursuit",
    "Real",
    "Recovery",
    "RecoveryError",
    "Repeats",
    "RunError",
    "SampleWarning",
    "Search",
    "SearchError",
    "SearchSpace",
    "SpaceError",
    "SpaceWarning",
    "SparsePolynomial",
    "SpectralImportanceEvaluator",
    "SpectralSampler",
    "StudyFileError",
    "TransferWarning",
    "Tuning",
    "Uncertainty",
    "WeakSignalWarning",
    "explain",
    "lasso_path",
    "minimise",
    "plot_changes",
    "plot_effects",
    "plot_interactions",
    "recover",
    "tune",
    "uncertainty",
]

_HOME: Final = {
    "AdaptiveLasso": "overtone.spectrum.recovery.lasso_rules",
    "Categorical": "overtone.space",
    "CrossValidatedLasso": "overtone.spectrum.recovery.lasso_rules",
    "Explanation": "overtone.report.explanation",
    "Fidelities": "overtone.search.harmonica.fidelity",
    "FixedPenalty": "overtone.spectrum.recovery.lasso_rules",
    "HarmonicaSampler": "overtone.study.harmonica.sampler",
    "Integer": "overtone.space",
    "LassoPath": "overtone.spectrum.lasso.path",
    "Minimum": "overtone.spectrum.minimise.minimise",
    "OvertoneError": "overtone.errors",
    "OvertoneWarning": "overtone.errors",
    "Pursuit": "overtone.spectrum.recovery.pursuit",
    "Real": "overtone.space",
    "Recovery": "overtone.spectrum.recovery.recovery",
    "RecoveryError": "overtone.errors",
    "Repeats": "overtone.search.repeats",
    "RunError": "overtone.errors",
    "SampleWarning": "overtone.errors",
    "Search": "overtone.ask_tell",
    "SearchError": "overtone.errors",
    "SearchSpace": "overtone.space",
    "SpaceError": "overtone.errors",
    "SpaceWarning": "overtone.errors",
    "SparsePolynomial": "overtone.spectrum.polynomial",
    "SpectralImportanceEvaluator": "overtone.study.importance",
    "SpectralSampler": "overtone.study.spectral.sampler",
    "StudyFileError": "overtone.errors",
    "TransferWarning": "overtone.errors",
    "Tuning": "overtone.run.tune",
    "Uncertainty": "overtone.spectrum.recovery.uncertainty",
    "WeakSignalWarning": "overtone.errors",
    "explain": "overtone.report.explanation",
    "lasso_path": "overtone.spectrum.recovery.recovery",
    "minimise": "overtone.spectrum.minimise.minimise",
    "plot_changes": "overtone.report.plots",
    "plot_effects": "overtone.report.plots",
    "plot_interactions": "overtone.report.plots",
    "recover": "overtone.spectrum.recovery.recovery",
    "tune": "overtone.run.tune",
    "uncertainty": "overtone.spectrum.recovery.uncertainty",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'overtone' has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
