"""The canvas as people use it: pointer, wheel and keys become gestures, edits and a view of the scene."""

from collections.abc import Callable, Sequence
from typing import Final

from pydantic import BaseModel
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.canvas.accessible import tell_selection
from app.canvas.adding import LayerSearch, PortPlace
from app.canvas.arrange import Line
from app.canvas.callout import Callout
from app.canvas.choice_popup import ChoicePopup
from app.canvas.cut_gesture import CutGesture
from app.canvas.editor import GraphEditor
from app.canvas.find_bar import FindBar
from app.canvas.geometry import NAME_BOTTOM, NODE_HEIGHT, NODE_WIDTH
from app.canvas.gestures import Gesture, PanGesture, Pointer
from app.canvas.glide import Glide
from app.canvas.keys import CanvasKeys
from app.canvas.layer_drop import LayerDrop
from app.canvas.menu import open_menu
from app.canvas.move_gesture import MoveGesture
from app.canvas.node_item import NodeItem
from app.canvas.note_field import NoteField
from app.canvas.note_gesture import MoveNotesGesture, ResizeNoteGesture
from app.canvas.note_item import NoteItem, Part
from app.canvas.pulse import Pulse
from app.canvas.rename import RenameField
from app.canvas.scene import GraphScene
from app.canvas.search_popup import SearchPopup
from app.canvas.select_gestures import LassoGesture, RubberGesture
from app.canvas.value_editor import ValueEditor
from app.canvas.viewport import Viewport
from app.canvas.wire_gesture import WireGesture
from app.canvas.wire_grab import WireGrabGesture
from app.canvas.wire_item import WireItem
from app.help.topic import Topic
from app.palette.entries import dragged_layer
from app.palette.shelf import LayerShelf
from app.theme import Theme
from engine.layers.base import Layer
from engine.layers.registry import layers

_CUTTING: Final = Qt.KeyboardModifier.ControlModifier
"""With the right button: a stroke that cuts wires."""

OptionSource = Callable[[type[BaseModel], str], Sequence[tuple[object, str]] | None]
"""What a setting may be set to where its declaration does not say it (`app.inspector.form`)."""


