"""Trains what a laboratory asks for: cohorts side by side, checkpoints between parts.

A network that pauses, because Hyperband will decide about it or because time is up, leaves a file of its
own, so it may go on beside other networks than before.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import TypeAlias, final

import torch

from experiments.cifar10.data import Dataset
from experiments.cifar10.laboratory import Deadline, Measured, OutOfTime, Request
from experiments.cifar10.network import Architecture
from experiments.cifar10.scales import Fidelity, Scale
from experiments.cifar10.settings import Configuration
from experiments.cifar10.training import Member, Plan, State, Trainer, begun

Cohort: TypeAlias = tuple[Request, ...]


@final
class TorchBench:
    """Trains with torch, on a processor or a GPU."""

    def __init__(
        self, scale: Scale, dataset: Dataset, checkpoints: Path, deadline: Deadline
    ) -> None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._scale = scale
        self._trainer = Trainer(dataset, device)
        self._checkpoints = checkpoints
        self._deadline = deadline

    def measure(self, requests: Sequence[Request]) -> Iterator[Measured]:
        """Train; those of one batch size and one progress side by side.

        Raises:
            OutOfTime: if the deadline is past before all are trained.
        """
        for cohort in self._cohorts(requests):
            if self._deadline.is_past():
                raise OutOfTime
            yield from self._trained(cohort)

    def _cohorts(self, requests: Sequence[Request]) -> list[Cohort]:
        def kind(request: Request) -> tuple[str, int, int, int]:
            batch = Configuration(request.bits).batch_size
            return request.fidelity, batch, self._progress(request), request.parts

        cohorts: list[Cohort] = []
        for _, group in groupby(sorted(requests, key=kind), key=kind):
            alike = list(group)
            cohorts += _batched(alike, self._scale.together(alike[0].fidelity))
        return cohorts

    def _trained(self, cohort: Cohort) -> Iterator[Measured]:
        start = self._clock()
        plan = self._plan(cohort[0].fidelity)
        members = [Member(Configuration(r.bits), r.training_seed) for r in cohort]
        loaded = [self._loaded(r, m, plan) for r, m in zip(cohort, members, strict=True)]
        spent = sum(seconds for _, seconds in loaded)
        state = State.joined([state for state, _ in loaded])
        steps = self._trainer.steps(plan, members[0].configuration.batch_size)
        until = round(steps * cohort[0].parts / self._scale.parts)
        state = self._trainer.train(
            plan, members, state, until=until, goes_on=lambda: not self._deadline.is_past()
        )
        if state.step < until:
            seconds = (spent + self._clock() - start) / len(cohort)
            for k, request in enumerate(cohort):
                self._save(request, state.member(k), seconds)
            raise OutOfTime
        validation = self._trainer.errors(plan, members, state)
        test = self._trainer.errors(plan, members, state, test=True)
        seconds = (spent + self._clock() - start) / len(cohort)
        for k, request in enumerate(cohort):
            if request.pauses:
                # What was spent until here has its line, and is not counted again.
                self._save(request, state.member(k), 0.0)
            else:
                self._path(request).unlink(missing_ok=True)
            yield Measured(request, validation[k], test[k], seconds)

    def _plan(self, fidelity: Fidelity) -> Plan:
        effort = self._scale.effort(fidelity)
        return Plan(Architecture(effort.depth, self._scale.width), effort.epochs)

    def _clock(self) -> float:
        if self._trainer.device.type == "cuda":
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.process_time()

    def _path(self, request: Request) -> Path:
        return self._checkpoints / f"{self._scale.name}-{request.name}.pt"

    def _progress(self, request: Request) -> int:
        path = self._path(request)
        return int(torch.load(path, weights_only=True)["step"]) if path.exists() else 0

    def _save(self, request: Request, state: State, seconds: float) -> None:
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        stored = {field.name: getattr(state, field.name) for field in fields(State)}
        unfinished = self._path(request).with_suffix(".part")
        torch.save({**stored, "seconds": seconds}, unfinished)
        unfinished.replace(self._path(request))

    def _loaded(self, request: Request, member: Member, plan: Plan) -> tuple[State, float]:
        """A network where it stopped, with the seconds that no line has counted yet; a new one otherwise."""
        path = self._path(request)
        if not path.exists():
            return begun(plan, member, self._trainer.device), 0.0
        stored = torch.load(path, weights_only=True, map_location=self._trainer.device)
        seconds = float(stored.pop("seconds"))
        return State(**stored), seconds

    def forget(self, method: str, seed: int) -> None:
        """Drop the networks that a method has paused."""
        pattern = f"{self._scale.name}-{method.replace(' ', '_')}-{seed}-*.pt"
        for path in self._checkpoints.glob(pattern):
            path.unlink()


def _batched(requests: Sequence[Request], size: int) -> Iterator[Cohort]:
    for start in range(0, len(requests), size):
        yield tuple(requests[start : start + size])
