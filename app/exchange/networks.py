"""Opening networks of other programs and exporting to them, off the window's thread."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.canvas.tidy import COLUMN, tidy_positions
from app.document import Document
from app.lane import Lane
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.exchange.formats import format_to_read, formats, read_network
from engine.exchange.weights import weights_kind_of
from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX
from engine.formats.weights import bundled_features
from engine.graph.edits import MoveNodes
from engine.graph.wrapping import wrapped

if TYPE_CHECKING:
    from app.exchange.dialog import ExportDialog
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab
    from engine.exchange.imported import Imported
    from engine.models.exporting import Source

MOST_NOTES = 3


class ForeignNetworks(QObject):
    """Networks in the files of other programs."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._lane = Lane("networks", self)
        window.destroyed.connect(self._lane.close)

    @staticmethod
    def reads(path: Path) -> bool:
        """Whether the name of a file is that of a network of another program."""
        return format_to_read(path) is not None

    # -- in ---------------------------------------------------------------------------------------
    def open_path(self, path: Path) -> None:
        """Read a network and show it in a tab; what is not as in the file is said."""

        def read(_watch: Watch) -> Imported | None:
            try:
                return None if weights_kind_of(path) else read_network(path)
            except FormatError as error:
                raise DataError(str(error)) from error

        def show(imported: Imported | None) -> None:
            if imported is None:  # a file of weights alone, which has the ending of networks
                self._window.files.weights.load(path)
            else:
                self._show(path, imported)

        self._window.messages.say(self.tr("Reading {name}\N{HORIZONTAL ELLIPSIS}").format(name=path.name))
        self._lane.want("read", read, show, self._window.messages.say_problem)

    def open_bundled(self, name: str) -> None:
        """Show a network that comes with the application."""

        def read(_watch: Watch) -> Imported:
            from engine.models.bundled import (
                open_bundled_network,  # the start of the window need not pay for it
            )

            try:
                return open_bundled_network(name)
            except FormatError as error:
                raise DataError(str(error)) from error

        self._lane.want("read", read, partial(self._show, Path(name)), self._window.messages.say_problem)

    def _show(self, path: Path, imported: Imported) -> None:
        from engine.models.exchange import imported_project  # the start of the window need not pay for it

        document = Document(imported.graph)
        document.title = path.stem
        tab = self._window.open_document(document)
        _lay_out(tab)
        tab.file.take(imported_project(imported))
        said = self.tr("{format}, opened from {name}.").format(
            format=imported.format[:1].upper() + imported.format[1:], name=path.name
        )
        notes = list(imported.notes[:MOST_NOTES])
        if len(imported.notes) > MOST_NOTES:
            more = len(imported.notes) - MOST_NOTES
            notes.append(self.tr("{count:,} more: see `main.py check`.").format(count=more))
        (tab.messages.say_problem if notes else tab.messages.say)(" ".join([said, *notes]))

    # -- out --------------------------------------------------------------------------------------
    def export(self) -> ExportDialog:
        """Open the window in which people choose a format and a place."""
        from app.exchange.dialog import ExportDialog  # the start of the window need not pay for it

        tab = self._window.tabs.current
        place = tab.document.path or self._window.folder_of_files() / self._window.project_name()
        dialog = ExportDialog(
            self._window.theme,
            partial(_source_of, tab),
            place.with_suffix(""),
            self._window.remembered,
            self._window,
        )
        dialog.said.connect(tab.messages.say)
        tab.workspace.destroyed.connect(dialog.close)
        dialog.show()
        return dialog

    def close(self) -> None:
        """The window closes."""
        self._lane.close()


def _lay_out(tab: ProjectTab) -> None:
    """As the canvas does it, which knows how large nodes are; not a step of undo, since nobody drew it otherwise."""
    graph, items = tab.document.graph, tab.workspace.canvas.scene.nodes
    places = tidy_positions(graph, items, (0.0, 0.0), set(graph.nodes))
    heights = {node: items[node].measured(downward=False)[0] for node in places}
    wires = [(edge.source, edge.target) for edge in graph.edges]
    MoveNodes(wrapped(places, heights, wires, COLUMN)).apply(graph)
    tab.fit_soon()


def patterns(suffixes: Iterable[str]) -> str:
    """What a file dialog looks for; an ending without a dot at its front is a whole name."""
    return " ".join(f"*{s}" if s.startswith(".") else s for s in suffixes)


def open_filter() -> str:
    """Our projects and all networks that are read."""
    kinds = [f for f in formats().values() if f.read is not None]
    suffixes = [SUFFIX, *(s for f in kinds for s in f.suffixes)]
    return f"{', '.join(['Layerloom', *(f.title for f in kinds)])} ({patterns(suffixes)})"


def _source_of(tab: ProjectTab) -> Source:
    """The network of a project as it is now, with what it has learned."""
    from engine.models.exporting import Source

    document, project = tab.document, tab.file.project()
    fits = document.inference.ok  # else the data is another than what the network was made for
    return Source(
        project.graph.copy(),
        project.weights,
        dict(document.features) if fits else bundled_features(project.graph),
        project.optimizer,
        project.step,
        tab.name,
        document.data if fits and not document.is_dataless else None,
        project.preparation,
    )
