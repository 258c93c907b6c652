"""The tabs of the open projects, in the bar at the top: a word each, what is unsaved, and what trains behind the others."""

from enum import StrEnum
from typing import cast

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QMouseEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QTabBar, QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.theme import RADIUS_CONTROL, SPACE, FontRole, Theme
from app.widgets import IconButton
from app.widgets.key_of import name_key_of

_WIDEST, _NARROWEST, _LEAST = 240, 58, 130  # of a tab, of the bar
_CROSS = 22  # pixels of the button that closes a tab
_BESIDE_CROSS = 4  # pixels that Qt leaves beside it where it has a width
_SHORTEST = 56  # pixels of a tab, however short its name
_TEAR = 40  # pixels from the bar at which a tab comes out of it
_DOT = 8
_RESOLUTION = 3.0  # of the dot: sharp on any screen


class Mark(StrEnum):
    """What goes on in a project, as its tab shows it."""

    NONE = ""
    TRAINING = "training"
    PAUSED = "paused"
    DONE = "done"  # a run that ended while another project was in front
    BROKEN = "broken"


_TONES = {Mark.TRAINING: "accent", Mark.PAUSED: "warn", Mark.DONE: "good", Mark.BROKEN: "bad"}


def _shared(wholes: list[int], room: int) -> int:
    """How wide tabs may be so that all have room: what short ones do not need goes to the others."""
    for done, width in enumerate(sorted(wholes)):
        share = room // (len(wholes) - done)
        if width > share:
            return share
        room -= width
    return _WIDEST


class _Tabs(QTabBar):
    """The tabs themselves. `middle_clicked` and `menu_wanted` carry a place, the latter also where on the screen."""

    middle_clicked = Signal(int)
    menu_wanted = Signal(int, QPoint)
    torn_out = Signal(int, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed = -1
        self._dragging = False
        self._widest = _WIDEST  # that a tab may be now
        self._laid_out_for: tuple[int, list[int]] = (_WIDEST, [])

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pressed = self.tabAt(event.position().toPoint())
            return
        super().mousePressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._dragging = self._is_out(event.position().toPoint())
            self.setCursor(Qt.CursorShape.DragMoveCursor if self._dragging else Qt.CursorShape.ArrowCursor)

    def _is_out(self, place: QPoint) -> bool:
        """Whether a tab is dragged so far from the bar that it is to leave it."""
        return not -_TEAR <= place.y() <= self.height() + _TEAR

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._dragging:
            self._dragging = False
            self.unsetCursor()
            super().mouseReleaseEvent(event)
            self.torn_out.emit(self.currentIndex(), event.globalPosition().toPoint())
            return
        if event.button() is Qt.MouseButton.MiddleButton:
            place, pressed = self.tabAt(event.position().toPoint()), self._pressed
            self._pressed = -1
            if place >= 0 and place == pressed:
                self.middle_clicked.emit(place)
            return
        super().mouseReleaseEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        place = self.currentIndex() if keyboard else self.tabAt(event.pos())
        if place >= 0:
            where = self.tabRect(place).center() if keyboard else event.pos()
            self.menu_wanted.emit(place, self.mapToGlobal(where))

    @override
    def tabSizeHint(self, index: int) -> QSize:
        whole = super().tabSizeHint(index)
        least = _NARROWEST + _CROSS if index == self.currentIndex() else 0  # a word beside its cross
        return QSize(max(min(whole.width(), max(self._widest, least)), _SHORTEST), whole.height())

    def wholes(self) -> list[int]:
        """How wide the tabs would like to be, each with its cross."""
        widths = (QTabBar.tabSizeHint(self, place).width() for place in range(self.count()))
        crosses = (0 if self._cross_width(place) else _CROSS + _BESIDE_CROSS for place in range(self.count()))
        return [max(width + cross, _SHORTEST) for width, cross in zip(widths, crosses, strict=True)]

    def _cross_width(self, place: int) -> int:
        cross = cast("QWidget | None", self.tabButton(place, QTabBar.ButtonPosition.RightSide))
        return cross.width() if cross is not None else _CROSS  # it comes right after the tab

    def fit(self, room: int) -> None:
        """Share these pixels: names that are short stay whole, long ones are cut to the same width."""
        hints = [max(QTabBar.tabSizeHint(self, place).width(), _SHORTEST) for place in range(self.count())]
        widest = max(_shared(hints, room), _NARROWEST)
        laid_out_for = (widest, hints)
        if laid_out_for != self._laid_out_for:
            self._widest, self._laid_out_for = widest, laid_out_for
            self.setElideMode(self.elideMode())  # lays the tabs out again, also where crosses come and go
            self.updateGeometry()  # which that leaves out where the bar is not shown yet

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(_LEAST, self.sizeHint().width()), super().minimumSizeHint().height())


