"""Where a window lies on the screen and how its panels lie in it: remembered for the first, the second and so on."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QPoint, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QSplitter

from app.window.centre import View
from app.window.sides import NETWORK, SideSplitter

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

BOTTOM_HEIGHT: Final = 300
FRAME: Final = (8, 40)
"""Pixels left and right, above and below, that the frame of a window takes at most."""
BESIDE: Final = 36
"""Pixels by which a new window lies beside the one it came from."""


class Place:
    """The place of one window, kept in its settings, if it has some."""

    def __init__(self, window: "MainWindow", horizontal: SideSplitter, vertical: QSplitter) -> None:
        self._window = window
        self._horizontal = horizontal
        self._vertical = vertical
        self._parts: dict[str, QMainWindow | QSplitter] = {
            "window": window,
            "horizontal": horizontal,
            "vertical": vertical,
        }
        self._first: dict[str, QByteArray] = {}

    def reset(self) -> None:
        """Put all panels where they were at first; the window itself stays."""
        for name, part in self._parts.items():
            part.restoreState(self._first[name])
        self._horizontal.take(NETWORK, None)
        below = min(BOTTOM_HEIGHT, self._vertical.height() // 2)
        self._vertical.setSizes([self._vertical.height() - below, below])
        for side in self._window.sides():
            side.show()
        self._window.lessons.refresh()
        view = self._window.centre.view
        self._window.show_view(View.NETWORK)
        self._window.show_view(view)

    def restore(self) -> None:
        """Put window and panels where they were last time, and show the view that was shown."""
        self._first = {name: part.saveState() for name, part in self._parts.items()}
        kept = self._window.remembered
        if kept is None:
            return
        geometry = kept.value(self._key("geometry"))
        if isinstance(geometry, QByteArray):
            self._window.restoreGeometry(geometry)
        for name, part in self._parts.items():
            state = kept.value(self._key(name))
            if isinstance(state, QByteArray):
                part.restoreState(state)
        self._horizontal.by_hand = kept.value(self._key("sides_dragged"), False, bool) is True
        if self._window.number == 1 and kept.value("view") == View.DATA.name:
            self._window.show_view(View.DATA)

    def remember(self) -> None:
        """Keep all that for the next time."""
        kept, window = self._window.remembered, self._window
        if kept is None:
            return
        kept.setValue(self._key("geometry"), window.saveGeometry())
        kept.setValue("theme", window.theme.mode)
        kept.setValue(self._key("view"), window.centre.view.name)
        window.show_view(View.NETWORK)  # whose sizes are those that are kept
        kept.setValue(self._key("sides_dragged"), self._horizontal.by_hand)
        for name, part in self._parts.items():
            kept.setValue(self._key(name), part.saveState())
        kept.sync()

    def fit(self, room: QSize) -> None:
        """Be no larger than a screen with this much room, frame and all: what doesn't fit can't be reached."""
        window = self._window
        wished, there = window.size(), room - QSize(*FRAME)
        if wished != wished.boundedTo(there):
            window.resize(wished.boundedTo(there))
            self._share_height()

    def _share_height(self) -> None:
        """Leave the canvas at least half of the height."""
        height = self._window.height() - self._window.top_bar.sizeHint().height()
        if height < 2 * BOTTOM_HEIGHT:
            self._vertical.setSizes([height - height // 2, height // 2])

    def spare(self, on: bool) -> None:
        """Leave the canvas of a narrow window the room of the palette, as for large letters; or no longer."""
        self._horizontal.spare(on)

    def lie_beside(self, other: "Place") -> None:
        """Lie a little beside another window, as large as it, unless this window has a place of its own."""
        window, kept = self._window, self._window.remembered
        if kept is not None and kept.contains(self._key("geometry")):
            return
        for name, part in self._parts.items():
            part.restoreState(other._parts[name].saveState())
        self._horizontal.by_hand = other._horizontal.by_hand
        room, size = other._window.screen().availableGeometry(), other._window.size()
        place = other._window.pos() + QPoint(BESIDE, BESIDE)
        frame = other._window.frameSize()
        if not room.contains(place + QPoint(frame.width(), frame.height())):
            place = room.topLeft() + QPoint(BESIDE, BESIDE)
        window.resize(size)
        window.move(place)

    def lie_at(self, place: QPoint) -> None:
        """Lie so that the tabs are under this point of the screen, and as much as possible is to be seen."""
        window = self._window
        screen = QGuiApplication.screenAt(place) or window.screen()
        room, size = screen.availableGeometry(), window.frameGeometry().size().expandedTo(window.size())
        corner = place - QPoint(BESIDE, BESIDE) * 2
        last = QPoint(room.right() - size.width(), room.bottom() - size.height())
        window.move(max(room.left(), min(corner.x(), last.x())), max(room.top(), min(corner.y(), last.y())))

    def _key(self, name: str) -> str:
        """Where the settings of this window are: those of the first one have no number."""
        number = self._window.number
        return name if number <= 1 else f"window{number}/{name}"
