"""Renaming a node in place: a line of text over its name, the only widget that ever lies on the canvas."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGraphicsView, QLineEdit
from typing_extensions import override

from app.canvas.geometry import NODE_WIDTH
from app.canvas.node_item import NodeItem
from app.theme import FontRole, Theme
from engine.graph.document import LONGEST_NAME


class RenameField(QLineEdit):
    """`committed` carries a node's id and its new name; Escape leaves the old one."""

    committed = Signal(str, str)

    def __init__(self, theme: Theme, view: QGraphicsView) -> None:
        super().__init__(view.viewport())
        self._view = view
        self._node = ""
        self.setFont(theme.font(FontRole.STRONG))
        self.setMaxLength(LONGEST_NAME)
        self.setAccessibleName(self.tr("Name of the layer"))
        self.hide()

    def open(self, item: NodeItem) -> None:
        """Shows the name of a node, all of it selected."""
        self._node = item.node.id
        area = QRectF(item.pos() + QPointF(4, 4), item.pos() + QPointF(NODE_WIDTH - 4, 32))
        shown = self._view.mapFromScene(area).boundingRect()
        self.setGeometry(shown.left(), shown.top(), max(shown.width(), 120), 30)
        self.setText(item.node.name)
        self.selectAll()
        self.show()
        self.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._commit()
        else:
            super().keyPressEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._commit()

    def _commit(self) -> None:
        node, self._node = self._node, ""
        self._close()
        if node:
            self.committed.emit(node, self.text().strip())

    def _close(self) -> None:
        self._node = ""
        if self.isVisible():
            self.hide()
            self._view.setFocus()
