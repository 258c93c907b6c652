"""A network of ours as an ONNX file that ONNX Runtime and its relatives run: opset 17, any number of examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto, helper

from engine.exchange.flat import Flat, FlatValue, Operation, flat, folded
from engine.exchange.onnx.options import OnnxOptions
from engine.exchange.onnx.writing_columns import DOMAIN, VERSION, Form, columns_text, forms_of, written
from engine.exchange.onnx.writing_columns import KEY as COLUMNS
from engine.exchange.onnx.writing_elementwise import ELEMENTWISE, elementwise
from engine.exchange.onnx.writing_native import native
from engine.exchange.onnx.writing_pen import ONNX_TYPES, Pen
from engine.exchange.onnx.writing_recurrent import RECURRENCES
from engine.exchange.onnx.writing_shapes import SHAPES, Writer, refused
from engine.exchange.onnx.writing_sheet import Sheet
from engine.exchange.onnx.writing_units import KEY, scaled, units_text, unscaled
from engine.exchange.onnx.writing_windows import WINDOWS
from engine.exchange.onnx.writing_words import MEANING, words_of_inputs, words_of_outputs
from engine.exchange.outgoing import Outgoing
from engine.exchange.python.network import one_line
from engine.exchange.units import Units, units_of
from engine.formats.atomic import replacing
from engine.formats.errors import FormatError

OPSET, IR_VERSION = 17, 8  # read by everything since 2022
LARGEST = 2**31 - 2**20  # bytes of a file in one piece
_NONE = "ONNX has no operator for it"
_RANDOM = "it draws random numbers, and ONNX has no generator that gives ours"
_GRADIENT = "it is the gradient of another operation, which only training has"
# operations that no file has, and why
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("cholesky", "eigh", "inverse", "qr", "solve", "svd", "triangular_solve"), _NONE),
        **dict.fromkeys(("uniform", "uniform_at"), _RANDOM),
        **dict.fromkeys(
            (
                "affine_sample_grad",
                "avg_pool_grad",
                "conv_weight_grad",
                "max_pool_grad",
                "recurrent_grad",
            ),
            _GRADIENT,
        ),
        **dict.fromkeys(("pack", "view"), "it places numbers in the memory of a device"),
    }
)
WRITERS: Mapping[str, Writer] = MappingProxyType(
    {**dict.fromkeys(ELEMENTWISE, elementwise), **SHAPES, **WINDOWS, **RECURRENCES}
)


def write_onnx(out: Outgoing, path: Path, options: OnnxOptions | None = None) -> None:
    """Write an `.onnx` file; what was there stays if that fails.

    Raises:
        FormatError: ONNX can't hold the network, or the operating system refused.
    """
    size = sum(array.nbytes for array in out.weights.values())
    if size > LARGEST:
        raise FormatError(
            f"An .onnx file holds at most 2 GB, and the weights of the network are {size / 2**30:.1f} GB; "
            "export to another format."
        )
    out = speakable(out)
    chosen = options or OnnxOptions()
    forms = forms_of(out) if chosen.units and chosen.columns else ()
    units = units_of(out) if chosen.units else Units()
    data = onnx_model(out, units, forms).SerializeToString(deterministic=True)
    with replacing(path) as file:
        file.write(data)


def speakable(out: Outgoing) -> Outgoing:
    """With names that can be written as UTF-8, which half a character in somebody's file can't."""

    def clean(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    names = {i: clean(name) for i, name in out.net.names.items()}
    return replace(out, net=replace(out.net, names=names), targets=tuple(map(clean, out.targets)))


def onnx_model(out: Outgoing, units: Units | None = None, forms: Sequence[Form] = ()) -> ModelProto:
    """The network as an ONNX model, whose numbers are in these units, or as the network has them.

    Args:
        out: the network.
        units: of its inputs and outputs.
        forms: inputs that are made of the columns of a table instead.

    Raises:
        FormatError: ONNX can't hold it.
    """
    units = units or Units()
    made = {form.name: form for form in forms}
    units = units.chosen([name for name in units.inputs if name not in made], list(units.outputs))
    network = flat(out)
    model = model_of_flat(network, units, made)
    said = {
        "input": words_of_inputs(out.meaning, [n for n in network.inputs if n not in made], units),
        "output": words_of_outputs(out.meaning, out.targets, network, units),
    }
    helper.set_model_props(model, metadata(out, network.inputs, units, forms) | _document(model, out, said))
    return model


def _document(model: ModelProto, out: Outgoing, said: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Say beside the values what they are, and in the metadata, which this gives."""
    for part, ports in (("input", model.graph.input), ("output", model.graph.output)):
        for port in ports:
            port.doc_string = said[part].get(port.name, "")
    lines = [f"{part} {name}: {text}" for part, words in said.items() for name, text in words.items()]
    model.doc_string = "\n".join([one_line(out.meaning.title), *lines])
    return {
        MEANING.format(part=part, name=name): text
        for part, words in said.items()
        for name, text in words.items()
    }


