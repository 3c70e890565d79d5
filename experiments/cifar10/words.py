"""What a page says besides its figures: how it was made, and where it differs from the paper."""

from typing import Final

from experiments.cifar10.scales import Scale

TABLE_4: Final = """\
The paper's Table 4, for comparison (its signs depend on the order of its options):

| stage | features, weight |
|---|---|
| 1 | batch norm 8.05; activation 3.47; learning rate x its detail 1 3.12; activation x batch norm -2.55; \
learning rate -2.34; weight decay -1.90; batch norm x weight decay 1.79; \
Optnet x Share gradInput x a dummy 1.54 |
| 2 | optimiser -4.22; optimiser x momentum -3.02; first resblock activation 2.80; momentum 2.19; \
first x third resblock activation 1.68; good initialisation -1.26; it x momentum -1.12; \
it x optimiser 0.67 |
| 3 | weight decay parameter -0.49; weight decay -0.26; learning rate detail 2 x weight decay 0.23; \
batch norm tuning 0.21; weight decay x its parameter 0.20 |"""

DIFFERENCES: Final = """\
## Where this differs from the paper, and why

- The paper trains on all images at full size until the network is good.
  Below the gpu scale networks are narrow, images shrunk and epochs few: every error is far above the paper's.
  Compare the order of methods and the fall from stage to stage, not the digits.
- In few epochs a setting that pays late cannot show it: weight decay, drops of the learning rate, dropout and
  augmentation matter in the paper's long trainings, and hardly or adversely in short ones.
  The batch size decides how many steps a short training has, so it matters more than in the paper.
- The number of the paper's epochs is not known, so its drops of the learning rate at epochs 40 to 100 are
  shares of the training here.
- Seven settings of the authors' framework are replaced, see the last table, so errors of single
  configurations cannot be compared.
- Harmonica 2 has a shorter last part than Harmonica 1, as in the paper: a third of it here.
- Each stage keeps as many terms as its samples bear out, of a degree up to three that they choose.
  The paper keeps a fixed number (8, 8 and 5 in its table) with a fixed penalty.
  The four best assignments of a stage are kept, as in the paper, less those shown to be worse than the best.
- The human row is the usual recipe of a residual network, not tuned for so few epochs.
- Spearmint is replaced by Optuna's Gaussian process; TPE and the spectral sampler are additions.
- The paper's costs are GPU days that differ from method to method.
  Here every search but Harmonica 2's may cost the same, and random search is shown at twice that too.
- A search sees validation errors; test errors are of answers trained anew, so a lucky draw is no result here.
- Seconds are of a machine that other programs used too, so they are rough.
"""


def head(scale: Scale, machines: str) -> list[str]:
    """How the page was made."""
    title = f"# CIFAR-10, scale `{scale.name}`"
    command = f"`python -m experiments.cifar10.run --scale {scale.name} --data ARCHIVE`"
    if not machines:
        said = "No machine has run this scale; its code is tested at the smallest size, on a processor."
        return [title, "", f"Not run yet: {command} runs it.", said, "", _shape(scale)]
    lines = [title, "", f"{command}, on", "", *(f"- {line}" for line in machines.splitlines()), ""]
    if "JPEG" in machines:
        lines.append(
            "The images are CIFAR-10's own, recompressed as JPEG: "
            "errors may differ slightly from those on the standard archive."
        )
    return [*lines, _shape(scale)]


def _shape(scale: Scale) -> str:
    sizes, stage, final = scale.sizes, scale.stage, scale.final
    return f"""\
{sizes.training} training, {sizes.validation} validation and {sizes.test} test images of \
{sizes.crop // sizes.shrink} pixels a side; {scale.width} channels in the first layer.
{scale.stages} stages of {scale.samples} samples with {stage.depth} layers and {stage.epochs} epochs; \
the end with {final.depth} layers and {final.epochs} epochs, \
{scale.finals} full trainings of it for Harmonica.
A method's cost is {scale.budget:g} trainings of the stages' network.
"""
