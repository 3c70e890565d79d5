"""Rivals on a study's own problem, at equal cost and over several seeds.

Each rival runs as a study of its own for each seed, below the study's folder, so a comparison that is cut off
goes on where it stopped, and seeds or rivals can be added later. The cost is in full trials, or in seconds
that the commands take, all together. Random search at twice the cost always takes part: its first half is
random search at the cost of the others.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

import optuna
from optuna.trial import TrialState

from overtone.errors import RunError, suggestion
from overtone.run.curves import Curve, curve_of, in_full_trials, in_seconds
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
from overtone.run.proposals import schedule_of
from overtone.run.records import store
from overtone.run.records.standing import UNKNOWN_FAILURE
from overtone.search.halving import Begin, Candidate, Promote
from overtone.search.harmonica.settings import Settings
from overtone.space.streams import stream
from overtone.study.storage import FAILURE

RANDOM: Final = "random"
TWICE: Final = "random2x"


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
        RunError: if a rival is unknown, the command cannot succeed, or no run has a value.
    """
    studies: dict[str, list[optuna.Study]] = {rival: [] for rival in studied(rivals)}
    succeeds = False
    for rival, contestant in list(contestants(study_file, rivals, seeds, seconds)):
        with watch(contestant) as observer:
            end = run_study(contestant, observer=observer, mailbox=mailbox, others_succeed=succeeds)
        if end.interrupted:
            return None
        study = store.load(contestant)
        succeeds = succeeds or bool(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))
        studies[rival].append(study)
    curves = curves_of(study_file, studies, seconds)
    if not any(curve.reached.size for curve in curves):
        raise RunError(_nothing_to_compare(study_file, studies))
    return curves


def _nothing_to_compare(
    study_file: StudyFile, studies: Mapping[str, Sequence[optuna.Study]]
) -> str:
    failures = Counter(
        str(trial.user_attrs.get(FAILURE, UNKNOWN_FAILURE))
        for of_rival in studies.values()
        for study in of_rival
        for trial in study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    )
    often = "".join(
        f" Most often a trial failed with: {why}." for why, _ in failures.most_common(1)
    )
    return (
        f"{study_file.path}: no run of any rival has a successful trial within its cost, so there is nothing "
        f"to compare.{often} What the commands printed is in {study_file.run_directory / 'compare'}. Correct "
        "the command or the program and give the study another name, as failed trials count; or allow a "
        "larger cost."
    )


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
                repeats=None,
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
    cost = in_full_trials(study_file.budget) if seconds is None else in_seconds
    unit, most = ("trials", float(study_file.trials)) if seconds is None else ("seconds", seconds)
    found = [curve_of(RANDOM, studies[TWICE], cost, most, unit)]
    for rival, of_rival in studies.items():
        found.append(curve_of(rival, of_rival, cost, most * _share(rival), unit))
    return found


def _sampler(rival: str, study_file: StudyFile, seed: int) -> SamplerSettings:
    known: dict[str, Callable[[], SamplerSettings]] = {
        RANDOM: lambda: RandomSettings(seed),
        TWICE: lambda: RandomSettings(seed),
        "tpe": lambda: TpeSettings(seed),
        # No stages: the base has the whole space.
        "gp": lambda: HarmonicaSettings(Settings(stages=0), base="gp", seed=seed),
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
    return HarmonicaSettings()


def _trials(rival: str, sampler: SamplerSettings, study_file: StudyFile) -> int:
    """The trials whose cost is that of the study file's."""
    if isinstance(sampler, HalvingSettings):
        assert study_file.budget is not None  # `_sampler` has refused the rival otherwise
        return _configurations(sampler, study_file.budget, study_file.trials)
    return study_file.trials * _share(rival)


def _share(rival: str) -> int:
    """What a rival may cost, where the others may cost 1."""
    return 2 if rival == TWICE else 1


def _configurations(settings: HalvingSettings, budget: BudgetSettings, trials: int) -> int:
    """The most configurations that a schedule runs for the cost of so many full trials."""
    affordable = trials * budget.budgets.most
    few, many = 1, 2
    while _planned_cost(settings, budget, many) <= affordable:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        if _planned_cost(settings, budget, middle) <= affordable:
            few = middle
        else:
            many = middle
    return few


def _planned_cost(settings: HalvingSettings, budget: BudgetSettings, trials: int) -> int:
    """What a schedule costs with so many configurations, one worker and values in no order."""
    schedule = schedule_of(settings.halving, budget)
    values = stream("values in no order").permutation(trials)
    candidates: dict[int, Candidate] = {}
    cost = 0
    while True:
        may_begin = len(candidates) < trials
        match schedule.decide(list(candidates.values()), may_begin=may_begin):
            case Begin(bracket, goal):
                before = Candidate(len(candidates), bracket, goal, {})
            case Promote(number, goal):
                before = candidates[number]
            case None:
                return cost
        cost += goal - (before.goal if before.values and budget.resume else 0)
        reached = {**before.values, goal: float(values[before.number])}
        candidates[before.number] = replace(before, goal=goal, values=reached)
