"""Rivals on a study's own problem, at equal cost and over several seeds.

Each rival runs as a study of its own for each seed, below the study's folder, so a comparison that is cut off
goes on where it stopped, and seeds or rivals can be added later. The cost is in full trials, or in seconds
that the commands take, all together. Random search at twice the cost always takes part: its first half is
random search at the cost of the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from overtone.errors import RunError, suggestion
from overtone.run.definition.sampler_table import (
    HalvingSettings,
    HarmonicaSettings,
    RandomSettings,
    SamplerSettings,
    SpectralSettings,
    TpeSettings,
)
from overtone.run.definition.study_file import BudgetSettings, StudyFile
from overtone.run.engines.local.engine import run_study
from overtone.run.engines.local.events import Mailbox, Observer
from overtone.run.engines.local.rungs import SPENT
from overtone.run.proposals import schedule_of
from overtone.run.records import store
from overtone.run.records.costs import BY_THEN
from overtone.search.halving import Begin, Candidate, Promote
from overtone.study.harmonica.end_of_study import end_of, is_at

# What a study had cost when a trial ended, which ended as so many-th.
Cost: TypeAlias = Callable[[FrozenTrial, int], float]
RANDOM: Final = "random"
TWICE: Final = "random2x"
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
        final: the last value of each seed.
        unit: of the cost.
    """

    rival: str
    cost: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    final: NDArray[np.float64]
    unit: str


def run_comparison(
    study_file: StudyFile,
    rivals: Sequence[str],
    seeds: int,
    *,
    seconds: float | None = None,
    watch: Callable[[StudyFile], AbstractContextManager[Observer]],
    mailbox: Mailbox,
) -> list[Curve] | None:
    """Run every rival with every seed, or what is left of it; None if the mailbox asked to stop.

    Args:
        study_file: of the problem.
        rivals: their names.
        seeds: how many runs of each.
        seconds: that the commands of a run may take; None leaves the number of trials as the only limit.
        watch: makes the observer of one run.
        mailbox: see `run_study`.

    Raises:
        RunError: if a rival is unknown, or a run cannot succeed.
    """
    studies: dict[str, list[optuna.Study]] = {rival: [] for rival in studied(rivals)}
    for rival, contestant in list(contestants(study_file, rivals, seeds, seconds)):
        with watch(contestant) as observer:
            if run_study(contestant, observer=observer, mailbox=mailbox).interrupted:
                return None
        studies[rival].append(store.load(contestant))
    return curves_of(study_file, studies, seconds)


def contestants(
    study_file: StudyFile, rivals: Sequence[str], seeds: int, seconds: float | None = None
) -> Iterator[tuple[str, StudyFile]]:
    """Each rival with a study for each seed; random search at twice the cost is among them.

    Raises:
        RunError: if a rival is unknown, or needs what the study file does not have.
    """
    for rival in studied(rivals):
        for seed in range(seeds):
            sampler = _sampler(rival, study_file, seed)
            contestant = replace(
                study_file,
                name=f"{study_file.name}/compare/{rival}-{seed}",
                sampler=sampler,
                trials=_trials(rival, sampler, study_file),
                seconds=None if seconds is None else seconds * _share(rival),
                default=None,
            )
            yield rival, contestant


def studied(rivals: Sequence[str]) -> tuple[str, ...]:
    """The rivals that have studies of their own, each once."""
    return tuple(dict.fromkeys([TWICE, *(rival for rival in rivals if rival != RANDOM)]))


def curves_of(
    study_file: StudyFile,
    studies: Mapping[str, Sequence[optuna.Study]],
    seconds: float | None = None,
) -> list[Curve]:
    """The curves of all rivals, random search first.

    Args:
        study_file: of the problem.
        studies: of each rival, one for each seed; `random2x` is among them.
        seconds: see `run_comparison`.
    """
    cost = _full_trials(study_file.budget) if seconds is None else _seconds
    unit, most = ("trials", float(study_file.trials)) if seconds is None else ("seconds", seconds)
    found = [_curve(RANDOM, studies[TWICE], cost, most, unit)]
    for rival, of_rival in studies.items():
        found.append(_curve(rival, of_rival, cost, most * _share(rival), unit))
    return found


def table_lines(curves: Sequence[Curve], metric: str) -> Iterator[str]:
    """What each rival reached, line by line."""
    width = max(len(curve.rival) for curve in curves)
    seeds = len(curves[0].final)
    yield f"Best {metric} after equal cost, mean of {seeds} seeds and its 95 % interval"
    for curve in curves:
        cost = f"{curve.cost[-1]:g} {curve.unit}"
        yield (
            f"  {curve.rival:<{width}}  {curve.mean[-1]:.6g}  ({curve.low[-1]:.6g} to "
            f"{curve.high[-1]:.6g}) at the cost of {cost}"
        )


