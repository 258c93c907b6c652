"""An ONNX model as plain data: nodes in an order in which each comes after those it reads, and the known arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
from onnx import AttributeProto, ModelProto, TensorProto

from engine.exchange.onnx.tensors import Files, array_of, text
from engine.formats.errors import FormatError
from engine.tensor.spec import Array

OLDEST_OPSET = 7
MOST_NODES = 20_000
LARGEST_FILE = 2 << 30
STANDARD = ("", "ai.onnx")
Dimension = int | str | None
_INTEGERS = (TensorProto.INT64, TensorProto.INT32, TensorProto.INT16, TensorProto.INT8, TensorProto.UINT8)
_WHOLE = frozenset((*_INTEGERS, TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64))


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """One operation of the file.

    Attributes:
        op: operator, with its domain before it where that is not the standard one.
        name: unique among the nodes.
        inputs: names of values, "" for those left out.
        outputs: likewise.
        attributes: numbers, texts, lists of them, arrays; `Subgraph` for graphs within.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Subgraph:
    """A graph within an attribute, of a loop or a branch; it is not looked into."""

    nodes: int


@dataclass(frozen=True)
class Port:
    """An input or output of the graph.

    Attributes:
        name: of its value.
        kind: "float", "int", "bool" or "string".
        shape: lengths, names of lengths, or None for unknown ones; None where not even their number is known.
    """

    name: str
    kind: str
    shape: tuple[Dimension, ...] | None


@dataclass(frozen=True, eq=False)
class OnnxGraph:
    """The whole.

    Attributes:
        nodes: those that an output depends on, in order.
        constants: arrays by name.
        inputs, outputs: of the graph.
        opset: version of the standard operators.
        known: what the file says of values within.
        producer: program that wrote it.
        functions: operators that the file defines itself.
    """

    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, Array]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    opset: int
    known: Mapping[str, Port] = field(default_factory=dict)
    producer: str = ""
    functions: frozenset[str] = frozenset()


def loaded(path: Path) -> ModelProto:
    """The message in a file.

    Raises:
        FormatError: it is none.
    """
    wrong = f"{path.name} is no ONNX model, or it is damaged or not complete."
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_FILE else b""
    except (OSError, MemoryError) as error:
        raise FormatError(f"{path.name} can't be read ({error}).") from error
    if size > LARGEST_FILE:
        raise FormatError(f"{path.name} is larger than ONNX allows, 2 GB; the file is damaged.")
    model = ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as error:  # of kinds of its own
        raise FormatError(wrong) from error
    if not model.HasField("graph") or not (model.ir_version or model.opset_import):
        raise FormatError(wrong)
    return model


def graph_of(model: ModelProto, folder: Path) -> OnnxGraph:
    """The model as plain data.

    Raises:
        FormatError: one sentence: it is damaged, or older than what is read.
    """
    graph, files = model.graph, Files(folder)
    if len(graph.node) > MOST_NODES:
        raise FormatError(f"Models of up to {MOST_NODES:,} nodes are read, received {len(graph.node):,}.")
    if graph.sparse_initializer:
        raise FormatError("The model has sparse arrays, which are not read; save it with ordinary ones.")
    opset = _opset(model)
    constants = {text(t.name): array_of(t, files) for t in graph.initializer}
    if len(constants) < len(graph.initializer):
        raise FormatError("Two arrays in the model have one name; the file is damaged.")
    inputs = tuple(_port(v) for v in graph.input if text(v.name) not in constants)
    nodes = _nodes(graph.node, files)
    outputs = tuple(map(_port, graph.output))
    if not outputs:
        raise FormatError("The model has no outputs; the file is damaged.")
    ordered = _ordered(nodes, [p.name for p in outputs], {*constants, *(p.name for p in inputs)})
    known = {text(v.name): _port(v) for v in graph.value_info}
    functions = frozenset(f"{text(f.domain)}.{text(f.name)}".lstrip(".") for f in model.functions)
    return OnnxGraph(ordered, constants, inputs, outputs, opset, known, text(model.producer_name), functions)


