"""Where a study stands, in words."""

from collections.abc import Iterator
from typing import Final

from overtone.run.definition.command import as_json
from overtone.run.definition.sampler_table import HarmonicaSettings
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.standing import Standing

REASONS_SHOWN: Final = 5


def status_lines(study_file: StudyFile, standing: Standing) -> Iterator[str]:
    """What is finished, what runs, why trials failed, and the best value so far, line by line."""
    eliminated = f", {standing.eliminated} of them eliminated" if standing.eliminated else ""
    failed = f", {standing.failed} of them failed" if standing.failed else ""
    yield (
        f"{study_file.name}: {standing.finished} of {study_file.trials} trials finished{failed}{eliminated}"
    )
    if standing.stage is not None and isinstance(study_file.sampler, HarmonicaSettings):
        stages = study_file.sampler.search.stages
        over = standing.stage > stages
        yield f"stage     {'after the last' if over else standing.stage} of {stages}"
    if standing.best is not None:
        found = standing.best
        runs = f", the mean of {found.runs} runs" if found.runs > 1 else ""
        yield f"best      {study_file.metric} = {found.value:g} in trial {found.number}{runs}"
        yield f"          {as_json(found.configuration)}"
    elif standing.finished:
        yield f"best      none: no trial has succeeded{_at_end(study_file)} so far"
    if study_file.budget is not None:
        most = study_file.budget.budgets.most
        yield f"cost      {standing.cost} of budget, as {standing.cost / most:.1f} full trials"
    if standing.paused:
        yield f"paused    {standing.paused} trials, to be promoted or eliminated"
    for trial in standing.running:
        yield f"running   trial {trial.number}, for {trial.seconds:.0f} s"
    for failure in standing.failures[:REASONS_SHOWN]:
        yield f"failed    {failure.trials} x {failure.reason}"
    hidden = standing.failures[REASONS_SHOWN:]
    if hidden:
        yield f"failed    {sum(failure.trials for failure in hidden)} for other reasons"


def none_succeeded(study_file: StudyFile, standing: Standing) -> str:
    """That there is nothing to show yet, and why."""
    often = ""
    if standing.failures:
        often = f", and {standing.failed} failed, most often with: {standing.failures[0].reason}"
    return (
        f"{study_file.path}: no trial has succeeded{_at_end(study_file)} so far; {standing.finished} of "
        f"{study_file.trials} are finished{often}. "
        f"See: {study_file.call('status')}"
    )


def _at_end(study_file: StudyFile) -> str:
    return "" if study_file.fidelity is None else " at the fidelity of the end"