def _sampler(rival: str, study_file: StudyFile, seed: int) -> SamplerSettings:
    known: dict[str, Callable[[], SamplerSettings]] = {
        RANDOM: lambda: RandomSettings(seed),
        TWICE: lambda: RandomSettings(seed),
        "tpe": lambda: TpeSettings(seed),
        # No stages: the base has the whole space.
        "gp": lambda: replace(_harmonica(study_file), stages=0, base="gp", seed=seed),
        "spectral": lambda: SpectralSettings(seed),
        "harmonica": lambda: replace(_harmonica(study_file), seed=seed),
        "successive-halving": lambda: HalvingSettings("successive-halving", seed),
        "hyperband": lambda: HalvingSettings("hyperband", seed),
        "asha": lambda: HalvingSettings("asha", seed),
    }
    if rival not in known:
        raise RunError(
            f"{rival!r} is no rival that is known.{suggestion(rival, known)} Known are {', '.join(known)}."
        )
    if study_file.fidelity is not None and rival != "harmonica":
        raise RunError(
            f"{study_file.path}: [fidelity] gives stages values of their own, and of the rivals only "
            "harmonica has stages. Leave [fidelity] out to compare it with others: put the end's values into "
            "the command."
        )
    settings = known[rival]()
    if isinstance(settings, HalvingSettings) and study_file.budget is None:
        raise RunError(
            f"{rival!r} runs configurations to several budgets, but {study_file.path} has no table [budget]. "
            "Add one, such as: [budget] least = 1, most = 27; or leave this rival out."
        )
    return settings


def _harmonica(study_file: StudyFile) -> HarmonicaSettings:
    """The study file's own settings, or the default ones."""
    if isinstance(study_file.sampler, HarmonicaSettings):
        return study_file.sampler
    return HarmonicaSettings(None, "auto", "auto", 4, 2, "auto", None, wait=False, seed=0)


def _trials(rival: str, sampler: SamplerSettings, study_file: StudyFile) -> int:
    """The trials whose cost is that of the study file's."""
    if isinstance(sampler, HalvingSettings):
        return _configurations(sampler, study_file)
    return study_file.trials * _share(rival)


def _share(rival: str) -> int:
    """What a rival may cost, where the others may cost 1."""
    return 2 if rival == TWICE else 1


def _configurations(settings: HalvingSettings, study_file: StudyFile) -> int:
    """The most configurations that a schedule runs for the cost of the study file's full trials."""
    assert study_file.budget is not None  # `_sampler` has refused the rival otherwise
    affordable = study_file.trials * study_file.budget.budgets.most
    few, many = 1, 2
    while _planned_cost(settings, study_file, many) <= affordable:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        if _planned_cost(settings, study_file, middle) <= affordable:
            few = middle
        else:
            many = middle
    return few


def _planned_cost(settings: HalvingSettings, study_file: StudyFile, trials: int) -> int:
    """What a schedule costs with so many configurations, one worker and values in no order."""
    assert study_file.budget is not None  # see `_configurations`
    schedule, resume = schedule_of(settings.halving, study_file), study_file.budget.resume
    values = np.random.default_rng(0).permutation(trials)
    candidates: dict[int, Candidate] = {}
    cost = 0
    while True:
        may_begin = len(candidates) < trials
        match schedule.decide(list(candidates.values()), may_begin=may_begin):
            case Begin(bracket, budget):
                before = Candidate(len(candidates), bracket, budget, {})
            case Promote(number, budget):
                before = candidates[number]
            case None:
                return cost
        cost += budget - (before.goal if before.values and resume else 0)
        reached = {**before.values, budget: float(values[before.number])}
        candidates[before.number] = replace(before, goal=budget, values=reached)


def _curve(
    rival: str, studies: Sequence[optuna.Study], cost_of: Cost, most: float, unit: str
) -> Curve:
    runs = [_run(study, cost_of, most) for study in studies]
    cost = np.unique(np.concatenate([costs for costs, _ in runs] + [np.array([most])]))
    best = np.array([_at(cost, *run) for run in runs])
    rng = np.random.default_rng(0)
    means = best[rng.integers(len(best), size=(RESAMPLES, len(best)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return Curve(rival, cost, best.mean(axis=0), low, high, best[:, -1], unit)


def _run(
    study: optuna.Study, cost_of: Cost, most: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The costs at which a study found a better value, and those values."""
    sign = -1.0 if study.direction is StudyDirection.MAXIMIZE else 1.0
    ended = sorted(
        study.get_trials(deepcopy=False, states=store.FINISHED),
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


def _full_trials(budget: BudgetSettings | None) -> Cost:
    """In full trials: by their number, or by the units of the budget that were spent."""

    def cost(trial: FrozenTrial, place: int) -> float:
        if budget is None:
            return float(place)
        spent = trial.user_attrs.get(SPENT, {}).get(str(budget.budgets.most), np.inf)
        return float(spent) / budget.budgets.most

    return cost


def _seconds(trial: FrozenTrial, place: int) -> float:
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
