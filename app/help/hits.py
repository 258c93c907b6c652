"""Which pages a few typed letters mean, and how they are listed."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.palette.matching import match
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded
from engine.reference.library import Entry

ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_ROW: Final = 46


def search(query: str, entries: Iterable[Entry]) -> list[Entry]:
    """The pages whose name, other names or summary match, best first; none for a blank query."""
    if not query.strip():
        return []
    scored = [(match(query, e.title, e.words, e.summary), e) for e in entries]
    return [entry for score, entry in sorted(scored, key=lambda pair: -pair[0]) if score > 0]


class HitDelegate(QStyledItemDelegate):
    """Draws a page as its title and kind over its summary; other rows as plain text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(160, _ROW)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, entry = self._theme, index.data(ENTRY_ROLE)
        box = QRectF(option.rect).adjusted(SPACE, 1, -SPACE, -1)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(entry, Entry):
            fill_rounded(painter, box, theme.color("hover" if hovered else "raised"), RADIUS_CONTROL)
        if option.state & QStyle.StateFlag.State_Selected:
            outline_rounded(painter, box, theme.color("accent"), RADIUS_CONTROL, 1.5)
        inner = box.adjusted(2.5 * SPACE, SPACE, -2.5 * SPACE, -SPACE)
        title = entry.title if isinstance(entry, Entry) else str(index.data())
        self._line(painter, inner, title, FontRole.STRONG, "text", Qt.AlignmentFlag.AlignTop)
        if isinstance(entry, Entry):
            right = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
            self._line(painter, inner, entry.kind, FontRole.SMALL, "dim", right)
            self._line(painter, inner, entry.summary, FontRole.SMALL, "dim", Qt.AlignmentFlag.AlignBottom)
        painter.restore()

    def _line(
        self, painter: QPainter, room: QRectF, text: str, role: FontRole, tone: str, side: Qt.AlignmentFlag
    ) -> None:
        font = self._theme.font(role)
        painter.setFont(font)
        painter.setPen(self._theme.color(tone))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, side, shown)
