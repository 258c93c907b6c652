"""The canvas as a scene: what is shown of each node and wire, kept equal to the document by its signals."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsScene

from app.canvas.carrying import Carrying, Company
from app.canvas.facts import Badge, Caption, Slot, input_slots, output_slots
from app.canvas.finding import Hits
from app.canvas.geometry import NODE_WIDTH
from app.canvas.layers import Layer
from app.canvas.node_item import NodeItem
from app.canvas.node_painter import NodePainter
from app.canvas.note_board import NoteBoard
from app.canvas.routing import Router
from app.canvas.sprites import Sprites
from app.canvas.style import CanvasStyle
from app.canvas.wire_item import WireItem, tell_repeats
from app.canvas.wire_painter import WirePainter
from app.canvas.words_ahead import WordsAhead
from app.theme import Theme
from engine.graph.document import Edge, ModelGraph, Node
from engine.graph.drawing import DRAWING, is_downward

EXTENT = 40_000.0
"""Half the side of the canvas, in canvas units."""

LAYER_OF_WIRES = 1.0
LAYER_OF_NODES = 10.0


class GraphScene(QGraphicsScene):
    """Items for the nodes and wires of `graph`.

    `selection_settled` is emitted once after the selection became another one, `layout_changed` after nodes came,
    went or moved, `badges_changed` after what is wrong with nodes was told. `close` ends the watching.
    """

    selection_settled = Signal()
    layout_changed = Signal()
    badges_changed = Signal()

    def __init__(
        self,
        graph: ModelGraph,
        theme: Theme,
        parent: QObject | None = None,
        sprites: Callable[[], Sprites] = Sprites,
    ) -> None:
        super().__init__(parent)
        self.graph = graph
        self.look = CanvasStyle(theme)
        self.look.downward = is_downward(graph)
        self._theme = theme
        self._nodes: dict[str, NodeItem] = {}
        self._wires: dict[Edge, list[WireItem]] = {}
        self._edges_at: dict[str, dict[Edge, None]] = {}
        self._sequence = count()
        self._hovered: NodeItem | WireItem | None = None
        self._settled: tuple[list[str], list[Edge], list[str]] = ([], [], [])
        self._extent: QRectF | None = None
        self._badges: dict[str, Badge] = {}
        self._marks: dict[str, Badge] = {}
        self._badged: list[str] = []  # in painting order
        self._selected: list[str] | None = None  # to be found; the minimap asks in each frame
        extent = QRectF(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT)
        self._node_painter = NodePainter(self.look, sprites())
        self._wire_painter = WirePainter(self.look, sprites())
        self._node_layer = Layer[NodeItem](extent, LAYER_OF_NODES, self._node_painter.paint)
        self._wire_layer = Layer[WireItem](extent, LAYER_OF_WIRES, self._wire_painter.paint)
        self._carrying = Carrying(self._node_layer, self._wire_layer, self._place_wire)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # the layers have their own
        self.setSceneRect(extent)
        self.addItem(self._wire_layer)
        self.addItem(self._node_layer)
        self.words = WordsAhead(self._nodes.values, self)
        self.router = Router(self.wires, self._wire_layer.index.within, self.nodes_in, self)
        self.notes = NoteBoard(self, graph, self.look, extent)
        for node in graph.nodes.values():
            self._on_graph_node_added(node)
        for edge in graph.edges:
            self._on_graph_edge_added(edge)
        self._watch()

    # -- reading -------------------------------------------------------------------------------------------
    @property
    def nodes(self) -> Mapping[str, NodeItem]:
        """Items by node id."""
        return self._nodes

    def wires(self) -> list[WireItem]:
        """Items of all wires."""
        return [item for items in self._wires.values() for item in items]

    def wire(self, edge: Edge) -> WireItem:
        """The item of a wire; raises `KeyError`."""
        return self._wires[edge][0]

    def node_at(self, position: QPointF) -> NodeItem | None:
        """The node there, ports included; the topmost."""
        near = QRectF(position.x() - 12, position.y() - 12, 24, 24)
        items = self._node_layer.index.within(near)[::-1]
        inside = [item for item in items if item.body().translated(item.pos()).contains(position)]
        ports = [item for item in items if item.port_at(position) is not None]
        return next(iter(ports or inside), None)

    def nodes_in(self, rect: QRectF) -> list[NodeItem]:
        """The nodes whose bodies touch a rectangle, in painting order."""
        found = self._node_layer.index.within(rect)
        return [item for item in found if rect.intersects(item.body().translated(item.pos()))]

    def port_at(self, position: QPointF) -> tuple[NodeItem, Slot, bool] | None:
        """The port there, with its node and whether it is an output."""
        item = self.node_at(position)
        found = item.port_at(position) if item is not None else None
        return (item, *found) if item is not None and found is not None else None

    def wire_at(self, position: QPointF) -> WireItem | None:
        """The wire there."""
        near = QRectF(position.x() - 6, position.y() - 6, 12, 12)
        items = reversed(self._wire_layer.index.within(near))
        return next((item for item in items if item.visible and item.reach().contains(position)), None)

    def wire_in(self, rect: QRectF) -> WireItem | None:
        """The topmost wire that runs through a rectangle."""
        items = reversed(self._wire_layer.index.within(rect))
        return next((item for item in items if item.visible and item.reach().intersects(rect)), None)

    def wires_in(self, rect: QRectF) -> list[WireItem]:
        """The wires whose bounds touch a rectangle."""
        return [item for item in self._wire_layer.index.within(rect) if item.visible]

    def wires_of(self, node_id: str) -> list[WireItem]:
        """The wires at a node."""
        return [item for edge in self._edges_at.get(node_id, ()) for item in self._wires[edge]]

    def nodes_rect(self, ids: Iterable[str] | None = None) -> QRectF:
        """The rectangle around these nodes, or around all."""
        if ids is None and self._extent is not None:
            return QRectF(self._extent)
        bodies = [self._nodes[node_id].place() for node_id in (self._nodes if ids is None else ids)]
        rect = QRectF()
        if bodies:
            lefts, tops, rights, bottoms = zip(*bodies, strict=True)
            rect.setCoords(min(lefts), min(tops), max(rights), max(bottoms))
        if ids is None:
            self._extent = QRectF(rect)
        return rect

    def content_rect(self) -> QRectF:
        """The rectangle around all nodes and notes."""
        return self.nodes_rect().united(self.notes.rect())

    def end_of(self, node_id: str, slot: Slot, *, output: bool) -> QPointF:
        """Middle of a port on the canvas."""
        return self._nodes[node_id].port_position(slot, output=output)

    # -- selection and pointer -----------------------------------------------------------------------------
    def selected_nodes(self) -> list[str]:
        """Ids of the selected nodes, in painting order."""
        if self._selected is None:
            self._selected = [node_id for node_id, item in self._nodes.items() if item.selected]
        return list(self._selected)

    def has_selection(self) -> bool:
        """Whether anything is selected."""
        return bool(self.selected_nodes() or self.selected_edges() or self.notes.selected())

    def selected_edges(self) -> list[Edge]:
        """The selected wires."""
        return [item.edge for item in self.wires() if item.selected]

    def select(
        self,
        nodes: Iterable[str] = (),
        edges: Iterable[Edge] = (),
        notes: Iterable[str] = (),
        *,
        settled: bool = True,
    ) -> None:
        """Selects exactly these; emits `selection_settled` once if that changes anything.

        With `settled` False the selection is still being made: nothing is emitted until `settle_selection`.
        """
        ids, wanted = set(nodes), set(edges)
        self._selected = None
        self.notes.select(set(notes))
        for node_id, item in self._nodes.items():
            item.set_selected(node_id in ids)
        for wire in self.wires():
            wire.set_selected(wire.edge in wanted)
        if settled:
            self.settle_selection()

    def settle_selection(self) -> None:
        """Tells that the selection is another one, if it is."""
        now = self.selected_nodes(), self.selected_edges(), self.notes.selected()
        if now != self._settled:
            self._settled = now
            self.selection_settled.emit()

    def set_hovered(self, item: NodeItem | WireItem | None) -> None:
        """Tells the item under the pointer, and the one that was."""
        if item is not self._hovered:
            if self._hovered is not None:
                self._hovered.set_hovered(False)
            self._hovered = item
            if item is not None:
                item.set_hovered(True)
            self._node_layer.setToolTip(item.tip() if item is not None else "")

    @property
    def hovered(self) -> NodeItem | WireItem | None:
        """The item under the pointer."""
        return self._hovered

    # -- what comes from outside ---------------------------------------------------------------------------
    def set_thumbnails(self, node_id: str, images: Sequence[QImage]) -> None:
        """Shows small pictures on a node; unknown ids are ignored, for pictures that come late."""
        if (item := self._nodes.get(node_id)) is not None:
            height = item.body().height()
            item.set_thumbnails(images)
            if item.body().height() != height:
                self._place_wires([node_id])
                self.router.note(item.bounds())
                self._note_layout()

    def set_caption(self, node_id: str, caption: Caption) -> None:
        """Replaces words on a node."""
        if (item := self._nodes.get(node_id)) is not None:
            item.set_caption(caption)

    def set_costs(self, costs: Mapping[str, str]) -> None:
        """Shows the faint line of each node; nodes not named have none."""
        with self._node_layer.together():
            for node_id, item in self._nodes.items():
                item.set_cost(costs.get(node_id, ""))

    def set_badges(self, badges: Mapping[str, Badge]) -> None:
        """Shows what is wrong with each node; nodes not named are right."""
        self._badges = dict(badges)
        self._show_badges()

    def set_found(self, hits: Hits | None) -> None:
        """Dims all that is not among the hits of a search; None ends that."""
        for node_id, item in self._nodes.items():
            item.set_pale(hits is not None and node_id not in hits.nodes)
        for note_id, note in self.notes.items.items():
            note.set_dimmed(hits is not None and note_id not in hits.notes)

    def set_marks(self, marks: Mapping[str, Badge]) -> None:
        """Shows what is remarkable about nodes, where nothing is wrong with them; none ends that."""
        self._marks = dict(marks)
        self._show_badges()

    def badges(self) -> Mapping[str, Badge]:
        """What is wrong with nodes, or remarkable about them, by id."""
        badged = ((i, self._nodes[i].badge) for i in self._badged if i in self._nodes)
        return {i: badge for i, badge in badged if badge is not None}

    def _show_badges(self) -> None:
        with self._node_layer.together():
            for node_id, item in self._nodes.items():
                item.set_badge(self._badges.get(node_id) or self._marks.get(node_id))
        self._badged = [i for i in self._nodes if i in self._badges or i in self._marks]
        self.badges_changed.emit()

    def set_shapes(self, shapes: Mapping[tuple[str, str], tuple[str, str]]) -> None:
        """Shows what flows in the wires, by node id and output port."""
        with self._wire_layer.together():
            for item in self.wires():
                item.set_shape_text(*shapes.get((item.edge.source, item.edge.source_port), ("", "")))

    # -- wires ---------------------------------------------------------------------------------------------
    def move_nodes(self, places: Mapping[str, QPointF]) -> None:
        """Shows nodes with their wires elsewhere; the document does not change."""
        self.lay_down()
        step = self._common_step(places)
        with self._node_layer.together(), self._wire_layer.together():
            if step is not None:
                self._shift_nodes(tuple(places), step)
                return
            for node_id, place in places.items():
                self._nodes[node_id].move_to(place)
            self._place_wires(places)

    def carry(self, places: Mapping[str, QPointF], step: QPointF) -> None:
        """Shows nodes, with their wires, a step away from `places`; `lay_down` ends it. The document does not change.

        The step takes the same time for many nodes as for a few, as long as `places` is the same mapping.
        """
        if not self._carrying.is_of(places):
            self.move_nodes(places)
            self._carrying.lift(places, self._company(places.keys()))
        self._carrying.show(step)

    def lay_down(self) -> None:
        """What is carried lies where it is shown."""
        self._carrying.lay_down()

    def _common_step(self, places: Mapping[str, QPointF]) -> QPointF | None:
        """The step that all these nodes would take; None if they don't go together."""
        steps = (place - self._nodes[node_id].pos() for node_id, place in places.items())
        first = next(steps, None)
        return first if all(step == first for step in steps) else None

    def _shift_nodes(self, nodes: tuple[str, ...], step: QPointF) -> None:
        """Moves nodes that go together, and takes the wires between them along, instead of finding new courses."""
        if step.isNull():
            return
        company = self._company(set(nodes))
        self._node_layer.shift(company.nodes, step)
        self._wire_layer.shift(company.along, step)
        for edge in company.beyond:
            self._place_wire(edge)

    def _company(self, nodes: Collection[str]) -> Company:
        """Some nodes with the wires between them, and those from them to others."""
        edges = dict.fromkeys(edge for node_id in nodes for edge in self._edges_at.get(node_id, ()))
        inner = [edge for edge in edges if edge.source in nodes and edge.target in nodes]
        outer = [edge for edge in edges if edge.source not in nodes or edge.target not in nodes]
        along = [item for edge in inner for item in self._wires[edge]]
        return Company([self._nodes[node_id] for node_id in nodes], along, outer)

    def _place_wires(self, nodes: Iterable[str]) -> None:
        """Draws the wires of nodes to where their ports are now."""
        for edge in dict.fromkeys(edge for node_id in nodes for edge in self._edges_at.get(node_id, ())):
            self._place_wire(edge)

    def _place_wire(self, edge: Edge) -> None:
        source, target = self._nodes.get(edge.source), self._nodes.get(edge.target)
        if source is None or target is None:
            return
        start = source.port_position(Slot(edge.source_port), output=True)
        slots = self._target_slots(edge, target)
        for item, slot in zip(self._wires[edge], slots, strict=False):
            item.set_ends(start, target.port_position(slot, output=False))

    def _target_slots(self, edge: Edge, target: NodeItem) -> list[Slot]:
        """Where the wires of an edge end: equal ones into a variadic port take a slot each."""
        if Slot(edge.target_port, 1) not in target.port_offsets(output=False):
            return [Slot(edge.target_port)] * len(self._wires[edge])
        into = self.graph.edges_into(edge.target, edge.target_port)
        return [Slot(edge.target_port, index) for index, other in enumerate(into) if other == edge]

    # -- the document --------------------------------------------------------------------------------------
    def _watch(self) -> None:
        graph = self.graph
        graph.node_added.connect(self._on_graph_node_added)
        graph.node_removed.connect(self._on_graph_node_removed)
        graph.node_changed.connect(self._on_graph_node_changed)
        graph.nodes_moved.connect(self._on_graph_nodes_moved)
        graph.edge_added.connect(self._on_graph_edge_added)
        graph.edge_removed.connect(self._on_graph_edge_removed)
        graph.section_changed.connect(self._on_graph_section_changed)
        self._theme.changed.connect(self._on_theme_changed)

    def give_way(self) -> None:
        """The hand drags, pans or zooms: what can be done later is done later."""
        self.router.give_way()
        self.words.give_way()

    def close(self) -> None:
        """Ends watching the document and the theme."""
        graph = self.graph
        graph.node_added.disconnect(self._on_graph_node_added)
        graph.node_removed.disconnect(self._on_graph_node_removed)
        graph.node_changed.disconnect(self._on_graph_node_changed)
        graph.nodes_moved.disconnect(self._on_graph_nodes_moved)
        graph.edge_added.disconnect(self._on_graph_edge_added)
        graph.edge_removed.disconnect(self._on_graph_edge_removed)
        graph.section_changed.disconnect(self._on_graph_section_changed)
        self.notes.close()
        self.router.stop()
        self.words.stop()
        self._theme.changed.disconnect(self._on_theme_changed)

    def _on_graph_node_added(self, node: Node) -> None:
        self._nodes[node.id] = NodeItem(node, self.look, self._node_layer, next(self._sequence))
        self._refresh_node(node.id)
        self.router.note(self._nodes[node.id].bounds())
        self._note_layout()

    def _on_graph_node_removed(self, node: Node) -> None:
        self.lay_down()
        item, self._selected = self._nodes.pop(node.id), None
        self._forget(item)
        self._node_layer.index.take(item)
        self._node_layer.repaint(item.bounds())
        self.router.note(item.bounds())
        self.settle_selection()
        self._note_layout()

    def _on_graph_node_changed(self, node: Node) -> None:
        before = self._shape_of(node.id)
        self._refresh_node(node.id)
        if self._shape_of(node.id) != before:
            self.reroute([node.id])
        self._note_layout()

    def _shape_of(self, node_id: str) -> object:
        """All that the ways of wires to a node depend on, whatever else it shows."""
        item = self._nodes.get(node_id)
        return item and (item.place(), item.port_offsets(output=False), item.port_offsets(output=True))

    def _on_graph_nodes_moved(self, ids: tuple[str, ...]) -> None:
        for node_id in ids:
            item = self._nodes[node_id]
            self.router.note(item.bounds())
            item.set_node(self.graph.nodes[node_id], item.inputs, item.outputs)
        self.move_nodes({node_id: QPointF(*self.graph.nodes[node_id].position) for node_id in ids})
        self.reroute(ids)
        self._note_layout()

    def reroute(self, nodes: Iterable[str]) -> None:
        """Looks for the ways of the wires at these nodes, and of those that these nodes lie in the way of."""
        for node_id in nodes:
            self.router.note(self._nodes[node_id].bounds())
            self.router.ask(self.wires_of(node_id))

    def _on_graph_edge_added(self, edge: Edge) -> None:
        item = WireItem(edge, self.look, self._wire_layer, next(self._sequence))
        self._wires.setdefault(edge, []).append(item)
        for node_id in (edge.source, edge.target):
            self._edges_at.setdefault(node_id, {})[edge] = None
        self._refresh_ends(edge)

    def _on_graph_edge_removed(self, edge: Edge) -> None:
        items = self._wires[edge]
        item = items.pop()
        self.router.forget(item)
        if not items:
            del self._wires[edge]
            for node_id in {edge.source, edge.target}:
                del self._edges_at[node_id][edge]
        self._forget(item)
        self._wire_layer.index.take(item)
        self._wire_layer.repaint(item.bounds())
        self._refresh_ends(edge)

    def _on_graph_section_changed(self, key: str) -> None:
        """Wires may lead another way now: ports are at other sides of the nodes."""
        if key == DRAWING and is_downward(self.graph) is not self.look.downward:
            self.look.downward = is_downward(self.graph)
            for node in self._nodes.values():
                node.restyle()
            for wire in self.wires():
                wire.turn()
            self._place_wires(self._nodes)
            self.router.ask(self.wires())
            self._note_layout()

    def _forget(self, item: NodeItem | WireItem) -> None:
        if self._hovered is item:
            self._hovered = None

    def _refresh_ends(self, edge: Edge) -> None:
        self.lay_down()
        for node_id in (edge.source, edge.target):
            self._refresh_node(node_id)
            self.router.ask(self.wires_of(node_id))
        tell_repeats(self.wires_of(edge.source))

    def _note_layout(self) -> None:
        self._extent = None
        self.layout_changed.emit()

    def _refresh_node(self, node_id: str) -> None:
        """Takes over settings and ports of a node that may be on its way out."""
        node, item = self.graph.nodes.get(node_id), self._nodes.get(node_id)
        if node is not None and item is not None:
            item.set_node(node, input_slots(self.graph, node), output_slots(self.graph, node))
            self._place_wires([node_id])

    def _on_theme_changed(self) -> None:
        self.look.refresh()
        self._node_painter.restyle()
        self._wire_painter.restyle()
        for node in self._nodes.values():
            node.restyle()
        for wire in self.wires():
            wire.restyle()
        self.notes.restyle()
        self.update()


def center_of(item: NodeItem) -> QPointF:
    """Middle of a node on the canvas."""
    return item.pos() + QPointF(NODE_WIDTH / 2, item.body().height() / 2)
