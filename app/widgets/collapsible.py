"""A section that folds away under its heading."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import outline_rounded, smooth_painter


class CollapsibleHeading(QAbstractButton):
    """A heading in small capitals with a chevron and a count; checked means unfolded.

    Space and Return toggle it, Left folds, Right unfolds.
    """

    def __init__(
        self, theme: Theme, text: str, count: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = count
        self.setText(text)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._announce)
        theme.changed.connect(self.update)
        self._announce()

    def set_count(self, count: int | None) -> None:
        """Shows how many things the section holds, or nothing."""
        self._count = count
        self._announce()

    @override
    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._theme.font(FontRole.HEADING))
        return QSize(round(metrics.horizontalAdvance(self.text().upper()) + 14 * SPACE), 26)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Left: False, Qt.Key.Key_Right: True}
        if event.key() in keys:
            self.setChecked(keys[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle()
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        rect = QRectF(self.rect())
        if self.hasFocus():
            outline_rounded(painter, rect, self._theme.color("accent"), 5, 1.5)
        role = "text" if self.underMouse() else "dim"
        chevron = QRectF(SPACE, rect.center().y() - 5, 10, 10)
        name = "chevron-down" if self.isChecked() else "chevron-right"
        self._theme.paint_icon(painter, chevron, name, role)
        painter.setPen(self._theme.color(role))
        painter.setFont(self._theme.font(FontRole.HEADING))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(5 * SPACE, 0, 0, 0), middle, self.text())
        if self._count is not None:
            painter.setFont(self._theme.font(FontRole.MONO_SMALL))
            painter.setPen(self._theme.color("dim"))
            right = rect.adjusted(0, 0, -2 * SPACE, 0)
            painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, str(self._count))

    def _announce(self) -> None:
        state = self.tr("unfolded") if self.isChecked() else self.tr("folded")
        self.setAccessibleName(self.text() if self._count is None else f"{self.text()}, {self._count}")
        self.setAccessibleDescription(state)
        self.update()


class CollapsibleSection(QWidget):
    """A `CollapsibleHeading` over a content widget, which it shows and hides."""

    toggled = Signal(bool)

    def __init__(
        self,
        theme: Theme,
        text: str,
        content: QWidget,
        count: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.heading = CollapsibleHeading(theme, text, count)
        self.content = content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.heading)
        layout.addWidget(content)
        self.heading.toggled.connect(self._on_heading_toggled)

    def _on_heading_toggled(self, unfolded: bool) -> None:
        self.content.setVisible(unfolded)
        self.toggled.emit(unfolded)
