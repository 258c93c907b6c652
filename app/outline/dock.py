"""The outline as a dock of the window."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.panel import CanvasPanel
from app.outline.tree import OutlineTree
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel


class OutlineDock(QDockWidget):
    """Shows the outline of one canvas; Escape gives the keyboard back to it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")  # by which the window remembers its place
        self.setWindowTitle(self.tr("Outline"))
        self.setAccessibleName(self.tr("Outline"))
        self.tree = OutlineTree(theme)
        self._canvas: CanvasPanel | None = None
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.addWidget(self.tree, 1)
        hint = self.tr("F2 names, Delete deletes, Enter edits, the menu key does the rest.")
        column.addWidget(TextLabel(theme, hint, role=FontRole.SMALL, tone="dim", wrap=True))
        self.setWidget(page)
        self.tree.left.connect(self._on_tree_left)
        self.hide()

    def watch(self, canvas: CanvasPanel) -> None:
        """Shows this canvas from now on."""
        self._canvas = canvas
        self.tree.watch(canvas)

    def open(self) -> None:
        """Shows the outline with the keyboard in it; closes it where it has the keyboard already."""
        if self.isVisible() and self.tree.hasFocus():
            self.close()
            self._on_tree_left()
            return
        self.show()
        self.raise_()
        self.tree.refresh()
        self.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)
        first = self.tree.topLevelItem(0)
        if self.tree.currentItem() is None and first is not None:
            self.tree.setCurrentItem(first)

    @override
    def sizeHint(self) -> QSize:
        return QSize(430, 520)

    def _on_tree_left(self) -> None:
        if self._canvas is not None:
            self._canvas.view.setFocus()
