"""The bar at the top: menu, tabs of the projects, the run controls of the one in front, search."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QWidget
from typing_extensions import override

from app.theme import SPACE, FontRole, Theme
from app.widgets import Button, Chip, CommandField, IconButton, ProgressStrip, TextLabel
from app.widgets.key_of import name_key_of
from app.window.run_bar import Room, RunBar
from app.window.tab_bar import ProjectTabBar

_LEAST: Final = 780
_SHARE: Final = 0.28  # of the width, for tabs, if there are few
_LEAST_SHARE: Final = 0.2  # for which other things give way, also where there is but one tab


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of the bar there is room for beside the names of the projects."""

    room: Room
    brand: bool
    search: bool  # as a field; else as an icon


_LESS_AND_LESS: Final = (
    _Shown(Room.ALL, brand=True, search=True),
    _Shown(Room.SPARED, brand=True, search=True),
    _Shown(Room.SPARED, brand=False, search=True),
    _Shown(Room.SPARED, brand=False, search=False),
    _Shown(Room.COMPACT, brand=False, search=False),
)


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
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        row.setSpacing(2 * SPACE)
        row.addWidget(self.menu_button)
        row.addWidget(self.brand)
        row.addSpacing(2 * SPACE)
        row.addWidget(self.projects)
        self._runs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._runs, 1)  # the names of projects are whole before the line of progress is long
        row.addWidget(self.search)

    @override
    def minimumSizeHint(self) -> QSize:
        """Of the compact bar, which it becomes on the way there."""
        return QSize(_LEAST, super().minimumSizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # a tab, a name or the device is another one
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Leave out as much as is needed for the names of the projects to be whole, the least needed first."""
        run_bars = self._run_bars()
        if not run_bars:
            return
        wanted = max(self.projects.whole_width(), round(_LEAST_SHARE * self.width()))
        rooms = {shown: self._room_for_tabs(shown, run_bars) for shown in _LESS_AND_LESS}
        shown = next((each for each, room in rooms.items() if room >= wanted), _LESS_AND_LESS[-1])
        self.brand.setVisible(shown.brand)
        self.search.set_compact(compact=not shown.search)
        self.projects.set_room(round(_SHARE * self.width()), max(rooms[shown], 0))
        for run_bar in run_bars:
            run_bar.set_room(shown.room)

    def _room_for_tabs(self, shown: _Shown, run_bars: list[RunBar]) -> int:
        """Pixels that what is shown leaves; the project that needs most counts, so that all look alike."""
        parts = [
            self.menu_button.width(),
            max(run_bar.least_width(shown.room) for run_bar in run_bars),
            self.search.width_when(compact=not shown.search),
        ]
        parts += [self.brand.sizeHint().width()] if shown.brand else []
        margins = self._row.contentsMargins()
        return self.width() - margins.left() - margins.right() - sum(parts) - (len(parts) + 1) * 2 * SPACE

    def _run_bars(self) -> list[RunBar]:
        pages = (self._runs.widget(place) for place in range(self._runs.count()))
        return [page for page in pages if isinstance(page, RunBar)]

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("line"))

    def add_run(self, run_bar: RunBar) -> None:
        """The controls of another project."""
        self._runs.addWidget(run_bar)
        self._fit()

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
