"""What a study fixes in its stages and at its end.

A trial is asked for what is fixed as for any parameter, so that it shows at which fidelity it was evaluated.
What the end fixes is a system attribute of the study.
"""

from collections.abc import Mapping
from typing import Any, Final

import optuna
from optuna.study import Study
from optuna.trial import FrozenTrial

from overtone.search.fidelity import Fidelities
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
        self._end = end_of(study)

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Any = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        trials = super()._get_trials(deepcopy, states, use_cache)
        # A trial that has not begun to draw is not at another fidelity.
        return [t for t in trials if is_at(t, self._end) or not set(self._end) & set(t.params)]
