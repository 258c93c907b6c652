"""How the rows of the palette and of the search popup look."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.palette.entries import LayerEntry
from app.palette.shelf import LayerShelf
from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded

ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
COUNT_ROLE: Final = Qt.ItemDataRole.UserRole + 2
CATEGORY_ROLE: Final = Qt.ItemDataRole.UserRole + 4
OPEN_ROLE: Final = Qt.ItemDataRole.UserRole + 3

_ROW: Final = 34
_GAP: Final = 4
_HEADING: Final = 28
_STAR: Final = 14
_ICON: Final = 14
_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter


class EntryDelegate(QStyledItemDelegate):
    """Draws an entry as a raised row with its category's bar, and a heading with chevron and count."""

    def __init__(self, theme: Theme, shelf: LayerShelf) -> None:
        super().__init__()
        self._theme = theme
        self._shelf = shelf

    def star_rect(self, row: QRectF) -> QRectF:
        """Where the star of an entry takes the pointer."""
        return QRectF(row.right() - 7 * SPACE, row.top(), 7 * SPACE, row.height())

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(160, _ROW if isinstance(index.data(ENTRY_ROLE), LayerEntry) else _HEADING)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        state = option.state
        entry = index.data(ENTRY_ROLE)
        if isinstance(entry, LayerEntry):
            self._paint_entry(painter, rect, entry, state, flat=not index.parent().isValid())
        else:
            self._paint_heading(painter, rect, index, state)
        painter.restore()

    def _paint_entry(
        self, painter: QPainter, rect: QRectF, entry: LayerEntry, state: QStyle.StateFlag, *, flat: bool
    ) -> None:
        theme = self._theme
        box = rect.adjusted(0.5, _GAP / 2, -0.5, -_GAP / 2)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        fill_rounded(painter, box, theme.color("hover" if hovered else "raised"), RADIUS_CONTROL)
        if selected:
            outline_rounded(painter, box, theme.color("accent"), RADIUS_CONTROL, 1.5)
        bar = QRectF(box.left() + SPACE, box.top() + 1.5 * SPACE, SPACE, box.height() - 3 * SPACE)
        fill_rounded(painter, bar, theme.color(entry.category.value), 2)
        inner = box.adjusted(4 * SPACE, 0, -2.5 * SPACE, 0)
        if flat:  # no heading says what it is
            icon = QRectF(inner.left(), box.center().y() - _ICON / 2, _ICON, _ICON)
            theme.paint_icon(painter, icon, entry.category.value, entry.category.value)
            inner.setLeft(icon.right() + 2 * SPACE)
        favourite = entry.name in self._shelf.favourites
        if favourite or hovered or selected:
            star = QRectF(0, 0, _STAR, _STAR)
            star.moveCenter(self.star_rect(rect).center())
            role = "warn" if favourite else "dim"
            theme.paint_icon(painter, star, "star-full" if favourite else "star", role)
            inner.setRight(star.left() - SPACE)
        hint_font, font = theme.font(FontRole.SMALL), theme.font(FontRole.BODY)
        metrics = QFontMetricsF(font)
        rest = inner.width() - metrics.horizontalAdvance(entry.shown) - 2 * SPACE
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        name = metrics.elidedText(entry.shown, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, _MIDDLE, name)
        if QFontMetricsF(hint_font).horizontalAdvance(entry.hint) <= rest:  # the name is needed more
            painter.setFont(hint_font)
            painter.setPen(theme.color("dim"))
            painter.drawText(inner, _MIDDLE | Qt.AlignmentFlag.AlignRight, entry.hint)

    def _paint_heading(
        self,
        painter: QPainter,
        rect: QRectF,
        index: QModelIndex | QPersistentModelIndex,
        state: QStyle.StateFlag,
    ) -> None:
        theme = self._theme
        if index.parent().isValid():
            rect = rect.adjusted(2 * SPACE, 0, 0, 0)  # the rare entries of a category
        if state & QStyle.StateFlag.State_Selected:
            outline_rounded(painter, rect.adjusted(0, 2, 0, -2), theme.color("accent"), 5, 1.5)
        role = "text" if state & QStyle.StateFlag.State_MouseOver else "dim"
        middle = QPointF(rect.left() + 2.5 * SPACE, rect.center().y())
        chevron = QRectF(middle.x() - 5, middle.y() - 5, 10, 10)
        theme.paint_icon(painter, chevron, "chevron-down" if index.data(OPEN_ROLE) else "chevron-right", role)
        painter.setPen(theme.color(role))
        painter.setFont(theme.font(FontRole.SMALL if index.parent().isValid() else FontRole.HEADING))
        text = rect.adjusted(5 * SPACE, 0, 0, 0)
        category = index.data(CATEGORY_ROLE)
        if category is not None and not index.parent().isValid():
            icon = QRectF(text.left(), rect.center().y() - _ICON / 2, _ICON, _ICON)
            theme.paint_icon(painter, icon, str(category), str(category))
            text.setLeft(icon.right() + 1.5 * SPACE)
        count, count_font = str(index.data(COUNT_ROLE) or ""), theme.font(FontRole.MONO_SMALL)
        right = rect.adjusted(0, 0, -2.5 * SPACE, 0)
        text.setRight(right.right() - QFontMetricsF(count_font).horizontalAdvance(count) - SPACE)
        title = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, round(text.width())
        )
        painter.drawText(text, _MIDDLE, title)
        painter.setFont(count_font)
        painter.setPen(theme.color("dim"))
        painter.drawText(right, _MIDDLE | Qt.AlignmentFlag.AlignRight, count)
