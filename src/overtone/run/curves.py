"""The best value so far of each rival against its cost, over seeds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from overtone.run.definition.study_file import BudgetSettings
from overtone.space.streams import stream
from overtone.study.storage import BY_THEN, FINISHED, SPENT, end_of, is_at, sign_of

# What a study had cost when a trial ended, which ended as so many-th.
Cost: TypeAlias = Callable[[FrozenTrial, int], float]

RESAMPLES: Final = 2000


@final
@dataclass(frozen=True)
class Curve:
    """The best value so far of one rival, over its seeds.

    Attributes:
        rival: its name.
        cost: ascending, shape `(N,)`.
        mean: over seeds, shape `(N,)`; NaN until each seed has a value.
        low, high: the 95 % bootstrap interval of the mean.
        final: the last value of each seed; NaN for one without a successful trial.
        unit: of the cost.
    """

    rival: str
    cost: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    final: NDArray[np.float64]
    unit: str

    @property
    def reached(self) -> NDArray[np.float64]:
        """The last value of each seed that has a successful trial."""
        return self.final[np.isfinite(self.final)]


def table_lines(curves: Sequence[Curve], metric: str) -> Iterator[str]:
    """What each rival reached, line by line."""
    width = max(len(curve.rival) for curve in curves)
    seeds = len(curves[0].final)
    yield f"Best {metric} after equal cost, mean of {seeds} seeds and its 95 % interval"
    for curve in curves:
        cost = f"{curve.cost[-1]:g} {curve.unit}"
        yield f"  {curve.rival:<{width}}  {_reached(curve)} at the cost of {cost}"


def _reached(curve: Curve) -> str:
    seeds, reached = len(curve.final), curve.reached
    if len(reached) == seeds:
        return f"{curve.mean[-1]:.6g}  ({curve.low[-1]:.6g} to {curve.high[-1]:.6g})"
    # A mean over some of the seeds only would look like that of a rival that never fails.
    none = f"no successful trial in {seeds - len(reached)} of {seeds} seeds"
    return f"{none} (mean of the rest {reached.mean():.6g})" if len(reached) else none


def curve_of(
    rival: str, studies: Sequence[optuna.Study], cost_of: Cost, most: float, unit: str
) -> Curve:
    """The curve of a rival.

    Args:
        rival: its name.
        studies: one for each seed.
        cost_of: what a study had cost when a trial ended.
        most: the last cost of the curve.
        unit: of the cost.
    """
    runs = [_run(study, cost_of, most) for study in studies]
    cost = np.unique(np.concatenate([costs for costs, _ in runs] + [np.array([most])]))
    best = np.array([_at(cost, *run) for run in runs])
    rng = stream("resamples of seeds")
    means = best[rng.integers(len(best), size=(RESAMPLES, len(best)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return Curve(rival, cost, best.mean(axis=0), low, high, best[:, -1], unit)


def _run(
    study: optuna.Study, cost_of: Cost, most: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The costs at which a study found a better value, and those values."""
    sign = sign_of(study)
    ended = sorted(
        study.get_trials(deepcopy=False, states=FINISHED),
        key=lambda trial: (trial.datetime_complete is None, trial.datetime_complete, trial.number),
    )
    costs, values = [], []
    for place, trial in enumerate(ended, start=1):
        is_full = trial.state is TrialState.COMPLETE and is_at(trial, end_of(study))
        cost = cost_of(trial, place)
        if is_full and trial.value is not None and cost <= most:
            costs.append(cost)
            values.append(sign * trial.value)
    return np.array(costs), sign * np.minimum.accumulate(np.array(values))


def in_full_trials(budget: BudgetSettings | None) -> Cost:
    """In full trials: by their number, or by the units of the budget that were spent."""

    def cost(trial: FrozenTrial, place: int) -> float:
        if budget is None:
            return float(place)
        spent = trial.user_attrs.get(SPENT, {}).get(str(budget.budgets.most), np.inf)
        return float(spent) / budget.budgets.most

    return cost


def in_seconds(trial: FrozenTrial, place: int) -> float:
    """In seconds, to the end of the trial; of one that was run before they were kept, unknown."""
    del place
    return float(trial.user_attrs.get(BY_THEN, np.inf))


def _at(
    cost: NDArray[np.float64], costs: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The best value at each cost; NaN before the first."""
    places = np.searchsorted(costs, cost, side="right") - 1
    if not len(values):
        return np.full(len(cost), np.nan)
    return np.where(places >= 0, values[np.maximum(places, 0)], np.nan)
