"""The windows of the application and what they share: workers, run store, recovery files, layers with a star.

One process has as many windows as people open; each has projects, panels and a place on the screen of its own. What two of
them must not have twice is kept here, and handed to each by its constructor.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QSettings, Signal

from app.palette.groups import GroupShelf
from app.palette.shelf import LayerShelf
from app.theme import Theme
from app.window.run_log import RunLog
from app.workers import WorkerPool
from engine.formats.recovery import RecoveryStore
from engine.paths import groups_dir, recovery_dir, runs_path

if TYPE_CHECKING:
    from pathlib import Path

    from app.crash.report import Report
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab


class Windows(QObject):
    """All windows, in the order in which they were opened. `changed` follows what opens, closes or comes to the front."""

    changed = Signal()

    def __init__(
        self, theme: Theme, remembered: QSettings | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.remembered = remembered
        self.workers = WorkerPool()
        self.recovery = RecoveryStore(recovery_dir())
        self.shelf = LayerShelf(remembered, self, GroupShelf(groups_dir(), self))
        self.run_log = RunLog(runs_path(), self)
        self._open: list[MainWindow] = []
        self._order: list[MainWindow] = []  # that which was in front last is the last

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> "Iterator[MainWindow]":
        return iter(tuple(self._open))

    # -- opening and closing ----------------------------------------------------------------------
    def add(self, window: "MainWindow") -> int:
        """Another window; returns its number, by which its place on the screen is remembered: the least that is free."""
        taken = {other.number for other in self._open}
        self._open.append(window)
        self._order.append(window)
        self.changed.emit()
        return next(number for number in range(1, len(taken) + 2) if number not in taken)

    def remove(self, window: "MainWindow") -> None:
        """A window has closed; with the last one all that they shared ends."""
        if window not in self._open:
            return
        self._open.remove(window)
        self._order.remove(window)
        self.changed.emit()
        if self._open:
            window.deleteLater()
            return
        self.recovery.close()
        self.workers.close()
        self.run_log.close()

    def new(self, first: "ProjectTab | None" = None) -> "MainWindow":
        """Open a window beside the one in front, on the welcome page or with a project of another window."""
        from app.window.main_window import MainWindow  # which makes these where it stands alone

        like = self.front
        window = MainWindow(self.theme, first, self.remembered, self)
        window.place.lie_beside(like.place)
        window.show()
        self.bring(window)
        return window

    def quit(self) -> bool:
        """Close all windows, unless somebody wants to keep one of their projects; then all stay."""
        for window in reversed(self._order):
            if not window.files.may_quit():
                return False
        for window in self:
            window.close_unasked()
        return True

    def is_training(self) -> bool:
        """Whether a project of any window does."""
        return any(tab.is_training for window in self for tab in window.tabs)

    # -- which one --------------------------------------------------------------------------------
    @property
    def front(self) -> "MainWindow":
        """The window that is used, or was used last."""
        return self._order[-1]

    def note_front(self, window: "MainWindow") -> None:
        """Somebody has gone to this window."""
        if window in self._open and self._order[-1] is not window:
            self._order.remove(window)
            self._order.append(window)
            self.changed.emit()

    def bring(self, window: "MainWindow") -> None:
        """Bring a window to the front."""
        if window.isMinimized():
            window.showNormal()
        window.raise_()
        window.activateWindow()
        self.note_front(window)

    def step(self, window: "MainWindow", by: int) -> None:
        """Bring the window to the front that was opened after this one, or before it."""
        self.bring(self._open[(self._open.index(window) + by) % len(self._open)])

    def at(self, place: QPoint) -> "MainWindow | None":
        """The window at a point of the screen."""
        under = (w for w in reversed(self._order) if w.isVisible() and w.frameGeometry().contains(place))
        return next(under, None)

    # -- projects ---------------------------------------------------------------------------------
    def choose_path(self, path: "Path") -> bool:
        """Go to the project of this file, in whatever window it is open; False where in none."""
        for window in reversed(self._order):
            tab = window.tabs.with_path(path)
            if tab is not None:
                window.tabs.choose(tab)
                if window is not self.front:
                    self.bring(window)
                return True
        return False

    def move(self, tab: "ProjectTab", start: "MainWindow", end: "MainWindow | None" = None) -> "MainWindow":
        """Take a project, as it is, to another window, or to a new one; a window that had no other closes."""
        if end is start or (end is None and len(start.tabs) == 1):
            return start
        lesson = start.lessons.state_of(tab)
        emptied = len(start.tabs) == 1
        if emptied:
            start.files.welcome()
        start.tabs.release(tab)
        if end is None:
            end = self.new(tab)
        else:
            end.tabs.take(tab)
            self.bring(end)
        if lesson is not None:
            end.lessons.attach(tab, lesson)
        tab.file.write_recovery()
        tab.fit_soon()
        if emptied:
            start.close_unasked()
        return end

    # -- what counts in all of them ------------------------------------------------------------------
    def show_fault(self, report: "Report") -> None:
        """A fault of ours happened: show it where somebody looks."""
        self.front.show_fault(report)

    def set_teacher(self, on: bool) -> None:
        """Show what beginners need, or everything, in all windows."""
        for window in self:
            window.lessons.set_default(on)

    def take_keys(self, giver: "MainWindow", keys: dict[str, str]) -> None:
        """Somebody gave keys to actions in one window: they count in the others, too."""
        for window in self:
            if window is not giver:
                window.actions_.take_keys(keys)
