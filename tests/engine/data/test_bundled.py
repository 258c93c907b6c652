"""The data that is shipped: whole, small enough, with its licence, and what it claims to be."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from engine.data.archive import BUNDLED
from engine.data.bundle import DataBundle
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.tensor.spec import Array

FOLDERS = sorted(path.parent for path in BUNDLED.glob("*/manifest.json"))


def counts(bundle: DataBundle, part: range) -> list[int]:
    labels = bundle.targets["y"][part.start : part.stop]
    return [int(count) for count in np.bincount(labels)]


def extent(picture: Array, axis: int, threshold: int) -> int:
    """Pixels from the first to the last that is brighter, along an axis."""
    return int(np.ptp(np.flatnonzero(picture.max(axis=1 - axis) > threshold)))


def test_everything_together_is_under_25_mb() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file()) < 25_000_000


def test_every_bundled_set_is_found() -> None:
    tables = {"boston", "cancer", "diabetes", "iris", "mpg", "penguins", "titanic", "wine"}
    series = {"airline", "co2", "sunspots"}
    assert {folder.name for folder in FOLDERS} == {
        *tables,
        *series,
        "shakespeare",
        "melodies",
        "digits",
        "fashion",
        "mnist",
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_match_their_manifest_and_nothing_else_lies_there(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for entry in manifest.values():
        raw = (folder / entry["file"]).read_bytes()
        assert (len(raw), hashlib.sha256(raw).hexdigest()) == (entry["size"], entry["sha256"])
    names = {"manifest.json", "LICENSE.txt", *(entry["file"] for entry in manifest.values())}
    assert {path.name for path in folder.iterdir()} == names


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_licence_names_the_source_and_the_terms(folder: Path) -> None:
    text = (folder / "LICENSE.txt").read_text("utf-8")
    assert "Taken from: " in text
    known = ("MIT License", "BSD 3-Clause", "New BSD", "Share Alike 3.0", "CC0 1.0", "public domain")
    assert any(terms in text for terms in known)


def test_mnist_is_complete(mnist: DataBundle) -> None:
    published = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert counts(mnist, mnist.train) == published
    assert counts(mnist, mnist.validation) == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert len(mnist.test) == 0
    images = mnist.inputs["x"]
    assert (images.shape, str(images.dtype), images.flags.c_contiguous) == (
        (70_000, 28, 28, 1),
        "uint8",
        True,
    )
    # The well-known mean and deviation of the training pictures.
    train = images[:60_000] / np.float32(255)
    assert train.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    assert train.std(dtype=np.float64) == pytest.approx(0.3081, abs=5e-5)
    assert mnist.targets["y"][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.targets["y"][60_000:60_005].tolist() == [7, 2, 1, 0, 4]


def test_mnist_is_memory_mapped_and_stays_bytes(mnist: DataBundle) -> None:
    images = mnist.inputs["x"]
    base: object = images
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    assert images.nbytes < 55_000_000


def test_fashion_is_balanced_and_stands_upright() -> None:
    bundle = load(DataSettings(dataset="fashion"))
    assert counts(bundle, bundle.train) == [2_000] * 10
    assert counts(bundle, bundle.validation) == [400] * 10
    images, labels = bundle.inputs["x"][..., 0], bundle.targets["y"]
    assert (images.shape, str(images.dtype), images.flags.c_contiguous) == ((24_000, 28, 28), "uint8", True)
    # Sneakers are wide and low, trousers narrow and high: it was stored with columns first, and put right.
    sneaker, trouser = images[labels == 7].mean(axis=0), images[labels == 1].mean(axis=0)
    assert extent(sneaker, axis=0, threshold=20) < extent(sneaker, axis=1, threshold=20)
    assert extent(trouser, axis=0, threshold=100) > extent(trouser, axis=1, threshold=100)


def test_digits_use_17_shades() -> None:
    bundle = load(DataSettings(dataset="digits", validation_fraction=0))
    assert sorted(np.unique(bundle.inputs["x"])) == list(range(17))
    assert counts(bundle, bundle.train) == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert bundle.features["x"].scale == 1 / 16


def test_iris_has_fishers_means() -> None:
    bundle = load(DataSettings(dataset="iris", normalize=False, validation_fraction=0))
    x, y = bundle.inputs["x"], bundle.targets["y"]
    np.testing.assert_allclose(x[y == 0].mean(axis=0), [5.006, 3.428, 1.462, 0.246], atol=1e-3)
    np.testing.assert_allclose(x[y == 2].mean(axis=0), [6.588, 2.974, 5.552, 2.026], atol=1e-3)


def test_boston_leaves_out_column_b_unless_asked() -> None:
    without = load(DataSettings(dataset="boston", normalize=False))
    assert without.inputs["x"].shape == (506, 12)
    assert "B" not in without.features["x"].column_names
    with_b = load(DataSettings(dataset="boston", normalize=False, options={"include_b": True}))
    assert with_b.features["x"].column_names[11] == "B"
    assert with_b.inputs["x"][:, 11].max() == pytest.approx(396.9)
    np.testing.assert_array_equal(with_b.inputs["x"][:, [*range(11), 12]], without.inputs["x"])
    assert without.targets["y"].mean() == pytest.approx(22.5328, abs=1e-4)
