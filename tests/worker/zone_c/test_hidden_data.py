from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from worker import config
from worker.zone_c_trusted import hidden_data

SOURCE = config._fashion_mnist("", Path("var"))


@pytest.fixture
def data(tmp_path: Path) -> hidden_data.HiddenData:
    return hidden_data.prepare(SOURCE, seed=b"a" * 32, held_out=5000, into=tmp_path)


def images(folder: Path) -> np.ndarray:
    return hidden_data._read_idx(folder / "train-images-idx3-ubyte.gz")


def test_a_student_sees_as_many_images_as_anywhere(data: hidden_data.HiddenData) -> None:
    labels = hidden_data._read_idx(data.student / "train-labels-idx1-ubyte.gz")

    assert images(data.student).shape == (60_000, 28, 28)
    assert Counter(labels.tolist()) == dict.fromkeys(range(10), 6000)
    assert (data.student / "t10k-labels-idx1-ubyte.gz").exists()


def test_no_held_out_image_is_among_what_a_student_is_served(data: hidden_data.HiddenData, tmp_path: Path) -> None:
    original = {image.tobytes() for image in images(SOURCE)}
    served = {image.tobytes() for image in images(data.student)}
    public = {image.tobytes() for image in hidden_data._read_idx(data.student / "t10k-images-idx3-ubyte.gz")}

    # A few images of the original occur twice in it, so the number is not exactly 55,000.
    assert 54_900 <= len(served) <= 55_000
    assert len(original - served) >= 4990
    held_out = np.load(data.inputs / "held_out.npy")
    assert not {image.tobytes() for image in held_out} & (served | public)


def test_the_held_out_images_are_evenly_of_each_class_and_noisy(data: hidden_data.HiddenData) -> None:
    labels = (data.labels / "held_out.bin").read_bytes()
    held_out = np.load(data.inputs / "held_out.npy")

    assert Counter(labels) == dict.fromkeys(range(10), 500)
    assert held_out.shape == (5000, 28, 28)


def test_noise_spoils_exact_images_and_their_outlines_and_leaves_the_black_border(data: hidden_data.HiddenData) -> None:
    held_out = np.load(data.inputs / "held_out.npy")
    original = images(SOURCE)

    outlines = {(image > 0).tobytes() for image in original}
    assert np.mean([(image > 0).tobytes() in outlines for image in held_out]) < 0.1
    assert (held_out[:, 0, 0] > 0).mean() <= 2 * (original[:, 0, 0] > 0).mean()


def test_the_same_seed_repeats_and_another_does_not(data: hidden_data.HiddenData, tmp_path: Path) -> None:
    again = hidden_data.prepare(SOURCE, seed=b"a" * 32, held_out=5000, into=tmp_path / "again")
    other = hidden_data.prepare(SOURCE, seed=b"b" * 32, held_out=5000, into=tmp_path / "other")

    first = (data.inputs / "held_out.npy").read_bytes()
    assert (again.inputs / "held_out.npy").read_bytes() == first
    assert (other.inputs / "held_out.npy").read_bytes() != first


def test_labels_lie_in_a_folder_of_their_own(data: hidden_data.HiddenData) -> None:
    assert {path.name for path in data.labels.iterdir()} == {"held_out.bin", "validation.bin"}
    assert {path.name for path in data.inputs.iterdir()} == {"held_out.npy", "validation.npy", "pixels.npy"}


def test_a_missing_data_set_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(hidden_data.DataMissing, match=r"\./dev up.*GRADER_FASHION_MNIST"):
        hidden_data.prepare(tmp_path, seed=b"a" * 32, held_out=5000, into=tmp_path / "x")


def test_a_student_reads_the_files_as_the_usual_gzip(data: hidden_data.HiddenData) -> None:
    with gzip.open(data.student / "t10k-labels-idx1-ubyte.gz", "rb") as file:
        assert len(np.frombuffer(file.read(), np.uint8, offset=8)) == 10_000
