"""A ring around what a lesson points at; it follows when the window, the canvas or a panel moves."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.lessons.places import find
from app.theme import RADIUS_NODE, Theme
from app.widgets.painting import outline_rounded, smooth_painter

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

_REACH: Final = 5  # of the ring around what it marks
_LOOK_MS: Final = 120


class Spotlight(QWidget):
    """Lies over the window, lets every click through, and is there only while it points at something."""

    def __init__(self, theme: Theme, window: "MainWindow") -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self.target = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        theme.changed.connect(self.update)
        self.hide()

    def point_at(self, target: str) -> None:
        """Mark this, whenever it is to be seen; nothing for ""."""
        self.target = target
        if target:
            self._timer.start()
            self.look()
        else:
            self._timer.stop()
            self.hide()

    def look(self) -> None:
        """Go to where the target is now."""
        found = find(self._window, self.target)
        if found is None:
            self.hide()
            return
        widget, part = found
        corner = widget.mapTo(self._window, QPoint(part.left(), part.top()))
        ring = QRect(corner, part.size()).adjusted(-_REACH, -_REACH, _REACH, _REACH) & self._window.rect()
        if ring != self.geometry():
            self.setGeometry(ring)
        if not self.isVisible():
            self.show()
        self.raise_()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        outline_rounded(painter, box, self._theme.color("accent", 0.35), RADIUS_NODE, 5)
        outline_rounded(
            painter, box.adjusted(1.5, 1.5, -1.5, -1.5), self._theme.color("accent"), RADIUS_NODE, 2
        )
