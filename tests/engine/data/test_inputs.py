"""Files for prediction must reach the network exactly as the training data did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.bundle import DataBundle, Feature
from engine.data.errors import DataError
from engine.data.inputs import prepared
from engine.data.load import load
from engine.data.settings import DataSettings
from tests.engine.data.reading import read_inputs

TABLE = "colour,size,kind\nred,1,cat\nblue,2,dog\nblue,4,cat\n"


def features(bundle: DataBundle) -> list[Feature]:
    return [bundle.features[name] for name in bundle.inputs]


@pytest.fixture
def table(tmp_path: Path) -> tuple[DataBundle, Path]:
    path = tmp_path / "train.csv"
    path.write_text(TABLE, encoding="utf-8")
    return load(DataSettings(path=str(path), validation_fraction=0)), path


def test_the_training_file_itself_gives_the_training_inputs(table: tuple[DataBundle, Path]) -> None:
    bundle, path = table
    read = read_inputs(path, features(bundle), bundle.scaling)["x"]
    assert sorted(map(tuple, read.tolist())) == sorted(map(tuple, bundle.inputs["x"].tolist()))


def test_order_and_further_columns_do_not_matter(table: tuple[DataBundle, Path], tmp_path: Path) -> None:
    bundle, _ = table
    path = tmp_path / "new.csv"
    path.write_text("note,size,colour\nhello,2,blue\n", encoding="utf-8")
    read = read_inputs(path, features(bundle), bundle.scaling)["x"]
    np.testing.assert_allclose(bundle.scaling["x"].invert(read), [[1, 0, 2]], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "colour,size\nred,1\ngreen,2\n",
            r"'colour' must hold .*\(blue, red\); line 3 of new\.csv holds 'green'",
        ),
        ("colour\nred\n", "needs the columns size, which are missing in new.csv"),
        ("colour,size\nred,big\n", "line 2, column 'size' of new.csv is 'big'"),
    ],
)
def test_tables_that_do_not_fit(
    table: tuple[DataBundle, Path], tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "new.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=sentence):
        read_inputs(path, features(table[0]), table[0].scaling)


def test_pictures_of_bytes_floats_and_flat_rows(mnist: DataBundle, tmp_path: Path) -> None:
    images = np.array(mnist.inputs["x"][:3])
    expected = images / np.float32(255)
    np.save(tmp_path / "bytes.npy", images[..., 0])
    np.save(tmp_path / "floats.npy", expected)
    np.savez(tmp_path / "flat.npz", x0=images.reshape(3, 784))
    lines = [",".join(map(str, row)) for row in images.reshape(3, 784)]
    (tmp_path / "table.csv").write_text("\n".join(lines), encoding="utf-8")
    for name in ("bytes.npy", "floats.npy", "flat.npz", "table.csv"):
        read = read_inputs(tmp_path / name, features(mnist), mnist.scaling)["x"]
        assert (read.shape, str(read.dtype)) == ((3, 28, 28, 1), "float32")
        np.testing.assert_allclose(read, expected, rtol=1e-6)


def test_several_inputs_by_number_or_name(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x0=np.ones((2, 3)), x1=np.zeros((2, 4)), y=np.zeros(2))
    inputs = features(load(DataSettings(path=str(path), validation_fraction=0)))
    read = read_inputs(path, inputs, {})
    assert {name: array.shape for name, array in read.items()} == {"x0": (2, 3), "x1": (2, 4)}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("wrong.npy", r"has the shape N × 28 × 28 × 1; wrong\.npy has 3 × 5"),
        ("none.npz", r"none\.npz lacks 'x'"),
        ("picture.gif", r"picture\.gif cannot be read"),
        ("scalar.npy", r"scalar\.npy has scalar"),
    ],
)
def test_arrays_that_do_not_fit(mnist: DataBundle, tmp_path: Path, name: str, sentence: str) -> None:
    np.save(tmp_path / "wrong.npy", np.zeros((3, 5)))
    np.save(tmp_path / "scalar.npy", np.float32(1))
    np.savez(tmp_path / "none.npz", images=np.zeros((3, 784)))
    with pytest.raises(DataError, match=sentence):
        read_inputs(tmp_path / name, features(mnist), mnist.scaling)


@pytest.mark.parametrize(
    ("shape", "axis"), [((5, 3, 4, 6), 1), ((5, 4, 6, 3), -1), ((5, 72), 1)], ids=["first", "last", "flat"]
)
def test_pictures_with_channels_first_are_turned(tmp_path: Path, shape: tuple[int, ...], axis: int) -> None:
    """As PyTorch and ONNX keep them."""
    given = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    np.savez(tmp_path / "x.npz", x0=given)
    feature = Feature("picture", "image", (4, 6, 3))
    found = prepared(given, feature, None, tmp_path / "x.npz")
    wanted = np.moveaxis(given, 1, -1) if axis == 1 and len(shape) == 4 else given.reshape(5, 4, 6, 3)
    assert np.array_equal(found, wanted)
