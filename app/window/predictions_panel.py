"""What the network predicts, while it learns: the pictures that suit the data."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import SPACE, Theme
from app.widgets import Heading, TextLabel
from engine.data.bundle import DataBundle
from engine.training.pictures import kinds_for

if TYPE_CHECKING:
    from app.window.presenters import Presenter


def presenters_for(theme: Theme, bundle: DataBundle | None) -> "list[Presenter]":
    """The pictures for this data, the most telling first."""
    if bundle is None:
        return []
    from app.window.presenters import PRESENTERS  # all plots: see plots_later.py

    return [PRESENTERS[kind](theme, bundle) for kind in kinds_for(bundle.spec)]


class PicturePage(QWidget):
    """A heading over one picture, or over a line that says that there is none yet."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = Heading(theme, "")
        self._nothing = TextLabel(theme, self.tr("The data is being read."), tone="dim", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._view: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        self._column.setSpacing(SPACE)
        self._column.addWidget(self._heading)
        self._column.addWidget(self._nothing, 1)

    @property
    def view(self) -> QWidget | None:
        """The picture; None where there is none."""
        return self._view

    def show_presenter(self, presenter: "Presenter | None", *, read: bool = False) -> None:
        """Show this picture instead of the one before; without one, say why: the data is not `read`, or has none."""
        none = self.tr("There is no picture of such predictions; the curves show how it learns.")
        self._nothing.setText(none if read else self.tr("The data is being read."))
        if self._view is not None:
            self._view.hide()
            self._view.deleteLater()
        self._view = presenter.view if presenter else None
        self._heading.setText(presenter.title if presenter else "")
        self._nothing.setVisible(presenter is None)
        if self._view is not None:
            self._column.addWidget(self._view, 1)
