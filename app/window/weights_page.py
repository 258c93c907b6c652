"""The numbers a small layer has learned, in the inspector: slope and intercept are worth reading."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.document import Document
from app.theme import SPACE, FontRole, Theme
from app.widgets import Heading, TextLabel
from engine.training.reports import Snapshot
from engine.training.states import weights_in_words

MOST = 24  # numbers that can still be read


class WeightsPage(QWidget):
    """Weights of one node as of the newest snapshot, where they are few."""

    def __init__(self, theme: Theme, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._snapshot: Snapshot | None = None
        self._node = ""
        self.numbers = TextLabel(theme, role=FontRole.MONO, wrap=True)
        self.numbers.setAccessibleName(self.tr("Weights now"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(Heading(theme, self.tr("Weights now")))
        column.addWidget(self.numbers)

    def show_node(self, node: str) -> bool:
        """Show the weights of this node; False if there is nothing to read."""
        self._node = node
        return self._refresh()

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """There is a newer state."""
        self._snapshot = snapshot
        self._refresh()

    def _refresh(self) -> bool:
        spec = self._document.data_spec
        text = ""
        if self._snapshot is not None and spec is not None and self._node in self._document.graph.nodes:
            try:
                text = weights_in_words(self._document.graph, spec, self._snapshot, self._node, MOST)
            except (ValueError, KeyError):
                text = ""  # the network was changed and the snapshot belongs to another one
        self.numbers.setText(text)
        return bool(text)
