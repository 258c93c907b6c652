"""Opening networks of other programs and exporting to them, off the window's thread."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.canvas.tidy import tidy_positions
from app.document import Document
from app.lane import Lane
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.exchange.formats import format_of, formats, read_network, write_network
from engine.formats.errors import FormatError
from engine.formats.project import SUFFIX
from engine.formats.weights import bundled_features
from engine.graph.edits import MoveNodes

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from app.window.project_tab import ProjectTab
    from engine.exchange.imported import Imported

TOLERATED = 1e-4  # difference of predictions up to which an exported file is the same
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
        found = format_of(path)
        return found is not None and found.read is not None

    # -- in ---------------------------------------------------------------------------------------
    def open_path(self, path: Path) -> None:
        """Read a network and show it in a tab; what is not as in the file is said."""

        def read(_watch: Watch) -> Imported:
            try:
                return read_network(path)
            except FormatError as error:
                raise DataError(str(error)) from error

        def show(imported: Imported) -> None:
            self._show(path, imported)

        self._window.messages.say(self.tr("Reading {name}\N{HORIZONTAL ELLIPSIS}").format(name=path.name))
        self._lane.want("read", read, show, self._window.messages.say_problem)

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
    def export(self) -> None:
        """Ask for a place and a format and write the network there."""
        kinds = [f for f in formats().values() if f.write is not None]
        filters = ";;".join(f"{f.title} ({patterns(f.suffixes)})" for f in kinds)
        name = f"{self._window.project_name()}.keras"
        path, chosen = QFileDialog.getSaveFileName(self._window, self.tr("Export the network"), name, filters)
        if path:
            self.export_to(named(Path(path), chosen))

    def export_to(self, path: Path) -> None:
        """Write the network of the project at the front, and say how far the file's predictions are from ours."""
        tab = self._window.tabs.current
        project = tab.file.project()
        fits = tab.document.inference.ok  # else the data is another than what the network was made for
        features = dict(tab.document.features) if fits else bundled_features(project.graph)

        def write(_watch: Watch) -> float:
            from engine.exchange.outgoing import outgoing
            from engine.models.exchange import difference_of

            try:
                out = outgoing(project.graph, features, project.weights, project.optimizer, project.step)
                write_network(out, path)
                return difference_of(project.graph, project.weights, features, path)
            except FormatError as error:
                raise DataError(str(error)) from error

        def say(difference: float) -> None:
            said = self.tr("Exported {name}. Read again, its predictions differ by {difference:.1e} at most.")
            words = said.format(name=path.name, difference=difference)
            (tab.messages.say if difference <= TOLERATED else tab.messages.say_problem)(words)

        self._lane.want("write", write, say, tab.messages.say_problem)

    def close(self) -> None:
        """The window closes."""
        self._lane.close()


def _lay_out(tab: ProjectTab) -> None:
    """As the canvas does it, which knows how large nodes are; not a step of undo, since nobody drew it otherwise."""
    graph = tab.document.graph
    places = tidy_positions(graph, tab.workspace.canvas.scene.nodes, (0.0, 0.0), set(graph.nodes))
    MoveNodes(places).apply(graph)
    tab.fit_soon()


def patterns(suffixes: Iterable[str]) -> str:
    """What a file dialog looks for; an ending without a dot at its front is a whole name."""
    return " ".join(f"*{s}" if s.startswith(".") else s for s in suffixes)


def open_filter() -> str:
    """Our projects and all networks that are read."""
    kinds = [f for f in formats().values() if f.read is not None]
    suffixes = [SUFFIX, *(s for f in kinds for s in f.suffixes)]
    return f"{', '.join(['Layerloom', *(f.title for f in kinds)])} ({patterns(suffixes)})"


def named(path: Path, chosen: str) -> Path:
    """The place with the ending of the chosen format, if it has none of a format yet; TensorFlow.js takes one name."""
    if format_of(path) is not None:
        return path
    found = next((f for f in formats().values() if chosen.startswith(f.title)), formats()["keras"])
    suffix = found.suffixes[0]
    return path.with_name(path.name + suffix) if suffix.startswith(".") else path.with_name(suffix)
