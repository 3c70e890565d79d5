"""What makes the metric vary over the whole space."""

from typing import TYPE_CHECKING, Final

from overtone.report.pictures.marks import Axis, Bar, Bars, Panel, Picture, names_axis
from overtone.report.sentences import share_tail, space_sentence
from overtone.report.stages import LEAST_SHARE
from overtone.report.words import percent

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

ROW: Final = 28
MOST: Final = 14


def shares_picture(explanation: "Explanation") -> Picture | None:
    """Shares of the variation; None where the trials tell too little of the whole space."""
    shares = explanation.findings.shares
    shown = [share for share in explanation.space if share.share.mean >= LEAST_SHARE][:MOST]
    sentence = space_sentence(explanation)
    if shares is None or sentence is None or not shares.is_much_told or not shown:
        return None
    bars = []
    for k, share in enumerate(shown):
        known = share.share
        text = f"{' x '.join(share.settings)}: {percent(known.mean)}, {share_tail(share)}"
        bars.append(Bar(k, 0.0, known.mean, text, known.low, known.high, percent(known.mean)))
    most = max(share.share.high for share in shown)
    panel = Panel(
        Axis("share of the variation", 0.0, most * 1.05),
        names_axis([" x ".join(share.settings) for share in shown]),
        (Bars(tuple(bars), "main"),),
        height=90 + ROW * len(shown),
    )
    return Picture("space", "Over the whole space", sentence, (panel,))
