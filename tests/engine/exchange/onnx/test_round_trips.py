"""Networks of PyTorch through us: read from ONNX, written as ONNX, the same predictions in ONNX Runtime."""

import io
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from engine.exchange.formats import write_network
from engine.exchange.onnx.reading import read_onnx
from engine.exchange.outgoing import outgoing
from engine.formats.dataless import given_inputs
from tests.engine.exchange.onnx.making import channels_last

ARCHIVE = Path(__file__).parents[3] / "golden" / "onnx_files.zip"
NAMES = (
    "bilstm",
    "encoder",
    "mobile",
    "patches",
    "scaled",
    "segments",
    "shuffle",
    "sound",
    "words",
    "writer",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_predictions_are_still_those_of_pytorch(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extract(f"{name}_old.onnx", tmp_path)
        with np.load(io.BytesIO(archive.read(f"{name}.npz"))) as data:
            x, y = data["x"], data["y"]
    imported = read_onnx(tmp_path / f"{name}_old.onnx")
    written = tmp_path / "again.onnx"
    write_network(outgoing(imported.graph, given_inputs(imported.graph) or {}, imported.weights), written)
    onnx.checker.check_model(str(written))
    session = onnxruntime.InferenceSession(str(written), providers=["CPUExecutionProvider"])
    (port,) = session.get_inputs()
    x = channels_last(x) if any("channels last" in note for note in imported.notes) else x
    x = x.astype(np.int32 if "int32" in port.type else np.int64) if x.dtype.kind == "i" else x
    assert np.allclose(session.run(None, {port.name: x})[0], y, atol=2e-5)
