"""The note and the figures of a study, and how optuna-dashboard is given them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import optuna

from overtone.errors import RunError
from overtone.report.explanation import Explanation
from overtone.report.note import note_of
from overtone.run.dashboard.own_part import with_own_part
from overtone.run.definition.study_file import StudyFile
from overtone.run.records.standing import command_line_of
from overtone.study.findings import findings_of
from overtone.study.storage import storage_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    import plotly.graph_objects as go

CHANGES: Final = "overtone-changes"
EFFECTS: Final = "overtone-effects"
INTERACTIONS: Final = "overtone-interactions"
# Of the place that the dashboard has for a figure, in pixels; what is higher covers what stands below.
HEIGHT: Final = 450
MOST_PANELS: Final = 4


@final
@dataclass(frozen=True, eq=False)
class Attachments:
    """What is shown of a study.

    Attributes:
        note: in Markdown.
        figures: by their key in the store.
    """

    note: str
    figures: Mapping[str, "go.Figure"]


def attachments_of(study: optuna.Study, study_file: StudyFile, *, quiet: bool) -> Attachments:
    """The note and the figures of a study with a finished trial.

    Args:
        study: in the store.
        study_file: its file.
        quiet: whether trials that are left out are not named by a warning once more.
    """
    from overtone.report.plots import plot_changes, plot_interactions

    metric = study_file.metric
    explanation = Explanation(findings_of(study, study_file.space, quiet=quiet))
    note = note_of(
        explanation,
        trials=study_file.trials,
        metric=metric,
        command_line=command_line_of(study, study_file),
    )
    figures = {
        CHANGES: plot_changes(explanation, metric=metric),
        EFFECTS: _effects(explanation, metric),
        INTERACTIONS: plot_interactions(explanation, metric=metric),
    }
    for figure in figures.values():
        figure.layout.height = min(figure.layout.height, HEIGHT)
    return Attachments(note, figures)


def _effects(explanation: Explanation, metric: str) -> "go.Figure":
    """The figure of `plot_effects`, with as many of its first panels as can be read at that height."""
    from overtone.report.pictures.effects import effects_picture
    from overtone.report.pictures.figures import figure_of
    from overtone.report.plots import plot_effects

    picture = effects_picture(explanation, metric)
    if picture is None or len(picture.panels) <= MOST_PANELS:
        return plot_effects(explanation, metric=metric)
    return figure_of(replace(picture, panels=picture.panels[:MOST_PANELS]))


def attach(study: optuna.Study, new: Attachments, old: Attachments | None) -> None:
    """Write into the store what differs from what was written before.

    A user's own words in the note stay as they are.
    """
    from optuna_dashboard import get_note, save_note, save_plotly_graph_object

    note = get_note(study)
    body = with_own_part(note, new.note)
    if body != note:
        save_note(study, body)
    for key, figure in new.figures.items():
        if old is None or figure != old.figures[key]:
            save_plotly_graph_object(study, figure, graph_object_id=key)


def dashboard_of(study: optuna.Study) -> "WSGIApplication":
    """The dashboard of the store that holds a study.

    Raises:
        RunError: if optuna-dashboard is not installed.
    """
    try:
        from optuna_dashboard import wsgi
    except ImportError:
        raise RunError(
            "The dashboard is optuna-dashboard, which is not installed. Install it with: "
            "pip install 'overtone[dashboard]'"
        ) from None
    application: WSGIApplication = wsgi(storage_of(study))
    return application


def finished_in(study: optuna.Study) -> int:
    """How many trials have ended that something can be learnt from."""
    trials = study.get_trials(deepcopy=False)
    return sum(bool(trial.params) and trial.state.is_finished() for trial in trials)
