"""What a node shows, apart from how it is drawn: texts, ports, costs, pictures, the badge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from PySide6.QtCore import QCoreApplication

from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, input_ports, output_ports, snake_case
from engine.tensor.spec import DType, TensorSpec

Severity = Literal["error", "warning", "info"]

_STEPS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on a node where one wire attaches; a variadic port has one for each of its wires."""

    port: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Badge:
    """What is wrong with a node: the sentence, and the words of a remedy if there is one."""

    severity: Severity
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Caption:
    """Words that replace those of the layer: "MNIST", "60,000 pictures"; an empty one leaves them."""

    title: str = ""
    subtitle: str = ""
    footer: str = ""


def node_title(node: Node) -> str:
    """The name of a node if a person gave it one, else what kind of layer it is."""
    title = node.layer.title()
    stem = snake_case(title)
    made = node.name == stem or (
        node.name.startswith(f"{stem}_") and node.name.removeprefix(f"{stem}_").isdecimal()
    )
    return title if made else node.name


def node_category(node: Node) -> str:
    """The colour role of a node: its category, or "bad" for an unknown layer."""
    return "bad" if isinstance(node.layer, UnknownLayer) else type(node.layer).declaration.category.value


def input_slots(graph: ModelGraph, node: Node) -> tuple[Slot, ...]:
    """Places for wires at the left; ports of an unknown layer are those that have wires."""
    if isinstance(node.layer, UnknownLayer):
        return _used(edge.target_port for edge in graph.edges_into(node.id))
    slots: list[Slot] = []
    for port in input_ports(node.layer):
        wires = len(graph.edges_into(node.id, port.name))
        count = max(port.minimum, wires, 1) if port.variadic else 1
        slots += [Slot(port.name, index) for index in range(count)]
    return tuple(slots)


def output_slots(graph: ModelGraph, node: Node) -> tuple[Slot, ...]:
    """Places for wires at the right; any number of wires leaves from one."""
    if isinstance(node.layer, UnknownLayer):
        return _used(edge.source_port for edge in graph.edges_from(node.id))
    return tuple(Slot(port.name) for port in output_ports(node.layer))


def have_names(slots: Sequence[Slot]) -> bool:
    """Whether the ports of a side need their names beside them, because they are not all the same."""
    return len({slot.port for slot in slots}) > 1


def target_slot(graph: ModelGraph, edge: Edge) -> Slot:
    """Where a wire ends on its target."""
    node = graph.nodes[edge.target]
    ports = [port for port in input_ports(node.layer) if port.name == edge.target_port]
    if ports and ports[0].variadic:
        return Slot(edge.target_port, graph.edges_into(edge.target, edge.target_port).index(edge))
    return Slot(edge.target_port)


def shape_words(spec: TensorSpec) -> str:
    """What flows, with the names of its axes: `batch × time 40 × 64`.

    Axes are in the order of Keras: rows are steps in time with their numbers, pictures have height, width and channels,
    and whole numbers in a row are a text.
    """
    row = (_tr("time"),) if spec.dtype is DType.INT32 else ("",)
    names = {1: row, 2: (_tr("time"), ""), 3: (_tr("height"), _tr("width"), "")}.get(len(spec.shape), ())
    names = names or ("",) * len(spec.shape)
    axes = [f"{name} {length}".strip() for name, length in zip(names, spec.shape, strict=True)]
    return " \N{MULTIPLICATION SIGN} ".join((_tr("batch"), *axes))


def short_count(number: int) -> str:
    """A count in four characters or so: 320, 36.9 k, 1.65 M."""
    for size, unit in _STEPS:
        if number >= size:
            value = number / size
            digits = 2 if value < 10 else 1 if value < 100 else 0
            text = f"{value:.{digits}f}"
            return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"
    return str(number)


@lru_cache(maxsize=10_000)
def cost_text(parameters: int, multiply_adds: int) -> str:
    """The faint line of a node: its parameters and, if it multiplies, its multiply-adds per example."""
    parts = [short_count(parameters)] if parameters or not multiply_adds else []
    parts += [short_count(multiply_adds)] if multiply_adds else []
    return " \N{MIDDLE DOT} ".join(parts)


def _used(ports: Iterable[str]) -> tuple[Slot, ...]:
    return tuple(Slot(name) for name in dict.fromkeys(ports))


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasFacts", text)
