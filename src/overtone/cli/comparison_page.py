"""The page of a comparison: best value so far against cost, with intervals, in one file."""

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overtone.run.curves import Curve, table_lines

WIDTH: Final = 860
HEIGHT: Final = 460
LEFT: Final = 90
BELOW: Final = 50
ABOVE: Final = 20
LEGEND: Final = 180
TICKS: Final = 5
COSTS: Final = {"trials": "full trials", "seconds": "seconds that all commands took"}
# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS: Final = (
    "#000000", "#999999", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442",
)  # fmt: skip


def comparison_page(curves: Sequence[Curve], *, name: str, metric: str) -> str:
    """An HTML page with the picture and the table of a comparison."""
    table = escape("\n".join(table_lines(curves, metric)))
    return (
        "<!doctype html>\n"
        f'<html lang="en"><meta charset="utf-8"><title>{escape(name)}</title>\n'
        '<body style="font-family: sans-serif; max-width: 60em; margin: 2em auto">\n'
        f"<h1>{escape(name)}</h1>\n"
        f"{_picture(curves, metric)}\n"
        f"<pre>{table}</pre>\n"
        "</body></html>\n"
    )


class _Frame:
    """Where costs and values lie on the picture."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.most = max(float(curve.cost[-1]) for curve in curves)
        shown = np.concatenate([a[np.isfinite(a)] for c in curves for a in (c.low, c.high)])
        # Where random search starts is far from what matters.
        self.low, self.high = float(shown.min()), float(np.quantile(shown, 0.99))
        self.high = self.high if self.high > self.low else self.low + 1.0

    def x(self, cost: NDArray[np.float64]) -> NDArray[np.float64]:
        """The horizontal places of costs."""
        return LEFT + cost / self.most * (WIDTH - LEFT - LEGEND)

    def y(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """The vertical places of values; those outside are moved to the edge."""
        inside = np.clip(value, self.low, self.high)
        share = (inside - self.low) / (self.high - self.low)
        return HEIGHT - BELOW - share * (HEIGHT - BELOW - ABOVE)


def _picture(curves: Sequence[Curve], metric: str) -> str:
    if not any(np.isfinite(curve.mean).any() for curve in curves):
        return "<p>No rival has a successful trial in every seed, so there is no curve to draw.</p>"
    frame = _Frame(curves)
    lines = [_axes(frame, metric, curves[0].unit)]
    for k, curve in enumerate(curves):
        colour = COLOURS[k % len(COLOURS)]
        known = np.isfinite(curve.mean)
        x = _steps(frame.x(curve.cost[known]))
        if len(x):
            low, mean, high = (
                _held(frame.y(a[known])) for a in (curve.low, curve.mean, curve.high)
            )
            band = _points(np.append(x, x[::-1]), np.append(low, high[::-1]))
            lines.append(f'<polygon points="{band}" fill="{colour}" fill-opacity="0.12"/>')
            lines.append(
                f'<polyline points="{_points(x, mean)}" fill="none" stroke="{colour}" '
                'stroke-width="2"/>'
            )
        y = ABOVE + 20 * (k + 1)
        right = WIDTH - LEGEND + 20
        lines.append(f'<rect x="{right}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        lines.append(f'<text x="{right + 18}" y="{y}">{escape(curve.rival)}</text>')
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'font-size="13">\n{body}\n</svg>'
    )


def _axes(frame: _Frame, metric: str, unit: str) -> str:
    bottom, right = HEIGHT - BELOW, WIDTH - LEGEND
    lines = [f'<path d="M{LEFT} {ABOVE}V{bottom}H{right}" fill="none" stroke="#444"/>']
    for share in np.linspace(0, 1, TICKS):
        cost, value = share * frame.most, frame.low + share * (frame.high - frame.low)
        x, y = float(frame.x(np.array(cost))), float(frame.y(np.array(value)))
        lines.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{cost:.4g}</text>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>')
    middle = (LEFT + right) / 2
    lines.append(
        f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">cost, in {COSTS[unit]}</text>'
    )
    lines.append(
        f'<text transform="translate(16 {HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"best {escape(metric)} so far</text>"
    )
    return "\n".join(lines)


def _steps(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each place twice, but the first: a value holds until the next one is found."""
    return np.repeat(places, 2)[1:]


def _held(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(values, 2)[:-1]


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
