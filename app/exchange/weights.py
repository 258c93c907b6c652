"""Weights of a file put on the network in front: what fits is said first, and nothing happens without a yes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QMessageBox
from typing_extensions import override

from app.lane import Lane
from app.places import ask_to_open
from app.window.tab_bar import Mark
from engine.data.errors import DataError
from engine.devices.base import Watch
from engine.exchange.weights import weights_kinds
from engine.formats.errors import FormatError
from engine.formats.weights import bundled_features

if TYPE_CHECKING:
    from app.window.main_window import MainWindow
    from app.window.project_file import ProjectFile
    from app.window.project_tab import ProjectTab
    from engine.exchange.matching import Matched
    from engine.formats.project import Project
    from engine.tensor.spec import Array

Found = tuple["dict[str, Array]", "Matched"]


class TakeWeights(QUndoCommand):
    """Puts other weights into the network. Each way, what was there by then is kept: what was trained since is not lost."""

    def __init__(self, file: ProjectFile, taken: Project, text: str) -> None:
        super().__init__(text)
        self._file, self._other = file, taken

    @override
    def redo(self) -> None:
        now = self._file.project()
        self._file.relearn(self._other)
        self._other = now

    @override
    def undo(self) -> None:
        self.redo()


class LooseWeights(QObject):
    """Files of weights without a network."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._lane = Lane("weights", self)
        window.destroyed.connect(self._lane.close)

    def ask(self) -> None:
        """Choose a file and load it."""
        suffixes = " ".join(f"*{s}" for kind in weights_kinds().values() for s in kind.suffixes)
        filters = f"{self.tr('Weights')} ({suffixes})"
        path = ask_to_open(self._window, self.tr("Load weights"), filters)
        if path:
            self.load(Path(path))

    def load(self, path: Path) -> None:
        """Look what of a file fits the network in front, say so, and take it over if that is wanted."""
        tab = self._window.tabs.current
        if tab.mark is Mark.TRAINING:
            tab.messages.say_problem(self.tr("Stop the training before other weights are loaded."))
            return
        document, project = tab.document, tab.file.project()
        features = dict(document.features) if document.inference.ok else bundled_features(project.graph)
        graph, known = project.graph.copy(), dict(project.weights)

        def read(_watch: Watch) -> Found:
            from engine.models.weights import weights_for  # the start of the window need not pay for it

            try:
                return weights_for(graph, features, known, path)
            except FormatError as error:
                raise DataError(str(error)) from error

        def show(found: Found) -> None:
            self._offer(tab, path, *found)

        tab.messages.say(self.tr("Reading {name}\N{HORIZONTAL ELLIPSIS}").format(name=path.name))
        self._lane.want("weights", read, show, tab.messages.say_problem)

    def _offer(self, tab: ProjectTab, path: Path, weights: dict[str, Array], found: Matched) -> None:
        title = self.tr("Load the weights of {name}?").format(name=path.name)
        said = " ".join(found.summary())
        if self._answer(title, said):
            taken = replace(tab.file.project(), weights=weights, optimizer={}, step=0)
            text = self.tr("Load the weights of {name}").format(name=path.name)
            tab.document.stack.push(TakeWeights(tab.file, taken, text))
            tab.messages.say(self.tr("Loaded weights from {name}.").format(name=path.name))
        else:
            tab.messages.say(self.tr("The weights stay as they were."))

    def _answer(self, title: str, text: str) -> bool:
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setText(title)
        box.setInformativeText(text)
        box.setStandardButtons(buttons.Ok | buttons.Cancel)
        return QMessageBox.StandardButton(box.exec()) == buttons.Ok

    def close(self) -> None:
        """The window closes."""
        self._lane.close()
