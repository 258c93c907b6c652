"""The field in the top bar that opens the search over everything: it looks like a field and says which keys open it."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import CONTROL_HEIGHT, SPACE, FontRole, Theme
from app.widgets.painting import paint_control, smooth_painter

_ICON = 14
_BARE = 5 * SPACE + _ICON  # pixels, with the icon alone


class CommandField(QAbstractButton):
    """A button with an icon, a word and, at the right, the keys that do the same."""

    def __init__(self, theme: Theme, text: str, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = keys
        self._compact = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(keys)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_keys(self, keys: str) -> None:
        """Say that these keys do it now."""
        if keys != self._keys:
            self._keys = keys
            self.setAccessibleDescription(keys)
            self.updateGeometry()
            self.update()

    def set_compact(self, *, compact: bool) -> None:
        """Show the icon alone; the words are still said to screen readers and by the tooltip."""
        if compact != self._compact:
            self._compact = compact
            self.updateGeometry()
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.width_when(compact=self._compact), CONTROL_HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_BARE if self._compact else self._word_end(), CONTROL_HEIGHT)

    def width_when(self, *, compact: bool) -> int:
        """How wide it likes to be with its words, or with its icon alone."""
        keys = self._width(self._keys, FontRole.MONO_SMALL)
        return _BARE if compact else self._word_end() + 3 * SPACE + keys

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, smooth_painter(self)
        paint_control(painter, theme, self)
        middle = self.height() / 2
        theme.paint_icon(painter, QRectF(2.5 * SPACE, middle - _ICON / 2, _ICON, _ICON), "search", "dim")
        if self._compact:
            return
        room = QRectF(self.rect()).adjusted(5 * SPACE + _ICON - 2 * SPACE, 0, -2.5 * SPACE, 0)
        painter.setPen(theme.color("dim"))
        painter.setFont(theme.font(FontRole.BODY))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.width() >= self.sizeHint().width():
            painter.setFont(theme.font(FontRole.MONO_SMALL))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._keys)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.updateGeometry()

    def _word_end(self) -> int:
        return 3 * SPACE + _ICON + self._width(self.text(), FontRole.BODY) + 3 * SPACE

    def _width(self, text: str, role: FontRole) -> int:
        return round(QFontMetricsF(self._theme.font(role)).horizontalAdvance(text) + 0.5)
