"""The exceptions and warnings of overtone.

OvertoneError(Exception)
    SpaceError(OvertoneError, ValueError)            a parameter, condition or configuration that cannot be
    RecoveryError(OvertoneError, ValueError)         samples or settings that no polynomial can be fitted to
    SearchError(OvertoneError, ValueError)           settings of a search that contradict each other
    StudyFileError(OvertoneError, ValueError)        a study file that cannot be read
    RunError(OvertoneError, RuntimeError)            a study that cannot be started or continued
OvertoneWarning(UserWarning)
    WeakSignalWarning(OvertoneWarning)               a stage found nothing above the noise
    TransferWarning(OvertoneWarning)                 cheap stages say little of the end
    SpaceWarning(OvertoneWarning)                    a trial asks for what its given space does not have
    SampleWarning(OvertoneWarning)                   the points of a fit were plainly not drawn uniformly
"""

import difflib
from collections.abc import Iterable


class OvertoneError(Exception):
    """Every error that overtone raises on purpose."""


class SpaceError(OvertoneError, ValueError):
    """A parameter, a condition or a configuration that cannot be."""


class RecoveryError(OvertoneError, ValueError):
    """Samples or settings that no polynomial can be fitted to."""


class SearchError(OvertoneError, ValueError):
    """Settings of a search that contradict each other or its space."""


class StudyFileError(OvertoneError, ValueError):
    """A study file that cannot be read, or says something impossible."""


class RunError(OvertoneError, RuntimeError):
    """A study that cannot be started or continued."""


class OvertoneWarning(UserWarning):
    """Every warning that overtone gives on purpose."""


class WeakSignalWarning(OvertoneWarning):
    """A stage found nothing above the noise, and pinned nothing."""


class TransferWarning(OvertoneWarning):
    """The stages ran at a fidelity that says little of the end's."""


class SpaceWarning(OvertoneWarning):
    """A trial asks for a parameter that the space given to its sampler does not have."""


class SampleWarning(OvertoneWarning):
    """The points that a polynomial is fitted to were plainly not drawn uniformly and independently."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """` Did you mean ...?` if a known word is close, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
