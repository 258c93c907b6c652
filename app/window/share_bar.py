"""A cell of a table that shows a share as a bar, its parts in shades, with the number beside it."""

from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded

PARTS_ROLE: Final = Qt.ItemDataRole.UserRole + 7
"""Role of a tuple of shares of the whole, 0 to 1 each."""

_NUMBER: Final = 44
_HEIGHT: Final = 8.0
_SHADES: Final = (1.0, 0.6, 0.3)  # opacities of forward, backward, update


class ShareBar(QStyledItemDelegate):
    """Paints the parts one after the other on a faint line as long as the whole."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        parts = index.data(PARTS_ROLE) or ()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        room = rect.width() - _NUMBER - 2 * SPACE
        top = rect.center().y() - _HEIGHT / 2
        left = rect.left() + SPACE
        fill_rounded(painter, QRectF(left, top, room, _HEIGHT), self._theme.color("line"), _HEIGHT / 2)
        for part, shade in zip(parts, _SHADES, strict=False):
            width = room * part
            if width > 0.0:
                painter.fillRect(QRectF(left, top, width, _HEIGHT), self._theme.color("accent", shade))
            left += width
        painter.setFont(self._theme.font(FontRole.BODY))
        painter.setPen(self._theme.color("text"))
        number = QRectF(rect.right() - _NUMBER, rect.top(), _NUMBER, rect.height())
        alignment = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(number, alignment, str(index.data() or ""))
        painter.restore()
