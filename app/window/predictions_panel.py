"""What the network predicts, while it learns: the pictures that suit the data, side by side."""

from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.theme import SPACE, Theme
from app.widgets import Heading, TextLabel
from app.window.presenters import PRESENTERS, Presenter
from engine.data.bundle import DataBundle
from engine.training.pictures import kinds_for
from engine.training.reports import Pictured


class PredictionsPanel(QWidget):
    """Shows the answers of a run to its probes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presenters: list[Presenter] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        self._row.setSpacing(4 * SPACE)
        self.set_bundle(None)

    @property
    def presenters(self) -> tuple[Presenter, ...]:
        """What is shown."""
        return tuple(self._presenters)

    def set_bundle(self, bundle: DataBundle | None) -> None:
        """Prepare for this data; None while there is none."""
        _empty(self._row)
        self._presenters = []
        if bundle is None:
            self._row.addWidget(TextLabel(self._theme, self.tr("The data is being read."), tone="dim"))
            return
        self._presenters = [PRESENTERS[kind](self._theme, bundle) for kind in kinds_for(bundle.spec)]
        for index, presenter in enumerate(self._presenters):
            column = QVBoxLayout()
            column.setSpacing(SPACE)
            column.addWidget(Heading(self._theme, presenter.title))
            column.addWidget(presenter.view, 1)
            self._row.addLayout(column, 3 if index == 0 else 2)

    def show_answer(self, pictured: Pictured) -> None:
        """Draw the newest answer of a probe."""
        for presenter in self._presenters:
            presenter.show(pictured)


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            _empty(inner)
            inner.deleteLater()
