"""The architectures that come with the onnx package: their files are graphs alone, weights are made while reading."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from engine.exchange.onnx.reading import read_onnx
from engine.graph.document import UnknownLayer
from tests.engine.exchange.onnx.making import channels_last, ours, random, theirs, titles

FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
NAMES = sorted(p.stem.removeprefix("light_") for p in FOLDER.glob("light_*.onnx"))


def _weights(made: onnx.ModelProto) -> int:
    """How many numbers the file makes out of shapes, and how many it has."""
    arrays = {t.name: numpy_helper.to_array(t) for t in made.graph.initializer}
    fills = [n.input[0] for n in made.graph.node if n.op_type == "ConstantOfShape"]
    own = sum(a.size for a in arrays.values() if a.dtype.kind == "f")
    return own + sum(int(np.prod(arrays[n])) for n in fills)


def test_there_are_nine() -> None:
    assert len(NAMES) == 9


@pytest.mark.parametrize("name", NAMES)
def test_each_is_read_whole(name: str) -> None:
    imported = read_onnx(FOLDER / f"light_{name}.onnx")
    assert not [n for n in imported.graph.nodes.values() if isinstance(n.layer, UnknownLayer)]
    made = _weights(onnx.load(FOLDER / f"light_{name}.onnx"))
    ours_ = sum(w.size for w in imported.weights.values())
    assert (
        abs(ours_ - made) < 1e-3 * made
    )  # some are read by nobody, and formulas have constants of their own
    assert {"Conv2D", "ReLU"} <= set(titles(imported))
    assert not any("start anew" in note for note in imported.notes)


@pytest.mark.slow
def test_predictions_are_those_of_onnx_runtime() -> None:
    name = "shufflenet"
    imported = read_onnx(FOLDER / f"light_{name}.onnx")
    x = random(1, 3, 224, 224)
    found = ours(imported, channels_last(x))[0]
    expected = theirs(onnx.load(FOLDER / f"light_{name}.onnx"), x)[0]
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-6)
