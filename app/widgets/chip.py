"""Chips: a fact in a pill, such as the device that runs the training."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter
from app.widgets.text import fitting


class Chip(QAbstractButton):
    """A pill with an optional dot, a text and a monospaced detail ("GL . Radeon 780M", "84 MB").

    With `clickable=False` it is a label that never takes focus.
    """

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        detail: str = "",
        tone: str = "text",
        clickable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._detail, self._tone = detail, tone
        self._dot: str | None = None
        self._meaning = ""
        self._clickable = clickable
        self._compact = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if clickable else Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if clickable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)
        self.set_text(text)

    def set_text(self, text: str, detail: str | None = None) -> None:
        """Changes the text, and the detail if one is given."""
        self.setText(text)
        self._detail = self._detail if detail is None else detail
        self._announce()

    def set_dot(self, role: str | None, meaning: str = "") -> None:
        """Shows a dot in the colour of `role`, or none; `meaning` says in words what the colour says."""
        self._dot, self._meaning = role, meaning
        self._announce()

    def set_compact(self, *, compact: bool) -> None:
        """Leaves the detail out, where there is little room."""
        self._compact = compact
        self._announce()

    def width_when(self, *, compact: bool) -> int:
        """How wide it is with its detail, or without."""
        width = 6 * SPACE + self._dot_width() + self._text_width()
        if self._detail and not compact:
            width += 3 * SPACE + self._detail_width()
        return round(width + 0.5)

    def width_in(self, room: int) -> int:
        """How wide it is where there are so many pixels: around what of its text is shown there."""
        whole = self.sizeHint().width()
        if whole <= room:
            return whole
        metrics = QFontMetrics(self._theme.font(FontRole.BODY))
        around = round(6 * SPACE + self._dot_width() + 0.5)
        return min(around + metrics.horizontalAdvance(fitting(metrics, self.text(), room - around)) + 1, room)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.width_when(compact=self._compact), CONTROL_HEIGHT)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        rect, radius = QRectF(self.rect()), self.height() / 2
        hovered = self._clickable and self.underMouse()
        fill_rounded(
            painter,
            rect.adjusted(0.5, 0.5, -0.5, -0.5),
            self._theme.color("hover" if hovered else "raised"),
            radius,
        )
        focused = self.hasFocus()
        line = self._theme.color("accent" if focused else "line")
        outline_rounded(painter, rect, line, radius, 1.5 if focused else 1)
        left = 3.0 * SPACE
        if self._dot is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(self._dot))
            painter.drawEllipse(QPointF(left + 4, rect.center().y()), 4, 4)
        left += self._dot_width()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._theme.font(FontRole.BODY))
        painter.setPen(self._theme.color(self._tone))
        room = min(self._text_width() + 1, self.width() - left - 3 * SPACE)
        shown = fitting(painter.fontMetrics(), self.text(), round(room + 0.5))
        painter.drawText(QRectF(left, 0, room + 1, self.height()), middle, shown)
        painter.setFont(self._theme.font(FontRole.MONO_SMALL))
        painter.setPen(self._theme.color("dim"))
        detail = rect.adjusted(0, 0, -3 * SPACE, 0)
        painter.drawText(detail, middle | Qt.AlignmentFlag.AlignRight, "" if self._compact else self._detail)

    def _dot_width(self) -> float:
        return 0 if self._dot is None else 8 + 2 * SPACE

    def _text_width(self) -> float:
        return QFontMetricsF(self._theme.font(FontRole.BODY)).horizontalAdvance(self.text())

    def _detail_width(self) -> float:
        return QFontMetricsF(self._theme.font(FontRole.MONO_SMALL)).horizontalAdvance(self._detail)

    def _announce(self) -> None:
        self.setAccessibleName(", ".join(part for part in (self.text(), self._detail, self._meaning) if part))
        self.updateGeometry()
        self.update()
