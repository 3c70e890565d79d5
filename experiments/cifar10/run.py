"""Run the experiment, or go on with it, and write its page.

    python -m experiments.cifar10.run --scale smoke --data ARCHIVE
    python -m experiments.cifar10.run --scale cpu --data ARCHIVE --seeds 0 1 2
    python -m experiments.cifar10.run --scale gpu --data ARCHIVE --minutes 7
    python -m experiments.cifar10.run --scale cpu --page

Whatever is finished has a line in records/, and is never trained again: the same command goes on after a
kill, or after the minutes of its part. The page is made of the records alone.
"""

import argparse
import datetime
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import overtone
from experiments.cifar10.laboratory import Deadline, Laboratory, OutOfTime
from experiments.cifar10.report import write_page
from experiments.cifar10.scales import SCALES, Scale

HERE = Path(__file__).parent
PACKAGES = ("optuna", "torch", "numpy")


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; 0 if nothing of it is left, 3 if the time of this part is over."""
    options = _parser().parse_args(arguments)
    scale = SCALES[options.scale]
    finished = options.page or _run(scale, options)
    page = write_page(scale, options.records, options.pages)
    sys.stdout.write(f"{page}\n")
    return 0 if finished else 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=SCALES, required=True)
    parser.add_argument("--data", type=Path, help="an archive of CIFAR-10, see data.py")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--methods", nargs="+", help="all of them, if left out")
    parser.add_argument("--minutes", type=float, help="of this part; nothing begins after them")
    parser.add_argument("--records", type=Path, default=HERE / "records")
    parser.add_argument("--pages", type=Path, default=HERE)
    parser.add_argument("--checkpoints", type=Path, default=HERE / ".checkpoints")
    parser.add_argument("--page", action="store_true", help="only write the page")
    return parser


def _run(scale: Scale, options: argparse.Namespace) -> bool:
    """Run what is left; whether nothing is left."""
    import torch

    from experiments.cifar10.bench import TorchBench
    from experiments.cifar10.data import load
    from experiments.cifar10.methods import Rivals

    if options.data is None:
        raise SystemExit("--data is missing: give the path of an archive of CIFAR-10.")
    # Networks this small are slower on two threads than on one; saturated ones crawl through denormals.
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    deadline = Deadline(options.minutes)
    dataset = load(options.data, scale.sizes)
    bench = TorchBench(scale, dataset, options.checkpoints, deadline)
    _note_machine(scale, options.records, dataset.source)
    for seed in options.seeds:
        rivals = Rivals(Laboratory(scale, seed, options.records, bench))
        for name in options.methods or rivals.names:
            try:
                rivals.run(name)
            except OutOfTime:
                sys.stdout.write(
                    f"Out of time in {name!r} of seed {seed}: go on by the same command.\n"
                )
                return False
            sys.stdout.write(f"{scale.name}: {name!r} of seed {seed} is complete.\n")
            sys.stdout.flush()
    return True


def _note_machine(scale: Scale, records: Path, source: str) -> None:
    """Keep what the records were made on, one line for each machine, day and set of versions."""
    import torch

    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    if torch.cuda.is_available():
        model = f"{torch.cuda.get_device_name()}, {model}"
    versions = f"overtone {overtone.__version__}, " + ", ".join(
        f"{package} {version(package)}" for package in PACKAGES
    )
    today = datetime.datetime.now(tz=datetime.UTC).date()
    line = (
        f"{model}, {os.cpu_count()} cores, one process of one thread, {source}, "
        f"Python {platform.python_version()}, {versions}, {today}\n"
    )
    records.mkdir(parents=True, exist_ok=True)
    path = records / f"{scale.name}-machines.txt"
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if line not in known:
        path.write_text(known + line, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