def _opset(model: ModelProto) -> int:
    found = [o.version for o in model.opset_import if o.domain in STANDARD]
    opset = max(found, default=1 if not model.opset_import else 0)
    if 0 < opset < OLDEST_OPSET and not all(_as_now(n, opset) for n in model.graph.node):
        raise FormatError(
            f"ONNX models are read from opset {OLDEST_OPSET} on, received opset {opset}; "
            "convert it with onnx.version_converter."
        )
    return int(opset) or onnx.defs.onnx_opset_version()


def _as_now(node: onnx.NodeProto, opset: int) -> bool:
    """Whether an operator of an older set is still that of the oldest set that is read."""
    try:
        versions = {onnx.defs.get_schema(text(node.op_type), o).since_version for o in (opset, OLDEST_OPSET)}
    except onnx.defs.SchemaError:
        return False
    return len(versions) == 1


def _port(value: onnx.ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type":
        return Port(text(value.name), "none", None)
    kind = "float"
    if tensor.elem_type in _WHOLE:
        kind = "int"
    elif tensor.elem_type == TensorProto.BOOL:
        kind = "bool"
    elif tensor.elem_type == TensorProto.STRING:
        kind = "string"
    if not tensor.HasField("shape"):
        return Port(text(value.name), kind, None)
    dims: list[Dimension] = []
    for d in tensor.shape.dim:
        which = d.WhichOneof("value")
        dims.append(
            d.dim_value if which == "dim_value" else text(d.dim_param) if which == "dim_param" else None
        )
    return Port(text(value.name), kind, tuple(dims))


def _nodes(found: Iterable[onnx.NodeProto], files: Files) -> list[OnnxNode]:
    taken: Counter[str] = Counter()
    nodes: list[OnnxNode] = []
    for k, n in enumerate(found):
        op = text(n.op_type) if n.domain in STANDARD else f"{text(n.domain)}.{text(n.op_type)}"
        inputs, outputs = (tuple(map(text, names)) for names in (n.input, n.output))
        name = text(n.name) or next(filter(None, outputs), "") or f"{op}_{k}"
        taken[name] += 1
        if taken[name] > 1:
            name = f"{name} ({taken[name]})"
        attributes = {text(a.name): _value(a, files) for a in n.attribute}
        if any(isinstance(text, bytes) for text in (name, op, *n.input, *n.output)):
            raise FormatError(f"The name of node {k} in it is no text; the file is damaged.")
        nodes.append(OnnxNode(op, name, inputs, outputs, attributes))
    return nodes


def _value(a: AttributeProto, files: Files) -> Any:
    if a.type == AttributeProto.TENSOR:
        return array_of(a.t, files)
    if a.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
        return Subgraph(len(a.g.node))
    try:
        value = onnx.helper.get_attribute_value(a)
    except (ValueError, TypeError) as error:
        raise FormatError(f"The attribute {text(a.name):.40} can't be read; the file is damaged.") from error
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple) or hasattr(value, "__len__"):
        return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in value)
    return value


def _ordered(nodes: list[OnnxNode], wanted: list[str], given: set[str]) -> tuple[OnnxNode, ...]:
    """The nodes that outputs depend on, each after those it reads; raises FormatError. No recursion: graphs are deep."""
    makers: dict[str, OnnxNode] = {}
    for maker in nodes:
        for output in filter(None, maker.outputs):
            if output in makers or output in given:
                raise FormatError(f"Two nodes give the value {output:.60}; the file is damaged.")
            makers[output] = maker
    done: dict[str, OnnxNode] = {}
    open_now: set[str] = set()
    stack = [(w, "an output") for w in reversed(wanted)]
    while stack:
        value, reader = stack[-1]
        if value in given:
            stack.pop()
            continue
        if value not in makers:
            raise FormatError(f"{reader:.60} reads {value:.60}, which nothing gives; the file is damaged.")
        node = makers[value]
        waiting = [
            i for i in node.inputs if i and i not in given and getattr(makers.get(i), "name", "") not in done
        ]
        if node.name in done or not waiting:
            done.setdefault(node.name, node)
            open_now.discard(node.name)
            stack.pop()
            continue
        open_now.add(node.name)
        if any(i in makers and makers[i].name in open_now for i in waiting):
            raise FormatError(f"The wires of {node.name:.60} run in a circle; the file is damaged.")
        stack += [(i, node.name) for i in waiting]
    return tuple(done.values())
