"""The paper's sixty binary settings: 38 real ones in the order of its option list, and 22 dummies.

Notation
    bits   a configuration as sixty characters, "0" for a setting's first option and "1" for its second
    under  the option of another setting without which a setting does nothing

Seven settings of the authors' framework speak of its memory and its threads, which torch has no like of.
Each gives its place to a setting of training that this framework has.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np

Bits: TypeAlias = str


@final
@dataclass(frozen=True)
class Setting:
    """One bit.

    Attributes:
        name: as the tables show it.
        options: what 0 and 1 stand for.
        under: the setting and the option that it depends on.
        instead_of: the setting of the authors' framework whose place it takes.
        note: what had to be decided here, and why.
    """

    name: str
    options: tuple[str, str]
    under: tuple[str, str] | None = None
    instead_of: str = ""
    note: str = ""


_NO_YES: Final = ("no", "yes")

REAL: Final = (
    Setting(
        "good initialisation",
        _NO_YES,
        note="no: torch's own start, uniform with a sixth of the variance that ReLU asks for",
    ),
    Setting(
        "init type", ("Xavier", "Kaiming"), ("good initialisation", "yes"), note="normal draws"
    ),
    Setting("optimiser", ("SGD", "Adam")),
    Setting("learning rate", ("below 0.01", "from 0.01")),
    Setting("learning rate detail 1", ("lower", "higher"), note="by ten"),
    Setting("learning rate detail 2", ("once", "three times")),
    Setting("learning rate drop", _NO_YES, note="by ten, twice"),
    Setting(
        "first drop",
        ("at 0.4", "at 0.6"),
        ("learning rate drop", "yes"),
        note="epoch 40 or 60 in the paper, whose number of epochs is not known: a share of the training",
    ),
    Setting(
        "second drop",
        ("at 0.8", "at 0.9"),
        ("learning rate drop", "yes"),
        note="epoch 80 or 100 in the paper: a share of the training, less than all of it",
    ),
    Setting("momentum", _NO_YES, note="of Adam: its first moment's decay, 0 without"),
    Setting("momentum rate", ("0.9", "0.99"), ("momentum", "yes")),
    Setting(
        "residual ratio", _NO_YES, note="whether a learned factor stands before each block's branch"
    ),
    Setting("residual ratio start", ("1", "0.5"), ("residual ratio", "yes")),
    Setting(
        "residual ratio time",
        ("from the start", "second half"),
        ("residual ratio", "yes"),
        note="when the factor is learned",
    ),
    Setting("first activation", _NO_YES, note="after a block's first convolution"),
    Setting("second activation", _NO_YES, note="after its second, before the sum"),
    Setting("third activation", _NO_YES, note="after the sum"),
    Setting("convolution bias", _NO_YES),
    Setting("activation", ("ReLU", "other")),
    Setting("other activation", ("sigmoid", "tanh"), ("activation", "other")),
    Setting("dropout", _NO_YES, note="of whole channels, between a block's convolutions"),
    Setting(
        "dropout rate", ("low", "high"), ("dropout", "yes"), note="low 0.05, 0.2; high 0.1, 0.3"
    ),
    Setting("dropout rate detail", ("lower", "higher"), ("dropout", "yes")),
    Setting("batch norm", _NO_YES),
    Setting(
        "batch norm tuning",
        _NO_YES,
        ("batch norm", "yes"),
        note="whether scale and shift are learned",
    ),
    Setting("shortcut", ("padded", "other"), note="where a block changes the size"),
    Setting(
        "other shortcut",
        ("at changes", "everywhere"),
        ("shortcut", "other"),
        note="a convolution of one pixel, where the size changes or in every block",
    ),
    Setting("weight decay", _NO_YES),
    Setting("weight decay rate", ("1e-3", "1e-4"), ("weight decay", "yes")),
    Setting("batch size", ("small", "big"), note="small 32, 128; big 64, 256"),
    Setting("batch size detail", ("lower", "higher")),
    Setting(
        "Nesterov",
        _NO_YES,
        ("momentum", "yes"),
        instead_of="Optnet",
        note="Optnet shares buffers, which autograd does by itself; this is torch's other form of momentum",
    ),
    Setting(
        "gradient clipping",
        _NO_YES,
        instead_of="Share gradInput",
        note="shared gradient buffers have no like; torch's usual care for gradients is a norm of at most 1",
    ),
    Setting(
        "reshuffling",
        _NO_YES,
        instead_of="Backend",
        note="torch chooses its backend by the machine; a new order each epoch, or the first for all",
    ),
    Setting(
        "flips",
        _NO_YES,
        instead_of="cudnn running state",
        note="augmentation in place of a speed setting",
    ),
    Setting(
        "shifts",
        _NO_YES,
        ("flips", "yes"),
        instead_of="cudnn state (if other)",
        note="nested in its parent as the paper's is; up to an eighth of the image",
    ),
    Setting(
        "label smoothing",
        _NO_YES,
        instead_of="nthreads",
        note="CrossEntropyLoss has it; threads change no error",
    ),
    Setting(
        "label smoothing rate",
        ("0.05", "0.2"),
        ("label smoothing", "yes"),
        instead_of="its detail",
        note="a detail of its parent, as in the paper",
    ),
)
DUMMIES: Final = tuple(Setting(f"dummy {i}", ("off", "on")) for i in range(1, 23))
SETTINGS: Final = (*REAL, *DUMMIES)
NAMES: Final = tuple(setting.name for setting in SETTINGS)


@final
@dataclass(frozen=True)
class Configuration:
    """What sixty bits stand for."""

    bits: Bits

    def __post_init__(self) -> None:
        if len(self.bits) != len(SETTINGS) or set(self.bits) - {"0", "1"}:
            raise ValueError(
                f"{self.bits!r} is no configuration: {len(SETTINGS)} characters 0 or 1 are expected, "
                "one a setting."
            )

    @cached_property
    def _on(self) -> dict[str, int]:
        return {name: int(bit) for name, bit in zip(NAMES, self.bits, strict=True)}

    def on(self, name: str) -> bool:
        """Whether a setting has its second option."""
        return bool(self._on[name])

    def acts(self, name: str) -> bool:
        """Whether a setting has its second option and so has the setting that it depends on."""
        under = next(setting.under for setting in SETTINGS if setting.name == name)
        return self.on(name) and (under is None or self.option(under[0]) == under[1])

    def option(self, name: str) -> str:
        """The option of a setting, in words."""
        return next(s.options[self.on(name)] for s in SETTINGS if s.name == name)

    @property
    def learning_rate(self) -> float:
        """One of 0.0001, 0.001, 0.01, 0.1 or three times those."""
        decade = 2 * self.on("learning rate") + self.on("learning rate detail 1") - 4
        return math.pow(10, decade) * (3 if self.on("learning rate detail 2") else 1)

    @property
    def momentum(self) -> float:
        """0, 0.9 or 0.99."""
        return (0.9, 0.99)[self.on("momentum rate")] if self.on("momentum") else 0.0

    @property
    def dropout(self) -> float:
        """The share of channels left out."""
        rates = ((0.05, 0.2), (0.1, 0.3))[self.on("dropout rate")]
        return rates[self.on("dropout rate detail")] if self.on("dropout") else 0.0

    @property
    def weight_decay(self) -> float:
        """0, 1e-3 or 1e-4."""
        return (1e-3, 1e-4)[self.on("weight decay rate")] if self.on("weight decay") else 0.0

    @property
    def batch_size(self) -> int:
        """32, 64, 128 or 256."""
        return ((32, 128), (64, 256))[self.on("batch size")][self.on("batch size detail")]

    @property
    def smoothing(self) -> float:
        """The share of a label that is spread over all classes."""
        return (0.05, 0.2)[self.on("label smoothing rate")] if self.on("label smoothing") else 0.0

    @property
    def drops(self) -> tuple[float, float]:
        """The shares of the training at which the learning rate falls by ten; beyond 1 for never."""
        if not self.on("learning rate drop"):
            return (2.0, 2.0)
        return (0.4, 0.6)[self.on("first drop")], (0.8, 0.9)[self.on("second drop")]


def configuration(**options: str) -> Configuration:
    """The configuration with the options given, by names with underscores, and 0 for all others."""
    bits = ["0"] * len(SETTINGS)
    for name, option in options.items():
        i = NAMES.index(name.replace("_", " "))
        bits[i] = str(SETTINGS[i].options.index(option))
    return Configuration("".join(bits))


# The usual recipe of a residual network, in place of the paper's human expert: 6.97 % there.
HUMAN: Final = configuration(
    good_initialisation="yes",
    init_type="Kaiming",
    learning_rate="from 0.01",
    learning_rate_detail_1="higher",
    learning_rate_drop="yes",
    momentum="yes",
    first_activation="yes",
    third_activation="yes",
    batch_norm="yes",
    batch_norm_tuning="yes",
    weight_decay="yes",
    weight_decay_rate="1e-4",
    batch_size_detail="higher",
    reshuffling="yes",
    flips="yes",
    shifts="yes",
)


def random_bits(rng: np.random.Generator) -> Bits:
    """A uniform configuration."""
    return "".join(str(bit) for bit in rng.integers(2, size=len(SETTINGS)))