class ProjectTabBar(QWidget):
    """A tab a project, and a button for another. It decides nothing.

    Signals carry the place of a tab: `chosen`, `close_wanted`, `others_wanted` (close all but this), `moved` from
    where to where; `new_wanted` carries nothing. `menu_opened` carries the menu of a tab, for others to put more into it,
    and `torn_out` where on the screen a tab was let go that was dragged out of the bar.
    """

    chosen = Signal(int)
    close_wanted = Signal(int)
    others_wanted = Signal(int)
    moved = Signal(int, int)
    new_wanted = Signal()
    menu_opened = Signal(int, QMenu)
    torn_out = Signal(int, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marks: list[Mark] = []
        self._names: list[str] = []  # whole
        self._share = self._room = 0
        self.tabs = _Tabs()
        self.tabs.setAccessibleName(self.tr("Projects"))
        self.tabs.setMovable(True)
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideMiddle)  # files differ at their ends
        self.tabs.setFont(theme.font(FontRole.BODY))
        self.tabs.setIconSize(QSize(_DOT, _DOT))
        self.tabs.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.new_button = IconButton(theme, "plus", self.tr("New tab (Ctrl+T)"))
        name_key_of(self.new_button, "new_tab")
        self.all_button = IconButton(theme, "chevron-down", self.tr("All projects"))
        self.all_button.clicked.connect(self._show_all)
        self.all_button.hide()
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.tabs)
        row.addWidget(self.all_button)
        row.addWidget(self.new_button)
        row.addStretch(1)
        self.tabs.currentChanged.connect(self._on_current_changed)
        self.tabs.tabMoved.connect(self._on_tab_moved)
        self.tabs.middle_clicked.connect(self.close_wanted)
        self.tabs.torn_out.connect(self.torn_out)
        self.tabs.menu_wanted.connect(self._show_menu)
        self.new_button.clicked.connect(self.new_wanted)
        self._restyle()
        theme.changed.connect(self._restyle)

    def add(self, place: int) -> None:
        """Another tab, without a name yet; it is not chosen by that."""
        self._marks.insert(place, Mark.NONE)
        self._names.insert(place, "")
        self.tabs.blockSignals(True)  # the first tab of a bar becomes the current one by itself
        self.tabs.insertTab(place, "")
        self.tabs.blockSignals(False)
        close = IconButton(self._theme, "close", "", size=10)
        name_key_of(close, "close_tab")
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Ctrl+W and the menu do it by key
        close.clicked.connect(lambda: self._close_of(close))
        self.tabs.setTabButton(place, QTabBar.ButtonPosition.RightSide, close)

    def remove(self, place: int) -> None:
        """The tab is gone; which one is chosen is said by `choose`."""
        del self._marks[place], self._names[place]
        button = self.tabs.tabButton(place, QTabBar.ButtonPosition.RightSide)
        self.tabs.blockSignals(True)
        self.tabs.removeTab(place)
        self.tabs.blockSignals(False)
        if isValid(button):
            button.deleteLater()
        self._fit()

    def choose(self, place: int) -> None:
        """Show which project is in front; emits nothing."""
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(place)
        self.tabs.blockSignals(False)
        self._fit()

    def describe(self, place: int, name: str, hint: str, mark: Mark, *, unsaved: bool) -> None:
        """What a tab says: the name of the project, where its file is, what goes on in it."""
        shown = name if len(name) <= 40 else f"{name[:24]}\N{HORIZONTAL ELLIPSIS}{name[-15:]}"
        text = f"\N{BULLET} {shown}" if unsaved else shown  # in front: the name may be cut
        self.tabs.setTabText(place, text.replace("&", "&&"))
        self._names[place] = f"\N{BULLET} {name}" if unsaved else name
        words = [name, self.tr("unsaved changes") if unsaved else "", self._words(mark)]
        spoken = ", ".join(word for word in words if word)
        self.tabs.setAccessibleTabName(place, spoken)
        self.tabs.setTabToolTip(place, "\n".join(filter(None, (hint or name, *words[1:]))))
        button = self.tabs.tabButton(place, QTabBar.ButtonPosition.RightSide)
        if button is not None:
            label = self.tr("Close {name} (Ctrl+W)").format(name=name)
            button.setToolTip(label)
            button.setAccessibleName(label)
        self._marks[place] = mark
        self._show_mark(place)
        self._fit()

    def all_menu(self) -> QMenu:
        """Every project with its whole name, the one in front checked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place in range(self.tabs.count()):
            action = menu.addAction(self._names[place].replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(place == self.tabs.currentIndex())
            action.triggered.connect(lambda _checked=False, place=place: self.chosen.emit(place))
        return menu

    def _show_all(self) -> None:
        self.all_menu().popup(self.all_button.mapToGlobal(QPoint(0, self.all_button.height())))

    def _fit(self) -> None:
        """Share the room; where names are cut all the same, all projects are offered as a menu."""
        whole, room = sum(self.tabs.wholes()), self.width() - self.new_button.width() - SPACE
        self.all_button.setVisible(self.tabs.count() > 1 and whole > room)
        self._show_crosses(all_of_them=whole <= room)
        self.tabs.fit(room - (self.all_button.width() + SPACE if whole > room else 0))
        self.updateGeometry()

    def _show_crosses(self, *, all_of_them: bool) -> None:
        """Where names are cut, only the tab in front has a cross: a middle click and the menu close the others."""
        for place in range(self.tabs.count()):
            cross = self.tabs.tabButton(place, QTabBar.ButtonPosition.RightSide)
            if cross is not None:
                cross.setFixedWidth(_CROSS if all_of_them or place == self.tabs.currentIndex() else 0)

    @override
    def sizeHint(self) -> QSize:
        """With all names whole, where there is room for them."""
        return QSize(min(max(self.whole_width(), self._share), self._room), super().sizeHint().height())

    def whole_width(self) -> int:
        """Pixels with which no name is cut."""
        return sum(self.tabs.wholes()) + self.new_button.sizeHint().width() + SPACE

    def set_room(self, share: int, room: int) -> None:
        """Take no more than the room, and the share also where less would do: what is beside the tabs stays there."""
        if (share, room) != (self._share, self._room):
            self._share, self._room = share, room
            self.updateGeometry()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._row.activate()  # what fits changes how wide the tabs like to be

    def mark_of(self, place: int) -> Mark:
        """What goes on in the project of a tab."""
        return self._marks[place]

    def _words(self, mark: Mark) -> str:
        return {
            Mark.NONE: "",
            Mark.TRAINING: self.tr("training"),
            Mark.PAUSED: self.tr("paused"),
            Mark.DONE: self.tr("training has ended"),
            Mark.BROKEN: self.tr("training broke off"),
        }[mark]

    def _show_mark(self, place: int) -> None:
        tone = _TONES.get(self._marks[place])
        self.tabs.setTabIcon(place, QIcon() if tone is None else QIcon(self._dot(tone)))

    def _dot(self, tone: str) -> QPixmap:
        pixmap = QPixmap(round(_DOT * _RESOLUTION), round(_DOT * _RESOLUTION))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(tone))
        painter.drawEllipse(QRectF(pixmap.rect()))
        painter.end()
        pixmap.setDevicePixelRatio(_RESOLUTION)
        return pixmap

    def _close_of(self, button: QWidget) -> None:
        for place in range(self.tabs.count()):
            if self.tabs.tabButton(place, QTabBar.ButtonPosition.RightSide) is button:
                self.close_wanted.emit(place)
                return

    def _show_menu(self, place: int, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Close")).triggered.connect(lambda: self.close_wanted.emit(place))
        others = menu.addAction(self.tr("Close the others"))
        others.setEnabled(self.tabs.count() > 1)
        others.triggered.connect(lambda: self.others_wanted.emit(place))
        self.menu_opened.emit(place, menu)
        menu.popup(where)

    def _on_current_changed(self, place: int) -> None:
        if place >= 0:
            self.chosen.emit(place)

    def _on_tab_moved(self, start: int, end: int) -> None:
        for kept in (self._marks, self._names):
            kept.insert(end, kept.pop(start))  # type: ignore[arg-type]  # what comes from a list goes into it
        self.moved.emit(start, end)

    def _restyle(self) -> None:
        t = self._theme.tokens
        self.tabs.setStyleSheet(
            f"QTabBar::tab {{ color: {t.dim}; background: transparent; border: 1px solid transparent;"
            f" border-radius: {RADIUS_CONTROL}px; padding: 0 2px 0 10px; height: 30px; max-width: {_WIDEST}px;"
            f" margin-right: 2px; }}"
            f"QTabBar::tab:hover {{ color: {t.text}; background: {t.hover}; }}"
            f"QTabBar::tab:selected {{ color: {t.text}; background: {t.raised}; }}"
            f"QTabBar::tab:selected:focus {{ border-color: {t.accent}; }}"
            "QTabBar::close-button { width: 0; }"
            "QTabBar::scroller { width: 0; }"  # the menu of all projects does more in less room
        )
        for place in range(len(self._marks)):
            self._show_mark(place)
