"""The canvas as screen readers see it: a list of layers, each with its ports, though none of them is a widget.

Qt keeps what it was given once, so interfaces live as long as their canvas; what is gone from it says that it is not valid.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QApplication
from shiboken6 import isValid
from typing_extensions import override

from app.canvas.announce import announce, describe_canvas, describe_node, describe_selection
from app.canvas.facts import Slot
from app.canvas.geometry import PORT_REACH
from app.canvas.scene import GraphScene
from app.widgets import roles

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.viewport import Viewport
    from app.canvas.wire_item import WireItem


class _Factory:
    """Makes the interfaces of canvases and keeps them: Qt deletes each with its canvas, so Python must not do it before."""

    def __init__(self) -> None:
        self._made: list[CanvasInterface] = []

    def __call__(self, _kind: str, thing: QObject) -> QAccessibleInterface | None:
        from app.canvas.viewport import Viewport  # which uses this module

        if not isinstance(thing, Viewport):
            return None
        for gone in [each for each in self._made if not isValid(each)]:
            gone.close()
            self._made.remove(gone)
        made = CanvasInterface(thing)
        self._made.append(made)
        return made


@cache
def install() -> _Factory:
    """Tells Qt, once a process, how canvases are described."""
    factory = _Factory()
    QAccessible.installFactory(factory)
    roles.install()
    return factory


def tell_selection(view: Viewport) -> None:
    """Has a running screen reader say what is selected, unless what has the keyboard tells it by itself.

    The canvas does so of one layer, and each widget that says it `tells_selection`.
    """
    if not QAccessible.isActive():
        return
    selected = view.graph_scene.selected_nodes()
    if view.hasFocus() and len(selected) == 1:
        event = QAccessibleEvent(view, QAccessible.Event.Focus)
        event.setChild(list(view.graph_scene.nodes).index(selected[0]))
        QAccessible.updateAccessibility(event)
    elif not getattr(QApplication.focusWidget(), "tells_selection", False):
        announce(view, describe_selection(view.graph_scene))


class CanvasInterface(QAccessibleWidget):
    """The canvas: its children are the layers, in painting order."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view, QAccessible.Role.List)
        self._view = view
        self._known: dict[tuple[GraphScene, str], NodeInterface] = {}

    def close(self) -> None:
        """Takes back what Qt was given."""
        for known in self._known.values():
            known.close()
            _give_up(known)
        self._known.clear()

    @override
    def text(self, kind: QAccessible.Text) -> str:
        """What the canvas holds is found when it is asked for: told at each change, it would be read out each time."""
        if kind is QAccessible.Text.Description:
            return describe_canvas(self._view.graph_scene)
        return super().text(kind)

    @override
    def childCount(self) -> int:
        return len(self._view.graph_scene.nodes)

    @override
    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # stubs leave None out
        ids = list(self._view.graph_scene.nodes)
        return self._node(ids[index]) if 0 <= index < len(ids) else None

    @override
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        ids = list(self._view.graph_scene.nodes)
        here = isinstance(child, NodeInterface) and child.isValid()
        return ids.index(child.node_id) if here and isinstance(child, NodeInterface) else -1

    @override
    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        place = self._view.viewport().mapFromGlobal(QPoint(x, y))
        item = self._view.graph_scene.node_at(self._view.mapToScene(place))
        return self._node(item.node.id) if item is not None else None

    @override
    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        selected = self._view.graph_scene.selected_nodes()
        return self._node(selected[0]) if len(selected) == 1 else None

    def _node(self, node_id: str) -> NodeInterface:
        key = (self._view.graph_scene, node_id)
        if key not in self._known:
            self._known[key] = NodeInterface(self._view, self._view.graph_scene, node_id)
        return self._known[key]


