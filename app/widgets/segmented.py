"""A few views of the same thing side by side, of which one is shown."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

_INSET: Final = 3.0


class Segment(QAbstractButton):
    """One of the choices."""

    def __init__(self, theme: Theme, text: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setText(text)
        self.setToolTip(hint)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setAccessibleDescription(hint)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._theme.font(FontRole.STRONG)).horizontalAdvance(self.text())
        return QSize(width + 7 * SPACE, CONTROL_HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        inner = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        if self.isChecked():
            fill_rounded(painter, inner, self._theme.color("line"), inner.height() / 2)
        if self.hasFocus():
            outline_rounded(painter, inner, self._theme.color("accent"), inner.height() / 2, 1.5)
        lit = self.isChecked() or self.underMouse()
        painter.setFont(self._theme.font(FontRole.STRONG if self.isChecked() else FontRole.BODY))
        painter.setPen(self._theme.color("faint" if not self.isEnabled() else "text" if lit else "dim"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class SegmentedControl(QWidget):
    """Segments in a pill; `chosen` carries the place of the clicked one. Left and Right go from one to the next."""

    chosen = Signal(int)

    def __init__(
        self, theme: Theme, segments: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._group = QButtonGroup(self)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.segments = [Segment(theme, text, hint, self) for text, hint in segments]
        for place, segment in enumerate(self.segments):
            self._group.addButton(segment, place)
            row.addWidget(segment)
        self.segments[0].setChecked(True)
        self._group.idClicked.connect(self.chosen)
        theme.changed.connect(self.update)

    def current(self) -> int:
        """The place of the one that is shown."""
        return self._group.checkedId()

    def set_current(self, place: int) -> None:
        """Show another; emits nothing."""
        self.segments[place].setChecked(True)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        place = min(max(self.current() + step, 0), len(self.segments) - 1)
        self.segments[place].setFocus()
        self.segments[place].click()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter: QPainter = smooth_painter(self)
        rect = QRectF(self.rect())
        fill_rounded(
            painter, rect.adjusted(0.5, 0.5, -0.5, -0.5), self._theme.color("raised"), rect.height() / 2
        )
        outline_rounded(painter, rect, self._theme.color("line"), rect.height() / 2)
