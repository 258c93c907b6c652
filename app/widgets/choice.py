"""A drop-down list drawn like the other fields."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QListView, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets.painting import paint_control, smooth_painter


class ChoiceBox(QComboBox):
    """A combo box that ignores the wheel unless it has the focus."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._faulty = False
        self._has_view = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMaxVisibleItems(16)
        theme.changed.connect(self.update)

    def set_faulty(self, faulty: bool) -> None:
        """Draws the box as one that holds an error."""
        self._faulty = faulty
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(max(118, super().sizeHint().width() + 4 * SPACE), CONTROL_HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(64, CONTROL_HEIGHT)

    @override
    def showPopup(self) -> None:
        if not self._has_view:
            self.setView(QListView())  # the default view ignores the style sheet's padding
            self._has_view = True
        widest = max((self.fontMetrics().horizontalAdvance(text) for text in self._texts()), default=0)
        self.view().setMinimumWidth(max(self.width(), widest + 10 * SPACE))
        super().showPopup()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        paint_control(painter, self._theme, self, faulty=self._faulty)
        font = self._theme.font(FontRole.BODY)
        painter.setFont(font)
        painter.setPen(self._theme.color("text" if self.isEnabled() else "faint"))
        room = QRectF(self.rect()).adjusted(3 * SPACE, 0, -6 * SPACE, 0)
        text = QFontMetrics(font).elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, round(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        chevron = QRectF(self.width() - 5 * SPACE, self.height() / 2 - 4.5, 9, 9)
        self._theme.paint_icon(painter, chevron, "chevron-down", "dim" if self.isEnabled() else "faint")

    def _texts(self) -> list[str]:
        return [self.itemText(index) for index in range(self.count())]