class _Part(QAccessibleInterface):
    """What layers and ports have in common: no object of Qt's stands behind them."""

    def __init__(self, view: Viewport) -> None:
        super().__init__()
        self._view = view

    @override
    def object(self) -> QObject | None:  # type: ignore[override]  # stubs leave None out
        return None

    @override
    def window(self) -> None:  # type: ignore[override]  # as above
        return None

    @override
    def relations(self, match: QAccessible.RelationFlag = QAccessible.RelationFlag.AllRelations) -> list[Any]:
        return []

    @override
    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        return None

    @override
    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        return None

    @override
    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Names are changed with F2."""

    def _on_screen(self, area: QRectF) -> QRect:
        shown = self._view.mapFromScene(area).boundingRect()
        return QRect(self._view.viewport().mapToGlobal(shown.topLeft()), shown.size())


class NodeInterface(_Part):
    """A layer: says what it is, what is wrong with it, and has its ports as children."""

    def __init__(self, view: Viewport, scene: GraphScene, node_id: str) -> None:
        super().__init__(view)
        self.node_id = node_id
        self._scene = scene
        self._ports: dict[tuple[Slot, bool], PortInterface] = {}

    def close(self) -> None:
        """Takes back what Qt was given."""
        for port in self._ports.values():
            _give_up(port)
        self._ports.clear()

    def item(self) -> NodeItem | None:
        """What is shown; None where it is gone, or another level is shown."""
        return self._scene.nodes.get(self.node_id) if self._view.graph_scene is self._scene else None

    @override
    def isValid(self) -> bool:
        return self.item() is not None

    @override
    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._view)

    @override
    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    @override
    def text(self, kind: QAccessible.Text) -> str:
        item = self.item()
        if item is None:
            return ""
        if kind is QAccessible.Text.Name:
            return describe_node(item)
        return self._view.explain(self.node_id) if kind is QAccessible.Text.Description else ""

    @override
    def state(self) -> QAccessible.State:
        state, item = QAccessible.State(), self.item()
        if item is None:
            state.invalid = True
            return state
        state.selectable = state.focusable = state.movable = True
        state.selected = item.selected
        state.focused = item.selected and self._view.hasFocus()
        state.disabled = item.bypassed
        return state

    @override
    def rect(self) -> QRect:
        item = self.item()
        return self._on_screen(item.body().translated(item.pos())) if item is not None else QRect()

    @override
    def childCount(self) -> int:
        item = self.item()
        return len(item.inputs) + len(item.outputs) if item is not None else 0

    @override
    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        item = self.item()
        ports = (
            [(s, False) for s in item.inputs] + [(s, True) for s in item.outputs] if item is not None else []
        )
        if not 0 <= index < len(ports):
            return None
        if ports[index] not in self._ports:
            slot, output = ports[index]
            self._ports[ports[index]] = PortInterface(self._view, self, slot, output=output)
        return self._ports[ports[index]]

    @override
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        found = (k for k in range(self.childCount()) if self.child(k) is child)
        return next(found, -1)


class PortInterface(_Part):
    """A port of a layer: says what it is wired to."""

    def __init__(self, view: Viewport, node: NodeInterface, slot: Slot, *, output: bool) -> None:
        super().__init__(view)
        self._node = node
        self._slot = slot
        self._output = output

    @override
    def isValid(self) -> bool:
        item = self._node.item()
        return item is not None and self._slot in (item.outputs if self._output else item.inputs)

    @override
    def parent(self) -> QAccessibleInterface:
        return self._node

    @override
    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Button

    @override
    def text(self, kind: QAccessible.Text) -> str:
        if kind is not QAccessible.Text.Name or not self.isValid():
            return ""
        said = self._words().format(port=self._slot.port.replace("_", " "), names=", ".join(self._ends()))
        wire = self._wire()
        return f"{said}, {wire.shape_words}" if wire is not None and wire.shape_words else said

    def _ends(self) -> list[str]:
        """The nodes that it is wired to."""
        graph, own, port = self._view.graph_scene.graph, self._node.node_id, self._slot.port
        if self._output:
            return [graph.nodes[e.target].name for e in graph.edges_from(own, port)]
        taken = graph.edges_into(own, port)[self._slot.index : self._slot.index + 1]
        return [graph.nodes[e.source].name for e in taken]

    def _words(self) -> str:
        """What is said of it; its own name only where that says more than its side."""
        plain = self._slot.port in (("output",) if self._output else ("input", "inputs"))
        if self._output and plain:
            return _tr("Output, to {names}") if self._ends() else _tr("Output, not wired")
        if self._output:
            return _tr("Output {port}, to {names}") if self._ends() else _tr("Output {port}, not wired")
        if plain:
            return _tr("Input, from {names}") if self._ends() else _tr("Input, not wired")
        return _tr("Input {port}, from {names}") if self._ends() else _tr("Input {port}, not wired")

    def _wire(self) -> WireItem | None:
        """A wire that it has."""
        own, port = self._node.node_id, self._slot.port
        for wire in self._view.graph_scene.wires_of(own):
            edge = wire.edge
            if (own, port) == (
                (edge.source, edge.source_port) if self._output else (edge.target, edge.target_port)
            ):
                return wire
        return None

    @override
    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.invalid = not self.isValid()
        return state

    @override
    def rect(self) -> QRect:
        item = self._node.item()
        if item is None or not self.isValid():
            return QRect()
        reach = QPointF(PORT_REACH, PORT_REACH)
        middle = item.port_position(self._slot, output=self._output)
        return self._on_screen(QRectF(middle - reach, middle + reach))

    @override
    def childCount(self) -> int:
        return 0

    @override
    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        return None

    @override
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1


def _give_up(interface: QAccessibleInterface) -> None:
    QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(interface))


def _tr(text: str) -> str:
    return QCoreApplication.translate("GraphView", text)
