"""A button with a sentence on it, on as many lines as it takes: what mends a problem is seldom one word."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets.buttons import Button
from app.widgets.painting import paint_control, smooth_painter

_SIDE: Final = 3 * SPACE
_ABOVE: Final = 1.5 * SPACE
_WRAP: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter


class RemedyButton(Button):
    """As wide as there is room, and as high as its words need then."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, text, parent=parent)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(text)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        room = QRect(0, 0, max(width - 2 * _SIDE, 40), 10_000)
        words = QFontMetrics(self.font()).boundingRect(room, int(_WRAP), self.text())
        return max(CONTROL_HEIGHT, round(words.height() + 2 * _ABOVE))

    @override
    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2 * _SIDE + 2
        return QSize(width, self.heightForWidth(width))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.heightForWidth(max(self.width(), 80)))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        paint_control(painter, self._theme, self)
        painter.setPen(self._theme.color("accent_text" if self.isEnabled() else "faint"))
        painter.setFont(self._theme.font(FontRole.BODY))
        room = QRectF(self.rect()).adjusted(_SIDE, 0, -_SIDE, 0)
        painter.drawText(room, int(_WRAP), self.text())
