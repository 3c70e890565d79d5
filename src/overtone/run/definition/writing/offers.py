"""The range to try around the present value of a setting, guessed from the value and its name."""

import math
import re
from dataclasses import dataclass
from typing import Final

from overtone.run.definition.writing.setting_text import Setting, number_in
from overtone.space import LARGEST_INTEGER, Categorical, Integer, Parameter, Real

# What is no setting, by the words of its name.
_NO_SETTINGS: Final = {
    "a seed only chooses among equals; the study repeats some runs to learn how much they vary": {
        "seed", "seeds",
    },
    "it says where or how loudly the program runs, not how well": {
        "port", "host", "rank", "gpu", "gpus", "device", "devices", "id", "verbose", "verbosity", "log",
        "debug", "quiet", "version", "help", "dry", "v", "q", "h",
    },
    "more of it is nearly always better and slower; a table [budget] is for that": {
        "epoch", "epochs", "iteration", "iterations", "iters", "steps", "trials",
    },
}  # fmt: skip
# Steps of these are a setting, and no budget.
_OF_A_PART: Final = {"warmup", "decay", "accumulation", "burnin"}
# Their values are shares, from nothing to nearly all.
_SHARES: Final = {
    "dropout",
    "momentum",
    "prob",
    "probability",
    "fraction",
    "ratio",
    "share",
    "quantile",
}
_NEARLY_ALL: Final = 0.99
_OPPOSITES: Final = (
    ("false", "true"), ("False", "True"), ("no", "yes"), ("off", "on"), ("none", "all"),
    ("disabled", "enabled"),
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """A setting that may be taken, or the reason why none is offered."""

    setting: Setting | None
    reason: str = ""


def offer(name: str, text: str) -> Offer:
    """What to try of a setting that is so at present.

    Args:
        name: of the setting.
        text: its present value, as the command writes it.
    """
    reason = why_no_setting(name)
    if reason:
        return Offer(None, reason)
    for pair in _OPPOSITES:
        if text in pair:
            return Offer(Setting(Categorical(name, pair), text))
    value = number_in(text)
    if value is None:
        return Offer(None, "its other values are not known")
    parameter = range_around(name, value)
    if parameter is None:
        return Offer(None, f"{text} says nothing of its scale")
    return Offer(Setting(parameter, float(value) if isinstance(parameter, Real) else value))


def why_no_setting(name: str) -> str:
    """Why a name is not that of a setting; nothing if it may be."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    if words & _OF_A_PART:
        return ""
    return next((reason for reason, known in _NO_SETTINGS.items() if words & known), "")


def range_around(name: str, value: float) -> Parameter | None:
    """A range that holds a value; None where the value does not tell its scale."""
    if set(re.split(r"[^a-z]+", name.lower())) & _SHARES and 0 <= value <= 1:
        return Real(name, 0.0, max(_NEARLY_ALL, float(value)))
    if value == 0 or not abs(value) <= LARGEST_INTEGER / 4 or abs(value) < 1e-300:
        return None
    if value < 0:
        kind = Integer if isinstance(value, int) else Real
        return kind(name, 2 * value, 0)  # type: ignore[arg-type]  # whole if the value is
    if isinstance(value, int):
        return Integer(name, max(1, value // 4), 4 * value, log=value >= 4)
    exponent = math.log10(value)
    return Real(name, _power(math.floor(exponent - 1)), _power(math.ceil(exponent + 1)), log=True)


def _power(exponent: int) -> float:
    return float(f"1e{exponent}")
