"""Fashion-MNIST as a student sees it, and the part of it that grades them: a re-split for each submission.

`load_data()` in the sandbox gives 60,000 and 10,000 images as anywhere, but 5,000 of the 60,000 are held out: their
places are filled with copies of other images of the same class. Which ones is decided by an HMAC of the site's secret
and the submission, so nothing learnt from one attempt opens the next, and a regrade repeats. What zone B gets is
shuffled and has noise of deviation 4 of 255 where an image isn't black, which honest models don't feel and exact tables don't
survive. (Noise on the black border costs a linear net on raw pixels two points: nothing held its weights there in check.)
They are chosen to be as hard as the public test set, so that a threshold means what it means there.
Labels are written into a folder of their own that only zone C mounts.

File format: http://yann.lecun.com/exdb/mnist/ (IDX). Files are written uncompressed inside gzip: a third of a second
saved, and the reader can't tell.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
NOISE = 4.0
MATCHED = 0.7
# A byte an image, the 60,000 and then the 10,000: how sure reference models that never saw it are of its class
# (`bench/hidden_data.py --make-ease` makes it; the mean of a linear net and one of 128-128, each in four folds).
EASE = Path(__file__).with_name("fashion_mnist_ease.bin")
FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "validation": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}


class DataMissing(Exception):
    """The data set is not on this machine: our trouble."""


@dataclass(frozen=True)
class HiddenData:
    """Three folders: what zone A mounts, what zone B mounts, what zone C alone mounts."""

    student: Path
    inputs: Path
    labels: Path

    def digest(self) -> str:
        """Hex SHA-256 of the hidden images and labels, in the order of their names."""
        found = hashlib.sha256()
        for path in sorted([*self.inputs.iterdir(), *self.labels.iterdir()]):
            found.update(f"{path.name}\0".encode() + path.read_bytes())
        return found.hexdigest()


def prepare(source: Path, *, seed: bytes, held_out: int, into: Path, train: int = 0) -> HiddenData:
    """Write the re-split for one submission into three folders under `into`.

    Args:
        source: the folder with the four original `.gz` files.
        seed: 32 bytes that decide everything.
        held_out: images to hold out of the 60,000; the same number of each class.
        train: how many of the training images, as served, are measured as well.

    Raises:
        DataMissing: a file is not there or is not Fashion-MNIST.
    """
    images, labels = _read(source, "train")
    public_images, public_labels = _read(source, "validation")
    chosen, fillers = _choose(labels, public_labels, held_out, _random(seed, "held-out"))
    data = HiddenData(into / "student", into / "inputs", into / "labels")
    for folder in (data.student, data.inputs, data.labels):
        folder.mkdir(parents=True)

    served_images, served_labels = images.copy(), labels.copy()
    served_images[chosen], served_labels[chosen] = images[fillers], labels[fillers]
    _write_idx(data.student / FILES["train"][0], served_images)
    _write_idx(data.student / FILES["train"][1], served_labels)
    _write_idx(data.student / FILES["validation"][0], public_images)
    _write_idx(data.student / FILES["validation"][1], public_labels)

    order = _random(seed, "order").permutation(chosen)
    np.save(data.inputs / "held_out.npy", _noisy(images[order], _random(seed, "noise")))
    np.save(data.inputs / "validation.npy", public_images)
    np.save(data.inputs / "pixels.npy", _pixels(source))
    (data.labels / "held_out.bin").write_bytes(labels[order].tobytes())
    (data.labels / "validation.bin").write_bytes(public_labels.tobytes())
    if train:
        sample = _random(seed, "train").permutation(len(served_labels))[:train]
        np.save(data.inputs / "train.npy", served_images[sample])
        (data.labels / "train.bin").write_bytes(served_labels[sample].tobytes())
    return data


def _choose(
    labels: Bytes, public_labels: Bytes, held_out: int, random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices to hold out, and for each the index of an image of its class that fills its place.

    Taken as they come, images of the training set are easier than the public test set, by half a point to two. Taken evenly
    from the tenths of ease that the test set's images of the class have (`EASE`), they are harder, by up to half a point.
    So `MATCHED` of them are taken evenly, and the others as they come.
    """
    chosen, fillers = [], []
    for cls in range(10):
        members = random.permutation(np.flatnonzero(labels == cls))
        tenth = _tenths(cls, members, public_labels)
        picked = np.concatenate([members[tenth == k][: int(MATCHED * held_out / 100)] for k in range(10)])
        spare = np.setdiff1d(members, picked, assume_unique=True)
        picked = np.concatenate([picked, random.permutation(spare)[: held_out // 10 - len(picked)]])
        rest = np.setdiff1d(members, picked, assume_unique=True)
        chosen.append(picked)
        fillers.append(random.choice(rest, len(picked)))
    return np.concatenate(chosen), np.concatenate(fillers)


def _tenths(cls: int, members: NDArray[np.intp], public_labels: Bytes) -> NDArray[np.intp]:
    """For each training image of a class the tenth of the test set's ease, 0 to 9, in which it lies."""
    ease = np.frombuffer(EASE.read_bytes(), np.uint8)
    edges = np.quantile(ease[60_000:][public_labels == cls], np.linspace(0, 1, 11)[1:-1])
    return np.digitize(ease[:60_000][members], edges)


def _noisy(images: Bytes, random: np.random.Generator) -> Bytes:
    noise = random.normal(0.0, NOISE, images.shape)
    return np.where(images > 0, np.clip(np.rint(images + noise), 0, 255), 0).astype(np.uint8)


def _random(seed: bytes, purpose: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hmac.new(seed, purpose.encode(), hashlib.sha256).digest()))


@lru_cache(maxsize=2)
def _pixels(source: Path) -> NDArray[np.float32]:
    """Mean and deviation of each pixel of the training images, (2, 28, 28). Those served differ by copies only."""
    images, _ = _read(source, "train")
    mean = images.mean(axis=0, dtype=np.float64)
    square = np.zeros(images.shape[1:])
    for start in range(0, len(images), 10_000):
        square += np.square(images[start : start + 10_000], dtype=np.float64).sum(axis=0)
    return np.stack([mean, np.sqrt(np.maximum(square / len(images) - mean**2, 0))]).astype(np.float32)


@lru_cache(maxsize=2)
def _read(source: Path, part: str) -> tuple[Bytes, Bytes]:
    images, labels = (_read_idx(source / name) for name in FILES[part])
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise DataMissing(f"{source} does not hold Fashion-MNIST")
    return images, labels


def _read_idx(path: Path) -> Bytes:
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as problem:
        raise DataMissing(
            f"{path} can't be read ({problem}); `./dev up` fetches the data, GRADER_FASHION_MNIST names it"
        ) from None
    dimensions = data[3]
    shape = struct.unpack(f">{dimensions}I", data[4 : 4 + 4 * dimensions])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _write_idx(path: Path, array: NDArray[Any]) -> None:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    with gzip.GzipFile(path, "wb", compresslevel=0, mtime=0) as file:
        file.write(head + array.tobytes())
