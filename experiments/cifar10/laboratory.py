"""What was trained, kept as lines of JSON: a training that has a line is never repeated.

A line is keyed by scale, method, seed, number and parts of the training; a file holds one scale and seed.
Methods are replayed: they ask for everything again, and what has a line is answered from it. A line with
other bits than a method asks for was written by another version of the method, and is an error.
"""

import gzip
import json
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, final

from experiments.cifar10.scales import Fidelity, Scale
from experiments.cifar10.settings import Bits

Key: TypeAlias = tuple[str, int, int, int]


class OutOfTime(Exception):  # noqa: N818  # it is no error: the next part of the run goes on from here
    """The part of the run is over."""


@final
@dataclass(frozen=True)
class Request:
    """A training that a method asks for.

    Attributes:
        method: that asks.
        seed: of its run.
        number: of the configuration in that run.
        bits: the configuration.
        fidelity: whose network is trained.
        parts: how much of the full training, counted from its beginning.
        done: parts that have been trained already, and are in a checkpoint.
        pauses: whether the training may go on later.
    """

    method: str
    seed: int
    number: int
    bits: Bits
    fidelity: Fidelity
    parts: int
    done: int = 0
    pauses: bool = False

    @property
    def key(self) -> Key:
        """What is never trained twice."""
        return self.method, self.seed, self.number, self.parts

    @property
    def name(self) -> str:
        """Of the network, whatever was trained of it."""
        return f"{self.method}-{self.seed}-{self.number}".replace(" ", "_")

    @property
    def training_seed(self) -> int:
        """Of the network's start and data order."""
        return zlib.crc32(self.name.encode())


@final
@dataclass(frozen=True)
class Outcome:
    """A training that was done, as a line of the records.

    Attributes:
        cost: of the parts that this training added, in trainings of the stages' network.
        seconds: of a processor; on a GPU, the time of all that ran side by side, in equal shares.
        validation, test: errors in percent.
    """

    method: str
    seed: int
    number: int
    parts: int
    bits: Bits
    fidelity: Fidelity
    cost: float
    seconds: float
    validation: float
    test: float

    @property
    def key(self) -> Key:
        """That of the request."""
        return self.method, self.seed, self.number, self.parts


@final
@dataclass(frozen=True)
class Measured:
    """What a bench found."""

    request: Request
    validation: float
    test: float
    seconds: float


class Bench(Protocol):
    """Whatever trains."""

    def measure(self, requests: Sequence[Request]) -> Iterator[Measured]:
        """Train, in any order.

        Raises:
            OutOfTime: after the last training that fits.
        """
        ...

    def forget(self, method: str, seed: int) -> None:
        """Drop the networks that a method has paused."""
        ...


@final
class Laboratory:
    """Answers requests from the records, or from the bench."""

    def __init__(self, scale: Scale, seed: int, folder: Path, bench: Bench) -> None:
        self.scale = scale
        self.seed = seed
        self.bench = bench
        self._path = records_path(folder, scale, seed)
        self._known = {outcome.key: outcome for outcome in read(self._path)}

    def count(self, method: str) -> int:
        """How many trainings of a method are done."""
        return sum(outcome.method == method for outcome in self._known.values())

    def outcomes(self, requests: Sequence[Request]) -> list[Outcome]:
        """The outcomes of some requests, in their order.

        Raises:
            OutOfTime: if the bench does; what it finished is kept.
        """
        fresh = [request for request in requests if request.key not in self._known]
        for measured in self.bench.measure(fresh) if fresh else ():
            self._keep(measured)
        for request in requests:
            if self._known[request.key].bits != request.bits:
                raise ValueError(
                    f"{self._path} has other settings for {request.method!r} number {request.number} than "
                    "the method asks for now. Was it written by another version? Move the file away."
                )
        return [self._known[request.key] for request in requests]

    def _keep(self, measured: Measured) -> None:
        asked = measured.request
        outcome = Outcome(
            asked.method,
            asked.seed,
            asked.number,
            asked.parts,
            asked.bits,
            asked.fidelity,
            self.scale.cost(asked.fidelity, asked.parts - asked.done),
            round(measured.seconds, 3),
            round(measured.validation, 3),
            round(measured.test, 3),
        )
        self._known[outcome.key] = outcome
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(outcome)) + "\n")

    def write_stages(self, stages: Iterable[dict[str, object]]) -> None:
        """Keep what Harmonica's stages found, for the page."""
        path = stages_path(self._path)
        path.write_text(json.dumps(list(stages), indent=1) + "\n", encoding="utf-8")


class Deadline:
    """The end of this part of the run."""

    def __init__(self, minutes: float | None) -> None:
        self._end = None if minutes is None else time.monotonic() + 60 * minutes

    def is_past(self) -> bool:
        """Whether nothing further should begin."""
        return self._end is not None and time.monotonic() > self._end


def records_path(folder: Path, scale: Scale, seed: int) -> Path:
    """The records of a scale and seed."""
    return folder / f"{scale.name}-{seed}.jsonl"


def stages_path(records: Path) -> Path:
    """What Harmonica's stages found, beside the records."""
    return records.with_name(f"{records.stem}-stages.json")


def recorded_seeds(folder: Path, scale: Scale) -> list[int]:
    """The seeds of a scale that have records."""
    found = folder.glob(f"{scale.name}-*.jsonl*")
    return sorted({int(path.name.split(".")[0].rpartition("-")[2]) for path in found})


def read(path: Path) -> list[Outcome]:
    """The records of a file, behind those that were put away compressed beside it.

    A last line that was cut off by a kill is not one.
    """
    put_away = path.with_name(f"{path.name}.gz")
    kept = gzip.decompress(put_away.read_bytes()).decode() if put_away.exists() else ""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [Outcome(**json.loads(line)) for line in (kept + whole).splitlines()]
