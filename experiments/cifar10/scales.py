"""How much is trained, at three scales; and the cost of a training in one unit for all methods.

The unit is one full training of the stages' network. A training costs layers times epochs, in that unit,
whatever its settings are: batches of 32 take longer than batches of 256, but not more work.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

from experiments.cifar10.data import Sizes

Fidelity: TypeAlias = Literal["stage", "final"]


@final
@dataclass(frozen=True)
class Effort:
    """A full training: layers of the network, and passes over the images."""

    depth: int
    epochs: int


@final
@dataclass(frozen=True)
class Scale:
    """One scale of the experiment.

    Attributes:
        name: of the scale.
        sizes: of the dataset.
        width: channels of the first layer.
        stage, final: a full training in Harmonica's stages, and at the end.
        stages: how many Harmonica has.
        samples: configurations a stage.
        finals: full final trainings after the stages; they make the cost of a method.
        short: those of Harmonica 2.
        points: of the restricted space, whose mean error is measured.
        parts: of a full training, the largest budget of Hyperband; a ninth or a 27th is its least.
        repeats: trainings of a method's answer.
        abreast: networks of the stages that are trained side by side.
    """

    name: str
    sizes: Sizes
    width: int
    stage: Effort
    final: Effort
    stages: int
    samples: int
    finals: int
    short: int
    points: int
    parts: int
    repeats: int
    abreast: int

    def effort(self, fidelity: Fidelity) -> Effort:
        """A full training of a fidelity."""
        return self.stage if fidelity == "stage" else self.final

    def cost(self, fidelity: Fidelity, parts: int | None = None) -> float:
        """Of a training, or of some parts of one."""
        effort = self.effort(fidelity)
        full = effort.depth * effort.epochs / (self.stage.depth * self.stage.epochs)
        return full if parts is None else full * parts / self.parts

    @property
    def budget(self) -> float:
        """What every method may cost; those named so, twice this."""
        return self.stages * self.samples + self.finals * self.cost("final")

    def together(self, fidelity: Fidelity) -> int:
        """Networks that are trained side by side: fewer if they are deeper, since all are in memory."""
        return max(1, self.abreast * self.stage.depth // self.effort(fidelity).depth)


SCALES: Final = {
    scale.name: scale
    for scale in (
        Scale(
            name="smoke",
            sizes=Sizes(training=256, validation=100, test=100, shrink=4),
            width=2,
            stage=Effort(depth=8, epochs=1),
            final=Effort(depth=14, epochs=1),
            stages=2,
            samples=8,
            finals=4,
            short=2,
            points=4,
            parts=9,
            repeats=1,
            abreast=4,
        ),
        Scale(
            name="cpu",
            sizes=Sizes(training=2048, validation=2000, test=4000, shrink=4),
            width=8,
            stage=Effort(depth=8, epochs=4),
            final=Effort(depth=20, epochs=8),
            stages=2,
            samples=200,
            finals=24,
            short=8,
            points=40,
            parts=9,
            repeats=3,
            abreast=1,
        ),
        Scale(
            name="gpu",
            sizes=Sizes(training=45_000, validation=5000, test=10_000),
            width=16,
            stage=Effort(depth=8, epochs=10),
            final=Effort(depth=56, epochs=30),
            stages=3,
            samples=300,
            finals=50,
            short=17,
            points=40,
            parts=27,
            repeats=3,
            abreast=300,
        ),
    )
}
