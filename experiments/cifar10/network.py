"""Residual networks of depth 6n + 2, several of them side by side.

He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition" (arXiv 1512.03385), section 4.2: one
convolution, three groups of n blocks with w, 2w, 4w channels, the mean over the image, a linear layer.

Notation
    K       members: networks of one architecture, each with a configuration of its own
    P       parameters of one network
    x       (B, K, C, H, W)  a batch of each member
    weights (K, P)           all parameters, one row a member; a convolution takes its columns as K groups

A member is computed as it would be alone: no operation mixes members. What only some members want is
computed for all and kept where it is wanted; where all or none want it, nothing is wasted.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from experiments.cifar10.data import CLASSES
from experiments.cifar10.settings import Configuration

# How fast the statistics of batch norm follow the batches: torch's own default.
FOLLOW: Final = 0.1


@final
@dataclass(frozen=True)
class Piece:
    """Some consecutive parameters of a network."""

    role: str  # convolution, bias, scale, shift, ratio, head, head bias
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many parameters."""
        return math.prod(self.shape)


@final
@dataclass(frozen=True)
class Architecture:
    """A residual network.

    Raises:
        ValueError: if the depth is not 6n + 2.
    """

    depth: int
    width: int

    def __post_init__(self) -> None:
        if self.depth < 8 or self.depth % 6 != 2:
            raise ValueError(f"depth is {self.depth}, but 8, 14, 20, ... (6n + 2) is expected.")

    @cached_property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """The channels that each block takes and gives."""
        n = (self.depth - 2) // 6
        widths = [self.width] + [self.width * 2**g for g in range(3) for _ in range(n)]
        return tuple(itertools.pairwise(widths))

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """All parameters, in the order in which a network uses them."""
        pieces = _convolution(3, self.width)
        for taken, given in self.blocks:
            pieces += _convolution(taken, given)
            pieces += _convolution(given, given)
            pieces += [Piece("ratio", (1,)), Piece("convolution", (given, taken, 1, 1))]
        last = 4 * self.width
        return (*pieces, Piece("head", (CLASSES, last)), Piece("head bias", (CLASSES,)))

    @property
    def norms(self) -> tuple[int, ...]:
        """The channels of each batch norm."""
        return tuple(piece.size for piece in self.pieces if piece.role == "scale")


def _convolution(taken: int, given: int) -> list[Piece]:
    vector = (given,)
    return [
        Piece("convolution", (given, taken, 3, 3)),
        Piece("bias", vector),
        Piece("scale", vector),
        Piece("shift", vector),
    ]


def initial(
    architecture: Architecture, configuration: Configuration, rng: np.random.Generator
) -> Tensor:
    """The parameters of one network before training, shape `(P,)`."""
    drawn = [_drawn(piece, configuration, rng) for piece in architecture.pieces]
    return torch.from_numpy(np.concatenate(drawn).astype(np.float32))


