"""The dock with the reference."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.help.topic import Topic
from app.theme import Theme
from app.widgets.later_page import LaterPage
from engine.reference.library import INDEX, Library

if TYPE_CHECKING:
    from app.help.panel import HelpPanel

ROOM = QSize(430, 640)


class HelpDock(QDockWidget):
    """The panel as a dock of the window; closing it gives the keyboard back to where it was."""

    def __init__(self, theme: Theme, library: Library | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help")  # by which the window remembers its place
        self.setWindowTitle(self.tr("Reference"))
        self.setAccessibleName(self.tr("Reference"))
        self._theme = theme
        self._library = library or Library()
        self._later = LaterPage(self._make_panel, room=ROOM)
        self.setWidget(self._later)
        self._before: QWidget | None = None
        self.hide()

    @property
    def panel(self) -> "HelpPanel":
        """Its content; made when it is wanted first."""
        return self._later.page

    def _make_panel(self) -> "HelpPanel":
        from app.help.panel import HelpPanel  # the start of the window need not pay for it

        panel = HelpPanel(self._theme, self._library)
        panel.left.connect(self.close)
        return panel

    def show_topic(self, topic: Topic | None, asked_from: QWidget | None = None) -> None:
        """Shows the page of a topic; the list of all pages where there is none."""
        if asked_from is None or not self.isAncestorOf(asked_from):
            self._before = asked_from
        address = topic.address() if topic is not None else None
        self.show()
        if self.isWindow():
            self.activateWindow()
        else:
            self.raise_()  # it may be behind another dock
        self.panel.open(address or INDEX)
        self.panel.view.setFocus()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.panel.view.address():
            self.panel.open(INDEX)  # it was open last time

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._before is not None and isValid(self._before):
            self._before.setFocus()
        self._before = None
        super().closeEvent(event)
