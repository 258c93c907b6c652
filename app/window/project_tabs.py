"""The open projects in their order, and which of them is in front."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMetaObject, QObject, Signal

from app.document import Document
from app.window.project_tab import ProjectTab, Shared
from app.window.tab_bar import ProjectTabBar

if TYPE_CHECKING:
    from collections.abc import Iterator


class ProjectTabs(QObject):
    """Keeps the projects and their tabs alike. There is always one in front.

    Signals carry a `ProjectTab`: `added`, before it is in front; `left` and `chosen`, when another comes to the front;
    `removed`, while all of it is still there.
    """

    added = Signal(object)
    left = Signal(object)
    chosen = Signal(object)
    removed = Signal(object)

    def __init__(self, bar: ProjectTabBar, shared: Shared, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._shared = shared
        self._tabs: list[ProjectTab] = []
        self._current: ProjectTab | None = None
        self._links: dict[ProjectTab, QMetaObject.Connection] = {}
        bar.chosen.connect(lambda place: self.choose(self._tabs[place]))
        bar.moved.connect(self._on_bar_moved)

    def __len__(self) -> int:
        return len(self._tabs)

    def __iter__(self) -> "Iterator[ProjectTab]":
        return iter(tuple(self._tabs))

    def __getitem__(self, place: int) -> ProjectTab:
        return self._tabs[place]

    @property
    def current(self) -> ProjectTab:
        """The project in front."""
        if self._current is None:
            raise LookupError("A window has a project in front once its first one is open.")
        return self._current

    def open(self, document: Document, *, welcoming: bool = False, instead: bool = True) -> ProjectTab:
        """A project in a new tab, in front; with `instead`, in the place of one in front that is untouched."""
        tab = ProjectTab(self._shared, document, self, welcoming=welcoming)
        self._put(tab, instead=instead)
        return tab

    def take(self, tab: ProjectTab) -> None:
        """A project of another window, in front; in the place of the welcome page, if that is there."""
        tab.setParent(self)
        self._put(tab, instead=self._current is not None and self._current.welcoming)

    def release(self, tab: ProjectTab) -> None:
        """Let another window have a project, as it is; its neighbour comes to the front."""
        self._take_out(tab)

    def _put(self, tab: ProjectTab, *, instead: bool) -> None:
        before = self._current
        replaced = before if instead and before is not None and before.is_fresh else None
        place = len(self._tabs) if before is None else self._tabs.index(before) + 1
        self._tabs.insert(place, tab)
        self._bar.add(place)
        self._links[tab] = tab.changed.connect(lambda: self._describe(tab))
        self._describe(tab)
        self.added.emit(tab)
        self.choose(tab)
        if replaced is not None:
            self.close(replaced)

    def choose(self, tab: ProjectTab) -> None:
        """Bring a project to the front."""
        before = self._current
        if tab is before:
            return
        self._current = tab
        self._bar.choose(self._tabs.index(tab))
        if before is not None:
            before.step_back()
            self.left.emit(before)
        self.chosen.emit(tab)
        tab.come_forward()
        self._tell_devices(tab)

    def _tell_devices(self, tab: ProjectTab) -> None:
        """A project that has no worker yet knows from the others which devices there are; or takes theirs, and will."""
        workers = self._shared.workers
        if workers.ready is not None:
            tab.run_bar.show_devices(workers.ready)
        elif workers.has_spare:
            tab.training.start_worker()

    def step(self, by: int) -> None:
        """Bring the next project to the front, or the one before; after the last comes the first."""
        place = (self._tabs.index(self.current) + by) % len(self._tabs)
        self.choose(self._tabs[place])

    def close(self, tab: ProjectTab) -> None:
        """Let a project go; its neighbour comes to the front. The last one stays until the window closes."""
        self._take_out(tab)
        tab.close()

    def _take_out(self, tab: ProjectTab) -> None:
        place = self._tabs.index(tab)
        if tab is self._current:
            if len(self._tabs) == 1:
                raise LookupError(
                    "A window has a project in front; open another before the last one is closed."
                )
            self.choose(self._tabs[place + 1 if place + 1 < len(self._tabs) else place - 1])
            place = self._tabs.index(tab)
        self._tabs.remove(tab)
        self._bar.remove(place)
        QObject.disconnect(self._links.pop(tab))
        self.removed.emit(tab)

    def close_all(self) -> None:
        """The window closes."""
        for tab in self._tabs:
            self.removed.emit(tab)
            tab.close()
        self._tabs.clear()

    def with_path(self, path: object) -> ProjectTab | None:
        """The tab of a file, if it is open."""
        return next((tab for tab in self._tabs if tab.document.path == path), None)

    def _on_bar_moved(self, start: int, end: int) -> None:
        self._tabs.insert(end, self._tabs.pop(start))

    def _describe(self, tab: ProjectTab) -> None:
        if tab not in self._tabs:  # it is being closed
            return
        path, place = tab.document.path, self._tabs.index(tab)
        self._bar.describe(place, tab.name, str(path) if path else "", tab.mark, unsaved=tab.is_unsaved)
