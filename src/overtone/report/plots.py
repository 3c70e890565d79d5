"""Figures of what a study has shown, beside those of `optuna.visualization`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from overtone.report.explanation import Explanation, explain
from overtone.report.pictures.changes import changes_picture
from overtone.report.pictures.effects import effects_picture
from overtone.report.pictures.figures import figure_of, said
from overtone.report.pictures.marks import Picture
from overtone.report.pictures.together import together_picture

if TYPE_CHECKING:
    import optuna
    import plotly.graph_objects as go


def plot_changes(of: "optuna.Study | Explanation", *, metric: str = "value") -> "go.Figure":
    """The few changes, step by step from the default to the recommendation.

    Each bar ends where the gain of the changes so far is expected, with its interval of 90 %. Bars of changes
    that were run and compared have another colour than predicted ones.

    Args:
        of: a study, or its explanation.
        metric: what its values are called.

    Returns:
        A figure; where there are no changes to speak of, an empty one that says so.

    Raises:
        SearchError: if no trial is finished.
    """
    return _figure(changes_picture, of, metric, "No change surely gains anything so far.")


def plot_effects(of: "optuna.Study | Explanation", *, metric: str = "value") -> "go.Figure":
    """What each setting that matters does at the recommendation: the change of the metric, with its interval.

    Args:
        of: a study, or its explanation.
        metric: what its values are called.

    Returns:
        A figure with a panel for each setting; where none surely matters, an empty one that says so.

    Raises:
        SearchError: if no trial is finished.
    """
    return _figure(effects_picture, of, metric, "Of no setting it is sure so far that it matters.")


def plot_interactions(of: "optuna.Study | Explanation", *, metric: str = "value") -> "go.Figure":
    """Which settings do together what they do not do one by one: a graph, the strongest pairs widest.

    Args:
        of: a study, or its explanation.
        metric: what its values are called.

    Returns:
        A figure; where no pair surely interacts, an empty one that says so.

    Raises:
        SearchError: if no trial is finished.
    """
    return _figure(
        together_picture, of, metric, "Of no two settings it is sure that they interact."
    )


def _figure(
    draw: Callable[[Explanation, str], Picture | None],
    of: "optuna.Study | Explanation",
    metric: str,
    otherwise: str,
) -> "go.Figure":
    explanation = of if isinstance(of, Explanation) else explain(of)
    picture = draw(explanation, metric)
    return said(otherwise) if picture is None else figure_of(picture)