class GraphView(Viewport):
    """Shows a `GraphScene` and edits its document through a `GraphEditor`.

    `node_activated` is emitted on a double click or Enter on a node, `closed` on Escape where nothing is selected,
    `looked_at` after another scene is shown; `refused` carries why something was not done,
    `remedy_wanted` the node whose remedy was clicked, `help_wanted` the `Topic` that the menu was asked about.
    """

    node_activated = Signal(str)
    closed = Signal()
    looked_at = Signal()
    refused = Signal(str)
    remedy_wanted = Signal(str)
    help_wanted = Signal(object)

    def __init__(
        self,
        scene: GraphScene,
        editor: GraphEditor,
        theme: Theme,
        parent: QWidget | None = None,
        shelf: LayerShelf | None = None,
    ) -> None:
        super().__init__(scene, parent)
        self.editor = editor
        self.theme = theme
        self._gesture: Gesture | None = None
        self.keys = CanvasKeys(self)
        self._lit_wire: WireItem | None = None
        self._popup = SearchPopup(theme, self, shelf or LayerShelf(parent=self))
        self.adding = LayerSearch(self, self._popup)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.timeout.connect(self._on_telling_timeout)
        self._rename = RenameField(theme, self)
        self._note_field = NoteField(theme, self)
        self.options: OptionSource = _no_options
        self.finder = FindBar(theme, self)
        self.choices = ChoicePopup(theme, self)
        self._watch()
        self._set_up()
        theme.changed.connect(self._on_theme_changed)

    def _watch(self) -> None:
        """Makes what belongs to one scene, and listens to it and to its editor."""
        scene, editor = self.graph_scene, self.editor
        self.values = ValueEditor(self.theme, self)
        self.pulse = Pulse(scene, self.theme, self)
        self._callout = Callout(scene)
        self._drop = LayerDrop(self)
        self.glide = Glide(scene, self.theme, self)
        self._links = [
            self._rename.committed.connect(editor.rename),
            self._note_field.committed.connect(editor.write_note),
            scene.selection_settled.connect(self._on_scene_selection_settled),
            scene.layout_changed.connect(self._on_scene_layout_changed),
            editor.refused.connect(self.refused),
            editor.added.connect(self._on_editor_added),
            editor.notes_added.connect(self._on_editor_notes_added),
            editor.used.connect(self._popup.shelf.note_use),
        ]

    def look_at(self, scene: GraphScene, editor: GraphEditor) -> None:
        """Shows and edits another graph: what is inside a group, or around it."""
        self._stop()
        for link in self._links:
            QObject.disconnect(link)
        self.graph_scene.set_hovered(None)
        for helper in (self.values, self.pulse, self.glide):
            helper.deleteLater()
        self.graph_scene.removeItem(self.pulse.ring)
        self.graph_scene.removeItem(self._callout)
        self.graph_scene, self.editor = scene, editor
        self.setScene(scene)
        self._watch()
        self.finder.look_at(scene)
        self._on_scene_selection_settled()
        self.looked_at.emit()

    def _stop(self) -> None:
        """Ends everything that is under way on the scene."""
        self._telling.stop()
        self.cancel_gesture()
        self.light_wire(None)
        self.glide.end()
        self._popup.close()
        self.choices.close()
        self.values.stop()
        self.pulse.end()

    def _set_up(self) -> None:
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Canvas"))

    # -- helpers of gestures and keys ------------------------------------------------------------------------
    def light_wire(self, wire: WireItem | None) -> None:
        """Shows into which wire a node would be put."""
        if wire is not self._lit_wire:
            if self._lit_wire is not None:
                self._lit_wire.set_hovered(False)
            self._lit_wire = wire
            if wire is not None:
                wire.set_hovered(True)

    def wire_under_node(self, place: QPointF) -> WireItem | None:
        """The wire that a node with its middle at `place` would be put into."""
        near = QRectF(
            place.x() - NODE_WIDTH / 6, place.y() - NODE_HEIGHT / 3, NODE_WIDTH / 3, NODE_HEIGHT / 1.5
        )
        return self.graph_scene.wire_in(near)

    def open_search(self, place: QPointF, port: PortPlace | None = None) -> None:
        """Opens the search at a place on the canvas; from a port, with the layers that suit it."""
        self.adding.open(place, port)

    @property
    def popup(self) -> SearchPopup:
        """The search at the pointer."""
        return self._popup

    @property
    def callout(self) -> Callout:
        """What is wrong with the node that is selected or under the pointer."""
        return self._callout

    @property
    def gesture(self) -> Gesture | None:
        """The gesture under way."""
        return self._gesture

    def rename_selected(self) -> None:
        """Opens the name of the one selected node, or the text of the one selected note, for editing."""
        selected, notes = self.graph_scene.selected_nodes(), self.graph_scene.notes.selected()
        if len(selected) == 1:
            self._rename.open(self.graph_scene.nodes[selected[0]])
        elif len(notes) == 1:
            self.write_note(self.graph_scene.notes.items[notes[0]])

    def activate(self, node_id: str) -> None:
        """What Enter and a double click do: a group is opened by who listens, other nodes show their settings."""
        opens = self.editor.can_dissolve(node_id)
        self.node_activated.emit(node_id)
        if not opens:
            self.values.open(self.graph_scene.graph.nodes[node_id])

    def write_note(self, item: NoteItem) -> None:
        """Opens the text of a note for editing."""
        self.graph_scene.select(notes=[item.note.id])
        self._note_field.open(item)

    def frame_selection(self) -> None:
        """Puts a frame around the selected nodes, or an empty one where the pointer is; its heading can be written."""
        rects = self._selected_rects()
        self._write_new(self.editor.add_frame(rects, self.pointer_place()))

    def fit_frames(self) -> None:
        """Lets the selected frames go around what they hold."""
        scene = self.graph_scene
        self.editor.fit_frames(scene.notes.selected(), {i: scene.nodes_rect([i]) for i in scene.nodes})

    def add_comment(self, place: QPointF) -> None:
        """Puts a comment on the canvas; it can be written."""
        self._write_new(self.editor.add_comment(place))

    def _write_new(self, note_id: str | None) -> None:
        if note_id is not None:
            self.write_note(self.graph_scene.notes.items[note_id])

    def align(self, line: Line) -> None:
        """Brings the selected nodes in line."""
        self.editor.align(self._selected_rects(), line)

    def distribute(self, *, sideways: bool) -> None:
        """Spreads the selected nodes evenly."""
        self.editor.distribute(self._selected_rects(), sideways=sideways)

    def _selected_rects(self) -> dict[str, QRectF]:
        scene = self.graph_scene
        return {i: scene.nodes_rect([i]) for i in scene.selected_nodes()}

    def tidy(self) -> None:
        """Lays all nodes out anew."""
        before = self.glide.places()
        if self.editor.tidy(self.graph_scene.nodes):
            self.glide.begin(before)

    def tidy_selection(self) -> None:
        """Lays the selected nodes out anew, and leaves all others where they are."""
        before = self.glide.places()
        if self.editor.tidy(self.graph_scene.nodes, self.graph_scene.selected_nodes()):
            self.glide.begin(before)

    def cancel_gesture(self) -> bool:
        """Ends the gesture under way as if it had not been; whether there was one."""
        if self._gesture is None:
            return False
        gesture, self._gesture = self._gesture, None
        gesture.cancel()
        self._show_cursor()
        return True

    def shut(self) -> None:
        """Ends watching the document; call it before the document is replaced."""
        self._stop()

    # -- mouse ---------------------------------------------------------------------------------------------
    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            return
        self.glide.end()
        pointer = self._pointer(event)
        if event.button() == Qt.MouseButton.MiddleButton or self.keys.space_down:
            self.keys.note_pan()
            self._gesture = PanGesture(self, pointer)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._gesture = self._left_gesture(pointer)
        elif event.button() == Qt.MouseButton.RightButton and event.modifiers() & _CUTTING:
            self._gesture = CutGesture(self, pointer)
        else:
            super().mousePressEvent(event)
        self._show_cursor()

    def _left_gesture(self, pointer: Pointer) -> Gesture | None:
        if self._callout.offers_remedy_at(self, pointer.view):
            self.remedy_wanted.emit(self._callout.node_id)
            return None
        if self.keys.cut_down:
            return CutGesture(self, pointer)
        port = self.graph_scene.port_at(pointer.canvas)
        if port is not None:
            item, slot, output = port
            return WireGesture(self, pointer, item, slot, output=output)
        node = self.graph_scene.node_at(pointer.canvas)
        if node is not None:
            together = node.selected and bool(self.graph_scene.notes.selected())
            return MoveNotesGesture(self, pointer) if together else MoveGesture(self, pointer, node)
        wire = self.graph_scene.wire_at(pointer.canvas)
        if wire is not None:
            return WireGrabGesture(self, pointer, wire)
        note = self.graph_scene.notes.at(pointer.canvas)
        if note is not None:
            if note[1] is Part.CORNER:
                return ResizeNoteGesture(self, pointer, note[0])
            return MoveNotesGesture(self, pointer, note[0])
        lasso = pointer.modifiers & Qt.KeyboardModifier.AltModifier
        return LassoGesture(self, pointer) if lasso else RubberGesture(self, pointer)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event)
        if self._gesture is not None:
            self.graph_scene.give_way()
            self._gesture.move(pointer)
        else:
            self._hover(pointer.canvas)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.finish(self._pointer(event))
            self._show_cursor()
            self.refresh_callout()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event)
        node = self.graph_scene.node_at(pointer.canvas)
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDoubleClickEvent(event)
        elif node is not None:
            self.graph_scene.select([node.node.id])
            on_name = pointer.canvas.y() < node.pos().y() + NAME_BOTTOM
            self.rename_selected() if on_name else self.activate(node.node.id)
        elif (note := self.graph_scene.notes.at(pointer.canvas)) is not None:
            self.write_note(note[0])
        elif self.graph_scene.wire_at(pointer.canvas) is None:
            self.open_search(pointer.canvas)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        cutting = event.reason() is QContextMenuEvent.Reason.Mouse and event.modifiers() & _CUTTING
        if self._gesture is None and not cutting:
            open_menu(self, event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._gesture is None:
            self.graph_scene.set_hovered(None)
            self.refresh_callout()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        place = event.position().toPoint()
        return Pointer(self.mapToScene(place), place, event.modifiers())

    def _hover(self, place: QPointF) -> None:
        if self._callout.offers_remedy_at(self, self.mapFromScene(place)):
            self._show_cursor(Qt.CursorShape.PointingHandCursor)
            return
        item: NodeItem | WireItem | None = self.graph_scene.node_at(place) or self.graph_scene.wire_at(place)
        if item is not self.graph_scene.hovered:
            self.graph_scene.set_hovered(item)
            self.refresh_callout()
        on_port = isinstance(item, NodeItem) and item.port_at(place) is not None
        self._show_cursor(Qt.CursorShape.CrossCursor if on_port else None)

    def _show_cursor(self, idle: Qt.CursorShape | None = None) -> None:
        cursor = self._gesture.cursor if self._gesture is not None else idle
        if cursor is None and self.keys.space_down:
            cursor = Qt.CursorShape.OpenHandCursor
        if cursor is None and self.keys.cut_down:
            cursor = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(cursor or Qt.CursorShape.ArrowCursor)

    # -- drops from the palette ------------------------------------------------------------------------------
    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dragged_layer(event.mimeData()) is not None:
            event.acceptProposedAction()

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        name = dragged_layer(event.mimeData())
        if name is not None:
            self._drop.move(name, self.mapToScene(event.position().toPoint()))
        event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.leave()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        name = dragged_layer(event.mimeData())
        if name is not None:
            self._drop.drop(name, self.mapToScene(event.position().toPoint()))
            event.acceptProposedAction()
            self.setFocus()

    # -- keys ------------------------------------------------------------------------------------------------
    @override
    def event(self, event: QEvent) -> bool:
        # Tab moves the focus before keyPressEvent sees it; on the canvas it opens the search.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and self.keys.takes_tab(event)
        ):
            self.adding.open_here()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keys.press(event):
            event.ignore()
        self._show_cursor()

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.keys.release(event):
            event.ignore()
        self._show_cursor()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.graph_scene.selected_nodes():
            self._telling.start()  # once Qt has told that the canvas has the keyboard

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.keys.forget()
        super().focusOutEvent(event)

    def help_topic(self, _focus: QWidget | None = None) -> Topic | None:
        """What help is about here: the kind of the one selected node."""
        selected = self.graph_scene.selected_nodes()
        layer = self.graph_scene.graph.nodes[selected[0]].layer if len(selected) == 1 else None
        return Topic(type(layer)) if isinstance(layer, Layer) and layer.title() in layers() else None

    # -- what happened -----------------------------------------------------------------------------------------
    def _on_editor_added(self, nodes: list[str]) -> None:
        self.graph_scene.select(nodes)

    def _on_editor_notes_added(self, nodes: list[str], notes: list[str]) -> None:
        self.graph_scene.select(nodes, notes=notes)

    def _on_scene_selection_settled(self) -> None:
        self.refresh_callout()
        self._telling.start()

    def _on_telling_timeout(self) -> None:
        tell_selection(self)

    def _on_scene_layout_changed(self) -> None:
        self.refresh_callout()

    def _on_theme_changed(self) -> None:
        self.viewport().update()

    def refresh_callout(self) -> None:
        """Shows what is wrong with the node under the pointer, else with the one that is selected."""
        if isinstance(self._gesture, WireGesture):
            self._callout.hide()
        else:
            self._callout.refresh(self)


def _no_options(model: type[BaseModel], name: str) -> None:
    """Knows nothing: declarations say all."""
