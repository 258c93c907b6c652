"""Bringing data: what was dropped, pasted or chosen becomes the data of the open project, as one step of undo."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QMimeData, QObject, QSettings, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from app.data.bring import What, keep_pasted, local_paths, offer_of
from app.data.recent import Recent
from app.training import TrainState
from app.window.centre import View
from engine.data.settings import DataSettings
from engine.devices.base import Watch
from engine.graph import clipboard
from engine.graph.edits import EditError

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

READERS = (
    "duckdb",
    "app.data.view",
    "app.data.prepare_panel",
    "app.data.proposal_card",
    "engine.data.profile",
    "engine.data.recipe.prepare",
    "engine.data.tables.delimited",
)

REST_MS = 2_000


class DataFiles(QObject):
    """The ways by which data comes into a window. `recent_changed` follows each use."""

    recent_changed = Signal()

    def __init__(self, window: "MainWindow", remembered: QSettings | None) -> None:
        super().__init__(window)
        self._window = window
        self.recent = Recent(remembered)

    def expect(self) -> None:
        """Something is held over the window: what data takes is imported and made meanwhile."""
        self._window.workspace.desk.run("expect", _import_readers, self._make_view)

    def expect_at_rest(self) -> None:
        """The same, now or as soon as nothing trains: the frames of a run go first."""
        if self._window.training.state in (TrainState.IDLE, TrainState.DIED):
            self.expect()
        else:
            QTimer.singleShot(REST_MS, self, self.expect_at_rest)

    def _make_view(self, _none: None) -> None:
        self._window.workspace.expect_data_view()

    def use(self, path: Path) -> None:
        """Let the project learn from this file or folder, and show it."""
        document = self._window.workspace.document
        settings = DataSettings(path=str(path))
        self.recent.add(str(path))
        self.recent_changed.emit()
        if document.data == settings:
            self._window.workspace.desk.read_again()
        else:
            document.set_data(settings)
            self._name_after(path)
        self._window.show_view(View.DATA)

    def _name_after(self, path: Path) -> None:
        """A project that no file has is called as its data is, no longer as the example that it began with."""
        document = self._window.workspace.document
        if document.path is None and path.stem:
            document.title = path.stem
            document.file_changed.emit()

    def bring(self, paths: Sequence[Path]) -> None:
        """Files that were dropped or pasted: a project is opened, anything else becomes the data."""
        offer = offer_of(paths)
        if offer is None:
            return
        if offer.what is What.PROJECT:
            self._open_projects((offer.path, *offer.others))
        elif offer.what is What.WEIGHTS:
            self._window.files.weights.load(offer.path)
        elif problem := self._refusal(offer.path):
            self._window.messages.say_problem(problem)
        else:
            self.use(offer.path)
        if offer.rest:
            self._window.messages.say(offer.rest)

    def _open_projects(self, paths: Sequence[Path]) -> None:
        failed = [path.name for path in paths if not self._window.files.open_path(path)]
        if failed and len(paths) > 1:  # what was said of one lies behind the tab of the next
            words = self.tr("These projects could not be opened: {names}. Open one alone to see why.")
            self._window.messages.say_problem(words.format(names=", ".join(failed)))

    @staticmethod
    def _refusal(path: Path) -> str:
        """Why nothing is done with a file of a kind that nobody reads, as `main.py check` says it; "" for others."""
        from engine.models.finding import refusal  # the start of the window need not pay for it

        return refusal(path) if path.is_file() else ""

    def paste(self) -> None:
        """Layers go on the canvas; lessons and shared projects open; files, tables, texts, pictures become data."""
        held = cast("QMimeData | None", QGuiApplication.clipboard().mimeData())  # None where there is nothing
        mime = held or QMimeData()
        paths = local_paths(mime)
        if paths:
            self.bring(paths)
            return
        if self._window.lessons.paste(mime.text()) or self._window.files.shared.paste(mime.text()):
            return
        if self._has_layers(mime.text()):
            self._window.show_view(View.NETWORK)
            canvas = self._window.workspace.canvas
            canvas.editor.paste(canvas.view.pointer_place())
            return
        try:
            path = keep_pasted(mime)
        except OSError as error:
            self._window.messages.say_problem(str(error))
            return
        if path is None:
            self._window.messages.say(self.tr("There is neither a layer nor data on the clipboard."))
        else:
            self._use_pasted(path)

    def _use_pasted(self, path: Path) -> None:
        """What was copied elsewhere may be there by chance: over a network that is worked on it opens beside that."""
        tab, over_network = self._window.tabs.current, self._window.centre.view is View.NETWORK
        data = tab.document.data.path
        if not over_network or tab.is_fresh or tab.document.is_dataless or data == str(path):
            self.use(path)
            return
        self._window.files.new()
        self.use(path)
        self._window.messages.say(
            self.tr("What was pasted is the data of a new project; the other one is as it was.")
        )

    def ask_for_file(self) -> None:
        """Choose a file."""
        from engine.data.sources.registry import source_kinds  # the start of the window need not pay for it

        suffixes = sorted({suffix for kind in source_kinds().values() for suffix in kind.suffixes})
        known = self.tr("Data ({patterns})").format(patterns=" ".join(f"*{suffix}" for suffix in suffixes))
        filters = f"{known};;{self.tr('All files')} (*)"
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open data"), self._folder(), filters)
        if path:
            self.bring([Path(path)])

    def ask_for_folder(self) -> None:
        """Choose a folder."""
        path = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open a folder of data"), self._folder()
        )
        if path:
            self.use(Path(path))

    def find(self) -> None:
        """The data of the project is elsewhere now: options and recipe stay as they are."""
        document = self._window.workspace.document
        old = Path(document.data.path or "")
        title = self.tr("Find {name}").format(name=old.name)
        if old.suffix:
            path, _ = QFileDialog.getOpenFileName(self._window, title, self._folder())
        else:
            path = QFileDialog.getExistingDirectory(self._window, title, self._folder())
        if path:
            document.set_data(document.data.model_copy(update={"path": path}))
            self.recent.add(path)
            self.recent_changed.emit()

    def _folder(self) -> str:
        """Where the data used last lies; at first, where projects do."""
        recent = self.recent.paths()
        return str(Path(recent[0]).parent if recent else self._window.folder_of_files())

    @staticmethod
    def _has_layers(text: str) -> bool:
        try:
            clipboard.read(text)
        except EditError:
            return False
        return True


def _import_readers(watch: Watch) -> None:
    for place, name in enumerate(READERS):
        watch(place, len(READERS))  # ends it once the window is closed
        importlib.import_module(name)
    from engine.data.sources.registry import source_kinds
    from engine.proposals.registry import proposers
    from engine.training.augmented import augmentations

    source_kinds()
    augmentations()
    proposers()
