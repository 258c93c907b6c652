"""The numbers under the settings: what comes out of a layer and what it costs."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.theme import SPACE, FontRole, Theme
from app.widgets import TextLabel


class FactTable(QWidget):
    """Rows of a dim name and a monospaced value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2 * SPACE)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[TextLabel, TextLabel]] = []

    def set_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Shows names and values; rows are kept, so that numbers may change often."""
        while len(self._labels) < len(rows):
            self._add_row()
        for index, labels in enumerate(self._labels):
            name, value = rows[index] if index < len(rows) else ("", "")
            for label, text in zip(labels, (name, value), strict=True):
                label.setText(text)
                label.setVisible(bool(name))
            labels[1].setAccessibleName(f"{name}: {value}")

    def rows(self) -> list[tuple[str, str]]:
        """What is shown."""
        return [(name.text(), value.text()) for name, value in self._labels if name.text()]

    def _add_row(self) -> None:
        name = TextLabel(self._theme, role=FontRole.SMALL_STRONG, tone="dim")
        value = TextLabel(self._theme, role=FontRole.MONO)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = len(self._labels)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignRight)
        self._labels.append((name, value))
