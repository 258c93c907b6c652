"""What the inspector shows of a layer beside its settings: its inside, and its numbers where they are few."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import SPACE


class LayerPage(QWidget):
    """Widgets below each other, each of which hides itself where it has nothing to show."""

    def __init__(self, *parts: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4 * SPACE)
        for part in parts:
            column.addWidget(part)
        self._column = column

    def insert_part(self, place: int, part: QWidget) -> None:
        """A further one."""
        self._column.insertWidget(place, part)
