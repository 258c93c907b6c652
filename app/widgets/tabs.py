"""The tabs of a dock: words with a line under the one that is open, and a count where something waits."""

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QTabBar, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets.buttons import IconButton
from app.widgets.painting import fill_rounded, outline_rounded, smooth_painter


class DockTabs(QTabBar):
    """A tab bar without boxes; `set_count` puts a number beside a tab's name.

    No name is ever cut: tabs without room wait in the menu of a button at the end.
    """

    _HEIGHT = 34
    _PAD = 2 * SPACE
    _LEAST = 160

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: dict[int, int] = {}
        self._offered: frozenset[int] | None = None
        self.more = IconButton(theme, "chevron-down", self.tr("More panels"), parent=self)
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrows lead to its tabs, too
        self.more.clicked.connect(self._show_rest)
        self.more.hide()
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)
        self.currentChanged.connect(self._fit)
        theme.changed.connect(self._on_theme_changed)

    def offer(self, places: Collection[int] | None) -> None:
        """Have these tabs only; None: all."""
        self._offered = None if places is None else frozenset(places)
        offered = self.offered()
        if offered and self.currentIndex() not in offered:
            self.setCurrentIndex(offered[0])
        self._fit()

    def offered(self) -> list[int]:
        """The places of the tabs that can be chosen, with or without room for them."""
        return [at for at in range(self.count()) if self._offered is None or at in self._offered]

    def rect_of(self, index: int) -> QRect | None:
        """Where a tab, or the way to it, is to be seen; None for one that is not offered."""
        if index not in self.offered():
            return None
        return self.tabRect(index) if self.isTabVisible(index) else self.more.geometry()

    def set_count(self, index: int, count: int) -> None:
        """Shows `count` beside tab `index`; zero shows nothing."""
        if self._counts.get(index, 0) != count:
            self._counts[index] = count
            self._lay_out_anew(index)
            self.setAccessibleTabName(
                index, f"{self.tabText(index)} {count}" if count else self.tabText(index)
            )
            self._fit()
            self.update()

    def _lay_out_anew(self, index: int = 0) -> None:
        if self.count():
            self.setTabText(index, self.tabText(index))  # the one way to make a QTabBar do so

    def _on_theme_changed(self) -> None:
        """Letters may have another size."""
        self._lay_out_anew()
        self.updateGeometry()
        self._fit()
        self.update()

    def _fit(self) -> None:
        """Show as many tabs as have room, in their order, and the current one always."""
        widths = {at: self.tabSizeHint(at).width() for at in self.offered()}
        shown = self._fitting(widths)
        for at in sorted(range(self.count()), key=lambda at: at not in shown):  # one is always to be seen
            if self.isTabVisible(at) is not (at in shown):
                self.setTabVisible(at, at in shown)
        self.more.setVisible(len(shown) < len(widths))
        self.more.move(sum(widths[at] for at in shown), (self._HEIGHT - self.more.height()) // 2)

    def _fitting(self, widths: dict[int, int]) -> set[int]:
        current = self.currentIndex()
        if sum(widths.values()) <= self.width() or current not in widths:
            return set(widths)
        shown, room = {current}, self.width() - self.more.width() - widths[current]
        for at, width in widths.items():
            room -= width if at != current else 0
            if room < 0:
                break
            shown.add(at)
        return shown

    def rest(self) -> QMenu:
        """The menu of the tabs without room."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for at in self.offered():
            if not self.isTabVisible(at):
                count = self._counts.get(at, 0)
                words = f"{self.tabText(at)} ({count})" if count else self.tabText(at)
                menu.addAction(words).triggered.connect(partial(self._choose, at))
        return menu

    def _choose(self, place: int, _checked: bool = False) -> None:
        self.setCurrentIndex(place)
        self.setFocus()

    def _show_rest(self) -> None:
        self.rest().popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step, offered = steps.get(Qt.Key(event.key())), self.offered()
        if step is None or self.currentIndex() not in offered:
            super().keyPressEvent(event)
            return
        place = offered.index(self.currentIndex()) + step
        if 0 <= place < len(offered):
            self.setCurrentIndex(offered[place])

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def sizeHint(self) -> QSize:
        return QSize(sum(self.tabSizeHint(at).width() for at in self.offered()), self._HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._LEAST, self.sizeHint().width()), self._HEIGHT)

    @override
    def tabInserted(self, index: int) -> None:
        super().tabInserted(index)
        self._fit()

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
            if self.isTabVisible(index):
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