def _drawn(
    piece: Piece, configuration: Configuration, rng: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    match piece.role:
        case "scale":
            return np.ones(piece.size)
        case "ratio":
            return np.array([0.5 if configuration.acts("residual ratio start") else 1.0])
        case "convolution" | "head":
            patch = math.prod(piece.shape[2:])
            fan_in, fan_out = piece.shape[1] * patch, piece.shape[0] * patch
            if not configuration.on("good initialisation"):
                return rng.uniform(-1, 1, piece.size) / math.sqrt(fan_in)
            is_kaiming = configuration.on("init type")
            variance = 2 / fan_in if is_kaiming else 2 / (fan_in + fan_out)
            return rng.normal(0, math.sqrt(variance), piece.size)
        case _:
            return np.zeros(piece.size)


def trainable(architecture: Architecture, configuration: Configuration, *, is_late: bool) -> Tensor:
    """Which parameters of one network are learned: 1 or 0, shape `(P,)`.

    Args:
        architecture: of the network.
        configuration: of the network.
        is_late: whether the second half of the training has begun.
    """
    ratio = configuration.on("residual ratio")
    learned = {
        "bias": configuration.on("convolution bias"),
        "scale": configuration.acts("batch norm tuning"),
        "shift": configuration.acts("batch norm tuning"),
        "ratio": ratio and (is_late or not configuration.on("residual ratio time")),
    }
    parts = [torch.full((p.size,), float(learned.get(p.role, True))) for p in architecture.pieces]
    return torch.cat(parts)


@final
class Wanted:
    """Which members want something."""

    def __init__(self, members: Sequence[bool], device: torch.device) -> None:
        self.any = any(members)
        self._all = all(members)
        self._mask = torch.tensor(members, device=device).view(1, -1, 1, 1, 1)

    def choose(self, wanted: Callable[[], Tensor], otherwise: Callable[[], Tensor]) -> Tensor:
        """The first of members that want it, the second of the others."""
        if self._all:
            return wanted()
        return torch.where(self._mask, wanted(), otherwise()) if self.any else otherwise()


@final
class Networks:
    """The function that K networks compute."""

    def __init__(
        self,
        architecture: Architecture,
        configurations: Sequence[Configuration],
        device: torch.device,
    ) -> None:
        def wanted(name: str) -> Wanted:
            return Wanted([c.acts(name) for c in configurations], device)

        self._architecture = architecture
        self._sizes = [piece.size for piece in architecture.pieces]
        self._activations = [
            wanted(f"{place} activation") for place in ("first", "second", "third")
        ]
        self._other = wanted("activation")
        self._tanh = wanted("other activation")
        self._norm = wanted("batch norm")
        self._at_changes = wanted("shortcut")
        self._everywhere = wanted("other shortcut")
        rates = torch.tensor([c.dropout for c in configurations], device=device)
        self._drops = bool(rates.any())
        self._kept = (1 - rates).view(1, -1, 1, 1, 1)

    def logits(
        self,
        weights: Tensor,
        statistics: Sequence[Tensor],
        x: Tensor,
        *,
        dropout: torch.Generator | None = None,
    ) -> Tensor:
        """The logits `(K, B, classes)`.

        Args:
            weights: all parameters, shape `(K, P)`.
            statistics: mean and variance of each batch norm, shape `(2, K, C)`; followed while training.
            x: images, shape `(B, K, 3, H, W)`.
            dropout: draws what is dropped while training; left out, the networks are not in training.
        """
        pass_ = _Pass(self._architecture, weights.split(self._sizes, dim=1), statistics, dropout)
        x = self._activation(self._normed(pass_, pass_.convolved(x)))
        for taken, given in self._architecture.blocks:
            x = self._block(pass_, x, stride=given // taken)
        head, bias = pass_.take(), pass_.take()
        return torch.einsum("bkc,koc->kbo", x.mean(dim=(3, 4)), head) + bias[:, None]

    def _block(self, pass_: "_Pass", x: Tensor, *, stride: int) -> Tensor:
        first, second, third = self._activations
        branch = self._activated(first, self._normed(pass_, pass_.convolved(x, stride=stride)))
        if pass_.dropout is not None and self._drops:
            branch = branch * self._dropped(branch, pass_.dropout)
        branch = self._activated(second, self._normed(pass_, pass_.convolved(branch)))
        branch = pass_.take().view(1, -1, 1, 1, 1) * branch
        weight = pass_.take()
        through = (self._everywhere if stride == 1 else self._at_changes).choose(
            lambda: grouped(x, weight, None, stride=stride, padding=0),
            lambda: x if stride == 1 else _padded(x),
        )
        return self._activated(third, through + branch)

    def _activated(self, wanted: Wanted, x: Tensor) -> Tensor:
        return wanted.choose(lambda: self._activation(x), lambda: x)

    def _activation(self, x: Tensor) -> Tensor:
        return self._other.choose(
            lambda: self._tanh.choose(lambda: torch.tanh(x), lambda: torch.sigmoid(x)),
            lambda: torch.relu(x),
        )

    def _normed(self, pass_: "_Pass", x: Tensor) -> Tensor:
        scale, shift, (mean, variance) = pass_.take(), pass_.take(), pass_.statistic()
        return self._norm.choose(
            lambda: functional.batch_norm(
                x.flatten(1, 2),
                mean.view(-1),
                variance.view(-1),
                scale.flatten(),
                shift.flatten(),
                training=pass_.dropout is not None,
                momentum=FOLLOW,
            ).view_as(x),
            lambda: x,
        )

    def _dropped(self, x: Tensor, dropout: torch.Generator) -> Tensor:
        drawn = torch.rand((*x.shape[:3], 1, 1), generator=dropout, device=x.device)
        return (drawn < self._kept) / self._kept


@final
class _Pass:
    """One pass through the networks: hands out parameters and statistics in their order."""

    def __init__(
        self,
        architecture: Architecture,
        parts: Sequence[Tensor],
        statistics: Sequence[Tensor],
        dropout: torch.Generator | None,
    ) -> None:
        self._parts = iter(zip(architecture.pieces, parts, strict=True))
        self._statistics = iter(statistics)
        self.dropout = dropout

    def take(self) -> Tensor:
        """The next piece of every member, shape `(K, *shape)`."""
        piece, part = next(self._parts)
        return part.reshape(-1, *piece.shape)

    def statistic(self) -> Tensor:
        """Those of the next batch norm."""
        return next(self._statistics)

    def convolved(self, x: Tensor, *, stride: int = 1) -> Tensor:
        """The next convolution of nine pixels, with its bias."""
        return grouped(x, self.take(), self.take().flatten(), stride=stride, padding=1)


def grouped(x: Tensor, weight: Tensor, bias: Tensor | None, *, stride: int, padding: int) -> Tensor:
    """The convolution of each member with its own weights: K groups of one."""
    members = x.shape[1]
    y = functional.conv2d(
        x.flatten(1, 2), weight.flatten(0, 1), bias, stride, padding, groups=members
    )
    return y.unflatten(1, (members, -1))


def _padded(x: Tensor) -> Tensor:
    """Every second pixel, and channels of 0 for those that the block adds."""
    return functional.pad(x[..., ::2, ::2], (0, 0, 0, 0, 0, x.shape[2]))
