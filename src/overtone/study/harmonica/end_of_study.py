"""What a study fixes in its stages and at its end.

A trial is asked for what is fixed as for any parameter, so that it shows at which fidelity it was evaluated.
What the end fixes is a system attribute of the study.
"""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any, Final

import optuna
from optuna.storages import BaseStorage
from optuna.study import Study
from optuna.trial import FrozenTrial

from overtone.search.harmonica.fidelity import Fidelities
from overtone.space import Configuration

END: Final = "overtone:end"


def suggest_fixed(trial: optuna.Trial, fidelities: Fidelities | None) -> Configuration:
    """Ask a trial for what its stage, or the end, fixes."""
    if fidelities is None:
        return {}
    return {
        name: trial.suggest_categorical(name, fidelities.values(name)) for name in fidelities.end
    }


def announce(study: Study, fidelities: Fidelities) -> None:
    """Store what the end of a study fixes, for whoever looks at its trials."""
    if not end_of(study):
        study._storage.set_study_system_attr(study._study_id, END, dict(fidelities.end))  # noqa: SLF001


def end_of(study: Study) -> Mapping[str, Any]:
    """What is fixed at the end of a study; nothing if its stages have no fidelity of their own."""
    end: Mapping[str, Any] = study._storage.get_study_system_attrs(study._study_id).get(END, {})  # noqa: SLF001
    return end


def is_at(trial: FrozenTrial, end: Mapping[str, Any]) -> bool:
    """Whether a trial was evaluated with these values."""
    return all(trial.params.get(name) == value for name, value in end.items())


class EndOfStudy(optuna.Study):
    """A study as a base sampler may see it: without the trials at another fidelity than the end's."""

    def __init__(self, study: Study) -> None:
        """Share everything with a study."""
        self.__dict__.update(study.__dict__)
        views = _VIEWS.setdefault(study._storage, {})  # noqa: SLF001
        # A sampler may keep what it knows by storage, so one study always has the same view.
        view = views.setdefault(study._study_id, _EndStorage(study._storage, end_of(study)))  # noqa: SLF001
        self._storage: Any = view
        self._end = view.end

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Any = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        # The cache is the study's own, with all trials.
        return _at_end(super()._get_trials(deepcopy, states, use_cache), self._end)


class _EndStorage:
    """A storage whose list of trials is that of the end; everything else is the storage's."""

    def __init__(self, storage: BaseStorage, end: Mapping[str, Any]) -> None:
        # Weakly, or a view would keep alive the key that it is found by.
        self._whole = weakref.proxy(storage)
        self.end = end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Any = None
    ) -> list[FrozenTrial]:
        return _at_end(self._whole.get_all_trials(study_id, deepcopy, states), self.end)


_VIEWS: weakref.WeakKeyDictionary[BaseStorage, dict[int, _EndStorage]] = weakref.WeakKeyDictionary()


def _at_end(trials: Iterable[FrozenTrial], end: Mapping[str, Any]) -> list[FrozenTrial]:
    # A trial that has not been asked for what is fixed is at no other fidelity.
    return [t for t in trials if is_at(t, end) or not set(end) & set(t.params)]
