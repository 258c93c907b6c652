"""Networks of PyTorch in ONNX files of its two exporters: the same predictions as PyTorch's."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.exchange.imported import Imported
from engine.exchange.onnx.reading import read_onnx
from engine.graph.document import UnknownLayer
from engine.tensor.spec import Array
from tests.engine.exchange.onnx.making import channels_last, ours, titles

ARCHIVE = Path(__file__).parents[3] / "golden" / "onnx_files.zip"
with zipfile.ZipFile(ARCHIVE) as _archive:
    FILES = sorted(n for n in _archive.namelist() if n.endswith(".onnx"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(path)
    return path


def _theirs(folder: Path, file: str) -> tuple[Array, Array]:
    with np.load(io.BytesIO((folder / f"{file.rpartition('_')[0]}.npz").read_bytes())) as data:
        return data["x"], data["y"]


def _as_ours(imported: Imported, x: Array) -> Array:
    x = x.astype(np.int32) if x.dtype.kind == "i" else x
    return channels_last(x) if any("channels last" in note for note in imported.notes) else x


@pytest.mark.parametrize("file", FILES)
def test_the_predictions_are_those_of_pytorch(folder: Path, file: str) -> None:
    imported = read_onnx(folder / file)
    assert not [n for n in imported.graph.nodes.values() if isinstance(n.layer, UnknownLayer)]
    x, y = _theirs(folder, file)
    (found,) = ours(imported, _as_ours(imported, x))
    assert found.shape == y.shape
    assert np.allclose(found, y, atol=2e-5)
    assert all(np.isfinite(w).all() for w in imported.weights.values())


@pytest.mark.parametrize("kind", ["old", "new", "fixed"])
def test_a_residual_network_is_drawn_as_one(folder: Path, kind: str) -> None:
    found = titles(read_onnx(folder / f"resnet_{kind}.onnx"))
    assert set(found) == {
        *("Conv2D", "ReLU", "Add", "ZeroPadding2D", "MaxPooling2D", "GlobalAveragePooling2D", "Dense"),
    }  # nothing is transposed, nothing is a formula
    assert found.count("Add") == 8


def test_batches_of_a_fixed_size_are_open_here(folder: Path) -> None:
    notes = read_onnx(folder / "lstm_fixed.onnx").notes
    assert notes == ("The file has batches of 1; here a batch has as many examples as you like.",)


@pytest.mark.parametrize(
    ("file", "layers"),
    [
        ("lstm_old.onnx", ["LSTM", "LSTM", "Select", "Dense"]),
        ("bilstm_new.onnx", ["Bidirectional", "Select", "Dense"]),
        ("segments_old.onnx", ["Conv2DTranspose", "UpSampling2D", "Concatenate"]),
        ("mobile_new.onnx", ["DepthwiseConv2D", "HardSwish", "GlobalAveragePooling2D"]),
        ("words_old.onnx", ["Embedding", "GRU", "Dense"]),
    ],
)
def test_layers_are_found(folder: Path, file: str, layers: list[str]) -> None:
    assert set(layers) <= set(titles(read_onnx(folder / file)))
