"""The tabs of a dock: words with a line under the one that is open, and a count where something waits."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter


class DockTabs(QTabBar):
    """A tab bar without boxes; `set_count` puts a number beside a tab's name."""

    _HEIGHT = 34
    _PAD = 2 * SPACE

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: dict[int, int] = {}
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    def set_count(self, index: int, count: int) -> None:
        """Shows `count` beside tab `index`; zero shows nothing."""
        if self._counts.get(index, 0) != count:
            self._counts[index] = count
            self.setTabText(index, self.tabText(index))  # the one way to make a QTabBar lay out its tabs anew
            self.setAccessibleTabName(
                index, f"{self.tabText(index)} {count}" if count else self.tabText(index)
            )
            self.update()

    @override
    def tabSizeHint(self, index: int) -> QSize:
        width = QFontMetrics(self._theme.font(FontRole.STRONG)).horizontalAdvance(self._plain_text(index))
        count = self._count_width(index)
        return QSize(width + 2 * self._PAD + (count + SPACE if count else 0), self._HEIGHT)

    @override
    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        for index in range(self.count()):
            self._paint_tab(painter, index, self.tabRect(index))

    def _paint_tab(self, painter: QPainter, index: int, rect: QRect) -> None:
        current = index == self.currentIndex()
        hovered = rect.contains(self.mapFromGlobal(self.cursor().pos())) and self.underMouse()
        painter.setFont(self._theme.font(FontRole.STRONG if current else FontRole.BODY))
        enabled = self.isTabEnabled(index)
        painter.setPen(self._theme.color("text" if current or hovered else "dim" if enabled else "faint"))
        inner = rect.adjusted(self._PAD, 0, -self._PAD, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, self._plain_text(index))
        self._paint_count(painter, index, inner)
        if current:
            line = QRectF(inner.left(), rect.bottom() - 2.0, inner.width(), 2.5)
            fill_rounded(painter, line, self._theme.color("accent"), 1.2)
            if self.hasFocus():
                around = QRectF(rect).adjusted(SPACE, SPACE, -SPACE, -SPACE)
                outline_rounded(painter, around, self._theme.color("accent"), 5, 1.5)

    def _paint_count(self, painter: QPainter, index: int, inner: QRect) -> None:
        width = self._count_width(index)
        if width:
            pill = QRectF(inner.right() + 1 - width, inner.top() + inner.height() / 2 - 8, width, 16)
            fill_rounded(painter, pill, self._theme.color("line"), 8)
            painter.setFont(self._theme.font(FontRole.MONO_SMALL))
            painter.setPen(self._theme.color("text"))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, str(self._counts[index]))

    def _count_width(self, index: int) -> int:
        count = self._counts.get(index, 0)
        if not count:
            return 0
        metrics = QFontMetrics(self._theme.font(FontRole.MONO_SMALL))
        return max(16, metrics.horizontalAdvance(str(count)) + 10)

    def _plain_text(self, index: int) -> str:
        return self.tabText(index).replace("&&", "\0").replace("&", "").replace("\0", "&")
