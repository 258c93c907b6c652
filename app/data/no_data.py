"""A network that came without data: what it takes, and which of the bundled sets it could read at once."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QWidget

from app.document import Document
from app.i18n import declared
from app.theme import Theme
from app.widgets import Button
from engine.data.errors import DataError
from engine.data.load import describe
from engine.data.registry import datasets
from engine.data.settings import DataSettings
from engine.formats.dataless import bound, given_inputs
from engine.tensor.spec import format_shape


def taken_words(document: Document) -> str:
    """What the network takes, in a line; "" where it has data."""
    given = given_inputs(document.graph) or {}
    if not given:
        return ""
    inputs = ", ".join(f"{name} {format_shape(f.shape)}".rstrip() for name, f in given.items())
    return QCoreApplication.translate("NoData", "The network takes {inputs}.").format(inputs=inputs)


class BundledSets(Button):
    """A menu of the bundled sets; those that fit the inputs of the network come first."""

    def __init__(self, theme: Theme, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("Use a bundled set"), icon="open", parent=parent)
        self._document = document
        self.sets = QMenu(self)
        self.sets.aboutToShow.connect(self._fill)
        self.setMenu(self.sets)

    def _fill(self) -> None:
        self.sets.clear()
        names = list(datasets())
        fitting = [name for name in names if self._fits(name)]
        for name in fitting:
            self._offer(name)
        self.sets.addSeparator()
        for name in names:
            if name not in fitting:
                self._offer(name)

    def _fits(self, name: str) -> bool:
        settings = DataSettings(dataset=name)
        try:
            return not isinstance(bound(self._document.graph, describe(settings), settings), str)
        except (DataError, KeyError):
            return False

    def _offer(self, name: str) -> None:
        record = datasets()[name]
        action = self.sets.addAction(declared(record.title))
        action.setToolTip(declared(record.summary))
        action.triggered.connect(lambda _checked=False: self._document.set_data(DataSettings(dataset=name)))
