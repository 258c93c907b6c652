"""What an edit is called in the history: the deed, and the layer it was done to."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication

from app.canvas.facts import node_title
from engine.graph.document import Edge, ModelGraph


def connecting(graph: ModelGraph, edge: Edge) -> str:
    """`Connect Input to Dense`."""
    return _of_wire(graph, edge, QCoreApplication.translate("Deeds", "Connect {source} to {target}"))


def disconnecting(graph: ModelGraph, edge: Edge) -> str:
    """`Disconnect Input from Dense`."""
    return _of_wire(graph, edge, QCoreApplication.translate("Deeds", "Disconnect {source} from {target}"))


def cutting(graph: ModelGraph, edges: Sequence[Edge]) -> str:
    """`Disconnect Input from Dense`, or how many wires."""
    if len(edges) == 1:
        return disconnecting(graph, edges[0])
    return QCoreApplication.translate("Deeds", "Cut %n wires", "", len(edges))


def deleting(graph: ModelGraph, nodes: Sequence[str], wires: Sequence[Edge], notes: Collection[str]) -> str:
    """`Delete Dense`, how many layers, or what else goes."""
    if len(nodes) > 1:
        return QCoreApplication.translate("Deeds", "Delete %n layers", "", len(nodes))
    if nodes:
        return _of(graph, nodes, QCoreApplication.translate("Deeds", "Delete {name}"))
    return QCoreApplication.translate("Deeds", "Delete note") if notes else cutting(graph, wires)


def moving_of(graph: ModelGraph, nodes: Sequence[str]) -> str:
    """`Move Dense`, or how many layers."""
    if len(nodes) > 1:
        return QCoreApplication.translate("Deeds", "Move %n layers", "", len(nodes))
    if nodes:
        return _of(graph, nodes, QCoreApplication.translate("Deeds", "Move {name}"))
    return QCoreApplication.translate("Deeds", "Move")


def pulling(graph: ModelGraph, node: str) -> str:
    """`Take Dense out of its wires`."""
    return _of(graph, [node], QCoreApplication.translate("Deeds", "Take {name} out of its wires"))


def inserting(graph: ModelGraph, node: str) -> str:
    """`Insert Dense`."""
    return _of(graph, [node], QCoreApplication.translate("Deeds", "Insert {name}"))


def moving_and_connecting(graph: ModelGraph, node: str) -> str:
    """`Move and connect Dense`."""
    return _of(graph, [node], QCoreApplication.translate("Deeds", "Move and connect {name}"))


def _of(graph: ModelGraph, nodes: Sequence[str], words: str) -> str:
    return words.format(name=node_title(graph.nodes[nodes[0]]))


def _of_wire(graph: ModelGraph, edge: Edge, words: str) -> str:
    source, target = (graph.nodes.get(node) for node in (edge.source, edge.target))
    names = [node_title(node) if node is not None else "?" for node in (source, target)]
    return words.format(source=names[0], target=names[1])
