"""What an empty canvas says: how the first layer comes onto it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel

if TYPE_CHECKING:
    from app.canvas.view import GraphView

_WIDTH: Final = 380


class EmptyCanvas(QWidget):
    """Lies in the middle of a view while there is nothing on it; clicks and drops go through."""

    def __init__(self, theme: Theme, view: GraphView) -> None:
        super().__init__(view)  # not of its viewport, which takes its children along when it is panned
        self._view = view
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        title = TextLabel(theme, self.tr("Nothing is here yet"), role=FontRole.TITLE, tone="dim")
        self.words = TextLabel(
            theme,
            self.tr(
                "Drag layers here from the list at the left, or press Tab and type what you look for. "
                "A network begins with an Input and ends with a Target."
            ),
            tone="dim",
            wrap=True,
        )
        column = QVBoxLayout(self)
        column.setSpacing(2 * SPACE)
        for label in (title, self.words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        view.viewport().installEventFilter(self)
        view.looked_at.connect(self._on_view_looked_at)
        self._link = view.graph_scene.layout_changed.connect(self.refresh)
        self.refresh()

    def _on_view_looked_at(self) -> None:
        QObject.disconnect(self._link)
        self._link = self._view.graph_scene.layout_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows itself where there is nothing else."""
        self.setVisible(self._view.graph_scene.content_rect().isEmpty())
        if not self.isHidden():
            self._place()

    def _place(self) -> None:
        room = self._view.viewport().size()
        self.resize(min(_WIDTH, room.width()), self.heightForWidth(min(_WIDTH, room.width())))
        self.move((room.width() - self.width()) // 2, (room.height() - self.height()) // 2)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False
