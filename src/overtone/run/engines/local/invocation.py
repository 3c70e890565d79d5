"""What a trial's command is given: its words, and what its environment holds."""

from dataclasses import dataclass

from overtone.run.definition.command import Surroundings
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.trial_folder import TrialFolder
from overtone.space import Configuration


@dataclass(frozen=True)
class Invocation:
    """A command as it is started, and the variables that it finds beside those of its folder."""

    argv: list[str]
    variables: dict[str, str]


def invocation(
    study_file: StudyFile,
    configuration: Configuration,
    *,
    folder: TrialFolder,
    number: int,
    budget: int | None,
) -> Invocation:
    """How a configuration is run; with a budget, its checkpoint folder is made too.

    Args:
        study_file: of the study.
        configuration: with what is fixed.
        folder: of the trial, which is there.
        number: of the trial.
        budget: that the run is to reach, where a study has budgets.
    """
    variables = {"OVERTONE_STUDY": study_file.name}
    if budget is not None:
        folder.checkpoint.mkdir(exist_ok=True)
        variables["OVERTONE_BUDGET"] = str(budget)
        variables["OVERTONE_CHECKPOINT_DIR"] = str(folder.checkpoint)
    where = Surroundings(
        str(study_file.directory), str(folder.path), number, str(folder.checkpoint), budget
    )
    return Invocation(study_file.command.argv(configuration, where), variables)
