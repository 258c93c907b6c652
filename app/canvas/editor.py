"""What people do on the canvas, as edits of the document: each method is one step of undo."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QGuiApplication

from app.canvas import deeds
from app.canvas.arrange import Line, aligned, distributed
from app.canvas.facts import Slot
from app.canvas.geometry import GRID, NODE_HEIGHT, NODE_WIDTH, snapped
from app.canvas.groups.deeds import GroupDeeds
from app.canvas.nearby import NearPort
from app.canvas.node_item import NodeItem
from app.canvas.note_edits import Rects, moving, new_comment, new_frame, placed, refitted
from app.canvas.tidy import COLUMN, tidy_positions
from app.palette.shelf import LayerShelf
from app.undo import Edits
from engine.graph import clipboard
from engine.graph.boundary import Boundary
from engine.graph.document import Edge, ModelGraph, Node, UnknownLayer, input_ports, output_ports
from engine.graph.drawing import DRAWING, Drawing, is_downward
from engine.graph.edits import (
    AddNode,
    Compound,
    Connect,
    Disconnect,
    EditError,
    GraphEdit,
    MoveNodes,
    RemoveNode,
    RenameNode,
    SetBypass,
    SetMute,
    SetSection,
    SetSettings,
    SetTag,
)
from engine.graph.effective import can_be_bypassed, can_be_muted
from engine.graph.inference import takes
from engine.graph.inside import port_node
from engine.graph.notes import Note, held_by, notes_of, put, remove
from engine.graph.splice import heal, with_room
from engine.graph.structure import refusal
from engine.layers.base import Layer, Role
from engine.layers.group import Group
from engine.layers.registry import layers
from engine.tensor.spec import Shape, TensorSpec

CLOSEST: Final = NODE_WIDTH + 2 * GRID
"""The least distance between the left edges of a node that is put into a wire and its neighbours."""

CLOSEST_BELOW: Final = 5 * GRID
"""The same of their upper edges, where wires lead down."""

ConnectionRule = Callable[[ModelGraph, Edge, Edge | None], str | None]
"""Why a wire can't be made, were another one cut first, as a sentence; `None` if it can."""


Arriving = Callable[[str], tuple[Shape, ...] | None]
Leaving = Callable[[str, str], TensorSpec | None]


