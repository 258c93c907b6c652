"""Small ONNX models, made where they are tested, and what ONNX Runtime says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from engine.exchange.imported import Imported
from engine.exchange.onnx.reading import read_onnx
from engine.models.exchange import imported_project
from engine.models.files import model_of
from engine.tensor.spec import Array

Shape = Sequence[int | str | None]


def node(op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> onnx.NodeProto:
    """One operation."""
    return helper.make_node(op, list(inputs), list(outputs), **attributes)


def random(*shape: int, seed: int = 0) -> Array:
    """Numbers of the normal distribution."""
    return np.random.default_rng((seed, *shape)).normal(size=shape).astype(np.float32)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    outputs: Sequence[str],
    constants: Mapping[str, Array] | None = None,
    opset: int = 17,
    integers: Sequence[str] = (),
) -> onnx.ModelProto:
    """A model of these nodes, checked; the shapes of its outputs are left open."""
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [
            helper.make_tensor_value_info(n, TensorProto.INT64 if n in integers else TensorProto.FLOAT, s)
            for n, s in inputs.items()
        ],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs],
        [numpy_helper.from_array(np.asarray(a), n) for n, a in (constants or {}).items()],
    )
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    known = all(not n.domain for n in nodes)
    return onnx.shape_inference.infer_shapes(made) if known else made


def read(made: onnx.ModelProto, folder: Path) -> Imported:
    """The model as we read it from a file."""
    path = folder / "model.onnx"
    onnx.save(made, path)
    return read_onnx(path)


def theirs(made: onnx.ModelProto, *inputs: Array) -> list[Array]:
    """What ONNX Runtime predicts."""
    options = onnxruntime.SessionOptions()  # one of its rewritings takes a power of three for a square
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [i.name for i in session.get_inputs()]
    return list(session.run(None, dict(zip(names, inputs, strict=True))))


def ours(imported: Imported, *inputs: Array) -> list[Array]:
    """What we predict."""
    x: Any = list(inputs) if len(inputs) > 1 else inputs[0]
    y = model_of(imported_project(imported), "model.onnx").predict(x)
    return y if isinstance(y, list) else [y]


def titles(imported: Imported) -> list[str]:
    """The layers between inputs and targets."""
    kinds = (n.layer.title() for n in imported.graph.nodes.values())
    return [k for k in kinds if k not in ("Input", "Target")]


def channels_last(x: Array) -> Array:
    """As our pictures lie."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))
