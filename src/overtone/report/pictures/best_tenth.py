"""What the best trials have in common: a line for each, a row for each setting."""

from typing import TYPE_CHECKING, Final

import numpy as np

from overtone.report.course import Ranked
from overtone.report.pictures.marks import Axis, Mark, Notes, Panel, Path, Picture, Tick, Tone
from overtone.report.words import brief, cut, listed, value
from overtone.space import Categorical, Choice, Parameter, code_of, to_unit
from overtone.space.values import is_among

if TYPE_CHECKING:
    from overtone.report.explanation import Explanation

MOST_SETTINGS: Final = 10
ROW: Final = 62
# Lines that go through one place stand side by side over this share of the width.
SPREAD: Final = 0.05
# Values of which each has a place of its own.
MOST_VALUES: Final = 6
LEAST_TRIALS: Final = 2


def best_picture(explanation: "Explanation", metric: str) -> Picture | None:
    """The best tenth of the trials; None before there are a few."""
    best = explanation.best
    settings = _shown(explanation)
    if len(best) < LEAST_TRIALS or not settings:
        return None
    space = explanation.findings.space
    parameters = [space.parameters[space.index(name)] for name in settings]
    marks: list[Mark] = []
    recommended = explanation.recommended
    for k, trial in reversed(list(enumerate(best))):
        is_used = recommended is not None and recommended.configuration == trial.configuration
        shift = SPREAD * (k / max(len(best) - 1, 1) - 0.5)
        marks += _lines(trial, parameters, shift, is_used=is_used)
    marks.append(Notes(tuple(note for r, p in enumerate(parameters) for note in _notes(r, p))))
    ticks = tuple(Tick(float(r), name) for r, name in enumerate(settings))
    panel = Panel(
        Axis("", -0.08, 1.08, (), is_shown=False),
        Axis("", len(settings) - 0.5, -0.6, ticks),
        tuple(marks),
        height=30 + ROW * len(settings),
    )
    return Picture(
        "best", "What the best trials have in common", _sentence(explanation, metric), (panel,)
    )


def _shown(explanation: "Explanation") -> list[str]:
    """The settings that are drawn: those that matter first, then those of which it is not known."""
    ranks = {"matters": 0, "unknown": 1, "free": 2}
    known = [s for s in explanation.settings if s.verdict in ranks]
    known.sort(key=lambda setting: ranks[setting.verdict])
    names = [setting.setting for setting in known]
    return (names or list(explanation.findings.space.names))[:MOST_SETTINGS]


def _lines(
    trial: Ranked, parameters: list[Parameter], shift: float, *, is_used: bool
) -> list[Path]:
    """The line of a trial; in pieces, where it does not have a setting."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for row, parameter in enumerate(parameters):
        if parameter.name in trial.configuration:
            at = _unit(parameter, trial.configuration[parameter.name])
            pieces[-1].append((at + shift, float(row)))
        elif pieces[-1]:
            pieces.append([])
    text = f"trial {trial.trial}: {brief(trial.value)}"
    found = []
    for piece in pieces:
        if not piece:
            continue
        ends = piece if len(piece) > 1 else [piece[0], (piece[0][0], piece[0][1] + 0.15)]
        x, y = zip(*ends, strict=True)
        width, opacity = (3.0, 1.0) if is_used else (1.5, 0.45)
        tone: Tone = "main" if is_used else "soft"
        found.append(Path(x, y, tone, text=text, width=width, opacity=opacity))
    return found


def _unit(parameter: Parameter, choice: Choice) -> float:
    """Where a value stands between 0 and 1."""
    code = code_of(parameter, choice)
    if isinstance(parameter, Categorical):
        return float(code) / max(len(parameter.choices) - 1, 1)
    return float(to_unit(parameter, np.array([code]))[0])


def _notes(row: int, parameter: Parameter) -> list[tuple[float, float, str]]:
    """The values along a row: all of a choice of few, else the first and the last."""
    if isinstance(parameter, Categorical):
        choices = parameter.choices
        if len(choices) > MOST_VALUES:
            choices = (choices[0], choices[-1])
        return [(_unit(parameter, c), float(row), cut(value(c), 14)) for c in choices]
    ends = (parameter.low, parameter.high)
    return [(float(k), float(row), value(end)) for k, end in enumerate(ends)]


def _sentence(explanation: "Explanation", metric: str) -> str:
    best, settings = explanation.best, _shown(explanation)
    last = brief(best[-1].value, 4)
    text = f"The {len(best)} best trials reach {metric} = {last} or better"
    same = [
        f"{name} = {value(best[0].configuration[name])}"
        for name in settings
        if all(
            name in trial.configuration
            and is_among(trial.configuration[name], [best[0].configuration.get(name)])
            for trial in best
        )
    ]
    if not same:
        return f"{text}. No setting has the same value in all of them."
    return f"{text}. All of them have {listed(same)}."
