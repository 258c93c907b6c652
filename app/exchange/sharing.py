"""Sharing the project at the front, and opening what others have shared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.document import Document
from app.i18n import said
from app.lane import Lane
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.formats.errors import FormatError
from engine.paths import data_dir

if TYPE_CHECKING:
    from app.exchange.share_dialog import ShareDialog
    from app.exchange.text_dialog import OpenTextDialog
    from app.window.main_window import MainWindow
    from engine.formats.project import LoadedProject

BEGIN = "loom:"  # `engine.formats.sharing.WORD`, which the start of the window need not import


class SharedProjects(QObject):
    """Projects on their way to others and from others."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._lane = Lane("shared", self)

    # -- out --------------------------------------------------------------------------------------
    def share(self) -> ShareDialog:
        """Open the window in which people share a project."""
        from app.exchange.share_dialog import ShareDialog  # the start of the window need not pay for it

        window, tab = self._window, self._window.tabs.current
        project, path = tab.file.project(), tab.document.data.path
        own = Path(path) if path is not None and not tab.document.is_dataless else None
        dialog = ShareDialog(
            window.theme, project, dict(tab.document.features), own, window.project_name(), window
        )
        dialog.said.connect(tab.messages.say)
        dialog.show()
        return dialog

    # -- in ---------------------------------------------------------------------------------------
    def ask_for_text(self) -> OpenTextDialog:
        """Open the window for a text."""
        from app.exchange.text_dialog import OpenTextDialog  # likewise

        dialog = OpenTextDialog(self._window.theme, self.open_text, self._window)
        dialog.show()
        return dialog

    def paste(self, text: str) -> bool:
        """Open a project that was pasted; False, and nothing happens, where the text is none."""
        if not text.lstrip("\ufeff \t\r\n>\u200b").startswith(BEGIN):
            return False
        sentence = self.open_text(text)
        if sentence:
            self._window.messages.say_problem(sentence)
        return True

    def open_text(self, text: str) -> str:
        """Open a project in a tab; a sentence where it can't be read."""
        from engine.formats.sharing import from_text  # likewise

        try:
            project = from_text(text)
        except FormatError as error:
            return said(str(error))
        document = Document(project.graph)
        document.title = self.tr("Shared project")
        tab = self._window.open_document(document)
        tab.file.take(project)
        if project.warnings:
            tab.messages.say_problem(" ".join(said(w) for w in project.warnings))
        else:
            tab.messages.say(self.tr("Opened from a text. Save it to keep it."))
        return ""

    def open_with_data(self, path: Path, project: LoadedProject) -> None:
        """Bring the data of a project out, then open it with that."""
        data = project.data
        assert data is not None  # the caller has looked

        def unpack(watch: Watch) -> Path:
            from engine.formats.embedding import SHARED
            from engine.formats.embedding import unpack as bring_out

            try:
                return bring_out(path, data, data_dir() / SHARED, watch)
            except FormatError as error:
                raise DataError(str(error)) from error

        def show(place: Path) -> None:
            from engine.formats.sharing import with_data

            self._window.files.show_project(path, with_data(project, place))

        def show_without(sentence: str) -> None:
            self._window.files.show_project(path, project)
            self._window.messages.say_problem(said(sentence))

        words = self.tr("Unpacking {name}\N{HORIZONTAL ELLIPSIS}")
        self._window.messages.say(words.format(name=data.name))
        self._lane.want("unpack", unpack, show, show_without)

    def close(self) -> None:
        """The window closes."""
        self._lane.close()
