"""Wires made and cut without a mouse: from a list of where they can lead, or between two selected layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint

from app.canvas.choice_popup import Choice
from app.canvas.scene import center_of
from engine.graph.document import Edge, ModelGraph, Node, input_ports, output_ports

if TYPE_CHECKING:
    from app.canvas.editor import GraphEditor
    from app.canvas.view import GraphView


def connect_selected(view: GraphView) -> None:
    """Wires the left of two selected layers to the right one, else offers what the one selected can be wired to."""
    selected = view.graph_scene.selected_nodes()
    graph = view.graph_scene.graph
    if len(selected) == 2:
        first, second = sorted((graph.nodes[i] for i in selected), key=lambda node: node.position)
        connect_two(view.editor, first, second)
    elif len(selected) == 1:
        node = graph.nodes[selected[0]]
        heading = _tr("Wire {name} to").format(name=node.name)
        choices = wires_of_choice(view.editor, node)
        view.choices.open_at(_beside(view, node.id), heading, choices, view.covered_above)


def connect_two(editor: GraphEditor, first: Node, second: Node) -> bool:
    """Wires the first two ports that suit, this way or else the other; says why where there are none."""
    refusals: list[str] = []
    for source, target in ((first, second), (second, first)):
        for edge in _possible(source, target):
            reason = editor.why_not(edge)
            if reason is None:
                return editor.connect_nodes(edge)
            refusals.append(reason)
    editor.refused.emit(refusals[0] if refusals else _tr("These two have no ports for a wire between them."))
    return False


def wires_of_choice(editor: GraphEditor, node: Node) -> Iterator[Choice | None]:
    """All wires that a node could have and has not, the nearest layers first, those from its outputs before the others."""
    others = sorted(
        (each for each in editor.graph.nodes.values() if each.id != node.id),
        key=lambda each: math.dist(each.position, node.position),
    )
    for outward in (True, False):
        for other in others:
            for edge in _possible(node, other) if outward else _possible(other, node):
                if editor.why_not(edge) is None:
                    yield Choice(
                        edge_words(editor.graph, edge, other.id),
                        partial(editor.connect_nodes, edge),
                        (other.name, other.layer.title()),
                    )
                else:
                    yield None


def cut_of_selected(view: GraphView) -> None:
    """Offers the wires of the selected layer, to cut one."""
    selected = view.graph_scene.selected_nodes()
    if len(selected) != 1:
        return
    graph, node_id = view.graph_scene.graph, selected[0]
    wires = [*graph.edges_into(node_id), *graph.edges_from(node_id)]
    choices = [
        Choice(
            edge_words(graph, edge, edge.source if edge.target == node_id else edge.target),
            partial(view.editor.disconnect_wire, edge),
        )
        for edge in dict.fromkeys(wires)
    ]
    heading = _tr("Cut a wire of {name}").format(name=graph.nodes[node_id].name)
    view.choices.open_at(_beside(view, node_id), heading, choices, view.covered_above)


def edge_words(graph: ModelGraph, edge: Edge, other: str) -> str:
    """A wire as one of its ends sees it: an arrow, the other end, and its port where it has several."""
    node = graph.nodes[other]
    outward = edge.target == other
    ports = input_ports(node.layer) if outward else output_ports(node.layer)
    port = edge.target_port if outward else edge.source_port
    name = f"{node.name} \N{MIDDLE DOT} {port.replace('_', ' ')}" if len(ports) > 1 else node.name
    arrow = "\N{RIGHTWARDS ARROW}" if outward else "\N{LEFTWARDS ARROW}"
    return f"{arrow} {name}"


def _possible(source: Node, target: Node) -> Iterator[Edge]:
    for out in output_ports(source.layer):
        for into in input_ports(target.layer):
            yield Edge(source.id, out.name, target.id, into.name)


def _beside(view: GraphView, node_id: str) -> QPoint:
    return view.mapFromScene(center_of(view.graph_scene.nodes[node_id]))


def _tr(text: str) -> str:
    return QCoreApplication.translate("KeyWiring", text)