def model_of_flat(
    whole: Flat, units: Units | None = None, forms: Mapping[str, Form] = MappingProxyType({})
) -> ModelProto:
    """A flat network as an ONNX model; scaling is in front of the inputs and behind the outputs that `units` names.

    Raises:
        FormatError: ONNX has no operator for one of its operations.
    """
    network = folded(whole)
    units = units or Units()
    columns = {name for form in forms.values() for name in form.given()}
    sheet = Sheet(network, whole, {name for name, _ in network.outputs} | columns)
    inputs = [
        port
        for name in network.inputs
        for port in (
            written(sheet.pen, forms[name]) if name in forms else [_described(network.values[name], name)]
        )
    ]
    sheet.pen.owner = "to the network's numbers"
    for name in network.inputs:
        if name in units.inputs:
            sheet.replace(name, scaled(sheet.pen, name, units.inputs[name]))
    for o in network.operations:
        sheet.pen.owner = network.names.get(o.node, o.node)
        _write(sheet, o)
    for name, value in network.outputs:
        maker = sheet.makers.get(value)
        sheet.pen.owner = network.names.get(maker.node, "") if maker is not None else ""
        tensor = sheet.read(value)
        sheet.pen.owner = "to the units of the data"
        if name in units.outputs:
            tensor = unscaled(sheet.pen, tensor, units.outputs[name])
        sheet.pen.node("Identity", [tensor], [name])
    graph = helper.make_graph(
        _kept(sheet.pen, {name for name, _ in network.outputs}),
        "network",
        inputs,
        [_described(network.values[value], name) for name, value in network.outputs],
    )
    used = {name for node in graph.node for name in _read_by(node)}
    graph.initializer.extend(sheet.pen.initializers(used))
    return helper.make_model(
        graph,
        opset_imports=[
            helper.make_opsetid("", OPSET),
            *([helper.make_opsetid(DOMAIN, VERSION)] if any(n.domain == DOMAIN for n in graph.node) else []),
        ],
        ir_version=IR_VERSION,
        producer_name="Layerloom",
    )


def metadata(
    out: Outgoing, inputs: Sequence[str], units: Units, forms: Sequence[Form] = ()
) -> dict[str, str]:
    """What the file says beside the network: names of classes and columns, the recipe of the data."""
    found: dict[str, str] = {}
    features = out.meaning.features
    for part, names in (("input", inputs), ("output", out.targets)):
        for name in names:
            feature = features.get(name)
            if feature is not None and feature.class_names:
                found[f"classes of {part} {name}"] = _listed(feature.class_names)
            if feature is not None and feature.column_names:
                found[f"columns of {part} {name}"] = _listed(feature.column_names)
    if units.inputs or units.outputs:
        found[KEY] = units_text(units)
    if forms:
        found[COLUMNS] = columns_text(forms)
    if out.meaning.preparation is not None:
        found["preparation"] = out.meaning.preparation.model_dump_json()
        found["preparation in words"] = out.meaning.preparation.describe()
    return found


def _listed(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False).encode("utf-8", "replace").decode()


def _write(sheet: Sheet, o: Operation) -> None:
    if o.op.name in REFUSED or o.op.name not in WRITERS:
        raise refused(sheet, o, REFUSED.get(o.op.name, f"there is no way to say {o.op.name}"))
    if not native(sheet, o):
        WRITERS[o.op.name](sheet, o)


def _kept(pen: Pen, ends: set[str]) -> list[NodeProto]:
    """The nodes that something reads, with names: that of the layer, and of the operator where there are several."""
    needed = set(ends)
    kept = []
    for node, owner in zip(reversed(pen.nodes), reversed(pen.owners), strict=True):
        if any(output in needed for output in node.output):
            needed.update(_read_by(node))
            kept.append((node, owner))
    kept.reverse()
    counts = Counter(owner for _, owner in kept)
    taken: set[str] = set()
    for node, owner in kept:
        wanted = owner if counts[owner] == 1 else f"{owner}/{node.op_type}"
        name, k = wanted, 1
        while name in taken:
            name, k = f"{wanted}_{k}", k + 1
        taken.add(name)
        node.name = name or node.output[0]
    return _joined([node for node, _ in kept], ends)


def _joined(nodes: list[NodeProto], ends: set[str]) -> list[NodeProto]:
    """Without those that only give a result the name of an output, where it can be made under that name."""
    named = [n for n in nodes if n.op_type == "Identity" and n.output[0] in ends]
    makers = {output: node for node in nodes for output in node.output}
    renamed: dict[str, str] = {}
    for node in named:
        source = node.input[0]
        if source in makers and makers[source] not in named and source not in renamed:
            renamed[source] = node.output[0]
    kept = [n for n in nodes if n not in named or renamed.get(n.input[0]) != n.output[0]]
    for node in kept:
        _rename(node, renamed)
    return kept


def _rename(node: NodeProto, renamed: Mapping[str, str]) -> None:
    for names in (node.input, node.output):
        for k, name in enumerate(names):
            names[k] = renamed.get(name, name)
    for body in _bodies(node):
        for inner in body.node:
            _rename(inner, renamed)


def _bodies(node: NodeProto) -> list[GraphProto]:
    return [a.g for a in node.attribute if a.type == AttributeProto.GRAPH]


def _read_by(node: NodeProto) -> list[str]:
    """Names that a node reads, those that its bodies read from around it included."""
    return [*node.input, *(name for body in _bodies(node) for inner in body.node for name in _read_by(inner))]


def _described(value: FlatValue, name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(
        name, ONNX_TYPES[value.dtype], [n if isinstance(n, int) else str(n) for n in value.shape]
    )
