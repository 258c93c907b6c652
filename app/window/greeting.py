"""Shows the welcome page in the place of a project that is empty yet, and does what is chosen there."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget

from app.window.project_tab import ProjectTab

if TYPE_CHECKING:
    from app.welcome.page import WelcomePage
    from app.window.main_window import MainWindow

WORK = 0  # the first page of the body: canvas and panels


class Greeting(QObject):
    """Makes the page when it is wanted first: the start of the window need not pay for it."""

    def __init__(self, window: "MainWindow", body: QStackedWidget) -> None:
        super().__init__(window)
        self._window = window
        self._body = body
        self._page: WelcomePage | None = None

    @property
    def page(self) -> "WelcomePage":
        """The welcome page."""
        if self._page is None:
            from app.welcome.page import WelcomePage

            window = self._window
            self._page = page = WelcomePage(window.theme)
            page.example_wanted.connect(window.files.open_example)
            page.network_wanted.connect(window.files.foreign.open_bundled)
            page.template_wanted.connect(window.files.open_template)
            page.lesson_wanted.connect(window.lessons.open)
            page.recent_wanted.connect(lambda path: window.files.open_path(Path(path)))
            page.empty_wanted.connect(self._begin_work)
            page.open_wanted.connect(window.files.open)
            page.data_wanted.connect(window.data_files.ask_for_file)
            window.files.recent_changed.connect(partial(self._show_recent, page))
            self._body.addWidget(page)
            self._show_recent(page)
        return self._page

    def show_for(self, tab: ProjectTab) -> None:
        """Show the page for a project that asks for it, the project otherwise."""
        tab.run_bar.set_welcoming(welcoming=tab.welcoming)
        if tab.welcoming:
            if self._body.currentIndex() == WORK:
                self._body.setCurrentWidget(self.page)
                self.page.empty.setFocus()
        else:
            self._body.setCurrentIndex(WORK)

    def _begin_work(self) -> None:
        self._window.tabs.current.begin_work()

    def _show_recent(self, page: "WelcomePage") -> None:
        page.set_recent(self._window.files.recent.paths())
