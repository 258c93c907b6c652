"""What all views of arrays share: at most 30 repaints a second, a text while empty, a summary in words."""

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.theme import FRAME_MS, Theme
from app.widgets import TextLabel


class Repainter(QObject):
    """Turns any number of requests into at most one `due` in each `interval` milliseconds.

    The first request after a rest is served as soon as the event loop is free.
    """

    due = Signal()

    def __init__(self, interval: int = FRAME_MS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._interval = interval
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)

    def request(self) -> None:
        """Asks for a repaint soon."""
        if not self._timer.isActive():
            waited = self._since.elapsed() if self._since.isValid() else self._interval
            self._timer.start(max(0, self._interval - int(waited)))

    def is_pending(self) -> bool:
        """Whether a repaint has been asked for and not yet been done."""
        return self._timer.isActive()

    def _on_timeout(self) -> None:
        self._since.start()
        self.due.emit()


class LiveView(QWidget):
    """A view whose data arrives faster than it can be drawn.

    A subclass stores what arrives, calls `request_refresh`, and draws in `_refresh`; hidden views draw
    nothing until they are shown. `summary` becomes the accessible description.
    """

    accessible_role = QAccessible.Role.Chart
    drawn = Signal()  # all that has arrived

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._stale = True
        self._empty_label = TextLabel(theme, tone="dim", wrap=True, parent=self)
        self._empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty_label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._repainter = Repainter(parent=self)
        self._repainter.due.connect(self._on_repainter_due)
        self._left: list[Callable[[], None]] = []  # parts of the picture that are still to be drawn
        self._begun = 0.0  # the part that was drawn last
        self._next_part = QTimer(self)
        self._painted = QTimer(self)  # the turn of the event loop after that which paints a part
        for timer, follow in (
            (self._next_part, self._on_next_part_timeout),
            (self._painted, self._on_painted_timeout),
        ):
            timer.setSingleShot(True)
            timer.timeout.connect(follow)
        theme.changed.connect(self._on_theme_changed)

    def introduce(self, name: str, empty_text: str) -> None:
        """Gives the view its accessible name and the sentence for when it is empty; ends the construction."""
        self.setAccessibleName(name)
        self.set_empty_text(empty_text)

    def set_empty_text(self, text: str) -> None:
        """The sentence shown while there is nothing to draw."""
        self._empty_label.setText(text)
        self._describe()

    def request_refresh(self) -> None:
        """Draws what has arrived, soon and at most 30 times a second."""
        self._stale = True
        if self.isVisible():
            self._repainter.request()

    def is_refresh_pending(self) -> bool:
        """Whether something asked for has not been drawn yet."""
        return self._repainter.is_pending() or bool(self._left) or self._painted.isActive()

    def refresh_now(self) -> None:
        """Draws what has arrived at once (for pictures of the view)."""
        self._begin()
        while self._left:
            self._draw_part()

    def _begin(self) -> None:
        self._stale = False
        self._left = list(self._parts())
        if not self.is_empty():
            self._empty_label.hide()  # it would be read over the first part until the last is drawn

    def _draw_part(self) -> None:
        self._left.pop(0)()
        if not self._left:
            self._describe()
            self.drawn.emit()

    def _parts(self) -> Sequence[Callable[[], None]]:
        """What draws the view, piece by piece where that takes long: each is painted in a frame of its own."""
        return (self._refresh,)

    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        raise NotImplementedError

    def summary(self) -> str:
        """The state of the view in words."""
        raise NotImplementedError

    def _refresh(self) -> None:
        raise NotImplementedError

    def _restyle(self) -> None:
        """Takes the colours of the theme anew; a view that keeps none has nothing to do."""

    def _describe(self) -> None:
        empty = self.is_empty()
        self._empty_label.setVisible(empty)
        self._empty_label.raise_()
        self.setAccessibleDescription(self._empty_label.text() if empty else self.summary())

    def _on_repainter_due(self) -> None:
        # what is begun is drawn to its end: news that come faster than that would leave the last parts undrawn for ever
        if self._stale and self.isVisible() and not self._left:
            self._begin()
            self._on_next_part_timeout()

    def _on_next_part_timeout(self) -> None:
        """Draw a part, unless other views have just drawn so much that a frame would be long."""
        pace = self.theme.pace
        if wait := pace.wait_ms():
            self._next_part.start(wait)
            return
        self._begun = time.perf_counter()
        if self._left:
            self._draw_part()
        pace.rest(time.perf_counter() - self._begun)
        self._painted.start(0)

    def _on_painted_timeout(self) -> None:
        pace = self.theme.pace
        pace.rest(time.perf_counter() - self._begun)
        if self._left:
            self._next_part.start(pace.wait_ms() + 1)  # others that wait come first
        elif self._stale and self.isVisible():
            self._repainter.request()

    def _on_theme_changed(self) -> None:
        self._restyle()
        self.request_refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._repainter.request()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._empty_label.setGeometry(self.rect().adjusted(24, 24, -24, -24))
        self.request_refresh()
