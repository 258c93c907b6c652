"""Cards that can be chosen: a picture with a title and a sentence, in as many columns as there is room for."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractButton, QWidget
from typing_extensions import override

from app.theme import RADIUS_NODE, SPACE, FontRole, Theme
from app.welcome.pictures import PICTURE_SIZE, picture_path
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter

_GAP: Final = 3 * SPACE
_TITLE_LINES, _LINES = 2, 4  # of the title, of title and sentence together; the tooltip has all of it
_STEPS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Card(QAbstractButton):
    """A button with a picture (by the name of an example) or an icon, a title and a sentence."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        summary: str,
        *,
        picture: str = "",
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture_name, self._icon_name = picture, icon
        self._picture: QPixmap | None = None
        self.summary = summary
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(summary)
        self.setToolTip(summary)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.resize(self.sizeHint())
        theme.changed.connect(self._on_theme_changed)

    @override
    def sizeHint(self) -> QSize:
        top = PICTURE_SIZE.height() if self._picture_name else 0
        return QSize(PICTURE_SIZE.width(), top + 84)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _STEPS:
            event.ignore()  # the grid knows what is above and below; a button alone goes to the next one
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = smooth_painter(self), self._theme
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        fill_rounded(painter, box, theme.color("hover" if self.underMouse() else "raised"), RADIUS_NODE)
        below = box.adjusted(3 * SPACE, 2 * SPACE, -3 * SPACE, -2 * SPACE)
        if self._picture_name:
            self._paint_picture(painter, box)
            below.setTop(box.top() + PICTURE_SIZE.height() + 2 * SPACE)
        self._paint_words(painter, below)
        line = theme.color("accent" if self.hasFocus() else "line")
        outline_rounded(painter, box, line, RADIUS_NODE, 2 if self.hasFocus() else 1)

    def _paint_picture(self, painter: QPainter, box: QRectF) -> None:
        picture = self._loaded()
        room = QRectF(box.left(), box.top(), box.width(), PICTURE_SIZE.height())
        around = QPainterPath()
        around.addRoundedRect(box, RADIUS_NODE, RADIUS_NODE)
        painter.save()
        painter.setClipPath(around)
        painter.fillRect(room, self._theme.color("panel"))
        if not picture.isNull():
            inner = room.adjusted(2 * SPACE, 2 * SPACE, -2 * SPACE, -SPACE)
            scaled = picture.size().scaled(inner.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = inner.center().x() - scaled.width() / 2, inner.center().y() - scaled.height() / 2
            painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(
                QRectF(left, top, scaled.width(), scaled.height()), picture, QRectF(picture.rect())
            )
        painter.restore()

    def _loaded(self) -> QPixmap:
        if self._picture is None:
            path = picture_path(self._picture_name, dark=self._theme.is_dark)
            self._picture = QPixmap(str(path)) if path is not None else QPixmap()
        return self._picture

    def _paint_words(self, painter: QPainter, room: QRectF) -> None:
        theme = self._theme
        if self._icon_name:
            theme.paint_icon(painter, QRectF(room.left(), room.top() + 1, 14, 14), self._icon_name, "accent")
            room = room.adjusted(14 + 2 * SPACE, 0, 0, 0)
        painter.setFont(theme.font(FontRole.STRONG))
        painter.setPen(theme.color("text"))
        title = self._paint_lines(painter, self.text(), room, _TITLE_LINES)
        room = room.adjusted(0, len(title) * painter.fontMetrics().height() + 2, 0, 0)
        painter.setFont(theme.font(FontRole.SMALL))
        painter.setPen(theme.color("dim"))
        self._paint_lines(painter, self.summary, room, _LINES - len(title))

    @staticmethod
    def _paint_lines(painter: QPainter, text: str, room: QRectF, most: int) -> list[str]:
        """The lines that were painted, the last one with an ellipsis where there is more."""
        lines, metrics = wrapped(text, painter.font(), room.width(), most), painter.fontMetrics()
        for number, line in enumerate(lines):
            painter.drawText(
                QPointF(room.left(), room.top() + metrics.ascent() + number * metrics.height()), line
            )
        return lines

    def _on_theme_changed(self) -> None:
        self._picture = None
        self.update()


def wrapped(text: str, font: QFont, width: float, most: int) -> list[str]:
    """The text in lines of so many pixels, at most so many of them, the last one with an ellipsis where there is more."""
    layout, metrics, lines = QTextLayout(text, font), QFontMetrics(font), list[str]()
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    while len(lines) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        words = text[line.textStart() :]
        if len(lines) < most - 1:
            words = words[: line.textLength()]
        lines.append(metrics.elidedText(words.strip(), Qt.TextElideMode.ElideRight, round(width) + 1))
    layout.endLayout()
    return lines


class CardGrid(QWidget):
    """Cards in rows; the arrow keys go from one to the next."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.cards: list[Card] = []
        self._columns = 1

    def set_cards(self, cards: Sequence[Card], chosen: Callable[[Card], None]) -> None:
        """Show these cards; `chosen` is called with the one that is clicked."""
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = list(cards)
        for card in self.cards:
            card.setParent(self)
            card.clicked.connect(lambda _checked=False, card=card: chosen(card))
            card.show()
        self._arrange()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        focus = self.focusWidget()
        if step is None or not isinstance(focus, Card) or focus not in self.cards:
            super().keyPressEvent(event)
            return
        place = self.cards.index(focus) + step[0] + self._columns * step[1]
        if 0 <= place < len(self.cards):
            self.cards[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _arrange(self) -> None:
        if not self.cards:
            self.setFixedHeight(0)
            return
        size = self.cards[0].sizeHint()
        self._columns = max(1, (self.width() + _GAP) // (size.width() + _GAP))
        for place, card in enumerate(self.cards):
            row, column = divmod(place, self._columns)
            at = QRect(
                column * (size.width() + _GAP), row * (size.height() + _GAP), size.width(), size.height()
            )
            card.setGeometry(at)
        rows = -(-len(self.cards) // self._columns)
        self.setFixedHeight(rows * (size.height() + _GAP) - _GAP)
