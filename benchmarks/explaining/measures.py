"""How true an explanation is, where the truth is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from scipy.stats import spearmanr

from benchmarks.explaining.truths import Truth
from overtone.report.explanation import Explanation
from overtone.space import SearchSpace

ROUNDING = 1e-9


@dataclass(frozen=True)
class Changes:
    """What became of the single changes at a recommendation.

    Attributes:
        held: for each, whether the truth lies in its interval of 90 %.
        wrong: for each, whether its interval leaves out 0 on the wrong side.
        widths: of the intervals, in deviations of the function.
        matter, found: settings that matter, and how many of them are said to.
        idle, false: idle settings, and how many of them are said to matter.
        free, unknown: how many settings are said to be so.
    """

    held: list[bool]
    wrong: list[bool]
    widths: list[float]
    matter: int
    found: int
    idle: int
    false: int
    free: int
    unknown: int


def changes_of(explanation: Explanation, truth: Truth) -> Changes:
    """Every other value of every setting of the recommendation, beside the truth."""
    recommended = explanation.recommended
    assert recommended is not None
    base = truth(recommended.configuration)
    held, wrong, widths = [], [], []
    counts = {"matter": 0, "found": 0, "idle": 0, "false": 0, "free": 0, "unknown": 0}
    for setting in explanation.settings:
        if setting.verdict == "inactive":
            continue
        does = setting.setting in truth.matter
        counts["matter" if does else "idle"] += 1
        counts["found" if does else "false"] += setting.verdict == "matters"
        counts["free"] += setting.verdict == "free"
        counts["unknown"] += setting.verdict == "unknown"
        for level in setting.levels:
            changed = {**recommended.configuration, setting.setting: level.value, **level.brings}
            true = truth(active(truth.space, changed)) - base
            known, near = level.change, ROUNDING * (abs(base) + 1)
            held.append(known.low - near <= true <= known.high + near)
            is_sure = known.low > near or known.high < -near
            wrong.append(is_sure and abs(true) > near and np.sign(known.mean) != np.sign(true))
            widths.append((known.high - known.low) / truth.deviation)
    return Changes(held, wrong, widths, **counts)


def active(space: SearchSpace, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a configuration has, of more that are given."""
    chosen: dict[str, Any] = {}
    for parameter in space.parents_first:
        if space.is_active(parameter, chosen):
            chosen[parameter.name] = values[parameter.name]
    return chosen


def agreement(shares: Mapping[str, float], truth: Truth) -> float:
    """Spearman's correlation of total shares with the true ones; 0 where all are said to be equal."""
    names = truth.space.names
    said = [shares.get(name, 0.0) for name in names]
    if len(set(said)) == 1:
        return 0.0
    return float(spearmanr(said, [truth.totals[name] for name in names]).statistic)


def own_totals(explanation: Explanation) -> dict[str, float]:
    shares = explanation.findings.shares
    if shares is None:
        return {}
    names = explanation.findings.space.names
    return {name: total.mean for name, total in zip(names, shares.totals, strict=True)}


def rival_totals(study: optuna.Study, space: SearchSpace) -> dict[str, dict[str, float]]:
    """What others say: Optuna's three evaluators, and mean absolute SHAP values of a random forest."""
    importance = optuna.importance
    evaluators = {
        "PED-ANOVA": importance.PedAnovaImportanceEvaluator(),
        "fANOVA": importance.FanovaImportanceEvaluator(seed=0),
        "MDI": importance.MeanDecreaseImpurityImportanceEvaluator(seed=0),
    }
    found = {
        name: dict(importance.get_param_importances(study, evaluator=evaluator))
        for name, evaluator in evaluators.items()
    }
    found["SHAP"] = shap_totals(study, space)
    return found


def shap_totals(study: optuna.Study, space: SearchSpace) -> dict[str, float]:
    import shap
    from sklearn.ensemble import RandomForestRegressor

    X = np.array([np.nan_to_num(space.encode(trial.params), nan=-1.0) for trial in study.trials])
    y = np.array([trial.value for trial in study.trials])
    forest = RandomForestRegressor(n_estimators=100, random_state=0).fit(X, y)
    values = shap.TreeExplainer(forest).shap_values(X)
    return dict(zip(space.names, np.abs(values).mean(axis=0), strict=True))
