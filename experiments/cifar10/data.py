"""CIFAR-10 from the standard python archive, or from an archive of JPEG images.

    cifar-10-python.tar.gz   the standard archive, as it is published
    any other tar archive    two members *_train.npz and *_test.npz with `blob` (all JPEG files one after
                             another), `lens` (bytes of each) and `y` (classes): the same images, recompressed

Training and validation images are drawn from the 50,000 of the training part, test images from the 10,000
of the test part, by fixed permutations: every run of a scale sees the same ones.
"""

import io
import pickle
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Images: TypeAlias = NDArray[np.uint8]  # (n, 32, 32, 3)
Labels: TypeAlias = NDArray[np.int64]  # (n,)
Part: TypeAlias = tuple[Images, Labels]

SIDE: Final = 32
CLASSES: Final = 10
SPLIT_SEED: Final = 1706


@final
@dataclass(frozen=True)
class Sizes:
    """How many images each purpose gets, and how large they are.

    Attributes:
        crop: the side of the centre that is kept.
        shrink: the pixels a side that are averaged into one.
    """

    training: int
    validation: int
    test: int
    crop: int = SIDE
    shrink: int = 1


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """Images `(n, 3, side, side)` of mean 0 and deviation 1 over the training part, and classes."""

    training: tuple[NDArray[np.float32], Labels]
    validation: tuple[NDArray[np.float32], Labels]
    test: tuple[NDArray[np.float32], Labels]
    source: str

    @property
    def side(self) -> int:
        """Pixels a side."""
        return int(self.training[0].shape[-1])


def load(archive: Path, sizes: Sizes) -> Dataset:
    """The images of an archive, divided and shrunk.

    Raises:
        ValueError: if the archive holds neither form of the images, or too few.
    """
    with tarfile.open(archive) as files:
        names = files.getnames()
        if any(name.endswith("data_batch_1") for name in names):
            read, source = _read_standard, "the standard archive"
        elif any(name.endswith("_train.npz") for name in names):
            read, source = _read_jpeg, "CIFAR-10 recompressed as JPEG"
        else:
            raise ValueError(
                f"{archive} holds {', '.join(names[:5])}, but data_batch_1 ... of the standard archive "
                "or *_train.npz is expected. Another archive?"
            )
        kept = read(files, "train", sizes.training + sizes.validation)
        test = read(files, "test", sizes.test)
    return divided(kept, test, sizes, source)


def divided(kept: Part, test: Part, sizes: Sizes, source: str) -> Dataset:
    """The dataset of images that are in random order already."""
    images, labels = _shrunk(kept[0], sizes), kept[1]
    n = sizes.training
    mean = images[:n].mean(axis=(0, 2, 3), keepdims=True)
    deviation = images[:n].std(axis=(0, 2, 3), keepdims=True)
    images = ((images - mean) / deviation).astype(np.float32)
    tested = ((_shrunk(test[0], sizes) - mean) / deviation).astype(np.float32)
    return Dataset((images[:n], labels[:n]), (images[n:], labels[n:]), (tested, test[1]), source)


def _shrunk(images: Images, sizes: Sizes) -> NDArray[np.float32]:
    """The centre of each image, averaged over squares; `(n, 3, side, side)`."""
    margin = (SIDE - sizes.crop) // 2
    centre = images[:, margin : margin + sizes.crop, margin : margin + sizes.crop]
    side = sizes.crop // sizes.shrink
    squares = centre.reshape(len(images), side, sizes.shrink, side, sizes.shrink, 3)
    return squares.mean(axis=(2, 4), dtype=np.float32).transpose(0, 3, 1, 2)


def _chosen(part: str, available: int, wanted: int) -> NDArray[np.int64]:
    if wanted > available:
        raise ValueError(
            f"The scale wants {wanted} images of the {part} part, but the archive has {available}."
        )
    rng = np.random.default_rng([SPLIT_SEED, available])
    return rng.permutation(available)[:wanted]


def _read_standard(files: tarfile.TarFile, part: str, wanted: int) -> Part:
    stem = "data_batch_" if part == "train" else "test_batch"
    names = sorted(n for n in files.getnames() if Path(n).name.startswith(stem))
    batches = [_Plain(_opened(files, name), encoding="bytes").load() for name in names]
    pixels = np.concatenate([batch[b"data"] for batch in batches])
    labels = np.concatenate([batch[b"labels"] for batch in batches]).astype(np.int64)
    rows = _chosen(part, len(labels), wanted)
    return pixels[rows].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1), labels[rows]


def _read_jpeg(files: tarfile.TarFile, part: str, wanted: int) -> Part:
    from PIL import Image

    name = next(n for n in files.getnames() if n.endswith(f"_{part}.npz"))
    with np.load(io.BytesIO(_opened(files, name).read()), allow_pickle=False) as stored:
        blob, lengths, labels = stored["blob"].tobytes(), stored["lens"], stored["y"]
    ends = np.cumsum(lengths, dtype=np.int64)
    rows = _chosen(part, len(labels), wanted)
    jpegs = (blob[ends[i] - int(lengths[i]) : ends[i]] for i in rows)
    images = [np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")) for jpeg in jpegs]
    return np.array(images, dtype=np.uint8), labels[rows].astype(np.int64)


def _opened(files: tarfile.TarFile, name: str) -> io.BufferedReader:
    stream = files.extractfile(name)
    assert isinstance(stream, io.BufferedReader)
    return stream


class _Plain(pickle.Unpickler):
    """Reads arrays and plain values, and nothing that could run a program."""

    # An archive written again by Python 3 spells its bytes as encoded text.
    _ARRAYS: Final = {
        ("_reconstruct", "numpy"),
        ("ndarray", "numpy"),
        ("dtype", "numpy"),
        ("encode", "_codecs"),
    }

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """The constructor of an array; nothing else is looked up.

        Raises:
            UnpicklingError: for any other name.
        """
        if (name, module.partition(".")[0]) not in self._ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in an archive of images.")
        found: Callable[..., Any] = super().find_class(module, name)
        return found
