"""The outline as a dock of the window."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.canvas.panel import CanvasPanel
from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel
from app.widgets.later_page import LaterPage

if TYPE_CHECKING:
    from app.outline.tree import OutlineTree


class OutlineDock(QDockWidget):
    """Shows the outline of one canvas; Escape gives the keyboard back to it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")  # by which the window remembers its place
        self.setWindowTitle(self.tr("Outline"))
        self.setAccessibleName(self.tr("Outline"))
        self._theme = theme
        self._canvas: CanvasPanel | None = None
        self._later = LaterPage(self._make_tree)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.addWidget(self._later, 1)
        hint = self.tr("F2 names, Delete deletes, Enter edits, the menu key does the rest.")
        column.addWidget(TextLabel(theme, hint, role=FontRole.SMALL, tone="dim", wrap=True))
        self.setWidget(page)
        self.hide()

    @property
    def tree(self) -> "OutlineTree":
        """The rows; made when they are wanted first."""
        return self._later.page

    def _make_tree(self) -> "OutlineTree":
        from app.outline.tree import OutlineTree  # the start of the window need not pay for it

        tree = OutlineTree(self._theme)
        tree.left.connect(self._on_tree_left)
        if self._canvas is not None:
            tree.watch(self._canvas)
        return tree

    def watch(self, canvas: CanvasPanel) -> None:
        """Shows this canvas from now on."""
        self._canvas = canvas
        if self._later.is_made:
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