class GraphEditor(GroupDeeds, QObject):
    """Turns wishes into edits on the undo stack of a document, or on what is inside a group of it.

    `refused` carries a sentence when the document does not take an edit; `added` the ids of new nodes, `used` the name
    of a layer that was chosen from all there are; `notes_added` the ids of nodes and notes that were pasted together.
    `rule` decides about wires; a window that knows the data gives one that looks at shapes, too. `arriving` gives the
    shapes that arrive at a node, `leaving` what leaves a port of a node, where they are known.
    """

    refused = Signal(str)
    added = Signal(list)
    used = Signal(str)
    notes_added = Signal(list, list)

    def __init__(
        self,
        stack: Edits,
        rule: ConnectionRule = refusal,
        parent: QObject | None = None,
        arriving: Arriving = lambda node_id: None,
        leaving: Leaving = lambda node_id, port: None,
        shelf: LayerShelf | None = None,
    ) -> None:
        super().__init__(parent)
        self.stack = stack
        self.graph = stack.graph
        self.rule = rule
        self.arriving = arriving
        self.leaving = leaving
        self.shelf = shelf or LayerShelf(parent=self)

    # -- wires ---------------------------------------------------------------------------------------------
    def why_not(self, edge: Edge, without: Edge | None = None) -> str | None:
        """Why a wire can't be made, were the wire `without` cut first; `None` if it can."""
        return self.rule(self.graph, edge, without)

    def wire_to_take(self, node_id: str, slot: Slot) -> Edge | None:
        """The wire in a slot, if there is one."""
        wires = self.graph.edges_into(node_id, slot.port)
        return wires[slot.index] if slot.index < len(wires) else None

    def connect_nodes(self, edge: Edge, instead_of: Edge | None = None) -> bool:
        """Makes a wire, cutting another one first if asked to."""
        if instead_of is None:
            return self._push([Connect(edge)], deeds.connecting(self.graph, edge))
        stays = (edge.target, edge.target_port) == (instead_of.target, instead_of.target_port)
        index = self.graph.edges.index(instead_of) if stays else None  # the order at a port counts
        return self._push([Disconnect(instead_of), Connect(edge, index)], deeds.connecting(self.graph, edge))

    def disconnect_wire(self, edge: Edge) -> bool:
        """Cuts a wire."""
        return self._push([Disconnect(edge)], deeds.disconnecting(self.graph, edge))

    def cut_wires(self, edges: Sequence[Edge]) -> bool:
        """Cuts several wires in one step."""
        edits: list[GraphEdit] = [Disconnect(edge) for edge in edges]
        return bool(edits) and self._push(edits, deeds.cutting(self.graph, edges))

    def can_insert(self, node: Node, *, pulled: bool = False) -> bool:
        """Whether a node can be put into a wire: it has an input and an output, and no wire yet or leaves those."""
        free = pulled or not (self.graph.edges_into(node.id) or self.graph.edges_from(node.id))
        return free and bool(input_ports(node.layer)) and bool(output_ports(node.layer))

    # -- nodes ---------------------------------------------------------------------------------------------
    def add_layer(
        self,
        name: str,
        center: QPointF,
        *,
        into: Edge | None = None,
        left: NearPort | None = None,
        right: NearPort | None = None,
    ) -> str | None:
        """Puts a new layer on the canvas, its middle at `center`; its id.

        It goes into a wire if one is given, and is wired to an output at its left and an input at its right.
        """
        node = self._new_node(name, center)
        if node is None:
            return None
        edits: list[GraphEdit] = [AddNode(node)]
        if into is not None and self.can_insert(node):
            trial = self.graph.copy()
            trial.insert_node(node)
            edits += with_room(trial, node, into, self._closest())
        for near, output in ((left, True), (right, False)):
            edge = _wire(node, near[0], near[1].port, output=output) if near is not None else None
            if edge is not None and self._fits(node, edge):
                edits.append(Connect(edge))
        return self._push_new(edits, [node], name)

    def add_layer_at(
        self, name: str, center: QPointF, node_id: str, slot: Slot, *, output: bool
    ) -> str | None:
        """Puts a new layer on the canvas and wires it to a port if that can be; its id."""
        node = self._new_node(name, center)
        if node is None:
            return None
        edits: list[GraphEdit] = [AddNode(node)]
        edge = _wire(node, node_id, slot.port, output=output)
        if edge is not None and self._fits(node, edge):
            edits.append(Connect(edge))
        return self._push_new(edits, [node], name)

    def fits(self, name: str, node_id: str, slot: Slot, *, output: bool) -> bool:
        """Whether a wire from a port can lead to a new layer with its default settings."""
        kind = layers().get(name)
        if kind is not None and kind.declaration.role is Role.TARGET:
            return output  # it takes anything; making one for the first time finds all losses and metrics
        layer = self._default(name)
        if isinstance(layer, UnknownLayer):
            return False
        ports = layer.input_ports() if output else layer.output_ports()
        if not ports:
            return False
        if output:
            return takes(layer, ports[0], self.leaving(node_id, slot.port))
        port = next((p for p in input_ports(self.graph.nodes[node_id].layer) if p.name == slot.port), None)
        taken = self.graph.edges_into(node_id, slot.port)
        return port is not None and (port.variadic or not taken)

    def add_layer_after(self, name: str, selected: Sequence[str], center: QPointF) -> str | None:
        """Puts a new layer right of the one selected node and wires it, or in the middle where none is."""
        source = self.graph.nodes[selected[0]] if len(selected) == 1 else None
        ports = output_ports(source.layer) if source is not None else ()
        if source is None or not ports or not input_ports(self._default(name)):
            return self.add_layer(name, self.free_place(center))
        place = self.place_behind(source.id)
        return self.add_layer_at(name, place, source.id, Slot(ports[0].name), output=True)

    def place_behind(self, node_id: str) -> QPointF:
        """A free place for the middle of a layer that a node leads to."""
        step = QPointF(0, 6 * GRID) if is_downward(self.graph) else QPointF(COLUMN, 0)
        middle = QPointF(*self.graph.nodes[node_id].position) + QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2)
        return self.free_place(middle + step)

    def delete(self, nodes: Iterable[str], edges: Iterable[Edge] = (), notes: Collection[str] = ()) -> bool:
        """Takes nodes with their wires, single wires, and notes off the canvas."""
        gone = list(nodes)
        cut = [e for e in edges if e.source not in gone and e.target not in gone]
        edits: list[GraphEdit] = [Disconnect(edge) for edge in cut]
        edits += [RemoveNode(node_id) for node_id in gone]
        edits += [remove(self.graph, notes)] if notes else []
        return bool(edits) and self._push(edits, deeds.deleting(self.graph, gone, cut, notes))

    def move(
        self,
        places: Mapping[str, QPointF],
        *,
        into: Edge | None = None,
        connect: Sequence[Edge] = (),
        pulled: bool = False,
    ) -> bool:
        """Moves nodes; a single one may leave its wires (`pulled`), be put into one, and get new ones."""
        moved = {
            i: (p.x(), p.y()) for i, p in places.items() if (p.x(), p.y()) != self.graph.nodes[i].position
        }
        node_id = next(iter(places))
        edits: list[GraphEdit] = [MoveNodes(moved)] if moved else []
        text = deeds.moving_of(self.graph, list(places))
        try:
            if pulled and (healed := heal(self.graph, node_id)):
                edits, text = [*healed, *edits], deeds.pulling(self.graph, node_id)
            if into is not None:
                trial = self.graph.copy()
                Compound(edits, text).apply(trial)
                edits += with_room(trial, trial.nodes[node_id], into, self._closest())
                text = deeds.inserting(self.graph, node_id)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        edits += [Connect(edge) for edge in connect]
        if connect:
            text = deeds.moving_and_connecting(self.graph, node_id)
        return bool(edits) and self._push(edits, text)

    def nudge(self, nodes: Sequence[str], dx: int, dy: int, notes: Sequence[str] = ()) -> bool:
        """Moves nodes and notes by steps of the grid; nudges in a row are one step of undo."""
        middles = {i: (n.position[0] + NODE_WIDTH / 2, n.position[1]) for i, n in self.graph.nodes.items()}
        held, held_notes = held_by(self.graph, notes, middles)
        going = tuple(dict.fromkeys([*nodes, *sorted(held)]))
        edits = moving(self.graph, going, sorted(held_notes), QPointF(dx * GRID, dy * GRID))
        key = ("nudge", going, tuple(sorted(held_notes)))
        return bool(edits) and self._try(Compound(tuple(edits), deeds.moving_of(self.graph, going)), key)

    def move_by(self, nodes: Sequence[str], notes: Sequence[str], step: QPointF) -> bool:
        """Moves nodes and notes by one step."""
        edits = moving(self.graph, nodes, notes, step)
        text = deeds.moving_of(self.graph, list(nodes))
        return bool(edits) and not step.isNull() and self._push(edits, text)

    def align(self, rects: Mapping[str, QRectF], line: Line) -> bool:
        """Brings nodes in line; `rects` are their bodies on the canvas."""
        return len(rects) > 1 and self._move_to(aligned(rects, line), self.tr("Align"))

    def distribute(self, rects: Mapping[str, QRectF], *, sideways: bool) -> bool:
        """Spreads nodes evenly between the two outermost."""
        return len(rects) > 2 and self._move_to(distributed(rects, sideways=sideways), self.tr("Distribute"))

    def _move_to(self, places: Mapping[str, QPointF], text: str) -> bool:
        moved = {
            i: (p.x(), p.y()) for i, p in places.items() if (p.x(), p.y()) != self.graph.nodes[i].position
        }
        return bool(moved) and self._push([MoveNodes(moved)], text)

    def toggle_bypass(self, nodes: Sequence[str]) -> bool:
        """Lets training leave nodes out, or, where all of them are left out, use them again."""
        able = [i for i in nodes if can_be_bypassed(self.graph.nodes[i])] or list(nodes)
        bypassed = not all(self.graph.nodes[i].bypassed for i in able)
        return bool(able) and self._try(SetBypass(able, bypassed))

    def toggle_mute(self, nodes: Sequence[str]) -> bool:
        """Lets nodes give zeros, or, where all of them do, what they compute again."""
        able = [i for i in nodes if can_be_muted(self.graph.nodes[i])] or list(nodes)
        muted = not all(self.graph.nodes[i].muted for i in able)
        return bool(able) and self._try(SetMute(able, muted))

    def tag(self, nodes: Sequence[str], tag: str, notes: Sequence[str] = ()) -> bool:
        """Marks nodes and notes with a colour, or with "" no longer."""
        changed = [i for i in nodes if self.graph.nodes[i].tag != tag]
        edits: list[GraphEdit] = [SetTag(changed, tag)] if changed else []
        known = notes_of(self.graph)
        others = [known[i].model_copy(update={"tag": tag}) for i in notes if known[i].tag != tag]
        edits += [put(self.graph, others, SetTag((), tag).label)] if others else []
        return bool(edits) and self._push(edits, SetTag((), tag).label)

    def rename(self, node_id: str, name: str) -> bool:
        """Gives a node another name."""
        return name != self.graph.nodes[node_id].name and self._try(RenameNode(node_id, name))

    def set_layer(self, node_id: str, layer: Layer, path: tuple[str, ...]) -> bool:
        """Gives a node other settings; `path` is the one that changed: changes of one in a row are one step of undo."""
        return self._try(SetSettings(node_id, layer), ("settings", (node_id,), *path))

    def tidy(self, items: Mapping[str, NodeItem], chosen: Collection[str] | None = None) -> bool:
        """Lays the chosen nodes, or all, out along the wires, where the leftmost and topmost of them are now."""
        text = self.tr("Tidy up") if chosen is None else self.tr("Tidy selection")
        edits = self._tidied(items, chosen, downward=is_downward(self.graph))
        return bool(edits) and self._push(edits, text)

    def turn(self, items: Mapping[str, NodeItem]) -> bool:
        """Lets wires lead down that led to the right, or the other way round, and lays all out anew."""
        if self.graph.prefix:
            self.refused.emit(
                self.tr("The inside of a group is drawn from left to right; leave the group to turn.")
            )
            return False
        downward = not is_downward(self.graph)
        edits = self._tidied(items, None, downward=downward)
        text = self.tr("Draw from top to bottom") if downward else self.tr("Draw from left to right")
        return self._push([SetSection(DRAWING, Drawing(downward=True) if downward else None), *edits], text)

    def _tidied(
        self, items: Mapping[str, NodeItem], chosen: Collection[str] | None, *, downward: bool
    ) -> list[GraphEdit]:
        """The edits that lay the chosen nodes out; none where they lie so."""
        nodes = [self.graph.nodes[i] for i in (self.graph.nodes if chosen is None else chosen)]
        if not nodes:
            return []
        xs, ys = zip(*(node.position for node in nodes), strict=True)
        corner, wanted = snapped(QPointF(min(xs), min(ys))), {node.id for node in nodes}
        places = tidy_positions(self.graph, items, (corner.x(), corner.y()), wanted, downward=downward)
        moved = {i: place for i, place in places.items() if place != self.graph.nodes[i].position}
        before = {i: item.body().translated(item.pos()) for i, item in items.items()}
        after = {i: QRectF(QPointF(*places.get(i, (r.x(), r.y()))), r.size()) for i, r in before.items()}
        frames = refitted(self.graph, before, after) if moved else []
        return [MoveNodes(moved), *frames] if moved else []

    def apply(self, edit: GraphEdit) -> bool:
        """Makes an edit that comes from elsewhere, such as a remedy."""
        return self._try(edit)

    # -- frames and comments ---------------------------------------------------------------------------------
    def add_frame(self, rects: Rects, place: QPointF) -> str | None:
        """Puts a frame around nodes, or an empty one at a place; its id."""
        return self._add_note(new_frame(self.graph, rects, place), self.tr("Add a frame"))

    def add_comment(self, place: QPointF) -> str | None:
        """Puts an empty comment at a place; its id."""
        return self._add_note(new_comment(self.graph, place), self.tr("Add a comment"))

    def _add_note(self, note: Note, text: str) -> str | None:
        return note.id if self._try(put(self.graph, [note], text)) else None

    def write_note(self, note_id: str, text: str) -> bool:
        """Gives a frame another heading, a comment another text; a comment without one is taken away."""
        note = notes_of(self.graph).get(note_id)
        if note is None or (note.text == text and (text or note.kind == "frame")):
            return False
        if not text and note.kind == "comment":
            return self.delete((), (), [note_id])
        return self._try(put(self.graph, [note.model_copy(update={"text": text})], self.tr("Write")))

    def place_note(self, note_id: str, rect: QRectF) -> bool:
        """Gives a note another place and size."""
        note = placed(notes_of(self.graph)[note_id], rect)
        return self._try(put(self.graph, [note], self.tr("Resize")))

    def fit_frames(self, notes: Sequence[str], rects: Rects) -> bool:
        """Lets frames go around the nodes that they hold."""
        edits = refitted(self.graph, rects, rects, notes)
        return bool(edits) and self._push(edits, self.tr("Fit the frame"))

    # -- clipboard -----------------------------------------------------------------------------------------
    def copy(self, nodes: Iterable[str], notes: Collection[str] = ()) -> bool:
        """Puts nodes with the wires between them, and notes, on the clipboard, as text; whether there was anything."""
        text = self._copied(nodes, notes)
        if text:
            QGuiApplication.clipboard().setText(text)
        return bool(text)

    def _copied(self, nodes: Iterable[str], notes: Collection[str]) -> str:
        """Nodes and notes as text; "" where nothing can be copied, which is said if anything was chosen."""
        chosen = list(nodes)
        ids = {i for i in chosen if not isinstance(self.graph.nodes[i].layer, Boundary)}
        if ids or notes:
            return clipboard.copy(self.graph, ids, notes)
        if chosen:
            self.refused.emit(self.tr("The ports of a group can't be copied; add another port instead."))
        return ""

    def cut(self, nodes: Sequence[str], notes: Collection[str] = ()) -> None:
        """Copies and deletes nodes and notes."""
        if self.copy(nodes, notes):
            self.delete(nodes, (), notes)

    def paste(self, center: QPointF) -> bool:
        """Puts what is on the clipboard on the canvas around `center`."""
        try:
            copied = clipboard.read(QGuiApplication.clipboard().text())
        except EditError as error:
            self.refused.emit(str(error))
            return False
        covered = QRectF()
        for node in copied.nodes.values():
            covered = covered.united(QRectF(*node.position, NODE_WIDTH, NODE_HEIGHT))
        for note in notes_of(copied).values():
            covered = covered.united(QRectF(*note.place, *note.size))
        return self._place_copy(copied, snapped(center - covered.center()), self.tr("Paste"))

    def duplicate(self, nodes: Iterable[str], notes: Collection[str] = ()) -> bool:
        """Puts copies beside nodes and notes, without the clipboard."""
        text = self._copied(nodes, notes)
        if not text:
            return False
        return self._place_copy(clipboard.read(text), QPointF(2 * GRID, 4 * GRID), self.tr("Duplicate"))

    def _place_copy(self, copied: ModelGraph, step: QPointF, text: str) -> bool:
        offset = (step.x(), step.y())
        notes = [note.id for note in clipboard.pasted_notes(self.graph, copied, offset)]
        edit, nodes = clipboard.paste(self.graph, copied, offset, text)
        if not self._try(edit):
            return False
        self.added.emit(list(nodes))
        if notes:
            self.notes_added.emit(list(nodes), notes)
        return True

    def _closest(self) -> float:
        return CLOSEST_BELOW if is_downward(self.graph) else CLOSEST

    def _default(self, name: str) -> Layer | UnknownLayer:
        return self.shelf.layer(name) or UnknownLayer(name)

    def _new_node(self, name: str, center: QPointF) -> Node | None:
        layer = self._default(name)
        if isinstance(layer, UnknownLayer):
            self.refused.emit(self.tr("There is no layer called {name}.").format(name=name))
            return None
        corner = snapped(center - QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2))
        node = port_node(self.graph, self.graph.new_node(layer, (corner.x(), corner.y())))
        return replace(node, name=self.graph.free_name(layer.label)) if isinstance(layer, Group) else node

    def _fits(self, node: Node, edge: Edge) -> bool:
        """Whether a wire between the canvas and a node that is not on it yet can be."""
        trial = self.graph.with_other([*self.graph.nodes.values(), node], self.graph.edges)
        return self.rule(trial, edge, None) is None

    def free_place(self, center: QPointF) -> QPointF:
        """`center`, or the first place below it, or beside it where wires lead down, where no node lies."""
        taken = [node.position for node in self.graph.nodes.values()]
        x, y = center.x() - NODE_WIDTH / 2, center.y() - NODE_HEIGHT / 2
        dx, dy = (CLOSEST, 0.0) if is_downward(self.graph) else (0.0, 4 * GRID)
        while any(abs(x - tx) < NODE_WIDTH and abs(y - ty) < NODE_HEIGHT for tx, ty in taken):
            x, y = x + dx, y + dy
        return QPointF(x + NODE_WIDTH / 2, y + NODE_HEIGHT / 2)

    def room_at(self, center: QPointF) -> QRectF:
        """What a new layer would cover whose middle is there."""
        half = QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2)
        return QRectF(center - half, center + half)

    def _push_new(self, edits: Sequence[GraphEdit], nodes: Sequence[Node], name: str = "") -> str | None:
        if not self._push(edits, edits[0].label):
            return None
        self.added.emit([node.id for node in nodes])
        self.used.emit(name or nodes[0].layer.title())
        return nodes[0].id

    def _push(self, edits: Sequence[GraphEdit], text: str) -> bool:
        return self._try(Compound(tuple(edits), text))

    def _try(self, edit: GraphEdit, merge_key: Hashable | None = None) -> bool:
        try:
            self.stack.push_edit(edit, merge_key)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        return True


def _wire(node: Node, other: str, port: str, *, output: bool) -> Edge | None:
    """The wire between a port (an output if `output`) of another node and the first port of `node` that suits."""
    ports = input_ports(node.layer) if output else output_ports(node.layer)
    if not ports:
        return None
    return Edge(other, port, node.id, ports[0].name) if output else Edge(node.id, ports[0].name, other, port)
