"""Which parameters of an Optuna study matter, for `optuna.importance`.

The importance of a parameter is its total share: how much of the variance over the whole space goes when the
parameter stands still, with all its interactions. Shares overlap where parameters interact, so they may add
up to more than 1 before Optuna normalises them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import final

import numpy as np
from optuna.importance import BaseImportanceEvaluator
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import suggestion
from overtone.search.conclusions.findings import Findings, concluded
from overtone.search.conclusions.known import Known
from overtone.search.spectral.coding import coding_of
from overtone.space import SearchSpace
from overtone.spectrum.basis import Values
from overtone.study.discovery import discovered_space
from overtone.study.harmonica.records import stages_in
from overtone.study.harmonica.stages import without
from overtone.study.history import history_of
from overtone.study.storage import GIVEN, end_of, facts_of, is_at, sign_of


@final
class SpectralImportanceEvaluator(BaseImportanceEvaluator):
    """Importances over the whole space, by the function that `overtone.explain` fits to a study's trials.

    The importance of a parameter is how much of that function's variance it makes, with all its
    interactions. The trials of a search crowd where values are good, so the less they say of the rest of the
    space, the rougher these numbers are: `explain(study).findings.shares.totals` has their intervals.

    Conditional parameters are assessed as well. Only completed trials whose value is finite count; a value
    that stands for a failure, such as 1e9 among values near 1, does not. Values over orders of magnitude are
    compared by their logarithm, as in an explanation.

    With fewer than four such values, an importance is what the parameter explains by itself. Where all are
    equal, nothing matters: every importance is 0.
    """

    def evaluate(
        self,
        study: Study,
        params: list[str] | None = None,
        *,
        target: Callable[[FrozenTrial], float] | None = None,
    ) -> dict[str, float]:
        """The total share of each parameter, the largest first.

        Args:
            study: run by any sampler.
            params: the parameters to tell of, all of which still take part; by default every one that a
                completed trial has.
            target: the value of a trial that importances are of, by default the objective. Smaller ones are
                taken for better where a value may stand for a failure.

        Raises:
            TypeError: if `params` is no list of names.
            ValueError: if no completed trial has one of `params`, or if the study has several objectives and
                `target` does not say which one is meant.
        """
        _refuse_no_target(study, target)
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        names = _names(complete, params)
        shares = _shares(study, complete, target) if names else {}
        found = {name: shares.get(name, 0.0) for name in names}
        return dict(sorted(found.items(), key=lambda one: -one[1]))


def _refuse_no_target(study: Study, target: object) -> None:
    if target is None and len(study.directions) > 1:
        raise ValueError(
            f"The study has {len(study.directions)} objectives, and importances are of one value: say which, "
            "for example by target=lambda trial: trial.values[0]."
        )


def _names(complete: Sequence[FrozenTrial], params: object) -> list[str]:
    """The parameters to tell of, each once."""
    known = sorted({name for trial in complete for name in trial.distributions})
    if params is None:
        return known
    if not isinstance(params, list | tuple):
        raise TypeError(f"params is {params!r}, but a list of names is expected.")
    for name in params:
        if not isinstance(name, str):
            raise TypeError(f"params has {name!r}, but each of its items must be a name.")
        if name not in known:
            raise ValueError(
                f"No completed trial has the parameter {name!r}, so nothing is known of it."
                f"{suggestion(name, known)}"
            )
    return list(dict.fromkeys(params))


def _shares(
    study: Study, complete: Sequence[FrozenTrial], target: Callable[[FrozenTrial], float] | None
) -> Mapping[str, float]:
    """The total share of each parameter that trials with a finite value have."""
    sign = sign_of(study) if target is None else 1.0
    value_of = _objective if target is None else target
    trials = _comparable(study, complete)
    values = {trial.number: sign * float(value_of(trial)) for trial in trials}
    valued = [t for t in trials if math.isfinite(values[t.number]) and t.params]
    if not valued:
        return {}
    space = without(discovered_space(valued), end_of(study))
    history = history_of(valued, space, sign)
    history = replace(history, y=np.array([values[number] for number in history.numbers.tolist()]))
    is_adaptive = bool(stages_in(facts_of(study))) or any(GIVEN in t.system_attrs for t in valued)
    found = concluded(space, history, sign=sign, is_adaptive=is_adaptive)
    return dict(zip(space.names, _totals(found), strict=True))


def _objective(trial: FrozenTrial) -> float:
    assert trial.value is not None  # it is complete, of one objective
    return trial.value


def _comparable(study: Study, complete: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials at the end's fidelity; as long as there are none, those of the stages."""
    end = end_of(study)
    return [trial for trial in complete if is_at(trial, end)] or list(complete)


def _totals(found: Findings) -> list[float]:
    shares, y = found.shares, found.known.y
    if shares is not None:
        return [total.mean for total in shares.totals]
    if len(y) and not (y == y[0]).all():
        return _by_themselves(found.space, found.known)
    return [0.0] * len(found.space)


def _by_themselves(space: SearchSpace, known: Known) -> list[float]:
    """R^2 of each parameter's own line, or of the means of its choices: all that two or three values tell."""
    coding = coding_of(space, known.codes)
    units = coding.units(known.codes)
    found = [0.0] * len(space)
    for parameter, levels, own in zip(coding.order, coding.levels, units.T, strict=True):
        if (own == own[0]).all():
            continue
        design = np.eye(levels)[own.astype(np.int64)] if levels else np.vander(own, 2)
        found[parameter] = _explained(design, known.y)
    return found


def _explained(design: Values, y: Values) -> float:
    centred = y - y.mean()
    left = y - design @ np.linalg.lstsq(design, y)[0]
    return float(np.clip(1.0 - (left @ left) / (centred @ centred), 0.0, 1.0))
