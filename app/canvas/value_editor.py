"""The settings that a node shows, edited where it shows them; a widget lies on the canvas only while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.geometry import NODE_WIDTH
from app.theme import SPACE, Theme
from engine.graph.document import Node
from engine.layers.base import Layer

if TYPE_CHECKING:
    from app.canvas.view import GraphView
    from app.inspector.form import ModelForm

MOST: Final = 3
"""Settings that the editor has at most: the first of those that the node shows."""

_WIDTH: Final = 288
_MINIMAP_WIDTH, _MINIMAP_HEIGHT = 190, 116  # what the minimap takes of the lower right corner
_BELOW_NAME: Final = 24.0


def shown_settings(layer: Layer) -> list[str]:
    """The settings that a node of this layer shows, the most important first."""
    found = []
    for name, info in type(layer).model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and extra.get("prominent") and not extra.get("hidden"):
            found.append(name)
    return found[:MOST]


class ValueEditor(QFrame):
    """A small form over a node. Enter keeps what was typed, Escape and a click elsewhere close it."""

    def __init__(self, theme: Theme, view: GraphView) -> None:
        super().__init__(view.viewport())
        self._theme = theme
        self._view = view
        self._node = ""
        self._pressed = False  # Enter, in the form; the key that opened it goes up in it, too
        self.form: ModelForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        self.hide()
        graph = view.graph_scene.graph
        graph.node_changed.connect(self._on_graph_node_changed)
        graph.node_removed.connect(self._on_graph_node_removed)
        view.view_changed.connect(self.close)
        theme.changed.connect(self._restyle)
        self._restyle()

    def can_open(self, node: Node) -> bool:
        """Whether a node shows settings that can be edited on it."""
        return isinstance(node.layer, Layer) and bool(shown_settings(node.layer))

    def open(self, node: Node) -> bool:
        """Opens the form over a node, its first setting ready to be typed; whether there is one."""
        from app.inspector.form import ModelForm  # which shows facts of the canvas itself

        self.close()
        if not isinstance(node.layer, Layer) or not self.can_open(node):
            return False
        self._view.show_node(node.id)
        shown = shown_settings(node.layer)
        others = [name for name in type(node.layer).model_fields if name not in shown]
        self.form = ModelForm(self._theme, node.layer, options=self._view.options, leave_out=others)
        self.form.committed.connect(self._on_form_committed)
        self._column.addWidget(self.form)
        self._node, self._pressed = node.id, False
        self.setAccessibleName(self.tr("Settings of {name}").format(name=node.name))
        self._place(node)
        self.show()
        self.raise_()
        self._focus_first(shown[0])
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_app_focus_changed)
        for widget in self.form.findChildren(QWidget):
            widget.installEventFilter(self)
        return True

    @override
    def closeEvent(self, event: QEvent) -> None:
        app = QApplication.instance()
        if self.form is not None and isinstance(app, QApplication):
            app.focusChanged.disconnect(self._on_app_focus_changed)
            focus: QWidget | None = app.focusWidget()
            if focus is not None and self._is_inside(focus):
                self._view.setFocus()  # first: of what is hidden it would go to whatever comes next in the window
            form, self.form, self._node = self.form, None, ""
            form.hide()
            self._column.removeWidget(form)
            form.deleteLater()
        event.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            event.accept()  # nothing that is typed here is meant for the canvas

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in a field closes the form, too, once the field has seen it."""
        if isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
            if event.type() == QEvent.Type.KeyPress and enter:
                self._pressed = True
            if event.type() == QEvent.Type.KeyRelease and enter and self._pressed and not self._erroneous():
                self.close()
                return True
        return super().eventFilter(watched, event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _erroneous(self) -> bool:
        """Whether something was typed that the layer refuses; the sentence says why, so that it stays open."""
        node = self._view.graph_scene.graph.nodes.get(self._node)
        return self.form is None or node is None or self.form.has_pending()

    def _place(self, node: Node) -> None:
        item = self._view.graph_scene.nodes[node.id]
        width = max(_WIDTH, round(NODE_WIDTH * self._view.zoom()))
        self._column.activate()
        self.setFixedSize(width, max(self._column.totalHeightForWidth(width), self.sizeHint().height()))
        corner = self._view.mapFromScene(item.pos() + QPointF(0, _BELOW_NAME))
        room = self._view.viewport().size()
        left = min(max(corner.x(), SPACE), room.width() - self.width() - SPACE)
        taken = _MINIMAP_HEIGHT if left + width > room.width() - _MINIMAP_WIDTH else 0
        top = min(max(corner.y(), SPACE), room.height() - self.height() - SPACE - taken)
        self.move(left, top)

    def _focus_first(self, name: str) -> None:
        field: object = self.form.field(name) if self.form is not None else None
        if isinstance(field, QWidget):
            inner = [w for w in field.findChildren(QWidget) if w.focusPolicy() != Qt.FocusPolicy.NoFocus]
            target = field if field.focusProxy() is not None or not inner else inner[0]
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def _is_inside(self, widget: QWidget) -> bool:
        """Whether a widget is part of the form, or of a list that it has opened."""
        return widget is self or self.isAncestorOf(widget) or widget.window() is not self.window()

    def _on_app_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is not None and not self._is_inside(now):
            self.close()

    def _on_form_committed(self, layer: Layer) -> None:
        if self._node and self.form is not None:
            self._view.editor.set_layer(self._node, layer, self.form.path())

    def _on_graph_node_changed(self, node: Node) -> None:
        if node.id == self._node and self.form is not None and node.layer != self.form.value():
            if isinstance(node.layer, Layer) and type(node.layer) is type(self.form.value()):
                self.form.set_value(node.layer)
            else:
                self.close()

    def _on_graph_node_removed(self, node: Node) -> None:
        if node.id == self._node:
            self.close()

    def stop(self) -> None:
        """Ends watching the document."""
        self.close()
        graph = self._view.graph_scene.graph
        graph.node_changed.disconnect(self._on_graph_node_changed)
        graph.node_removed.disconnect(self._on_graph_node_removed)

    def _restyle(self) -> None:
        panel, accent = self._theme.tokens.panel, self._theme.tokens.accent
        self.setStyleSheet(
            f"ValueEditor {{ background: {panel}; border: 2px solid {accent}; border-radius: 7px; }}"
        )
