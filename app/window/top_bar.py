"""The bar at the top: menu, tabs of the projects, the run controls of the one in front, search."""

from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, Chip, CommandField, IconButton, ProgressStrip, TextLabel
from app.widgets.key_of import name_key_of
from app.window.run_bar import RunBar
from app.window.tab_bar import ProjectTabBar

_ROOMY: Final = 1300
"""Pixels from which on there is room for everything."""

_LEAST: Final = 780
_SHARE: Final = 0.28  # of the width, for tabs, if there are few


class TopBar(QWidget):
    """Buttons and read-outs; it decides nothing."""

    search_clicked = Signal()

    def __init__(self, theme: Theme, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.menu_button = IconButton(theme, "menu", self.tr("Menu"))
        self.menu_button.setMenu(menu)
        self.menu_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.brand = TextLabel(theme, "Layerloom", role=FontRole.TITLE)
        self.projects = ProjectTabBar(theme)
        self._runs: QStackedWidget = QStackedWidget()
        self.search = CommandField(theme, self.tr("Search"), self.tr("Ctrl K"))
        self.search.setToolTip(self.tr("Find and run any command (Ctrl+K)"))
        name_key_of(self.search, "commands")
        self.search.clicked.connect(self.search_clicked)
        self.search.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._lay_out()
        self.setAutoFillBackground(True)
        theme.changed.connect(self.update)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        row.setSpacing(2 * SPACE)
        row.addWidget(self.menu_button)
        row.addWidget(self.brand)
        row.addSpacing(2 * SPACE)
        row.addWidget(self.projects)
        row.addWidget(self._runs, 1)  # the names of projects are whole before the line of progress is long
        row.addWidget(self.search)

    @override
    def minimumSizeHint(self) -> QSize:
        """Of the compact bar, which it becomes on the way there."""
        return QSize(_LEAST, super().minimumSizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        compact = event.size().width() < _ROOMY
        self.brand.setVisible(not compact)
        self.search.set_compact(compact=compact)
        self.projects.set_share(round(_SHARE * event.size().width()))
        for place in range(self._runs.count()):
            self._show_compact(self._runs.widget(place))

    def _show_compact(self, run_bar: QWidget | None) -> None:
        if isinstance(run_bar, RunBar):
            run_bar.set_compact(compact=self.width() < _ROOMY)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("line"))

    def add_run(self, run_bar: RunBar) -> None:
        """The controls of another project."""
        self._runs.addWidget(run_bar)
        self._show_compact(run_bar)

    def remove_run(self, run_bar: RunBar) -> None:
        """A project has gone, or goes to another window."""
        self._runs.removeWidget(run_bar)

    def show_run(self, run_bar: RunBar) -> None:
        """Show the controls of this project."""
        self._runs.setCurrentWidget(run_bar)

    @property
    def run_bar(self) -> RunBar:
        """The controls of the project in front."""
        shown = self._runs.currentWidget()
        if not isinstance(shown, RunBar):
            raise LookupError("There are controls once a project is open.")
        return shown

    @property
    def train(self) -> Button:
        """Train, Pause or Resume."""
        return self.run_bar.train

    @property
    def step(self) -> Button:
        """One batch."""
        return self.run_bar.step

    @property
    def stop(self) -> Button:
        """Stop or Cancel."""
        return self.run_bar.stop

    @property
    def progress(self) -> ProgressStrip:
        """How far the training is."""
        return self.run_bar.progress

    @property
    def device(self) -> Chip:
        """Where it runs."""
        return self.run_bar.device
