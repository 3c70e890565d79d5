"""All pictures of what a study has shown, in the order in which one looks at them."""

from typing import TYPE_CHECKING

from overtone.report.pictures.best_tenth import best_picture
from overtone.report.pictures.changes import changes_picture
from overtone.report.pictures.effects import effects_picture
from overtone.report.pictures.failures import failures_picture
from overtone.report.pictures.marks import Picture
from overtone.report.pictures.predictions import predictions_picture
from overtone.report.pictures.progress import progress_picture
from overtone.report.pictures.shares import shares_picture
from overtone.report.pictures.stages import restricted_picture, transfer_picture
from overtone.report.pictures.together import together_picture
from overtone.report.pictures.workers import workers_picture

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation


def pictures_of(explanation: "Explanation", metric: str) -> tuple[Picture, ...]:
    """Every picture that there is something to draw in.

    Args:
        explanation: of a study.
        metric: what its values are called.
    """
    found = (
        changes_picture(explanation, metric),
        progress_picture(explanation, metric),
        effects_picture(explanation, metric),
        together_picture(explanation, metric),
        failures_picture(explanation),
        best_picture(explanation, metric),
        predictions_picture(explanation, metric),
        shares_picture(explanation),
        restricted_picture(explanation, metric),
        transfer_picture(explanation, metric),
        workers_picture(explanation),
    )
    return tuple(picture for picture in found if picture is not None)
