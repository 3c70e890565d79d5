"""Training of networks side by side, each with its own optimiser, rates, augmentation and data order.

Notation
    K  members; all have one batch size, so that they take the same steps
    w  (K, P) weights;  g (K, P) their gradient
    m  (K, P) first moment;  v (K, P) second moment

A step of SGD is m = momentum m + g, w -= rate m; of Adam m = momentum m + (1 - momentum) g,
v = 0.999 v + 0.001 g^2, w -= rate (m / (1 - momentum^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8).
With Nesterov's form, momentum m + (1 or 1 - momentum) g stands in place of m.

What a member meets depends on its own seed and the number of the step: its data order, flips and shifts.
So a training that pauses, or goes on beside other members, sees what it would have seen. Only the channels
that dropout leaves out are drawn for all members together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

import numpy as np
import torch
from torch import Tensor

from experiments.cifar10.data import CLASSES, Dataset, Labels
from experiments.cifar10.network import Architecture, Networks, initial, trainable
from experiments.cifar10.settings import Configuration

SECOND_DECAY: Final = 0.999
ADAM_FLOOR: Final = 1e-8
LARGEST_GRADIENT: Final = 1.0
EVALUATED_AT_ONCE: Final = 500
# What a network that has diverged is worth: chance.
CHANCE: Final = 100.0 * (1 - 1 / CLASSES)

Part: TypeAlias = tuple[Tensor, Tensor]


@final
@dataclass(frozen=True)
class Member:
    """One network to be trained."""

    configuration: Configuration
    seed: int


@final
@dataclass(frozen=True)
class Plan:
    """What a full training is.

    Attributes:
        architecture: of the network.
        epochs: passes over the training images.
    """

    architecture: Architecture
    epochs: int

    def steps(self, images: int, batch: int) -> int:
        """Of a full training; an incomplete last batch of an epoch is left out."""
        return self.epochs * (images // batch)


@final
@dataclass(frozen=True, eq=False)
class State:
    """K networks in training. It is changed in place by whoever trains it."""

    weights: Tensor  # (K, P)
    first: Tensor  # (K, P)
    second: Tensor  # (K, P)
    statistics: tuple[Tensor, ...]  # (2, K, C) of each batch norm
    step: int

    def member(self, k: int) -> "State":
        """One of the networks, on its own."""
        return State(
            self.weights[k : k + 1].clone(),
            self.first[k : k + 1].clone(),
            self.second[k : k + 1].clone(),
            tuple(s[:, k : k + 1].clone() for s in self.statistics),
            self.step,
        )

    @staticmethod
    def joined(states: Sequence["State"]) -> "State":
        """Networks that have taken equally many steps, side by side."""
        assert len({state.step for state in states}) == 1
        return State(
            torch.cat([s.weights for s in states]),
            torch.cat([s.first for s in states]),
            torch.cat([s.second for s in states]),
            tuple(
                torch.cat(parts, 1) for parts in zip(*(s.statistics for s in states), strict=True)
            ),
            states[0].step,
        )


def begun(plan: Plan, member: Member, device: torch.device) -> State:
    """One network before its first step."""
    rng = np.random.default_rng([member.seed, 0])
    weights = initial(plan.architecture, member.configuration, rng)[None].to(device)
    statistics = tuple(
        torch.stack([torch.zeros(1, c, device=device), torch.ones(1, c, device=device)])
        for c in plan.architecture.norms
    )
    zeros = torch.zeros_like(weights)
    return State(weights, zeros, zeros.clone(), statistics, 0)


@final
class Trainer:
    """Trains and tests networks on one dataset."""

    def __init__(self, dataset: Dataset, device: torch.device) -> None:
        self.device = device
        self._margin = dataset.side // 8
        images, labels = self._moved(dataset.training)
        margin = (self._margin,) * 4
        # A batch is gathered pixel by pixel, so colours stand last: (n, H, W, 3).
        self._images = torch.nn.functional.pad(images, margin).permute(0, 2, 3, 1).contiguous()
        self._labels = labels
        self._side = dataset.side
        self._validation = self._moved(dataset.validation)
        self._test = self._moved(dataset.test)

    def _moved(self, part: tuple[np.ndarray, Labels]) -> Part:
        return torch.from_numpy(part[0]).to(self.device), torch.from_numpy(part[1]).to(self.device)

    def steps(self, plan: Plan, batch: int) -> int:
        """Of a full training."""
        return plan.steps(len(self._labels), batch)

    def train(
        self,
        plan: Plan,
        members: Sequence[Member],
        state: State,
        *,
        until: int,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> State:
        """The networks after some more steps.

        Args:
            plan: of the full training.
            members: of one batch size.
            state: theirs.
            until: the step to stop before.
            goes_on: asked after each epoch; False stops there.
        """
        batch = members[0].configuration.batch_size
        assert all(member.configuration.batch_size == batch for member in members)
        run = _Run(plan, members, self.steps(plan, batch), self.device)
        an_epoch = len(self._labels) // batch
        step = state.step
        while step < until:
            epoch, place = divmod(step, an_epoch)
            drawn = self._epoch(members, epoch)
            stop = min(until, (epoch + 1) * an_epoch)
            for k in range(place, place + stop - step):
                run.step(
                    state, *self._batch(drawn, k * batch, (k + 1) * batch), epoch * an_epoch + k
                )
            step = stop
            if not state.weights.isfinite().all(dim=1).any():
                step = until  # all have diverged, and nothing brings them back
            elif not goes_on():
                break
        return replace(state, step=step)

    def _epoch(self, members: Sequence[Member], epoch: int) -> "_Epoch":
        drawn = [self._drawn(member, epoch) for member in members]
        order, offsets, is_flipped = (np.stack(parts) for parts in zip(*drawn, strict=True))
        return _Epoch(*(torch.from_numpy(a).to(self.device) for a in (order, offsets, is_flipped)))

    def _drawn(self, member: Member, epoch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n = len(self._labels)
        c = member.configuration
        order = np.random.default_rng([member.seed, 1, epoch if c.on("reshuffling") else 0])
        rng = np.random.default_rng([member.seed, 2, epoch])
        offsets = np.full((2, n), self._margin)
        if c.acts("shifts"):
            offsets = rng.integers(0, 2 * self._margin + 1, size=(2, n))
        is_flipped = rng.random(n) < (0.5 if c.on("flips") else 0.0)
        return order.permutation(n), offsets, is_flipped

    def _batch(self, drawn: "_Epoch", start: int, stop: int) -> Part:
        """Images `(B, K, 3, H, W)` and labels `(K, B)`."""
        i = drawn.order[:, start:stop]
        pixels = torch.arange(self._side, device=self.device)
        turned = drawn.is_flipped[:, start:stop, None]
        rows, columns = drawn.offsets[:, :, start:stop, None].unbind(1)
        rows, columns = rows + pixels, columns + torch.where(turned, pixels.flip(0), pixels)
        images = self._images[i[:, :, None, None], rows[:, :, :, None], columns[:, :, None, :]]
        # A single network would pass on that colours stand last, which some devices cannot convolve.
        return images.permute(1, 0, 4, 2, 3).contiguous(), self._labels[i]

    def errors(
        self, plan: Plan, members: Sequence[Member], state: State, *, test: bool = False
    ) -> list[float]:
        """The share of images that each network gets wrong, in percent."""
        images, labels = self._test if test else self._validation
        networks = Networks(plan.architecture, [m.configuration for m in members], self.device)
        wrong = torch.zeros(len(members), device=self.device)
        with torch.inference_mode():
            for start in range(0, len(labels), EVALUATED_AT_ONCE):
                x = images[start : start + EVALUATED_AT_ONCE, None]
                x = x.expand(-1, len(members), -1, -1, -1)
                logits = networks.logits(state.weights, state.statistics, x)
                wrong += (logits.argmax(2) != labels[start : start + len(x)]).sum(1)
            is_finite = state.weights.isfinite().all(dim=1)
        errors = torch.where(is_finite, 100 * wrong / len(labels), CHANCE)
        return [float(error) for error in errors.cpu()]


@final
@dataclass(frozen=True, eq=False)
class _Epoch:
    """What K members see of n images in one epoch."""

    order: Tensor  # (K, n) which image comes when
    offsets: Tensor  # (K, 2, n) the first row and column that are seen of it
    is_flipped: Tensor  # (K, n) whether left and right are exchanged


@final
class _Run:
    """The steps of K members: what of them does not change from step to step."""

    def __init__(
        self, plan: Plan, members: Sequence[Member], steps: int, device: torch.device
    ) -> None:
        configurations = [member.configuration for member in members]

        def column(value: Callable[[Configuration], float]) -> Tensor:
            return torch.tensor([float(value(c)) for c in configurations], device=device)[:, None]

        self._networks = Networks(plan.architecture, configurations, device)
        self._steps = steps
        self._rate = column(lambda c: c.learning_rate)
        self._momentum = column(lambda c: c.momentum)
        self._decay = column(lambda c: c.weight_decay)
        self._smoothing = column(lambda c: c.smoothing)
        self._drops = column(lambda c: c.drops[0]), column(lambda c: c.drops[1])
        self._adam = column(lambda c: c.acts("optimiser")).bool()
        self._nesterov = column(lambda c: c.acts("Nesterov")).bool()
        self._clipped = column(lambda c: c.acts("gradient clipping")).bool()
        self._gain = torch.where(self._adam, 1 - self._momentum, 1.0)
        self._learned = [
            torch.stack([trainable(plan.architecture, c, is_late=late) for c in configurations]).to(
                device
            )
            for late in (False, True)
        ]
        self._dropout = torch.Generator(device)
        self._seed = members[0].seed

    def step(self, state: State, images: Tensor, labels: Tensor, t: int) -> None:
        """Change the state by step number t."""
        share = t / self._steps
        rate = self._rate * 0.1 ** sum((share >= drop).float() for drop in self._drops)
        self._move(state, self._gradient(state, images, labels, t), rate, t)

    def _gradient(self, state: State, images: Tensor, labels: Tensor, t: int) -> Tensor:
        self._dropout.manual_seed(self._seed * 1_000_003 + t)
        weights = state.weights.detach().requires_grad_()
        logits = self._networks.logits(weights, state.statistics, images, dropout=self._dropout)
        log_p = logits.log_softmax(2)
        right = log_p.gather(2, labels[:, :, None])[:, :, 0]
        losses = -(1 - self._smoothing) * right - self._smoothing * log_p.mean(2)
        (g,) = torch.autograd.grad(losses.mean(1).sum(), weights)
        g = (g + self._decay * state.weights) * self._learned[t >= self._steps / 2]
        if self._clipped.any():
            scale = (LARGEST_GRADIENT / g.norm(dim=1, keepdim=True)).clamp(max=1)
            g = torch.where(self._clipped, scale * g, g)
        return g

    def _move(self, state: State, g: Tensor, rate: Tensor, t: int) -> None:
        m, v = state.first, state.second
        m.mul_(self._momentum).add_(self._gain * g)
        direction = m
        if self._nesterov.any():
            direction = torch.where(self._nesterov, self._momentum * m + self._gain * g, m)
        if self._adam.any():
            v.mul_(SECOND_DECAY).addcmul_(g, g, value=1 - SECOND_DECAY)
            size = (v / (1 - SECOND_DECAY ** (t + 1))).sqrt_().add_(ADAM_FLOOR)
            scaled = direction / (1 - self._momentum ** (t + 1)) / size
            direction = torch.where(self._adam, scaled, direction)
        state.weights.sub_(rate * direction)
