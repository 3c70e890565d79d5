"""An explanation as HTML for a notebook."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation


def as_html(explanation: "Explanation") -> str:
    """The text of an explanation, as it is read in a terminal."""
    return f"<pre>{escape(explanation.table())}</pre>"
