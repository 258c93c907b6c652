"""The middle of the window: the data or the network, and the switch between them in its corner."""

from enum import IntEnum

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget
from typing_extensions import override

from app.theme import SPACE, Theme
from app.widgets.key_of import name_key_of
from app.widgets.segmented import SegmentedControl


class View(IntEnum):
    """What the middle of the window shows."""

    DATA = 0
    NETWORK = 1


class Centre(QWidget):
    """Two pages under one switch. `view_wanted` carries the `View` that was clicked, `shown` the one that is shown."""

    view_wanted = Signal(object)
    shown = Signal(object)

    def __init__(self, theme: Theme, data: QWidget, network: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(data)
        self._pages.addWidget(network)
        segments = (
            (self.tr("Data"), self.tr("What the network learns from (Ctrl+1)")),
            (self.tr("Network"), self.tr("The layers and how they learn (Ctrl+2)")),
        )
        self.switch = SegmentedControl(theme, segments, self.tr("View"), self)
        for segment, action in zip(self.switch.segments, ("show_the_data", "show_the_network"), strict=True):
            name_key_of(segment, action)
        self.switch.chosen.connect(lambda place: self.view_wanted.emit(View(place)))
        self.switch.move(4 * SPACE, 3 * SPACE)
        self.switch.resize(self.switch.sizeHint())
        self.show_view(View.NETWORK)

    @property
    def taken(self) -> int:
        """How many pixels the switch takes at the left of the strip above the view."""
        return self.switch.sizeHint().width() + 7 * SPACE

    @property
    def view(self) -> View:
        """What is shown."""
        return View(self._pages.currentIndex())

    def show_view(self, view: View) -> None:
        """Show this; emits nothing."""
        self._pages.setCurrentIndex(view)
        self.switch.set_current(view)
        self.switch.raise_()
        self.shown.emit(view)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pages.setGeometry(self.rect())
