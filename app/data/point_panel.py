"""Drawing points: the plane, the colours, the eraser, and training along with the drawing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.data.class_buttons import ClassButtons
from app.data.point_pad import PointPad
from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, SwitchField, TextLabel
from engine.data.drawn import Points
from engine.data.errors import DataError
from engine.data.sets.drawn import COLOURS, DrawnPointOptions


class PointPanel(QWidget):
    """Edits `DrawnPointOptions`: `committed` carries new ones after each stroke, `train_wanted` follows it if asked for."""

    committed = Signal(object)
    train_wanted = Signal()

    def __init__(self, theme: Theme, value: DrawnPointOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pad = PointPad(theme, _drawing(value), len(COLOURS))
        self.classes = ClassButtons(theme, COLOURS)
        self.eraser = Button(theme, self.tr("Eraser"), kind="toggle")
        self.eraser.setToolTip(self.tr("Take points away; the right button does so, too"))
        self.clear = Button(theme, self.tr("Clear"), icon="delete", kind="quiet")
        self.count = TextLabel(theme, role=FontRole.SMALL, tone="dim", wrap=True)
        self.live = SwitchField(
            theme, self.tr("Train while drawing"), help_text=self.tr("after each stroke, from the beginning")
        )
        hint = TextLabel(
            theme,
            self.tr("Click or drag; 1 to 6 choose the colour, the right button takes away."),
            role=FontRole.SMALL,
            tone="dim",
            wrap=True,
        )
        tools = QHBoxLayout()
        tools.addWidget(self.count, 1)
        tools.addWidget(self.eraser)
        tools.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.pad)
        column.addWidget(self.classes)
        column.addLayout(tools)
        column.addWidget(hint)
        column.addWidget(self.live)
        self.pad.committed.connect(self._on_pad_committed)
        self.pad.class_chosen.connect(self._on_class_chosen)
        self.classes.group.idClicked.connect(self._on_class_chosen)
        self.eraser.toggled.connect(self._on_eraser_toggled)
        self.clear.clicked.connect(self._on_clear_clicked)
        self._show_count()

    def set_value(self, value: DrawnPointOptions) -> None:
        """Shows other options; emits nothing."""
        self.pad.set_drawing(_drawing(value))
        self._show_count()

    def _show_count(self) -> None:
        drawing = self.pad.drawing()
        words = self.tr("{count:,} points in {classes} colours")
        self.count.setText(words.format(count=len(drawing), classes=len(np.unique(drawing.classes))))

    def _on_pad_committed(self, drawing: Points) -> None:
        self._show_count()
        self.committed.emit(DrawnPointOptions.of(drawing))
        if self.live.value():
            self.train_wanted.emit()

    def _on_class_chosen(self, label: int) -> None:
        self.pad.label = label
        self.classes.choose(label)
        self.eraser.setChecked(False)

    def _on_eraser_toggled(self, on: bool) -> None:
        self.pad.erasing = on
        self.pad.update()

    def _on_clear_clicked(self) -> None:
        self.pad.set_drawing(Points.none())
        self._on_pad_committed(Points.none())


def _drawing(value: DrawnPointOptions) -> Points:
    try:
        return value.drawing()
    except DataError:
        return Points.none()  # the page says what is wrong with it
